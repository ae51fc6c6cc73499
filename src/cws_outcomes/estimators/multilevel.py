"""Multilevel models: gaussian by sufficient sums, other families by Laplace or quadrature."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import linalg, special, stats
from threadpoolctl import threadpool_limits

from cws_outcomes.estimators import generalised_mixed, inputs
from cws_outcomes.estimators.errors import EstimationError, EstimationWarning
from cws_outcomes.estimators.grouping import Grouping
from cws_outcomes.estimators.inputs import Flags, Floats
from cws_outcomes.estimators.laplace import Rows
from cws_outcomes.estimators.linear_mixed import LinearMixed, sums
from cws_outcomes.estimators.maximise import maximise
from cws_outcomes.estimators.mixed_rows import Sorted, sort_rows
from cws_outcomes.estimators.multilevel_fit import MultilevelFit, RandomEffects, Z
from cws_outcomes.estimators.newton import climb
from cws_outcomes.estimators.responses import (
    DEFAULT_LINK,
    NEGATIVE_BINOMIAL,
    POISSON,
    response,
)

METHODS = {"gaussian": ("reml", "ml")}
OTHER_METHODS = ("laplace", "quadrature")
FEW_LEVELS = 5
# Trials, or counts, in the average level: below, the Laplace approximation is known to understate
# variances (Rodriguez and Goldman 1995, J. R. Stat. Soc. A 158, 73-89; 2001, 164, 339-355).
FEW_TRIALS, FEW_COUNTS = 5, 2


@dataclass(frozen=True)
class _Call:
    outcome: str
    covariates: list[str]
    random: dict[str, list[str]]
    family: str
    link: str
    kind: int
    method: str
    points: int
    trials: str | None
    offset: str | None
    weights: str | None
    threads: int


@dataclass(frozen=True, eq=False)
class _Found:
    """What the two kinds of fit have in common, in units of the data."""

    terms: list[str]
    beta: Floats
    covariance: Floats
    random: RandomEffects
    log_likelihood: float
    held: list[str]
    theta: float | None
    trials: int
    cells: int
    mean: float


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
        found = _gaussian(frame, call) if family == "gaussian" else _generalised(frame, call)
        return _result(frame, call, found)


def _checked(
    outcome: str, covariates: Sequence[str], random: Mapping[str, Sequence[str]], family: str,
    trials: str | None, offset: str | None, weights: str | None, link: str | None,
    method: str | None, points: int, threads: int,
) -> _Call:  # fmt: skip
    kind = response(family, link)
    allowed = METHODS.get(family, OTHER_METHODS)
    method = method or allowed[0]
    if method not in allowed:
        raise EstimationError(f"method of {family}: expected one of {', '.join(allowed)}")
    groups = {group: inputs.as_names(slopes) for group, slopes in random.items()}
    if not groups:
        raise EstimationError('random: expected one factor or more, {"factor": []}')
    if trials is not None and family != "binomial":
        raise EstimationError(f"trials: only of a binomial, not of {family}")
    if method == "quadrature" and (len(groups) > 1 or any(groups.values())):
        raise EstimationError('quadrature takes one factor without slopes, {"factor": []}')
    if method == "quadrature" and points < 2:
        raise EstimationError("points: expected two or more; one is the Laplace approximation")
    return _Call(
        outcome, list(covariates), groups, family, link or DEFAULT_LINK[family], kind, method,
        points if method == "quadrature" else 1, trials, offset, weights, threads,
    )  # fmt: skip


def _gaussian(frame: pl.DataFrame, call: _Call) -> _Found:
    given, weights = inputs.numbers(frame, call.outcome), inputs.positive(frame, call.weights)
    if call.offset is not None:
        given = given - inputs.numbers(frame, call.offset)
    centre, unit = float(np.mean(given)), float(np.std(given))
    if unit == 0:
        raise EstimationError(f"`{call.outcome}`: the same value in every row")
    rows = sort_rows(
        frame, call.covariates, call.random, content=[given, weights], merged=False,
        threads=call.threads,
    )  # fmt: skip
    _refuse_more_effects_than_rows(rows.groups, frame.height)
    y = (rows.taken(given) - centre) / unit
    weights = rows.taken(weights)
    restricted = call.method == "reml"
    terms, columns = rows.columns.terms, rows.columns
    constant = np.sum(np.log(weights)) / 2
    constant -= (frame.height - restricted * len(terms)) * np.log(unit)
    constant -= restricted * np.sum(np.log(columns.ranges))
    added = sums(rows.groups, columns, rows.slopes, y, weights)
    model = LinearMixed(
        rows.groups, added, frame.height, restricted=restricted, constant=float(constant)
    )
    climb(model.fixed, terms, weight=frame.height / (added.fixed[-1, -1] / frame.height))
    scale = np.eye(rows.groups.thetas)
    start = rows.groups.thetas_of(np.array([np.eye(int(rows.groups.widths.max()))] * len(call.random)))
    summit = maximise(model.evaluate, start / 2, scale / 5, rows.groups, 0)
    assert summit is not None  # without a limit there is always a summit, or an error
    solution = model.solve(summit.parameters)
    variance = model.scale(solution)
    back = columns.back() * unit
    effects = RandomEffects(
        rows.groups, solution.factor, solution.effects * unit, solution.pull, solution.bread,
        variance * unit**2, _units(rows),
    )  # fmt: skip
    beta = back @ solution.beta
    beta[0] += centre
    return _Found(
        terms, beta, back @ linalg.inv(solution.bread) @ back.T * variance, effects, summit.value,
        _held(rows.groups, summit.held), None, frame.height, frame.height, centre,
    )  # fmt: skip


def _generalised(frame: pl.DataFrame, call: _Call) -> _Found:
    successes, tried, constant = _counted(frame, call)
    weights = inputs.positive(frame, call.weights)
    offset = None if call.offset is None else inputs.numbers(frame, call.offset)
    content = [] if offset is None else [offset]
    if call.kind == NEGATIVE_BINOMIAL:
        content, y, size = [*content, successes], successes, weights
    elif call.kind == POISSON:
        content, y, size = [], successes * weights, weights * np.exp(0 if offset is None else offset)
    else:
        y, size = successes * weights, tried * weights
    uneven = call.weights is not None or call.offset is not None
    rows = sort_rows(
        frame, call.covariates, call.random, content=content, ties=[size, y] if uneven else [],
        merged=True, threads=call.threads,
    )  # fmt: skip
    y = rows.taken(y) if call.kind == NEGATIVE_BINOMIAL else rows.added(y)
    shift = None if offset is None or call.kind == POISSON else rows.taken(offset)
    cells = Rows(call.kind, y, rows.added(size), shift, rows.columns, rows.groups, rows.slopes)
    _warn_of_tiny_levels(rows.groups, call, float(np.sum(cells.size if call.trials or
                         call.family == "binomial" else successes * weights)))  # fmt: skip
    found = generalised_mixed.fit(cells, call.points)
    back, terms = rows.columns.back(), len(rows.columns.terms)
    summit, solution = found.summit, found.solution
    groups = rows.groups
    effects = RandomEffects(
        groups, solution.factor, found.model.mode(summit.parameters).effects, solution.pull,
        solution.bread, 1.0, _units(rows),
    )  # fmt: skip
    held = _held(groups, summit.held[terms : terms + groups.thetas])
    return _Found(
        rows.columns.terms, back @ summit.parameters[:terms], back @ summit.spread[:terms, :terms] @ back.T, effects,
        summit.value + constant, held + ["dispersion"] * (found.theta == np.inf), found.theta,
        int(tried.sum()), len(y), float(np.sum(successes * weights) / np.sum(weights)),
    )  # fmt: skip


def _counted(frame: pl.DataFrame, call: _Call) -> tuple[Floats, Floats, float]:
    """Return successes or counts, trials, and what of the log-likelihood no parameter moves."""
    weights, ones = inputs.positive(frame, call.weights), np.ones(frame.height)
    if call.family != "binomial":
        counts = inputs.counts(frame, call.outcome).astype(float)
        if counts.sum() == 0:
            raise EstimationError(f"`{call.outcome}`: expected some counts above 0")
        if call.kind == NEGATIVE_BINOMIAL:
            return counts, ones, 0.0
        shift = 0.0 if call.offset is None else inputs.numbers(frame, call.offset)
        return counts, ones, float(np.sum(weights * (counts * shift - special.gammaln(counts + 1))))
    if call.trials is None:
        successes, tried = inputs.flags(frame, call.outcome).astype(float), ones
    else:
        successes = inputs.counts(frame, call.outcome).astype(float)
        tried = inputs.counts(frame, call.trials).astype(float)
        _refuse(tried < 1, f"`{call.trials}`: expected one trial or more in every row")
        _refuse(successes > tried, f"expected `{call.outcome}` to be at most `{call.trials}`")
    if successes.sum() in (0, tried.sum()):
        raise EstimationError(f"`{call.outcome}`: expected some successes and some failures")
    if call.trials is None:
        return successes, tried, 0.0
    missed = tried - successes
    ways = (
        special.gammaln(tried + 1) - special.gammaln(successes + 1) - special.gammaln(missed + 1)
    )
    return successes, tried, float(np.sum(weights * ways))


def _refuse(wrong: Flags, expected: str) -> None:
    if np.any(wrong):
        raise EstimationError(f"{expected}, found {int(np.sum(wrong))} rows where it is not so")


def _refuse_more_effects_than_rows(groups: Grouping, rows: int) -> None:
    for name, size, width in zip(groups.names, groups.sizes, groups.widths, strict=True):
        if size * width >= rows:
            raise EstimationError(
                f"`{name}`: {size * width} effects of its levels and {rows} rows; effects cannot "
                "be told from residuals"
            )


def _warn_of_tiny_levels(groups: Grouping, call: _Call, total: float) -> None:
    least, word = (FEW_TRIALS, "trials") if call.family == "binomial" else (FEW_COUNTS, "counts")
    for name, size in zip(groups.names, groups.sizes, strict=True):
        if call.points == 1 and total / size < least:
            warnings.warn(
                f"`{name}`: {total / size:.1f} {word} in the average level; the Laplace "
                "approximation understates the variance of such small levels",
                EstimationWarning,
                stacklevel=4,
            )


def _units(rows: Sorted) -> list[Floats]:
    units = []
    for factor, width in enumerate(rows.groups.widths):
        mine = rows.groups.places[factor, :width]
        unit = np.diag(1 / rows.ranges[mine])
        unit[0, 1:] = -rows.centres[mine][1:] / rows.ranges[mine][1:]
        units.append(unit)
    return units


def _held(groups: Grouping, held: Flags) -> list[str]:
    zero = groups.scales(held.astype(float))
    return [name for name, own in zip(groups.names, zero, strict=True) if np.any(own)]


def _result(frame: pl.DataFrame, call: _Call, found: _Found) -> MultilevelFit:
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
    )


def _variances(call: _Call, found: _Found, covariances: Mapping[str, Floats]) -> pl.DataFrame:
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


def _table(found: _Found) -> pl.DataFrame:
    estimate, error = found.beta, np.sqrt(np.diag(found.covariance))
    return pl.DataFrame(
        {
            "term": found.terms,
            "estimate": estimate,
            "std_error": error,
            "lower": estimate - Z * error,
            "upper": estimate + Z * error,
            "z": estimate / error,
            "p_value": 2 * stats.norm.sf(np.abs(estimate / error)),
        }
    )
