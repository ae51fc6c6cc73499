"""Noise without state: each child's own number for each topic and step."""

import zlib

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from cws_outcomes.synthetic.days import Real, Whole

_Bits = NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_ALL = (1 << 64) - 1


def _mixed(bits: _Bits) -> _Bits:
    """Finaliser of SplitMix64 (Steele, Lea and Flood 2014): every input bit moves every output."""
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    found: _Bits = bits ^ (bits >> np.uint64(31))
    return found


class Noise:
    """
    Random numbers that belong to units (children, families, schools) rather than to a sequence.

    A number is a hash of seed, topic, step and unit. So a unit meets the same luck whatever else
    was drawn, in whichever block or process it is simulated, and under whichever intervention:
    the contrasts of interventions are made with common random numbers.

    Parameters
    ----------
    seed : int
        The delivery's seed.
    units : array of int
        Number of each unit in the whole delivery.
    """

    def __init__(self, seed: int, units: Whole) -> None:
        salt = np.uint64((seed + 1) * _GOLDEN & _ALL)
        self._units = _mixed(_mixed(units.astype(np.uint64) * np.uint64(_GOLDEN)) + salt)

    def uniform(self, topic: str, step: int | Whole = 0, rows: Whole | None = None) -> Real:
        """
        Numbers within (0, 1).

        Parameters
        ----------
        topic : str
            What is drawn.
        step : int or array
            Which draw of the topic (a year, a place in a row of events); an array has one step for
            each row.
        rows : array, optional
            Rows of the units wanted, repeats allowed; all of them when left out. A unit's number
            does not depend on who else is asked for.
        """
        units = self._units if rows is None else self._units[rows]
        # Arrays wrap around silently, which is meant; scalars would warn.
        steps = np.atleast_1d(np.asarray(step, dtype=np.int64)).astype(np.uint64)
        topic_bits = np.uint64(zlib.crc32(topic.encode()) * _GOLDEN & _ALL)
        salt = _mixed(steps * np.uint64(_GOLDEN) + topic_bits)
        bits = _mixed(units + salt)
        found: Real = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
        return found

    def exponential(self, topic: str, step: int | Whole = 0, rows: Whole | None = None) -> Real:
        """Unit exponential numbers; see `uniform`."""
        found: Real = -np.log(self.uniform(topic, step, rows))
        return found

    def normal(self, topic: str, step: int | Whole = 0, rows: Whole | None = None) -> Real:
        """Standard normal numbers; see `uniform`."""
        found: Real = ndtri(self.uniform(topic, step, rows))
        return found
