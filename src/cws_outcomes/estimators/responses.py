r"""
What a row adds to a log-likelihood, as a function of its linear predictor :math:`\eta`.

Each response is log-concave in :math:`\eta`, and has the value, slope, curvature (the negative of
the second derivative: observed, not expected, as the Laplace approximation needs it) and the slope
of the curvature. McCullagh and Nelder (1989); negative binomial: NB2, variance
:math:`\mu + \mu^2 / \theta`, as ``MASS::glm.nb`` and ``glmmTMB(family = nbinom2)``.
"""

import numpy as np
from scipy import special

from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Floats

LOGIT, CLOGLOG, POISSON, NEGATIVE_BINOMIAL = range(4)
RESPONSES = {
    ("binomial", "logit"): LOGIT,
    ("binomial", "cloglog"): CLOGLOG,
    ("poisson", "log"): POISSON,
    ("negative_binomial", "log"): NEGATIVE_BINOMIAL,
}
DEFAULT_LINK = {
    "gaussian": "identity",
    "binomial": "logit",
    "poisson": "log",
    "negative_binomial": "log",
}


def response(family: str, link: str | None) -> int:
    """Return the number of a family with a link; no link is the usual one."""
    if family not in DEFAULT_LINK:
        raise EstimationError(f"family: expected one of {', '.join(DEFAULT_LINK)}")
    link = link or DEFAULT_LINK[family]
    if family == "gaussian" and link == "identity":
        return -1
    if (family, link) not in RESPONSES:
        links = [own for known, own in RESPONSES if known == family] or ["identity"]
        raise EstimationError(f"link of {family}: expected one of {', '.join(links)}")
    return RESPONSES[family, link]


@compiled
def slopes_of(
    kind: int, y: float, size: float, eta: float, theta: float
) -> tuple[float, float, float]:
    """Slope, curvature, slope of the curvature; ``size`` is trials, exposure or copies."""
    if kind == 0:  # logit
        small = np.exp(-abs(eta))
        mean = 1.0 / (1.0 + small)
        if eta < 0.0:
            mean = small * mean
        curvature = size * mean * (1.0 - mean)
        return y - size * mean, curvature, curvature * (1.0 - 2.0 * mean)
    mean = np.exp(min(eta, 700.0))
    if kind == 2:  # Poisson
        return y - size * mean, size * mean, size * mean
    if kind == 1:  # complementary log-log
        share = mean / np.expm1(mean) if mean < 700.0 else 0.0  # of successes, as they thin out
        first = share * (1.0 - mean - share)
        second = first * (1.0 - mean - share) - share * (mean + first)
        rest = (size - y) * mean
        return y * share - rest, rest - y * first, rest - y * second
    total = theta + mean
    curvature = size * (y + theta) * theta * mean / total**2
    return size * theta * (y - mean) / total, curvature, curvature * (theta - mean) / total


@compiled
def height_of(kind: int, y: float, size: float, eta: float, theta: float) -> float:
    """Log-likelihood, but for what no parameter moves and, of NB2, its gamma functions."""
    if kind == 0:
        height: float = y * eta - size * (max(eta, 0.0) + np.log1p(np.exp(-abs(eta))))
        return height
    mean = np.exp(min(eta, 700.0))
    if kind == 2:
        height = y * eta - size * mean
    elif kind == 1:
        height = (y * np.log(-np.expm1(-mean)) if y > 0.0 else 0.0) - (size - y) * mean
    else:
        height = size * (y * (eta - np.log(theta + mean)) - theta * np.log1p(mean / theta))
    return height


@compiled
def by_theta(y: float, size: float, eta: float, theta: float) -> tuple[float, float, float]:
    """Derivatives in log theta of the value (but its gammas), slope and curvature: NB2."""
    mean = np.exp(min(eta, 700.0))
    total = theta + mean
    value = theta * size * (-(y + theta) / total + 1.0 - np.log1p(mean / theta))
    slope = theta * size * (y - mean) * mean / total**2
    curvature = theta * size * mean * ((y + 2 * theta) * mean - y * theta) / total**3
    return value, slope, curvature


class Gammas:
    """What gamma functions add to an NB2 log-likelihood: by distinct outcome, as they are slow."""

    def __init__(self, y: Floats, copies: Floats) -> None:
        self.y, place = np.unique(y, return_inverse=True)
        self.copies = np.bincount(place, copies)

    def at(self, theta: float) -> tuple[float, float]:
        """Return the sum, and its slope in log theta."""
        y, copies = self.y, self.copies
        value = special.gammaln(y + theta) - special.gammaln(theta) - special.gammaln(y + 1)
        slope = theta * (special.digamma(y + theta) - special.digamma(theta))
        return float(np.sum(copies * value)), float(np.sum(copies * slope))
