"""School life: enrolment, needs, free meals, exclusions and absence, year by year."""

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from cws_outcomes.synthetic.absence import (
    FIRST_YEAR,
    LAST_YEAR,
    Absence,
    Attending,
    YearOfAbsence,
)
from cws_outcomes.synthetic.alternative import BOTH, PROVISION
from cws_outcomes.synthetic.days import NEVER, Days, Flags, Whole
from cws_outcomes.synthetic.enrolment import NO_SCHOOL, Enrolment, Listed, Roll
from cws_outcomes.synthetic.exclusions import Discipline, Exclusions, Windows
from cws_outcomes.synthetic.free_meals import FreeMeals
from cws_outcomes.synthetic.sanctions import sanctions
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.special_needs import NO_NEEDS, SpecialNeeds
from cws_outcomes.synthetic.timeline import Timeline, state_on
from cws_outcomes.synthetic.trouble import Offenders, Trouble

_Table = TypeVar("_Table")


@dataclass(frozen=True)
class PupilYears:
    """One row per pupil and spring census at which a school lists the pupil, by census."""

    pupil: Whole
    census: Whole
    nc: Whole
    start: Days
    end: Days
    """First school day, and the day after the last, of the academic year."""
    school: Whole
    """Row of the schools; the referral unit of authority a is row a beyond the last of them."""
    entry: Days
    """Day of entry to the school."""
    needs: Whole
    """0 none, 1 support, 2 plan."""
    type_of_need: Whole
    has_free_meals: Flags


@dataclass(frozen=True)
class Provision:
    """One row per pupil in alternative provision on the day of a spring census, by census."""

    pupil: Whole
    census: Whole
    nc: Whole
    is_in_unit: Flags
    is_at_school: Flags
    """Listed by a school, or by the school census as a unit, as well."""
    needs: Whole
    has_free_meals: Flags


@dataclass(frozen=True)
class Schooling:
    """School lives of a block."""

    years: PupilYears
    provision: Provision
    exclusions: Exclusions
    absence: Absence


