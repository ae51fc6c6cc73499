"""School lives of made-up children, in contact as a test wishes."""

import numpy as np

from cws_outcomes.synthetic import worlds
from cws_outcomes.synthetic.days import NEVER
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.order import Order
from cws_outcomes.synthetic.people import make_people
from cws_outcomes.synthetic.policy import AS_IS, Policy
from cws_outcomes.synthetic.school_year import school_years
from cws_outcomes.synthetic.schooling import Schooling, SchoolLife
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.timeline import Spells, Timeline, timeline


def setting_of(dials: Dials, pupils: int, policy: Policy = AS_IS) -> Setting:
    order = Order(pupils, 24, 11, (1996, 2001), worlds.Planted("test", "", dials))
    (block,) = order.blocks()
    people = make_people(block, order.places, order.schools, dials)
    return Setting(block, order.places, order.schools, people, dials, policy)


def always(setting: Setting, state: int | None) -> Timeline:
    """Everybody in one state from birth on, or never in contact."""
    people = setting.people
    number = people.count if state else 0
    spells = Spells(
        np.arange(number),
        np.full(number, state or 1),
        people.birth[:number],
        np.full(number, NEVER - 1, dtype=np.int32),
    )
    return timeline(people.birth, np.full(people.count, NEVER, dtype=np.int32), spells)


def schooled(setting: Setting, state: int | None = None) -> Schooling:
    school, lines = SchoolLife(setting), always(setting, state)
    for year in school_years(1996):
        school.advance(year, lines)
    return school.finished()
