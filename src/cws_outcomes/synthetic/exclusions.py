"""Suspensions and permanent exclusions, at hazards that follow the state of contact."""

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
    weekday_before,
)
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.special_needs import PLAN, SUPPORT
from cws_outcomes.synthetic.timeline import Timeline, first_events, overlay

# Share of pupils suspended in a year and permanent exclusions per pupil, by curriculum year 0 to
# 13. Years 7 to 11: CALIBRATION F117, F118, suspensions from Year 9 on somewhat higher, as who is
# inclined to trouble can be suspended only once; the others are our own rough levels, so that
# primary schools suspend 2.3 % and exclude 0.14 % of their pupils (F128).
# fmt: off
SUSPENDED = np.array([
    0.0008, 0.0014, 0.002, 0.0024, 0.003, 0.0034, 0.0041,
    0.0220, 0.040, 0.0565, 0.068, 0.053, 0.006, 0.004,
])
EXCLUDED = np.array([
    0, 0.00006, 0.00008, 0.00010, 0.00013, 0.00016, 0.00016,
    0.00049, 0.00119, 0.0022, 0.0028, 0.00092, 0, 0,
])
# fmt: on

SCHOOL_DAYS = 322
"""Days from the first to the last of a school year: the shares above are of so many."""

# Log ratios to 2012/13 of suspensions and of permanent exclusions, by census year: 2013, 2016 and
# 2017 after CALIBRATION F116, the course between and before them is our own.
TREND_YEARS = np.array([2006, 2007, 2010, 2012, 2013, 2014, 2015, 2016, 2017, 2018, 2019])
SUSPENDED_TREND = np.log([1.55, 1.50, 1.22, 1.12, 1.00, 1.00, 1.05, 1.10, 1.19, 1.23, 1.25])
EXCLUDED_TREND = np.log([2.00, 1.95, 1.32, 1.24, 1.00, 1.17, 1.27, 1.38, 1.68, 1.71, 1.71])

# Chance of 2, 3, ... suspensions in a year of a pupil with more than one: CALIBRATION F122 to 6,
# then a tail of which 0.5 % of all have more than ten.
AGAIN = np.array([184, 83, 44, 24, 14, 7.5, 4.5, 3, 2, *(1.4 * 0.72 ** np.arange(30))])

REASONS = ("PP", "PA", "VP", "VA", "BU", "RA", "SM", "DA", "DM", "TH", "DB", "OT")
REASON_SHARES = np.array([18, 7, 4, 20, 1, 1, 1, 6, 3, 2, 30, 7])

CATEGORIES = ("FIXD", "SUSP", "LNCH", "PERM")
FIXED, SUSPENSION, LUNCH, PERMANENT = range(4)

LONGEST = 45
"""Days: the most a suspension may last."""


@dataclass(frozen=True)
class Exclusions:
    """
    One row per suspension or permanent exclusion, sorted by pupil, day and category.

    ``category`` and ``reason`` are places in ``CATEGORIES`` and ``REASONS``.
    """

    pupil: Whole
    year: Whole
    """Academic year, named by its spring census."""
    start: Days
    category: Whole
    reason: Whole
    sessions: Whole

    @property
    def is_permanent(self) -> Flags:
        """Whether each row is a permanent exclusion."""
        found: Flags = self.category == PERMANENT
        return found


@dataclass(frozen=True)
class Windows:
    """Pupils at risk in one school year: one row each."""

    pupil: Whole
    nc: Whole
    needs: Whole
    """0 none, 1 support, 2 plan."""
    school: Whole
    start: Days
    end: Days


def trend(census: int, course: Real) -> float:
    """Log ratio of a year to 2012/13."""
    return float(np.interp(census, TREND_YEARS, course))


def by_code(codes: Text, log_ratios: dict[str, float]) -> Real:
    """Log ratio of each minor ethnic group; what is not planted is 0."""
    known, place = np.unique(codes, return_inverse=True)
    return np.array([log_ratios.get(str(code), 0.0) for code in known])[place]


