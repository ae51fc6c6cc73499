r"""
What a row adds to a log-likelihood, as a function of its linear predictor :math:`\eta`.

Each response is log-concave in :math:`\eta`, and has the value, slope, curvature (the negative of
the second derivative: observed, not expected, as the Laplace approximation needs it) and the slope
of the curvature: these are in ``row_loops``. McCullagh and Nelder (1989); negative binomial: NB2,
variance :math:`\mu + \mu^2 / \theta`, as ``MASS::glm.nb`` and ``glmmTMB(family = nbinom2)``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from cws_outcomes.estimators import row_loops
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.inputs import Floats, check_choice

# Beyond, a difference of gamma functions would be little but rounding: Stirling's series instead.
FAR = 1e3


class Response(NamedTuple):
    """
    A distribution with its link.

    Attributes
    ----------
    kind : int
        Its number in ``row_loops``.
    mean : callable
        Of the predictor.
    link : callable
        Its inverse.
    canonical : bool
        Whether the curvature does not depend on the outcome.
    """

    kind: int
    mean: Callable[[Floats], Floats]
    link: Callable[[float], float]
    canonical: bool = True


def _cloglog_mean(eta: Floats) -> Floats:
    return np.asarray(-np.expm1(-np.exp(eta)), dtype=np.float64)


_LOG = Response(row_loops.POISSON, np.exp, lambda mean: float(np.log(mean)))
# The first link is the usual one.
RESPONSES: Mapping[str, Mapping[str, Response]] = {
    "gaussian": {
        "identity": Response(row_loops.GAUSSIAN, lambda eta: eta, lambda mean: mean),
    },
    "binomial": {
        "logit": Response(row_loops.LOGIT, special.expit, lambda mean: float(special.logit(mean))),
        "probit": Response(
            row_loops.PROBIT, special.ndtr, lambda mean: float(special.ndtri(mean)), False
        ),
        "cloglog": Response(
            row_loops.CLOGLOG, _cloglog_mean, lambda mean: float(np.log(-np.log1p(-mean))), False
        ),
    },
    "poisson": {"log": _LOG},
    "negative_binomial": {"log": _LOG._replace(kind=row_loops.NEGATIVE_BINOMIAL, canonical=False)},
}


def response(
    known: Mapping[str, Mapping[str, Response]], family: str, link: str | None
) -> tuple[str, Response]:
    """Return a link, the usual one if none is named, and what it makes of a family."""
    check_choice("family", family, known)
    link = link or next(iter(known[family]))
    check_choice(f"link of {family}", link, known[family])
    return link, known[family][link]


def heights(
    kind: int, y: Floats, size: Floats, eta: Floats, theta: float = 1.0,
    parts: Sequence[tuple[int, int]] = (), threads: int = 1,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Value, slope and curvature of each row."""
    value, slope, curvature = np.empty((3, len(eta)))

    def part(rows: tuple[int, int]) -> None:
        row_loops.flat(kind, y, size, eta, theta, *rows, value, slope, curvature)

    in_parts(part, parts or [(0, len(eta))], threads)
    return value, slope, curvature


class Gammas:
    """What gamma functions add to an NB2 log-likelihood: by distinct outcome, as they are slow."""

    def __init__(self, y: Floats, copies: Floats) -> None:
        self.y, place = np.unique(y, return_inverse=True)
        self.copies = np.bincount(place, copies)

    def at(self, theta: float) -> tuple[float, float]:
        """Return the sum, and its slope in log theta."""
        y, more = self.y, self.y + theta
        if theta < FAR:
            value = special.gammaln(more) - special.gammaln(theta)
            slope = special.digamma(more) - special.digamma(theta)
        else:
            gap = y / (theta * more)
            value = (theta - 0.5) * np.log1p(y / theta) + y * (np.log(more) - 1) - gap / 12
            slope = np.log1p(y / theta) + gap / 2 + gap * (1 / theta + 1 / more) / 12
        value = self.copies * (value - special.gammaln(y + 1))
        return float(np.sum(value)), float(np.sum(self.copies * theta * slope))
