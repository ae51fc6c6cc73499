"""Cox models, Fine-Gray models, curves and their tests, beside lifelines and statsmodels."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from cws_outcomes.estimators import aalen_johansen, cox, fine_gray, kaplan_meier, log_rank, rmst
from cws_outcomes.verify.estimators.comparison import Comparison


def compare_cox(rows: pl.DataFrame) -> Iterator[Comparison]:
    """Split records: lifelines agrees, statsmodels counts children twice."""
    from lifelines import CoxTimeVaryingFitter
    from statsmodels.duration.hazard_regression import PHReg

    terms = ["in_care", "need"]
    fit = cox(rows, start="start", stop="stop", event="event", covariates=terms).table
    theirs = CoxTimeVaryingFitter().fit(
        rows.select("child", "start", "stop", "event", *terms).to_pandas(), id_col="child",
        event_col="event", start_col="start", stop_col="stop",
    )  # fmt: skip
    for row in fit.iter_rows(named=True):
        name = f"log hazard ratio, {row['term']}"
        yield Comparison("cox", name, "lifelines", row["estimate"], theirs.params_[row["term"]])
    yield Comparison("cox", "error, in_care", "lifelines", fit["std_error"][0],
                     theirs.standard_errors_["in_care"])  # fmt: skip
    wrong = PHReg(
        rows["stop"].to_numpy(), rows.select(terms).to_numpy().astype(float),
        rows["event"].to_numpy(), entry=rows["start"].to_numpy(), ties="efron",
    ).fit()  # fmt: skip
    yield Comparison(
        "cox", "log hazard ratio, in_care", "statsmodels", fit["estimate"][0], wrong.params[0],
        "`PHReg(entry=)` takes a row as at risk at its own start: who is split there counts twice",
    )  # fmt: skip


def compare_fine_gray(rows: pl.DataFrame) -> Iterator[Comparison]:
    """Where a Fine-Gray model is a Cox model, lifelines agrees; it has none of its own."""
    from lifelines import CoxTimeVaryingFitter

    terms = ["in_care", "need"]
    call: dict[str, Any] = {"stop": "stop", "covariates": terms, "event_of_interest": 1}
    alone = rows.with_columns(cause=pl.col("event"))
    late = fine_gray(alone, **call, start="start", cause="cause").table
    split = CoxTimeVaryingFitter().fit(
        alone.with_row_index("row").select("row", "start", "stop", "event", *terms).to_pandas(),
        id_col="row", event_col="event", start_col="start", stop_col="stop",
    )  # fmt: skip
    for row in late.iter_rows(named=True):
        name = f"log ratio, {row['term']}, nothing competes"
        yield Comparison("fine_gray", name, "lifelines", row["estimate"],
                         split.params_[row["term"]])  # fmt: skip
    yield from _nobody_censored(rows, "", 0.0, "its score residuals pass over ties")
    yield from _nobody_censored(rows, ", no ties", 1e-4, "")
    usual = fine_gray(rows, **call, start="start", cause="cause").table
    yield Comparison("fine_gray", "log ratio, need", "lifelines, statsmodels",
                     usual["estimate"][1], np.nan,
                     "no Fine-Gray model where weights have to be estimated")  # fmt: skip


def _nobody_censored(
    rows: pl.DataFrame, name: str, apart: float, known: str
) -> Iterator[Comparison]:
    """Nobody leaves before the end: who has a competing event stays at risk until then."""
    from lifelines import CoxPHFitter

    terms, last = ["in_care", "need"], float(rows["stop"].to_numpy().max())
    seen = rows.filter((pl.col("cause") > 0) | (pl.col("stop") == last)).with_columns(
        stop=pl.when(pl.col("cause") == 0)
        .then(2.0 * last)
        .otherwise(pl.col("stop") + apart * pl.int_range(pl.len()))
    )
    ours = fine_gray(seen, stop="stop", cause="cause", event_of_interest=1, covariates=terms).table
    stays = seen.with_columns(stop=pl.when(cause=2).then(2.0 * last).otherwise("stop"))
    theirs = CoxPHFitter().fit(
        stays.select("stop", "event", *terms).to_pandas(), "stop", "event", robust=True,
        fit_options={"precision": 1e-10},
    )  # fmt: skip
    estimate, error = ours["estimate"][1], ours["robust_std_error"][1]
    yield Comparison("fine_gray", f"log ratio, need, nobody censored{name}", "lifelines", estimate,
                     theirs.params_["need"])  # fmt: skip
    yield Comparison("fine_gray", f"robust error, need, nobody censored{name}", "lifelines", error,
                     theirs.standard_errors_["need"], known)  # fmt: skip


def compare_curves(rows: pl.DataFrame) -> Iterator[Comparison]:
    """Kaplan-Meier agrees; lifelines' Aalen-Johansen breaks ties at random."""
    from lifelines import AalenJohansenFitter, KaplanMeierFitter

    last = rows.group_by("child", maintain_order=True).last()
    stop = last["stop"].to_numpy()
    ours = kaplan_meier(rows, start="start", stop="stop", event="event").at(36)["estimate"].item()
    theirs = KaplanMeierFitter().fit(
        rows["stop"].to_numpy(), rows["event"].to_numpy(), entry=rows["start"].to_numpy()
    )
    yield Comparison("kaplan_meier", "survival at 36, late entry", "lifelines", ours,
                     float(theirs.predict(36)))  # fmt: skip
    ours = aalen_johansen(last, stop="stop", cause="cause").at(36)["estimate"][0]
    yield Comparison("aalen_johansen", "incidence at 36", "exact fractions", ours, _exact(last, 36))
    for seed in (1, 2):
        fitter = AalenJohansenFitter(seed=seed, calculate_variance=False)
        jittered = fitter.fit(stop, last["cause"].to_numpy(), 1).cumulative_density_
        yield Comparison(
            "aalen_johansen", f"incidence at 36, seed {seed}", "lifelines", ours,
            float(jittered.loc[:36.5].iloc[-1, 0]),
            "ties are broken by random noise: another answer with every seed",
        )  # fmt: skip
    error = aalen_johansen(rows, start="start", stop="stop", cause="cause", cluster="child").at(36)[
        "std_error"
    ][0]
    yield Comparison("aalen_johansen", "error at 36, by child", "lifelines", error, np.nan,
                     "no robust errors for rows of one child in `AalenJohansenFitter`")  # fmt: skip


