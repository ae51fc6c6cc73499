"""The delivered tables look like real ones: headers, marks, codes, identifiers, traps."""

import re
from datetime import date

import polars as pl
import pytest
from support.delivered import read

from cws_outcomes.geography import authorities

CENSUS = (
    "PupilMatchingRefAnonymous RecordStatus AcademicYear Gender MonthOfBirth YearOfBirth "
    "AgeAtStartOfAcademicYear NCyearActual EthnicGroupMinor EthnicGroupMajor LanguageGroupMajor "
    "FSMeligible SENprovision PrimarySENtype EnrolStatus OnRoll EntryDate URN Estab LA {la} "
    "HomeLA {home} {area} {rank} {decile}"
)
CODES_9 = {"la": "LA_9Code", "home": "HomeLA_9Code"}
OLD_RANK = {"rank": "IDACIRank", "decile": "IDACIDecile"}
ERAS = {
    2006: {"la": "", "home": "", "area": "LLSOA", **OLD_RANK},
    2010: {"la": "", "home": "", "area": "LLSOA", **OLD_RANK},
    2011: {**CODES_9, "area": "LLSOA", **OLD_RANK},
    2013: {**CODES_9, "area": "LSOA11", **OLD_RANK},
    2015: {**CODES_9, "area": "LSOA11", **OLD_RANK},
    2016: {**CODES_9, "area": "LSOA11", "rank": "IDACIRank_15", "decile": "IDACIDecile_15"},
    2020: {**CODES_9, "area": "LSOA11", "rank": "IDACIRank_15", "decile": "IDACIDecile_15"},
}
TERMS = ("Autumn", "Spring", "Summer")
HEADERS = {
    "PRU_Census_2010_to_2013.txt": (
        "PRU_PupilMatchingRefAnonymous PRU_AcademicYear PRU_CensusDate PRU_NCyearActual "
        "PRU_AgeAtStartOfAcademicYear PRU_EntryDate PRU_Gender PRU_EthnicGroupMajor "
        "PRU_LanguageGroupMajor PRU_YearOfBirth PRU_MonthOfBirth PRU_FSMeligible PRU_SENprovision"
    ),
    "AP_Census_2008_to_2020.txt": (
        "AP_PupilMatchingRefAnonymous AP_ACADYR AP_Age_Start AP_Gender AP_EthnicGroupMajor "
        "AP_YearOfBirth AP_MonthOfBirth AP_FSMeligible AP_SENProvision AP_CensusDate"
    ),
    "EYFSP_2007_to_2009.txt": (
        "FSP_PupilMatchingRefAnonymous FSP_ACADYR FSP_PSE_AS1 FSP_PSE_AS2 FSP_PSE_AS3 FSP_CLL_AS1 "
        "FSP_CLL_AS2 FSP_CLL_AS3 FSP_CLL_AS4 FSP_PSRN_AS1 FSP_PSRN_AS2 FSP_PSRN_AS3 FSP_KUW_AS1 "
        "FSP_PD_AS1 FSP_CD_AS1"
    ),
    "KS1_1998_to_2019.txt": (
        "KS1_PupilMatchingRefAnonymous KS1_ACADYR KS1_READING KS1_WRITING KS1_MATHS "
        "KS1_READ_OUTCOME KS1_WRIT_OUTCOME KS1_MATH_OUTCOME"
    ),
    "KS2Exam.txt": (
        "KS2_PupilMatchingRefAnonymous KS2_ACADYR KS2_LEAPCODE KS2_TESTMARK KS2_TESTLEV"
    ),
    "KS2Pupil_1996_to_2019_and_2022.txt": (
        "KS2_PupilMatchingRefAnonymous KS2_ACADYR KS2_NATRES KS2_READMRK KS2_READLEV KS2_ENGLEV "
        "KS2_ENGLEVTA KS2_MATTOTMRK KS2_MATLEV KS2_APS KS2_READEXP KS2_WRITTAEXP KS2_MATEXP "
        "KS2_RWMEXP"
    ),
    "KS4Pupil_2002_to_2014.txt": (
        "KS4_PupilMatchingRefAnonymous KS4_ACADYR KS4_NATRES KS4_LEVEL2_EM KS4_LEVEL2_EM_PTQ "
        "KS4_LEVEL1_EM KS4_LEVEL1_EM_PTQ KS4_ANYPASS KS4_ANYPASS_PTQ"
    ),
    "KS4Pupil_2015_to_2021.txt": (
        "KS4_PupilMatchingRefAnonymous KS4_ACADYR KS4_NATRES KS4_LEVEL2_EM_PTQ_EE "
        "KS4_LEVEL2_EM_94 KS4_LEVEL1_EM_PTQ_EE KS4_ANYPASS_PTQ_EE KS4_L2BASICS_PTQ_EE "
        "KS4_L2BASICS_LL_PTQ_EE KS4_L2BASICS_94 KS4_ATT8"
    ),
    "KS5Student_2003_to_2021.txt": ("KS5_PupilMatchingRefAnonymous KS5_ACADYR KS5_TOTPTSE_ALEV"),
    "PLASC_2002.txt": (
        "PupilMatchingRefAnonymous_02 RecordStatus_02 AcademicYear_02 Gender_02 MonthOfBirth_02 "
        "YearOfBirth_02 AgeAtStartOfAcademicYear_02 ActualNCYearGroup_02 EthnicGroup_02 "
        "MotherTongue_02 FreeSchoolMeals_02 SENstage_02 RegistrationType_02 OnRoll_02 "
        "EntryDate_02 URN_02 Estab_02 LA_02 HomeLA_02"
    ),
    "PLASC_2005.txt": (
        "PupilMatchingRefAnonymous_05 RecordStatus_05 AcademicYear_05 Gender_05 MonthOfBirth_05 "
        "YearOfBirth_05 AgeAtStartOfAcademicYear_05 NCyearActual_05 EthnicGroup_05 "
        "FirstLanguage_05 FSMeligible_05 SENstatus_05 PrimarySENtype_05 EnrolStatus_05 OnRoll_05 "
        "EntryDate_05 URN_05 Estab_05 LA_05 HomeLA_05"
    ),
    "CIN_2009_to_2020.txt": (
        "CIN_PupilMatchingRefAnonymous CIN_LAchildID_Anon CIN_ACADYR CIN_LA CIN_LA_9Code "
        "CIN_YearOfBirth CIN_MonthOfBirth CIN_Gender CIN_Ethnicity CIN_Disability "
        "CIN_ReferralNFA CIN_CINReferralDate CIN_ReferralSource CIN_PrimaryNeedCode "
        "CIN_AssessmentAuthorisationDate CIN_CINClosureDate CIN_ReasonForClosure "
        "CIN_DateOfInitialCPC CIN_CPPStartDate CIN_CPPEndDate CIN_CategoryOfAbuse "
        "CIN_NumberOfPreviousCPP"
    ),
    "CLA_Episodes_2006_to_2020.txt": (
        "CLA_PupilMatchingRefAnonymous CLA_CHILD_LA_CODE_ANON CLA_CHILD_ID_ANON CLA_LA CLA_SEX "
        "CLA_ETHNIC CLA_YEAR_OF_BIRTH CLA_MONTH_OF_BIRTH CLA_POC_START CLA_DATE_EPI_COMM "
        "CLA_DATE_EPI_CEASED CLA_REASON_FOR_NEW_EPISODE CLA_REC CLA_LEGAL_STATUS CLA_PLACEMENT "
        "CLA_CAT_NEED CLA_UASC_STATUS"
    ),
    "MOJ_PNC.csv": (
        "mojuid PupilMatchingRefAnonymous caseid offenceid offencestartdate offencestartage "
        "isprimaryoffence disposalrank adjudicationcode offence_group offenceclass "
        "disposalcode disposaldate sentencelengthdays"
    ),
    "MOJ_Prison.csv": ("mojuid PupilMatchingRefAnonymous receptiondate releasedate custodytype"),
}


