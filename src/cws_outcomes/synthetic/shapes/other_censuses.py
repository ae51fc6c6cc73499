"""Censuses beside the spring one: an autumn and a summer, pupil referral units, other provision."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import Text, Whole, day
from cws_outcomes.synthetic.people import birth_month
from cws_outcomes.synthetic.schools import FIRST_CENSUS, census_day, curriculum_year, sen_on
from cws_outcomes.synthetic.shapes.census import (
    age_at_start,
    census_table,
    free_meals,
    major_group,
    sen_codes,
)
from cws_outcomes.synthetic.shapes.frames import Columns, File, dates, frame, whole
from cws_outcomes.synthetic.world import World

TERM_CENSUS = 2012
"""The one academic year, by its spring, with censuses of autumn and summer too."""

PRU_FILE, AP_FILE = "PRU_Census_2010_to_2013.txt", "AP_Census_2008_to_2020.txt"
PRU_YEARS, AP_YEARS = range(2010, 2014), range(2008, 2021)

MISSED_SHARE = 0.01
"""Pupils of the spring who are not in the census of another term."""

BESIDE_SCHOOL_SHARE, AWAY_SHARE = 0.002, 0.05
"""Pupils of Years 5 to 11 also, or only, in a pupil referral unit; as many in other provision."""

# Not collected in these terms any more, or not delivered with them.
_SPRING_ONLY = ("EthnicGroup", "IDACI")


def _term_table(world: World, term: str) -> pl.DataFrame:
    """The spring's pupils at another term's census; the autumn's is the one before the spring."""
    spring = census_table(world, TERM_CENSUS)
    missed = world.streams(f"{term} census").random(len(spring)) < MISSED_SHARE
    kept = [name for name in spring.columns if not name.startswith(_SPRING_ONLY)]
    renamed = {name: name.replace("_SPR", f"_{term}") for name in kept}
    return spring.filter(pl.Series(~missed)).select(kept).rename(renamed)


def _pupils(world: World, census: int, topic: str) -> Whole:
    """Pupils in a unit at a census: a few of those at school, more of those who are not."""
    people, schools = world.people, world.schools
    pupils = np.arange(people.pupils)
    nc = curriculum_year(people.cohort[pupils], census)
    at_school = schools.is_enrolled[:, census - FIRST_CENSUS]
    share = np.where(at_school, BESIDE_SCHOOL_SHARE, AWAY_SHARE)
    draws = world.streams(f"{topic} {census}").random(people.pupils)
    here = people.present_until[pupils] > census_day(census)
    return np.flatnonzero((nc >= 5) & (nc <= 11) & here & (draws < share))


def _third_thursday(census: int) -> int:
    """Day of the January census."""
    first = day(census, 1, 15)
    return first + (3 - (first + 3) % 7) % 7  # 1 January 1970 was a Thursday


def _outside_school(world: World, census: int, topic: str) -> dict[str, Text | pl.Series]:
    """What both tables say of their pupils, by the names of the PRU census."""
    people, pupil = world.people, _pupils(world, census, topic)
    year, month = birth_month(people)
    nc = curriculum_year(people.cohort[pupil], census)
    size = len(pupil)
    return {
        "PupilMatchingRefAnonymous": world.references.on(pupil, census_day(census)),
        "AcademicYear": np.full(size, f"{census - 1}/{census}"),
        "CensusDate": dates(np.full(size, _third_thursday(census), dtype=np.int32)),
        "NCyearActual": nc.astype("U2"),
        "AgeAtStartOfAcademicYear": whole(age_at_start(people.birth[pupil], census)),
        "EntryDate": dates(np.full(size, day(census - 1, 11, 1), dtype=np.int32)),
        "Gender": np.where(people.is_male[pupil], "1", "2"),
        "EthnicGroupMajor": major_group(people.ethnicity[pupil]),
        "LanguageGroupMajor": people.language[pupil],
        "YearOfBirth": whole(year[pupil]),
        "MonthOfBirth": whole(month[pupil]),
        "FSMeligible": whole(free_meals(world, pupil, nc)),
        "SENprovision": sen_codes(sen_on(world.schools, pupil, nc), pupil, census),
    }


def _stacked(world: World, years: range, topic: str, names: dict[str, str]) -> Columns:
    tables = [_outside_school(world, census, topic) for census in years]
    return {
        theirs: pl.concat([pl.Series(table[ours]) for table in tables])
        for ours, theirs in names.items()
    }


def pru_table(world: World) -> pl.DataFrame:
    """Pupil referral units of four years, in one table."""
    names = _outside_school(world, PRU_YEARS[0], "pru")
    columns = _stacked(world, PRU_YEARS, "pru", dict(zip(names, names, strict=True)))
    return frame(columns, prefix="PRU_")


def ap_table(world: World) -> pl.DataFrame:
    """Alternative provision, in one table: no curriculum year, language or area."""
    names = {
        "PupilMatchingRefAnonymous": "PupilMatchingRefAnonymous",
        "AcademicYear": "ACADYR",
        "AgeAtStartOfAcademicYear": "Age_Start",
        "Gender": "Gender",
        "EthnicGroupMajor": "EthnicGroupMajor",
        "YearOfBirth": "YearOfBirth",
        "MonthOfBirth": "MonthOfBirth",
        "FSMeligible": "FSMeligible",
        "SENprovision": "SENProvision",
        "CensusDate": "CensusDate",
    }
    return frame(_stacked(world, AP_YEARS, "ap", names), prefix="AP_")


def other_census_files(world: World) -> Iterator[File]:
    """All other censuses."""
    yield File(f"Autumn_Census_{TERM_CENSUS}.txt", _term_table(world, "AUT"))
    yield File(f"Summer_Census_{TERM_CENSUS}.txt", _term_table(world, "SUM"))
    yield File(PRU_FILE, pru_table(world))
    yield File(AP_FILE, ap_table(world))
