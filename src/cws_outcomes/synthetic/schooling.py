"""Suspensions, permanent exclusions and absence of enrolled pupils."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import (
    NEVER,
    Days,
    Flags,
    Real,
    Text,
    Whole,
    birthday,
    day,
    weekday_before,
)
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import Stream, Streams, logistic, pick
from cws_outcomes.synthetic.people import People
from cws_outcomes.synthetic.places import Places
from cws_outcomes.synthetic.schools import (
    CENSUSES,
    Schools,
    census_day,
    curriculum_year,
    school_of,
    sen_on,
)
from cws_outcomes.synthetic.timeline import Timeline, first_events, overlay, state_on

# Share of pupils suspended in a year and permanent exclusions per pupil, by curriculum year 0 to
# 13. Years 7 to 11: CALIBRATION F117, F118; the others are our own rough levels.
SUSPENDED = np.array(
    [
        0.001,
        0.002,
        0.003,
        0.004,
        0.006,
        0.007,
        0.008,
        0.026,
        0.040,
        0.051,
        0.058,
        0.045,
        0.006,
        0.004,
    ]
)
EXCLUDED = np.array(
    [
        0,
        0.0001,
        0.0001,
        0.0001,
        0.0002,
        0.0002,
        0.0002,
        0.0007,
        0.0013,
        0.0019,
        0.0022,
        0.0008,
        0,
        0,
    ]
)

REASONS = {
    "PP": 18,
    "PA": 7,
    "VP": 4,
    "VA": 20,
    "BU": 1,
    "RA": 1,
    "SM": 1,
    "DA": 6,
    "DM": 3,
    "TH": 2,
    "DB": 30,
    "OT": 7,
}

ABSENCE_BY_STATE = np.array([0.0, 0.3, 0.75, 0.95, 0.1, 0.3])
"""Log odds of missing a session by state on census day; rough fit to CALIBRATION F101."""

SCHOOLS_CLOSED_2020 = day(2020, 3, 23)


@dataclass(frozen=True)
class Exclusions:
    """One row per suspension or permanent exclusion, sorted by pupil and day."""

    pupil: Whole
    year: Whole
    """Academic year, named by its spring census."""
    start: Days
    category: Text
    reason: Text
    sessions: Whole


@dataclass(frozen=True)
class PupilYears:
    """One row per pupil and spring census at which the pupil is enrolled."""

    pupil: Whole
    census: Whole
    nc: Whole
    start: Days
    end: Days
    """First school day, and the day after the last, of the academic year."""


def pupil_years(people: People, schools: Schools) -> PupilYears:
    """List all enrolled pupil-years."""
    pupil, column = np.nonzero(schools.is_enrolled)
    census = np.array(CENSUSES)[column]
    first = np.array([day(year - 1, 9, 3) for year in CENSUSES])[column]
    after = np.array([day(year, 7, 22) for year in CENSUSES])[column]
    after = np.minimum(
        np.where(census == 2020, SCHOOLS_CLOSED_2020, after), people.present_until[pupil]
    )
    nc = curriculum_year(people.cohort[pupil], census)
    return PupilYears(pupil, census, nc, first.astype(np.int32), after.astype(np.int32))


def _log_ratio(
    people: People, places: Places, schools: Schools, years: PupilYears, dials: Dials
) -> Real:
    pupil = years.pupil
    at_ten = people.home_on(pupil, birthday(people.birth[pupil], 10))
    found: Real = (
        dials.suspension_male * people.is_male[pupil]
        + dials.suspension_sen * (sen_on(schools, pupil, years.nc) > 0)
        + dials.suspension_deprivation * places.deprivation[at_ten]
        + places.outcome_effect[places.neighbourhood_la[at_ten]]
        + schools.effect[school_of(schools, pupil, years.nc)]
    )
    return found


def _repeats(first: Days, end: Days, stream: Stream) -> tuple[Whole, Days]:
    """Further suspensions of the same school year: row of the first one, and day."""
    number = np.minimum(stream.geometric(0.62, len(first)) - 1, 45)
    row = np.repeat(np.arange(len(first)), number)
    into = np.floor(stream.random(len(row)) * np.maximum(end[row] - first[row] - 1, 1))
    return row, (first[row] + 1 + into).astype(np.int32)


def make_exclusions(
    people: People,
    places: Places,
    schools: Schools,
    lines: Timeline,
    years: PupilYears,
    streams: Streams,
    dials: Dials,
) -> Exclusions:
    """Draw suspensions and permanent exclusions, their hazards following the state of contact."""
    pieces = overlay(lines, years.pupil, years.start, years.end)
    ratio = (
        np.exp(
            _log_ratio(people, places, schools, years, dials)[pieces.window]
            + np.array(dials.log_ratios(dials.suspension_state))[pieces.state]
        )
        * dials.suspension_level
        / 322
    )
    size = len(years.pupil)
    stream = streams("suspensions")
    nc = years.nc[pieces.window]
    suspended = first_events(pieces, SUSPENDED[nc] * ratio, size, stream)
    excluded = first_events(
        pieces, dials.exclusion_factor * EXCLUDED[nc] * ratio, size, streams("exclusions")
    )
    first = np.flatnonzero(suspended < NEVER)
    again, later = _repeats(suspended[first], years.end[first], stream)
    permanent = np.flatnonzero(excluded < NEVER)
    window = np.concatenate([first, first[again], permanent])
    start = np.concatenate([suspended[first], later, excluded[permanent]])
    is_permanent = np.arange(len(window)) >= len(first) + len(again)
    return _described(years, window, start, is_permanent, stream)


def _described(
    years: PupilYears, window: Whole, start: Days, is_permanent: Flags, stream: Stream
) -> Exclusions:
    size = len(window)
    fixed = np.where(years.census[window] >= 2020, "SUSP", "FIXD")
    fixed = np.where(stream.random(size) < 0.01, "LNCH", fixed)
    sessions = 2 * np.minimum(stream.geometric(0.4, size), 45)
    category = np.where(is_permanent, "PERM", fixed)
    reason = pick(stream, REASONS, size)
    start = np.maximum(weekday_before(start), years.start[window])
    order = np.lexsort((category, start, years.pupil[window]))
    window = window[order]
    return Exclusions(
        years.pupil[window],
        years.census[window],
        start[order],
        category[order],
        reason[order],
        np.where(is_permanent, 0, sessions)[order],
    )


@dataclass(frozen=True)
class Absence:
    """One row per pupil-year with sessions by term (columns: autumn, spring, summer)."""

    year_row: Whole
    possible: Whole
    authorised: Whole
    unauthorised: Whole


def make_absence(
    people: People, places: Places, lines: Timeline, years: PupilYears, streams: Streams
) -> Absence:
    """Draw absence of pupils aged 5 to 15 at the start of the year, up to 2018/19."""
    row = np.flatnonzero((years.nc >= 1) & (years.nc <= 11) & (years.census <= 2019))
    pupil = years.pupil[row]
    stream = streams("absence")
    on = np.array([census_day(year) for year in CENSUSES])[years.census[row] - CENSUSES[0]]
    state = state_on(lines, pupil, on.astype(np.int32))
    own = stream.normal(0, 0.7, people.pupils)[pupil] + stream.normal(0, 0.4, len(row))
    home = people.first_home[pupil]
    odds = -3.85 + own + 0.7 * places.deprivation[home] + ABSENCE_BY_STATE[state]
    odds = odds + 0.06 * np.maximum(years.nc[row] - 7, 0)
    share = logistic(odds)
    terms = np.array([138, 116, 116])
    possible = np.maximum(terms - 2 * stream.integers(0, 4, (len(row), 3)), 0)
    missed = stream.binomial(possible, share[:, None])
    without_leave = np.minimum(0.12 + 1.5 * share, 0.6)
    unauthorised = stream.binomial(missed, without_leave[:, None])
    return Absence(row, possible, missed - unauthorised, unauthorised)
