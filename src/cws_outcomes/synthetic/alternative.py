"""Alternative provision: who goes there instead of, or beside, a school."""

import numpy as np

from cws_outcomes.synthetic.days import Flags, Real, Whole
from cws_outcomes.synthetic.draws import logistic
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.setting import Setting

SCHOOL, BOTH, PROVISION, NOWHERE = range(4)
"""Where a child of school age is: at school, in provision too, only there, or in neither."""

UNITS_IN_CENSUS_FROM = 2014
"""First school census that holds pupil referral units (they had one of their own before)."""

# Log odds by curriculum year against Years 9 and 10: our own shape.
BY_YEAR = np.array([-9, -3.5, -3, -3, -2.5, -2.2, -2, -1.0, -0.5, 0, 0, -0.3, -9, -9])


def goes_to_provision(
    setting: Setting, year: SchoolYear, child: Whole, nc: Whole, state: Whole
) -> Flags:
    """Which of the children at school go to alternative provision in a year."""
    dials, people = setting.dials, setting.people
    level = np.log(dials.alternative_level / (1 - dials.alternative_level))
    chance: Real = logistic(
        level
        + BY_YEAR[nc]
        + dials.alternative_conduct * people.conduct[child]
        + np.array(dials.log_ratios(dials.alternative_state))[state]
    )
    return setting.block.noise.uniform("provision", year.census, child) < chance


def is_in_unit(setting: Setting, year: SchoolYear, child: Whole, was_excluded: Flags) -> Flags:
    """
    Whether each child's provision, if it has one, is a pupil referral unit.

    These are first of all for the permanently excluded.
    """
    others = setting.dials.referral_unit_share
    if year.census >= UNITS_IN_CENSUS_FROM:
        others *= 0.4
    share = np.where(was_excluded, setting.dials.excluded_unit_share, others)
    return setting.block.noise.uniform("referral unit", 0, child) < share


def is_beside_school(setting: Setting, child: Whole) -> Flags:
    """Whether each child would stay on the roll of a school while in provision."""
    share = setting.dials.alternative_beside_school_share
    return setting.block.noise.uniform("beside school", 0, child) < share
