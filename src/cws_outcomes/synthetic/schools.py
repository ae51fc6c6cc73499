"""Schools, and which school each pupil is enrolled in on each spring census day."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import Flags, Real, Whole, birthday, day
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import Stream, Streams
from cws_outcomes.synthetic.people import COHORTS, FIRST_COHORT, People
from cws_outcomes.synthetic.places import Places

FIRST_CENSUS, LAST_CENSUS = 2006, 2020
CENSUSES = tuple(range(FIRST_CENSUS, LAST_CENSUS + 1))

SECONDARY_SIZE, PRIMARY_SIZE = 180, 45
"""Pupils of one cohort in one school."""

SIXTH_FORM_SHARE = 0.45


@dataclass(frozen=True)
class Schools:
    """
    One row per school; ``la`` is a row of the authorities, ``number`` unique within it.

    Pupils' ``primary`` and ``secondary`` are rows of schools. ``is_enrolled`` has a row per pupil
    and a column per spring census.
    """

    la: Whole
    number: Whole
    effect: Real
    is_boycotting: Flags
    primary: Whole
    secondary: Whole
    is_enrolled: Flags
    sen_kind: Whole
    """0 none, 1 support, 2 plan (statement or EHC plan), at its height."""
    sen_from_year: Whole
    """National curriculum year in which support begins; a plan follows two years later."""


def census_day(year: int) -> int:
    """Third Thursday of January, near enough: the spring census."""
    return day(year, 1, 18)


def curriculum_year(cohort: Whole, census: Whole | int) -> Whole:
    """National curriculum year (0 = reception) of a cohort at the spring census of a year."""
    return (census - 1) - (FIRST_COHORT + cohort) - 5


def _numbers(places: Places, pupils: Whole, size: int) -> tuple[Whole, Whole]:
    """First school and number of schools of each authority."""
    count = np.maximum(1, np.round(pupils / COHORTS / size)).astype(np.int64)
    return np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64), count


def _assign(la: Whole, first: Whole, count: Whole, stream: Stream) -> Whole:
    return first[la] + np.floor(stream.random(len(la)) * count[la]).astype(np.int64)


def _school_la(home_la: Whole, places: Places, stream: Stream, dials: Dials) -> Whole:
    """Authority of the school: for some pupils the next authority in the list."""
    crosses = stream.random(len(home_la)) < dials.cross_border_share
    return np.where(crosses, (home_la + 1) % len(places.la_code), home_la)


def _enrolled(people: People, stream: Stream, dials: Dials) -> Flags:
    """Whether each pupil is in a state school at each spring census."""
    pupils = people.pupils
    cohort = people.cohort[:pupils]
    away = stream.random(pupils) < dials.absentee_share
    away_from = np.where(away, stream.integers(1, 12, pupils), 99)
    away_to = away_from + stream.geometric(0.35, pupils)
    sixth_form = stream.random(pupils) < SIXTH_FORM_SHARE
    found = np.zeros((pupils, len(CENSUSES)), dtype=np.bool_)
    for column, census in enumerate(CENSUSES):
        nc = curriculum_year(cohort, census)
        of_age = (nc >= 0) & (nc <= np.where(sixth_form, 13, 11))
        here = (nc < away_from) | (nc >= away_to)
        found[:, column] = of_age & here & (people.present_until[:pupils] > census_day(census))
    return found


def _sen(people: People, stream: Stream) -> tuple[Whole, Whole]:
    pupils = people.pupils
    male = people.is_male[:pupils]
    draw = stream.random(pupils)
    support, plan = np.where(male, 0.46, 0.31), np.where(male, 0.055, 0.025)
    kind = np.select([draw < plan, draw < plan + support], [2, 1], 0)
    return kind, stream.integers(0, 9, pupils)


def make_schools(people: People, places: Places, streams: Streams, dials: Dials) -> Schools:
    """Open schools in each authority and enrol the pupils."""
    pupils = people.pupils
    child = np.arange(pupils)
    by_age = [people.home_on(child, birthday(people.birth[:pupils], age)) for age in (5, 11)]
    home = [places.neighbourhood_la[at] for at in by_age]
    taught = np.bincount(home[1], minlength=len(places.la_code))
    first_primary, primaries = _numbers(places, taught, PRIMARY_SIZE)
    first_secondary, secondaries = _numbers(places, taught, SECONDARY_SIZE)
    stream = streams("schools")
    la = np.concatenate(
        [np.repeat(np.arange(len(taught)), count) for count in (primaries, secondaries)]
    )
    number = np.concatenate(
        [
            2000 + np.arange(primaries.sum()) - np.repeat(first_primary, primaries),
            4000 + np.arange(secondaries.sum()) - np.repeat(first_secondary, secondaries),
        ]
    )
    primary_la, secondary_la = (_school_la(at, places, stream, dials) for at in home)
    sen_kind, sen_from = _sen(people, streams("sen"))
    return Schools(
        la=la,
        number=number,
        effect=stream.normal(0, 0.15, len(la)),
        is_boycotting=stream.random(len(la)) < dials.boycott_share,
        primary=_assign(primary_la, first_primary, primaries, stream),
        secondary=_assign(secondary_la, first_secondary, secondaries, stream) + primaries.sum(),
        is_enrolled=_enrolled(people, streams("enrolment"), dials),
        sen_kind=sen_kind,
        sen_from_year=sen_from,
    )


def school_of(schools: Schools, pupil: Whole, nc: Whole) -> Whole:
    """School of each pupil in a curriculum year: secondary from Year 7."""
    found: Whole = np.where(nc >= 7, schools.secondary[pupil], schools.primary[pupil])
    return found


def sen_on(schools: Schools, pupil: Whole, nc: Whole) -> Whole:
    """0 none, 1 support, 2 plan, in a curriculum year."""
    kind, since = schools.sen_kind[pupil], nc - schools.sen_from_year[pupil]
    return np.where(since < 0, 0, np.where((kind == 2) & (since < 2), 1, kind))
