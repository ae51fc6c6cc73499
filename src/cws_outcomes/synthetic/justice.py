"""First proven offences: the planted hazard, year by year; and remand that follows offending."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import NEVER, YEAR, Days, Real, Whole, birthday, day
from cws_outcomes.synthetic.dials import ETHNIC_GROUPS
from cws_outcomes.synthetic.disposals import Disposals, make_disposals
from cws_outcomes.synthetic.offending import Offences, make_offences
from cws_outcomes.synthetic.records import CareSpells
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.timeline import Pieces, Timeline, first_events, overlay
from cws_outcomes.synthetic.trouble import Offenders, Trouble

EXTRACT_END = day(2021, 1, 1)
"""First day that the police national computer extract does not hold."""

REMAND_FROM = day(2012, 12, 3)
"""Children remanded to youth detention accommodation are looked after from this day on."""

FIRST_AGE, LAST_AGE = 10, 23
"""Responsible in law from 10; offending is simulated up to the 24th birthday."""

# Hazard of a first offence at ages 10 to 23 relative to age 15. Ages 10 to 18 reproduce the
# published distribution of age at first offence (CALIBRATION F028, whose "18" is the part of Year
# 13 after the birthday). They rise more steeply than that, as those of worst conduct offend first
# and are gone. From 19 on it falls slowly: about twice as many are known to the courts by 24 as by
# 18 (F174, an older cohort).
BASELINE = np.array([2.0, 3.6, 6.4, 9.2, 15, 18, 18, 18.6, 33, 29, 26, 24, 20, 17]) / 18


LATER_COHORT = 2
"""Cohort of the births of 1998/99: after it first offences fall faster."""

_ROOM = 1 << 17
"""Room for a day in the key (child, day)."""


@dataclass(frozen=True)
class Justice:
    """All offences and what the courts made of them, with each child's first proven offence."""

    offences: Offences
    disposals: Disposals
    first_proven: Days
    """``NEVER`` for children without one."""


def home_at_ten(setting: Setting) -> Whole:
    """Neighbourhood of each child on its 10th birthday: where deprivation and LA are read."""
    people = setting.people
    everyone = np.arange(setting.block.size)
    return people.home_on(everyone, birthday(people.birth, FIRST_AGE))


def first_offence_rate(setting: Setting) -> Real:
    """Hazard per day at age 15 of each child while never in contact and without trouble."""
    people, places, dials = setting.people, setting.places, setting.dials
    home = home_at_ten(setting)
    ethnic = np.array([dials.offence_ethnicity.get(group, 0.0) for group in ETHNIC_GROUPS])
    log_ratio = (
        dials.offence_male * people.is_male
        + ethnic[people.group]
        + dials.offence_deprivation * places.deprivation[home]
        + dials.offence_cohort * people.cohort
        + dials.offence_cohort_later * np.maximum(people.cohort - LATER_COHORT, 0)
        + dials.conduct_offence * people.conduct
        + dials.hidden_offence * people.hidden
        + places.outcome_effect[places.neighbourhood_la[home]]
    )
    found: Real = dials.offence_level / YEAR * np.exp(log_ratio)
    return found


