"""Dual registration: which pupils are on the books of a second school at a census."""

import numpy as np

from cws_outcomes.synthetic.days import Whole
from cws_outcomes.synthetic.schools import Schools
from cws_outcomes.synthetic.world import World

NO_SCHOOL = -1


def _beside(schools: Schools) -> Whole:
    """A neighbour of each school of the same authority and phase; ``NO_SCHOOL`` if it has none."""
    size = len(schools.la)
    phase = schools.la * 10_000 + schools.number // 1_000
    found = np.full(size, NO_SCHOOL, dtype=np.int64)
    alike = np.flatnonzero(phase[1:] == phase[:-1])
    found[alike] = alike + 1
    found[alike + 1] = alike
    return found


def second_school(world: World, census: int, pupil: Whole, school: Whole) -> Whole:
    """Second school of each pupil at a census; ``NO_SCHOOL`` for all but a few."""
    draws = world.streams(f"dual registration {census}").random(world.people.pupils)
    dual = draws[pupil] < world.dials.dual_registration_share
    found: Whole = np.where(dual, _beside(world.schools)[school], NO_SCHOOL)
    return found
