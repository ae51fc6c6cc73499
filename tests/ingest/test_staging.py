"""What a table's files have in common, and what each has of its own, before anything is judged."""

from pathlib import Path

import polars as pl
import pytest
from support.tiny import Commands, TinyStudy

CENSUS, WIDE, CARE = (
    "Spring_Census_2015.txt",
    "Exclusions_2015.txt",
    "CLA_Episodes_2006_to_2020.txt",
)


@pytest.fixture
def study(lean_study: TinyStudy, tmp_path: Path) -> TinyStudy:
    """A study with one file of each kind, to be changed."""
    return lean_study.copied(tmp_path / "study")


def ingested(study: TinyStudy, cws: Commands, table: str, *more: str) -> pl.DataFrame:
    said = cws("step", f"ingest_{table}", "--config", study.config, *more)
    assert said.code == 0, said.err
    return pl.read_parquet(study.table(table))


def test_a_value_is_taken_from_the_first_column_that_holds_one(
    study: TinyStudy, cws: Commands
) -> None:
    """CIN_LA and CIN_CIN_LA: some years fill the one, some the other, and both are in the file."""
    lines = [line.split("\t") for line in study.lines(CARE)]
    place = lines[0].index("CLA_LA")
    for number, line in enumerate(lines):
        line.append("CLA_CLA_LA" if number == 0 else line[place])
        if number % 2:
            line[place] = "  "
    study.write_lines(CARE, ["\t".join(line) for line in lines])
    expected = [line[-1] for line in lines[1:]]

    study.change_manifest(
        lambda m: m["tables"]["care_episodes"]["columns"].update(la=["CLA_LA", "CLA_CLA_LA"])
    )

    assert ingested(study, cws, "care_episodes")["la"].to_list() == expected


def test_a_table_in_two_files_is_both_one_after_the_other(study: TinyStudy, cws: Commands) -> None:
    expected = ingested(study, cws, "care_episodes")
    header, *rows = study.lines(CARE)
    half = len(rows) // 2
    study.write_lines("CLA_early.txt", [header, *rows[:half]])
    study.write_lines("CLA_late.txt", [header, *rows[half:]])

    study.change_manifest(
        lambda m: m["tables"]["care_episodes"].update(file=["CLA_early.txt", "CLA_late.txt"])
    )

    assert ingested(study, cws, "care_episodes").equals(expected)


def test_rows_keep_the_order_of_their_file(study: TinyStudy, cws: Commands) -> None:
    found = ingested(study, cws, "school_census").filter(file_year=2015, census="spring")

    rows = [line.split("\t")[0] for line in study.lines(CENSUS)[1:]]
    assert found["pupil_reference"].to_list() == rows


def test_the_same_bytes_with_one_thread_and_with_two(
    thin_study: TinyStudy, tmp_path: Path, cws: Commands
) -> None:
    study = thin_study.copied(tmp_path / "thin")
    for table in ("school_census", "exclusions", "children_in_need"):
        ingested(study, cws, table, "--threads", "1")
        alone = study.table(table).read_bytes()
        ingested(study, cws, table, "--threads", "2")
        assert study.table(table).read_bytes() == alone


def test_a_wide_row_without_any_slot_in_use_stays(study: TinyStudy, cws: Commands) -> None:
    """Its totals may say that exclusions were: nothing is lost before it is counted."""
    before = ingested(study, cws, "exclusions").filter(file_year=2015)
    header, first, *rows = study.lines(WIDE)
    names = header.split("\t")
    emptied = [
        "" if name.startswith(("Category_", "StartDate_", "Reason_", "Sessions_")) else cell
        for name, cell in zip(names, first.split("\t"), strict=True)
    ]
    slots = sum(
        bool(cell)
        for name, cell in zip(names, first.split("\t"), strict=True)
        if name.startswith("Category_")
    )
    study.write_lines(WIDE, [header, "\t".join(emptied), *rows])

    after = ingested(study, cws, "exclusions").filter(file_year=2015)

    assert after.height == before.height - slots + 1
    kept = after.filter(pupil_reference=emptied[0])
    assert kept["category"].null_count() == kept.height == 1


def test_a_table_that_a_study_can_do_without_is_empty(study: TinyStudy, cws: Commands) -> None:
    study.change_manifest(lambda m: m["tables"].pop("probation", None))

    assert ingested(study, cws, "probation").is_empty()


def test_a_place_outside_england_is_known_by_its_codelist(study: TinyStudy, cws: Commands) -> None:
    study.set_cell(CENSUS, "HomeLA_SPR15", "681", 0)  # Cardiff: listed
    assert ingested(study, cws, "school_census").filter(home_la="681").height == 1

    study.set_cell(CENSUS, "HomeLA_SPR15", "999", 0)
    said = cws("step", "ingest_school_census", "--config", study.config)
    assert said.code == 10
    assert "codelists/outside_england.csv" in said.err

    codelist = study.folder / "definitions" / "codelists" / "outside_england.csv"
    with codelist.open("a", encoding="utf-8") as lines:
        lines.write("999,,not known\n")
    assert ingested(study, cws, "school_census").filter(home_la="999").height == 1


@pytest.mark.parametrize("code", ["E09000033", "213"])
def test_both_codes_of_an_authority_are_known(study: TinyStudy, cws: Commands, code: str) -> None:
    study.set_cell(CENSUS, "LA_SPR15", code, 0)

    assert not ingested(study, cws, "school_census").filter(school_la=code).is_empty()


def test_scratch_is_removed(study: TinyStudy, cws: Commands, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"

    ingested(study, cws, "school_census", "--temp-folder", str(scratch))

    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("number", ["3.5", "1e3x", "nan"])
def test_a_number_that_is_not_whole_is_not_rounded(
    study: TinyStudy, cws: Commands, number: str
) -> None:
    study.set_cell(CENSUS, "MonthOfBirth_SPR15", number, 0)

    said = cws("step", "ingest_school_census", "--config", study.config)

    assert said.code == 8
    assert "birth_month" in said.err
    assert "expected whole numbers" in said.err


def test_a_whole_number_may_be_written_with_a_point(study: TinyStudy, cws: Commands) -> None:
    study.set_cell(CENSUS, "MonthOfBirth_SPR15", "7.0", 0)

    assert ingested(study, cws, "school_census")["birth_month"].null_count() == 0
