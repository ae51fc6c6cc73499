"""Scores of a synthetic delivery: what the pipeline made of it, item by item, beside the truth."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cws_outcomes.config import Study, load_study
from cws_outcomes.errors import ConfigError
from cws_outcomes.plan import needed_for, plan, table_path
from cws_outcomes.run.serial import run_one
from cws_outcomes.run.stamps import is_current
from cws_outcomes.verify.comparisons import FOUND, Tables, comparisons
from cws_outcomes.verify.fates import FALSE, LOST, RECOVERED, UNEXPLAINED

PASS_MARK = 0.995
"""Share of what can be recovered that has to be."""


@dataclass(frozen=True)
class Scores:
    """
    Scores of one delivery.

    Attributes
    ----------
    fates : polars.DataFrame
        table, fate (recovered, lost, unexplained, false), reason (dial or rule that an item is lost
        to; kind of what is unexplained), items: persons, records or person-days.
    """

    fates: pl.DataFrame

    @property
    def summary(self) -> pl.DataFrame:
        """
        One row per table.

        Returns
        -------
        polars.DataFrame
            table, items, recovered, lost, unexplained, false, share (recovered of recovered and
            unexplained). items = recovered + lost + unexplained, exactly.
        """

        def of(fate: str) -> pl.Expr:
            return pl.col("items").filter(pl.col("fate") == fate).sum()

        recovered, unexplained = of(RECOVERED), of(UNEXPLAINED)
        return self.fates.group_by("table", maintain_order=True).agg(
            items=recovered + of(LOST) + unexplained,
            recovered=recovered,
            lost=of(LOST),
            unexplained=unexplained,
            false=of(FALSE),
            share=recovered / (recovered + unexplained),
        )

    @property
    def failed(self) -> tuple[str, ...]:
        """Tables below the pass mark."""
        below = self.summary.filter(pl.col("share") < PASS_MARK)
        return tuple(below["table"].to_list())


def score_delivery(
    folder: Path, *, cores: int = 2, progress: Callable[[str], object] = lambda text: None
) -> Scores:
    """
    Run a synthetic delivery as far as spells, where that is not done, and compare with its truth.

    Parameters
    ----------
    folder : Path
        Written by ``cws synth``: delivery, truth and study.
    cores : int
        Threads of each step.
    progress : callable
        Told each step that runs.

    Raises
    ------
    ConfigError
        The folder holds no synthetic delivery with its truth.
    """
    study = study_of(folder)
    make(study, FOUND, cores, progress)
    found = {name: pl.read_parquet(table_path(study, name, {})) for name in FOUND}
    truth = {file.stem: pl.read_parquet(file) for file in (folder / "truth").glob("*.parquet")}
    return scored(truth, found, study)


def study_of(folder: Path) -> Study:
    """Study of a folder written by ``cws synth``; an error where it is none."""
    for needed in ("truth/people.parquet", "study.yaml"):
        if not (folder / needed).is_file():
            raise ConfigError(
                f"{folder} has no {needed}. Expected a folder written by `cws synth --out`."
            )
    return load_study(folder / "study.yaml")


def make(
    study: Study, contracts: Collection[str], cores: int, progress: Callable[[str], object]
) -> None:
    """Run the jobs that write tables of these contracts, and those before them, if out of date."""
    jobs = plan(study)
    wanted = [job.name for job in jobs if not job.outputs.keys().isdisjoint(contracts)]
    for job in needed_for(jobs, wanted):
        if not is_current(study, job):
            progress(job.message)
            run_one(study, job, threads=cores, memory_mb=job.step.memory_mb, temp_folder=None)


def scored(truth: Tables, found: Tables, study: Study) -> Scores:
    """Compare tables with the truth; see `verify.comparisons`."""
    fates = [
        table.select(pl.lit(name).alias("table"), pl.all())
        for name, table in comparisons(truth, found, study)
    ]
    return Scores(pl.concat(fates))


def as_markdown(scores: Scores) -> str:
    """The summary, and below it every loss and every kind of what is unexplained."""
    head = "| table | items | recovered | lost | unexplained | false | recovered of recoverable |"
    lines = [head, "| --- " * 7 + "|"]
    for row in scores.summary.iter_rows(named=True):
        counts = " | ".join(
            f"{row[name]:,}" for name in ("items", RECOVERED, LOST, UNEXPLAINED, FALSE)
        )
        share = "" if row["share"] is None else f"{row['share']:.2%}"
        lines.append(f"| {row['table']} | {counts} | {share} |")
    lines += ["", "| table | fate | reason | items |", "| --- " * 4 + "|"]
    told = scores.fates.filter(pl.col("fate") != RECOVERED)
    lines += [f"| {table} | {fate} | {reason} | {n:,} |" for table, fate, reason, n in told.rows()]
    return "\n".join(lines)
