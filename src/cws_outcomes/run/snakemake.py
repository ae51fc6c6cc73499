"""The study through Snakemake, called as a command: its progress told, its causes passed on."""

import ctypes
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from cws_outcomes.config import Study
from cws_outcomes.errors import CwsError, LockedError
from cws_outcomes.plan import plan
from cws_outcomes.run import failures
from cws_outcomes.run.serial import Progress
from cws_outcomes.run.warned import MARK

_JOB = re.compile(r"^Job \d+: (.+)$")
_DONE = re.compile(r"^(\d+) of (\d+) steps")


class WorkflowError(CwsError):
    """Snakemake stopped for a cause of its own; its log says which."""

    exit_code = 2


def run_with_snakemake(
    study: Study, config: Path, *, cores: int, progress: Progress, warned: Callable[[str], None]
) -> int:
    """
    Run the workflow and wait for it.

    Parameters
    ----------
    study : Study
    config : Path
        The study's file.
    cores : int
    progress : callable
        Told steps done, steps in all and what begins.
    warned : callable
        Told what models warn of.

    Returns
    -------
    int
        Steps that ran.

    Raises
    ------
    CwsError
        The error of the first step that failed, with its exit code.
    LockedError
        A snakemake started by hand is at work on the same files.
    WorkflowError
        Snakemake failed, and no step.
    """
    project = find_project()
    command = _command(project, config, cores)
    _clear_dead_lock(project, command)
    failures.forget(study.results)
    ran, code = 0, ""
    last_lines: list[str] = []
    for line in _lines(project, command):
        if begun := _JOB.match(line):
            progress(ran, 0, begun.group(1))
        elif done := _DONE.match(line):
            steps = int(done.group(2)) - 1  # the target, `all`, is no step of the study
            ran = min(int(done.group(1)), steps)
            progress(ran, steps, "")
        elif line.startswith(MARK):
            warned(line.removeprefix(MARK))
        last_lines = [*last_lines[-40:], line]
        code = line
    if code == "exit 0":
        return ran
    failed = failures.first(study.results, [job.name for job in plan(study)])
    if failed is not None:
        raise failed
    if any("cannot be locked" in line or "LockException" in line for line in last_lines):
        raise LockedError(
            f"Snakemake is at work on the same files in {project}. Expected to be the only run. "
            "Wait for it, or stop it, then run again."
        )
    raise WorkflowError(
        "Snakemake stopped before any step failed. Expected it to run the workflow. To do without "
        "it: cws run --no-snakemake. Its last lines:\n"
        + "\n".join(f"  {line}" for line in last_lines[-15:-1])
    )


def find_project() -> Path:
    """
    Folder of the Snakefile: the working folder or one above it, else the package's own clone.

    Raises
    ------
    WorkflowError
        There is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).parents[3]):
        if (folder / "Snakefile").is_file() and (folder / "workflow" / "rules").is_dir():
            return folder
    raise WorkflowError(
        "No Snakefile here or above. Expected to stand in a clone of the project. "
        "Go there, or run without it: cws run --no-snakemake"
    )


def _command(project: Path, config: Path, cores: int) -> list[str]:
    # Kept going, every step that can run does, so that the failure told is the same each time:
    # the first of the plan, whichever step failed first on the clock.
    return [
        sys.executable, "-m", "snakemake",
        "--snakefile", str(project / "Snakefile"), "--directory", str(project),
        "--cores", str(cores), "--rerun-incomplete", "--keep-going", "--nocolor",
        "--config", f"study={config.resolve()}",
    ]  # fmt: skip


def _lines(project: Path, command: list[str]) -> Iterator[str]:
    """What Snakemake says, line by line, and last ``exit <code>``."""
    environment = dict(os.environ)
    # The rules call `cws`: the one beside this Python, whether or not the environment is active.
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    with subprocess.Popen(
        command,
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    ) as process:
        if process.stdout is not None:
            yield from (line.rstrip() for line in process.stdout)
        yield f"exit {process.wait()}"


def _die_with_parent() -> None:
    """When ``cws run`` is killed, Snakemake must not go on alone: it would start further steps."""
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG of prctl(2)
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def _clear_dead_lock(project: Path, command: list[str]) -> None:
    """Snakemake keeps its lock when it is killed; it is cleared only when none is alive here."""
    locks = project / ".snakemake" / "locks"
    if not locks.is_dir() or not any(locks.iterdir()) or _is_running(project):
        return
    subprocess.run([*command, "--unlock"], cwd=project, capture_output=True, check=False)


def _is_running(project: Path) -> bool:
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if (
            any("snakemake" in Path(word).name for word in words[:3])
            and _folder(process) == project
        ):
            return True
    return False


def _folder(process: psutil.Process) -> Path | None:
    try:
        return Path(process.cwd())
    except psutil.Error:
        return None
