"""Results of pupils: foundation stage and Key Stages 1, 2, 4 and 5."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import Flags, Real, Whole, birthday, day
from cws_outcomes.synthetic.schooling import Schooling
from cws_outcomes.synthetic.schools import TREATED
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.special_needs import PLAN, SUPPORT
from cws_outcomes.synthetic.timeline import (
    CIN,
    CLA,
    CPP,
    NONE,
    POST,
    Timeline,
    highest_state,
    state_on,
)

PRIOR_CENTRE, PRIOR_SCALE = 27.0, 4.0
"""Prior attainment is (average points - 27) / 4: about mean 0, standard deviation 1."""

READING, MATHS, WRITING = 1, 2, 3

READING_MARKS, MATHS_MARKS = 50, 100

READING_CENTRE, READING_SD = 30.3, 9.0
MATHS_CENTRE, MATHS_SD = 63.5, 20.0
"""Marks of a pupil at 0, and per SD."""


# SD of what only the earlier test measures, so that Key Stage 1 is correlated with Key Stage 2 at
# about 0.7 (METHODS 4.12), the foundation stage at somewhat less.
KEY_STAGE_1_NOISE, EARLY_YEARS_NOISE = 0.55, 0.8

# Log odds between the grades: five good passes, five passes of any kind, any pass at all, against
# grade C/4 in English and mathematics.
LEVEL_2_STEP, LEVEL_1_STEP, ANY_PASS_STEP = 0.5, -3.03, -5.9

ATTAINMENT_8_CENTRE, ATTAINMENT_8_ABOVE, ATTAINMENT_8_BELOW = 41.3, 6.5, 10.0
"""Attainment 8 at the border of the grade, and per unit of log odds above and below it."""

LAST_KEY_STAGE_4 = 2020

DAYS_TO_TESTS = 242
"""From the first of September to the first of May."""

DAYS_TO_JANUARY = 122
"""From the first of September to the first of January."""


@dataclass(frozen=True)
class Scored:
    """One row per pupil assessed by its teacher: SDs in three subjects."""

    pupil: Whole
    census: Whole
    scores: Real


@dataclass(frozen=True)
class KeyStage2:
    """One row per pupil tested in Year 6; marks are -1 where the school boycotted the tests."""

    pupil: Whole
    census: Whole
    reading: Whole
    maths: Whole
    writing: Whole
    """Teacher's marks, out of as many as in reading."""
    points: Real


@dataclass(frozen=True)
class KeyStage4:
    """One row per pupil in Year 11 with a record."""

    pupil: Whole
    census: Whole
    has_basics: Flags
    has_level_2: Flags
    """Five good passes, English and mathematics among them."""
    has_level_1: Flags
    has_any_pass: Flags
    attainment_8: Real


@dataclass(frozen=True)
class KeyStage5:
    """One row per student in Year 13."""

    pupil: Whole
    census: Whole
    points: Real


@dataclass(frozen=True)
class Attainment:
    """All stages, and each pupil's true prior attainment and look-back state at 14."""

    early_years: Scored
    key_stage_1: Scored
    key_stage_2: KeyStage2
    key_stage_4: KeyStage4
    key_stage_5: KeyStage5
    prior: Real
    look_back_state: Whole


