"""Generalised linear models on rows or on cells: propensities, rates, means, at national size."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import polars as pl

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.covariates import Covariate, predictors
from cws_outcomes.estimators.design import design
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.estimates import (
    Correction,
    check_clusters,
    check_correction,
    robust_table,
)
from cws_outcomes.estimators.inputs import Floats, Names
from cws_outcomes.estimators.newton import Maximum, climb, covariance
from cws_outcomes.estimators.outcomes import Outcomes, outcomes, unvaried
from cws_outcomes.estimators.regression import Regression
from cws_outcomes.estimators.responses import RESPONSES, Response, response

Kind = Literal["gaussian", "binomial", "poisson"]


@dataclass(frozen=True, eq=False)
class GlmFit:
    """
    A fitted generalised linear model.

    Attributes
    ----------
    table : polars.DataFrame
        One row for each term: ``term``, ``estimate``, ``std_error`` (of the model),
        ``robust_std_error`` (null unless asked for), ``lower`` and ``upper``, ``z`` (Student's t
        for a Gaussian model or few clusters), ``p_value``. The last four use the robust error
        when there is one.
    covariance : (terms, terms) floats
        Of the estimates: the one that the limits use.
    log_likelihood : float
        At the estimates, with all constants; as R's ``logLik``.
    dispersion : float
        Residual variance of a Gaussian model; 1 otherwise.
    n : int
        Rows given.
    cells : int or None
        Cells they were collapsed to, if that paid.
    clusters : int or None
    iterations : int
        Newton steps.
    """

    table: pl.DataFrame
    covariance: Floats
    log_likelihood: float
    dispersion: float
    n: int
    cells: int | None
    clusters: int | None
    iterations: int
    _covariates: list[Covariate] = field(repr=False)
    _offset: str | None = field(repr=False)
    _response: Response = field(repr=False)

    def predict(self, data: object) -> pl.Series:
        """
        Means (probabilities, rates with the row's offset) at given covariates, one for each row.

        Raises
        ------
        EstimationError
            A column is absent or has gaps, or a level occurs that the model does not know.
        """
        names = [known.name for known in self._covariates]
        frame = inputs.complete(data, names, self._offset)
        beta = self.table["estimate"].to_numpy()
        eta = predictors(frame, self._covariates, beta[:, None])[:, 0]
        if self._offset is not None:
            eta += inputs.numbers(frame, self._offset)
        return pl.Series("prediction", np.asarray(self._response.mean(eta), dtype=np.float64))


def glm(
    data: object, *, outcome: str, covariates: Sequence[str], family: Kind = "gaussian",
    trials: str | None = None, offset: str | None = None, weights: str | None = None,
    cluster: Names | None = None, link: str | None = None, robust: bool = False,
    cluster_correction: Correction = "none", intercept: bool = True,
    compress: bool | None = None, level: float = 0.95, threads: int = 1,
) -> GlmFit:  # fmt: skip
    """
    Fit a generalised linear model by Newton's method, equal to R's ``glm``.

    Parameters
    ----------
    data : polars.DataFrame, pandas.DataFrame or path of a Parquet file
    outcome : str
        A number; for ``"binomial"`` 0/1, or with ``trials`` the number of successes; for
        ``"poisson"`` a count.
    covariates : sequence of str
        Numeric or boolean columns, or text columns, of which every level that occurs but the
        first (Enum order, else sorted) becomes a term ``column[level]``.
    family : {"gaussian", "binomial", "poisson"}
    trials : str, optional
        Numbers of trials, for ``"binomial"``.
    offset : str, optional
        Added to the linear predictor.
    weights : str, optional
        Case weights above zero. The model error takes them for numbers of rows; with any other
        weights ask for ``robust`` or name a cluster.
    cluster : str or sequence of str, optional
        Robust (sandwich) errors from scores summed in each cluster: ``vcovCL`` of R's sandwich
        with ``type = "HC0", cadjust = FALSE``.
    link : str, optional
        ``"identity"``, ``"logit"`` (or ``"probit"``, ``"cloglog"``), ``"log"``, by family.
    robust : bool
        Robust errors with each row its own cluster: ``vcovHC`` with ``type = "HC0"``.
    cluster_correction : {"none", "few_clusters"}
        ``"few_clusters"``: the variance times G / (G - 1), and Student's t with G - 1 degrees.
    intercept : bool
        Whether to fit one.
    compress : bool, optional
        Whether to fit on cells of identical covariates, which gives the same numbers; by default
        if their measured number makes it pay.
    level : float
        Of the limits.
    threads : int
        Most at work at once; the result has the same bits for any number.

    Raises
    ------
    EstimationError
        Missing values, an outcome outside its range, constant or collinear columns, separation.
    """
    chosen = _chosen(family, link, trials, cluster, cluster_correction)
    keys = list(dict.fromkeys([*covariates, *inputs.as_names(offset), *inputs.as_names(cluster)]))
    found = outcomes(
        inputs.source(data), outcome, keys, family=family, trials=trials, weights=weights,
        robust=robust and cluster is None, compress=compress, threads=threads,
    )  # fmt: skip
    if family == "gaussian":
        found = found.centred(outcome, intercept)
    if found.rows <= len(covariates):
        raise EstimationError(f"{found.rows} rows are too few for {len(covariates)} covariates")
    columns = design(found.keys, covariates, intercept=intercept, threads=threads)
    base = _base(found, family, chosen, outcome) if intercept else 0.0
    shift = np.full(columns.rows, base)
    if offset is not None:
        shift += inputs.numbers(found.keys, offset) / found.unit
    model = Regression(columns, chosen.kind, found.total, found.weight, shift)
    best = climb(model.evaluate, columns.terms, weight=float(np.sum(found.weight)))
    left = found.rows - len(columns.terms)
    dispersion = 1.0
    if family == "gaussian":
        dispersion = found.residual(model.predictor(best.estimate)) / left
    own, spread, clusters = _covariances(model, found, chosen, best, cluster)
    own *= dispersion
    degrees = float(left) if family == "gaussian" and spread is None else np.inf
    if spread is not None and clusters and cluster_correction == "few_clusters":
        spread, degrees = spread * clusters / (clusters - 1), clusters - 1
    back = columns.back() * found.unit
    estimate = back @ best.estimate
    if intercept:
        estimate[0] += base * found.unit + found.centre
    own, spread = back @ own @ back.T, None if spread is None else back @ spread @ back.T
    value = best.end.value + found.constant
    if family == "gaussian":
        mean_square = dispersion * left * found.unit**2 / found.rows
        value = found.constant - found.rows / 2 * (np.log(2 * np.pi * mean_square) + 1)
    return GlmFit(
        robust_table(columns.terms, estimate, own, spread, degrees, level),
        own if spread is None else spread, float(value), dispersion * found.unit**2,
        found.rows, found.cells, clusters, best.iterations, columns.covariates, offset, chosen,
    )  # fmt: skip


def _chosen(
    family: str, link: str | None, trials: str | None, cluster: Names | None, correction: str
) -> Response:
    _, chosen = response({known: RESPONSES[known] for known in get_args(Kind)}, family, link)
    if trials is not None and family != "binomial":
        raise EstimationError(f"trials: only of a binomial, not of {family}")
    check_correction(correction, cluster)
    return chosen


def _base(found: Outcomes, family: str, chosen: Response, outcome: str) -> float:
    """Predictor at the overall mean: where the climb begins, so that it is short."""
    mean = float(np.sum(found.total)) / float(np.sum(found.weight))
    if family != "gaussian" and (mean <= 0 or (family == "binomial" and mean >= 1)):
        raise unvaried(outcome)
    return 0.0 if family == "gaussian" else chosen.link(mean)


def _covariances(
    model: Regression, found: Outcomes, chosen: Response, best: Maximum, cluster: Names | None
) -> tuple[Floats, Floats | None, int | None]:
    """Of the model but for the dispersion, and robust; the number of clusters."""
    beta, clusters, meat = best.estimate, None, None
    information = best.end.information
    bread = covariance(information if chosen.canonical else model.expected(beta, chosen.mean))
    if cluster is not None:
        codes, levels = inputs.groups(found.keys, cluster)
        clusters = levels.height
        check_clusters(cluster, clusters)
        meat = model.by_cluster(beta, codes, clusters)
    elif found.seconds is not None:
        meat = model.by_row(beta, found.seconds)
    return bread, None if meat is None else bread @ meat @ bread, clusters
