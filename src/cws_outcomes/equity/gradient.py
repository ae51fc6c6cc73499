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
    dispersion : float
        Pearson chi-squared over n - 2.
    expected : ndarray of float
        Expected events of each authority; NaN where its data are missing. They sum to the events of
        the authorities that were fitted.
    """

    intercept: float
    slope: float
    slope_error: float
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
        return np.asarray(expit(self.intercept + self.slope * np.asarray(covariate, dtype=float)))


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
    slope = float(beta[1] / scale)
    rate = expit(beta[0] + beta[1] * (x - centre) / scale)
    expected = np.where(usable, size * rate, np.nan)
    chi = (events - expected) ** 2 / (expected * (1 - rate))
    dispersion = float(np.nansum(chi) / max(usable.sum() - 2, 1))
    error = float(np.sqrt(np.linalg.inv(information)[1, 1] * max(dispersion, 1)) / scale)
    return Gradient(float(beta[0] - slope * centre), slope, error, dispersion, expected)


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
