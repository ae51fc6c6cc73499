"""Sessions missed, by term."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import Days, Flags, Real, Whole, day
from cws_outcomes.synthetic.draws import logistic
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.timeline import Timeline, state_on

SESSIONS = np.array([138, 116, 116])
"""Half-day sessions of the autumn, spring and summer terms, the sixth half term left out."""

FIRST_YEAR, LAST_YEAR = 1, 11
"""Curriculum years of compulsory school age."""

# Log ratios to 2018/19 by census year: absence fell until 2013/14. Our own course.
TREND_YEARS = np.array([2006, 2009, 2011, 2013, 2014, 2019])
TREND = np.array([0.16, 0.15, 0.12, 0.08, 0.0, 0.0])

# Log odds by curriculum year 1 to 11: lowest at the end of primary school, highest in Year 11.
BY_YEAR = np.array([0.25, 0.15, 0.1, 0.1, 0.1, 0.1, 0.0, 0.15, 0.25, 0.32, 0.38])

# Log odds that a session missed is missed without leave, against Year 9: by far most in the last
# years of school. Our own shape, after the order of events in CALIBRATION F045.
WITHOUT_LEAVE_BY_YEAR = np.array(
    [-1.8, -1.8, -1.8, -1.8, -1.8, -1.6, -1.2, -0.85, -0.38, 0.35, 1.48]
)


@dataclass(frozen=True)
class Absence:
    """One row per pupil-year with sessions by term (columns: autumn, spring, summer)."""

    year_row: Whole
    possible: Whole
    authorised: Whole
    unauthorised: Whole


@dataclass(frozen=True)
class YearOfAbsence:
    """`Absence` of one year, of the given pupils."""

    possible: Whole
    authorised: Whole
    unauthorised: Whole

    @property
    def is_persistent(self) -> Flags:
        """A tenth or more of the sessions missed."""
        missed = self.authorised.sum(axis=1) + self.unauthorised.sum(axis=1)
        found: Flags = 10 * missed >= np.maximum(self.possible.sum(axis=1), 1)
        return found


def _middles(year: SchoolYear, size: int) -> tuple[Days, ...]:
    """A day in the middle of each term, for so many pupils."""
    days = (day(year.census - 1, 11, 1), day(year.census, 2, 15), day(year.census, 6, 1))
    return tuple(np.full(size, on, dtype=np.int32) for on in days)


class Attending:
    """Absence of a block, year by year."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        people, places, dials = setting.people, setting.places, setting.dials
        self._own: Real = (
            dials.absence_level
            + dials.absence_conduct * people.conduct
            + dials.hidden_school * people.hidden
            + dials.absence_sd * setting.block.noise.normal("absence")
            + dials.absence_deprivation * places.deprivation[people.first_home]
        )

    def advance(
        self, year: SchoolYear, pupil: Whole, nc: Whole, needs: Flags, lines: Timeline
    ) -> YearOfAbsence:
        """Sessions of pupils of compulsory school age in a year."""
        dials, noise = self._setting.dials, self._setting.block.noise
        tail = dials.absence_tail * np.where(nc >= 7, 1.0, 0.75)
        odds = (
            self._own[pupil]
            + BY_YEAR[nc - FIRST_YEAR]
            + dials.absence_trend * np.interp(year.census, TREND_YEARS, TREND)
            + dials.absence_sen * needs
            + dials.absence_year_sd * noise.normal("absence", year.census, pupil)
            + tail * noise.exponential("more absence", year.census, pupil)
        )
        effect = np.array(dials.log_ratios(dials.absence_state))
        refusal = dials.refusal_share * np.exp(dials.log_ratios(dials.refusal_state))
        own = np.exp(dials.refusal_conduct * self._setting.people.conduct[pupil])
        states = [state_on(lines, pupil, on) for on in _middles(year, len(pupil))]
        state = np.stack(states, axis=1)
        refuses = (
            noise.uniform("refusal", year.census, pupil)[:, None] < own[:, None] * refusal[state]
        )
        share = logistic(odds[:, None] + effect[state] + dials.absence_refusal * refuses)
        luck = np.stack(
            [noise.uniform("sessions", 10 * year.census + term, pupil) for term in range(3)], axis=1
        )
        # Some days off for all: the same number tells how many and whether a part makes a whole.
        possible = SESSIONS - 2 * np.floor(4 * luck).astype(np.int64)
        missed = np.floor(possible * share + (97 * luck) % 1).astype(np.int64)
        missed = np.minimum(missed, possible)
        without_leave = logistic(
            dials.unauthorised_level
            + WITHOUT_LEAVE_BY_YEAR[nc - FIRST_YEAR][:, None]
            + dials.unauthorised_slope * share
            + dials.unauthorised_conduct * self._setting.people.conduct[pupil][:, None]
        )
        unauthorised = np.floor(missed * without_leave + (89 * luck) % 1).astype(np.int64)
        unauthorised = np.minimum(unauthorised, missed)
        return YearOfAbsence(possible, missed - unauthorised, unauthorised)
