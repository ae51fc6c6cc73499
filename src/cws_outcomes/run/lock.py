"""One run at a time in a results folder; a dead run's lock is cleared, a live one's is not."""

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from cws_outcomes.errors import LockedError
from cws_outcomes.runner import SPILL, UNFINISHED

LOCK = ".cws-run.lock"


@contextmanager
def locked(results: Path, config: Path) -> Iterator[bool]:
    """
    Hold the results folder for one run.

    Parameters
    ----------
    results : Path
    config : Path
        The study's file, by which the steps of a dead run are told.

    Yields
    ------
    bool
        Whether an earlier run died here; its unfinished files are then gone.

    Raises
    ------
    LockedError
        Another run is alive.
    """
    results.mkdir(parents=True, exist_ok=True)
    lock = results / LOCK
    found_dead = False
    while not _take(lock):
        found_dead = True
        _clear_dead(lock)
    try:
        if found_dead:
            _stop_orphans(config)
            _sweep(results)
        yield found_dead
    finally:
        lock.unlink(missing_ok=True)


def _clear_dead(lock: Path) -> None:
    """
    Take a dead run's lock away, or refuse.

    It gets a name of our own first: had another run cleared the same lock and taken its place in
    the meantime, we would hold a living lock, and give it back.
    """
    if _is_alive(lock):
        raise _another_run(lock)
    aside = lock.with_name(f"{LOCK}.dead.{os.getpid()}")
    try:
        lock.rename(aside)
    except FileNotFoundError:
        return
    try:
        if _is_alive(aside):
            os.link(aside, lock)
            raise _another_run(lock)
    finally:
        aside.unlink()


def _another_run(lock: Path) -> LockedError:
    return LockedError(
        f"Another run is at work in {lock.parent}. Expected to be the only one. "
        f"Wait for it, or stop it, then run again.{_elsewhere(lock)}"
    )


def _elsewhere(lock: Path) -> str:
    """What to do about a lock whose owner cannot be looked for from here."""
    try:
        host = json.loads(lock.read_text(encoding="utf-8"))["host"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if host == socket.gethostname():
        return ""
    return (
        f" It was started on another machine, {host}, and only there can be seen whether it still "
        f"runs. If it does not, delete {lock.name} in that folder."
    )


def _take(lock: Path) -> bool:
    """Write the lock if there is none; the file system decides between two that try at once."""
    me = {
        "pid": os.getpid(),
        "started": psutil.Process().create_time(),
        "host": socket.gethostname(),
    }
    # Written whole before it gets its name, so that nobody reads half a lock.
    draft = lock.with_name(f"{LOCK}.{os.getpid()}")
    draft.write_text(json.dumps(me), encoding="utf-8")
    try:
        os.link(draft, lock)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _is_alive(lock: Path) -> bool:
    try:
        owner = json.loads(lock.read_text(encoding="utf-8"))
        if owner["host"] != socket.gethostname():
            return True  # cannot be told from here: stay on the safe side
        # A number may be given to a new process: the start must be the same too.
        started = psutil.Process(owner["pid"]).create_time()
        return bool(abs(started - owner["started"]) < 1)
    except FileNotFoundError:
        return False
    except psutil.AccessDenied:
        return True  # somebody else's process
    except (psutil.NoSuchProcess, ValueError, KeyError, TypeError):
        return False  # gone, or a lock that was never whole


def _stop_orphans(config: Path) -> None:
    """Steps of the dead run may still be writing into the folder."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "step" in words and str(config.resolve()) in words and process.pid != os.getpid():
            with suppress(psutil.NoSuchProcess):
                process.kill()
                process.wait(timeout=10)


def _sweep(results: Path) -> None:
    """Half-written files, and rows that a query had spilled to disk."""
    for leftover in results.rglob(f".*{UNFINISHED}*"):
        leftover.unlink()
    shutil.rmtree(results / SPILL, ignore_errors=True)
