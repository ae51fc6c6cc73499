r"""
Test of proportional hazards: the score test of :math:`\beta + \theta g(t)` at zero :math:`\theta`.

Grambsch and Therneau (1994) in its exact form (R's ``cox.zph`` since survival 3.0): the score of
theta is the sum of the Schoenfeld residuals times g, and the information of beta and theta together
is that of beta with each event time weighted by 1, g and g squared.
"""

from typing import Literal, get_args

import numpy as np
import polars as pl
from scipy import linalg, stats

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.cox_baseline import reopen
from cws_outcomes.estimators.cox_question import Question
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.event_grid import event_grid, places
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.residuals import schoenfeld

Transform = Literal["km", "identity", "rank", "log"]


def ph_test(question: Question, estimate: Floats, transform: Transform) -> pl.DataFrame:
    """
    Test each covariate, and all together; see `CoxFit.ph_test`.

    Raises
    ------
    EstimationError
        An unknown transform.
    """
    inputs.check_choice("transform", transform, get_args(Transform))
    prepared, state = reopen(question, estimate)
    likelihood = prepared.likelihood
    events = likelihood.rows.at[likelihood.event_rows]
    by_time = transformed(question, likelihood.grid.time, transform)
    by_time = by_time - np.mean(by_time[events])
    weights = likelihood.rows.weight[likelihood.event_rows] * by_time[events]
    score = np.sum(weights[:, None] * schoenfeld(prepared, state), axis=0)
    plain = likelihood.information(state)
    mixed = likelihood.information(state, by_time)
    # What is left of the information of theta once beta is known.
    left = likelihood.information(state, by_time**2) - mixed @ linalg.solve(
        plain, mixed, assume_a="pos"
    )
    names, tested, begin = [], [], 0
    for covariate in prepared.design.covariates:
        names.append(covariate.name)
        tested.append(np.arange(begin, begin := begin + len(covariate.terms)))
    names, tested = [*names, "GLOBAL"], [*tested, np.arange(len(score))]
    chi2 = [
        float(score[own] @ linalg.solve(left[np.ix_(own, own)], score[own], assume_a="pos"))
        for own in tested
    ]
    degrees = [len(own) for own in tested]
    return pl.DataFrame(
        {"term": names, "chi2": chi2, "df": degrees, "p_value": stats.chi2.sf(chi2, degrees)}
    )


def transformed(question: Question, times: Floats, transform: Transform) -> Floats:
    """Transform event times; Kaplan-Meier and ranks are those of all rows, whatever the strata."""
    if transform == "identity":
        return times
    if transform == "log":
        if np.any(times <= 0):
            raise EstimationError("transform: the logarithm needs event times above zero")
        return np.log(times)
    starts, stops = inputs.intervals(question.frame, question.start, question.stop)
    if transform == "rank":
        ordered = np.sort(stops)
        below = np.searchsorted(ordered, times, side="left")
        return (below + 1 + np.searchsorted(ordered, times, side="right")) / 2
    event, _ = question.endings()
    one = np.zeros(len(stops), dtype=np.int32)
    grid = event_grid(one, stops, event, 1)
    last = places(grid, one, stops)
    gone = np.bincount(last, minlength=len(grid.time) + 1)
    in_ = np.bincount(places(grid, one, starts), minlength=len(grid.time) + 1)
    at_risk = np.cumsum(in_ - gone)[:-1]
    deaths = np.bincount(last[event] - 1, minlength=len(grid.time))
    before = np.append(1.0, np.cumprod(1 - deaths / at_risk))
    return 1 - before[np.searchsorted(grid.time, times, side="left")]
