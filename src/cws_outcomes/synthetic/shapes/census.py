"""School censuses of January: one file a year, with dual registrations and rows not on roll."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from cws_outcomes.geography import deprivation_index
from cws_outcomes.synthetic.days import Days, Flags, Whole
from cws_outcomes.synthetic.draws import Stream
from cws_outcomes.synthetic.enrolment import NO_SCHOOL
from cws_outcomes.synthetic.places import NEIGHBOURHOODS, code_on, ons_code_on
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.shapes.frames import Column, Columns, File, column, dates, frame, whole
from cws_outcomes.synthetic.shapes.register import Register, coded, flagged, same
from cws_outcomes.synthetic.shapes.registration import (
    FIRST_URN,
    school_la,
    school_number,
    second_school,
)
from cws_outcomes.synthetic.special_needs import TYPES
from cws_outcomes.synthetic.timeline import CLA, state_on
from cws_outcomes.synthetic.world import World

CENSUSES = tuple(range(2006, 2021))
"""Spring censuses; those before are PLASC."""

# The case of column names is not stable in real deliveries.
CASE = {2009: str.lower, 2017: str.upper}

NC_YEARS = ("R", *(str(year) for year in range(1, 15)))

SUPPORT_CODES, PLAN_CODES = ("A", "P", "K"), ("S", "E")
CONVERTED_FROM = 2014
"""Statements become plans over four years from the census after this one."""

_NEEDS = (None, "N", "A", "P", "K", "S", "E")
_TYPES = (None, *TYPES, "BESD")


@dataclass(frozen=True)
class Rows:
    """Rows of one census: pupil-year, school, enrolment status, on roll."""

    row: Whole
    school: Whole
    status: Whole
    """Place in ``STATUSES``."""
    on_roll: Flags


STATUSES = ("C", "M", "S")
ALONE, MAIN, SUBSIDIARY = range(3)


def census_rows(world: World, census: int, stream: Stream) -> Rows:
    """Main enrolments, then the second ones of dual registrations, then rows not on roll."""
    years = world.years
    first, after = np.searchsorted(years.census, [census, census + 1])
    row = np.arange(first, after)
    school = years.school[row]
    other = second_school(world, census, years.pupil[row], school)
    dual = other != NO_SCHOOL
    left = stream.random(len(row)) < world.dials.off_roll_share
    world.tally.add("dual_registration_share", "pupils in school censuses", dual.sum())
    world.tally.add("off_roll_share", "rows of school censuses", left.sum())
    status = np.where(dual, MAIN, ALONE)
    rows = np.concatenate([row, row[dual], row[left]])
    never = is_never_on_roll(world)[years.pupil[rows]]
    world.tally.add("never_on_roll_share", "rows of school censuses", never.sum())
    return Rows(
        rows,
        np.concatenate([school, other[dual], school[left]]),
        np.concatenate([status, np.full(dual.sum(), SUBSIDIARY), np.full(left.sum(), ALONE)]),
        (np.arange(len(rows)) < len(row) + dual.sum()) & ~never,
    )


def is_never_on_roll(world: World) -> Flags:
    """Pupils whom every January census lists as gone already."""
    found: Flags = world.block.noise.uniform("never on roll") < world.dials.never_on_roll_share
    return found


def sen_codes(kind: Whole, pupil: Whole, census: int) -> Whole:
    """Place among provision codes of the era: A, P, S to 2014; K, and E for S, from 2015."""
    support = np.where(pupil % 3 == 0, 3, 2) if census <= CONVERTED_FROM else 4
    plan = np.where(pupil % 4 < census - CONVERTED_FROM, 6, 5)
    found: Whole = np.select([kind == 2, kind == 1], [plan, support], 1)
    return found


def sen_provision(kind: Whole, pupil: Whole, census: int) -> pl.Series:
    """Provision codes of the era."""
    return coded(_NEEDS, sen_codes(kind, pupil, census))


def type_codes(kind: Whole, type_of_need: Whole, census: int) -> Whole:
    """Place among types of need; nothing without one. Behaviour changed its name in 2015."""
    place = type_of_need.astype(np.int64) + 1
    if census <= CONVERTED_FROM:
        place = np.where(place == 1, len(TYPES) + 1, place)
    found: Whole = np.where(kind > 0, place, 0)
    return found


def home_la(world: World, pupil: Whole, home: Whole, census: int) -> Whole:
    """Authority of the home; for some children in care it is that of a placement elsewhere."""
    la = world.places.neighbourhood_la[home]
    on = np.full(len(pupil), SchoolYear(census).census_day, dtype=np.int32)
    in_care = state_on(world.lines, pupil, on) == CLA
    draws = world.streams("placed away").random(world.people.pupils)
    placed = in_care & (draws[pupil] < world.dials.placed_away_share)
    world.tally.add("placed_away_share", "rows of school censuses", placed.sum())
    return np.where(placed, (la + 1) % len(world.places.la_code), la)


def _who(
    world: World, rows: Rows, census: int, register: Register, stream: Stream
) -> dict[str, Column]:
    pupil, nc = world.years.pupil[rows.row], world.years.nc[rows.row]
    size = len(pupil)
    refused = stream.random(size) < world.dials.refused_ethnicity_share
    world.tally.add("refused_ethnicity_share", "rows of school censuses", refused.sum())
    no_month = ~register.has_month[pupil]
    world.tally.add("unknown_birth_month_share", "rows of school censuses", no_month.sum())
    kept = pl.Series(~refused)
    minor = register.gathered(register.minor, pupil).zip_with(kept, same("REFU", size))
    major = register.gathered(register.major, pupil).zip_with(kept, same("UNCL", size))
    # Missing in one year's file.
    age = register.age_at_start(pupil, census) if census != 2014 else np.full(size, -1)
    return {
        "PupilMatchingRefAnonymous": register.reference(pupil, SchoolYear(census).census_day),
        "RecordStatus": same("1", size),
        "AcademicYear": same(f"{census - 1}/{census}", size),
        "Gender": flagged(register.is_male[pupil], "M", "F"),
        "MonthOfBirth": register.told_month(pupil),
        "YearOfBirth": register.year[pupil],
        "AgeAtStartOfAcademicYear": whole(age),
        "NCyearActual": coded(NC_YEARS, nc),
        "EthnicGroupMinor": minor,
        "EthnicGroupMajor": major,
        "LanguageGroupMajor": register.gathered(register.language, pupil),
    }


def _needs(world: World, rows: Rows, census: int) -> dict[str, Column]:
    """Of pupils on roll only."""
    years, row = world.years, rows.row
    pupil, kind = years.pupil[row], years.needs[row]
    provision = np.where(rows.on_roll, sen_codes(kind, pupil, census), 0)
    types = np.where(rows.on_roll, type_codes(kind, years.type_of_need[row], census), 0)
    return {
        "FSMeligible": whole(np.where(rows.on_roll, years.has_free_meals[row], -1)),
        "SENprovision": coded(_NEEDS, provision),
        "PrimarySENtype": coded(_TYPES, types),
    }


def _enrolled(world: World, rows: Rows, entry: Days) -> dict[str, Column]:
    return {
        "EnrolStatus": coded(STATUSES, rows.status),
        "OnRoll": rows.on_roll.astype(np.int64),
        "EntryDate": dates(entry),
        "URN": FIRST_URN + rows.school,
        "Estab": school_number(world)[rows.school],
    }


def _where(world: World, rows: Rows, census: int, register: Register) -> dict[str, Column]:
    people, places = world.people, world.places
    pupil, on = world.years.pupil[rows.row], SchoolYear(census).census_day
    home = people.home_on(pupil, on)
    codes = code_on(places, np.arange(len(places.la_code)), on)
    of_school = school_la(world)[rows.school]
    of_home = home_la(world, pupil, home, census)
    own = column(codes)
    nine = column(ons_code_on(codes, on)) if census >= 2011 else None
    ranked = int(str(deprivation_index(census)["small_areas"]))
    rank = -(-places.idaci_rank[home] * ranked // NEIGHBOURHOODS)
    edition = "_15" if census >= 2016 else ""
    area = register.small_areas.gather(home.astype(np.uint32))
    return {
        "LA": own.gather(of_school),
        **({"LA_9Code": nine.gather(of_school)} if nine is not None else {}),
        "HomeLA": own.gather(of_home),
        **({"HomeLA_9Code": nine.gather(of_home)} if nine is not None else {}),
        "LSOA11" if census >= 2013 else "LLSOA": area.set(pl.Series(~rows.on_roll), None),
        f"IDACIRank{edition}": whole(np.where(rows.on_roll, rank, -1)),
        f"IDACIDecile{edition}": whole(np.where(rows.on_roll, 1 + (rank - 1) * 10 // ranked, -1)),
    }


def census_columns(world: World, census: int, register: Register) -> Columns:
    """All columns of one January census, under the names of 2006 and later."""
    stream = world.streams(f"census {census}")
    rows = census_rows(world, census, stream)
    return {
        **_who(world, rows, census, register, stream),
        **_needs(world, rows, census),
        **_enrolled(world, rows, world.years.entry[rows.row]),
        **_where(world, rows, census, register),
    }


def census_table(world: World, census: int, register: Register) -> pl.DataFrame:
    """One spring census."""
    return frame(census_columns(world, census, register), suffix=f"_SPR{census % 100:02d}")


def census_files(world: World) -> Iterator[File]:
    """All spring censuses, one after another."""
    register = Register.of(world)
    for census in CENSUSES:
        table = census_table(world, census, register)
        case = CASE.get(census, str)
        # The mark keeps its case: it is ours, not the source's.
        table = table.rename({name: case(name) for name in table.columns[:-1]})
        yield File(f"Spring_Census_{census}.txt", table)
