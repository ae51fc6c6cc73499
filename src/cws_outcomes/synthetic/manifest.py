"""The delivery manifest: where each table is, and what its columns are called there."""

from collections.abc import Collection
from pathlib import Path

import yaml

from cws_outcomes.contracts.delivered import SHAPES, TABLES
from cws_outcomes.synthetic.schools import CENSUSES
from cws_outcomes.synthetic.shapes import (
    absence,
    attainment,
    care,
    care_years,
    exclusions,
    need,
    offences,
    other_censuses,
    side_tables,
)

PMR = "PupilMatchingRefAnonymous"


def _affixed(names: dict[str, str], prefix: str = "", suffix: str = "") -> dict[str, object]:
    return {ours: f"{prefix}{theirs}{suffix}" for ours, theirs in names.items()}


_CENSUS = {
    "pupil_reference": PMR,
    "record_status": "RecordStatus",
    "academic_year": "AcademicYear",
    "sex": "Gender",
    "birth_month": "MonthOfBirth",
    "birth_year": "YearOfBirth",
    "age_at_start": "AgeAtStartOfAcademicYear",
    "nc_year": "NCyearActual",
    "language": "LanguageGroupMajor",
    "fsm_eligible": "FSMeligible",
    "sen_provision": "SENprovision",
    "enrolment_status": "EnrolStatus",
    "on_roll": "OnRoll",
    "entry_date": "EntryDate",
    "school_urn": "URN",
    "school_la": "LA",
    "home_la": "HomeLA",
}
_PRU_CENSUS = {
    "pupil_reference": PMR,
    "academic_year": "AcademicYear",
    "census_date": "CensusDate",
    "sex": "Gender",
    "birth_month": "MonthOfBirth",
    "birth_year": "YearOfBirth",
    "age_at_start": "AgeAtStartOfAcademicYear",
    "nc_year": "NCyearActual",
    "ethnicity": "EthnicGroupMajor",
    "language": "LanguageGroupMajor",
    "fsm_eligible": "FSMeligible",
    "sen_provision": "SENprovision",
    "entry_date": "EntryDate",
}
_AP_CENSUS = {
    "pupil_reference": PMR,
    "academic_year": "ACADYR",
    "census_date": "CensusDate",
    "sex": "Gender",
    "birth_month": "MonthOfBirth",
    "birth_year": "YearOfBirth",
    "age_at_start": "Age_Start",
    "ethnicity": "EthnicGroupMajor",
    "fsm_eligible": "FSMeligible",
    "sen_provision": "SENProvision",
}


def _school_census() -> dict[str, object]:
    columns = _affixed(_CENSUS | {"ethnicity": "EthnicGroupMinor"}, suffix="_SPR{yy}")
    columns["small_area"] = ["LLSOA_SPR{yy}", "LSOA11_SPR{yy}"]
    # Ranks are of one edition of the index or of the next: no census has both.
    columns["idaci_rank_2001"] = ["IDACIRank_SPR{yy}", None]
    columns["idaci_rank"] = ["IDACIRank_15_SPR{yy}", None]
    return {
        "file": "Spring_Census_{year}.txt",
        "years": list(CENSUSES),
        "delimiter": "\t",
        "columns": columns,
    }


def _term_census(term: str) -> dict[str, object]:
    return {
        "file": f"{term}_Census_{{year}}.txt",
        "years": [other_censuses.TERM_CENSUS],
        "delimiter": "\t",
        "columns": _affixed(_CENSUS, suffix=f"_{term[:3].upper()}{{yy}}"),
    }


def _absence() -> dict[str, object]:
    kinds = {
        "possible": "SessionsPossible",
        "authorised": "AuthorisedAbsence",
        "unauthorised": "UnauthorisedAbsence",
    }
    names = {
        "pupil_reference": PMR,
        "academic_year": "AcademicYear",
        "school_number": "Estab",
        "enrolment_status": "EnrolStatus",
    }
    names |= {
        f"sessions_{ours}_{term.lower()}": f"{theirs}_{term}"
        for ours, theirs in kinds.items()
        for term in absence.TERMS
    }
    halves = {"five_half_terms": "5HalfTerms", "sixth_half_term": "Summer6th"}
    return {
        "file": "Absence_{year}_3Term.txt",
        "years": list(absence.ABSENCE_YEARS),
        "delimiter": "\t",
        "columns": _affixed(names, suffix="_ab{yy}")
        # Not before 2013.
        | {
            f"sessions_{ours}_{part}": [f"{theirs}_{half}_ab{{yy}}", None]
            for ours, theirs in kinds.items()
            for part, half in halves.items()
        },
    }


_EXCLUSION = {
    "category": "Category",
    "reason": "Reason",
    "start_date": "StartDate",
    "sessions": "Sessions",
}