def _exact(last: pl.DataFrame, until: int) -> float:
    survival, incidence = Fraction(1), Fraction(0)
    for time in range(1, until + 1):
        leaving = last.filter(stop=time)["cause"]
        at_risk = last.filter(pl.col("stop") >= time).height
        incidence += survival * Fraction(int((leaving == 1).sum()), at_risk)
        survival *= 1 - Fraction(int((leaving > 0).sum()), at_risk)
    return float(incidence)


def compare_curve_tests(rows: pl.DataFrame) -> Iterator[Comparison]:
    """Log-rank and restricted means, without late entry."""
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test
    from lifelines.utils import restricted_mean_survival_time

    last = rows.group_by("child", maintain_order=True).last()
    test = log_rank(last, stop="stop", event="event", by="area")
    columns = (last[name].to_numpy() for name in ("stop", "area", "event"))
    theirs = multivariate_logrank_test(*columns)
    yield Comparison("log_rank", "chi-square", "lifelines", test.statistic, theirs.test_statistic)
    ours = rmst(last, stop="stop", event="event", until=36).table
    curve = KaplanMeierFitter().fit(last["stop"].to_numpy(), last["event"].to_numpy())
    mean, _ = restricted_mean_survival_time(curve, t=36, return_variance=True)
    yield Comparison("rmst", "mean of 36 months", "lifelines", ours["estimate"].item(), mean)
    yield Comparison("gray_test", "chi-square", "lifelines, statsmodels", np.nan, np.nan,
                     "no Gray test")  # fmt: skip
