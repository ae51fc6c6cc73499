"""Persons behind every eligibility step, exposure level, outcome and competing event of a study."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from cws_outcomes.config import Study
from cws_outcomes.config.definitions import FirstEvent
from cws_outcomes.features.exposures import levels
from cws_outcomes.plan import Job, plan
from cws_outcomes.verify.scores import make, study_of

COUNTED = ("flow", "exposure", "outcome", "risk_intervals")
"""Tables whose persons are counted."""

ENOUGH = 10
"""Persons that the default delivery has behind everything the default study shows."""

_SCHEMA = {
    "cohort": pl.String, "kind": pl.String, "name": pl.String, "level": pl.String,
    "persons": pl.Int64,
}  # fmt: skip

Row = tuple[str, str, str, str, int]


def count_persons(
    folder: Path, *, cores: int = 2, progress: Callable[[str], object] = lambda text: None
) -> pl.DataFrame:
    """
    Run a synthetic delivery's study as far as features, where that is not done, and count.

    Parameters
    ----------
    folder : Path
        Written by ``cws synth``: delivery, truth and study.
    cores : int
        Threads of each step.
    progress : callable
        Told each step that runs.

    Returns
    -------
    polars.DataFrame
        See `counted_persons`.

    Raises
    ------
    ConfigError
        The folder holds no synthetic delivery with its truth.
    """
    study = study_of(folder)
    make(study, COUNTED, cores, progress)
    return counted_persons(study)


def counted_persons(study: Study) -> pl.DataFrame:
    """
    Count the persons behind all that a study shows, from its tables as they are.

    Parameters
    ----------
    study : Study
        Has been run as far as features.

    Returns
    -------
    polars.DataFrame
        cohort, kind, name, level, persons. Kinds: ``step`` (persons whom a criterion leaves out),
        ``exposure`` (members in a level), ``outcome`` (persons at risk with the event),
        ``competing`` (whose time at risk it ends), ``state`` (with time at risk in a state of
        contact). What nobody is in stands there with 0.
    """
    rows = (row for job in plan(study) for row in _counted(study, job))
    return pl.DataFrame(list(rows), _SCHEMA, orient="row")


def _counted(study: Study, job: Job) -> Iterator[Row]:
    """Rows of one job; none of a job that makes nothing to count."""
    cohort = job.wildcards.get("cohort", "")
    if "flow" in job.outputs:
        for name, persons in _left_out(pl.read_parquet(job.outputs["flow"])):
            yield cohort, "step", name, "", persons
    elif "exposure" in job.outputs:
        found = _sizes(pl.read_parquet(job.outputs["exposure"]), "level")
        for level in levels(job.settings["exposure"])["level"]:
            yield cohort, "exposure", job.wildcards["exposure"], level, found.get(level, 0)
    elif "outcome" in job.outputs:
        at_risk = pl.read_parquet(job.outputs["outcome"]).filter("is_at_risk")
        yield from _events(study, job, cohort, at_risk, "reason")
    elif "risk_intervals" in job.outputs:
        intervals = pl.read_parquet(job.outputs["risk_intervals"])
        states = intervals.unique(["person_id", "contact_state"])
        name = f"{job.wildcards['outcome']}, by age"
        for state, persons in sorted(_sizes(states, "contact_state").items()):
            yield cohort, "state", name, state, persons
        yield from _events(study, job, cohort, intervals, "competing", name)


def _left_out(flow: pl.DataFrame) -> Iterator[tuple[str, int]]:
    """Criteria after the first, which only says how many persons there are."""
    yield from flow.sort("step_no")[1:].select("criterion", "persons_excluded").rows()


def _events(
    study: Study, job: Job, cohort: str, table: pl.DataFrame, ends: str, name: str = ""
) -> Iterator[Row]:
    """Events, and each competing event that the outcome's definition names."""
    name = name or job.wildcards["outcome"]
    outcome = study.outcomes[job.wildcards["outcome"]]
    yield cohort, "outcome", name, "", int(table["has_event"].sum())
    found = _sizes(table, ends)
    for event in outcome.competing if isinstance(outcome, FirstEvent) else ():
        yield cohort, "competing", name, event, found.get(event, 0)


def _sizes(table: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(table.group_by(column).len().rows())


def as_markdown(persons: pl.DataFrame) -> str:
    """All counts as a table, those with fewer persons than enough marked."""
    lines = ["| cohort | kind | name | level | persons |", "| --- " * 5 + "|"]
    for *words, count in persons.rows():
        mark = f" (fewer than {ENOUGH})" if count < ENOUGH else ""
        lines.append(f"| {' | '.join(words)} | {count:,}{mark} |")
    return "\n".join(lines)