@dataclass(frozen=True)
class _Pupils:
    """What all stages build on: one row per pupil of the block."""

    setting: Setting
    lines: Timeline
    schooling: Schooling

    @property
    def all(self) -> Whole:
        """All pupils."""
        return np.arange(self.setting.people.pupils)

    def september(self, nc: int) -> Whole:
        """First day of each pupil's curriculum year."""
        first = self.setting.people.birth_year[self.all] + 5 + nc
        known, place = np.unique(first, return_inverse=True)
        found: Whole = np.array([day(int(year), 9, 1) for year in known], dtype=np.int32)[place]
        return found

    def state(self, nc: int) -> Whole:
        """State of contact as a curriculum year begins."""
        return state_on(self.lines, self.all, self.september(nc))

    def state_before_tests(self, nc: int) -> Whole:
        """Highest state of contact from September to April; ``POST`` for those known before."""
        september = self.september(nc)
        known = state_on(self.lines, self.all, september)
        highest = highest_state(self.lines, self.all, september, september + DAYS_TO_TESTS)
        found: Whole = np.where((highest == NONE) & (known == POST), POST, highest)
        return found

    def needs(self, nc: int) -> Whole:
        """Special educational needs in a curriculum year; none where no school lists the pupil."""
        found = np.zeros(len(self.all), dtype=np.int64)
        row = self.rows(nc)
        found[self.schooling.years.pupil[row]] = self.schooling.years.needs[row]
        return found

    def rows(self, nc: int) -> Whole:
        """Rows of a curriculum year."""
        return np.flatnonzero(self.schooling.years.nc == nc)

    def common(self, nc: int) -> Real:
        """What the tests of a curriculum year measure in all subjects, in SDs."""
        people, places = self.setting.people, self.setting.places
        schools, dials = self.setting.schools, self.setting.dials
        home = people.home_on(self.all, birthday(people.birth[self.all], 10))
        needs = self.needs(nc)
        school = people.attendance.school(self.all, np.full(len(self.all), nc))
        found: Real = (
            dials.test_ability * people.ability[self.all]
            + dials.test_deprivation * (places.deprivation[home] - 0.5)
            + dials.test_conduct * people.conduct[self.all]
            + dials.test_frailty * people.frailty[self.all]
            + dials.test_support * (needs == SUPPORT)
            + dials.test_plan * (needs == PLAN)
            + np.array(dials.log_ratios(dials.test_state))[self.state_before_tests(nc)]
            + schools.attainment_effect[school]
        )
        return found

    def normal(self, topic: str, step: int = 0) -> Real:
        """Standard normal numbers, one for each pupil."""
        return self.setting.block.noise.normal(topic, step, self.all)


def treated(setting: Setting, state: Whole) -> Flags:
    """Pupils on whom the trial's programme acts: in need or in care, in a treated school."""
    pupils = np.arange(setting.people.pupils)
    school = setting.people.attendance.school(pupils, np.full(len(pupils), 6))
    found: Flags = (setting.schools.arm[school] == TREATED) & np.isin(state, (CIN, CPP, CLA))
    return found


def _scored(pupils: _Pupils, nc: int, topic: str, noise: float) -> Scored:
    row = pupils.rows(nc)
    years = pupils.schooling.years
    common = pupils.common(nc) + noise * pupils.normal(topic)
    own = np.stack([pupils.normal(topic, subject) for subject in (1, 2, 3)], axis=1)
    scores = common[:, None] + pupils.setting.dials.test_noise * own
    return Scored(years.pupil[row], years.census[row], scores[years.pupil[row]])


def points_of(mark: Whole, full: int) -> Real:
    """Points of a mark: 15 at nothing, 39 at full marks, to a tenth."""
    found: Real = np.round(15 + 24 * mark / full, 1)
    return found


def _key_stage_2(pupils: _Pupils) -> tuple[KeyStage2, Real]:
    """Year 6 tests of all pupils (the prior), and the records of those enrolled then."""
    setting, years = pupils.setting, pupils.schooling.years
    dials, schools = setting.dials, setting.schools
    effect = dials.trial_effect * treated(setting, pupils.state(6))
    common = pupils.common(6) + effect

    # Boys and girls together stay where they are.
    english = dials.test_male_english * (setting.people.is_male[pupils.all] - 0.5)

    def marks(subject: int, centre: float, sd: float, full: int) -> Whole:
        score = common + dials.test_noise * pupils.normal("key stage 2", subject)
        score = score + (0.0 if subject == MATHS else english)
        return np.clip(np.round(centre + sd * score), 0, full).astype(np.int64)

    reading = marks(READING, READING_CENTRE, READING_SD, READING_MARKS)
    maths = marks(MATHS, MATHS_CENTRE, MATHS_SD, MATHS_MARKS)
    writing = marks(WRITING, READING_CENTRE, READING_SD, READING_MARKS)
    points = np.round((points_of(reading, READING_MARKS) + points_of(maths, MATHS_MARKS)) / 2, 1)
    row = pupils.rows(6)
    pupil, census, school = years.pupil[row], years.census[row], years.school[row]
    # A referral unit stands beyond the schools: it did not boycott.
    boycotting = np.append(schools.is_boycotting, False)[np.minimum(school, len(schools.la))]
    boycotted = (census == 2010) & boycotting
    return KeyStage2(
        pupil,
        census,
        np.where(boycotted, -1, reading[pupil]),
        np.where(boycotted, -1, maths[pupil]),
        writing[pupil],
        np.where(boycotted, np.nan, points[pupil]),
    ), (points - PRIOR_CENTRE) / PRIOR_SCALE


