"""Offences from age 10, what the courts made of them, and remand that follows."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import NEVER, YEAR, Days, Flags, Real, Text, Whole, birthday, day
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import Stream, Streams, pick
from cws_outcomes.synthetic.people import People
from cws_outcomes.synthetic.places import Places
from cws_outcomes.synthetic.records import CareSpells
from cws_outcomes.synthetic.timeline import Timeline, earliest, first_events, overlay

EXTRACT_END = day(2021, 1, 1)
"""First day that the police national computer extract does not hold."""

REMAND_FROM = day(2012, 12, 3)
"""Children remanded to youth detention accommodation are looked after from this day on."""

FIRST_AGE, LAST_AGE = 10, 22

# Hazard of a first offence at ages 10 to 22 relative to age 15. Ages 10 to 17 are the published
# distribution of age at first offence (CALIBRATION F028); later ages are our own.
BASELINE = np.array([3, 5, 8, 11, 15, 17, 16, 15, 15, 14, 12, 10, 9]) / 17

GROUPS: dict[str, float] = {
    "01 Violence against the person": 30,
    "02 Sexual offences": 3,
    "03 Robbery": 4,
    "04 Theft offences": 22,
    "05 Criminal damage and arson": 12,
    "06 Drug offences": 10,
    "07 Possession of weapons": 5,
    "08 Public order offences": 7,
    "09 Miscellaneous crimes against society": 2,
    "10 Fraud offences": 1,
    "11 Summary non-motoring": 3,
    "12 Summary motoring": 4,
}

MOST_OFFENCES = 12
AGAIN_SHARE, AGAIN_GAP = 0.42, 300.0
"""Chance of another case after each, and mean days until it."""


@dataclass(frozen=True)
class Offences:
    """One row per offence; ``case`` numbers the cases; not sorted."""

    child: Whole
    case: Whole
    on: Days
    is_primary: Flags
    is_proven: Flags
    group: Text


@dataclass(frozen=True)
class Justice:
    """All offences, with each child's first proven one."""

    offences: Offences
    first_proven: Days


def first_offence_rate(people: People, places: Places, child: Whole, dials: Dials) -> Real:
    """Hazard per day at age 15 of each child while never in contact."""
    home = people.home_on(child, birthday(people.birth[child], FIRST_AGE))
    ethnic = [
        dials.offence_ethnicity.get(g, 0.0) for g in ("white", "mixed", "black", "asian", "other")
    ]
    log_ratio = (
        dials.offence_male * people.is_male[child]
        + np.array(ethnic)[people.group[child]]
        + dials.offence_deprivation * places.deprivation[home]
        + dials.offence_cohort * people.cohort[child]
        + places.outcome_effect[places.neighbourhood_la[home]]
    )
    found: Real = dials.offence_level / YEAR * np.exp(log_ratio)
    return found


def first_offences(
    people: People, places: Places, lines: Timeline, streams: Streams, dials: Dials
) -> Days:
    """Draw the day of each child's first proven offence: the planted hazard."""
    ages = np.arange(FIRST_AGE, LAST_AGE + 1)
    child = np.tile(np.arange(people.count), len(ages))
    age = np.repeat(ages, people.count)
    start = np.concatenate([birthday(people.birth, int(a)) for a in ages])
    end = np.concatenate([birthday(people.birth, int(a) + 1) for a in ages])
    last = np.minimum(people.present_until, EXTRACT_END)
    pieces = overlay(lines, child, start, np.minimum(end, last[child]))
    state = np.array(dials.log_ratios(dials.offence_state))[pieces.state]
    rate = first_offence_rate(people, places, np.arange(people.count), dials)
    window_rate = rate[child] * BASELINE[age - FIRST_AGE]
    on = first_events(
        pieces, window_rate[pieces.window] * np.exp(state), len(child), streams("first offence")
    )
    return earliest(child, on, people.count)


def _further(people: People, first: Days, stream: Stream) -> tuple[Whole, Days]:
    """All proven cases: child and day, the first included."""
    child = np.flatnonzero(first < NEVER)
    on = first[child]
    last = np.minimum(people.present_until, EXTRACT_END)
    children, days = [child], [on]
    for _ in range(MOST_OFFENCES - 1):
        gap = 1 + np.floor(stream.exponential(AGAIN_GAP, len(child))).astype(np.int32)
        goes_on = (stream.random(len(child)) < AGAIN_SHARE) & (on + gap < last[child])
        child, on = child[goes_on], (on + gap)[goes_on]
        children.append(child)
        days.append(on)
    return np.concatenate(children), np.concatenate(days)


def _unproven(people: People, cases: Whole, stream: Stream) -> tuple[Whole, Days]:
    """Cases that end in acquittal or are dropped: some of offenders, some of nobody else."""
    known = cases[stream.random(len(cases)) < 0.06]
    others = np.flatnonzero(stream.random(people.count) < 0.003)
    child = np.concatenate([known, others])
    on = birthday(people.birth[child], 12) + np.floor(stream.random(len(child)) * 6 * YEAR)
    kept = on < np.minimum(people.present_until[child], EXTRACT_END)
    return child[kept], on[kept].astype(np.int32)


def make_justice(
    people: People, places: Places, lines: Timeline, streams: Streams, dials: Dials
) -> Justice:
    """Draw all offences of all children."""
    first = first_offences(people, places, lines, streams, dials)
    stream = streams("offences")
    proven, proven_on = _further(people, first, stream)
    dropped, dropped_on = _unproven(people, proven, stream)
    child, on = np.concatenate([proven, dropped]), np.concatenate([proven_on, dropped_on])
    is_proven = np.arange(len(child)) < len(proven)
    # A quarter of the cases hold a second offence of the same day.
    row = np.concatenate([np.arange(len(child)), np.flatnonzero(stream.random(len(child)) < 0.25)])
    is_primary = np.arange(len(row)) < len(child)
    offences = Offences(
        child[row], row, on[row], is_primary, is_proven[row], pick(stream, GROUPS, len(row))
    )
    return Justice(offences, first)


def remands(people: People, places: Places, offences: Offences, streams: Streams) -> CareSpells:
    """Care that offending causes: remand of some children under 18 (legal status J1)."""
    stream = streams("remand")
    primary = np.flatnonzero(offences.is_primary & (stream.random(len(offences.child)) < 0.05))
    child = offences.child[primary]
    start = offences.on[primary] + stream.integers(1, 20, len(child))
    end = start + stream.integers(14, 90, len(child))
    adult = np.minimum(birthday(people.birth[child], 18), people.present_until[child])
    kept = np.flatnonzero((start >= REMAND_FROM) & (start < adult))
    # One remand at a time.
    order = kept[np.lexsort((start[kept], child[kept]))]
    apart = np.append(
        True, (child[order][1:] != child[order][:-1]) | (start[order][1:] >= end[order][:-1])
    )[: len(order)]
    row = order[apart]
    who = child[row]
    return CareSpells(
        who,
        places.neighbourhood_la[people.home_on(who, start[row])],
        np.full(len(row), -1),
        start[row].astype(np.int32),
        np.minimum(end, adult)[row].astype(np.int32),
        np.full(len(row), 3),
        np.zeros(len(row), dtype=np.bool_),
    )
