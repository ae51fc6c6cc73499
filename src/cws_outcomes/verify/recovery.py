"""Recovery of planted effects over many seeds, through the whole road from delivery to model."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import polars as pl
from scipy import stats

from cws_outcomes.config import Study, load_study
from cws_outcomes.plan import needed_for, plan
from cws_outcomes.run.serial import run_one
from cws_outcomes.synthetic import make_delivery, worlds
from cws_outcomes.synthetic.dials import Dials

RIGHT_MODEL = "offence_hazard"
WRONG_MODEL = "offence_hazard_ever_never"
_STATES = ("referral", "cin", "cpp", "cla", "post")


@dataclass(frozen=True)
class World:
    """
    What is simulated.

    Attributes
    ----------
    name : str
        ``planted``: the world ``plain``; or ``null``: the same with no effect of any state.
    pupils, las : int
    """

    name: str
    pupils: int
    las: int


@dataclass(frozen=True)
class Recovery:
    """
    Results over seeds.

    Attributes
    ----------
    estimates : polars.DataFrame
        world, seed, model, term, planted, estimate, std_error, lower, upper.
    summary : polars.DataFrame
        world, model, term, planted, mean, bias, monte_carlo_error (of the mean), empirical_sd,
        mean_std_error, coverage, seeds. Natural logarithms of hazard ratios; coverage of 95 %
        intervals, as a share.
    """

    estimates: pl.DataFrame
    summary: pl.DataFrame


def recover(
    config: Path, *, seeds: int, pupils: int, las: int, processes: int,
    progress: Callable[[str], None],
) -> Recovery:  # fmt: skip
    """
    Make deliveries with planted effects, run the study on each, compare estimates with truth.

    The time-varying Cox model must recover every planted state effect; the model of ever against
    never in contact must find an effect in the world that has none (immortal time).

    Parameters
    ----------
    config : Path
        The study whose definitions are used.
    seeds : int
        Deliveries of each world.
    pupils, las : int
        Size of each delivery.
    processes : int
        Deliveries at work at once.
    progress : callable
        Told each delivery as it is done.

    Returns
    -------
    Recovery

    References
    ----------
    Morris, White and Crowther (2019), Statistics in Medicine 38, 2074-2102: bias, Monte Carlo
    error and coverage.
    """
    worlds = [World(name, pupils, las) for name in ("planted", "null")]
    tasks = [(config, world, seed) for world in worlds for seed in range(1, seeds + 1)]
    rows: list[dict[str, object]] = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for done, found in enumerate(pool.map(_one_delivery, tasks), start=1):
            rows += found
            progress(f"{done} of {len(tasks)} deliveries")
    estimates = pl.DataFrame(rows)
    return Recovery(estimates, summarise(estimates))


def summarise(estimates: pl.DataFrame) -> pl.DataFrame:
    """
    Bias, Monte Carlo error and coverage of each term.

    Parameters
    ----------
    estimates : polars.DataFrame
        As in `Recovery`.
    """
    covered = (pl.col("lower") <= pl.col("planted")) & (pl.col("planted") <= pl.col("upper"))
    return (
        estimates.group_by("world", "model", "term", maintain_order=True)
        .agg(
            pl.col("planted").first(),
            pl.col("estimate").mean().alias("mean"),
            (pl.col("estimate") - pl.col("planted")).mean().alias("bias"),
            (pl.col("estimate").std() / pl.len().sqrt()).alias("monte_carlo_error"),
            pl.col("estimate").std().alias("empirical_sd"),
            pl.col("std_error").mean().alias("mean_std_error"),
            covered.mean().alias("coverage"),
            pl.len().alias("seeds"),
        )
        .sort("world", "model", "term")
    )


def _frequent(plain: Dials) -> Dials:
    """More contact and more events than in England, so that a small world has enough of each."""
    return replace(
        plain, offence_level=0.02, referral_level=1.6, plan_share=0.25, care_share=0.10,
        truth_children=0,
    )  # fmt: skip


def _one_delivery(task: tuple[Path, World, int]) -> list[dict[str, object]]:
    config, world, seed = task
    folder = Path(tempfile.mkdtemp(prefix="cws_recovery_"))
    try:
        dials = _frequent(worlds.load("plain").dials)
        if world.name == "null":
            dials = replace(dials, offence_state=dict.fromkeys(dials.offence_state, 0.0))
        make_delivery(
            folder / "world", pupils=world.pupils, las=world.las, seed=seed,
            world="plain", dials=dials, study_template=config,
        )  # fmt: skip
        study = load_study(folder / "world" / "study.yaml")
        fits = [f"fit_cox.{name}" for name in (RIGHT_MODEL, WRONG_MODEL)]
        for job in needed_for(plan(study), fits):
            run_one(study, job, threads=1, memory_mb=2000, temp_folder=None)
        return list(_estimates(study, world, seed, dials))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _estimates(study: Study, world: World, seed: int, dials: Dials) -> Iterator[dict[str, object]]:
    wanted = {
        RIGHT_MODEL: {("contact_state", state): dials.offence_state[state] for state in _STATES},
    }
    if world.name == "null":  # the one world in which ever against never has a true value
        wanted[WRONG_MODEL] = {("ever_in_contact", "yes"): 0.0}
    for model, terms in wanted.items():
        fitted = pl.read_parquet(study.results / "unchecked" / "hazard_ratios" / f"{model}.parquet")
        spread = stats.t.ppf(0.975, fitted["clusters"][0] - 1)
        for (covariate, level), planted in terms.items():
            row = fitted.filter(pl.col("covariate") == covariate, pl.col("level") == level)
            if row.is_empty() or row["std_error"].item() is None:
                continue
            estimate, error = row["log_hazard_ratio"].item(), row["std_error"].item()
            yield {
                "world": world.name, "seed": seed, "model": model, "term": level,
                "planted": planted, "estimate": estimate, "std_error": error,
                "lower": estimate - spread * error, "upper": estimate + spread * error,
            }  # fmt: skip


def as_markdown(recovery: Recovery) -> str:
    """The summary as a table for the docs, and the coverage over all states together."""
    lines = [
        "| world | model | term | planted | mean | bias | Monte Carlo error | empirical SD "
        "| mean SE | coverage | seeds |",
        "| --- " * 11 + "|",
    ]
    figures = ("planted", "mean", "bias", "monte_carlo_error", "empirical_sd", "mean_std_error")
    for row in recovery.summary.iter_rows(named=True):
        numbers = " | ".join(f"{row[name]:.3f}" for name in figures)
        lines.append(
            f"| {row['world']} | {row['model']} | {row['term']} | {numbers} "
            f"| {row['coverage']:.1%} | {row['seeds']} |"
        )
    together = (
        recovery.summary.filter(pl.col("model") == RIGHT_MODEL)
        .group_by("world")
        .agg(
            coverage=(pl.col("coverage") * pl.col("seeds")).sum() / pl.col("seeds").sum(),
            intervals=pl.col("seeds").sum(),
        )
    )
    lines += [
        f"\nCoverage of {RIGHT_MODEL} over all states, world {world}: {coverage:.1%} of "
        f"{intervals} intervals."
        for world, coverage, intervals in together.sort("world").iter_rows()
    ]
    return "\n".join(lines)
