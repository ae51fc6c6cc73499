"""Free school meals: who is eligible in a year."""

import numpy as np

from cws_outcomes.synthetic.days import Flags, Real, Whole
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.setting import Setting


class FreeMeals:
    """
    Eligibility of all children of a block, year by year.

    A family's poverty stays, what else there is comes and goes: so far more are ever eligible than
    at any one time (CALIBRATION F010).
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._passing: Real = setting.block.noise.normal("means")

    def advance(self, year: SchoolYear, child: Whole, state: Whole) -> Flags:
        """Eligibility of the given children in a year."""
        dials, noise = self._setting.dials, self._setting.block.noise
        stays = dials.fsm_persistence
        passing = stays * self._passing[child] + np.sqrt(1 - stays**2) * noise.normal(
            "means", year.census, child
        )
        self._passing[child] = passing
        odds = (
            dials.fsm_level
            + self._setting.people.poverty[child]
            + dials.fsm_change_sd * passing
            + np.array(dials.log_ratios(dials.fsm_state))[state]
        )
        found: Flags = odds > 0
        return found
