"""Cox regression on (start, stop] rows with strata, ties, weights and cluster-robust errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import polars as pl
from scipy import stats

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Floats, Integers, Names
from cws_outcomes.estimators.newton import climb, covariance
from cws_outcomes.estimators.partial_likelihood import PartialLikelihood
from cws_outcomes.estimators.products import cross_product
from cws_outcomes.estimators.risk_sets import RiskSets, risk_sets

Ties = Literal["efron", "breslow"]
Correction = Literal["none", "few_clusters"]


@dataclass(frozen=True, eq=False)
class CoxFit:
    """
    A fitted Cox model.

    Attributes
    ----------
    table : polars.DataFrame
        One row for each term, in the order of the covariates: ``term``, ``estimate`` (log hazard
        ratio), ``std_error`` (of the model), ``robust_std_error`` (null without a cluster),
        ``lower`` and ``upper`` (95 %), ``z`` (a t statistic with ``few_clusters``), ``p_value``.
        Limits, z and p use the robust error when there is one.
    covariance : (terms, terms) floats
        Of the estimates: the one that the limits use.
    log_likelihood, log_likelihood_null : float
        Log partial likelihood at the estimates and at zero.
    n, events : int
        Rows and events given, events in strata of one row included.
    clusters : int or None
        Clusters with a row at risk at one event time or more.
    iterations : int
        Newton steps.
    """

    table: pl.DataFrame
    covariance: Floats
    log_likelihood: float
    log_likelihood_null: float
    n: int
    events: int
    clusters: int | None
    iterations: int


@dataclass(frozen=True, eq=False)
class _Problem:
    """Rows that are at risk at an event, in the order in which they leave, and their columns."""

    likelihood: PartialLikelihood
    terms: list[str]
    ranges: Floats
    event_weight: float
    kept: Integers


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
    ties: Ties = "efron",
    cluster_correction: Correction = "none",
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
        Robust (sandwich) variance from score residuals summed in each combination.
    weights : str, optional
        Case weights above zero. The model error takes them for numbers of persons; with any
        other weights name a cluster, if need be one for each row.
    ties : {"efron", "breslow"}
        Treatment of tied event times.
    cluster_correction : {"none", "few_clusters"}
        ``"none"``: R's robust error and normal limits. ``"few_clusters"``: the variance times
        G / (G - 1) and Student's t with G - 1 degrees of freedom, for G clusters.

    Raises
    ------
    EstimationError
        Missing values, rows with start >= stop, no events, constant or collinear columns,
        separation, or a fit that does not converge.
    """
    _check_choices(ties, cluster_correction, cluster)
    frame = inputs.complete(data, stop, event, covariates, start, strata, cluster, weights)
    problem = _problem(frame, stop, event, covariates, start, strata, weights, ties)
    found = climb(problem.likelihood.evaluate, problem.terms, weight=problem.event_weight)
    model = covariance(found.end.information)
    robust, clusters = None, None
    if cluster is not None:
        codes = np.unique(inputs.groups(frame, cluster)[0][problem.kept], return_inverse=True)
        clusters = len(codes[0])
        scores = problem.likelihood.scores(found.estimate, codes[1], clusters)
        robust = model @ cross_product(scores, np.ones(clusters)) @ model
        if cluster_correction == "few_clusters":
            robust *= _few(clusters)
    degrees = clusters - 1 if clusters and cluster_correction == "few_clusters" else np.inf
    return CoxFit(
        table=_table(problem, found.estimate, model, robust, degrees),
        covariance=(model if robust is None else robust) / np.outer(problem.ranges, problem.ranges),
        log_likelihood=found.end.value,
        log_likelihood_null=found.start.value,
        n=frame.height,
        events=int(np.sum(inputs.flags(frame, event))),
        clusters=clusters,
        iterations=found.iterations,
    )


def _check_choices(ties: str, correction: str, cluster: Names | None) -> None:
    if ties not in get_args(Ties):
        raise EstimationError(f"ties: expected one of {get_args(Ties)}")
    if correction not in get_args(Correction):
        raise EstimationError(f"cluster_correction: expected one of {get_args(Correction)}")
    if correction == "few_clusters" and cluster is None:
        raise EstimationError('cluster_correction="few_clusters" needs a cluster')


def _problem(
    frame: pl.DataFrame,
    stop: str,
    event: str,
    covariates: Sequence[str],
    start: str | None,
    strata: Names | None,
    weights: str | None,
    ties: Ties,
) -> _Problem:
    starts, stops = inputs.intervals(frame, start, stop)
    events = inputs.flags(frame, event)
    if not np.any(events):
        raise EstimationError(f"`{event}`: no events in {frame.height} rows")
    if not covariates:
        raise EstimationError("expected at least one covariate")
    sets = risk_sets(inputs.groups(frame, strata)[0], starts, stops, events)
    # Rows outside every risk set say nothing; the rest in the order in which they leave, so that
    # sums over risk sets read memory in sequence.
    kept = np.flatnonzero(sets.first < sets.last)
    kept = kept[np.argsort(sets.last[kept], kind="stable")]
    sets = RiskSets(sets.group, sets.time, sets.first[kept], sets.last[kept])
    columns = inputs.design(frame, covariates, rows=kept)
    # A column without range among the rows at risk becomes zero, for climb() to name.
    _, ranges = inputs.standardise(columns.matrix)
    case = inputs.positive(frame, weights)[kept]
    return _Problem(
        PartialLikelihood(sets, columns.matrix, events[kept], case, efron=ties == "efron"),
        columns.terms,
        ranges,
        float(np.sum(case[events[kept]])),
        kept,
    )


def _few(clusters: int) -> float:
    if clusters < 2:
        raise EstimationError("few_clusters: expected two clusters or more, found one")
    return clusters / (clusters - 1)


def _table(
    problem: _Problem, scaled: Floats, model: Floats, robust: Floats | None, degrees: float
) -> pl.DataFrame:
    estimate = scaled / problem.ranges
    model_error = np.sqrt(np.diag(model)) / problem.ranges
    robust_error = None if robust is None else np.sqrt(np.diag(robust)) / problem.ranges
    error = model_error if robust_error is None else robust_error
    reach = stats.t.ppf(0.975, degrees) * error
    return pl.DataFrame(
        {
            "term": problem.terms,
            "estimate": estimate,
            "std_error": model_error,
            "robust_std_error": robust_error,
            "lower": estimate - reach,
            "upper": estimate + reach,
            "z": estimate / error,
            "p_value": 2 * stats.t.sf(np.abs(estimate / error), degrees),
        },
        schema_overrides={"robust_std_error": pl.Float64},
    )
