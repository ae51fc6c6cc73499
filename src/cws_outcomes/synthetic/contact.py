"""Children's social care: who is referred and when, from birth to 18, one year after another."""

from dataclasses import dataclass, fields, replace

import numpy as np

from cws_outcomes.synthetic.care import apart_from, short_breaks
from cws_outcomes.synthetic.cases import Cases
from cws_outcomes.synthetic.casework import Round, work_through
from cws_outcomes.synthetic.days import NEVER, YEAR, Days, Flags, Real, Whole, birthday
from cws_outcomes.synthetic.dials import ETHNIC_GROUPS
from cws_outcomes.synthetic.disability import is_disabled_from_birth
from cws_outcomes.synthetic.planted import contact_spells
from cws_outcomes.synthetic.records import Contact, Plans, Referrals, stacked_care
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.timeline import Spells, Timeline, lines_within, timeline
from cws_outcomes.synthetic.trouble import Offenders, Trouble

# Cumulative hazard of a first referral by age, before `Dials.referral_level`: a burst in the first
# week of life, high in infancy, then nearly flat. About 20 % are referred by 5 (14 % in need:
# CALIBRATION F053) and 35 % by 18 (F052).
FIRST_AGES = np.array([0.0, 0.02, 1.0, 5.0, 10.0, 16.0, 18.0])
FIRST_HAZARD = np.cumsum([0.0, 0.018, 0.084, 0.217, 0.055, 0.141, 0.029])

# Cumulative hazard of another referral by years since the last closed, before
# `Dials.again_level`: about a quarter come back within a year (F088), few after many years.
AGAIN_YEARS = np.array([0.0, 1.0, 3.0, 10.0, 18.0])
AGAIN_HAZARD = np.cumsum([0.0, 0.43, 0.45, 0.75, 0.30])

LEVEL_YEAR = 2013
"""Levels of the dials are those of this calendar year."""

ADOLESCENT = 11
"""Birthday within the academic year from which a child counts as adolescent."""

STEPS_A_YEAR = 16
"""Room for the rounds of a year in the numbers of the steps of noise."""

_MOST_ROUNDS = 8
_AFTER_OFFENCE = STEPS_A_YEAR - 1


@dataclass(frozen=True)
class _Windows:
    """Times in which children without an open case may be referred: one row each."""

    child: Whole
    start: Days
    end: Days


def log_hazard(setting: Setting, home: Whole) -> Real:
    """
    Log hazard ratio of a first referral of each child, living in these neighbourhoods.

    Returns
    -------
    array
        0 for a White girl of a family of middling frailty in a middling neighbourhood and LA,
        without a disability; what conduct adds depends on age (`_conduct`). The authority's own
        slope acts from the least deprived neighbourhood on, so that with an inverse
        law a deprived authority refers fewer of its children than another would of the like.
    """
    people, places, dials = setting.people, setting.places, setting.dials
    la, deprivation = places.neighbourhood_la[home], places.deprivation[home]
    ethnic = np.array([dials.referral_ethnicity.get(group, 0.0) for group in ETHNIC_GROUPS])
    found: Real = (
        dials.referral_deprivation * (deprivation - 0.5)
        + places.contact_slope[la] * deprivation
        + places.contact_effect[la]
        + ethnic[people.group]
        + dials.referral_male * people.is_male
        + dials.referral_frailty * people.frailty
        + dials.hidden_contact * people.hidden
        + dials.referral_disability * is_disabled_from_birth(setting.block, dials)
    )
    return found


