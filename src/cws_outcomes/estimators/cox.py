"""Cox regression on (start, stop] rows with strata, ties, weights and cluster-robust errors."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, get_args

import numpy as np

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.codes import combined, mark
from cws_outcomes.estimators.cox_fit import CoxFit
from cws_outcomes.estimators.cox_question import Prepared, Question, prepare
from cws_outcomes.estimators.doubts import doubt_clusters, doubt_fit, doubt_rows, warn
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.estimates import (
    Correction,
    check_clusters,
    check_correction,
    robust_table,
)
from cws_outcomes.estimators.inputs import Floats, Names
from cws_outcomes.estimators.newton import Maximum, climb, covariance
from cws_outcomes.estimators.partial_likelihood import PartialLikelihood
from cws_outcomes.estimators.parts import fetched
from cws_outcomes.estimators.sandwich import squares_of_clusters

Ties = Literal["efron", "breslow"]

# Rows from which on a climb on one row in so many (of events, of others) is worth its while.
LARGE, THINNED = 200_000, 24
# Most gain and largest coefficient of a last step that is not looked at: there, where what is left
# is less than chance between parts, and at the end, where errors would change by a millionth.
ROUGHLY, CLOSELY = (30.0, 0.05), (1e-8, 1e-6)


def cox(
    data: object,
    *,
    stop: str,
    event: str,
    covariates: Sequence[str],
    start: str | None = None,
    strata: Names | None = None,
    cluster: Names | None = None,
    weights: str | None = None,
    offset: str | None = None,
    ties: Ties = "efron",
    cluster_correction: Correction = "none",
    threads: int = 1,
) -> CoxFit:
    """
    Fit a Cox model, equal to R's ``coxph`` (survival).

    Parameters
    ----------
    data : polars.DataFrame or pandas.DataFrame
        One row for each stretch of time with constant covariates; a person may have several.
    stop, start : str
        At risk in (start, stop]: an event at ``t`` meets rows with ``start < t <= stop``, so a
        row split in two is never at risk twice. Numbers, compared exactly. Without ``start``
        rows are at risk from the beginning of time.
    event : str
        Whether the row ends with the event: boolean or 0/1.
    covariates : sequence of str
        Numeric or boolean columns, or text columns, of which every level that occurs but the
        first (Enum order, else sorted) becomes a term ``column[level]``.
    strata : str or sequence of str, optional
        Own baseline hazard for each combination.
    cluster : str or sequence of str, optional
        Robust (sandwich) variance from score residuals summed in each combination. Where clusters
        are nested (children in schools in authorities) name the outermost alone: sums over it
        allow for whatever happens within. Several columns are for units that only together make
        a cluster, such as an authority and a school number that starts anew in each.
    weights : str, optional
        Case weights above zero. The model error takes them for numbers of persons; with any
        other weights name a cluster, if need be one for each row.
    offset : str, optional
        Numbers added to the linear predictor.
    ties : {"efron", "breslow"}
        Treatment of tied event times.
    cluster_correction : {"none", "few_clusters"}
        ``"none"``: R's robust error and normal limits. ``"few_clusters"``: the variance times
        G / (G - 1) and Student's t with G - 1 degrees of freedom, for G clusters.
    threads : int
        Threads at work at once. The result does not depend on it, to the last bit.

    Raises
    ------
    EstimationError
        Missing values, rows with start >= stop, no events, constant or collinear columns,
        separation, or a fit that does not converge.

    Warns
    -----
    EstimationWarning
        Strata without events or of one row, few clusters, intervals shorter than the grid of the
        other times, nearly tied times, terms of which the data say next to nothing.
    """
    check_choices(ties, cluster_correction, cluster)
    if not covariates:
        raise EstimationError("expected at least one covariate")
    frame = inputs.complete(data, stop, event, covariates, start, strata, cluster, weights, offset)
    question = Question(
        frame, stop, event, tuple(covariates), start, strata, weights, offset, ties == "efron",
        threads, cluster,
    )  # fmt: skip
    return answer(question, cluster_correction)


def answer(question: Question, correction: Correction) -> CoxFit:
    """Climb to the maximum and take the errors there; a Fine-Gray model's are always robust."""
    prepared = prepare(question)
    likelihood, terms, ranges = prepared.likelihood, prepared.terms, prepared.ranges
    warn(doubt_rows(question, prepared))
    found = _climbed(likelihood, terms)
    model, robust, clusters = covariance(found.end.information), None, None
    warn(doubt_fit(terms, found, model))
    if question.cluster is not None or question.cause is not None:
        middle, clusters = _middle(question, prepared, found.evaluated, correction)
        if question.cluster is not None:
            names = inputs.as_names(question.cluster)
            warn(doubt_clusters(names, clusters, len(terms), correction))
        robust = model @ middle @ model
    few = correction == "few_clusters" and clusters is not None
    degrees = clusters - 1 if clusters and few else np.inf
    units = np.outer(ranges, ranges)
    own, sandwich = model / units, None if robust is None else robust / units
    return CoxFit(
        table=robust_table(terms, found.estimate / ranges, own, sandwich, float(degrees)),
        covariance=own if sandwich is None else sandwich,
        log_likelihood=found.end.value,
        log_likelihood_null=likelihood.null(),
        n=question.frame.height,
        events=int(np.sum(likelihood.events)),
        clusters=clusters,
        iterations=found.iterations,
        question=question,
        estimate=found.estimate,
        model_covariance=model,
    )


def _climbed(likelihood: PartialLikelihood, terms: Sequence[str]) -> Maximum:
    """Climb from zero; where a table is large, from where the climb on a part of it got to."""
    if len(likelihood.rows.at) < LARGE:
        return climb(likelihood.evaluate, terms, weight=likelihood.weight)
    origin = _roughly(likelihood.thinned(THINNED), terms)
    return climb(
        likelihood.evaluate, terms, weight=likelihood.weight, origin=origin,
        unseen=CLOSELY,
    )  # fmt: skip


def _roughly(some: PartialLikelihood, terms: Sequence[str]) -> Floats | None:
    """Climb on a part; what it does not allow, such as a level without events, the whole may."""
    with suppress(EstimationError):
        return climb(some.evaluate, terms, weight=some.weight, unseen=ROUGHLY).estimate
    return None


def _middle(
    question: Question, prepared: Prepared, estimate: Floats, correction: Correction
) -> tuple[Floats, int]:
    """Summed squares of the clusters' scores, and the clusters with a row that says something."""
    names, likelihood = inputs.as_names(question.cluster), prepared.likelihood
    state = likelihood.at(estimate)
    if not names:
        codes = np.arange(len(prepared.kept), dtype=np.int32)
        return squares_of_clusters(likelihood, state, codes, len(codes)), len(codes)
    codes, levels = combined(question.frame.select(names).get_columns())
    codes = fetched(codes, prepared.kept, question.threads)
    seen = np.zeros(levels.height, dtype=np.bool_)
    mark(codes, 0, seen)
    clusters = int(np.count_nonzero(seen))
    check_clusters(names, clusters)
    squares = squares_of_clusters(likelihood, state, codes, levels.height)
    if correction == "few_clusters":
        squares *= clusters / (clusters - 1)
    return squares, clusters


def check_choices(ties: str, correction: str, cluster: Names | None) -> None:
    """Refuse words that are no choice, and a correction of what is not there."""
    inputs.check_choice("ties", ties, get_args(Ties))
    check_correction(correction, cluster)
