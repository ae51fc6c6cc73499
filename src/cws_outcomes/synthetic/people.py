"""Children: birth, family, home, sex, ethnicity, and how long England can see them."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.attendance import Attendance, make_attendance
from cws_outcomes.synthetic.blocks import Block
from cws_outcomes.synthetic.days import Days, Flags, Real, Text, Whole, calendar
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.families import Families, make_families
from cws_outcomes.synthetic.origins import ethnicities, groups, languages
from cws_outcomes.synthetic.places import Places
from cws_outcomes.synthetic.residence import make_residence
from cws_outcomes.synthetic.schools import Schools


@dataclass(frozen=True)
class People:
    """
    One row per child of a block, pupils first, then children who never have a pupil reference.

    Days are ``NEVER`` for what does not happen. ``frailty``, ``conduct``, ``ability``, ``poverty``
    and ``hidden`` are in no table.
    """

    pupils: int
    birth: Days
    birth_year: Whole
    """Year in which the academic year of birth began."""
    is_male: Flags
    group: Whole
    """Number of the ethnic group."""
    ethnicity: Text
    language: Text
    family: Whole
    """Row of the family within the block."""
    first_home: Whole
    second_home: Whole
    """Neighbourhood, before and from ``move`` on."""
    move: Days
    arrival: Days
    """Day on which a child came to England; ``NEVER_BEFORE`` for those born there."""
    death: Days
    death_notice: Days
    """Day from which children's social care knows that a child will die; ``NEVER`` for the rest."""
    departure: Days
    """Day of leaving England for good."""
    is_unaccompanied: Flags
    """Came alone, at 14 or older, for asylum."""
    frailty: Real
    """Family's log hazard ratio of referral."""
    conduct: Real
    """Standard normal: inclination to trouble, at school and with the law."""
    ability: Real
    """Standard normal: success at school."""
    poverty: Real
    """Log odds of free school meals, against the child of the middling neighbourhood."""
    hidden: Real
    """Standard normal: the hidden confounder, where a world has one."""
    attendance: Attendance
    """Schools that the child attends, and when it is in none."""

    @property
    def count(self) -> int:
        """All children, pupils and others."""
        return len(self.birth)

    @property
    def cohort(self) -> Whole:
        """Academic years between the birth of the first of the six cohorts and this one's."""
        found: Whole = self.birth_year - FIRST_COHORT
        return found

    @property
    def present_from(self) -> Days:
        """First day in England."""
        return np.maximum(self.birth, self.arrival)

    @property
    def present_until(self) -> Days:
        """First day on which the child is dead or has left England."""
        return np.minimum(self.death, self.departure)

    def home_on(self, child: Whole, days: Days | int) -> Whole:
        """Neighbourhood in which each child lives on a day."""
        found: Whole = np.where(
            self.move[child] <= days, self.second_home[child], self.first_home[child]
        )
        return found


FIRST_COHORT = 1996
"""Born in the academic year 1996/97: the first of the six cohorts."""


def _latent(block: Block, families: Families, dials: Dials, topic: str) -> Real:
    """Standard normal, partly the family's."""
    kin = np.sqrt(dials.kin_share) * families.normal(block, topic)
    found: Real = kin + np.sqrt(1 - dials.kin_share) * block.noise.normal(f"own {topic}")
    return found


def _correlated(values: Real, other: Real, correlation: float) -> Real:
    """Standard normal with a correlation with another one."""
    found: Real = correlation * other + np.sqrt(1 - correlation**2) * values
    return found


def make_people(block: Block, places: Places, schools: Schools, dials: Dials) -> People:
    """Draw the children of a block."""
    noise, families = block.noise, make_families(block, places)
    group = groups(block, places, families, dials)
    residence = make_residence(block, places, families, group, dials)
    own_poverty = families.normal(block, "poverty")
    at_home = places.deprivation[residence.first_home] - 0.5
    return People(
        pupils=block.pupils,
        birth=families.birth,
        birth_year=families.birth_year,
        is_male=noise.uniform("sex") < dials.male_share,
        group=group,
        ethnicity=ethnicities(block, families, group),
        language=languages(block, families, group),
        family=families.family,
        first_home=residence.first_home,
        second_home=residence.second_home,
        move=residence.move,
        arrival=residence.arrival,
        death=residence.death,
        death_notice=residence.death_notice,
        departure=residence.departure,
        is_unaccompanied=residence.is_unaccompanied,
        frailty=dials.family_frailty_sd * families.normal(block, "frailty"),
        conduct=_correlated(
            _latent(block, families, dials, "conduct"), own_poverty, dials.conduct_poverty
        ),
        ability=_latent(block, families, dials, "ability"),
        poverty=dials.poverty_deprivation * at_home + dials.poverty_sd * own_poverty,
        hidden=noise.normal("hidden"),
        attendance=make_attendance(block, places, schools, families, residence, dials),
    )


def birth_month(people: People) -> tuple[Whole, Whole]:
    """Year and month of birth: all that a delivered table tells of a birth date."""
    year, month, _ = calendar(people.birth)
    return year, month
