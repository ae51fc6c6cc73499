"""Key Stage 2 marks and Key Stage 4 results."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import Flags, Real, Whole, birthday
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import Streams, logistic
from cws_outcomes.synthetic.people import People
from cws_outcomes.synthetic.places import Places
from cws_outcomes.synthetic.schooling import PupilYears
from cws_outcomes.synthetic.schools import Schools
from cws_outcomes.synthetic.timeline import Timeline, highest_state, state_on

PRIOR_CENTRE, PRIOR_SCALE = 27.0, 4.0
"""Prior attainment is (average points - 27) / 4: about mean 0, standard deviation 1."""

PRIOR_BY_STATE = np.array([0.0, -0.15, -0.45, -0.5, -0.6, -0.25])
"""Standard deviations of Key Stage 2 attainment by state at age 10; our own rough levels."""


@dataclass(frozen=True)
class KeyStage2:
    """One row per pupil tested in Year 6; marks are -1 where the school boycotted the tests."""

    pupil: Whole
    census: Whole
    reading: Whole
    maths: Whole
    points: Real


@dataclass(frozen=True)
class KeyStage4:
    """One row per pupil in Year 11 with a record."""

    pupil: Whole
    census: Whole
    has_basics: Flags
    attainment_8: Real


@dataclass(frozen=True)
class Attainment:
    """Both stages, and each pupil's true prior attainment and look-back state at 14."""

    key_stage_2: KeyStage2
    key_stage_4: KeyStage4
    prior: Real
    look_back_state: Whole


def _points(mark: Whole, full: int) -> Real:
    """Points of a mark: 15 at nothing, 39 at full marks, to a tenth."""
    found: Real = np.round(15 + 24 * mark / full, 1)
    return found


def _key_stage_2(
    people: People,
    places: Places,
    schools: Schools,
    lines: Timeline,
    years: PupilYears,
    streams: Streams,
) -> tuple[KeyStage2, Real]:
    """Year 6 tests of all pupils (the prior), and the records of those enrolled then."""
    pupils = np.arange(people.pupils)
    stream = streams("key stage 2")
    tenth = birthday(people.birth[pupils], 10)
    home = people.home_on(pupils, tenth)
    ability = (
        stream.normal(0.0, 0.85, people.pupils)
        - 0.9 * (places.deprivation[home] - 0.5)
        - 0.8 * schools.sen_kind
        + PRIOR_BY_STATE[state_on(lines, pupils, tenth)]
    )
    reading = np.clip(np.round(28 + 9 * (ability + stream.normal(0, 0.4, len(pupils)))), 0, 50)
    maths = np.clip(np.round(56 + 20 * (ability + stream.normal(0, 0.4, len(pupils)))), 0, 100)
    points = np.round((_points(reading, 50) + _points(maths, 100)) / 2, 1)
    prior = (points - PRIOR_CENTRE) / PRIOR_SCALE
    row = np.flatnonzero(years.nc == 6)
    pupil, census = years.pupil[row], years.census[row]
    boycotted = (census == 2010) & schools.is_boycotting[schools.primary[pupil]]
    return KeyStage2(
        pupil,
        census,
        np.where(boycotted, -1, reading[pupil]).astype(np.int64),
        np.where(boycotted, -1, maths[pupil]).astype(np.int64),
        np.where(boycotted, np.nan, points[pupil]),
    ), prior


def _key_stage_4(
    people: People,
    places: Places,
    years: PupilYears,
    prior: Real,
    look_back: Whole,
    streams: Streams,
    dials: Dials,
) -> KeyStage4:
    row = np.flatnonzero(years.nc == 11)
    pupil = years.pupil[row]
    stream = streams("key stage 4")
    home = people.home_on(pupil, birthday(people.birth[pupil], 10))
    state = np.array(dials.log_ratios(dials.basics_state))[look_back[pupil]]
    common = (
        dials.basics_prior * prior[pupil]
        + dials.basics_male * people.is_male[pupil]
        + dials.basics_deprivation * places.deprivation[home]
        + places.basics_effect[places.neighbourhood_la[home]]
        + state
    )
    has_basics = stream.random(len(row)) < logistic(dials.basics_level + common)
    score = np.where(has_basics, 58, 39) + 7 * common + stream.normal(0, 7, len(row))
    recorded = has_basics | (stream.random(len(row)) >= dials.no_key_stage_4_share)
    return KeyStage4(
        pupil[recorded],
        years.census[row][recorded],
        has_basics[recorded],
        np.clip(np.round(score[recorded], 1), 0, 90),
    )


def make_attainment(
    people: People,
    places: Places,
    schools: Schools,
    lines: Timeline,
    years: PupilYears,
    streams: Streams,
    dials: Dials,
) -> Attainment:
    """Draw Key Stage 2 and Key Stage 4."""
    pupils = np.arange(people.pupils)
    birth = people.birth[pupils]
    look_back = highest_state(lines, pupils, birthday(birth, 12), birthday(birth, 14))
    stage_2, prior = _key_stage_2(people, places, schools, lines, years, streams)
    stage_4 = _key_stage_4(people, places, years, prior, look_back, streams, dials)
    return Attainment(stage_2, stage_4, prior, look_back)