def _exclusions_wide() -> dict[str, object]:
    columns = _affixed(
        {
            "pupil_reference": PMR,
            "total_fixed_exclusions": "TotalFixedExclusions",
            "total_fixed_sessions": "TotalFixedSessions",
        },
        suffix="_ex{yy}",
    )
    columns["total_permanent_exclusions"] = [
        "PermanentExclusionIndicator_ex{yy}",
        "PermanentExclusionCount_ex{yy}",
    ]
    columns |= _affixed(_EXCLUSION, suffix="_{slot}_ex{yy}")
    return {
        "file": "Exclusions_{year}.txt",
        "years": list(exclusions.WIDE_YEARS),
        "delimiter": "\t",
        "slots": 40,
        "columns": columns,
    }


def _exclusions_long() -> dict[str, object]:
    return {
        "file": "Exclusions_{year}.txt",
        "years": list(exclusions.LONG_YEARS),
        "delimiter": "\t",
        "columns": _affixed({"pupil_reference": PMR, **_EXCLUSION}, suffix="_ex{yy}"),
    }


def _one_file(
    file: str, names: dict[str, str], prefix: str, delimiter: str = "\t"
) -> dict[str, object]:
    return {"file": file, "delimiter": delimiter, "columns": _affixed(names, prefix)}


_EARLY_YEARS = {
    "pupil_reference": PMR,
    "academic_year": "ACADYR",
    **{
        f"scale_{place:02}": scale
        for place, scale in enumerate(attainment.EARLY_YEARS_SCALES, start=1)
    },
}
_KEY_STAGE_1 = {
    "pupil_reference": PMR,
    "academic_year": "ACADYR",
    "reading_level": "READING",
    "writing_level": "WRITING",
    "maths_level": "MATHS",
}
_KEY_STAGE_2_EXAMS = {
    "pupil_reference": PMR,
    "academic_year": "ACADYR",
    "subject": "LEAPCODE",
    "mark": "TESTMARK",
    "level": "TESTLEV",
}
_KEY_STAGE_2 = {
    "pupil_reference": PMR,
    "academic_year": "ACADYR",
    "national_results": "NATRES",
    "reading_mark": "READMRK",
    "reading_level": "READLEV",
    "maths_mark": "MATTOTMRK",
    "maths_level": "MATLEV",
    "average_points": "APS",
}
_KEY_STAGE_4 = {
    "pupil_reference": PMR,
    "academic_year": "ACADYR",
    "national_results": "NATRES",
    "basics_2015": "L2BASICS_PTQ_EE",
    "basics_2016": "L2BASICS_LL_PTQ_EE",
    "basics_2017": "L2BASICS_94",
    "attainment_8": "ATT8",
}
_CHILDREN_IN_NEED = {
    "pupil_reference": PMR,
    "la_child_id": "LAchildID_Anon",
    "return_year": "ACADYR",
    "la": "LA",
    "birth_year": "YearOfBirth",
    "birth_month": "MonthOfBirth",
    "sex": "Gender",
    "ethnicity": "Ethnicity",
    "disability": "Disability",
    "referral_date": "CINReferralDate",
    "referral_nfa": "ReferralNFA",
    "referral_source": "ReferralSource",
    "primary_need": "PrimaryNeedCode",
    "assessment_date": "AssessmentAuthorisationDate",
    "closure_date": "CINClosureDate",
    "closure_reason": "ReasonForClosure",
    "initial_conference_date": "DateOfInitialCPC",
    "plan_start_date": "CPPStartDate",
    "plan_end_date": "CPPEndDate",
    "abuse_category": "CategoryOfAbuse",
}
_CARE_EPISODES = {
    "pupil_reference": PMR,
    "la_child_id": "CHILD_LA_CODE_ANON",
    "child_id": "CHILD_ID_ANON",
    "la": "LA",
    "sex": "SEX",
    "ethnicity": "ETHNIC",
    "birth_year": "YEAR_OF_BIRTH",
    "birth_month": "MONTH_OF_BIRTH",
    "period_start_date": "POC_START",
    "episode_start_date": "DATE_EPI_COMM",
    "episode_end_date": "DATE_EPI_CEASED",
    "reason_new": "REASON_FOR_NEW_EPISODE",
    "reason_ceased": "REC",
    "legal_status": "LEGAL_STATUS",
    "placement": "PLACEMENT",
    "need": "CAT_NEED",
    "is_uasc": "UASC_STATUS",
}
_OFFENCES = {
    "moj_id": "mojuid",
    "pupil_reference": PMR,
    "case_id": "caseid",
    "offence_id": "offenceid",
    "offence_date": "offencestartdate",
    "offence_age": "offencestartage",
    "is_primary": "isprimaryoffence",
    "disposal_rank": "disposalrank",
    "adjudication": "adjudicationcode",
    "offence_group": "offence_group",
    "disposal": "disposalcode",
    "disposal_date": "disposaldate",
    "sentence_days": "sentencelengthdays",
}
_PRISON = {
    "moj_id": "mojuid",
    "pupil_reference": PMR,
    "start_date": "receptiondate",
    "end_date": "releasedate",
    "kind": "custodytype",
}