def basics_log_odds(setting: Setting, prior: Real, look_back: Whole, later: Whole) -> Real:
    """
    Log odds of the grade in English and mathematics, one per pupil of the block.

    ``look_back`` is the highest state of contact at 12 and 13, ``later`` that in Year 11.
    """
    people, places, dials = setting.people, setting.places, setting.dials
    pupils = np.arange(people.pupils)
    home = people.home_on(pupils, birthday(people.birth[pupils], 10))
    school = people.attendance.school(pupils, np.full(len(pupils), 11))
    found: Real = (
        dials.basics_level
        + dials.basics_prior * prior
        + dials.basics_male * people.is_male[pupils]
        + dials.basics_deprivation * places.deprivation[home]
        + dials.basics_conduct * people.conduct[pupils]
        + places.basics_effect[places.neighbourhood_la[home]]
        + setting.schools.attainment_effect[school]
        + np.array(dials.log_ratios(dials.basics_state))[look_back]
        + np.array(dials.log_ratios(dials.basics_later_state))[later]
    )
    return found


def _key_stage_4(pupils: _Pupils, prior: Real, look_back: Whole) -> KeyStage4:
    """Grades of Year 11, at school or in other provision only."""
    setting, years, provision = pupils.setting, pupils.schooling.years, pupils.schooling.provision
    row = np.flatnonzero((years.nc == 11) & (years.census <= LAST_KEY_STAGE_4))
    only = np.flatnonzero(
        (provision.nc == 11) & ~provision.is_at_school & (provision.census <= LAST_KEY_STAGE_4)
    )
    pupil = np.concatenate([years.pupil[row], provision.pupil[only]])
    census = np.concatenate([years.census[row], provision.census[only]])
    draw = setting.block.noise.uniform("key stage 4", 0, pupil)
    later = state_on(pupils.lines, pupils.all, pupils.september(11) + DAYS_TO_JANUARY)
    odds = basics_log_odds(setting, prior, look_back, later)
    odds[provision.pupil[provision.nc == 11]] += setting.dials.basics_provision
    reached = odds[pupil] + np.log(draw / (1 - draw))
    has_basics = reached > 0
    slope = np.where(has_basics, ATTAINMENT_8_ABOVE, ATTAINMENT_8_BELOW)
    score = ATTAINMENT_8_CENTRE + slope * reached
    score += 3 * setting.block.noise.normal("attainment 8", 0, pupil)
    has_any_pass = reached > ANY_PASS_STEP
    lost = setting.block.noise.uniform("no key stage 4", 0, pupil)
    kept = has_basics | (lost >= setting.dials.no_key_stage_4_share)
    return KeyStage4(
        pupil[kept],
        census[kept],
        has_basics[kept],
        (reached > LEVEL_2_STEP)[kept],
        (reached > LEVEL_1_STEP)[kept],
        has_any_pass[kept],
        np.where(has_any_pass, np.clip(np.round(score, 1), 0.5, 90), 0.0)[kept],
    )


def _key_stage_5(pupils: _Pupils, prior: Real) -> KeyStage5:
    row = pupils.rows(13)
    years = pupils.schooling.years
    pupil = years.pupil[row]
    score = 620 + 130 * prior[pupil] + 170 * pupils.normal("key stage 5")[pupil]
    return KeyStage5(pupil, years.census[row], np.clip(10 * np.round(score / 10), 0, 1500))


def make_attainment(setting: Setting, lines: Timeline, schooling: Schooling) -> Attainment:
    """Draw the results of all stages."""
    pupils = _Pupils(setting, lines, schooling)
    birth = setting.people.birth[pupils.all]
    look_back = highest_state(lines, pupils.all, birthday(birth, 12), birthday(birth, 14))
    stage_2, prior = _key_stage_2(pupils)
    return Attainment(
        _scored(pupils, 0, "early years", EARLY_YEARS_NOISE),
        _scored(pupils, 2, "key stage 1", KEY_STAGE_1_NOISE),
        stage_2,
        _key_stage_4(pupils, prior, look_back),
        _key_stage_5(pupils, prior),
        prior,
        look_back,
    )
