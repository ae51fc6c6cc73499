"""Runs on bad input: a code by cause, one message, no value of a row, nothing half-written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.corruptions import CARE, CENSUS, CORRUPTIONS, Corruption, cell, unmark
from support.explained import assert_explained, assert_unseen
from support.tiny import Commands, TinyStudy

from cws_outcomes.errors import MissingTableError

BY_NAME = {corruption.name: corruption for corruption in CORRUPTIONS}


@pytest.fixture(scope="module")
def finished(lean_study: TinyStudy, tmp_path_factory: pytest.TempPathFactory) -> TinyStudy:
    """A good delivery, and all that is made of it. Copy it before you change it."""
    good = lean_study.copied(tmp_path_factory.mktemp("finished"))
    words = ["-m", "cws_outcomes", "run", "--no-snakemake", "--config", str(good.config)]
    ran = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return good


@pytest.fixture
def study(lean_study: TinyStudy, tmp_path: Path) -> TinyStudy:
    """One table is damaged: the others are as few as can be."""
    return lean_study.copied(tmp_path / "study")


@pytest.fixture
def read_before(finished: TinyStudy, tmp_path: Path) -> TinyStudy:
    """A study that was run on a good delivery: what is not damaged is not made again."""
    return finished.copied(tmp_path / "read_before", with_results=True)


def assert_nothing_half_written(study: TinyStudy, table: str) -> None:
    left = [file for file in study.results.rglob("*") if file.is_file()]
    assert [file for file in left if "unfinished" in file.name or ".spill" in file.parts] == []
    assert not (study.results / ".cws-run.lock").exists()
    if table:
        assert not study.table(table).exists()
    else:
        assert left == []


@pytest.mark.parametrize(
    "corruption", CORRUPTIONS, ids=[name.replace(" ", "_") for name in BY_NAME]
)
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
    read_before: TinyStudy, cws: Commands, clone: Path, name: str
) -> None:
    study, corruption = read_before, BY_NAME[name]
    if corruption.table:
        study.table(corruption.table).unlink()
    else:
        shutil.rmtree(study.results)
    corruption.damage(study)

    said = cws("run", "--config", study.config)

    assert_explained(said, corruption)
    assert_unseen(said, study.results)
    assert_unseen(said, clone)
    assert_nothing_half_written(study, corruption.table)


def test_of_two_failures_the_first_of_the_plan_is_told(
    read_before: TinyStudy, cws: Commands, clone: Path
) -> None:
    # Snakemake is free to start with either.
    study = read_before
    for table in ("care_episodes", "school_census", "offences"):
        study.table(table).unlink()
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