class JusticeLife:
    """
    Offending of the children of a block, as their lives go on.

    Parameters
    ----------
    setting : Setting
        Given before anything happens.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._rate = first_offence_rate(setting)
        self._until = np.minimum(setting.people.present_until, EXTRACT_END)
        self._first = np.full(setting.block.size, NEVER, dtype=np.int32)

    def advance(self, year: SchoolYear, lines: Timeline, trouble: Trouble) -> Offenders:
        """
        Draw who commits a first proven offence in an academic year, and when.

        Each child has one exponential draw a year, whatever its state: under other interventions
        it meets the same luck.

        Parameters
        ----------
        year : SchoolYear
            The academic year.
        lines : Timeline
            States of contact in that year.
        trouble : Trouble
            Trouble at school in the year before.
        """
        turning = self._turning(year)
        child = np.flatnonzero(
            (turning >= FIRST_AGE) & (turning <= LAST_AGE + 1) & (self._first == NEVER)
        )
        pieces, age = self._pieces(year, lines, child, turning[child])
        rate = self._yearly_rate(child, trouble)[pieces.window] * BASELINE[age]
        state = np.exp(np.array(self._setting.dials.log_ratios(self._setting.dials.offence_state)))
        luck = self._setting.block.noise.exponential("first offence", year.census, child)
        on = first_events(pieces, rate * state[pieces.state], luck)
        offends = on < NEVER
        self._first[child[offends]] = on[offends]
        return Offenders(child[offends], on[offends])

    def _turning(self, year: SchoolYear) -> Whole:
        """Birthday that each child has within the year."""
        found: Whole = year.census - 1 - self._setting.people.birth_year
        return found

    def _yearly_rate(self, child: Whole, trouble: Trouble) -> Real:
        planted = self._setting.dials.trouble_offence
        log_ratio = (
            planted.get("absent", 0.0) * trouble.is_persistently_absent[child]
            + planted.get("suspended", 0.0) * trouble.was_suspended[child]
            + planted.get("excluded", 0.0) * trouble.was_excluded[child]
        )
        found: Real = self._rate[child] * np.exp(log_ratio)
        return found

    def _pieces(
        self, year: SchoolYear, lines: Timeline, child: Whole, turning: Whole
    ) -> tuple[Pieces, Whole]:
        """Cut the year of each child at its birthday and where its state changes; and ages."""
        people = self._setting.people
        birthdays = birthday(people.birth[child], turning)
        first = np.maximum(year.first, people.arrival[child])
        after = np.minimum(year.after, self._until[child])
        # Before the 10th birthday, and from the 24th on, nothing is at risk.
        start = np.stack([np.where(turning > FIRST_AGE, first, birthdays), birthdays], axis=1)
        end = np.stack([birthdays, np.where(turning <= LAST_AGE, after, birthdays)], axis=1)
        start, end = np.maximum(start, first[:, None]), np.minimum(end, after[:, None])
        cut = overlay(lines, np.repeat(child, 2), start.ravel(), end.ravel())
        age = turning[cut.window // 2] - 1 + cut.window % 2 - FIRST_AGE
        return Pieces(cut.window // 2, cut.start, cut.end, cut.state), age

    def finished(self, lines: Timeline) -> Justice:
        """All that followed the first offences, with the courts' disposals."""
        offences = make_offences(self._setting, lines, self._first, self._until)
        return Justice(offences, make_disposals(self._setting, lines, offences), self._first)


def remands(setting: Setting, justice: Justice) -> CareSpells:
    """Care that offending causes: remand of some children under 18 (legal status J1)."""
    people, noise, dials = setting.people, setting.block.noise, setting.dials
    offences = justice.offences
    row = np.flatnonzero(offences.is_primary & (offences.on < EXTRACT_END))
    child, case = offences.child[row], offences.case[row]
    share = dials.remand_share * np.where(offences.is_serious[row], dials.remand_serious, 1.0)
    start = offences.on[row] + 1 + _up_to(noise.uniform("remand start", case, child), 20)
    end = start + 14 + _up_to(noise.uniform("remand length", case, child), 76)
    adult = np.minimum(birthday(people.birth[child], 18), people.present_until[child])
    remanded = noise.uniform("remand", case, child) < share
    kept = np.flatnonzero(remanded & (start >= REMAND_FROM) & (start < adult))
    kept = kept[_apart(child[kept], start[kept], end[kept])]
    who = child[kept]
    return CareSpells(
        child=who,
        la=setting.places.neighbourhood_la[people.home_on(who, start[kept])],
        referral=np.full(len(who), -1),
        start=start[kept].astype(np.int32),
        end=np.minimum(end, adult)[kept].astype(np.int32),
        kind=np.full(len(who), 3),
        is_adopted=np.zeros(len(who), dtype=np.bool_),
    )


def _up_to(luck: Real, days: int) -> Whole:
    return np.floor(luck * days).astype(np.int64)


def _apart(child: Whole, start: Whole, end: Whole) -> Whole:
    """Order by child and day, without those that begin before all before have ended."""
    order = np.lexsort((start, child))
    begins = child[order] * _ROOM + start[order]
    latest = np.maximum.accumulate(child[order] * _ROOM + end[order])
    found: Whole = order[np.append(True, begins[1:] >= latest[:-1])[: len(order)]]
    return found
