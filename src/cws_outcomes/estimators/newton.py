"""Newton's method with step-halving that refuses to return a broken fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import linalg

from cws_outcomes.errors import EstimationError
from cws_outcomes.estimators.inputs import Floats, listed

MOST_ITERATIONS = 60
MOST_HALVINGS = 25
# Twice the log-likelihood still to be gained. Newton converges quadratically, so the step that
# is taken after this is met leaves about its square.
NOTHING_LEFT = 1e-9
# A share of a term's information that the terms before it leave unexplained. R's coxph uses 2e-12
# of the raw matrix; columns are scaled here and a dependence is an error, so this can be stricter.
COLLINEAR = 1e-9
# A step that still moves a linear predictor by this much, when nothing is left to gain, is a
# coefficient on its way to infinity.
STILL_MOVING = 1e-3


class Evaluation(NamedTuple):
    """A log-likelihood with its first derivatives and the negative of its second."""

    value: float
    score: Floats
    information: Floats


@dataclass(frozen=True)
class Maximum:
    """Where the climb ended: estimates, the evaluation there and at the start, steps taken."""

    estimate: Floats
    end: Evaluation
    start: Evaluation
    iterations: int


def climb(
    evaluate: Callable[[Floats], Evaluation], terms: Sequence[str], ranges: Floats
) -> Maximum:
    """
    Maximise a concave log-likelihood from zero.

    Parameters
    ----------
    evaluate : callable
        Gives value, score and information at a vector of coefficients.
    terms : sequence of str
        Names for messages.
    ranges : (terms,) floats
        Largest minus smallest value of each column: what a step of one means to a row.

    Raises
    ------
    EstimationError
        Columns are collinear, a coefficient runs to infinity (separation), or the climb stalls.
    """
    estimate = np.zeros(len(terms))
    start = here = evaluate(estimate)
    refuse_collinear(start.information, terms, ranges)
    for iteration in range(1, MOST_ITERATIONS + 1):
        step = _solve(here, terms)
        gain = float(np.sum(step * here.score))
        estimate, here = _halve(evaluate, estimate, step, here)
        if gain < NOTHING_LEFT:
            _refuse_separated(step * ranges, terms)
            return Maximum(estimate, here, start, iteration)
    _refuse_separated(step * ranges, terms)
    raise EstimationError(f"no maximum found in {MOST_ITERATIONS} Newton steps")


def _solve(here: Evaluation, terms: Sequence[str]) -> Floats:
    try:
        factor = linalg.cho_factor(here.information)
    except linalg.LinAlgError:
        flat = np.diag(here.information) <= COLLINEAR * np.max(np.diag(here.information))
        _refuse_separated(flat.astype(float), terms)
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


def _refuse_separated(moves: Floats, terms: Sequence[str]) -> None:
    moving = [term for term, move in zip(terms, moves, strict=True) if abs(move) > STILL_MOVING]
    if moving:
        raise EstimationError(
            f"separation: the coefficient of {listed(moving)} runs to infinity, as when a level "
            "has no event or only events; merge levels or leave the term out"
        )


def refuse_collinear(information: Floats, terms: Sequence[str], ranges: Floats) -> None:
    """Raise if a column is determined by those before it, and name both."""
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    flat = scale * scale <= COLLINEAR * np.max(scale * scale / ranges**2) * ranges**2 * 1e-3
    if np.any(flat):
        names = [term for term, is_flat in zip(terms, flat, strict=True) if is_flat]
        raise EstimationError(
            f"{listed(names)} never varies among those at risk together (within strata); "
            "leave it out"
        )
    share = information / np.outer(scale, scale)
    for place in range(1, len(terms)):
        weights = linalg.lstsq(share[:place, :place], share[:place, place])[0]
        if 1 - float(np.sum(weights * share[:place, place])) < COLLINEAR:
            with_ = [terms[i] for i in range(place) if abs(weights[i]) > 1e-6]
            raise EstimationError(
                f"collinear: `{terms[place]}` is determined by {listed(with_)}; leave one out"
            )
