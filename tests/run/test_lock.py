"""One run at a time in a results folder: a live run is respected, a dead one is cleared."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from support.tiny import Commands, TinyStudy

from cws_outcomes.errors import LockedError
from cws_outcomes.run import lock as locking
from cws_outcomes.run.lock import LOCK, locked

HOST = socket.gethostname()


@pytest.fixture
def another() -> Iterator[psutil.Process]:
    """A process that is alive."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield psutil.Process(process.pid)
        process.kill()


def dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def hold(results: Path, pid: int, started: float, host: str = HOST) -> Path:
    results.mkdir(exist_ok=True)
    file = results / LOCK
    file.write_text(json.dumps({"pid": pid, "started": started, "host": host}))
    return file


def test_a_folder_is_held_and_let_go(tmp_path: Path) -> None:
    with locked(tmp_path / "results", tmp_path / "study.yaml") as found_dead:
        assert found_dead is False
        assert json.loads((tmp_path / "results" / LOCK).read_text())["pid"] == os.getpid()

    assert list((tmp_path / "results").iterdir()) == []


def test_a_folder_is_let_go_when_a_run_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), locked(tmp_path, tmp_path / "study.yaml"):
        raise RuntimeError

    assert list(tmp_path.iterdir()) == []


def test_a_live_run_is_respected(tmp_path: Path, another: psutil.Process) -> None:
    file = hold(tmp_path, another.pid, another.create_time())
    before = file.read_text()

    with (
        pytest.raises(LockedError, match="Another run is at work") as told,
        locked(tmp_path, tmp_path / "study.yaml"),
    ):
        pass

    assert told.value.exit_code == 14
    assert file.read_text() == before
    assert [found.name for found in tmp_path.iterdir()] == [LOCK]


def test_the_command_says_so(study: TinyStudy, cws: Commands, another: psutil.Process) -> None:
    hold(study.results, another.pid, another.create_time())

    said = cws("run", "--no-snakemake", "--config", study.config)

    assert said.code == 14
    assert said.err.startswith("Error: Another run is at work in")
    assert "Wait for it, or stop it, then run again." in said.err
    assert [found.name for found in study.results.iterdir()] == [LOCK]


def test_a_run_on_another_machine_counts_as_alive(tmp_path: Path) -> None:
    hold(tmp_path, dead_pid(), 0.0, host="elsewhere")

    told = pytest.raises(LockedError, match=rf"another machine, elsewhere.*delete {LOCK}")
    with told, locked(tmp_path, tmp_path / "study.yaml"):
        pass


@pytest.mark.parametrize("kind", ["dead", "number given to another", "half written", "no lock"])
def test_a_dead_run_is_cleared_with_what_it_left(
    tmp_path: Path, another: psutil.Process, kind: str
) -> None:
    if kind == "dead":
        hold(tmp_path, dead_pid(), 0.0)
    elif kind == "number given to another":
        hold(tmp_path, another.pid, another.create_time() - 3600)
    else:
        (tmp_path / LOCK).write_text('{"pid": 12' if kind == "half written" else "[12]")
    kept = tmp_path / "person_level" / "people.parquet"
    unfinished = kept.with_name(".people.12.unfinished.parquet")
    spilled = tmp_path / ".spill" / "spill_12" / "rows.tmp"
    for file in (kept, unfinished, spilled):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")

    with locked(tmp_path, tmp_path / "study.yaml") as found_dead:
        assert found_dead is True
        assert kept.exists()
        assert not unfinished.exists()
        assert not spilled.exists()

    assert another.is_running()


def test_a_lock_taken_while_a_dead_one_is_cleared_is_given_back(
    tmp_path: Path, another: psutil.Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs find the same dead lock; the other is quicker and already holds the folder."""
    hold(tmp_path, dead_pid(), 0.0)
    judge = locking._is_alive
    first = iter([True])

    def other_is_quicker(lock: Path) -> bool:
        was_alive = judge(lock)
        if next(first, False):
            hold(tmp_path, another.pid, another.create_time())
        return was_alive

    monkeypatch.setattr(locking, "_is_alive", other_is_quicker)

    with pytest.raises(LockedError), locked(tmp_path, tmp_path / "study.yaml"):
        pass

    assert json.loads((tmp_path / LOCK).read_text())["pid"] == another.pid
    assert [file.name for file in tmp_path.iterdir()] == [LOCK]


def test_steps_of_a_dead_run_are_stopped_and_no_others(tmp_path: Path) -> None:
    config = tmp_path / "study.yaml"
    wait = [sys.executable, "-c", "input()"]
    words = {
        "ours": ["step", "merge_care_spells", "--config", str(config)],
        "of another study": ["step", "merge_care_spells", "--config", str(tmp_path / "b.yaml")],
        "no step": ["check", "--config", str(config)],
    }
    processes = {
        name: subprocess.Popen([*wait, *more], stdin=subprocess.PIPE)
        for name, more in words.items()
    }
    hold(tmp_path, dead_pid(), 0.0)
    try:
        with locked(tmp_path, config):
            running = {name for name, process in processes.items() if process.poll() is None}
        assert running == {"of another study", "no step"}
    finally:
        for process in processes.values():
            with process:
                process.kill()
