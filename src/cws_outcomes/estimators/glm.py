"""Generalised linear models on rows or on cells: propensities, rates, means, at national size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from scipy import stats

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.blocks import columns
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.families import FAMILIES, Family
from cws_outcomes.estimators.inputs import Floats, Names
from cws_outcomes.estimators.newton import Maximum, climb, covariance
from cws_outcomes.estimators.outcomes import Outcomes, outcomes
from cws_outcomes.estimators.regression import Regression

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
    _covariates: Sequence[str] = field(repr=False)
    _levels: Mapping[str, list[str]] = field(repr=False)
    _offset: str | None = field(repr=False)
    _family: Family = field(repr=False)

    def predict(self, data: object) -> pl.Series:
        """
        Means (probabilities, rates with the row's offset) at given covariates, one for each row.

        Raises
        ------
        EstimationError
            A column is absent or has gaps, or a level occurs that the model does not know.
        """
        frame = inputs.complete(data, self._covariates, self._offset)
        intercept = self.table["term"][0] == "(Intercept)"
        given = columns(frame, self._covariates, intercept=intercept, levels=self._levels)
        beta = self.table["estimate"].to_numpy()
        eta = np.concatenate(
            [np.einsum("tr,t->r", given.block(rows), beta) for rows in given.blocks()]
        )
        if self._offset is not None:
            eta += inputs.numbers(frame, self._offset)
        return pl.Series("prediction", np.asarray(self._family.mean(eta), dtype=np.float64))


def glm(
    data: object, *, outcome: str, covariates: Sequence[str], family: Kind = "gaussian",
    trials: str | None = None, offset: str | None = None, weights: str | None = None,
    cluster: Names | None = None, link: str | None = None, robust: bool = False,
    cluster_correction: Literal["none", "few_clusters"] = "none", intercept: bool = True,
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
    source = data if isinstance(data, str | Path) else inputs.as_frame(data)
    found = outcomes(
        source, outcome, keys, family=family, trials=trials, weights=weights,
        robust=robust and cluster is None, compress=compress, threads=threads,
    )  # fmt: skip
    if family == "gaussian":
        found = found.centred(intercept)
    if found.rows <= len(covariates):
        raise EstimationError(f"{found.rows} rows are too few for {len(covariates)} covariates")
    design = columns(found.keys, covariates, intercept=intercept)
    base = _base(found, family, chosen, outcome) if intercept else 0.0
    shift = np.full(design.height, base)
    if offset is not None:
        shift += inputs.numbers(found.keys, offset) / found.unit
    model = Regression(design, found, chosen, shift, threads)
    best = climb(model.evaluate, design.terms, weight=float(np.sum(found.weight)))
    own, spread, clusters, dispersion = _covariances(model, best, cluster, robust)
    left = found.rows - len(design.terms)
    degrees = float(left) if family == "gaussian" and spread is None else np.inf
    if spread is not None and clusters and cluster_correction == "few_clusters":
        spread, degrees = spread * few(clusters), clusters - 1
    back = design.unscaled() * found.unit
    estimate = back @ best.estimate
    if intercept:
        estimate[0] += base * found.unit + found.centre
    own, spread = back @ own @ back.T, None if spread is None else back @ spread @ back.T
    value = best.end.value + found.constant
    if family == "gaussian":
        mean_square = dispersion * left * found.unit**2 / found.rows
        value = found.constant - found.rows / 2 * (np.log(2 * np.pi * mean_square) + 1)
    return GlmFit(
        _table(design.terms, estimate, own, spread, degrees, level),
        own if spread is None else spread, float(value), dispersion * found.unit**2,
        found.rows, found.cells, clusters, best.iterations, covariates, design.levels, offset,
        chosen,
    )  # fmt: skip


def _chosen(
    family: str, link: str | None, trials: str | None, cluster: Names | None, correction: str
) -> Family:
    if family not in FAMILIES:
        raise EstimationError(f"family: expected one of {tuple(FAMILIES)}")
    links = FAMILIES[family]
    if link is not None and link not in links:
        raise EstimationError(f"link: expected one of {tuple(links)} for {family}")
    if trials is not None and family != "binomial":
        raise EstimationError("trials: for family binomial only")
    if correction not in ("none", "few_clusters"):
        raise EstimationError("cluster_correction: expected one of ('none', 'few_clusters')")
    if correction == "few_clusters" and cluster is None:
        raise EstimationError('cluster_correction="few_clusters" needs a cluster')
    return links[link or next(iter(links))]


def few(clusters: int) -> float:
    """Factor of a variance from few clusters."""
    if clusters < 2:
        raise EstimationError("few_clusters: expected two clusters or more, found one")
    return clusters / (clusters - 1)


def _base(found: Outcomes, family: str, chosen: Family, outcome: str) -> float:
    """Predictor at the overall mean: where the climb begins, so that it is short."""
    mean = float(np.sum(found.total)) / float(np.sum(found.weight))
    if family != "gaussian" and (mean <= 0 or (family == "binomial" and mean >= 1)):
        raise EstimationError(f"`{outcome}`: the same value in all {found.rows} rows")
    return 0.0 if family == "gaussian" else chosen.link(mean)


def _covariances(
    model: Regression, best: Maximum, cluster: Names | None, robust: bool
) -> tuple[Floats, Floats | None, int | None, float]:
    """Of the model and robust, the number of clusters, and the dispersion of a Gaussian model."""
    found, beta = model.found, best.estimate
    bread = covariance(best.end.information if model.family.canonical else model.expected(beta))
    clusters, meat, dispersion = None, None, 1.0
    if found.gaussian:
        dispersion = model.residual(beta) / (found.rows - len(beta))
    if cluster is not None:
        codes, levels = inputs.groups(found.keys, cluster)
        clusters = levels.height
        meat = model.by_cluster(beta, codes, clusters)
    elif robust:
        meat = model.by_row(beta)
    return bread * dispersion, None if meat is None else bread @ meat @ bread, clusters, dispersion


def _table(
    terms: list[str], estimate: Floats, model: Floats, robust: Floats | None, degrees: float,
    level: float,
) -> pl.DataFrame:  # fmt: skip
    own = np.sqrt(np.diag(model))
    sandwich = None if robust is None else np.sqrt(np.diag(robust))
    error = own if sandwich is None else sandwich
    reach = stats.t.ppf((1 + level) / 2, degrees) * error
    return pl.DataFrame(
        {
            "term": terms,
            "estimate": estimate,
            "std_error": own,
            "robust_std_error": sandwich,
            "lower": estimate - reach,
            "upper": estimate + reach,
            "z": estimate / error,
            "p_value": 2 * stats.t.sf(np.abs(estimate / error), degrees),
        },
        schema_overrides={"robust_std_error": pl.Float64},
    )
