"""The families of multilevel models, from a table to estimates in units of the data."""

import warnings
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import linalg

from cws_outcomes.estimators import generalised_mixed, inputs
from cws_outcomes.estimators.covariates import Covariate
from cws_outcomes.estimators.errors import EstimationError, EstimationWarning
from cws_outcomes.estimators.grouping import Grouping
from cws_outcomes.estimators.inputs import Flags, Floats, Integers
from cws_outcomes.estimators.laplace import Rows
from cws_outcomes.estimators.linear_mixed import LinearMixed, sums
from cws_outcomes.estimators.maximise import maximise
from cws_outcomes.estimators.mixed_rows import Sorted, sort_rows
from cws_outcomes.estimators.multilevel_fit import RandomEffects
from cws_outcomes.estimators.newton import climb
from cws_outcomes.estimators.outcomes import Checked, added_up, checked, unvaried
from cws_outcomes.estimators.row_loops import NEGATIVE_BINOMIAL, POISSON

# Trials, or counts, in the average level: below, the Laplace approximation is known to understate
# variances (Rodriguez and Goldman 1995, J. R. Stat. Soc. A 158, 73-89; 2001, 164, 339-355).
FEW_TRIALS, FEW_COUNTS = 5, 2


@dataclass(frozen=True)
class Call:
    """What was asked for, once it is known to be available."""

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
class Found:
    """What the two kinds of fit have in common, in units of the data."""

    covariates: list[Covariate]
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


def gaussian(frame: pl.DataFrame, call: Call) -> Found:
    """Fit a linear mixed model, its outcome centred and in units of its standard deviation."""
    given, _, weights, constant = _checked(frame, call)
    if call.offset is not None:
        given = given - inputs.numbers(frame, call.offset)
    centre, unit = float(np.mean(given)), float(np.std(given))
    if np.ptp(given) == 0:
        raise unvaried(call.outcome)
    rows = sort_rows(
        frame, call.covariates, call.random, content=[given, weights], merged=False,
        threads=call.threads,
    )  # fmt: skip
    _refuse_more_effects_than_rows(rows.groups, frame.height)
    y = (rows.taken(given) - centre) / unit
    weighted = rows.taken(weights)
    model = _linear(rows, y, weighted, unit, constant, restricted=call.method == "reml")
    start = rows.groups.theta(0.5)
    # An sd of k levels has an error of about itself over the root of 2 k.
    scale = np.diag(np.repeat(0.5 / np.sqrt(rows.groups.sizes), _elements(rows.groups)))
    summit = maximise(model.evaluate, start, scale, rows.groups, 0)
    assert summit is not None  # without a limit there is a summit, or an error
    solution = model.solve(summit.parameters)
    variance = model.scale(solution)
    back = rows.columns.back() * unit
    effects = RandomEffects(
        rows.groups, solution.factor, solution.effects * unit, solution.pull, solution.bread,
        variance * unit**2, _units(rows),
    )  # fmt: skip
    return Found(
        covariates=rows.columns.covariates,
        terms=rows.columns.terms,
        beta=back @ solution.beta + centre * np.eye(len(back))[0],
        covariance=back @ linalg.inv(solution.bread) @ back.T * variance,
        random=effects,
        log_likelihood=summit.value,
        held=_held(rows.groups, summit.held),
        theta=None,
        trials=frame.height,
        cells=frame.height,
        mean=centre,
    )


