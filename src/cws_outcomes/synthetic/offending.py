"""What follows a first proven offence: further cases, their offences, and cases not proven."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import NEVER, YEAR, Days, Flags, Real, Text, Whole, birthday
from cws_outcomes.synthetic.draws import logistic
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.timeline import CLA, CPP, POST, Timeline, state_on

MOST_CASES = 15

GROUPS: dict[str, float] = {
    "01 Violence against the person": 62,
    "03 Robbery": 20,
    "07 Possession of weapons": 18,
    "02 Sexual offences": 3,
    "04 Theft offences": 28,
    "05 Criminal damage and arson": 13,
    "06 Drug offences": 14,
    "08 Public order offences": 9,
    "09 Miscellaneous crimes against society": 3,
    "10 Fraud offences": 1,
    "11 Summary non-motoring": 22,
    "12 Summary motoring": 7,
}
"""Offence groups with rough shares: the serious ones among themselves, then the others."""

SERIOUS = 3
"""So many groups, from the first on, are serious violence (calibration figures F003, F029)."""

WEAPONS = list(GROUPS).index("07 Possession of weapons")

_NAMES = np.array(list(GROUPS))
_SHARES = np.array(list(GROUPS.values()))
_MOTORING, _DAMAGE = len(GROUPS) - 1, 5

# Share of serious violence among offences by age, relative to age 16: F029 against F028.
SERIOUS_BY_AGE = np.array(
    [0.25, 0.40, 0.50, 0.70, 0.88, 1.0, 1.0, 1.0, 0.74, 0.7, 0.66, 0.62, 0.62, 0.62]
)

KNOWN_CLOSELY = (CPP, CLA, POST)
"""States in which more follows a first offence than in others."""

_UNPROVEN, _ALONE = 20, 50
"""First numbers of unproven cases: of offenders, and of children never proven guilty by then."""


@dataclass(frozen=True)
class Offences:
    """
    One row per offence, sorted by child, case and primary first.

    ``case`` numbers the cases of a child: proven ones from 0 in the order of days, others from 20.
    """

    child: Whole
    case: Whole
    on: Days
    is_primary: Flags
    is_proven: Flags
    kind: Whole
    """Number of the offence group."""

    @property
    def is_serious(self) -> Flags:
        """Whether the offence is one of serious violence."""
        return self.kind < SERIOUS

    @property
    def group(self) -> Text:
        """Offence group as the police national computer writes it."""
        found: Text = _NAMES[self.kind]
        return found


def make_offences(setting: Setting, lines: Timeline, first: Days, until: Days) -> Offences:
    """
    Draw all offences of all children.

    Parameters
    ----------
    setting : Setting
        Given before anything happens.
    lines : Timeline
        States of contact over all of life.
    first : array
        Day of each child's first proven offence.
    until : array
        First day on which nothing more is known of each child.
    """
    last = np.minimum(until, birthday(setting.people.birth, 24))
    proven = _proven_cases(setting, lines, first, last)
    unproven = _unproven_cases(setting, proven, last)
    child, case, on = (np.concatenate(pair) for pair in zip(proven, unproven, strict=True))
    luck = setting.block.noise.uniform("second offence", case, child)
    second = np.flatnonzero(luck < setting.dials.second_offence_share)
    row = np.concatenate([np.arange(len(child)), second])
    is_primary = np.arange(len(row)) < len(child)
    child, case, on = child[row], case[row], on[row]
    kind = _kinds(setting, child, 2 * case + ~is_primary, on)
    order = np.lexsort((~is_primary, case, child))
    return Offences(
        child[order],
        case[order],
        on[order].astype(np.int32),
        is_primary[order],
        case[order] < _UNPROVEN,
        kind[order],
    )


def _proven_cases(
    setting: Setting, lines: Timeline, first: Days, last: Days
) -> tuple[Whole, Whole, Days]:
    """Child, number and day of each proven case: some go on after each, at an own rate."""
    noise, dials = setting.block.noise, setting.dials
    child = np.flatnonzero(first < NEVER)
    on = first[child]
    goes_on = _inclination(setting, lines, child, on)
    cases = [(child, np.zeros(len(child), dtype=np.int64), on)]
    for number in range(1, MOST_CASES):
        gap = 1 + np.floor(dials.reoffence_days * noise.exponential("gap", number, child))
        again = noise.uniform("another case", number, child) < goes_on
        again &= on + gap < last[child]
        on, child, goes_on = (on + gap)[again].astype(np.int32), child[again], goes_on[again]
        cases.append((child, np.full(len(child), number), on))
    children, numbers, days = (np.concatenate(part) for part in zip(*cases, strict=True))
    return children, numbers, days


def _inclination(setting: Setting, lines: Timeline, child: Whole, on: Days) -> Real:
    """Chance of another case after each."""
    dials = setting.dials
    state = state_on(lines, child, on)
    return logistic(
        dials.reoffence_level
        + dials.reoffence_conduct * setting.people.conduct[child]
        + dials.reoffence_male * setting.people.is_male[child]
        + dials.reoffence_contact * np.isin(state, KNOWN_CLOSELY)
        + dials.reoffence_care * (state == CLA)
    )


def _unproven_cases(
    setting: Setting, proven: tuple[Whole, Whole, Days], last: Days
) -> tuple[Whole, Whole, Days]:
    """Cases that end in acquittal or are dropped: some of offenders, some of anybody else."""
    noise, dials = setting.block.noise, setting.dials
    child, case, _ = proven
    dropped = noise.uniform("dropped", case, child) < dials.unproven_share
    alone = np.flatnonzero(noise.uniform("dropped alone") < dials.accused_share)
    child = np.concatenate([child[dropped], alone])
    case = np.concatenate([case[dropped] + _UNPROVEN, np.full(len(alone), _ALONE)])
    into = np.floor(6 * YEAR * noise.uniform("dropped on", case, child))
    on = birthday(setting.people.birth[child], 12) + into.astype(np.int32)
    kept = (on < last[child]) & (on >= setting.people.arrival[child])
    return child[kept], case[kept], on[kept]


def first_kind(setting: Setting, child: Whole, on: Days) -> Whole:
    """Offence group of the first proven offence of each child."""
    return _kinds(setting, child, np.zeros(len(child), dtype=np.int64), on)


def _kinds(setting: Setting, child: Whole, step: Whole, on: Days) -> Whole:
    """Offence group of each offence: serious violence by age and sex, then the others."""
    people, dials, noise = setting.people, setting.dials, setting.block.noise
    age = np.clip(((on - people.birth[child]) / YEAR).astype(np.int64) - 10, 0, 13)
    odds = dials.serious_level + dials.serious_male * people.is_male[child]
    odds = odds + dials.serious_conduct * people.conduct[child]
    is_serious = noise.uniform("serious", step, child) < logistic(odds) * SERIOUS_BY_AGE[age]
    luck = noise.uniform("offence group", step, child)
    among = np.searchsorted(np.cumsum(_SHARES[:SERIOUS]), luck * _SHARES[:SERIOUS].sum())
    other = np.searchsorted(np.cumsum(_SHARES[SERIOUS:]), luck * _SHARES[SERIOUS:].sum()) + SERIOUS
    # Who is too young to drive damages something instead.
    other = np.where((other == _MOTORING) & (age < 5), _DAMAGE, other)
    return np.where(is_serious, among, other)