_SIDE = {
    "pupil_reference": PMR,
    "la_child_id": "LAchildID_Anon",
    "la": "LA",
    "return_year": "ACADYR",
}
_CARE_YEARS = {
    name: _CARE_EPISODES[name]
    for name in (
        "pupil_reference", "la_child_id", "la", "sex", "ethnicity", "birth_year", "birth_month",
        "period_start_date", "episode_start_date", "episode_end_date", "reason_ceased",
        "legal_status", "placement", "need",
    )
} | {"return_year": "ACADYR", "period_days": "POC_LENGTH"}  # fmt: skip

ONE_FILE_TABLES = (
    attainment.KS2_FILE,
    attainment.KS4_FILE,
    need.FILE,
    care.FILE,
    offences.FILE,
)
"""Tables of all years in one file: a delivery without one of them is none."""


def _tables() -> dict[str, dict[str, object]]:
    return {
        "school_census": _school_census(),
        "school_census_summer": _term_census("Summer"),
        "school_census_autumn": _term_census("Autumn"),
        "pru_census": _one_file(other_censuses.PRU_FILE, _PRU_CENSUS, "PRU_"),
        "ap_census": _one_file(other_censuses.AP_FILE, _AP_CENSUS, "AP_"),
        "absence": _absence(),
        "exclusions_wide": _exclusions_wide(),
        "exclusions_long": _exclusions_long(),
        "early_years": _one_file(attainment.EYFSP_FILE, _EARLY_YEARS, "FSP_"),
        "key_stage_1": _one_file(attainment.KS1_FILE, _KEY_STAGE_1, "KS1_"),
        "key_stage_2_exams": _one_file(attainment.EXAM_FILE, _KEY_STAGE_2_EXAMS, "KS2_"),
        "key_stage_2": _one_file(attainment.KS2_FILE, _KEY_STAGE_2, "KS2_"),
        "key_stage_4": _one_file(attainment.KS4_FILE, _KEY_STAGE_4, "KS4_"),
        "children_in_need": _one_file(need.FILE, _CHILDREN_IN_NEED, "CIN_"),
        "disabilities": _one_file(
            side_tables.DISABILITY_FILE, _SIDE | {"disability": "DisabilityCode"}, "CIN_"
        ),
        "assessment_factors": _one_file(
            side_tables.FACTOR_FILE,
            _SIDE | {"referral_date": "CINReferralDate", "factor": "AssessmentFactor"},
            "CIN_",
        ),
        "care_episodes": _one_file(care.FILE, _CARE_EPISODES, "CLA_"),
        "care_years": _one_file(care_years.FILE, _CARE_YEARS, "CLA_"),
        "offences": _one_file(offences.FILE, _OFFENCES, "", ","),
        "prison": _one_file(offences.PRISON_FILE, _PRISON, "", ","),
    }


def manifest(delivered: Collection[str]) -> dict[str, object]:
    """
    Describe the synthetic delivery as a fellow would describe a real one.

    Parameters
    ----------
    delivered : collection of str
        Names of the files delivered: years without a file are left out.
    """
    tables = _tables()
    # Among few pupils nobody is in custody, or in a pupil referral unit.
    tables = {
        name: table
        for name, table in tables.items()
        if "years" in table or table["file"] in delivered
    }
    for table in tables.values():
        if "years" in table:
            table["years"] = [
                year
                for year in table["years"]  # type: ignore[attr-defined]
                if str(table["file"]).format(year=year) in delivered
            ]
    for contract in TABLES:
        for entry, settled in SHAPES[contract.name.removeprefix("delivered_")].items():
            if entry in tables:
                columns: dict[str, object] = tables[entry]["columns"]  # type: ignore[assignment]
                unnamed = [n for n in contract.columns if n not in {*columns, *settled}]
                columns |= dict.fromkeys((n for n in unnamed if n != "file_year"), None)
                tables[entry]["columns"] = columns
    return {
        "name": "Synthetic delivery",
        "synthetic": True,
        "folder": "delivery",
        "receipt": "receipt.csv",
        "tables": tables,
    }


def write_manifest(path: Path, delivered: Collection[str]) -> None:
    """Write the manifest as YAML."""
    text = yaml.safe_dump(manifest(delivered), sort_keys=False, width=100)
    path.write_text(text, encoding="utf-8")
