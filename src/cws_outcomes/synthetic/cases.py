"""Cases as they come in: who is referred, when, what is known, and each one's luck."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cws_outcomes.synthetic.days import YEAR, Days, Flags, Real, Text, Whole, as_days, day
from cws_outcomes.synthetic.dials import ETHNIC_GROUPS
from cws_outcomes.synthetic.setting import Setting

LEVEL_DAY = day(2013, 1, 1)
"""Levels of the dials are those of this day."""

BAND_AGES = (1, 5, 10, 16)
BANDS = ("infant", "early", "primary", "secondary", "sixteen")
"""Ages in the bands of published tables: under 1, 1 to 4, 5 to 9, 10 to 15, 16 and over."""


def bands(age: Real) -> Text:
    """Age band of each age in years."""
    found: Text = np.array(BANDS)[np.searchsorted(BAND_AGES, age, side="right")]
    return found


def log_odds(share: float) -> float:
    """Log odds of a share; none and all are told by huge ones."""
    within = min(max(share, 1e-12), 1 - 1e-12)
    return float(np.log(within / (1 - within)))


@dataclass(frozen=True)
class Cases:
    """Referrals, one row each, before anything is done about them."""

    child: Whole
    on: Days
    step: int
    """Of the noise."""
    was_referred: Flags
    was_planned: Flags
    was_in_care: Flags
    """Whether the child was ever referred, on a plan, in care before."""
    is_unaccompanied: Flags
    setting: Setting
    follows_offence: bool = False
    """Whether first offences led to these referrals."""

    @property
    def size(self) -> int:
        """Number of referrals."""
        return len(self.child)

    @cached_property
    def home(self) -> Whole:
        """Neighbourhood of each child on the day."""
        return self.setting.people.home_on(self.child, self.on)

    @cached_property
    def la(self) -> Whole:
        """Authority that the child is referred to."""
        found: Whole = self.setting.places.neighbourhood_la[self.home]
        return found

    @cached_property
    def deprivation(self) -> Real:
        """Deprivation of the home, 0 in the middle of England."""
        found: Real = self.setting.places.deprivation[self.home] - 0.5
        return found

    @cached_property
    def escalation(self) -> Real:
        """Effect of the authority on what a referral leads to."""
        found: Real = self.setting.places.escalation_effect[self.la]
        return found

    @cached_property
    def age(self) -> Real:
        """Age in years."""
        found: Real = (self.on - self.setting.people.birth[self.child]) / YEAR
        return found

    @cached_property
    def years(self) -> Real:
        """Years from the day of which the dials give the levels."""
        found: Real = (self.on - LEVEL_DAY) / YEAR
        return found

    @cached_property
    def group(self) -> Text:
        """Ethnic group."""
        found: Text = np.array(ETHNIC_GROUPS)[self.setting.people.group[self.child]]
        return found

    @cached_property
    def is_last(self) -> Flags:
        """Whether each child is about to die: the case stays open until then."""
        found: Flags = self.setting.people.death_notice[self.child] <= self.on
        return found

    def uniform(self, topic: str, rows: Whole | None = None) -> Real:
        """Each case's number between 0 and 1."""
        child = self.child if rows is None else self.child[rows]
        return self.setting.block.noise.uniform(topic, self.step, child)

    def days(
        self, topic: str, median: float | Real, spread: float | Real, rows: Whole | None = None
    ) -> Days:
        """Whole days from lognormal distributions, one at least."""
        child = self.child if rows is None else self.child[rows]
        normal = self.setting.block.noise.normal(topic, self.step, child)
        return as_days(1 + median * np.exp(spread * normal))
