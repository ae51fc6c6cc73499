"""Enrolment: which school each pupil attends in a year, and who is in none."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.alternative import (
    BOTH,
    NOWHERE,
    PROVISION,
    SCHOOL,
    UNITS_IN_CENSUS_FROM,
    goes_to_provision,
    is_beside_school,
    is_in_unit,
)
from cws_outcomes.synthetic.days import NEVER, Days, Flags, Real, Whole
from cws_outcomes.synthetic.draws import logistic
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.setting import Setting

NO_SCHOOL = -1

DAYS_TO_NEW_SCHOOL = 21
"""Days between a permanent exclusion and the entry to another school."""

EARLIER_LEAVING = 0.35
"""Leaving before Year 7, against later."""


@dataclass(frozen=True)
class Roll:
    """Pupils of school age in one year who can be seen in England, one row each."""

    pupil: Whole
    nc: Whole
    state: Whole
    """State of contact on the first of September."""
    attends: Flags
    """On the roll of a school when the year begins: can be suspended."""


@dataclass(frozen=True)
class Listed:
    """What the census of January finds: one row per pupil of a `Roll`."""

    placement: Whole
    school: Whole
    """Row of the schools; beyond these a referral unit; ``NO_SCHOOL`` where none lists it."""
    entry: Days
    is_in_unit: Flags


class Enrolment:
    """Enrolment of the pupils of a block, year by year."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        size = setting.people.count
        self._placement = np.zeros(size, dtype=np.int8)
        self._moved_on = np.zeros(size, dtype=np.int64)
        self._school = np.full(size, NO_SCHOOL, dtype=np.int64)
        self._entry = np.full(size, NEVER, dtype=np.int32)

    def open(self, year: SchoolYear, pupil: Whole, nc: Whole, state: Whole) -> Roll:
        """Move pupils between school, other provision and neither, as a year begins."""
        dials, noise = self._setting.dials, self._setting.block.noise
        # An exclusion from primary school is left behind with it.
        self._moved_on[pupil[nc == 7]] = 0
        was = self._placement[pupil]
        at_school = was == SCHOOL
        leaves = noise.uniform("leaves school", year.census, pupil) < self._leaving(
            pupil, nc, state
        )
        returns = noise.uniform("returns", year.census, pupil) < np.where(
            was == NOWHERE, dials.return_share, 1 - dials.alternative_stay_share
        )
        goes = goes_to_provision(self._setting, year, pupil, nc, state)
        beside = np.where(is_beside_school(self._setting, pupil), BOTH, PROVISION)
        now = np.select(
            [at_school & leaves, at_school & goes, at_school | returns],
            [NOWHERE, beside, SCHOOL],
            was,
        )
        self._placement[pupil] = now
        return Roll(pupil, nc, state, (now == SCHOOL) | (now == BOTH))

    def _leaving(self, pupil: Whole, nc: Whole, state: Whole) -> Real:
        dials, people = self._setting.dials, self._setting.people
        level = dials.leaving_level * np.where(nc >= 7, 1.0, EARLIER_LEAVING)
        level = np.where((nc >= 1) & (nc <= 11), level, 1e-9)
        found: Real = logistic(
            np.log(level / (1 - level))
            + dials.leaving_conduct * people.conduct[pupil]
            + np.array(dials.log_ratios(dials.leaving_state))[state]
        )
        return found

    def exclude(self, year: SchoolYear, pupil: Whole) -> None:
        """Move pupils on who were permanently excluded in a year."""
        dials = self._setting.dials
        draw = self._setting.block.noise.uniform("after exclusion", year.census, pupil)
        provision = dials.excluded_alternative_share
        other = provision + dials.excluded_other_school_share
        self._moved_on[pupil] += 1
        self._placement[pupil] = np.select(
            [draw < provision, draw < other], [PROVISION, SCHOOL], NOWHERE
        )

    def place(self, pupil: Whole) -> None:
        """Send pupils to alternative provision who are at school."""
        kept = pupil[self._placement[pupil] == SCHOOL]
        beside = is_beside_school(self._setting, kept)
        self._placement[kept] = np.where(beside, BOTH, PROVISION)

    def is_at_school(self, pupil: Whole) -> Flags:
        """Whether each pupil is on the roll of a school."""
        found: Flags = np.isin(self._placement[pupil], (SCHOOL, BOTH))
        return found

    def listed(self, year: SchoolYear, roll: Roll, excluded_on: Days) -> Listed:
        """
        Enrolments on the day of the census.

        Parameters
        ----------
        year : SchoolYear
        roll : Roll
        excluded_on : array
            Day before the census on which each pupil of the roll was excluded, else ``NEVER``.
        """
        pupil = roll.pupil
        placement = self._placement[pupil].copy()
        school = self._school_of(pupil, roll.nc)
        in_unit = is_in_unit(self._setting, year, pupil, self._moved_on[pupil] > 0)
        if year.census >= UNITS_IN_CENSUS_FROM:
            unit = self._unit(school)
            school = np.where((placement == PROVISION) & in_unit, unit, school)
        else:
            school = np.where((placement == PROVISION) & in_unit, NO_SCHOOL, school)
        school = np.where((placement == PROVISION) & ~in_unit, NO_SCHOOL, school)
        school = np.where(placement == NOWHERE, NO_SCHOOL, school)
        september = (year.first + 1 + pupil % 3).astype(np.int32)
        joined = np.minimum(excluded_on + DAYS_TO_NEW_SCHOOL, year.census_day)
        joined = np.where(excluded_on < NEVER, joined, september)
        stays = (self._school[pupil] == school) & (excluded_on == NEVER)
        entry = np.where(stays, self._entry[pupil], joined).astype(np.int32)
        self._school[pupil], self._entry[pupil] = school, entry
        return Listed(placement, school, entry, in_unit)

    def _school_of(self, pupil: Whole, nc: Whole) -> Whole:
        """School of each pupil; a later one of the authority for each exclusion so far."""
        schools = self._setting.schools
        own = self._setting.people.attendance.school(pupil, nc)
        phase, la = schools.phase[own], schools.la[own]
        first, count = schools.first[phase, la], schools.count[phase, la]
        return first + (own - first + self._moved_on[pupil]) % count

    def _unit(self, school: Whole) -> Whole:
        """The referral unit of each school's authority."""
        schools = self._setting.schools
        return len(schools.la) + schools.la[school]

    def attended(self, roll: Roll) -> Whole:
        """School that each pupil of a roll attends as the year begins."""
        return self._school_of(roll.pupil, roll.nc)
