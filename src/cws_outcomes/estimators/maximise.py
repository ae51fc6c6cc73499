"""Climb to the top of the likelihood of a multilevel model, whose variances may be zero there."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize

from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.grouping import Grouping
from cws_outcomes.estimators.inputs import Flags, Floats, Integers
from cws_outcomes.estimators.newton import covariance

# What a variance must add to the log-likelihood to be told from zero.
NO_GAIN = 1e-6
# Standard deviations above this (in units of the residual one, or of the link) are not in doubt.
IN_DOUBT = 0.1
# A maximum that loses more than this when a variance is struck out is not tried without it.
WORTH_A_TRY = 3.0
MOST_STEPS = 12
MUCH_GROWTH = 3.0  # of a standard deviation: the steps towards it were too short, or too long
ENDLESS_SLACK = 1e-4  # of the log-likelihood, where a parameter may run to infinity
# Largest slope, in the round coordinates, at which Newton's method takes over.
NEAR = 5e-3
# Smallest eigenvalue of the correlations of the errors of variances that are told apart.
UNIDENTIFIED = 1e-6

Likelihood = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True, eq=False)
class Summit:
    """
    The maximum.

    Attributes
    ----------
    parameters : (parameters,) floats
        Fixed effects (if any), theta, and what the family adds.
    value : float
        Log-likelihood.
    spread : (parameters, parameters) floats
        Inverse of the information; zero for parameters held at zero.
    held : (parameters,) bool
        Elements of theta at their boundary of zero.
    """

    parameters: Floats
    value: float
    spread: Floats
    held: Flags


def maximise(
    evaluate: Likelihood,
    start: Floats,
    scale: Floats,
    groups: Grouping,
    begin: int,
    endless: int | None = None,
) -> Summit | None:
    """
    Maximise by BFGS, and go the last steps by Newton's method with the exact gradient.

    Parameters
    ----------
    evaluate : callable
        Gives the log-likelihood and its gradient.
    start : (parameters,) floats
        Where to begin.
    scale : (parameters, parameters) floats
        Lower triangle: coordinates in which the likelihood is about round.
    groups : Grouping
        Whose theta stands among the parameters,
    begin : int
        from here.
    endless : int, optional
        A parameter that may run to infinity: there is no summit if the likelihood does not fall
        beyond.

    Raises
    ------
    EstimationError
        No maximum was found, or the likelihood is flat in some direction.
    """
    thetas = slice(begin, begin + groups.thetas)
    at, value, scale = _first_climb(evaluate, start, scale, groups, thetas)
    for near in (NEAR / 1000, None):
        if endless is not None and _runs_away(evaluate, at, value, endless):
            return None
        at, value, held = _without_zeros(evaluate, at, value, scale, groups, thetas)
        summit = _polish(evaluate, at, scale, held, begin)
        if summit is not None:
            return summit
        if near is not None:  # close to zero the likelihood is flat, and small slopes say little
            at, value = bfgs(evaluate, at, scale, near=near)
    raise EstimationError(
        "no maximum found: the likelihood of the multilevel model is too flat; "
        "there is too little in the data for so many random effects"
    )


def _without_zeros(
    evaluate: Likelihood, at: Floats, value: float, scale: Floats, groups: Grouping, thetas: slice
) -> tuple[Floats, float, Flags]:
    """Strike out variances, the smallest first, as long as the likelihood does not fall."""
    held = np.zeros(len(at), dtype=np.bool_)
    while True:
        scales = _positive(groups.scales(at[thetas]))
        at[thetas] = groups.thetas_of(scales)
        found = _smallest(groups, scales, held[thetas])
        if found is None:
            return at, value, held
        without, less = at.copy(), held.copy()
        without[thetas] = groups.thetas_of(_without(groups, scales, *found))
        less[thetas] |= groups.thetas_of(_column(scales, *found)) != 0
        if evaluate(without)[0] < value - WORTH_A_TRY:
            return at, value, held
        without, height = bfgs(evaluate, without, scale, less)
        if height < value - NO_GAIN:
            return at, value, held
        at, value, held = without, height, less


def _first_climb(
    evaluate: Likelihood, start: Floats, scale: Floats, groups: Grouping, thetas: slice
) -> tuple[Floats, float, Floats]:
    """Climb, and again with other steps where standard deviations have left their scale."""
    at, scale = start, scale.copy()
    for _ in range(MOST_STEPS):
        before = _sizes(groups, at[thetas])
        at, value = bfgs(evaluate, at, scale)
        growth = _sizes(groups, at[thetas]) / before
        if np.all(np.maximum(growth, 1 / growth) < MUCH_GROWTH):
            break
        longer = np.ones_like(groups.scales(at[thetas])) * growth[:, None, None]
        scale[thetas] *= groups.thetas_of(longer)[:, None]
    return at, value, scale


def _sizes(groups: Grouping, theta: Floats) -> Floats:
    """Largest element of each factor's scale, and no less than what is in doubt."""
    return np.asarray(np.maximum(np.abs(groups.scales(theta)).max(axis=(1, 2)), IN_DOUBT))


def _runs_away(evaluate: Likelihood, at: Floats, value: float, place: int) -> bool:
    beyond = at.copy()
    beyond[place] += 10
    return evaluate(beyond)[0] > value - ENDLESS_SLACK


