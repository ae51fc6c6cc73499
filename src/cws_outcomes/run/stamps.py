"""What each job was made from, so that a run without Snakemake resumes where it stopped."""

import hashlib
import json
from pathlib import Path

from cws_outcomes.config import Study
from cws_outcomes.plan import Job
from cws_outcomes.provenance import job_digest

_FOLDER = ".stamps"


def is_current(study: Study, job: Job) -> bool:
    """
    Whether a job's files are there, unchanged, and made by today's code from today's inputs.

    Parameters
    ----------
    study : Study
    job : Job
    """
    stamp = _stamp_file(study, job)
    if not stamp.is_file():
        return False
    try:
        recorded = json.loads(stamp.read_text(encoding="utf-8"))
    except ValueError:
        return False  # the machine stopped while it was written
    return bool(recorded == _fingerprint(job))


def stamp(study: Study, job: Job) -> None:
    """Record that a job's files were just made."""
    file = _stamp_file(study, job)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(_fingerprint(job), sort_keys=True), encoding="utf-8")
    draft.replace(file)


def _stamp_file(study: Study, job: Job) -> Path:
    return study.results / _FOLDER / f"{job.name}.json"


def _fingerprint(job: Job) -> dict[str, str]:
    """Digest of the code, and size and time of every file read or written."""
    files = sorted({*job.needed, *job.outputs.values()})
    state = "\n".join(f"{file} {_state(file)}" for file in files)
    return {"code": job_digest(job), "files": hashlib.sha256(state.encode()).hexdigest()}


def _state(file: Path) -> str:
    if not file.is_file():
        return "missing"
    stat = file.stat()
    return f"{stat.st_size} {stat.st_mtime_ns}"
