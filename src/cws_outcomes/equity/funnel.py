"""Funnel limits for standardised ratios, with over-dispersion.

On the square root scale y = sqrt(O/E) has a standard error that hardly depends on the ratio:
s = sqrt((1 - p) / E) / 2, with p = E/N. Authorities differ by more than chance for reasons that no
expected count holds; the additive model lets their true y vary by tau around 1, so that limits of
the largest authorities do not close on 1. Spiegelhalter (2005), Stat Med 24:1185.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cws_outcomes.equity.intervals import FloatArray, counts

Z_95 = 1.959963984540054
Z_998 = 3.090232306167813  # two-sided 99.8 %
_WINSORISED = 0.1  # share of z-scores drawn in at each end before over-dispersion is judged


@dataclass(frozen=True)
class Funnel:
    """
    Where authorities stand in a funnel.

    Attributes
    ----------
    ratio : ndarray of float
        Observed over expected.
    effective_expected : ndarray of float
        Expected events times (1 - P) / (1 - p), P the rate over all authorities: the place on the
        axis at which limits drawn for the rate P are this authority's own. Equal to expected where
        all expect one rate.
    z : ndarray of float
        Standard deviations from a ratio of 1, without over-dispersion.
    z_dispersed : ndarray of float
        The same with it.
    dispersion : float
        Mean of the squared, Winsorised z-scores; about 1 when chance alone is at work.
    tau : float
        Additive standard deviation on the square root scale; 0 when `dispersion` is not above 1.
    share : float
        P, expected over persons of all authorities.
    """

    ratio: FloatArray
    effective_expected: FloatArray
    z: FloatArray
    z_dispersed: FloatArray
    dispersion: float
    tau: float
    share: float


def funnel(observed: ArrayLike, persons: ArrayLike, expected: ArrayLike) -> Funnel:
    """
    Place every authority in a funnel around a ratio of 1.

    Parameters
    ----------
    observed, persons, expected : array_like of float
        Events, persons and expected events, one an authority; NaN takes no part.

    Returns
    -------
    Funnel

    Raises
    ------
    EstimationError
        When counts are not parts of their whole.

    Notes
    -----
    Winsorising draws the most extreme tenth of z-scores at each end in to the tenth percentile, so
    that outliers do not widen the limits that should show them.
    """
    events, size = counts(observed, persons)
    base, _ = counts(expected, size, "expected events")
    usable = (base > 0) & (base < size) & np.isfinite(events)
    base, size = np.where(usable, base, np.nan), np.where(usable, size, np.nan)
    error = np.sqrt((1 - base / size) / base) / 2
    departure = np.sqrt(events / base) - 1
    z = departure / error
    dispersion, tau = _over_dispersion(z[usable], error[usable])
    share = float(np.nansum(base) / np.nansum(size)) if usable.any() else float("nan")
    return Funnel(
        ratio=events / base,
        effective_expected=(1 - share) / (4 * error**2),
        z=z,
        z_dispersed=departure / np.sqrt(error**2 + tau**2),
        dispersion=dispersion,
        tau=tau,
        share=share,
    )


def funnel_limits(
    effective_expected: ArrayLike, share: float, tau: float = 0.0, z: float = Z_95
) -> tuple[FloatArray, FloatArray]:
    """
    Limits of the ratio at given expected counts: the curves of a funnel.

    Parameters
    ----------
    effective_expected : array_like of float
        Expected events, above 0.
    share : float
        Expected over persons of all authorities, from `Funnel`.
    tau : float
        Additive standard deviation on the square root scale; 0 draws the limits of chance alone.
    z : float
        1.96 for 95 %, 3.09 for 99.8 %.

    Returns
    -------
    lower, upper : ndarray of float
        Ratios; the lower one is not below 0.
    """
    base = np.asarray(effective_expected, dtype=float)
    spread = z * np.sqrt((1 - share) / (4 * base) + tau**2)
    return np.maximum(1 - spread, 0) ** 2, (1 + spread) ** 2


def _over_dispersion(z: FloatArray, error: FloatArray) -> tuple[float, float]:
    """Mean squared Winsorised z and, when above 1, the additive tau (method of moments)."""
    n = len(z)
    if n < 2:
        return float("nan"), 0.0
    low, high = np.quantile(z, [_WINSORISED, 1 - _WINSORISED])
    dispersion = float(np.mean(np.clip(z, low, high) ** 2))
    weight = error**-2
    excess = n * dispersion - (n - 1)
    if dispersion <= 1 or excess <= 0:
        return dispersion, 0.0
    return dispersion, float(np.sqrt(excess / (weight.sum() - (weight**2).sum() / weight.sum())))
