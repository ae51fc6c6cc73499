"""Dual registration: which pupils are on the books of a second school at a census."""

import numpy as np

from cws_outcomes.synthetic.days import Whole
from cws_outcomes.synthetic.enrolment import NO_SCHOOL
from cws_outcomes.synthetic.schools import Schools
from cws_outcomes.synthetic.world import World

UNIT_NUMBER = 1100
"""Number of an authority's referral unit, unique within the authority as schools' are."""

FIRST_URN = 900_000


def _beside(schools: Schools) -> Whole:
    """A neighbour of each school of the same authority and phase; ``NO_SCHOOL`` if it has none."""
    size = len(schools.la)
    phase = schools.la * 10 + schools.phase
    found = np.full(size, NO_SCHOOL, dtype=np.int64)
    alike = np.flatnonzero(phase[1:] == phase[:-1])
    found[alike] = alike + 1
    found[alike + 1] = alike
    return found


def second_school(world: World, census: int, pupil: Whole, school: Whole) -> Whole:
    """Second school of each pupil at a census; ``NO_SCHOOL`` for all but a few."""
    draws = world.streams(f"dual registration {census}").random(world.people.pupils)
    dual = draws[pupil] < world.dials.dual_registration_share
    beside = np.append(_beside(world.schools), NO_SCHOOL)
    # Referral units stand beyond the schools.
    found: Whole = np.where(dual, beside[np.minimum(school, len(world.schools.la))], NO_SCHOOL)
    return found


def school_la(world: World) -> Whole:
    """Authority of each school, then of each referral unit."""
    return np.append(world.schools.la, np.arange(len(world.places.la_code)))


def school_number(world: World) -> Whole:
    """Number of each school, then of each referral unit."""
    units = np.full(len(world.places.la_code), UNIT_NUMBER)
    return np.append(world.schools.number, units)
