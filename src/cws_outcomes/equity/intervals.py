"""Limits for proportions and counts, and the ratio of observed to expected."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from cws_outcomes.errors import EstimationError

FloatArray = NDArray[np.float64]


class Ratio(NamedTuple):
    """Observed over expected with its limits; arrays of one length, without unit."""

    ratio: FloatArray
    lower: FloatArray
    upper: FloatArray


def wilson_limits(
    events: ArrayLike, persons: ArrayLike, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """
    Wilson score limits of a proportion.

    Parameters
    ----------
    events, persons : array_like of float
        Numbers of persons with the event and in all; rounded counts need not be exact. Missing
        (NaN) is allowed and gives NaN.
    level : float
        Coverage, between 0 and 1.

    Returns
    -------
    lower, upper : ndarray of float
        Proportions between 0 and 1; NaN where there are no persons.

    Raises
    ------
    EstimationError
        When a number is negative, or there are more events than persons.

    Notes
    -----
    Wilson (1927), J Am Stat Assoc 22:209; without continuity correction.
    """
    observed, size = counts(events, persons)
    z = norm.isf((1 - level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = observed / size
        centre = (share + z**2 / (2 * size)) / (1 + z**2 / size)
        half = z * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
    lower = np.where(observed == 0, 0.0, centre - half)
    upper = np.where(observed == size, 1.0, centre + half)
    empty = np.isnan(share)
    return np.where(empty, np.nan, lower), np.where(empty, np.nan, upper)


def byar_limits(events: ArrayLike, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """
    Byar's approximate limits of a Poisson count, for rates over person-time.

    Parameters
    ----------
    events : array_like of float
        Counts, not negative; NaN gives NaN.
    level : float
        Coverage, between 0 and 1.

    Returns
    -------
    lower, upper : ndarray of float
        In events; divide by person-time for a rate, by the expected count for a ratio.

    Raises
    ------
    EstimationError
        When a count is negative.

    Notes
    -----
    Breslow and Day (1987), Statistical Methods in Cancer Research II, p. 69.
    """
    observed = np.asarray(events, dtype=float)
    if np.any(observed < 0):
        raise EstimationError("Events hold negative numbers; expected counts of 0 or more.")
    z = norm.isf((1 - level) / 2)
    above = observed + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = observed * (1 - 1 / (9 * observed) - z / (3 * np.sqrt(observed))) ** 3
    upper = above * (1 - 1 / (9 * above) + z / (3 * np.sqrt(above))) ** 3
    return np.where(observed == 0, 0.0, lower), upper


def standardised_ratio(
    observed: ArrayLike, persons: ArrayLike, expected: ArrayLike, level: float = 0.95
) -> Ratio:
    """
    Indirectly standardised ratio: observed over expected events.

    The limits are Wilson's for observed / persons, times persons / expected: the expected count is
    taken as known.

    Parameters
    ----------
    observed, persons, expected : array_like of float
        Events, persons and expected events of each authority; NaN gives NaN.
    level : float
        Coverage, between 0 and 1.

    Returns
    -------
    Ratio
        NaN where nobody or nothing is expected.

    Raises
    ------
    EstimationError
        When a number is negative or events exceed persons.
    """
    events, size = counts(observed, persons)
    base = np.asarray(expected, dtype=float)
    if np.any(base < 0):
        raise EstimationError("Expected events hold negative numbers; expected 0 or more.")
    base = np.where(base > 0, base, np.nan)
    lower, upper = wilson_limits(events, size, level)
    return Ratio(events / base, lower * size / base, upper * size / base)


def counts(
    events: ArrayLike, persons: ArrayLike, what: str = "events"
) -> tuple[FloatArray, FloatArray]:
    """
    Events and persons as arrays of float, once they are known to be a part and its whole.

    Parameters
    ----------
    events, persons : array_like of float
        Of one shape; NaN is allowed.
    what : str
        What `events` are, for the message.

    Returns
    -------
    events, persons : ndarray of float

    Raises
    ------
    EstimationError
        When a number is negative or events exceed persons.
    """
    observed, size = np.broadcast_arrays(
        np.asarray(events, dtype=float), np.asarray(persons, dtype=float)
    )
    wrong = int(np.sum((observed < 0) | (size < 0) | (observed > size)))
    if wrong:
        raise EstimationError(
            f"{wrong} rows have negative counts or more {what} than persons; expected "
            f"0 <= {what} <= persons."
        )
    return observed, size
