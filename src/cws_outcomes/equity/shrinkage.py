"""Rates drawn towards what is expected, by as much as an authority's own data are uncertain.

O ~ Binomial(N, expit(logit(E/N) + u)), u ~ Normal(0, tau^2). tau by maximum likelihood, then the
posterior of each authority's rate at that tau (empirical Bayes).

Every integral over u is a trapezoid rule on a grid of its own for each authority, laid around the
mode of its integrand as far as it reaches. The integrand is log-concave and smooth, so the rule
converges exponentially; it holds for 12 persons as for 500,000, where a grid common to all
authorities or a few Gauss-Hermite nodes would not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import cumulative_simpson
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from cws_outcomes.equity.intervals import FloatArray, counts
from cws_outcomes.errors import EstimationError

FEWEST_AUTHORITIES = 3  # with fewer, a spread between authorities is not estimable
_NODES = 481
_TAUS = np.geomspace(1e-3, 10.0, 40)  # logit scale; 10 is far beyond any real spread
_DROP = 36.0  # e^-36 of the mode's height is below double precision of the integral


@dataclass(frozen=True)
class Shrunken:
    """
    Shrunken rates of authorities.

    Attributes
    ----------
    rate, lower, upper : ndarray of float
        Posterior mean and limits of the rate (proportion); NaN where data are missing or tau could
        not be estimated.
    tau : float
        Standard deviation of the authorities' departures from expectation, on the logit scale;
        NaN with fewer than three usable authorities.
    log_likelihood : float
        At `tau`, without the binomial coefficients.
    """

    rate: FloatArray
    lower: FloatArray
    upper: FloatArray
    tau: float
    log_likelihood: float


@dataclass(frozen=True)
class _Data:
    events: FloatArray
    persons: FloatArray
    logit_expected: FloatArray

    def log_density(self, u: FloatArray, tau: float) -> FloatArray:
        """Log of likelihood times Normal(0, tau^2) density; `u` has a row an authority."""
        eta = self.logit_expected[:, None] + u
        likelihood = self.events[:, None] * eta - self.persons[:, None] * np.logaddexp(0, eta)
        return np.asarray(likelihood - (u / tau) ** 2 / 2 - np.log(tau * np.sqrt(2 * np.pi)))


def shrink(
    observed: ArrayLike, persons: ArrayLike, expected: ArrayLike, level: float = 0.95
) -> Shrunken:
    """
    Shrink the rate of every authority towards its expected one.

    Parameters
    ----------
    observed, persons, expected : array_like of float
        Events, persons and expected events, one an authority. Rounded counts need not be exact.
        NaN (a suppressed row) takes no part and gives NaN. Where all or none are expected
        (expected 0 or equal to persons) the rate is that expectation.
    level : float
        Coverage of the limits, between 0 and 1.

    Returns
    -------
    Shrunken
        The limits are quantiles of the posterior rate at the estimated tau: they do not carry the
        uncertainty of tau, and at tau = 0 they close on the expected rate.

    Raises
    ------
    EstimationError
        When counts are not parts of their whole, or events contradict an expectation of none
        or all.

    Notes
    -----
    Maximum likelihood agrees with R's ``lme4::glmer`` with an offset and 25 adaptive quadrature
    points (``tests/golden/shrinkage.R``).
    """
    events, size = counts(observed, persons)
    base, _ = counts(expected, size, "expected events")
    usable = (size > 0) & (base > 0) & (base < size) & np.isfinite(events)
    rate = np.full(events.shape, np.nan)
    certain = _certain(events, size, base)
    rate[certain] = (base / np.where(size > 0, size, np.nan))[certain]
    lower, upper = rate.copy(), rate.copy()
    if usable.sum() < FEWEST_AUTHORITIES:
        return Shrunken(rate, lower, upper, float("nan"), float("nan"))
    data = _Data(events[usable], size[usable], logit(base[usable] / size[usable]))
    tau, best = _most_likely_tau(data)
    rate[usable], lower[usable], upper[usable] = _posterior(data, tau, level)
    return Shrunken(rate, lower, upper, tau, best)


def _certain(events: FloatArray, size: FloatArray, base: FloatArray) -> np.ndarray:
    """Authorities of which none or all are expected: nothing can shift a logit of infinity."""
    none, everyone = (size > 0) & (base == 0), (size > 0) & (base == size)
    wrong = int(np.sum((none & (events > 0)) | (everyone & (events < size))))
    if wrong:
        raise EstimationError(
            f"{wrong} rows have events where none are expected, or lack some where all are. "
            "Expected counts must lie between 0 and persons wherever events do."
        )
    return np.asarray((none | everyone) & np.isfinite(events))


def _most_likely_tau(data: _Data) -> tuple[float, float]:
    """Maximum of the likelihood over tau >= 0: a scan, then refinement around its best."""
    at_zero = float(
        np.sum(
            data.events * data.logit_expected - data.persons * np.logaddexp(0, data.logit_expected)
        )
    )
    scan = [_log_likelihood(tau, data) for tau in _TAUS]
    k = int(np.argmax(scan))
    found = minimize_scalar(
        lambda log_tau: -_log_likelihood(float(np.exp(log_tau)), data),
        bounds=(np.log(_TAUS[max(k - 1, 0)]), np.log(_TAUS[min(k + 1, len(_TAUS) - 1)])),
        method="bounded",
        options={"xatol": 1e-9},
    )
    tau, best = float(np.exp(found.x)), -float(found.fun)
    # Below the smallest tau of the scan the likelihood is flat to rounding: that is zero.
    return (tau, best) if best > at_zero and k > 0 else (0.0, at_zero)


def _log_likelihood(tau: float, data: _Data) -> float:
    grid, step = _grid(data, tau)
    log_density = data.log_density(grid, tau)
    top = log_density.max(axis=1, keepdims=True)
    integral = np.exp(log_density - top).sum(axis=1) * step
    return float(np.sum(np.log(integral) + top[:, 0]))


def _grid(data: _Data, tau: float) -> tuple[FloatArray, FloatArray]:
    """Nodes (a row an authority) from where the integrand rises above nothing to where it ends."""
    mode, scale = _mode(data, tau)
    top = data.log_density(mode[:, None], tau)[:, 0]
    reach = []
    for side in (-1.0, 1.0):
        distance = 8.0 * scale
        for _ in range(60):
            short = top - data.log_density((mode + side * distance)[:, None], tau)[:, 0] < _DROP
            if not short.any():
                break
            distance = np.where(short, distance * 1.25, distance)
        reach.append(mode + side * distance)
    step = (reach[1] - reach[0]) / (_NODES - 1)
    return reach[0][:, None] + step[:, None] * np.arange(_NODES), step


def _mode(data: _Data, tau: float) -> tuple[FloatArray, FloatArray]:
    """Mode and curvature scale of each integrand, by Newton steps cut to 1 (it is log-concave)."""
    u = np.zeros_like(data.events)
    for _ in range(200):
        p = expit(data.logit_expected + u)
        curvature = data.persons * p * (1 - p) + tau**-2
        step = np.clip((data.events - data.persons * p - u / tau**2) / curvature, -1, 1)
        u = u + step
        if np.max(np.abs(step)) < 1e-10:
            break
    return u, 1 / np.sqrt(curvature)


def _posterior(data: _Data, tau: float, level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    if tau == 0:
        expected = np.asarray(expit(data.logit_expected))
        return expected, expected, expected
    grid, step = _grid(data, tau)
    log_density = data.log_density(grid, tau)
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    density /= density.sum(axis=1, keepdims=True)  # now per node
    rates = expit(data.logit_expected[:, None] + grid)
    mean = (density * rates).sum(axis=1)
    tails = ((1 - level) / 2, (1 + level) / 2)
    lower, upper = (
        expit(data.logit_expected + grid[:, 0] + step * _quantile(density, q)) for q in tails
    )
    return mean, lower, upper


def _quantile(density: FloatArray, q: float) -> FloatArray:
    """Where each row's distribution function reaches `q`, in steps from the first node."""
    below = cumulative_simpson(density, axis=1, initial=0)
    cell = np.argmax(below > q, axis=1) - 1
    row = np.arange(len(density))
    left, right = density[row, cell], density[row, cell + 1]
    short = q - below[row, cell]
    # Within a cell the density is taken as linear: left * t + (right - left) * t^2 / 2 = short.
    root = np.sqrt(np.maximum(left**2 + 2 * (right - left) * short, 0))
    return np.asarray(cell + 2 * short / (left + root))
