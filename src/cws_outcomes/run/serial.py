"""The whole study in one process, without Snakemake: same jobs, same order, same bytes."""

from collections.abc import Callable
from pathlib import Path

from cws_outcomes.config import Study
from cws_outcomes.ingest.manifest import load_manifest
from cws_outcomes.plan import Job, plan
from cws_outcomes.run.stamps import is_current, stamp
from cws_outcomes.run.warned import kept
from cws_outcomes.runner import SPILL, Resources, run_job

Progress = Callable[[int, int, str], None]


def run_serially(
    study: Study, *, cores: int, progress: Progress, warned: Callable[[str], None]
) -> int:
    """
    Run every job that is not up to date, one after another.

    Parameters
    ----------
    study : Study
    cores : int
        Threads of each job.
    progress : callable
        Told the number of the job, the number of jobs and the job's message.
    warned : callable
        Told what models warn of.

    Returns
    -------
    int
        Jobs that ran; the others were up to date.
    """
    jobs = plan(study)
    ran = 0
    for number, job in enumerate(jobs, start=1):
        if is_current(study, job):
            continue
        progress(number, len(jobs), job.message)
        with kept() as told:
            run_one(study, job, threads=cores, memory_mb=job.step.memory_mb, temp_folder=None)
        for warning in told:
            warned(warning)
        ran += 1
    return ran


def run_one(
    study: Study, job: Job, *, threads: int, memory_mb: int, temp_folder: Path | None
) -> None:
    """
    Run one job and record what it was made from.

    Parameters
    ----------
    study : Study
    job : Job
    threads, memory_mb : int
    temp_folder : Path or None
        Where DuckDB may spill; inside the results folder when None.
    """
    resources = Resources(threads, memory_mb, temp_folder or study.results / SPILL)
    is_synthetic = job.step.stage == "synthetic" or load_manifest(study.delivery).synthetic
    run_job(job, resources, is_synthetic=is_synthetic)
    stamp(study, job)