def affixed(names: str, suffix: str) -> list[str]:
    return [*(f"{name}{suffix}" for name in names.split()), "SYNTHETIC"]


@pytest.mark.parametrize("year", ERAS)
def test_census_headers_follow_their_era(delivery, year):
    found = read(delivery, f"Spring_Census_{year}.txt").columns
    assert found == affixed(CENSUS.format(**ERAS[year]), f"_SPR{year % 100:02d}")


def test_census_column_case_is_not_stable(delivery):
    assert read(delivery, "Spring_Census_2009.txt").columns[0] == "pupilmatchingrefanonymous_spr09"
    assert read(delivery, "Spring_Census_2017.txt").columns[0] == "PUPILMATCHINGREFANONYMOUS_SPR17"


@pytest.mark.parametrize("year", [2006, 2017])
def test_absence_headers(delivery, year):
    kinds = ("SessionsPossible", "AuthorisedAbsence", "UnauthorisedAbsence", "OverallAbsence")
    names = ["PupilMatchingRefAnonymous AcademicYear Estab EnrolStatus"]
    names += [f"{kind}_{term}" for kind in kinds for term in TERMS]
    if year >= 2013:
        names += [f"{kind}_{part}" for part in ("5HalfTerms", "Summer6th") for kind in kinds[:3]]
    found = read(delivery, f"Absence_{year}_3Term.txt").columns
    assert found == affixed(" ".join(names), f"_ab{year % 100:02d}")