class Discipline:
    """Suspensions and permanent exclusions of a block, year by year."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        people, places, dials = setting.people, setting.places, setting.dials
        home = people.home_on(np.arange(people.count), birthday(people.birth, 10))
        self._own: Real = (
            dials.suspension_male * people.is_male
            + dials.suspension_deprivation * places.deprivation[home]
            + places.outcome_effect[places.neighbourhood_la[home]]
            + dials.suspension_conduct * people.conduct
            + dials.hidden_school * people.hidden
            + by_code(people.ethnicity, dict(dials.suspension_ethnicity))
        )
        self._more: Real = dials.exclusion_conduct * people.conduct + by_code(
            people.ethnicity, dict(dials.exclusion_ethnicity)
        )
        self._was_excluded: Flags = np.zeros(people.count, dtype=np.bool_)

    def log_ratio(self, windows: Windows) -> Real:
        """Log hazard ratio of suspension of each window, but for the state of contact."""
        found: Real = (
            self._own[windows.pupil]
            + self._setting.dials.suspension_support * (windows.needs == SUPPORT)
            + self._setting.dials.suspension_plan * (windows.needs == PLAN)
            + self._setting.schools.effect[windows.school]
        )
        return found

    def advance(self, year: SchoolYear, windows: Windows, lines: Timeline) -> tuple[Days, Days]:
        """Day of each window's first suspension, and of its permanent exclusion."""
        dials, noise = self._setting.dials, self._setting.block.noise
        pieces = overlay(lines, windows.pupil, windows.start, windows.end)
        state = np.array(dials.log_ratios(dials.suspension_state))[pieces.state]
        level = dials.suspension_level / SCHOOL_DAYS
        own = self.log_ratio(windows)
        moved = dials.suspension_trend * trend(year.census, SUSPENDED_TREND)
        rate = level * SUSPENDED[windows.nc] * np.exp(own + moved)
        suspended = first_events(
            pieces,
            rate[pieces.window] * np.exp(state),
            noise.exponential("suspension", year.census, windows.pupil),
        )
        if not self._setting.policy.excludes:
            return suspended, np.full(len(windows.pupil), NEVER, dtype=np.int32)
        state += np.array(dials.log_ratios(dials.exclusion_state))[pieces.state]
        moved = dials.suspension_trend * trend(year.census, EXCLUDED_TREND)
        rate = level * dials.exclusion_factor * EXCLUDED[windows.nc]
        again = dials.exclusion_again * self._was_excluded[windows.pupil]
        rate *= np.exp(own + self._more[windows.pupil] + moved + again)
        excluded = first_events(
            pieces,
            rate[pieces.window] * np.exp(state),
            noise.exponential("exclusion", year.census, windows.pupil),
        )
        return suspended, excluded

    def described(
        self, year: SchoolYear, windows: Windows, suspended: Days, excluded: Days
    ) -> Exclusions:
        """All suspensions and exclusions of a year, given the first ones."""
        first = np.flatnonzero(suspended < NEVER)
        again, turn, later = self._repeats(year, windows, first, suspended)
        permanent = np.flatnonzero(excluded < NEVER)
        # Remembered here: schools answer to offences with exclusions of their own.
        self._was_excluded[windows.pupil[permanent]] = True
        row = np.concatenate([first, first[again], permanent])
        turn = np.concatenate([np.zeros(len(first), int), turn, np.full(len(permanent), 99)])
        start = np.concatenate([suspended[first], later, excluded[permanent]])
        return self._written(year, windows, row, turn, start.astype(np.int32))

    def _repeats(
        self, year: SchoolYear, windows: Windows, first: Whole, suspended: Days
    ) -> tuple[Whole, Whole, Days]:
        """Further suspensions of the school year: place of the first one, turn, and day."""
        noise = self._setting.block.noise
        pupil, share = windows.pupil[first], self._setting.dials.suspended_again_share
        draw = noise.uniform("suspended again", year.census, pupil)
        edges = np.cumsum(AGAIN / AGAIN.sum())
        within = np.minimum(draw / max(share, 1e-12), 1.0)
        number = np.where(draw < share, 1 + np.searchsorted(edges[:-1], within), 0)
        row = np.repeat(np.arange(len(first)), number)
        turn = 1 + np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
        step = year.census * 100 + turn
        # Spread over the rest of the year, one in each of as many equal parts.
        into = (turn - 1 + noise.uniform("day suspended", step, pupil[row])) / number[row]
        begins, ends = suspended[first][row], windows.end[first][row]
        day = begins + 1 + np.floor(into * np.maximum(ends - begins - 1, 1))
        return row, turn, day.astype(np.int32)

    def _written(
        self, year: SchoolYear, windows: Windows, row: Whole, turn: Whole, start: Days
    ) -> Exclusions:
        dials, noise = self._setting.dials, self._setting.block.noise
        pupil, step = windows.pupil[row], year.census * 100 + turn
        fixed = SUSPENSION if year.census >= 2020 else FIXED
        is_lunch = noise.uniform("lunchtime", step, pupil) < dials.lunchtime_share
        category = np.select([turn == 99, is_lunch], [PERMANENT, LUNCH], fixed)
        edges = np.cumsum(REASON_SHARES / REASON_SHARES.sum())[:-1]
        reason = np.searchsorted(edges, noise.uniform("reason", step, pupil), side="right")
        length = 1 + np.floor(noise.exponential("length", step, pupil) / 0.51).astype(np.int64)
        sessions = np.where(category == PERMANENT, 0, 2 * np.minimum(length, LONGEST))
        # A weekend before the first day of school gives way to the Monday after it.
        moved, monday = weekday_before(start), start + 7 - (start + 3) % 7
        start = np.where(moved >= windows.start[row], moved, monday).astype(np.int32)
        # One a day and category: nobody is sent home twice.
        key = (pupil.astype(np.int64) * 100_000 + start) * 10 + category
        _, kept = np.unique(key, return_index=True)
        return Exclusions(
            pupil[kept],
            np.full(len(kept), year.census),
            start[kept],
            category[kept].astype(np.int8),
            reason[kept].astype(np.int8),
            sessions[kept],
        )
