"""Schools: one table of all schools of a delivery."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import Flags, Real, Whole
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import Streams
from cws_outcomes.synthetic.places import Places

PRIMARY, SECONDARY = 0, 1

SIZE = {PRIMARY: 45, SECONDARY: 180}
"""Pupils of one year in one school."""

NO_TRIAL, CONTROL, TREATED = range(3)


@dataclass(frozen=True)
class Schools:
    """
    One row per school, primary schools first; within a phase in the order of the authorities.

    ``la`` is a row of the authorities, ``number`` unique within it, ``arm`` the arm of the trial
    (``NO_TRIAL``, ``CONTROL``, ``TREATED``).
    """

    la: Whole
    phase: Whole
    number: Whole
    effect: Real
    """Log hazard ratio of suspension."""
    attainment_effect: Real
    is_boycotting: Flags
    arm: Whole
    first: Whole
    """First school of each phase and authority (phases x authorities)."""
    count: Whole
    """Number of schools of each phase and authority (phases x authorities)."""


def _counts(places: Places, pupils: int, cohorts: int) -> Whole:
    """Schools of each phase and authority: as many as the pupils of one year fill."""
    a_year = places.children / places.children.sum() * pupils / cohorts
    sizes = np.array([[SIZE[PRIMARY]], [SIZE[SECONDARY]]])
    found: Whole = np.maximum(1, np.round(a_year / sizes)).astype(np.int64)
    return found


def _arms(phase: Whole, la: Whole, streams: Streams, share: float) -> Whole:
    """Every other one of the primary schools of an authority that take part, in random order."""
    stream = streams("trial")
    takes_part = (phase == PRIMARY) & (stream.random(len(la)) < share)
    luck = stream.random(len(la))
    coin = stream.integers(0, 2, int(la.max()) + 1)
    row = np.flatnonzero(takes_part)
    row = row[np.lexsort((luck[row], la[row]))]
    turn = np.arange(len(row)) - np.searchsorted(la[row], la[row], side="left")
    arm = np.full(len(la), NO_TRIAL, dtype=np.int64)
    arm[row] = np.where((turn + coin[la[row]]) % 2 == 0, TREATED, CONTROL)
    return arm


def make_schools(
    places: Places, pupils: int, births: tuple[int, int], streams: Streams, dials: Dials
) -> Schools:
    """
    Open the schools of a delivery.

    Parameters
    ----------
    places : Places
    pupils : int
        Pupils of the whole delivery.
    births : tuple of int
        First and last academic year of birth, by the year in which it began.
    """
    count = _counts(places, pupils, births[1] - births[0] + 1)
    total = int(count.sum())
    flat = count.ravel()
    first = np.concatenate([[0], np.cumsum(flat)[:-1]])
    la = np.repeat(np.tile(np.arange(count.shape[1]), 2), flat)
    phase = np.repeat(np.arange(2), count.sum(axis=1))
    stream = streams("schools")
    return Schools(
        la=la,
        phase=phase,
        number=2000 + 2000 * phase + np.arange(total) - np.repeat(first, flat),
        effect=stream.normal(0, dials.school_effect_sd, total),
        attainment_effect=stream.normal(0, dials.school_attainment_sd, total),
        is_boycotting=stream.random(total) < dials.boycott_share,
        arm=_arms(phase, la, streams, dials.trial_share),
        first=first.reshape(count.shape).astype(np.int64),
        count=count,
    )