@pytest.mark.parametrize(
    ("year", "slots", "permanent"),
    [
        (2007, 40, "PermanentExclusionIndicator"),
        (2008, 40, "PermanentExclusionCount"),
        (2015, 40, "PermanentExclusionCount"),
    ],
)
def test_wide_exclusion_headers(delivery, year, slots, permanent):
    names = ["PupilMatchingRefAnonymous"]
    names += [
        f"{name}_{slot}"
        for slot in range(1, slots + 1)
        for name in ("Category", "Reason", "StartDate", "Sessions", "Term")
    ]
    names += [permanent, "TotalFixedExclusions", "TotalFixedSessions", "NumberOfEnrolments"]
    found = read(delivery, f"Exclusions_{year}.txt").columns
    assert found == affixed(" ".join(names), f"_ex{year % 100:02d}")


def test_wide_exclusions_of_2006_have_fewer_slots(delivery):
    file = delivery / "delivery" / "Exclusions_2006.txt"
    assert "\tTerm_26_ex06\t" in file.read_text(encoding="utf-8").splitlines()[0]
    assert "Category_27_ex06" not in file.read_text(encoding="utf-8").splitlines()[0]


def test_long_exclusion_headers(delivery):
    names = "PupilMatchingRefAnonymous Category Reason StartDate Sessions"
    assert read(delivery, "Exclusions_2016.txt").columns == affixed(names, "_ex16")


@pytest.mark.parametrize("name", HEADERS)
def test_one_file_headers(delivery, name):
    assert read(delivery, name).columns == affixed(HEADERS[name], "")


def test_wide_totals_are_those_of_the_slots(delivery):
    table = read(delivery, "Exclusions_2014.txt")
    fixed = sum(
        table[f"Category_{i}_ex14"].is_in(["FIXD", "LNCH"]).fill_null(False).cast(pl.Int64)
        for i in range(1, 41)
    )
    assert table["TotalFixedExclusions_ex14"].cast(pl.Int64).to_list() == fixed.to_list()


def test_every_row_is_marked(delivery):
    for file in (delivery / "delivery").iterdir():
        table = read(delivery, file.name)
        assert table.columns[-1] == "SYNTHETIC"
        assert (table["SYNTHETIC"] == "SYNTHETIC").all()


def test_references_are_fake_unique_and_collide_without_their_case(delivery):
    people = pl.read_parquet(delivery / "truth" / "people.parquet")
    found = people["later_pupil_reference"].filter(people["later_pupil_reference"] != "")
    assert found.str.contains("^SYNTHETIC[A-Za-z]{9}$").all()
    assert found.n_unique() == len(found)
    assert found.str.to_lowercase().n_unique() < 0.3 * len(found)


