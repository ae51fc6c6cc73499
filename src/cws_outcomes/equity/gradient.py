"""How rates of authorities change with one of their characteristics, and what to expect of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from cws_outcomes.equity.intervals import FloatArray, counts
from cws_outcomes.errors import EstimationError


@dataclass(frozen=True)
class Gradient:
    """
    A binomial logit on one covariate, without effects of authorities.

    Attributes
    ----------
    intercept, slope : float
        Logit scale; the slope is per unit of the covariate.
    slope_error : float
        Standard error of the slope, widened by the square root of `dispersion` where above 1:
        authorities differ by more than chance.
    covariance : ndarray of float
        2 x 2, of intercept and slope, widened likewise.
    dispersion : float
        Pearson chi-squared over n - 2.
    expected : ndarray of float
        Expected events of each authority; NaN where its data are missing. They sum to the events of
        the authorities that were fitted.
    """

    intercept: float
    slope: float
    slope_error: float
    covariance: FloatArray
    dispersion: float
    expected: FloatArray

    def rate(self, covariate: ArrayLike) -> FloatArray:
        """
        Modelled rate (proportion) at values of the covariate.

        Parameters
        ----------
        covariate : array_like of float
            In the unit of the fit.

        Returns
        -------
        ndarray of float
        """
        return self.limit(covariate, 0.0)

    def limit(self, covariate: ArrayLike, z: float) -> FloatArray:
        """
        Modelled rate, `z` standard errors of the logit away.

        Parameters
        ----------
        covariate : array_like of float
            In the unit of the fit.
        z : float
            -1.96 and 1.96 for 95 % limits.

        Returns
        -------
        ndarray of float
            Proportions.
        """
        x = np.asarray(covariate, dtype=float)
        (v00, v01), (_, v11) = self.covariance
        error = np.sqrt(np.maximum(v00 + 2 * x * v01 + x**2 * v11, 0))
        return np.asarray(expit(self.intercept + self.slope * x + z * error))


def gradient(observed: ArrayLike, persons: ArrayLike, covariate: ArrayLike) -> Gradient:
    """
    Fit events on one covariate by maximum likelihood.

    Parameters
    ----------
    observed, persons : array_like of float
        Events and persons, one an authority; NaN takes no part.
    covariate : array_like of float
        For instance average deprivation; NaN takes no part.

    Returns
    -------
    Gradient

    Raises
    ------
    EstimationError
        When fewer than three authorities can be used, they share one value of the covariate, all
        or none have events, or the fit does not converge.
    """
    events, size = counts(observed, persons)
    x = np.asarray(covariate, dtype=float)
    usable = np.isfinite(events) & np.isfinite(x) & (size > 0)
    _check(events[usable], size[usable], x[usable])
    centre, scale = float(np.mean(x[usable])), float(np.std(x[usable]))
    design = np.column_stack([np.ones(usable.sum()), (x[usable] - centre) / scale])
    beta, information = _newton(events[usable], size[usable], design)
    rate = expit(beta[0] + beta[1] * (x - centre) / scale)
    expected = np.where(usable, size * rate, np.nan)
    chi = (events - expected) ** 2 / (expected * (1 - rate))
    dispersion = float(np.nansum(chi) / max(usable.sum() - 2, 1))
    # Back from the standardised covariate: intercept and slope are linear in beta.
    back = np.array([[1.0, -centre / scale], [0.0, 1 / scale]])
    covariance = back @ np.linalg.inv(information) @ back.T * max(dispersion, 1)
    intercept, slope = back @ beta
    error = float(np.sqrt(covariance[1, 1]))
    return Gradient(float(intercept), float(slope), error, covariance, dispersion, expected)


def _check(events: FloatArray, size: FloatArray, x: FloatArray) -> None:
    if len(x) < 3 or np.ptp(x) == 0:
        raise EstimationError(
            f"A gradient needs 3 authorities with two values of the covariate; found {len(x)} with "
            f"{len(np.unique(x))}. Leave the covariate out."
        )
    if events.sum() in (0, size.sum()):
        raise EstimationError("A gradient needs authorities with and without events.")


def _newton(
    events: FloatArray, size: FloatArray, design: FloatArray
) -> tuple[FloatArray, FloatArray]:
    share = events.sum() / size.sum()
    beta = np.array([np.log(share / (1 - share)), 0.0])
    for _ in range(100):
        p = expit(design @ beta)
        information = (design.T * (size * p * (1 - p))) @ design
        step = np.linalg.solve(information, design.T @ (events - size * p))
        beta = beta + np.clip(step, -1, 1)
        if np.max(np.abs(step)) < 1e-12:
            return beta, information
    raise EstimationError("The gradient did not converge: the covariate may separate the events.")
