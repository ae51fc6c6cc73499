"""Residuals of a Cox model, in the rows and units of the table."""

from typing import Literal, get_args

import numpy as np
import polars as pl
from scipy.special import xlogy

from cws_outcomes.estimators.cox_baseline import reopen
from cws_outcomes.estimators.cox_question import Prepared, Question
from cws_outcomes.estimators.inputs import Floats, check_choice
from cws_outcomes.estimators.partial_likelihood import State
from cws_outcomes.estimators.sandwich import scores_of_rows

Kind = Literal["martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaled_schoenfeld"]


def residuals(question: Question, estimate: Floats, covariance: Floats, kind: Kind) -> pl.DataFrame:
    """
    Compute the residuals of one kind; see `CoxFit.residuals`.

    Raises
    ------
    EstimationError
        An unknown kind.
    """
    check_choice("kind", kind, get_args(Kind))
    prepared, state = reopen(question, estimate)
    terms, ranges = prepared.terms, prepared.ranges
    if kind in ("martingale", "deviance"):
        own = martingale(prepared, state)
        event = prepared.likelihood.rows.event
        if kind == "deviance":
            # Rounding may leave a hair below zero where nothing passed.
            size = np.maximum(0.0, -2 * (own + xlogy(event, event - own)))
            own = np.sign(own) * np.sqrt(size)
        return _by_row(question, prepared, ["residual"], own[:, None])
    if kind in ("score", "dfbeta"):
        scores = scores_of_rows(prepared.likelihood, state)
        if kind == "dfbeta":
            return _by_row(question, prepared, terms, scores @ covariance / ranges)
        return _by_row(
            question, prepared, terms, scores * ranges / prepared.likelihood.rows.weight[:, None]
        )
    rows = prepared.likelihood.event_rows
    values = schoenfeld(prepared, state)
    if kind == "scaled_schoenfeld":
        values = (values @ covariance * len(rows) + estimate) / ranges
    else:
        values = values * ranges
    times = prepared.likelihood.grid.time[prepared.likelihood.rows.at[rows]]
    place = {"row": prepared.kept[rows].astype(np.int64), "time": times}
    return pl.DataFrame(place).hstack(pl.DataFrame(values, schema=terms))


def schoenfeld(prepared: Prepared, state: State) -> Floats:
    """Covariates of each event less their mean at its time, standardised."""
    likelihood = prepared.likelihood
    centres, rows = likelihood.drifts(state).centre(), likelihood.event_rows
    centre = centres[likelihood.rows.at[rows]]
    return (prepared.design.matrix(rows) - centre)[:, 1:]


def martingale(prepared: Prepared, state: State) -> Floats:
    """Events less expected events of each row of the likelihood, unweighted."""
    likelihood = prepared.likelihood
    rows = likelihood.rows
    return rows.event - state.risk / rows.weight * likelihood.passing(state)


def _by_row(
    question: Question, prepared: Prepared, names: list[str], values: Floats
) -> pl.DataFrame:
    """Rows that were in no risk set have residuals of zero."""
    every = np.zeros((question.frame.height, len(names)))
    every[prepared.kept] = values
    rows = pl.DataFrame({"row": np.arange(len(every))})
    return rows.hstack(pl.DataFrame(every, schema=names))
