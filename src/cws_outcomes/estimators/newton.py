"""Newton's method with step-halving that refuses to return a broken fit."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import linalg

from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Flags, Floats, listed

MOST_ITERATIONS = 60
MOST_HALVINGS = 25
# Twice the log-likelihood still to be gained. Newton converges quadratically, so the step that
# is taken once this is met leaves about its square.
NOTHING_LEFT = 1e-10
# A last step so small that it is taken without a look at where it leads: most to be gained by it,
# and largest coefficient. For columns that span one unit, value and information change by no larger
# shares than these.
UNSEEN = (1e-8, 1e-9)
# The share of a term's information that the terms before it leave unexplained.
COLLINEAR = 1e-9
# Information of a term whose columns never differ within a risk set: rounding, for each event.
FLAT = 1e-12
# A coefficient on its way to infinity goes about one unit of the linear predictor in each step,
# however little is left to gain; one that has a maximum does not move any more.
STILL_MOVING = 0.05


class Evaluation(NamedTuple):
    """A log-likelihood with its first derivatives and the negative of its second."""

    value: float
    score: Floats
    information: Floats


@dataclass(frozen=True, eq=False)
class Maximum:
    """
    Where the climb ended: estimates, the evaluation there and at the start, steps taken.

    ``evaluated`` is where ``end`` was evaluated: at the estimates, or within rounding of them.
    """

    estimate: Floats
    end: Evaluation
    start: Evaluation
    iterations: int
    evaluated: Floats


def climb(
    evaluate: Callable[[Floats], Evaluation],
    terms: Sequence[str],
    *,
    weight: float,
    origin: Floats | None = None,
    unseen: tuple[float, float] = UNSEEN,
) -> Maximum:
    """
    Maximise a concave log-likelihood.

    Parameters
    ----------
    evaluate : callable
        Gives value, score and information at a vector of coefficients, for columns whose values
        span one unit: so a coefficient is also the most that it can move a linear predictor.
    terms : sequence of str
        Names for messages.
    weight : float
        Total weight of what informs the fit (events, trials), the yardstick of information.
    origin : (terms,) floats, optional
        Where to begin; zero by default.
    unseen : (float, float)
        Gain and largest coefficient below which a step is the last, and not looked at.

    Raises
    ------
    EstimationError
        Columns are collinear, a coefficient runs to infinity (separation), or the climb stalls.
    """
    estimate = np.zeros(len(terms)) if origin is None else origin
    start = here = evaluate(estimate)
    _refuse_collinear(start.information, terms, weight)
    for iteration in range(1, MOST_ITERATIONS + 1):
        step = _solve(here, terms)
        gain = float(np.sum(step * here.score))
        if gain < unseen[0] and np.max(np.abs(step)) < unseen[1]:
            return Maximum(estimate + step, here, start, iteration, estimate)
        estimate, here = _halve(evaluate, estimate, step, here)
        if gain < NOTHING_LEFT:
            break
    _refuse_separated(np.abs(step) > STILL_MOVING, terms)
    if gain >= NOTHING_LEFT:
        raise EstimationError(f"no maximum found in {MOST_ITERATIONS} Newton steps")
    return Maximum(estimate, here, start, iteration, estimate)


def covariance(information: Floats) -> Floats:
    """Inverse of an information matrix."""
    factor = linalg.cho_factor(information)
    return np.asarray(linalg.cho_solve(factor, np.eye(len(information))), dtype=np.float64)


def _solve(here: Evaluation, terms: Sequence[str]) -> Floats:
    try:
        factor = linalg.cho_factor(here.information)
    except linalg.LinAlgError:
        size = np.diag(here.information)
        _refuse_separated(size <= COLLINEAR * np.max(size), terms)
        raise EstimationError("the information matrix became singular on the way") from None
    return np.asarray(linalg.cho_solve(factor, here.score), dtype=np.float64)


def _halve(
    evaluate: Callable[[Floats], Evaluation], origin: Floats, step: Floats, here: Evaluation
) -> tuple[Floats, Evaluation]:
    slack = 1e-12 * (1 + abs(here.value))  # rounding of a sum, near the top
    for halving in range(MOST_HALVINGS):
        estimate = origin + step / 2**halving
        there = evaluate(estimate)
        if np.isfinite(there.value) and there.value >= here.value - slack:
            return estimate, there
    raise EstimationError("no step improves the fit: the likelihood cannot be maximised here")


def _refuse_separated(moving: Flags, terms: Sequence[str]) -> None:
    if np.any(moving):
        names = [term for term, moves in zip(terms, moving, strict=True) if moves]
        raise EstimationError(
            f"separation: the coefficient of {listed(names)} runs to infinity, as when a level "
            "has no event or only events; merge levels or leave the term out"
        )


def _refuse_collinear(information: Floats, terms: Sequence[str], weight: float) -> None:
    size = np.diag(information)
    if np.any(size <= FLAT * weight):
        names = [term for term, own in zip(terms, size, strict=True) if own <= FLAT * weight]
        raise EstimationError(
            f"{listed(names)}: no variation among rows that are compared (those at risk "
            "together within a stratum); leave out"
        )
    share = information / np.sqrt(np.outer(size, size))
    with suppress(linalg.LinAlgError):
        # What the terms before leave unexplained are the squares of a Cholesky factor's diagonal.
        if np.min(np.diag(linalg.cholesky(share))) ** 2 > 2 * COLLINEAR:
            return
    for place in range(1, len(terms)):
        before, own = share[:place, :place], share[:place, place]
        explained = linalg.solve(before, own, assume_a="pos")
        if 1 - float(np.sum(explained * own)) < COLLINEAR:
            others = [terms[i] for i in range(place) if abs(explained[i]) > 1e-6]
            raise EstimationError(
                f"collinear: `{terms[place]}` is determined by {listed(others)}; leave one out"
            )
