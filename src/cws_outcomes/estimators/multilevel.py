"""Multilevel models: gaussian by sufficient sums, other families by Laplace or quadrature."""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.errors import EstimationError, EstimationWarning
from cws_outcomes.estimators.estimates import wald
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.multilevel_families import Call, Found, gaussian, generalised
from cws_outcomes.estimators.multilevel_fit import LATENT_VARIANCE, MultilevelFit
from cws_outcomes.estimators.responses import RESPONSES, response

# Probit is left out: there are no numbers of R to hold it to.
KNOWN = {**RESPONSES, "binomial": {link: RESPONSES["binomial"][link] for link in LATENT_VARIANCE}}
METHODS = {"gaussian": ("reml", "ml")}
OTHER_METHODS = ("laplace", "quadrature")
FEW_LEVELS = 5


def multilevel(
    data: object,
    *,
    outcome: str,
    covariates: Sequence[str],
    random: Mapping[str, Sequence[str]],
    family: str = "binomial",
    trials: str | None = None,
    offset: str | None = None,
    weights: str | None = None,
    link: str | None = None,
    method: str | None = None,
    points: int = 9,
    threads: int = 1,
) -> MultilevelFit:
    """
    Fit a multilevel model with nested or crossed factors, as R's ``lmer``, ``glmer``, ``glmmTMB``.

    Gaussian: REML or ML from sums that are read in one pass over the rows. Other families: the
    true Laplace approximation (``nAGQ = 1``) or adaptive quadrature, on cells: rows that share
    levels, covariates and offset are first added up, which changes nothing.

    Parameters
    ----------
    data : polars.DataFrame or pandas.DataFrame
        One row for each person, or for each group of persons when ``trials`` is named.
    outcome : str
        Gaussian: a number. Binomial: boolean or 0/1; with ``trials``, the number of successes.
        Poisson, negative binomial: a count.
    covariates : sequence of str
        As in :func:`cws_outcomes.estimators.cox`; may be empty.
    random : mapping of str to sequence of str
        Grouping factor, and the numeric covariates whose slope varies with it, correlated with its
        intercept: ``{"la": ["idaci"], "school": []}``. Whether factors are nested or crossed
        follows from the data: levels of a nested factor need names of their own.
    family : {"binomial", "gaussian", "poisson", "negative_binomial"}
        Negative binomial: NB2, variance ``mean + mean^2 / theta``.
    trials : str, optional
        Binomial: column with the number of trials of each row.
    offset : str, optional
        Column added to the linear predictor, as the log of person-years.
    weights : str, optional
        Column of weights above zero. Gaussian: as lme4, the residual variance of a row is divided
        by its weight. Other families: a row counts so many times.
    link : str, optional
        "identity"; "logit" (default) or "cloglog" of a binomial; "log" of counts.
    method : {"reml", "ml", "laplace", "quadrature"}, optional
        Gaussian: "reml" (default) or "ml". Others: "laplace" (default) or "quadrature", which
        takes one factor without slopes.
    points : int
        Of the quadrature.
    threads : int
        Most threads at work at once; results have the same bits for any number.

    Raises
    ------
    EstimationError
        Missing values, a choice that is not available, collinear columns, separation, more effects
        than rows, a nearly unidentified model, or a fit that does not converge.

    Warns
    -----
    EstimationWarning
        A variance of zero or a correlation of one (see ``at_boundary``), a factor of fewer than
        five levels, or levels so small that the Laplace approximation understates their variance.
    """
    call = _checked(
        outcome, covariates, random, family, trials, offset, weights, link, method, points, threads
    )
    slopes = [name for own in call.random.values() for name in own]
    frame = inputs.complete(
        data, outcome, call.covariates, list(call.random), slopes, trials, offset, weights
    )
    with threadpool_limits(limits=1, user_api="blas"):
        found = gaussian(frame, call) if family == "gaussian" else generalised(frame, call)
        return _result(frame, call, found)


def _checked(
    outcome: str, covariates: Sequence[str], random: Mapping[str, Sequence[str]], family: str,
    trials: str | None, offset: str | None, weights: str | None, link: str | None,
    method: str | None, points: int, threads: int,
) -> Call:  # fmt: skip
    link, chosen = response(KNOWN, family, link)
    allowed = METHODS.get(family, OTHER_METHODS)
    method = method or allowed[0]
    inputs.check_choice(f"method of {family}", method, allowed)
    groups = {group: inputs.as_names(slopes) for group, slopes in random.items()}
    if not groups:
        raise EstimationError('random: expected one factor or more, {"factor": []}')
    if trials is not None and family != "binomial":
        raise EstimationError(f"trials: only of a binomial, not of {family}")
    if method == "quadrature" and (len(groups) > 1 or any(groups.values())):
        raise EstimationError('quadrature takes one factor without slopes, {"factor": []}')
    if method == "quadrature" and points < 2:
        raise EstimationError("points: expected two or more; one is the Laplace approximation")
    return Call(
        outcome, list(covariates), groups, family, link, chosen.kind, method,
        points if method == "quadrature" else 1, trials, offset, weights, threads,
    )  # fmt: skip


def _result(frame: pl.DataFrame, call: Call, found: Found) -> MultilevelFit:
    groups = found.random.groups
    for name in found.held:
        warnings.warn(
            f"`{name}`: a variance was estimated as zero (or a correlation as one): the data do "
            "not tell these effects from chance",
            EstimationWarning,
            stacklevel=3,
        )
    for name, size in zip(groups.names, groups.sizes, strict=True):
        if size < FEW_LEVELS:
            warnings.warn(
                f"`{name}`: {size} levels say little about a variance; fit it as a covariate",
                EstimationWarning,
                stacklevel=3,
            )
    covariances = found.random.covariances()
    return MultilevelFit(
        table=_table(found),
        variances=_variances(call, found, covariances),
        covariance=found.covariance,
        covariances={name: covariances[name] for name in call.random},
        log_likelihood=found.log_likelihood,
        at_boundary=bool(found.held),
        boundary=found.held,
        theta=found.theta,
        n=frame.height,
        trials=found.trials,
        cells=found.cells,
        levels={name: len(groups.levels[groups.names.index(name)]) for name in call.random},
        family=call.family,
        link=call.link,
        method=call.method,
        _random=found.random,
        _mean=found.mean,
        _covariates=found.covariates,
        _offset=call.offset,
    )


def _variances(call: Call, found: Found, covariances: Mapping[str, Floats]) -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    for group, slopes in call.random.items():
        own = covariances[group]
        size = np.sqrt(np.diag(own))
        for place, term in enumerate(["(Intercept)", *slopes]):
            product = size[0] * size[place]
            together = own[0, place] / product if place and product > 0 else None
            rows.append(_variance(group, term, own[place, place], together))
    if call.family == "gaussian":
        rows.append(_variance("residual", "", found.random.variance, None))
    if found.theta is not None:
        rows.append(_variance("dispersion", "", 1 / found.theta, None))
    return pl.DataFrame(rows, schema_overrides={"correlation": pl.Float64})


def _variance(group: str, term: str, size: float, together: float | None) -> dict[str, object]:
    size = float(size)
    sd = float(np.sqrt(size))
    return {"group": group, "term": term, "variance": size, "sd": sd, "correlation": together}


def _table(found: Found) -> pl.DataFrame:
    estimate, error = found.beta, np.sqrt(np.diag(found.covariance))
    own = {"term": found.terms, "estimate": estimate, "std_error": error}
    return pl.DataFrame(own | wald(estimate, error))
