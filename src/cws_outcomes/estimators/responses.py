r"""
What a row adds to a log-likelihood, as a function of its linear predictor :math:`\eta`.

Each response is log-concave in :math:`\eta`, and has the value, slope, curvature (the negative of
the second derivative: observed, not expected, as the Laplace approximation needs it) and the slope
of the curvature. McCullagh and Nelder (1989); negative binomial: NB2, variance
:math:`\mu + \mu^2 / \theta`, as ``MASS::glm.nb`` and ``glmmTMB(family = nbinom2)``.
"""

import numpy as np
from scipy import special

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