def test_la_codes_are_in_force_where_they_stand(delivery):
    known = authorities()

    def in_force(on: date) -> set[str]:
        rows = known.filter(
            (pl.col("valid_from") <= on)
            & (pl.col("valid_to").is_null() | (pl.col("valid_to") > on))
        )
        return set(rows["la_code"]) | set(rows["ons_code"])

    for year in (2006, 2009, 2010, 2013, 2019, 2020):
        table = read(delivery, f"Spring_Census_{year}.txt")
        names = [n for n in table.columns if re.match(r"(home)?la(_9code)?_spr", n.lower())]
        for name in names:
            assert set(table[name]) <= in_force(date(year, 1, 18)), name
    for label, rows in read(delivery, "CIN_2009_to_2020.txt").group_by("CIN_ACADYR"):
        on = date(int(label[0][5:]), 3, 31)
        assert set(rows["CIN_LA"]) | set(rows["CIN_LA_9Code"]) <= in_force(on)
    for (start,), rows in read(delivery, "CLA_Episodes_2006_to_2020.txt").group_by(
        "CLA_DATE_EPI_COMM"
    ):
        if start >= "1998-04-01":
            assert set(rows["CLA_LA"]) <= in_force(date.fromisoformat(start))
    assert {"820", "822", "823"} <= set(read(delivery, "CIN_2009_to_2020.txt")["CIN_LA"])


@pytest.mark.parametrize(
    ("name", "code", "child"),
    [
        ("CIN_2009_to_2020.txt", "CIN_LA", "CIN_LAchildID_Anon"),
        ("CLA_Episodes_2006_to_2020.txt", "CLA_LA", "CLA_CHILD_LA_CODE_ANON"),
    ],
)
def test_la_child_ids_recur_across_las_and_blanks_can_be_filled(delivery, name, code, child):
    table = read(delivery, name)
    reference = pl.col(table.columns[0])
    keys = table.group_by(code, child).agg(
        reference.drop_nulls().n_unique().alias("references"),
        reference.null_count().alias("blanks"),
        pl.len().alias("rows"),
    )
    assert keys["references"].max() == 1
    assert keys[child].n_unique() < len(keys)
    # A key without any reference is a child who has none, or an adopted child before school.
    assert (keys["references"] == 1).mean() > 0.85
    fillable = keys.filter(pl.col("references") == 1)
    assert fillable["blanks"].sum() / fillable["rows"].sum() > 0.1


def test_referrals_repeat_until_the_return_in_which_they_close(delivery):
    table = read(delivery, "CIN_2009_to_2020.txt").filter(pl.col("CIN_Gender") != "0")
    closed = table.filter(pl.col("CIN_CINClosureDate").str.slice(0, 4) > "1900")
    label = pl.col("CIN_ACADYR").str.slice(0, 4).cast(pl.Int32)
    first_day = pl.date(label, 4, 1).cast(pl.String)
    last_day = pl.date(label + 1, 3, 31).cast(pl.String)
    closure = pl.col("CIN_CINClosureDate")
    # A return holds what closed in it, and some of the year before, corrected.
    assert closed.select((closure.is_between(first_day, last_day)).mean()).item() > 0.95
    year_before = pl.date(label - 1, 4, 1).cast(pl.String)
    assert closed.select((closure.is_between(year_before, last_day)).all()).item()
    still_open = table.filter(pl.col("CIN_CINClosureDate").is_null())
    assert still_open["CIN_ReasonForClosure"].is_null().all()
    assert set(still_open["CIN_ReferralNFA"]) == {"0"}
    # What the end of the return could not know is blank.
    for name in ("CIN_AssessmentAuthorisationDate", "CIN_CPPStartDate", "CIN_CPPEndDate"):
        known = table.filter(pl.col(name).is_not_null())
        assert known.select((pl.col(name) <= last_day).all()).item()
    early = table.filter(label < 2013)
    assert early["CIN_AssessmentAuthorisationDate"].is_null().all()


