"""A run does what is missing or out of date, also after it was killed, and gives the same bytes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import yaml
from support.tiny import Commands, TinyStudy

from cws_outcomes.config import load_study
from cws_outcomes.errors import CwsError, ValueFormatError
from cws_outcomes.plan import plan
from cws_outcomes.run import failures
from cws_outcomes.run.lock import LOCK

BEGUN = re.compile(r"^ *\d+ s +\d+(?:/\d+)?  (.+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def finished(thin_study: TinyStudy, tmp_path_factory: pytest.TempPathFactory) -> TinyStudy:
    """A study that ran undisturbed, without Snakemake. Whoever changes it makes it whole again."""
    study = thin_study.copied(tmp_path_factory.mktemp("finished"))
    ran = subprocess.run(
        command(study, "--no-snakemake"), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return study


def command(study: TinyStudy, *options: str) -> list[str]:
    return [sys.executable, "-m", "cws_outcomes", "run", "--config", str(study.config), *options]


Rerun = Callable[[], list[str]]


@pytest.fixture
def rerun(finished: TinyStudy, cws: Commands) -> Rerun:
    """Run the finished study again and give the steps that ran."""

    def steps() -> list[str]:
        said = cws("run", "--no-snakemake", "--config", finished.config)
        assert said.code == 0, said.err
        return BEGUN.findall(said.out)

    return steps


def followers(study: TinyStudy, *names: str) -> list[str]:
    """Messages of the named jobs and of all that read what they write, in order."""
    touched: set[Path] = set()
    found = []
    for job in plan(load_study(study.config)):
        if job.name in names or touched.intersection(job.needed):
            touched.update(job.outputs.values())
            found.append(job.message)
    return found


def test_a_finished_study_has_nothing_to_do(finished: TinyStudy, cws: Commands) -> None:
    said = cws("run", "--no-snakemake", "--config", finished.config)

    assert said.code == 0
    assert "Nothing to do: everything is up to date." in said.out
    assert BEGUN.findall(said.out) == []


@pytest.mark.parametrize(
    ("output", "job"),
    [
        ("person_level/spells/care_spells.parquet", "merge_care_spells"),
        ("unchecked/flow/landmark_14.parquet", "select_members.landmark_14"),
        ("releasable/tables/cohort_flow.csv", "print_table.cohort_flow"),
    ],
)
def test_a_deleted_output_is_made_again_with_all_that_follows(
    finished: TinyStudy, rerun: Rerun, output: str, job: str
) -> None:
    before = finished.written()
    (finished.results / output).unlink()

    assert rerun() == followers(finished, job)
    assert finished.written() == before
    assert rerun() == []


def test_an_output_that_somebody_edited_is_made_again(finished: TinyStudy, rerun: Rerun) -> None:
    before = finished.written()
    (finished.results / "releasable" / "tables" / "cohort_flow.csv").write_text("edited\n")

    assert "Printing the table cohort_flow" in rerun()
    assert finished.written() == before


def test_a_changed_definition_reruns_what_uses_it(finished: TinyStudy, rerun: Rerun) -> None:
    file = finished.folder / "definitions" / "models" / "exposure_gradients.yaml"
    unchanged, before = file.read_text(encoding="utf-8"), finished.written()
    definition = yaml.safe_load(unchanged) | {"exposures": ["contact_group"]}

    file.write_text(yaml.safe_dump(definition), encoding="utf-8")
    ran = rerun()
    after = finished.written()
    file.write_text(unchanged, encoding="utf-8")

    assert ran == followers(finished, "fit_outcome_by_exposure.exposure_gradients", "write_report")
    changed = {name for name in before if before[name] != after[name]}
    assert "releasable/tables/outcome_by_exposure.csv" in changed
    assert not [name for name in changed if name.startswith("person_level")]
    assert rerun() == ran
    assert finished.written() == before


def test_a_file_delivered_anew_reruns_its_table(finished: TinyStudy, rerun: Rerun) -> None:
    os.utime(finished.file("MOJ_PNC.csv"))

    assert rerun() == followers(finished, "ingest_offences")


def test_a_stamp_that_is_not_whole_counts_for_nothing(finished: TinyStudy, rerun: Rerun) -> None:
    (finished.results / ".stamps" / "print_table.cohort_flow.json").write_text('{"code": "1')

    assert rerun() == followers(finished, "print_table.cohort_flow")


def kill_when(study: TinyStudy, output: str, *options: str, cwd: Path) -> None:
    """Start a run and kill it, and nothing else, as soon as a file is there."""
    with subprocess.Popen(
        command(study, *options), cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        deadline = time.monotonic() + 120
        while not (study.results / output).exists():
            assert run.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
    assert run.returncode == -signal.SIGKILL


def written_at(study: TinyStudy) -> dict[Path, int]:
    return {file: file.stat().st_mtime_ns for file in study.results.rglob("*.parquet")}


def assert_resumed(study: TinyStudy, finished: TinyStudy, cws: Commands, *options: str) -> None:
    """A run goes on where the killed one stopped, and nothing tells that it was killed."""
    assert (study.results / LOCK).exists()

    said = cws("run", "--config", study.config, *options)

    assert said.code == 0, said.err
    assert "An earlier run ended early: going on from where it stopped." in said.out
    assert study.written() == finished.written()
    assert not [file for file in study.results.rglob("*") if "unfinished" in file.name]
    assert not (study.results / LOCK).exists()
    mine = [p for p in psutil.process_iter(["cmdline"]) if str(study.config) in str(p.info)]
    assert [p for p in mine if p.pid != os.getpid()] == []


def unchanged(before: dict[Path, int], after: dict[Path, int]) -> set[Path]:
    return {file for file in before if before[file] == after[file]}


def test_a_killed_run_is_resumed_to_the_same_bytes(
    thin_study: TinyStudy, finished: TinyStudy, tmp_path: Path, cws: Commands, clone: Path
) -> None:
    study = thin_study.copied(tmp_path / "study")
    options = ("--no-snakemake", "--cores", "1")
    kill_when(study, "person_level/harmonise/people.parquet", *options, cwd=clone)
    made = written_at(study)

    assert_resumed(study, finished, cws, *options)

    assert unchanged(made, written_at(study))  # it went on, not from the start


def test_a_killed_run_through_snakemake_is_resumed_to_the_same_bytes(
    finished: TinyStudy, tmp_path: Path, cws: Commands, clone: Path
) -> None:
    # Its records are made by hand, in no time; the cohort and all that follows are Snakemake's.
    study = finished.copied(tmp_path / "study", with_results=True)
    for folder in ("person_level/cohort", "person_level/features", "releasable"):
        shutil.rmtree(study.results / folder)
    records = written_at(study)
    # From here on two steps at a time are at work.
    kill_when(study, "person_level/features/landmark_14/covariates.parquet", cwd=clone)
    made = written_at(study)

    assert_resumed(study, finished, cws)

    again = written_at(study)
    persons = {file for file in records if "person_level" in file.parts}
    assert persons <= unchanged(records, again)
    assert unchanged(made, again) - records.keys()  # it went on, not from where it began


def test_failures_are_told_in_the_order_of_the_plan(tmp_path: Path) -> None:
    failures.record(tmp_path, "b", CwsError("second"))
    failures.record(tmp_path, "a", ValueFormatError("first"))

    told = failures.first(tmp_path, ["x", "a", "b"])

    assert told is not None
    assert (str(told), told.exit_code) == ("first (step a)", ValueFormatError.exit_code)
    failures.forget(tmp_path)
    assert failures.first(tmp_path, ["x", "a", "b"]) is None