class Caseload:
    """
    The children of a block before children's social care.

    A child is referred at a hazard while it has no open case; each referral is worked through to
    its end at once. All luck is the child's own (`Noise`), by year and round.
    """

    def __init__(self, setting: Setting) -> None:
        people = setting.people
        self._setting = setting
        self._log_hazard = (
            log_hazard(setting, people.first_home),
            log_hazard(setting, people.second_home),
        )
        self._last = np.minimum(birthday(people.birth, 18), people.present_until)
        self._free = np.maximum(people.birth, people.arrival).astype(np.int32)
        arrival = np.where(people.is_unaccompanied, people.arrival, NEVER)
        self._due = np.minimum(arrival, people.death_notice).astype(np.int32)
        none = np.zeros(people.count, dtype=np.bool_)
        self._was_referred, self._was_planned, self._was_in_care = none, none.copy(), none.copy()
        self._adoption = np.full(people.count, NEVER, dtype=np.int32)
        self._rounds: list[Round] = []
        self._spells: list[Spells] = []
        # Nobody's cases, so that there is a table of each kind whatever happens.
        self._work(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32), 0)

    def advance(self, year: SchoolYear, trouble: Trouble) -> None:
        """Refer children in this academic year, and work through what follows."""
        if not self._setting.policy.meets_referrals:
            return
        feedback = self._feedback(trouble)
        children = np.flatnonzero((self._free < year.after) & (self._last > year.first))
        begin = np.maximum(self._free[children], year.first).astype(np.int32)
        for number in range(_MOST_ROUNDS):
            windows = self._windows(children, begin, year)
            step = year.census * STEPS_A_YEAR + number
            on = self._referred_on(windows, feedback, year, step)
            referred = np.flatnonzero(on < windows.end)
            self._work(windows.child[referred], on[referred], step)
            # Next round: whose case has closed within the year, and who has just moved.
            moved = np.flatnonzero((on >= windows.end) & (windows.end < year.after))
            children = np.concatenate([windows.child[referred], windows.child[moved]])
            begin = np.concatenate([self._free[windows.child[referred]], windows.end[moved]])
            kept = begin < np.minimum(self._last[children], year.after)
            children, begin = children[kept], begin[kept]
            if not len(children):
                return

    def lines(self, year: SchoolYear) -> Timeline:
        """States of all children in this year, as known on the day."""
        people = self._setting.people
        return lines_within(people.birth, self._adoption, self._visible(), year.first, year.after)

    def refer_offenders(self, year: SchoolYear, offenders: Offenders) -> None:
        """Refer some children not known at the time some days after their first offence."""
        dials, noise = self._setting.dials, self._setting.block.noise
        if not self._setting.policy.meets_referrals or not dials.offence_referral_share:
            return
        drawn = noise.uniform("offence referral", year.census, offenders.child)
        delay = noise.uniform("offence referral delay", year.census, offenders.child)
        on = offenders.on + 3 + np.floor(38 * delay).astype(np.int32)
        known = self._free[offenders.child] > on
        gone = self._last[offenders.child] <= on
        row = np.flatnonzero((drawn < dials.offence_referral_share) & ~known & ~gone)
        step = year.census * STEPS_A_YEAR + _AFTER_OFFENCE
        self._work(offenders.child[row], on[row].astype(np.int32), step, follows_offence=True)

    def finished(self) -> tuple[Contact, Timeline]:
        """All records, and the states of all children over all of life."""
        breaks = short_breaks(self._setting, self._last)
        contact = _assembled(self._rounds, self._adoption)
        if self._setting.policy.meets_referrals and self._setting.policy.takes_into_care:
            breaks = apart_from(contact.care, breaks)
            contact = replace(contact, care=stacked_care([contact.care, breaks]))
        lines = timeline(self._setting.people.birth, self._adoption, self._visible())
        return contact, lines

    def _feedback(self, trouble: Trouble) -> Real:
        dials = self._setting.dials
        found: Real = (
            dials.feedback_absence * trouble.is_persistently_absent
            + dials.feedback_suspension * trouble.was_suspended
            + dials.feedback_exclusion * trouble.was_excluded
        )
        return found

    def _windows(self, child: Whole, start: Days, year: SchoolYear) -> _Windows:
        """From ``start`` to the end of the year or of childhood, or to a move of home."""
        move = self._setting.people.move[child]
        end = np.minimum(self._last[child], year.after)
        end = np.where(move > start, np.minimum(end, move), end)
        return _Windows(child, start, end.astype(np.int32))

    def _referred_on(self, windows: _Windows, feedback: Real, year: SchoolYear, step: int) -> Days:
        """Day of the next referral, ``NEVER`` if not in the window; a due one comes first."""
        people, dials, noise = self._setting.people, self._setting.dials, self._setting.block.noise
        child, was = windows.child, self._was_referred[windows.child]
        moved = people.move[child] <= windows.start
        eta = np.where(moved, self._log_hazard[1][child], self._log_hazard[0][child])
        eta = eta + self._conduct(child, year)
        eta = np.where(was, dials.again_selection * eta + self._history(child), eta)
        trend = dials.referral_trend * (year.census - LEVEL_YEAR)
        level = np.where(was, dials.again_level, dials.referral_level)
        wanted = noise.exponential("referral", step, child) / (
            level * np.exp(eta + trend + feedback[child])
        )
        origin = np.where(was, self._free[child], people.birth[child])
        on = _arrivals(windows, origin, was, wanted)
        due = self._due[child]
        comes = (due < windows.end) & (due <= on)
        return np.where(comes, np.maximum(due, windows.start), on).astype(np.int32)

    def _conduct(self, child: Whole, year: SchoolYear) -> Real:
        """What conduct adds: it is the child's own trouble that brings adolescents to notice."""
        people, planted = self._setting.people, self._setting.dials.referral_conduct
        is_adolescent = year.census - 1 - people.birth_year[child] >= ADOLESCENT
        strength = np.where(is_adolescent, planted["adolescent"], planted["child"])
        found: Real = strength * people.conduct[child]
        return found

    def _history(self, child: Whole) -> Real:
        dials = self._setting.dials
        found: Real = (
            dials.again_after_plan * self._was_planned[child]
            + dials.again_after_care * self._was_in_care[child]
        )
        return found

    def _work(self, child: Whole, on: Days, step: int, follows_offence: bool = False) -> None:
        """Work through the referrals of these days, and keep what is needed of them."""
        cases = Cases(
            child,
            on,
            step,
            self._was_referred[child],
            self._was_planned[child],
            self._was_in_care[child],
            self._setting.people.is_unaccompanied[child] & ~self._was_referred[child],
            self._setting,
            follows_offence,
        )
        done = work_through(cases, self._last[child])
        self._was_referred[child] = True
        self._was_planned[child] |= done.planned
        self._was_in_care[child] |= done.cared_for
        adopted = done.care.is_adopted
        self._adoption[done.care.child[adopted]] = done.care.end[adopted]
        self._last = np.minimum(self._last, self._adoption)
        self._free[child] = done.free
        self._due[child] = np.minimum(done.due, self._setting.people.death_notice[child])
        self._rounds.append(done)
        self._spells.append(contact_spells(done.referrals, done.plans, done.care))

    def _visible(self) -> Spells:
        if len(self._spells) > 1:
            self._spells = [Spells.stacked(self._spells)]
        return self._spells[0]


