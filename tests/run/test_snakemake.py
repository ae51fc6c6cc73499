"""What is said when Snakemake itself cannot go on."""

import sys
from pathlib import Path

import pytest
from support.tiny import Commands, TinyStudy

from cws_outcomes.run import snakemake


def test_where_snakemake_is_not_installed_the_way_without_it_is_told(
    study: TinyStudy, cws: Commands, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = [sys.executable, "-c", "raise SystemExit('No module named snakemake')"]
    monkeypatch.setattr(snakemake, "_command", lambda *_: without)

    said = cws("run", "--config", study.config)

    assert said.code == 2
    assert "cws run --no-snakemake" in said.err
    assert "No module named snakemake" in said.err


def test_the_target_is_not_counted_as_a_step(
    study: TinyStudy, cws: Commands, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "Job 1: Reading offences\\n1 of 3 steps\\n2 of 3 steps\\n3 of 3 steps"
    three = [sys.executable, "-c", f"print('{lines}')"]
    monkeypatch.setattr(snakemake, "_command", lambda *_: three)

    assert "2 steps ran." in cws("run", "--config", study.config).out


def test_a_live_snakemake_on_the_same_files_is_respected(
    study: TinyStudy, cws: Commands, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = [sys.executable, "-c", "raise SystemExit('LockException:')"]
    monkeypatch.setattr(snakemake, "_command", lambda *_: locked)

    said = cws("run", "--config", study.config)

    assert said.code == 14
    assert "Wait for it, or stop it" in said.err


def test_outside_a_clone_the_way_without_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(snakemake, "__file__", str(tmp_path / "a" / "b" / "c" / "d.py"))

    with pytest.raises(snakemake.WorkflowError, match="cws run --no-snakemake"):
        snakemake.find_project()
