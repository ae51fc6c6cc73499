"""How a failed step tells the run that started it what went wrong."""

import json
import shutil
from pathlib import Path

from cws_outcomes.errors import CwsError

_FOLDER = ".failures"


def forget(results: Path) -> None:
    """Clear what earlier runs left."""
    shutil.rmtree(results / _FOLDER, ignore_errors=True)


def record(results: Path, job: str, error: CwsError) -> None:
    """Leave a step's message and exit code for the run."""
    folder = results / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    content = {"job": job, "exit_code": error.exit_code, "message": str(error)}
    (folder / f"{job}.json").write_text(json.dumps(content), encoding="utf-8")


def first(results: Path, order: list[str]) -> CwsError | None:
    """
    The failure of the earliest job in the plan, as the error it was, and which job it was.

    Parameters
    ----------
    results : Path
    order : list of str
        Names of the jobs in the order of the plan.
    """
    found = {
        content["job"]: content
        for file in (results / _FOLDER).glob("*.json")
        for content in [json.loads(file.read_text(encoding="utf-8"))]
    }
    for name in order:
        if name in found:
            error = CwsError(f"{found[name]['message']} (step {name})")
            error.exit_code = found[name]["exit_code"]
            return error
    return None
