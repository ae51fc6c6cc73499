"""Absence: one file a year, a row for each pupil and school."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from cws_outcomes.synthetic.schools import census_day, school_of
from cws_outcomes.synthetic.shapes.frames import File, frame
from cws_outcomes.synthetic.world import World

ABSENCE_YEARS = tuple(range(2006, 2019))
"""The last year in which one of our cohorts is of compulsory school age."""

TERMS = ("Autumn", "Spring", "Summer")


def absence_table(world: World, census: int) -> pl.DataFrame:
    """Absence of one academic year; a few rows are repeated exactly."""
    years, absence = world.years, world.absence
    row = np.flatnonzero(years.census[absence.year_row] == census)
    stream = world.streams(f"absence {census}")
    repeated = row[stream.random(len(row)) < world.dials.duplicate_share]
    row = np.concatenate([row, repeated])
    pupil_year = absence.year_row[row]
    pupil = years.pupil[pupil_year]
    school = school_of(world.schools, pupil, years.nc[pupil_year])
    authorised, unauthorised = absence.authorised[row], absence.unauthorised[row]
    kinds = {
        "SessionsPossible": absence.possible[row],
        "AuthorisedAbsence": authorised,
        "UnauthorisedAbsence": unauthorised,
        "OverallAbsence": authorised + unauthorised,
    }
    columns = {
        "PupilMatchingRefAnonymous": world.references.on(pupil, census_day(census)),
        "AcademicYear": np.full(len(row), f"{census - 1}/{census}"),
        "Estab": world.schools.number[school],
        "EnrolStatus": np.full(len(row), "C"),
        **{
            f"{kind}_{term}": values[:, column]
            for kind, values in kinds.items()
            for column, term in enumerate(TERMS)
        },
    }
    return frame(columns, suffix=f"_ab{census % 100:02d}")


def absence_files(world: World) -> Iterator[File]:
    """All absence tables, one after another."""
    for census in ABSENCE_YEARS:
        yield File(f"Absence_{census}_3Term.txt", absence_table(world, census))