def bfgs(
    evaluate: Likelihood,
    start: Floats,
    scale: Floats,
    held: Flags | None = None,
    near: float = NEAR,
) -> tuple[Floats, float]:
    """Return where BFGS ends, some parameters held, and the value there."""
    free = np.ones(len(start), dtype=np.bool_) if held is None else ~held
    if not np.any(free):
        return start, evaluate(start)[0]
    shape = scale[np.ix_(free, free)]
    lowest = -evaluate(start)[0]

    def full(moved: Floats) -> Floats:
        place = start.copy()
        place[free] += shape @ moved
        return place

    def descend(moved: Floats) -> tuple[float, Floats]:
        try:
            value, gradient = evaluate(full(moved))
        except EstimationError:  # a step too far: the search has to come back
            return lowest + 1e6 * (1 + float(np.sum(moved**2))), moved * 1e6
        return -value, -(shape.T @ gradient[free])

    found = optimize.minimize(
        descend, np.zeros(int(free.sum())), jac=True, method="BFGS", options={"gtol": near}
    )
    return full(found.x), -float(found.fun)


def _positive(scales: Floats) -> Floats:
    """Turn signs, which the likelihood does not see, so that diagonals are not negative."""
    diagonals = np.einsum("kaa->ka", scales)
    return np.asarray(scales * np.where(diagonals < 0, -1.0, 1.0)[:, None, :], dtype=np.float64)


def _smallest(groups: Grouping, scales: Floats, held: Flags) -> tuple[int, int] | None:
    """Return the smallest free element of the diagonals, if it is so small as to be in doubt."""
    free = groups.scales((~held).astype(float))
    size = np.array(
        [[scales[k, j, j] if j < w and free[k, j, j] else np.inf
          for j in range(scales.shape[1])] for k, w in enumerate(groups.widths)]
    )  # fmt: skip
    factor, place = np.unravel_index(np.argmin(size), size.shape)
    return (int(factor), int(place)) if size[factor, place] < IN_DOUBT else None


def _column(scales: Floats, factor: int, place: int) -> Floats:
    mask = np.zeros_like(scales)
    mask[factor, place:, place] = 1
    return mask


def _without(groups: Grouping, scales: Floats, factor: int, place: int) -> Floats:
    """Put zero in place of an element of a diagonal; later columns take over what was below it."""
    result = scales.copy()
    width = int(groups.widths[factor])
    below = scales[factor, place + 1 : width, place:width]
    result[factor, place:width, place:width] = 0
    if len(below):
        triangle = linalg.qr(below.T, mode="r")[0][: len(below)].T
        result[factor, place + 1 : width, place + 1 : width] = triangle
    return _positive(result)


def _polish(
    evaluate: Likelihood, near: Floats, scale: Floats, held: Flags, plain: int
) -> Summit | None:
    """Take Newton steps to the top; the exact Hessian is found anew only if they do not arrive."""
    free = np.flatnonzero(~held)
    if not len(free):
        return Summit(near, evaluate(near)[0], np.zeros((len(near), len(near))), held)
    for _ in range(3):
        curved = information(evaluate, near, scale, free, plain)
        try:
            factor = linalg.cho_factor(curved)
        except linalg.LinAlgError:
            return None
        value, gradient = evaluate(near)
        for _ in range(MOST_STEPS):
            step = np.zeros(len(near))
            step[free] = linalg.cho_solve(factor, gradient[free])
            if float(np.sum(step * gradient)) < 1e-11 * (1 + abs(value) * 1e-4):
                spread = np.zeros((len(near), len(near)))
                spread[np.ix_(free, free)] = covariance(curved)
                _refuse_flat(spread, free[free >= plain])
                return Summit(near + step, value, spread, held)
            moved = _step(evaluate, near, step, value)
            if moved is None:
                return None
            near, value, gradient = moved
    return None


def _step(
    evaluate: Likelihood, near: Floats, step: Floats, value: float
) -> tuple[Floats, float, Floats] | None:
    """Take as much of a step as does not lose: all of it, near the top."""
    for share in (1, 1 / 2, 1 / 4, 1 / 8):
        try:
            height, gradient = evaluate(near + share * step)
        except EstimationError:
            continue
        if height > value - 1e-9 * (1 + abs(value)):
            return near + share * step, height, gradient
    return None


def _refuse_flat(spread: Floats, thetas: Integers) -> None:
    """Refuse variances of which one combination has an error out of all proportion."""
    own = spread[np.ix_(thetas, thetas)]
    size = np.sqrt(np.diag(own))
    if len(own) and linalg.eigvalsh(own / np.outer(size, size))[0] < UNIDENTIFIED:
        raise EstimationError(
            "nearly unidentified: the random effects can take one another's place; leave one out"
        )


def information(
    evaluate: Likelihood, at: Floats, scale: Floats, free: Integers | None = None, plain: int = 0
) -> Floats:
    """
    Differentiate the exact gradient, in steps of a thousandth of a standard error.

    Ahead and behind, but for the first ``plain`` parameters: in fixed effects the gradient is so
    near a straight line that the step ahead is enough.
    """
    free = np.arange(len(at)) if free is None else free
    shape = scale[np.ix_(free, free)]
    inverse = linalg.inv(shape)
    here = evaluate(at)[1] if plain else np.zeros(len(at))
    rows = []
    for place, direction in zip(free, shape.T * 1e-3, strict=True):
        move = np.zeros(len(at))
        move[free] = direction
        ahead = evaluate(at + move)[1]
        behind = here if place < plain else evaluate(at - move)[1]
        rows.append((behind - ahead)[free] / (1e-3 if place < plain else 2e-3))
    curved = inverse.T @ np.array(rows)
    return np.asarray((curved + curved.T) / 2, dtype=np.float64)
