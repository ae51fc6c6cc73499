"""Absence: one file a year, a row for each pupil and school."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import Text, Whole
from cws_outcomes.synthetic.schools import census_day, school_of
from cws_outcomes.synthetic.shapes.frames import Columns, File, frame
from cws_outcomes.synthetic.shapes.registration import NO_SCHOOL, second_school
from cws_outcomes.synthetic.world import World

ABSENCE_YEARS = tuple(range(2006, 2019))
"""The last year in which one of our cohorts is of compulsory school age."""

TERMS = ("Autumn", "Spring", "Summer")
HALF_TERMS_FROM = 2013
"""First year with the sum of five half terms, and with the sixth apart."""


@dataclass(frozen=True)
class _Rows:
    """Rows of one table: row of absence, school, enrolment status, thirds of the sessions."""

    row: Whole
    school: Whole
    status: Text
    thirds: Whole


def _rows(world: World, census: int) -> _Rows:
    """Main rows, then those of second schools (a third of the sessions), then exact repeats."""
    years, absence = world.years, world.absence
    row = np.flatnonzero(years.census[absence.year_row] == census)
    pupil, nc = (values[absence.year_row[row]] for values in (years.pupil, years.nc))
    school = school_of(world.schools, pupil, nc)
    other = second_school(world, census, pupil, school)
    dual = other != NO_SCHOOL
    rows = _Rows(
        np.concatenate([row, row[dual]]),
        np.concatenate([school, other[dual]]),
        np.concatenate([np.where(dual, "M", "C"), np.full(dual.sum(), "S")]),
        np.concatenate([np.where(dual, 2, 3), np.ones(dual.sum(), dtype=np.int64)]),
    )
    stream = world.streams(f"absence {census}")
    repeated = np.flatnonzero(stream.random(len(rows.row)) < world.dials.duplicate_share)
    used = np.concatenate([np.arange(len(rows.row)), repeated])
    return _Rows(rows.row[used], rows.school[used], rows.status[used], rows.thirds[used])


def _shared(sessions: Whole, thirds: Whole) -> Whole:
    """Sessions of one registration: a third for the second school, the rest for the main one."""
    second = sessions // 3
    found: Whole = np.select(
        [thirds[:, None] == 3, thirds[:, None] == 1], [sessions, second], sessions - second
    )
    return found


def absence_table(world: World, census: int) -> pl.DataFrame:
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
        "PupilMatchingRefAnonymous": world.references.on(pupil, census_day(census)),
        "AcademicYear": np.full(len(pupil), f"{census - 1}/{census}"),
        "Estab": world.schools.number[rows.school],
        "EnrolStatus": rows.status,
        **{
            f"{kind}_{term}": values[:, column]
            for kind, values in kinds.items()
            for column, term in enumerate(TERMS)
        },
        **{f"{kind}_5HalfTerms": kinds[kind].sum(axis=1) for kind in halves},
        # About half of what the summer term has before its half-term break.
        **{f"{kind}_Summer6th": kinds[kind][:, 2] // 2 for kind in halves},
    }
    return frame(columns, suffix=f"_ab{census % 100:02d}")


def absence_files(world: World) -> Iterator[File]:
    """All absence tables, one after another."""
    for census in ABSENCE_YEARS:
        yield File(f"Absence_{census}_3Term.txt", absence_table(world, census))
