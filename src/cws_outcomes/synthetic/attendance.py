"""Which school each child attends in each year, and when it attends none that counts its pupils."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.blocks import Block
from cws_outcomes.synthetic.days import NEVER, Flags, Whole, birthday, calendar
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.families import Families
from cws_outcomes.synthetic.places import Places
from cws_outcomes.synthetic.residence import Residence
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.schools import PRIMARY, SECONDARY, Schools

NO_YEAR = 99
"""Stands for "in no curriculum year"."""

FIRST_SECONDARY_YEAR = 7
LAST_SIXTH_FORM_YEAR = 13


@dataclass(frozen=True)
class Attendance:
    """
    One row per child of the block; of children outside schools it says nothing of use.

    ``primary``, ``secondary`` are rows of the schools; from the curriculum year ``primary_change``
    on the child attends ``later_primary``, likewise later. From ``away_from`` to before
    ``away_until`` (curriculum years) it is in no school that returns a census.
    """

    pupils: int
    primary: Whole
    later_primary: Whole
    primary_change: Whole
    secondary: Whole
    later_secondary: Whole
    secondary_change: Whole
    away_from: Whole
    away_until: Whole
    in_sixth_form: Flags

    def school(self, child: Whole, curriculum_year: Whole) -> Whole:
        """School of each child in a curriculum year, a row of the schools."""
        nc = curriculum_year
        primary = np.where(
            nc >= self.primary_change[child], self.later_primary[child], self.primary[child]
        )
        secondary = np.where(
            nc >= self.secondary_change[child], self.later_secondary[child], self.secondary[child]
        )
        found: Whole = np.where(nc >= FIRST_SECONDARY_YEAR, secondary, primary)
        return found

    def is_of_school_age(self, curriculum_year: Whole) -> Flags:
        """Pupils from reception to Year 11, or 13 in a sixth form, who are not away (all rows)."""
        nc = curriculum_year
        of_age = (nc >= 0) & (nc <= np.where(self.in_sixth_form, LAST_SIXTH_FORM_YEAR, 11))
        here = (nc < self.away_from) | (nc >= self.away_until)
        found: Flags = of_age & here & (np.arange(len(nc)) < self.pupils)
        return found


def _home_la(places: Places, residence: Residence, on: Whole) -> Whole:
    home = np.where(residence.move <= on, residence.second_home, residence.first_home)
    found: Whole = places.neighbourhood_la[home]
    return found


@dataclass(frozen=True)
class _Choice:
    """What the choice of a school rests on."""

    block: Block
    places: Places
    schools: Schools
    families: Families
    residence: Residence
    dials: Dials

    def school(self, phase: int, home_la: Whole, step: int) -> Whole:
        """A school of the home's authority; for some, of the next authority in the list."""
        noise, schools = self.block.noise, self.schools
        crosses = noise.uniform("cross border", phase) < self.dials.cross_border_share
        la = np.where(crosses, (home_la + 1) % len(self.places.la_code), home_la)
        place = noise.uniform("school", 10 * phase + step) * schools.count[phase, la]
        found: Whole = schools.first[phase, la] + np.floor(place).astype(np.int64)
        return found


def _first_year_after(move: Whole, birth_year: Whole) -> Whole:
    """Curriculum year that begins on or after the day of a move."""
    year, month, _ = calendar(np.minimum(move, NEVER).astype(np.int32))
    found: Whole = year + (month >= 9) - birth_year - 5
    return np.where(move < NEVER, found, NO_YEAR)


@dataclass(frozen=True)
class _Phase:
    school: Whole
    later: Whole
    change: Whole


def _phase(choice: _Choice, phase: int) -> _Phase:
    """Schools of one phase: another one after a move of home, or for some of their own accord."""
    noise, residence = choice.block.noise, choice.residence
    places, families = choice.places, choice.families
    first, last = ((0, 6), (FIRST_SECONDARY_YEAR, 11))[phase]
    begins = birthday(families.birth, first + 5)
    home = _home_la(places, residence, begins)
    moved = _first_year_after(residence.move, families.birth_year)
    with_home = (moved > first) & (moved <= last) & (residence.move > begins)
    at_will = noise.uniform("school move", phase) < choice.dials.school_move_share
    chosen = first + 1 + np.floor((last - first) * noise.uniform("year of school move", phase))
    change = np.where(with_home, moved, np.where(at_will, chosen, NO_YEAR)).astype(np.int64)
    after = np.where(with_home, _home_la(places, residence, np.asarray(NEVER - 1)), home)
    return _Phase(choice.school(phase, home, 0), choice.school(phase, after, 1), change)


def make_attendance(
    block: Block,
    places: Places,
    schools: Schools,
    families: Families,
    residence: Residence,
    dials: Dials,
) -> Attendance:
    """Choose schools, years away and sixth forms."""
    noise = block.noise
    choice = _Choice(block, places, schools, families, residence, dials)
    primary, secondary = (_phase(choice, phase) for phase in (PRIMARY, SECONDARY))
    away = noise.uniform("away") < dials.absentee_share
    away_from = np.where(away, 1 + np.floor(11 * noise.uniform("away from")), NO_YEAR)
    years = 1 + np.floor(noise.exponential("years away") / 0.43)
    late = noise.uniform("late pupil") < dials.late_pupil_share
    away_from = np.where(late, 0, away_from)
    away_until = np.where(late, LAST_SIXTH_FORM_YEAR, away_from + years)
    return Attendance(
        pupils=block.pupils,
        primary=primary.school,
        later_primary=primary.later,
        primary_change=primary.change,
        secondary=secondary.school,
        later_secondary=secondary.later,
        secondary_change=secondary.change,
        away_from=away_from.astype(np.int64),
        away_until=away_until.astype(np.int64),
        in_sixth_form=late | (noise.uniform("sixth form") < dials.sixth_form_share),
    )


def enrolled(attendance: Attendance, birth_year: Whole, year: SchoolYear) -> Flags:
    """Whether each child is of school age and in a state school in a year (all rows)."""
    return attendance.is_of_school_age(year.curriculum_year(birth_year))
