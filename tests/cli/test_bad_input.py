"""Bad input: an exit code by cause, one message, no value of a row, nothing half-written."""

import os
from pathlib import Path

import pytest
from support.corruptions import CANARY, CARE, CENSUS, CORRUPTIONS, Corruption, cell, unmark
from support.tiny import Commands, Said, TinyStudy

from cws_outcomes.errors import MissingTableError

BY_NAME = {corruption.name: corruption for corruption in CORRUPTIONS}
SEVERAL_TABLES = "the receipt"  # damages what every table needs, so that each one fails

each = pytest.mark.parametrize(
    "corruption", CORRUPTIONS, ids=[name.replace(" ", "_") for name in BY_NAME]
)


def assert_explained(said: Said, corruption: Corruption) -> None:
    """One message, with all that a person needs to put it right."""
    assert said.code == corruption.error.exit_code, said
    assert said.err.startswith("Error: ")
    assert (said.out + said.err).count("Error") == 1
    for words in corruption.says:
        assert words in said.err
    assert "xpected" in said.err or corruption.error.__name__ == "ConfigError"


def assert_unseen(said: Said, folder: Path, *, but: str = "none") -> None:
    """No value of a row on the screen or in any file that a run leaves."""
    assert CANARY not in said.out + said.err
    for file in folder.rglob("*"):
        if file.is_file() and file.stem != but:
            assert CANARY.encode() not in file.read_bytes(), file


def assert_nothing_half_written(study: TinyStudy, table: str) -> None:
    left = [file for file in study.results.rglob("*") if file.is_file()]
    assert [file for file in left if "unfinished" in file.name or ".spill" in file.parts] == []
    assert not (study.results / ".cws-run.lock").exists()
    if table:
        assert not study.table(table).exists()
    else:
        assert left == []


@each
def test_check_explains(study: TinyStudy, cws: Commands, corruption: Corruption) -> None:
    corruption.damage(study)

    said = cws("check", "--config", study.config)

    assert_explained(said, corruption)
    # The report lists unknown codes, for those who extend the codelists: it stays inside.
    listed = "data_quality" if corruption.error.__name__.startswith("Unknown") else "none"
    assert_unseen(said, study.results, but=listed)
    report = study.results / "person_level" / "data_quality" / "data_quality.csv"
    if corruption.table:
        assert f",failure,{corruption.error.__name__}," in report.read_text(encoding="utf-8")


@each
def test_run_explains_and_leaves_nothing(
    study: TinyStudy, cws: Commands, corruption: Corruption
) -> None:
    corruption.damage(study)

    said = cws("run", "--no-snakemake", "--config", study.config)

    assert_explained(said, corruption)
    assert_unseen(said, study.results)
    assert_nothing_half_written(study, corruption.table)


@pytest.mark.parametrize("name", ["one wrong date", "an unknown key in the manifest"])
def test_run_through_snakemake_explains_and_leaves_nothing(
    study: TinyStudy, cws: Commands, clone: Path, name: str
) -> None:
    corruption = BY_NAME[name]
    corruption.damage(study)

    said = cws("run", "--config", study.config)

    assert_explained(said, corruption)
    assert_unseen(said, study.results)
    assert_unseen(said, clone)
    assert_nothing_half_written(study, corruption.table)


def test_of_two_failures_the_first_of_the_plan_is_told(
    study: TinyStudy, cws: Commands, clone: Path
) -> None:
    # Snakemake is free to start with either.
    cell(CARE, "CLA_DATE_EPI_COMM")(study)
    study.file(CENSUS).unlink()

    said = cws("run", "--config", study.config, "--cores", "2")

    assert said.code == MissingTableError.exit_code
    assert "school_census" in said.err
    assert "care_episodes" not in said.err
    assert_unseen(said, clone)
    # What does not depend on them was read meanwhile, and need not be read again.
    assert study.table("offences").exists()


def test_a_synthetic_table_left_among_the_results_of_a_real_run_is_refused(
    study: TinyStudy, cws: Commands
) -> None:
    assert cws("step", "ingest_offences", "--config", study.config).code == 0
    unmark(study)
    for table in (
        "prison", "court", "probation", "exclusions", "early_years", "key_stage_2_exams",
    ):  # fmt: skip
        assert cws("step", f"ingest_{table}", "--config", study.config).code == 0

    said = cws("step", "harmonise_moj_references", "--config", study.config)

    assert said.code == 11
    assert "delivered_offences: synthetic and real tables must not be mixed" in said.err
    assert "Give each delivery a results folder of its own." in said.err
    assert not list(study.results.glob("person_level/harmonise/*"))


def test_a_failed_table_is_read_again_once_it_is_put_right(study: TinyStudy, cws: Commands) -> None:
    assert cws("step", "ingest_absence", "--config", study.config).code == 0
    before = study.table("absence").read_bytes()
    good = study.file("Absence_2015_3Term.txt").read_bytes()
    study.file("Absence_2015_3Term.txt").write_bytes(good[: len(good) // 2])

    assert cws("step", "ingest_absence", "--config", study.config).code == 7
    assert study.table("absence").read_bytes() == before  # the good one is not lost
    study.file("Absence_2015_3Term.txt").write_bytes(good)
    os.utime(study.file("Absence_2015_3Term.txt"))

    assert cws("step", "ingest_absence", "--config", study.config).code == 0
    assert study.table("absence").read_bytes() == before