def test_traps_are_there(delivery):
    need = read(delivery, "CIN_2009_to_2020.txt")
    assert (need["CIN_CINClosureDate"] == "1900-01-01").any()
    assert need["CIN_PrimaryNeedCode"].is_in(["n1", "n5"]).any()
    assert need["CIN_PrimaryNeedCode"].str.ends_with(" ").any()
    assert need.is_duplicated().any()
    assert need.filter(pl.col("CIN_YearOfBirth").is_null()).height > 0
    care = read(delivery, "CLA_Episodes_2006_to_2020.txt")
    assert {"V3", "V4", "J1"} <= set(care["CLA_LEGAL_STATUS"])
    assert set(care.filter(pl.col("CLA_REC") == "-10")["CLA_DATE_EPI_CEASED"]) == {None}
    offences = read(delivery, "MOJ_PNC.csv")
    undated = offences.filter(pl.col("offencestartdate") == "1900-01-01")
    assert (undated["offencestartage"].cast(pl.Int64) < 0).all()
    assert {"G", "J", "N", None} == set(offences["adjudicationcode"])
    assert {"1", "2"} == set(offences["disposalrank"])
    references = pl.col("PupilMatchingRefAnonymous").drop_nulls().n_unique()
    found = offences.group_by("mojuid").agg(
        references.alias("references"), pl.col("PupilMatchingRefAnonymous").is_null().any()
    )
    assert found["references"].max() == 1
    assert (found["references"] == 0).any()
    assert (found.filter(references=1)["PupilMatchingRefAnonymous"]).any()
    ids = offences.drop_nulls("PupilMatchingRefAnonymous")
    assert (
        ids.group_by("PupilMatchingRefAnonymous").agg(pl.col("mojuid").n_unique())["mojuid"].max()
        == 2
    )
    custody = offences.filter(pl.col("disposalcode").is_in(["1081", "1007", "1002", "1024"]))
    assert custody["sentencelengthdays"].null_count() == 0
    stays = read(delivery, "MOJ_Prison.csv")
    assert (stays["releasedate"].is_null() | (stays["releasedate"] > stays["receptiondate"])).all()
    assert stays["mojuid"].is_in(offences["mojuid"].implode()).all()
    census = read(delivery, "Spring_Census_2012.txt")
    assert {"C", "M", "S"} == set(census["EnrolStatus_SPR12"])
    off_roll = census.filter(pl.col("OnRoll_SPR12") == "0")
    assert off_roll.height > 0
    for name in ("SENprovision_SPR12", "PrimarySENtype_SPR12", "FSMeligible_SPR12", "LLSOA_SPR12"):
        assert off_roll[name].is_null().all()
    results = read(delivery, "KS4Pupil_2015_to_2021.txt")
    assert results["KS4_PupilMatchingRefAnonymous"].is_duplicated().any()


def test_a_month_of_birth_is_told_by_every_census_or_by_none(delivery):
    censuses = [
        read(delivery, f"Spring_Census_{year}.txt").select(
            pl.col(f"PupilMatchingRefAnonymous_SPR{year % 100}").alias("reference"),
            pl.col(f"MonthOfBirth_SPR{year % 100}").is_null().alias("is_blank"),
        )
        for year in (2010, 2011, 2012, 2013)
    ]
    blank = pl.concat(censuses).group_by("reference").agg(pl.col("is_blank").mean())
    assert set(blank["is_blank"]) == {0.0, 1.0}
    truth = pl.read_parquet(delivery / "truth" / "people.parquet")
    lost = truth.filter(pl.col("birth_month_lost_to").is_not_null())
    assert set(lost["birth_month_lost_to"]) == {"unknown_birth_month_share"}
    named = {*lost["pupil_reference"], *lost["later_pupil_reference"]}
    assert set(blank.filter(pl.col("is_blank") == 1)["reference"]) <= named


@pytest.mark.parametrize("term", ["Autumn", "Summer"])
def test_term_censuses_are_those_of_the_spring_without_ethnicity_and_deprivation(delivery, term):
    spring, found = (read(delivery, f"{name}_Census_2012.txt") for name in ("Spring", term))
    wanted = [name.replace("_SPR", f"_{term[:3].upper()}") for name in spring.columns]
    assert found.columns == [n for n in wanted if not n.startswith(("EthnicGroup", "IDACI"))]
    assert 0.9 * len(spring) < len(found) < len(spring)


