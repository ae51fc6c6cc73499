"""Aalen-Johansen cumulative incidence from counts of few steps, with limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import NamedTuple

_Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Exits:
    """
    Counts of one step of a curve.

    Attributes
    ----------
    at_risk : int
        Effective number at risk: of so many persons, without censoring inside the step, the events
        are the fraction that the exact curve gains. Without censoring it is the number at risk
        when the step opens.
    events, competing : int
        Events and competing events in the step.
    """

    at_risk: int
    events: int
    competing: int


class Estimate(NamedTuple):
    """Cumulative incidence at the end of a step, and its 95 % limits."""

    incidence: float
    lower: float
    upper: float


def grouped_incidence(steps: Sequence[Exits]) -> list[Estimate]:
    """
    Cumulative incidence at the end of each step.

    With S the probability of neither event, F(j) = F(j-1) + S(j-1) d(j) / n(j) and
    S(j) = S(j-1) (1 - (d(j) + c(j)) / n(j)) (Aalen and Johansen 1978, Scand J Stat 5:141).

    Parameters
    ----------
    steps : sequence of Exits
        In order of time. A number at risk below its exits is raised to them.

    Returns
    -------
    list of Estimate
        One for each step.

    Notes
    -----
    Variance by the delta method (Marubini and Valsecchi 1995, Analysing Survival Data from
    Clinical Trials and Observational Studies, ch. 10), which is F (1 - F) / n without censoring;
    limits on the complementary log-log scale, so that they stay between 0 and 1.
    """
    staying, path = 1.0, []
    for step in steps:
        n = max(step.at_risk, step.events + step.competing)
        path.append((n, step, staying))
        staying *= 1 - (step.events + step.competing) / n
    return _estimates(path)


def _estimates(path: Sequence[tuple[int, Exits, float]]) -> list[Estimate]:
    reached, so_far = [], 0.0
    for n, step, staying in path:
        so_far += staying * step.events / n
        reached.append(so_far)
    return [
        _with_limits(reached[last], _variance(path[: last + 1], reached[: last + 1]))
        for last in range(len(path))
    ]


def _variance(path: Sequence[tuple[int, Exits, float]], reached: Sequence[float]) -> float:
    total = 0.0
    for (n, step, staying), here in zip(path, reached, strict=True):
        ahead = reached[-1] - here
        exits = step.events + step.competing
        # Where a step takes everyone nothing lies ahead, and the first term has no meaning.
        lost = exits / (n * (n - exits)) if n > exits else 0.0
        total += ahead**2 * lost
        total += staying**2 * step.events * (n - step.events) / n**3
        total -= 2 * ahead * staying * step.events / n**2
    return max(total, 0.0)


def _with_limits(incidence: float, variance: float) -> Estimate:
    if not 0 < incidence < 1:
        return Estimate(incidence, incidence, incidence)
    spread = _Z_95 * sqrt(variance) / ((1 - incidence) * log(1 - incidence))
    limits = (1 - (1 - incidence) ** exp(sign * spread) for sign in (1, -1))
    lower, upper = sorted(limits)
    return Estimate(incidence, lower, upper)
