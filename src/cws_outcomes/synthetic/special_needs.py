"""Special educational needs: who is found to have them in a school year, and which."""

import numpy as np

from cws_outcomes.synthetic.days import Real, Whole
from cws_outcomes.synthetic.disability import is_disabled, is_disabled_from_birth
from cws_outcomes.synthetic.draws import logistic
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.setting import Setting

NO_NEEDS, SUPPORT, PLAN = range(3)

BEHAVIOUR = 0
"""Place of behaviour (BESD, later SEMH) among the types."""

TYPES = ("SEMH", "SLCN", "MLD", "SPLD", "ASD", "SLD", "PD", "HI", "OTH", "PMLD", "VI", "MSI")

# Shares of the other types among pupils with support and with a plan: our own rough levels.
OTHER_TYPES = np.array(
    [
        [30, 29, 22, 6, 0.5, 3, 3, 6, 0.1, 1.5, 0.1],
        [15, 14, 5, 34, 15, 7, 3, 3, 5, 2, 0.5],
    ]
)

# Log odds of being found in need by curriculum year 0 to 13, against the height in Year 1: support
# is given early and again after the change of school. Our own shape.
SUPPORT_BY_YEAR = np.array(
    [-0.3, 0.3, 0.2, 0.1, 0.0, -0.1, -0.4, -0.1, -0.5, -0.6, -0.9, -1.4, -2.0, -2.0]
)
PLAN_BY_YEAR = np.array([0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 0.4, 0.4, 0.2, -0.3, -2.0, -2.0])

FEWER_FROM, FEWER_KEPT, FEWER_FOUND = 2012, 0.15, 0.52
"""Support is given up more often, and to fewer, in the years up to the reform of 2014/15 and after:
more who give it up in a year, and less log odds of being found in need."""

DISABLED_FOUND = (0.35, 0.6, 0.8)
"""Chance of a plan in reception, Year 1, and each later year, of a disabled child without one."""


class SpecialNeeds:
    """
    Special educational needs of all children of a block, year by year.

    Attributes
    ----------
    kind : array
        ``NO_NEEDS``, ``SUPPORT`` or ``PLAN`` in the latest year.
    type : array
        Place in ``TYPES`` of the primary need; of use only where there is one.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        people, dials = setting.people, setting.dials
        self.kind = np.zeros(people.count, dtype=np.int8)
        self.type = np.zeros(people.count, dtype=np.int8)
        self._is_disabled = is_disabled_from_birth(setting.block, dials)
        known = is_disabled(setting.block, dials)
        self._plan: Real = np.where(known, dials.sen_plan_disability, 0.0)
        at_home = setting.places.deprivation[people.first_home] - 0.5
        self._risk: Real = (
            dials.sen_ability * people.ability
            + dials.sen_conduct * people.conduct
            + dials.sen_male * people.is_male
            + dials.sen_deprivation * at_home
        )

    def advance(self, year: SchoolYear, child: Whole, nc: Whole, state: Whole) -> None:
        """Find and give up needs of the children of school age in a year."""
        dials, noise = self._setting.dials, self._setting.block.noise
        was, risk = self.kind[child], self._risk[child]
        support = logistic(
            dials.sen_support_level
            + SUPPORT_BY_YEAR[nc]
            - FEWER_FOUND * (year.census >= FEWER_FROM)
            + risk
            + np.array(dials.log_ratios(dials.sen_state))[state]
        )
        plan = logistic(
            dials.sen_plan_level
            + PLAN_BY_YEAR[nc]
            + self._plan[child]
            + 0.75 * risk
            + np.array(dials.log_ratios(dials.sen_plan_state))[state]
            # Hardly anybody has a plan who had no support before.
            + 1.5 * (was == SUPPORT)
        )
        found = np.array(DISABLED_FOUND)[np.minimum(nc, 2)]
        plan = np.where(self._is_disabled[child], found, plan)
        draw = noise.uniform("needs", year.census, child)
        ends = dials.sen_exit_share + FEWER_KEPT * (year.census >= FEWER_FROM)
        # Who needs it most keeps it.
        given_up = (was == SUPPORT) & (draw > 1 - ends * 2 * logistic(-0.7 * risk))
        now = np.select(
            [was == PLAN, draw < plan, given_up, (was == SUPPORT) | (draw < plan + support)],
            [PLAN, PLAN, NO_NEEDS, SUPPORT],
            NO_NEEDS,
        )
        self.kind[child] = now
        changed = now > was
        self._name(year, child[changed], now[changed], nc[changed])
        self._rename(year, child[(now > NO_NEEDS) & ~changed & (nc >= 7) & (nc <= 11)])

    def _name(self, year: SchoolYear, child: Whole, kind: Whole, nc: Whole) -> None:
        """Draw the primary need of those newly found to have one."""
        dials, noise = self._setting.dials, self._setting.block.noise
        conduct = self._setting.people.conduct[child]
        older = 0.3 * (nc - 4)
        is_behaviour = noise.uniform("behaviour", year.census, child) < logistic(
            dials.behaviour_level + dials.behaviour_conduct * conduct + older
        )
        is_behaviour &= ~self._is_disabled[child]
        edges = np.cumsum(OTHER_TYPES / OTHER_TYPES.sum(axis=1, keepdims=True), axis=1)
        draw = noise.uniform("type of need", year.census, child)
        other = 1 + (edges[kind - 1] < draw[:, None]).sum(axis=1)
        other = np.minimum(other, len(TYPES) - 1)
        self.type[child] = np.where(is_behaviour, BEHAVIOUR, other)

    def _rename(self, year: SchoolYear, child: Whole) -> None:
        """Find in secondary school that the need of some is one of behaviour."""
        dials, noise = self._setting.dials, self._setting.block.noise
        chance = logistic(
            dials.behaviour_later_level
            + dials.behaviour_conduct * self._setting.people.conduct[child]
        )
        found = noise.uniform("behaviour later", year.census, child) < chance
        self.type[child[found & ~self._is_disabled[child]]] = BEHAVIOUR
