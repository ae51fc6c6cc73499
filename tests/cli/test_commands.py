"""Help that teaches, and failures that give nothing away."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.tiny import Commands, TinyStudy

from cws_outcomes import runner

CANARY = "CANARY7Zq"
# What each command's help must tell: what it is for, its defaults, where to go next.
HELP = {
    (): ("cws run", "make demo", "docs/delivery.md", "cws check", "synth", "equity"),
    ("synth",): ("invented delivery", "30000", "24", "same seed", "truth.json", "cws run --config"),
    ("discover",): ("first run", "head of each file", "--out", "docs/sources.md", "cws check"),
    ("check",): ("data-quality report", "config/study.yaml", "docs/exit_codes.md", "person_level"),
    ("run",): ("missing or out of date", "config/study.yaml", "--no-snakemake", "running again"),
    ("step",): ("one job", "merge_care_spells", "secure area"),
    ("returns",): ("SSDA903", "--ssda903", "repairs.csv", "docs/returns.md", "person-level"),
    ("calibrate",): ("published figures", "--only", "calibration.csv", "not a failure"),
    ("equity",): ("--numerator", "England row", "config/equity", "docs/equity_from_counts.md"),
    ("verify",): ("recovery",),
    ("verify", "recovery"): ("docs/recovery.md", "50", "20000"),
    ("verify", "persons"): ("eligibility step", "30,000 pupils", "as far as features"),
}


@pytest.mark.parametrize("command", HELP, ids=lambda words: " ".join(words) or "cws")
def test_help_teaches(cws: Commands, command: tuple[str, ...]) -> None:
    said = cws(*command, "--help")

    plain = re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]|\s+", " ", said.out)
    text = re.sub(r" +", " ", plain)
    assert said.code == 0
    for words in HELP[command]:
        assert words in text


def test_every_command_is_tried_here(cws: Commands) -> None:
    from cws_outcomes.cli.app import app

    cws("--help")  # registers `equity`
    commands = {info.name or info.callback.__name__ for info in app.registered_commands}
    groups = {group.name for group in app.registered_groups}

    assert commands | groups == {words[0] for words in HELP if words}


def test_a_slip_on_the_command_line_is_told_apart_from_failures(cws: Commands) -> None:
    said = cws("run", "--cors", "2")

    assert said.code == 2
    assert "--cors" in said.err


def test_a_study_that_is_not_there(cws: Commands, tmp_path: Path) -> None:
    said = cws("run", "--config", tmp_path / "my_study.yaml")

    assert said.code == 3
    assert "my_study.yaml: there is no such file" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_does_not_exist_is_answered_with_those_that_do(
    cws: Commands, study: TinyStudy
) -> None:
    said = cws("step", "merge_car_spells", "--config", study.config)

    assert said.code == 3
    assert "merge_care_spells" in said.err


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that fails with a row in its message, as they do."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"cannot convert {CANARY} at row 17")

    monkeypatch.setattr(runner, "_function", lambda step: fail)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    "command", [("run", "--no-snakemake"), ("step", "ingest_offences")], ids=" ".join
)
def test_an_unexpected_failure_tells_its_place_and_withholds_its_message(
    cws: Commands, study: TinyStudy, command: tuple[str, ...], tmp_path: Path
) -> None:
    log = ("--log", str(tmp_path / "log.txt")) if command[0] == "step" else ()

    said = cws(*command, "--config", study.config, *log)

    assert said.code == 1
    assert said.err.startswith("Error: unexpected RuntimeError at ")
    assert "test_commands.py:" in said.err
    assert "CWS_DEBUG=1" in said.err
    assert CANARY not in said.out + said.err
    for file in (*study.results.rglob("*"), *tmp_path.glob("log.txt")):
        assert file.is_dir() or CANARY.encode() not in file.read_bytes()
    if log:
        assert "unexpected RuntimeError" in (tmp_path / "log.txt").read_text()


@pytest.mark.usefixtures("broken")
def test_debugging_shows_the_message(
    cws: Commands, study: TinyStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CWS_DEBUG", "1")

    with pytest.raises(RuntimeError, match=CANARY):
        cws("run", "--no-snakemake", "--config", study.config)


def test_a_step_leaves_its_cause_for_the_run_that_started_it(
    cws: Commands, study: TinyStudy
) -> None:
    study.file("MOJ_PNC.csv").unlink()

    said = cws("step", "ingest_offences", "--config", study.config)

    left = (study.results / ".failures" / "ingest_offences.json").read_text()
    assert said.code == 4
    assert '"exit_code": 4' in left
    assert "MOJ_PNC.csv" in left


def test_linear_algebra_runs_on_one_thread_whatever_the_environment_says() -> None:
    # Two threads add in another order: last digits of a fit would depend on who started the step.
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    shown = f"[os.environ[n] for n in {names}], 'numpy' in sys.modules"
    asked = f"import os, sys, cws_outcomes.cli; print({shown})"

    said = subprocess.run(
        [sys.executable, "-c", asked],
        env={**os.environ, **dict.fromkeys(names, "2")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.strip() == "['1', '1', '1', '1'] False"
