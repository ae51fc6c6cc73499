"""Runs a study as far as its repairs are counted, and reads the counts."""

from collections.abc import Callable

import polars as pl

from cws_outcomes.config import Study
from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.plan import Job, needed_for, plan
from cws_outcomes.quality import Repair
from cws_outcomes.run.serial import run_one
from cws_outcomes.run.stamps import is_current

_FOLDER = "unchecked/repairs"
_COLUMNS = {"table", "rule", "rows"}


def count_repairs(
    study: Study, *, cores: int, progress: Callable[[str], object]
) -> tuple[Repair, ...]:
    """
    Harmonise what must be harmonised, and tell what was mended on the way.

    What is up to date is not made again, and what is made is not made again by ``cws run``.

    Parameters
    ----------
    study : Study
    cores : int
        Threads of each step.
    progress : callable
        Told each step.

    Returns
    -------
    tuple of Repair
        By table and rule.
    """
    jobs = plan(study)
    counting = [job for job in jobs if _tables(job)]
    for job in needed_for(jobs, [job.name for job in counting]):
        if not is_current(study, job):
            progress(job.message)
            run_one(study, job, threads=cores, memory_mb=job.step.memory_mb, temp_folder=None)
    files = [job.outputs[name] for job in counting for name in _tables(job)]
    rows = [row for file in files for row in pl.read_parquet(file).iter_rows(named=True)]
    found = {(str(row["table"]), str(row["rule"])): int(row["rows"]) for row in rows}
    return tuple(Repair(table, rule, count) for (table, rule), count in sorted(found.items()))


def _tables(job: Job) -> list[str]:
    return [
        name
        for name in job.step.writes
        if CONTRACTS[name].folder == _FOLDER and set(CONTRACTS[name].columns) >= _COLUMNS
    ]
