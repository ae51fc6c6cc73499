r"""
Baseline hazards of a Cox model, and the survival that follows for given covariates.

.. math::
    \hat\Lambda(t|x) = e^{x\beta} \sum_{u \le t} \sum m\rho, \quad
    var = e^{2x\beta} \Big( \sum m\rho^2 + q'Vq \Big), \quad
    q = \sum_{u \le t} (x - v_u)\, d\Lambda(u)

(Breslow 1972, Efron 1977 for the hazard; Tsiatis 1981, Link 1984 for the error, as in R's
``survfit.coxph``).
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import stats

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.codes import Codes
from cws_outcomes.estimators.covariates import spread
from cws_outcomes.estimators.cox_question import Prepared, Question, prepare
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.event_grid import Grid, places
from cws_outcomes.estimators.inputs import Floats, Integers
from cws_outcomes.estimators.partial_likelihood import State
from cws_outcomes.estimators.risk_sums import Rows, cumulate

Z = float(stats.norm.ppf(0.975))


def reopen(question: Question, estimate: Floats) -> tuple[Prepared, State]:
    """Return the likelihood of a question, and its sums at the estimates."""
    prepared = prepare(question)
    return prepared, prepared.likelihood.at(estimate)


class _Cumulative:
    """Hazard and what its error is made of, up to each grid time, of a row at the centres."""

    def __init__(self, question: Question, estimate: Floats, covariance: Floats) -> None:
        self.prepared, state = reopen(question, estimate)
        likelihood, ranges = self.prepared.likelihood, self.prepared.ranges
        self.grid, self.estimate = likelihood.grid, estimate
        self._covariance = covariance * np.outer(ranges, ranges)
        size = np.exp(state.shift)
        running = state.sums.T.copy()
        cumulate(running, self.grid.begins, False)
        self._hazard = running[:, 0] * size
        self._drift = likelihood.drifts(state).drift[:, 1:] * size
        self._spread = running[:, 2] * size**2

    def at(self, where: Integers, rows: Floats, offset: Floats) -> tuple[Floats, Floats]:
        """Cumulative hazard and its error, of rows as given at a grid time each (-1: none yet)."""
        centred = (rows - self.prepared.centres) / self.prepared.ranges
        risk = np.exp(np.sum(centred * self.estimate, axis=1) + offset)
        hazard = self._hazard[where]
        slope = centred * hazard[:, None] - self._drift[where]
        variance = self._spread[where] + np.sum((slope @ self._covariance) * slope, axis=1)
        none = where < 0
        return np.where(none, 0, risk * hazard), np.where(none, 0, risk * np.sqrt(variance))


def baseline(question: Question, estimate: Floats, covariance: Floats) -> pl.DataFrame:
    """Cumulative baseline hazard by stratum and event time; see `CoxFit.baseline`."""
    cumulative = _Cumulative(question, estimate, covariance)
    likelihood, grid = cumulative.prepared.likelihood, cumulative.grid
    every = np.arange(len(grid.time))
    zero = np.zeros((1, len(estimate)))
    hazard, error = cumulative.at(every, zero, np.zeros(1))
    strata = cumulative.prepared.strata
    table = pl.DataFrame(
        {
            "time": grid.time,
            "at_risk": _at_risk(likelihood.rows, grid),
            "events": likelihood.events,
            "hazard": hazard,
            "std_error": error,
        }
    )
    return strata[grid.stratum()].hstack(table) if strata.width else table


def predict_survival(
    question: Question,
    estimate: Floats,
    covariance: Floats,
    new_data: object,
    times: float | Sequence[float],
) -> pl.DataFrame:
    """Survival of new rows at some times; see `CoxFit.predict_survival`."""
    new = inputs.complete(new_data, question.covariates, question.strata, question.offset)
    cumulative = _Cumulative(question, estimate, covariance)
    strata, grid = cumulative.prepared.strata, cumulative.grid
    group = _strata_of(new, strata)
    rows = spread(new, cumulative.prepared.design.covariates)
    offset = (
        np.zeros(new.height) if question.offset is None else inputs.numbers(new, question.offset)
    )
    codes, _ = question.strata_codes()
    follow_up = np.full(max(1, strata.height), -np.inf)
    np.maximum.at(follow_up, codes, inputs.numbers(question.frame, question.stop))
    parts = []
    for time in np.atleast_1d(np.asarray(times, dtype=np.float64)):
        where = places(grid, group, np.full(new.height, time)).astype(np.intp) - 1
        where[where < grid.begins[group]] = -1
        hazard, error = cumulative.at(where, rows, offset)
        seen = time <= follow_up[group]
        columns = {"survival": np.exp(-hazard), "std_error": np.exp(-hazard) * error}
        columns |= {
            "lower": np.exp(-hazard - Z * error),
            "upper": np.minimum(1.0, np.exp(-hazard + Z * error)),
        }
        part = pl.DataFrame(columns).with_columns(
            pl.when(pl.Series(seen)).then(pl.all()).otherwise(None)
        )
        parts.append(
            part.select(
                pl.Series("row", np.arange(new.height)), pl.lit(time).alias("time"), pl.all()
            )
        )
    return pl.concat(parts).sort("row", "time")


def _strata_of(new: pl.DataFrame, strata: pl.DataFrame) -> Codes:
    """Stratum of each new row."""
    if not strata.width:
        return np.zeros(new.height, dtype=np.int32)
    names = strata.columns
    wanted = new.select(pl.col(name).cast(strata.schema[name]) for name in names)
    codes = wanted.join(
        strata.with_row_index("_stratum"), on=names, how="left", maintain_order="left"
    )["_stratum"]
    if codes.null_count():
        raise EstimationError(
            f"{inputs.listed(names)}: {codes.null_count()} rows are of a stratum that the fit has "
            "not seen"
        )
    return codes.to_numpy().astype(np.int32)


def _at_risk(rows: Rows, grid: Grid) -> Integers:
    """Rows at risk at each grid time."""
    joined = np.zeros(len(grid.time) + 1, dtype=np.intp)
    joined[:-1] += np.bincount(rows.at[rows.at >= 0], minlength=len(grid.time))
    joined[:-1] -= np.bincount(rows.before[rows.before >= 0], minlength=len(grid.time))
    ahead = np.cumsum(joined[::-1])[::-1]
    return np.asarray(ahead[:-1] - ahead[grid.begins[1:]][grid.stratum()])