def _elements(groups: Grouping) -> Integers:
    return np.asarray(groups.widths * (groups.widths + 1) // 2, dtype=np.intp)


def _linear(
    rows: Sorted, y: Floats, weights: Floats, unit: float, constant: float, *, restricted: bool
) -> LinearMixed:
    """Read the rows, and refuse collinear columns."""
    columns = rows.columns
    constant -= (len(y) - restricted * len(columns.terms)) * np.log(unit)
    constant -= restricted * np.sum(np.log(columns.ranges))
    added = sums(rows.groups, columns, rows.slopes, y, weights)
    model = LinearMixed(rows.groups, added, len(y), restricted=restricted, constant=constant)
    climb(model.fixed, columns.terms, weight=len(y) ** 2 / float(added.fixed[-1, -1]))
    return model


def generalised(frame: pl.DataFrame, call: Call) -> Found:
    """Fit a model of successes or counts to cells."""
    rows, cells, constant, tried, mean = _cells(frame, call)
    _warn_of_tiny_levels(cells, call)
    fit = generalised_mixed.fit(cells, call.points)
    groups, summit, solution = rows.groups, fit.summit, fit.solution
    terms, back = len(rows.columns.terms), rows.columns.back()
    effects = RandomEffects(
        groups, solution.factor, fit.model.mode(summit.parameters).effects, solution.pull,
        solution.bread, 1.0, _units(rows),
    )  # fmt: skip
    held = _held(groups, summit.held[terms : terms + groups.thetas])
    return Found(
        covariates=rows.columns.covariates,
        terms=rows.columns.terms,
        beta=back @ summit.parameters[:terms],
        covariance=back @ summit.spread[:terms, :terms] @ back.T,
        random=effects,
        log_likelihood=summit.value + fit.constant + constant,
        held=held + ["dispersion"] * (fit.theta == np.inf),
        theta=fit.theta,
        trials=tried,
        cells=len(cells.y),
        mean=mean,
    )


def _cells(frame: pl.DataFrame, call: Call) -> tuple[Sorted, Rows, float, int, float]:
    """Add up equal rows; return also the constant, the trials and the mean outcome of the rows."""
    counted, tried, weights, constant = _checked(frame, call)
    mean = float(np.average(counted, weights=weights))
    if counted.sum() in (0, tried.sum() if call.family == "binomial" else 0):
        raise unvaried(call.outcome)
    shift = None if call.offset is None else inputs.numbers(frame, call.offset)
    content = [] if shift is None else [shift]
    y, size = counted * weights, tried * weights
    if call.kind == NEGATIVE_BINOMIAL:
        content, y = [*content, counted], counted
    elif call.kind == POISSON and shift is not None:  # all that an offset does is in the exposure
        constant += added_up(y * shift)
        content, size, shift = [], weights * np.exp(shift), None
    uneven = call.weights is not None or call.offset is not None
    rows = sort_rows(
        frame, call.covariates, call.random, content=content, ties=[size, y] if uneven else [],
        merged=True, threads=call.threads,
    )  # fmt: skip
    y = rows.taken(y) if call.kind == NEGATIVE_BINOMIAL else rows.added(y)
    shift = None if shift is None else rows.taken(shift)
    cells = Rows(call.kind, y, rows.added(size), shift, rows.columns, rows.groups, rows.slopes)
    return rows, cells, constant, int(tried.sum()), mean


def _checked(frame: pl.DataFrame, call: Call) -> Checked:
    return checked(frame, call.outcome, call.family, call.trials, call.weights)


def _refuse_more_effects_than_rows(groups: Grouping, rows: int) -> None:
    for name, size, width in zip(groups.names, groups.sizes, groups.widths, strict=True):
        if size * width >= rows:
            raise EstimationError(
                f"`{name}`: {size * width} effects of its levels and {rows} rows; effects cannot "
                "be told from residuals"
            )


def _warn_of_tiny_levels(cells: Rows, call: Call) -> None:
    binomial = call.family == "binomial"
    least, word = (FEW_TRIALS, "trials") if binomial else (FEW_COUNTS, "counts")
    copies = cells.size if binomial or call.kind == NEGATIVE_BINOMIAL else np.ones(len(cells.y))
    total = float(np.sum(cells.size if binomial else cells.y * copies))
    for name, size in zip(cells.groups.names, cells.groups.sizes, strict=True):
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
