"""Tables and columns by their names, as extracts of the real records write them."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.databases import sqlite_database

from cws_outcomes.contracts.delivered import NEEDED
from cws_outcomes.errors import ConfigError, UnreachableError
from cws_outcomes.ingest.discovery import Proposal, as_yaml, listing, look_at, propose
from cws_outcomes.ingest.discovery.found import FoundTable, fitting_formats
from cws_outcomes.ingest.discovery.recognise import known_names, recognise, years_of
from cws_outcomes.ingest.discovery.text_head import read_head
from cws_outcomes.ingest.manifest import files_of, load_manifest
from cws_outcomes.ingest.promises import named_columns

PMR = "PupilMatchingRefAnonymous"


def found(name: str, columns: str, **written: str) -> FoundTable:
    return FoundTable(f"{name}.txt", "", name, "text", tuple(columns.split()), **written)


def suffixed(columns: str, suffix: str) -> str:
    return " ".join(f"{column}_{suffix}" for column in columns.split())


def test_every_column_of_every_entry_has_known_names():
    for entry in NEEDED:
        unknown = [
            ours for ours in named_columns(entry) if ours not in known_names()[entry].columns
        ]
        assert not unknown, f"{entry}: no known name for {unknown}"
    assert set(known_names()) == set(NEEDED)


def test_no_two_columns_of_an_entry_are_known_by_one_name():
    for entry, known in known_names().items():
        names = [pattern.pattern.lower() for ps in known.columns.values() for pattern in ps]
        assert len(names) == len(set(names)), entry


CENSUS = f"{PMR} AcademicYear Gender MonthOfBirth YearOfBirth NCyearActual OnRoll LA HomeLA"
TERMS = " ".join(
    f"{kind}_{term}"
    for kind in ("SessionsPossible", "AuthorisedAbsence", "UnauthorisedAbsence")
    for term in ("Autumn", "Spring", "Summer")
)
NEED = (
    "PupilMatchingRefAnonymous LAchildID_Anon LA ACADYR CINReferralDate ReferralNFA CINClosureDate "
    "ReasonForClosure CPPStartDate CPPEndDate"
)
CARE = (
    "PupilMatchingRefAnonymous CHILD_LA_CODE_ANON LA DATE_EPI_COMM DATE_EPI_CEASED REC LEGAL_STATUS"
)


def prefixed(columns: str, prefix: str) -> str:
    return " ".join(f"{prefix}_{column}" for column in columns.split())


TABLES = {
    "Spring_Census_2012": (suffixed(CENSUS, "SPR12"), "school_census"),
    "spring_census_2012": (suffixed(CENSUS, "spr12").lower(), "school_census"),
    "Spring_PLASC_2006": (suffixed(CENSUS, "SPR06"), "school_census"),
    "Summer_Census_2012": (suffixed(CENSUS, "SUM12"), "school_census_summer"),
    "Autumn_Census_2012": (suffixed(CENSUS, "AUT12"), "school_census_autumn"),
    "PLASC_2002": (suffixed(f"{PMR} AcademicYear Gender SENstage MotherTongue", "02"), "plasc"),
    "PRU_Census_2010_to_2013": (
        prefixed(f"{PMR} AcademicYear CensusDate FSMeligible", "PRU"), "pru_census",
    ),
    "AP_Census_2008_to_2013": (prefixed(f"{PMR} ACADYR Age_Start Gender", "AP"), "ap_census"),
    "Absence_2012_3Term": (
        suffixed(f"{PMR} AcademicYear Estab EnrolStatus {TERMS}", "ab12"), "absence",
    ),
    "Exclusions_2008_Table3": (
        suffixed(f"{PMR} Category_1 StartDate_1 Category_40 StartDate_40", "ex08"),
        "exclusions_wide",
    ),
    "Exclusions_2016": (suffixed(f"{PMR} Category StartDate Sessions", "ex16"), "exclusions_long"),
    "EYFSP_2007_to_2009": (prefixed(f"{PMR} ACADYR PSE_AS1", "FSP") + " mojuid", "early_years"),
    "KS1_1998_to_2019_and_2022": (prefixed(f"{PMR} ACADYR READING", "KS1"), "key_stage_1"),
    "KS2Pupil": (prefixed(f"{PMR} ACADYR NATRES READMRK", "KS2"), "key_stage_2"),
    "KS2Exam": (prefixed(f"{PMR} ACADYR LEAPCODE TESTMARK", "KS2"), "key_stage_2_exams"),
    "KS4Pupil_2002_to_2014": (prefixed(f"{PMR} ACADYR LEVEL2_EM", "KS4"), "key_stage_4"),
    "KS4Pupil_2015_to_2021": (prefixed(f"{PMR} ACADYR ATT8", "KS4"), "key_stage_4"),
    "KS5Student_2003_to_2021": (prefixed(f"{PMR} ACADYR TOTPTSE_ALEV", "KS5"), "key_stage_5"),
    "CIN_2009_to_2023": (prefixed(NEED, "CIN"), "children_in_need"),
    "cin_2009_2017": (prefixed(NEED, "CIN"), "children_in_need"),
    "CIN_2009_to_2021_Disabilities": (
        prefixed("LAchildID_Anon LA ACADYR Disability", "CIN"), "disabilities",
    ),
    "CIN_2014_to_2021_AssessmentFactors": (
        prefixed("LAchildID_Anon LA ACADYR AssessmentFactors", "CIN"), "assessment_factors",
    ),
    "CLA_2006_to_2023": (
        "CLA_PupilMatchingRefAnonymous CLA_CHILD_LA_CODE_ANON CLA_CLA_LA CLA_Processing_Year "
        "CLA_POC_START CLA_POC_LENGTH CLA_DATE_EPI_COMM CLA_PLACEMENT",
        "care_years",
    ),
    "CLA_Episode_Data": (CARE, "care_episodes"),
    "Episode_final_CLA": (prefixed(CARE, "CLA"), "care_episodes"),
    "MOJ_PNC": (
        "mojuid pupilmatchingrefanonymous caseid offenceid offencestartdate adjudicationcode",
        "offences",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_recognised_by_name_and_shape(name):
    columns, entry = TABLES[name]
    assert recognise(found(name, columns)) == (entry, "")


@pytest.mark.parametrize(
    ("name", "columns", "reason"),
    [
        ("Spring_Census_2012_Schools", suffixed(CENSUS, "SPR12"), "no known name"),
        ("SC_Disability_Spring_Census_2012", suffixed(CENSUS, "SPR12"), "no known name"),
        ("Exclusions_2008_Table1", suffixed(f"{PMR} Category_1", "ex08"), "no known name"),
        ("KS4CandInd_2010", f"KS4_{PMR} KS4_ACADYR", "no known name"),
        ("lookup_of_codes", "code label", "no known name"),
        ("Exclusions_2003", "v1 v2 v3", "most of the columns needed"),
    ],
)
def test_what_has_no_place_is_told_with_its_columns(name, columns, reason):
    (unplaced,) = propose([found(name, columns)]).unplaced
    assert reason in unplaced.reason
    assert unplaced.columns == tuple(columns.split())


@pytest.mark.parametrize(
    ("name", "years"),
    [
        ("Absence_2012_3Term", (2012,)),
        ("CIN_2009_to_2011", (2009, 2010, 2011)),
        ("CIN_2009_2011", (2009, 2010, 2011)),
        ("KS2Pupil_2016_to_2017_and_2022", (2016, 2017, 2022)),
        ("KS2Pupil", ()),
        ("flatfile_20123", ()),
    ],
)
def test_years_of_a_name(name, years):
    assert years_of(name) == years


def test_the_prefix_goes_once_and_both_las_of_a_child_in_need_count():
    header = prefixed(NEED, "CIN") + " CIN_CIN_LA"
    columns = propose([found("CIN_2009_to_2023", header)]).entries["children_in_need"].columns
    assert columns["la"] == ("CIN_LA", "CIN_CIN_LA")
    assert columns["closure_date"] == "CIN_CINClosureDate"
    bare = propose([found("CIN_2009_to_2023", NEED)]).entries["children_in_need"].columns
    assert bare["la"] == "LA"


def test_an_la_as_it_was_in_the_first_year_of_a_span_comes_last():
    header = "CIN_LA_09 " + prefixed(NEED, "CIN") + " CIN_CIN_LA"
    columns = propose([found("CIN_2009_to_2023", header)]).entries["children_in_need"].columns
    assert columns["la"] == ("CIN_LA", "CIN_CIN_LA", "CIN_LA_09")


def test_the_column_named_cin_of_care_episodes_is_the_need():
    entry = propose([found("CLA_Data_Supplied", f"{CARE} CIN")]).entries["care_episodes"]
    assert entry.columns["need"] == "CIN"


def test_years_of_one_pattern_are_one_entry_whatever_their_columns_are_called():
    proposal = propose(
        [
            found("PLASC_2002", suffixed(f"{PMR} AcademicYear ActualNCYearGroup", "02")),
            found("PLASC_2003", suffixed(f"{PMR} AcademicYear NCyearActual OnRoll", "03")),
            found("PLASC_2004", suffixed(f"{PMR} AcademicYear ncyearactual OnRoll", "04")),
        ]
    )
    entry = proposal.entries["plasc"]
    assert entry.groups[0].place("file") == ("PLASC_{year}.txt",)
    assert entry.groups[0].years == (2002, 2003, 2004)
    assert entry.columns["pupil_reference"] == f"{PMR}_{{yy}}"
    assert entry.columns["nc_year"] == ("NCyearActual_{yy}", "ActualNCYearGroup_{yy}")
    assert entry.columns["on_roll"] == ("OnRoll_{yy}", None)
    assert entry.columns["entry_date"] is None


def test_wide_and_long_years_of_exclusions_part_and_slots_are_counted():
    wide = suffixed(f"{PMR} Category_1 StartDate_1 Category_26 StartDate_26", "ex06")
    wider = suffixed(f"{PMR} Category_1 StartDate_1 Category_40 StartDate_40 Sessions_40", "ex09")
    long = suffixed(f"{PMR} Category StartDate", "ex16")
    tables = [found(f"Exclusions_{y}", c) for y, c in ((2006, wide), (2009, wider), (2016, long))]
    entries = propose(tables).entries
    assert entries["exclusions_wide"].groups[0].years == (2006, 2009)
    assert entries["exclusions_wide"].slots == 40
    assert entries["exclusions_wide"].columns["category"] == "Category_{slot}_ex{yy}"
    assert entries["exclusions_long"].groups[0].years == (2016,)
    assert entries["exclusions_long"].columns["category"] == "Category_ex{yy}"


def test_spans_that_follow_one_another_are_listed_and_those_that_overlap_are_not():
    def spans(*names: str) -> Proposal:
        return propose([found(name, f"AP_{PMR} AP_ACADYR AP_Gender") for name in names])

    following = spans("AP_Census_2014_to_2017", "AP_Census_2008_to_2013")
    assert following.entries["ap_census"].groups[0].place("file") == (
        "AP_Census_2008_to_2013.txt", "AP_Census_2014_to_2017.txt",
    )  # fmt: skip
    overlapping = spans("AP_Census_2008_to_2013", "AP_Census_2008_to_2022")
    assert overlapping.entries["ap_census"].groups[0].place("file") == (
        "AP_Census_2008_to_2022.txt",
    )
    assert "count twice" in overlapping.unplaced[0].reason


def test_numbered_parts_are_one_table():
    parts = [f"moj_probation_flatfile_{number:02}" for number in (1, 2, 30)]
    proposal = propose([found(name, "mojuid start_date end_date") for name in parts])
    entry = proposal.entries["probation"]
    assert entry.groups[0].place("file") == tuple(f"{name}.txt" for name in parts)
    assert "3 parts of one table" in entry.remarks[0]
    assert proposal.unplaced == ()


def test_of_two_tables_without_years_only_one_is_taken():
    proposal = propose([found(name, CARE) for name in ("CLA_Data_Supplied", "CLA_Episode_Data")])
    assert len(proposal.entries["care_episodes"].tables) == 1
    assert "count twice" in proposal.unplaced[0].reason


def test_a_span_and_a_single_year_after_it_are_listed():
    tables = [found(f"KS5Student_{y}", f"KS5_{PMR} KS5_ACADYR") for y in ("2003_to_2021", "2022")]
    entry = propose(tables).entries["key_stage_5"]
    assert entry.groups[0].place("file") == ("KS5Student_2003_to_2021.txt", "KS5Student_2022.txt")
    assert entry.groups[0].years == ()


def test_years_named_or_written_otherwise_go_under_also(tmp_path):
    def year(name: str, **written: str) -> FoundTable:
        (told,) = years_of(name)
        columns = suffixed(f"{PMR} Category_1 StartDate_1", f"ex{told % 100:02}")
        formats = {f"StartDate_1_ex{told % 100:02}": frozenset({written.pop("dates", "%Y-%m-%d")})}
        return found(name, columns, date_formats=formats, **written)

    proposal = propose(
        [
            year("Exclusions_2006"),
            year("Exclusions_2008_Table3", delimiter=",", encoding="latin-1"),
            year("Exclusions_2009_Table3", delimiter=",", encoding="latin-1"),
            year("Exclusions_2010_Table3", delimiter=",", encoding="latin-1"),
            year("Exclusions_2011_Table3", delimiter=",", encoding="utf-8", dates="%d/%m/%Y"),
            year("Exclusions_2010"),  # the same year once more
        ]
    )
    path = tmp_path / "m.yaml"
    path.write_text(as_yaml(proposal, name="n", folder="x", odbc=None), encoding="utf-8")
    files = [
        (file.year, file.path.name, file.layout.delimiter, file.layout.date_format)
        for file in files_of(load_manifest(path), "exclusions_wide")
    ]
    assert sorted(files) == [
        (2006, "Exclusions_2006.txt", "\t", "%Y-%m-%d"),
        (2008, "Exclusions_2008_Table3.txt", ",", "%Y-%m-%d"),
        (2009, "Exclusions_2009_Table3.txt", ",", "%Y-%m-%d"),
        (2010, "Exclusions_2010_Table3.txt", ",", "%Y-%m-%d"),
        (2011, "Exclusions_2011_Table3.txt", ",", "%d/%m/%Y"),
    ]
    assert [table.name for table in proposal.unplaced] == ["Exclusions_2010.txt"]


def test_needed_columns_that_are_missing_are_told_and_never_called_optional():
    full = suffixed(f"{PMR} AcademicYear Estab", "ab12")
    proposal = propose(
        [found("Absence_2012_3Term", full), found("Absence_2013_3Term", f"{PMR}_ab13 Estab_ab13")]
    )
    entry = proposal.entries["absence"]
    assert entry.columns["academic_year"] == "AcademicYear_ab{yy}"
    assert "Absence_2013_3Term.txt: academic_year" in entry.remarks[0]
    said = "\n".join(listing(proposal))
    assert "needed, but not found in Absence_2013_3Term.txt: academic_year" in said
    assert "key_stage_2" in said  # a table that no study can do without


def test_a_mark_on_some_tables_only_is_told():
    tables = [
        found("KS2Pupil", f"KS2_{PMR} KS2_ACADYR SYNTHETIC"),
        found("MOJ_PNC", "mojuid caseid offenceid"),
    ]
    proposal = propose(tables)
    assert not proposal.synthetic
    assert "must not be mixed" in proposal.remarks[0]


@given(st.text())
def test_any_name_of_a_column_can_be_written_and_read(tmp_path_factory, name):
    header = (name, "LAchildID_Anon", "LA", "Disability")
    table = FoundTable("CIN_1.csv", "", "CIN_Disabilities", "text", header)
    text = as_yaml(propose([table]), name=name, folder="x", odbc=None)
    path = tmp_path_factory.mktemp("m") / "m.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_manifest(path).name == name


# Text files: how they are written is told by their heads.


def head(tmp_path: Path, content: bytes):
    path = tmp_path / "t.txt"
    path.write_bytes(content)
    return read_head(path)


@pytest.mark.parametrize("delimiter", "\t,;|")
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_delimiter_and_line_ends(delimiter, ending, tmp_path):
    lines = [delimiter.join(row).encode() for row in (("a", "b"), ("1", "x#y"), ("2", ""))]
    told = head(tmp_path, ending.join(lines) + ending)
    assert (told.header, told.delimiter) == (("a", "b"), delimiter)
    assert told.rows == (("1", "x#y"), ("2", ""))


def test_mark_of_utf_8_is_no_part_of_a_name(tmp_path):
    assert head(tmp_path, b"\xef\xbb\xbfa\tb\n1\t2\n").header == ("a", "b")


@pytest.mark.parametrize(
    ("letter", "encoding"), [(b"e", "ascii"), (b"\xc3\xa9", "utf-8"), (b"\xe9", "latin-1")]
)
def test_encoding(letter, encoding, tmp_path):
    assert head(tmp_path, b"a\tb\n1\tcaf" + letter + b"\n").encoding == encoding


def test_a_letter_cut_at_the_end_of_the_head_is_no_other_encoding(tmp_path, monkeypatch):
    monkeypatch.setattr("cws_outcomes.ingest.discovery.text_head._HEAD_BYTES", 12)
    assert head(tmp_path, b"a\tb\n1\t\xc3\xa92345678\xc3\xa9\n").encoding == "utf-8"
    assert head(tmp_path, b"a\tb\n1234567\xc3\xa9\t1\n").encoding == "utf-8"


@pytest.mark.parametrize(
    ("content", "quote"),
    [(b'a,b\n"1,5",2\n', '"'), (b'a,b\n6" nail,2\n"5,x\n', ""), (b"a,b\n1,2\n", '"')],
)
def test_quotation_marks(content, quote, tmp_path):
    assert head(tmp_path, content).quote == quote


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xfea\x00\t\x00b\x00", "UTF-16"),
        (b"one column\nand lines\n", "no delimiter"),
    ],
)
def test_what_is_no_delimited_text_is_told(content, reason, tmp_path):
    with pytest.raises(ValueError, match=reason):
        head(tmp_path, content)


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["2012-01-31", "", "1900-01-01"], "%Y-%m-%d"),
        (["01/02/2012", "31/12/2012"], "%d/%m/%Y"),
        (["02/01/2012", "12/31/2012"], "%m/%d/%Y"),
        (["31JAN2012"], "%d%b%Y"),
        (["2012-01-31 00:00:00"], "%Y-%m-%d %H:%M:%S"),
    ],
)
def test_date_formats_are_told_by_the_values_of_a_head(values, form, tmp_path):
    rows = [(value,) for value in values]
    formats = fitting_formats(("StartDate_ex16",), rows)["StartDate_ex16"]
    assert form in formats
    columns = suffixed(f"{PMR} Category StartDate", "ex16")
    table = found("Exclusions_2016", columns, date_formats={"StartDate_ex16": formats})
    assert propose([table]).entries["exclusions_long"].groups[0].date_format == form


def test_a_column_without_one_format_is_told():
    formats = {"StartDate_ex16": frozenset[str]()}
    columns = suffixed(f"{PMR} Category StartDate", "ex16")
    entry = propose([found("Exclusions_2016", columns, date_formats=formats)]).entries
    assert "start_date" in entry["exclusions_long"].remarks[0]


# Whole targets.


def test_a_folder_of_every_kind_of_file(tmp_path):
    with duckdb.connect(str(tmp_path / "extract.duckdb")) as database:
        for year in (11, 12):
            listed = ", ".join(f"'1' as {name}_SPR{year}" for name in CENSUS.split())
            database.execute(f"create table Spring_Census_20{year} as select {listed}")
        database.execute("create view KS2Pupil as select 'x' as KS2_PMR, 'y' as KS2_ACADYR")
    duckdb.sql(f"copy (select 'x' as FSP_PMR, 'y' as FSP_ACADYR) to '{tmp_path}/EYFSP.parquet'")
    (tmp_path / "MOJ_PNC.csv").write_text(
        "mojuid,pmr,caseid,offenceid,offencestartdate\n1,2,3,4,\n"
    )
    (tmp_path / "notes.docx").write_bytes(b"x")
    (tmp_path / "receipt.csv").write_text("file,rows\nMOJ_PNC.csv,1\n")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1")
    told: list[str] = []
    proposal = propose(look_at(str(tmp_path), told.append))
    assert set(proposal.entries) == {"school_census", "early_years", "key_stage_2", "offences"}
    census = proposal.entries["school_census"]
    assert census.groups[0].place("relation") == ("Spring_Census_{year}",)
    assert census.groups[0].place("file") == ("extract.duckdb",)
    assert {table.name for table in proposal.unplaced} == {
        "notes.docx", "receipt.csv", "cut.parquet",
    }  # fmt: skip
    assert len(told) == 6
    assert told[-1].startswith("6 of 6: ")


def test_a_database_by_the_variable_that_holds_its_connection_string(tmp_path, monkeypatch, cws):
    columns = suffixed(CENSUS, "SPR12").split()
    later = ", ".join(f"{name} as {name.replace('12', '13')}" for name in columns)
    text = sqlite_database(
        tmp_path / "t.sqlite",
        f"create table Spring_Census_2012 ({', '.join(f'{name} text' for name in columns)})",
        "insert into Spring_Census_2012 values (" + ", ".join(["'secret'"] * len(columns)) + ")",
        f"create view Spring_Census_2013 as select {later} from Spring_Census_2012",
    )
    monkeypatch.setenv("EXTRACT", text)
    out = tmp_path / "m.yaml"
    said = cws("discover", "EXTRACT", "--out", out, "--name", "Extract")
    assert said.code == 0
    assert "secret" not in said.out + said.err + out.read_text()
    assert str(tmp_path / "t.sqlite") not in out.read_text()
    manifest = load_manifest(out)
    assert manifest.odbc == "EXTRACT"
    census = manifest.tables["school_census"]
    assert (census.format, census.relation, census.years) == (
        "odbc", "Spring_Census_{year}", (2012, 2013),
    )  # fmt: skip


def test_a_target_that_is_not_there_is_told(cws, tmp_path):
    said = cws("discover", tmp_path / "none")
    assert said.code == 4
    assert "is not there" in said.err


def test_a_connection_string_on_the_command_line_is_refused_and_not_repeated(cws):
    said = cws("discover", "Driver=X;Server=a/b.c;PWD=hush")
    assert said.code == ConfigError.exit_code
    assert "hush" not in said.out + said.err


def test_a_name_that_is_neither_folder_nor_database_is_told_as_both(cws, tmp_path):
    sqlite_database(tmp_path / "t.sqlite")  # skips where there is no ODBC at all
    said = cws("discover", "no_such_place")
    assert said.code == UnreachableError.exit_code
    assert "no file or folder no_such_place" in said.err
    assert "no such driver or data source" in said.err


def test_a_manifest_corrected_by_hand_is_not_overwritten(cws, tmp_path):
    (tmp_path / "m.yaml").write_text("mine")
    said = cws("discover", tmp_path, "--out", tmp_path / "m.yaml")
    assert said.code == ConfigError.exit_code
    assert (tmp_path / "m.yaml").read_text() == "mine"


def test_names_are_shown_and_values_never(cws, tmp_path):
    (tmp_path / "KS2Pupil.csv").write_text(f"KS2_{PMR},KS2_ACADYR,other\nSECRET1,SECRET2,SECRET3\n")
    (tmp_path / "unknown.csv").write_text("a,b\nSECRET4,SECRET5\n")
    said = cws("discover", tmp_path)
    assert said.code == 0
    assert "unknown.csv: no known name" in said.out
    assert "SECRET" not in said.out + said.err


@pytest.mark.parametrize(
    "rows",
    ["SECRET1\t2001-05-03\tx\n", "SECRET1\tM\tWBRI\nSECRET2\tM\tAIND\n"],
    ids=["a first line with a date", "a first line whose values recur"],
)
@pytest.mark.parametrize("name", ["Spring_Census_2012.txt", "unknown.txt"])
def test_a_file_without_a_line_of_names_has_no_row_shown(cws, tmp_path, name, rows):
    (tmp_path / name).write_text(rows)
    said = cws("discover", tmp_path)
    assert said.code == 0
    assert "its first line may be a row and is not shown" in said.out
    assert "SECRET" not in said.out + said.err