class SchoolLife:
    """Schooling of the children of a block, simulated one academic year after another."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._enrolment = Enrolment(setting)
        self._needs = SpecialNeeds(setting)
        self._meals = FreeMeals(setting)
        self._discipline = Discipline(setting)
        self._attending = Attending(setting)
        self._years: list[PupilYears] = []
        self._provision: list[Provision] = []
        self._exclusions: list[Exclusions] = []
        self._absences: list[YearOfAbsence] = []

    def advance(self, year: SchoolYear, lines: Timeline) -> Trouble:
        """
        Simulate one academic year.

        Parameters
        ----------
        year : SchoolYear
        lines : Timeline
            States of contact in the year.

        Returns
        -------
        Trouble
            Trouble at school in the year, of all children of the block.
        """
        # One array of its own for each kind: they are filled in below.
        trouble = Trouble(*np.zeros((3, self._setting.block.size), dtype=np.bool_))
        pupil, nc = self._of_school_age(year)
        first = np.full(len(pupil), year.first, dtype=np.int32)
        state = state_on(lines, pupil, first)
        roll = self._enrolment.open(year, pupil, nc, state)
        self._needs.advance(year, pupil, nc, state)
        meals = self._meals.advance(year, pupil, state)
        excluded = self._discipline_of(year, roll, lines, trouble)
        before = excluded < year.census_day
        self._enrolment.exclude(year, pupil[before])
        listed = self._enrolment.listed(year, roll, np.where(before, excluded, NEVER))
        self._note(year, roll, listed, meals)
        self._enrolment.exclude(year, pupil[(excluded < NEVER) & ~before])
        self._absence(year, lines, trouble)
        return trouble

    def _of_school_age(self, year: SchoolYear) -> tuple[Whole, Whole]:
        """Pupils of school age in England on the day of the census, and curriculum years."""
        people = self._setting.people
        nc = year.curriculum_year(people.birth_year)
        here = (people.present_from <= year.census_day) & (people.present_until > year.census_day)
        pupil = np.flatnonzero(people.attendance.is_of_school_age(nc) & here)
        return pupil, nc[pupil]

    def _discipline_of(
        self, year: SchoolYear, roll: Roll, lines: Timeline, trouble: Trouble
    ) -> Days:
        """Suspend and exclude; day of exclusion of each pupil of the roll."""
        people, row = self._setting.people, np.flatnonzero(roll.attends)
        pupil = roll.pupil[row]
        start = np.full(len(row), year.school_first, dtype=np.int32)
        windows = Windows(
            pupil,
            roll.nc[row],
            self._needs.kind[pupil],
            self._enrolment.attended(roll)[row],
            np.maximum(start, people.present_from[pupil]).astype(np.int32),
            np.minimum(year.school_after, people.present_until[pupil]).astype(np.int32),
        )
        suspended, excluded = self._discipline.advance(year, windows, lines)
        self._exclusions.append(self._discipline.described(year, windows, suspended, excluded))
        trouble.was_suspended[pupil[suspended < NEVER]] = True
        trouble.was_excluded[pupil[excluded < NEVER]] = True
        found = np.full(len(roll.pupil), NEVER, dtype=np.int32)
        found[row] = excluded
        return found

    def _note(self, year: SchoolYear, roll: Roll, listed: Listed, meals: Flags) -> None:
        """Note what the census of January finds."""
        people, needs = self._setting.people, self._needs
        row = np.flatnonzero(listed.school != NO_SCHOOL)
        pupil = roll.pupil[row]
        start = np.full(len(row), year.school_first, dtype=np.int32)
        self._years.append(
            PupilYears(
                pupil,
                np.full(len(row), year.census),
                roll.nc[row],
                np.maximum(start, people.present_from[pupil]).astype(np.int32),
                np.minimum(year.school_after, people.present_until[pupil]).astype(np.int32),
                listed.school[row],
                listed.entry[row],
                needs.kind[pupil],
                needs.type[pupil],
                meals[row],
            )
        )
        row = np.flatnonzero((listed.placement == BOTH) | (listed.placement == PROVISION))
        pupil = roll.pupil[row]
        self._provision.append(
            Provision(
                pupil,
                np.full(len(row), year.census),
                roll.nc[row],
                listed.is_in_unit[row],
                listed.school[row] != NO_SCHOOL,
                needs.kind[pupil],
                meals[row],
            )
        )

    def _absence(self, year: SchoolYear, lines: Timeline, trouble: Trouble) -> None:
        listed = self._years[-1]
        row = _compulsory(listed)
        pupil = listed.pupil[row]
        missed = self._attending.advance(
            year, pupil, listed.nc[row], listed.needs[row] != NO_NEEDS, lines
        )
        trouble.is_persistently_absent[pupil[missed.is_persistent]] = True
        self._absences.append(missed)

    def answer(self, year: SchoolYear, offenders: Offenders, trouble: Trouble) -> None:
        """
        Exclude pupils, or send them elsewhere, after a first proven offence in a year.

        The census of that January still finds them where they were.
        """
        people, found = self._setting.people, sanctions(self._setting, year, offenders)
        pupil, at_school = found.pupil, self._enrolment.is_at_school(found.pupil)
        self._enrolment.place(pupil[found.is_placed])
        row = np.flatnonzero(found.is_excluded & at_school & ~trouble.was_excluded[pupil])
        row = row[people.present_until[pupil[row]] > found.excluded[row]]
        child, on = pupil[row], found.excluded[row]
        nobody = np.full(len(row), NEVER, dtype=np.int32)
        school = self._setting.people.attendance.school(child, found.nc[row])
        windows = Windows(child, found.nc[row], self._needs.kind[child], school, on, on + 1)
        self._exclusions.append(self._discipline.described(year, windows, nobody, on))
        self._enrolment.exclude(year, child)
        trouble.was_excluded[child] = True

    def finished(self) -> Schooling:
        """All years, one after another."""
        years = _stacked(PupilYears, self._years)
        missed = _stacked(YearOfAbsence, self._absences)
        return Schooling(
            years,
            _stacked(Provision, self._provision),
            _by_pupil(_stacked(Exclusions, self._exclusions)),
            Absence(_compulsory(years), missed.possible, missed.authorised, missed.unauthorised),
        )


def _compulsory(years: PupilYears) -> Whole:
    """Rows of pupils of compulsory school age."""
    return np.flatnonzero((years.nc >= FIRST_YEAR) & (years.nc <= LAST_YEAR))


def _stacked(kind: type[_Table], parts: list[_Table]) -> _Table:
    """All rows of several tables of one kind."""
    columns = (
        np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(kind)  # type: ignore[arg-type]
    )
    return kind(*columns)


def _by_pupil(table: Exclusions) -> Exclusions:
    """Sorted by pupil, day and category."""
    order = np.lexsort((table.category, table.start, table.pupil))
    return Exclusions(*(getattr(table, field.name)[order] for field in fields(Exclusions)))
