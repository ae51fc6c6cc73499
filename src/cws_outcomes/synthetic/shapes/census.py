"""Spring censuses: one file a year, with dual registrations and rows not on roll."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from cws_outcomes.geography import deprivation_index
from cws_outcomes.synthetic.days import Days, Flags, Text, Whole, calendar, day
from cws_outcomes.synthetic.draws import Stream
from cws_outcomes.synthetic.identifiers import numbered
from cws_outcomes.synthetic.people import birth_month
from cws_outcomes.synthetic.places import NEIGHBOURHOODS, code_on, ons_code_on
from cws_outcomes.synthetic.schools import CENSUSES, census_day, school_of, sen_on
from cws_outcomes.synthetic.shapes.frames import Column, Columns, File, dates, frame, whole
from cws_outcomes.synthetic.shapes.registration import NO_SCHOOL, second_school
from cws_outcomes.synthetic.timeline import CLA, state_on
from cws_outcomes.synthetic.world import World

MAJOR = {"W": "WHIT", "M": "MIXD", "A": "ASIA", "B": "BLAC", "C": "CHIN", "O": "AOEG"}

# The case of column names is not stable in real deliveries.
CASE = {2009: str.lower, 2017: str.upper}

OFF_ROLL_SHARE, REFUSED_SHARE, PLACED_AWAY_SHARE = 0.005, 0.01, 0.2


@dataclass(frozen=True)
class _Rows:
    """Rows of one census: pupil-year, school, enrolment status, on roll."""

    row: Whole
    school: Whole
    status: Text
    on_roll: Flags


def _rows(world: World, census: int, stream: Stream) -> _Rows:
    """Main enrolments, then the second ones of dual registrations, then rows not on roll."""
    years, schools = world.years, world.schools
    row = np.flatnonzero(years.census == census)
    school = school_of(schools, years.pupil[row], years.nc[row])
    other = second_school(world, census, years.pupil[row], school)
    dual = other != NO_SCHOOL
    left = stream.random(len(row)) < OFF_ROLL_SHARE
    status = np.where(dual, "M", "C")
    return _Rows(
        np.concatenate([row, row[dual], row[left]]),
        np.concatenate([school, other[dual], school[left]]),
        np.concatenate([status, np.full(dual.sum(), "S"), np.full(left.sum(), "C")]),
        np.arange(len(row) + dual.sum() + left.sum()) < len(row) + dual.sum(),
    )


def sen_codes(kind: Whole, pupil: Whole, census: int) -> Text:
    """Provision codes of the era: A, P and S to 2014, K from 2015, E taking over from S."""
    support = np.where(pupil % 3 == 0, "P", "A") if census <= 2014 else np.full(len(pupil), "K")
    converted = pupil % 4 < census - 2014
    plan = np.where(converted, "E", "S")
    found: Text = np.select([kind == 2, kind == 1], [plan, support], "N")
    return found


def free_meals(world: World, pupil: Whole, nc: Whole) -> Whole:
    """Free school meals, in blocks of three years."""
    draws = world.streams("free school meals").random((world.people.pupils, 5))
    found: Whole = (draws[pupil, nc // 3] < world.people.fsm_propensity[pupil]).astype(np.int64)
    return found


def _home_la(world: World, pupil: Whole, home: Whole, census: int) -> Whole:
    """Authority of the home; for some children in care it is that of a placement elsewhere."""
    la = world.places.neighbourhood_la[home]
    on = np.full(len(pupil), census_day(census), dtype=np.int32)
    in_care = state_on(world.lines, pupil, on) == CLA
    placed = in_care & (
        world.streams("placed away").random(world.people.pupils)[pupil] < PLACED_AWAY_SHARE
    )
    return np.where(placed, (la + 1) % len(world.places.la_code), la)


def _entry(nc: Whole, census: int, pupil: Whole) -> Days:
    """First day of the school year in which the pupil joined the school."""
    joined = np.where(nc >= 7, nc - 7, nc)
    september = np.array([day(census - 1 - back, 9, 2) for back in range(14)])
    found: Days = (september[joined] + pupil % 3).astype(np.int32)
    return found


def age_at_start(birth: Days, census: int) -> Whole:
    """Completed years on 31 August before."""
    year, month, _ = calendar(birth)
    return census - 1 - year - (month >= 9)


def major_group(minor: Text) -> Text:
    """Major ethnic group of each minor one."""
    codes, place = np.unique(minor, return_inverse=True)
    found: Text = np.array([MAJOR[code[0]] for code in codes], dtype="U4")[place]
    return found


def _who(world: World, rows: _Rows, census: int, stream: Stream) -> dict[str, Column]:
    people, pupil = world.people, world.years.pupil[rows.row]
    year, month = birth_month(people)
    minor = people.ethnicity[pupil]
    refused = stream.random(len(pupil)) < REFUSED_SHARE
    major = major_group(minor)
    age = age_at_start(people.birth[pupil], census) if census != 2014 else np.full(len(pupil), -1)
    nc = world.years.nc[rows.row]
    return {
        "PupilMatchingRefAnonymous": world.references.on(pupil, census_day(census)),
        "RecordStatus": np.full(len(pupil), "1"),
        "AcademicYear": np.full(len(pupil), f"{census - 1}/{census}"),
        "Gender": np.where(people.is_male[pupil], "M", "F"),
        "MonthOfBirth": month[pupil],
        "YearOfBirth": year[pupil],
        "AgeAtStartOfAcademicYear": whole(age),
        "NCyearActual": np.where(nc == 0, "R", nc.astype("U2")),
        "EthnicGroupMinor": np.where(refused, "REFU", minor),
        "EthnicGroupMajor": np.where(refused, "UNCL", major),
        "LanguageGroupMajor": people.language[pupil],
    }


def _where(world: World, rows: _Rows, census: int) -> dict[str, Column]:
    people, places, schools = world.people, world.places, world.schools
    pupil, nc = world.years.pupil[rows.row], world.years.nc[rows.row]
    on = census_day(census)
    home = people.home_on(pupil, on)
    school_la = code_on(places, schools.la[rows.school], on)
    home_la = code_on(places, _home_la(world, pupil, home, census), on)
    nine = census >= 2011
    small = numbered("SYN", home, 6)
    edition = "_15" if census >= 2016 else ""
    ranked = int(str(deprivation_index(census)["small_areas"]))
    rank = -(-places.idaci_rank[home] * ranked // NEIGHBOURHOODS)
    return {
        "EnrolStatus": rows.status,
        "OnRoll": rows.on_roll.astype(np.int64),
        "EntryDate": dates(_entry(nc, census, pupil)),
        "URN": 900_000 + rows.school,
        "Estab": schools.number[rows.school],
        "LA": school_la,
        **({"LA_9Code": ons_code_on(school_la, on)} if nine else {}),
        "HomeLA": home_la,
        **({"HomeLA_9Code": ons_code_on(home_la, on)} if nine else {}),
        "LSOA11" if census >= 2013 else "LLSOA": np.where(rows.on_roll, small, ""),
        f"IDACIRank{edition}": whole(np.where(rows.on_roll, rank, -1)),
        f"IDACIDecile{edition}": whole(np.where(rows.on_roll, 1 + (rank - 1) * 10 // ranked, -1)),
    }


def census_table(world: World, census: int) -> pl.DataFrame:
    """One spring census."""
    stream = world.streams(f"census {census}")
    rows = _rows(world, census, stream)
    pupil, nc = world.years.pupil[rows.row], world.years.nc[rows.row]
    needs: dict[str, Column] = {
        "FSMeligible": whole(np.where(rows.on_roll, free_meals(world, pupil, nc), -1)),
        "SENprovision": np.where(
            rows.on_roll, sen_codes(sen_on(world.schools, pupil, nc), pupil, census), ""
        ),
    }
    columns: Columns = {**_who(world, rows, census, stream), **needs, **_where(world, rows, census)}
    return frame(columns, suffix=f"_SPR{census % 100:02d}")


def census_files(world: World) -> Iterator[File]:
    """All spring censuses, one after another."""
    for census in CENSUSES:
        table = census_table(world, census)
        case = CASE.get(census, str)
        # The mark keeps its case: it is ours, not the source's.
        table = table.rename({name: case(name) for name in table.columns[:-1]})
        yield File(f"Spring_Census_{census}.txt", table)
