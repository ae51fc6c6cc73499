"""Absence: one file a year, a row for each pupil and school."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import Whole
from cws_outcomes.synthetic.enrolment import NO_SCHOOL
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.shapes.census import ALONE, MAIN, STATUSES, SUBSIDIARY
from cws_outcomes.synthetic.shapes.frames import Columns, File, frame
from cws_outcomes.synthetic.shapes.register import Register, coded, same
from cws_outcomes.synthetic.shapes.registration import school_number, second_school
from cws_outcomes.synthetic.world import World

ABSENCE_YEARS = tuple(range(2006, 2020))
"""The absence of 2019/20 and 2020/21 was not usable."""

TERMS = ("Autumn", "Spring", "Summer")
HALF_TERMS_FROM = 2013
"""First year with the sum of five half terms, and with the sixth apart."""


@dataclass(frozen=True)
class _Rows:
    """Rows of one table: row of absence, school, enrolment status, thirds of the sessions."""

    row: Whole
    school: Whole
    status: Whole
    thirds: Whole


def _rows(world: World, census: int) -> _Rows:
    """Main rows, then those of second schools (a third of the sessions), then exact repeats."""
    years, absence = world.years, world.absence
    first, after = np.searchsorted(years.census[absence.year_row], [census, census + 1])
    row = np.arange(first, after)
    listed = absence.year_row[row]
    school = years.school[listed]
    other = second_school(world, census, years.pupil[listed], school)
    dual = other != NO_SCHOOL
    rows = _Rows(
        np.concatenate([row, row[dual]]),
        np.concatenate([school, other[dual]]),
        np.concatenate([np.where(dual, MAIN, ALONE), np.full(dual.sum(), SUBSIDIARY)]),
        np.concatenate([np.where(dual, 2, 3), np.ones(dual.sum(), dtype=np.int64)]),
    )
    stream = world.streams(f"absence {census}")
    repeated = np.flatnonzero(stream.random(len(rows.row)) < world.dials.duplicate_share)
    world.tally.add("dual_registration_share", "pupils in absence tables", dual.sum())
    world.tally.add("duplicate_share", "rows of absence tables", len(repeated))
    used = np.concatenate([np.arange(len(rows.row)), repeated])
    return _Rows(rows.row[used], rows.school[used], rows.status[used], rows.thirds[used])


def _shared(sessions: Whole, thirds: Whole) -> Whole:
    """Sessions of one registration: a third for the second school, the rest for the main one."""
    second = sessions // 3
    found: Whole = np.select(
        [thirds[:, None] == 3, thirds[:, None] == 1], [sessions, second], sessions - second
    )
    return found


def absence_table(world: World, census: int, register: Register) -> pl.DataFrame:
    """Absence of one academic year, one row per pupil and school; a few are repeated exactly."""
    rows, absence = _rows(world, census), world.absence
    pupil = world.years.pupil[absence.year_row[rows.row]]
    possible, authorised, unauthorised = (
        _shared(sessions[rows.row], rows.thirds)
        for sessions in (absence.possible, absence.authorised, absence.unauthorised)
    )
    kinds = {
        "SessionsPossible": possible,
        "AuthorisedAbsence": authorised,
        "UnauthorisedAbsence": unauthorised,
        "OverallAbsence": authorised + unauthorised,
    }
    halves = list(kinds)[:3] if census >= HALF_TERMS_FROM else []
    columns: Columns = {
        "PupilMatchingRefAnonymous": register.reference(pupil, SchoolYear(census).census_day),
        "AcademicYear": same(f"{census - 1}/{census}", len(pupil)),
        "Estab": school_number(world)[rows.school],
        "EnrolStatus": coded(STATUSES, rows.status),
        **{
            f"{kind}_{term}": np.ascontiguousarray(values[:, place])
            for kind, values in kinds.items()
            for place, term in enumerate(TERMS)
        },
        **{f"{kind}_5HalfTerms": kinds[kind].sum(axis=1) for kind in halves},
        # About half of what the summer term has before its half-term break.
        **{f"{kind}_Summer6th": kinds[kind][:, 2] // 2 for kind in halves},
    }
    return frame(columns, suffix=f"_ab{census % 100:02d}")


def absence_files(world: World) -> Iterator[File]:
    """All absence tables, one after another."""
    register = Register.of(world)
    for census in ABSENCE_YEARS:
        yield File(f"Absence_{census}_3Term.txt", absence_table(world, census, register))
