"""Log-likelihoods of a linear predictor: value, slope, curvature, and the mean it stands for."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from scipy import special

from cws_outcomes.estimators.inputs import Floats


class Slopes(NamedTuple):
    """By row: log-likelihood, its slope, its curvature, and the expected curvature."""

    value: Floats
    slope: Floats
    curvature: Floats
    expected: Floats


class Family(NamedTuple):
    """
    A distribution with its link.

    Attributes
    ----------
    slopes : callable
        Of the predictor, the (weighted) total of outcomes, and the weight of trials.
    mean : callable
        Of the predictor.
    link : callable
        Its inverse.
    canonical : bool
        Whether the curvature is what is expected of it.
    """

    slopes: Callable[[Floats, Floats, Floats], Slopes]
    mean: Callable[[Floats], Floats]
    link: Callable[[float], float]
    canonical: bool = True


def _gaussian(eta: Floats, total: Floats, weight: Floats) -> Slopes:
    # Half the square of the outcome is the same at any coefficient, and left out.
    return Slopes(total * eta - weight * eta * eta / 2, total - weight * eta, weight, weight)


def _logit(eta: Floats, total: Floats, weight: Floats) -> Slopes:
    mean = special.expit(eta)
    spread = weight * mean * special.expit(-eta)
    value = total * eta - weight * np.logaddexp(0.0, eta)
    return Slopes(value, total - weight * mean, spread, spread)


def _probit(eta: Floats, total: Floats, weight: Floats) -> Slopes:
    up, down = special.log_ndtr(eta), special.log_ndtr(-eta)
    density = -0.5 * eta * eta - 0.5 * np.log(2 * np.pi)
    rise, fall, failed = np.exp(density - up), np.exp(density - down), weight - total
    curvature = total * rise * (rise + eta) + failed * fall * (fall - eta)
    slope = total * rise - failed * fall
    return Slopes(total * up + failed * down, slope, curvature, weight * rise * fall)


def _cloglog(eta: Floats, total: Floats, weight: Floats) -> Slopes:
    hazard, failed = np.exp(eta), weight - total
    with np.errstate(over="ignore"):
        rise = hazard / np.expm1(hazard)
    value = total * np.log(-np.expm1(-hazard)) - failed * hazard
    curvature = total * rise * (rise + hazard - 1) + failed * hazard
    slope = total * rise - failed * hazard
    return Slopes(value, slope, curvature, weight * hazard * rise)


def _poisson(eta: Floats, total: Floats, weight: Floats) -> Slopes:
    mean = weight * np.exp(eta)
    return Slopes(total * eta - mean, total - mean, mean, mean)


FAMILIES: Mapping[str, Mapping[str, Family]] = {
    "gaussian": {"identity": Family(_gaussian, lambda eta: eta, lambda mean: mean)},
    "binomial": {
        "logit": Family(_logit, special.expit, lambda mean: float(special.logit(mean))),
        "probit": Family(_probit, special.ndtr, lambda mean: float(special.ndtri(mean)), False),
        "cloglog": Family(
            _cloglog,
            lambda eta: np.asarray(-np.expm1(-np.exp(eta)), dtype=np.float64),
            lambda mean: float(np.log(-np.log1p(-mean))),
            canonical=False,
        ),
    },
    "poisson": {"log": Family(_poisson, np.exp, lambda mean: float(np.log(mean)))},
}
