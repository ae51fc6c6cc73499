"""
Compiled loops over the rows of a generalised linear model; of a mixed one, run after run.

What a response is stands here and not beside ``responses``: machine code is kept by file, and a
loop would not notice that a function of another file has changed.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cws_outcomes.estimators.compiled import compiled

Array = NDArray[Any]
GAUSSIAN, LOGIT, PROBIT, CLOGLOG, POISSON, NEGATIVE_BINOMIAL = range(6)
ROOT = np.sqrt(2.0)
LOG_ROOT = np.log(2.0 * np.pi) / 2.0


@compiled
def _log_normal(x: float) -> float:
    """Log of the normal distribution function; far out by its asymptotic series."""
    if x > 0.0:
        height: float = np.log1p(-math.erfc(x / ROOT) / 2.0)
    elif x > -37.0:
        height = np.log(math.erfc(-x / ROOT) / 2.0)
    else:
        v = 1.0 / (x * x)
        thin = np.log1p(-v * (1.0 - v * (3.0 - v * (15.0 - 105.0 * v))))
        height = thin - np.log(-x) - x * x / 2.0 - LOG_ROOT
    return height


@compiled
def _probit(y: float, size: float, eta: float) -> tuple[float, float, float]:
    density = -eta * eta / 2.0 - LOG_ROOT
    rise, fall = np.exp(density - _log_normal(eta)), np.exp(density - _log_normal(-eta))
    up, down = rise * (rise + eta), fall * (fall - eta)  # curvatures of a success and a failure
    third = y * (rise - up * (2.0 * rise + eta)) + (size - y) * (down * (2.0 * fall - eta) - fall)
    return y * rise - (size - y) * fall, y * up + (size - y) * down, third


@compiled
def slopes_of(
    kind: int, y: float, size: float, eta: float, theta: float
) -> tuple[float, float, float]:
    """Slope, curvature, slope of the curvature; ``size`` is trials, exposure or copies."""
    if kind == LOGIT:
        small = np.exp(-abs(eta))
        mean = 1.0 / (1.0 + small)
        if eta < 0.0:
            mean = small * mean
        curvature = size * mean * (1.0 - mean)
        return y - size * mean, curvature, curvature * (1.0 - 2.0 * mean)
    if kind == GAUSSIAN:
        return y - size * eta, size, 0.0
    if kind == PROBIT:
        return _probit(y, size, eta)
    mean = np.exp(min(eta, 700.0))
    if kind == POISSON:
        return y - size * mean, size * mean, size * mean
    if kind == CLOGLOG:
        share = mean / np.expm1(mean) if mean < 700.0 else 0.0  # of successes, as they thin out
        first = share * (1.0 - mean - share)
        second = first * (1.0 - mean - share) - share * (mean + first)
        rest = (size - y) * mean
        return y * share - rest, rest - y * first, rest - y * second
    share = 1.0 / (1.0 + theta / mean) if mean > 0.0 else 0.0  # of the mean in theta + mean
    curvature = size * (y + theta) * share * (1.0 - share)
    return size * (y * (1.0 - share) - theta * share), curvature, curvature * (1.0 - 2.0 * share)


@compiled
def height_of(kind: int, y: float, size: float, eta: float, theta: float) -> float:
    """Log-likelihood, but for what no parameter moves and, of NB2, its gamma functions."""
    if kind == LOGIT:
        height: float = y * eta - size * (max(eta, 0.0) + np.log1p(np.exp(-abs(eta))))
    elif kind == GAUSSIAN:
        height = y * eta - size * eta * eta / 2.0
    elif kind == PROBIT:
        height = y * _log_normal(eta) + (size - y) * _log_normal(-eta)
    elif kind == POISSON:
        height = y * eta - size * np.exp(min(eta, 700.0))
    elif kind == CLOGLOG:
        hazard = np.exp(min(eta, 700.0))
        height = (y * np.log(-np.expm1(-hazard)) if y > 0.0 else 0.0) - (size - y) * hazard
    else:
        far = eta - np.log(theta)
        grown = max(far, 0.0) + np.log1p(np.exp(-abs(far)))  # log((theta + mean) / theta)
        height = size * (y * (far - grown) - theta * grown)
    return height


@compiled
def all_of(
    kind: int, y: float, size: float, eta: float, theta: float
) -> tuple[float, float, float]:
    """Value, slope and curvature; of a logit, whose rows are the most, from one exponential."""
    if kind == LOGIT:
        small = np.exp(-abs(eta))
        likely = 1.0 / (1.0 + small)
        mean = likely if eta >= 0.0 else small * likely
        height = y * eta - size * (max(eta, 0.0) + np.log(1.0 + small))
        return height, y - size * mean, size * mean * (1.0 - mean)
    slope, curvature, _ = slopes_of(kind, y, size, eta, theta)
    return height_of(kind, y, size, eta, theta), slope, curvature


@compiled
def by_theta(y: float, size: float, eta: float, theta: float) -> tuple[float, float, float]:
    """Derivatives in log theta of the value (but its gammas), slope and curvature: NB2."""
    far = eta - np.log(theta)
    share = 1.0 / (1.0 + np.exp(-min(max(far, -700.0), 700.0)))
    grown = max(far, 0.0) + np.log1p(np.exp(-abs(far)))
    rest = 1.0 - share
    value = size * (share * (y + theta) - y - theta * grown)
    slope = size * share * (y * rest - theta * share)
    curvature = size * share * rest * ((y + 2 * theta) * share - y * rest)
    return value, slope, curvature


@compiled
def flat(
    kind: int, y: Array, size: Array, eta: Array, theta: float, first: int, last: int, value: Array,
    slope: Array, curvature: Array,
) -> None:  # fmt: skip
    """Value, slope and curvature of some rows."""
    for i in range(first, last):
        value[i], slope[i], curvature[i] = all_of(kind, y[i], size[i], eta[i], theta)


@compiled
def integrand(
    kind: int, y: Array, size: Array, fixed: Array, slopes: Array, by_run: Array, starts: Array,
    theta: float, first: int, last: int, value: Array, score: Array, weights: Array,
) -> None:  # fmt: skip
    """Value of each run, and the sums of its slopes and curvatures on the columns of z."""
    dimension = by_run.shape[1]
    for r in range(first, last):
        total, level, score0, weight0 = 0.0, by_run[r, 0], 0.0, 0.0
        for i in range(starts[r], starts[r + 1]):
            eta = fixed[i] + level
            for d in range(1, dimension):
                eta += by_run[r, d] * slopes[d - 1, i]
            height, slope, curvature = all_of(kind, y[i], size[i], eta, theta)
            total += height
            score0 += slope
            weight0 += curvature
            for d in range(1, dimension):
                z = slopes[d - 1, i]
                score[r, d] += slope * z
                weights[r, d, 0] += curvature * z
                for e in range(1, d + 1):
                    weights[r, d, e] += curvature * z * slopes[e - 1, i]
        value[r], score[r, 0], weights[r, 0, 0] = total, score0, weight0
        for d in range(dimension):
            for e in range(d):
                weights[r, e, d] = weights[r, d, e]


@compiled
def lean(
    kind: int, y: Array, size: Array, fixed: Array, slopes: Array, by_run: Array, starts: Array,
    theta: float, first: int, last: int, spread: Array, both: Array, curvatures: Array,
    pulls: Array, turns: Array, direct: Array,
) -> None:  # fmt: skip
    """How log|M| leans on each row: through its curvature, by its part in the spread of effects."""
    dimension = by_run.shape[1]
    for r in range(first, last):
        near = spread[r]
        for i in range(starts[r], starts[r + 1]):
            eta, share = fixed[i] + by_run[r, 0], near[0, 0]
            for d in range(1, dimension):
                z = slopes[d - 1, i]
                eta += by_run[r, d] * z
                share += 2 * near[d, 0] * z
                for e in range(1, dimension):
                    share += z * near[d, e] * slopes[e - 1, i]
            slope, curvature, third = slopes_of(kind, y[i], size[i], eta, theta)
            pull = -0.5 * third * share
            both[i] = slope + pull
            curvatures[i] = curvature
            pulls[r, 0] += pull
            for d in range(1, dimension):
                pulls[r, d] += pull * slopes[d - 1, i]
            if kind == NEGATIVE_BINOMIAL:
                more, turn, wider = by_theta(y[i], size[i], eta, theta)
                direct[r] += more - 0.5 * wider * share
                turns[r, 0] += turn
                for d in range(1, dimension):
                    turns[r, d] += turn * slopes[d - 1, i]


@compiled
def finish(
    both: Array, curvature: Array, slopes: Array, along: Array, starts: Array, first: int,
    last: int, left: Array,
) -> None:  # fmt: skip
    """Take off what the mode, as it moves, takes up; add up by run."""
    dimension = along.shape[1]
    for r in range(first, last):
        for i in range(starts[r], starts[r + 1]):
            moved = along[r, 0]
            for d in range(1, dimension):
                moved += along[r, d] * slopes[d - 1, i]
            both[i] -= curvature[i] * moved
            left[r, 0] += both[i]
            for d in range(1, dimension):
                left[r, d] += both[i] * slopes[d - 1, i]


@compiled
def at_points(
    kind: int, y: Array, size: Array, fixed: Array, starts: Array, theta: float, first: int,
    last: int, effects: Array, heights: Array, scores: Array, directs: Array,
) -> None:  # fmt: skip
    """Value and slopes of each run at each of its points."""
    for r in range(first, last):
        for i in range(starts[r], starts[r + 1]):
            for j in range(effects.shape[1]):
                eta = fixed[i] + effects[r, j]
                heights[r, j] += height_of(kind, y[i], size[i], eta, theta)
                scores[r, j] += slopes_of(kind, y[i], size[i], eta, theta)[0]
                if kind == NEGATIVE_BINOMIAL:
                    directs[r, j] += by_theta(y[i], size[i], eta, theta)[0]


@compiled
def mean_slope(
    kind: int, y: Array, size: Array, fixed: Array, starts: Array, theta: float, first: int,
    last: int, effects: Array, shares: Array, slopes: Array,
) -> None:  # fmt: skip
    """Slope of each row, averaged over the points of its run."""
    for r in range(first, last):
        for i in range(starts[r], starts[r + 1]):
            total = 0.0
            for j in range(effects.shape[1]):
                eta = fixed[i] + effects[r, j]
                total += shares[r, j] * slopes_of(kind, y[i], size[i], eta, theta)[0]
            slopes[i] = total
