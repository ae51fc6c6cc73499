"""What a model warns of reaches the log of its step and whoever watches the run."""

import sys
import warnings
from pathlib import Path

import pytest
from support.tiny import Commands, TinyStudy

from cws_outcomes.errors import EstimationWarning
from cws_outcomes.run import serial, snakemake
from cws_outcomes.run.warned import kept

TOLD = "Model hazard of first_offence in from_10: `la_code`: 3 clusters"


@pytest.fixture
def _doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps that do nothing but warn."""

    def warn(*_: object, **__: object) -> None:
        warnings.warn(TOLD, EstimationWarning, stacklevel=1)

    monkeypatch.setattr(serial, "run_job", warn)
    monkeypatch.setattr(serial, "stamp", lambda *_: None)


def test_other_warnings_are_shown_as_usual() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with kept() as told:
            for _ in range(2):
                warnings.warn(TOLD, EstimationWarning, stacklevel=1)
            warnings.warn("of a library", RuntimeWarning, stacklevel=1)
    assert told == [TOLD, TOLD]
    assert [str(w.message) for w in caught] == ["of a library"]


@pytest.mark.usefixtures("_doubtful")
def test_a_step_writes_it_to_its_log_and_tells_it(
    cws: Commands, study: TinyStudy, tmp_path: Path
) -> None:
    log = tmp_path / "logs" / "step.log"

    said = cws("step", "ingest_offences", "--config", study.config, "--log", log)

    assert said.code == 0
    assert said.err == f"Warning: {TOLD}\n"
    done, warned = log.read_text().splitlines()
    assert done.startswith("ingest_offences: done")
    assert warned == f"Warning: {TOLD}"


@pytest.mark.usefixtures("_doubtful")
def test_a_run_without_snakemake_tells_it(cws: Commands, study: TinyStudy) -> None:
    said = cws("run", "--no-snakemake", "--config", study.config)

    steps = int(said.out.rpartition(" steps ran.")[0].split()[-1])
    assert said.err == f"Warning: {TOLD}\n" * steps


def test_a_run_through_snakemake_tells_it(
    study: TinyStudy, cws: Commands, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = f"Job 1: Fitting\\nWarning: {TOLD}\\n1 of 2 steps\\n2 of 2 steps"
    fitting = [sys.executable, "-c", f"print('{lines}')"]
    monkeypatch.setattr(snakemake, "_command", lambda *_: fitting)

    said = cws("run", "--config", study.config)

    assert said.code == 0
    assert said.err == f"Warning: {TOLD}\n"