def test_some_pupils_are_in_a_pru_and_in_no_school(delivery):
    units = read(delivery, "PRU_Census_2010_to_2013.txt")
    at_school = []
    for year in range(2010, 2014):
        spring = read(delivery, f"Spring_Census_{year}.txt")
        listed = spring[f"PupilMatchingRefAnonymous_SPR{year % 100}"].to_list()
        of_year = units.filter(PRU_AcademicYear=f"{year - 1}/{year}")
        at_school += of_year["PRU_PupilMatchingRefAnonymous"].is_in(listed).to_list()
    assert {True, False} == set(at_school)
    assert set(units["PRU_CensusDate"]) <= {"2010-01-21", "2011-01-20", "2012-01-19", "2013-01-17"}
    assert set(units["PRU_Gender"]) == {"1", "2"}


def test_ranks_of_deprivation_are_those_of_the_edition(delivery):
    old = read(delivery, "Spring_Census_2015.txt")["IDACIRank_SPR15"].cast(pl.Int64)
    new = read(delivery, "Spring_Census_2016.txt")["IDACIRank_15_SPR16"].cast(pl.Int64)
    assert old.min() >= 1
    assert old.max() <= 32_482
    assert old.max() > 32_482 * 0.98
    assert new.max() <= 32_844


def test_types_of_need_follow_their_era_and_need_a_provision(delivery):
    for year, name, other in ((2014, "BESD", "SEMH"), (2015, "SEMH", "BESD")):
        table = read(delivery, f"Spring_Census_{year}.txt")
        kind, type_ = (table[f"{n}_SPR{year % 100}"] for n in ("SENprovision", "PrimarySENtype"))
        assert name in set(type_)
        assert other not in set(type_)
        assert type_.filter(kind.is_in(["A", "P", "K", "S", "E"])).null_count() == 0
        assert type_.filter(kind == "N").drop_nulls().is_empty()


def test_levels_are_those_of_the_marks_and_give_way_to_standards(delivery):
    table = read(delivery, "KS2Pupil_1996_to_2019_and_2022.txt")
    lowest = table.filter(KS2_READLEV="4")["KS2_READMRK"].cast(pl.Int64).min()
    highest = table.filter(KS2_READLEV="3")["KS2_READMRK"].cast(pl.Int64).max()
    assert highest < lowest == 19
    # Six cohorts only: the last were in Year 6 in 2012/13, before the standards.
    assert table["KS2_READEXP"].null_count() == len(table)
    boycotted = table.filter(pl.col("KS2_READMRK").is_null())
    assert set(boycotted["KS2_ACADYR"]) == {"2009/2010"}
    assert boycotted["KS2_ENGLEV"].null_count() == len(boycotted)
    by_teacher = table.filter(pl.col("KS2_ENGLEVTA").is_not_null())
    assert set(by_teacher["KS2_ACADYR"]) == {"2012/2013"}


def test_key_stage_4_measures_are_nested(delivery):
    table = read(delivery, "KS4Pupil_2015_to_2021.txt").filter(KS4_NATRES="1")
    level_2 = pl.coalesce("KS4_LEVEL2_EM_PTQ_EE", "KS4_LEVEL2_EM_94")
    basics = pl.coalesce("KS4_L2BASICS_94", "KS4_L2BASICS_LL_PTQ_EE", "KS4_L2BASICS_PTQ_EE")
    nested = (level_2, basics, pl.col("KS4_LEVEL1_EM_PTQ_EE"), pl.col("KS4_ANYPASS_PTQ_EE"))
    flags = table.select(*(one.cast(pl.Int64).alias(str(i)) for i, one in enumerate(nested)))
    assert flags.null_count().sum_horizontal().item() == 0
    for i in range(3):
        assert (flags[str(i)] <= flags[str(i + 1)]).all()
        assert flags[str(i)].sum() < flags[str(i + 1)].sum()