def _arrivals(windows: _Windows, origin: Days, was: Flags, wanted: Real) -> Days:
    """Days on which the hazard since the beginning of each window has added up."""
    first = (windows.start - origin) / YEAR
    after = (windows.end - origin) / YEAR
    found = np.full(len(origin), NEVER, dtype=np.int32)
    for mine, years, hazard in (
        (np.flatnonzero(~was), FIRST_AGES, FIRST_HAZARD),
        (np.flatnonzero(was), AGAIN_YEARS, AGAIN_HAZARD),
    ):
        target = np.interp(first[mine], years, hazard) + wanted[mine]
        happens = target < np.interp(after[mine], years, hazard)
        row = mine[happens]
        into = np.interp(target[happens], hazard, years)
        day = origin[row] + np.floor(into * YEAR).astype(np.int32)
        found[row] = np.clip(day, windows.start[row], windows.end[row] - 1)
    return found


def _assembled(rounds: list[Round], adoption: Days) -> Contact:
    """All rounds in one table each; rows of plans and care point into all referrals."""
    sizes = [len(done.referrals.child) for done in rounds]
    shift = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    referrals = Referrals(
        *(np.concatenate([getattr(r.referrals, f.name) for r in rounds]) for f in fields(Referrals))
    )
    plans = Plans(
        np.concatenate([r.plans.referral + s for r, s in zip(rounds, shift, strict=True)]),
        *(
            np.concatenate([getattr(r.plans, name) for r in rounds])
            for name in ("conference", "start", "end")
        ),
    )
    care = stacked_care([r.care for r in rounds])
    pointer = np.concatenate([r.care.referral + s for r, s in zip(rounds, shift, strict=True)])
    return Contact(referrals, plans, replace(care, referral=pointer), adoption)
