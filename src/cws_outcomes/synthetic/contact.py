"""Children's social care: referrals, need, protection plans and care spells from birth to 18."""

from dataclasses import fields, replace

import numpy as np

from cws_outcomes.synthetic.casework import Round, cut, work_through
from cws_outcomes.synthetic.days import NEVER, YEAR, Days, Real, Whole, as_days, birthday
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import Stream, Streams, arrival
from cws_outcomes.synthetic.people import People
from cws_outcomes.synthetic.places import Places
from cws_outcomes.synthetic.records import CareSpells, Contact, Plans, Referrals, stacked_care

MOST_REFERRALS = 14

# Cumulative hazard of a first referral by age: highest in infancy, then nearly flat to 16.
# Level set so that about 35 % are referred by 18 (CALIBRATION F052).
FIRST_AGES = np.array([0.0, 1.0, 5.0, 10.0, 16.0, 18.0])
FIRST_HAZARD = np.cumsum([0.0, 0.055, 0.105, 0.115, 0.210, 0.035])

# Cumulative hazard of another referral by years since the last closed: about a quarter come back
# within a year (CALIBRATION F088), few after many years.
AGAIN_YEARS = np.array([0.0, 1.0, 3.0, 10.0, 18.0])
AGAIN_HAZARD = np.cumsum([0.0, 0.30, 0.24, 0.42, 0.30])


def _risks(people: People, places: Places, home: Whole, dials: Dials) -> Real:
    deprivation = places.deprivation[home] - 0.5
    la = places.neighbourhood_la[home]
    ethnic = np.array([0.0, 0.15, 0.10, -0.40, -0.20])[people.group]
    inverse = dials.inverse_law * deprivation * places.la_deprivation[la]
    risk: Real = np.exp(
        dials.referral_deprivation * deprivation + ethnic + places.contact_effect[la] + inverse
    )
    return dials.referral_level * risk


def _first_referrals(people: People, before: Real, after: Real, stream: Stream) -> Days:
    """Days of first referral, the hazard changing where a child moves to another authority."""
    size = people.count
    exposure = stream.exponential(1.0, size)
    start = np.zeros(size)
    age = arrival(start, FIRST_AGES, FIRST_HAZARD, before, exposure)
    moved = (people.move - people.birth) / YEAR
    spent = before * np.interp(moved, FIRST_AGES, FIRST_HAZARD)
    later = arrival(moved, FIRST_AGES, FIRST_HAZARD, after, np.maximum(exposure - spent, 0))
    age = np.where(age > moved, later, age)
    return _dated(people.birth, age)


def _dated(origin: Days, years: Real) -> Days:
    days = np.where(np.isfinite(years), origin + np.floor(np.minimum(years, 99) * YEAR), NEVER)
    return days.astype(np.int32)


def _one_round(
    people: People,
    places: Places,
    due: Days,
    risk: tuple[Real, Real],
    last: Days,
    streams: Streams,
    number: int,
    dials: Dials,
) -> Round:
    """Work through the referrals made on the days ``due`` by those due before their ``last``."""
    child = np.flatnonzero(due < last)
    referral = due[child]
    moved = people.move[child] <= referral
    own_risk = np.where(moved, risk[1][child], risk[0][child])
    la = places.neighbourhood_la[people.home_on(child, referral)]
    age = (referral - people.birth[child]) / YEAR
    stream = streams(f"referral {number}")
    return work_through(child, la, referral, own_risk, age, stream, dials)


def _again(
    people: People, done: Round, last: Days, risk: tuple[Real, Real], stream: Stream
) -> Days:
    """Days of the next referral of those whose last one has closed and whose care has ended."""
    due = np.full(people.count, NEVER, dtype=np.int32)
    child = done.referrals.child
    closed = done.referrals.closure.copy()
    np.maximum.at(closed, done.care.referral, done.care.end)
    np.maximum.at(closed, done.plans.referral, done.plans.end)
    own = np.where(people.move[child] <= closed, risk[1][child], risk[0][child])
    zero = np.zeros(len(child))
    years = arrival(
        zero, AGAIN_YEARS, AGAIN_HAZARD, np.sqrt(own), stream.exponential(1.0, len(child))
    )
    due[child] = np.where(closed < last[child], _dated(closed + 1, years), NEVER)
    return due


def _short_breaks(
    people: People, places: Places, last: Days, stream: Stream, dials: Dials
) -> CareSpells:
    """Runs of short breaks of disabled children: single ones (V3) or by agreement (V4)."""
    child = np.flatnonzero(stream.random(people.count) < dials.short_break_share)
    number = stream.integers(2, 9, len(child))
    kind = stream.integers(1, 3, len(child))
    first = people.birth[child] + as_days(YEAR * stream.uniform(5, 14, len(child)))
    row = np.repeat(np.arange(len(child)), number)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    start = first[row] + turn * 45 + stream.integers(0, 20, len(row))
    end = start + stream.integers(2, 5, len(row)) * np.where(kind[row] == 1, 1, 5)
    kept = end < last[child[row]]
    who = child[row][kept]
    la = places.neighbourhood_la[people.home_on(who, start[kept])]
    return CareSpells(
        who,
        la,
        np.full(len(who), -1),
        start[kept].astype(np.int32),
        end[kept].astype(np.int32),
        kind[row][kept].astype(np.int64),
        np.zeros(len(who), dtype=np.bool_),
    )


def make_contact(people: People, places: Places, streams: Streams, dials: Dials) -> Contact:
    """Simulate every child's contact with children's social care from birth to 18."""
    risk = (
        _risks(people, places, people.first_home, dials),
        _risks(people, places, people.second_home, dials),
    )
    last = np.minimum(birthday(people.birth, 18), people.present_until)
    adoption = np.full(people.count, NEVER, dtype=np.int32)
    due = _first_referrals(people, *risk, streams("first referral"))
    rounds: list[Round] = []
    for number in range(MOST_REFERRALS):
        done = _one_round(people, places, due, risk, last, streams, number, dials)
        done = cut(done, last)
        given = done.care.is_adopted
        adoption[done.care.child[given]] = done.care.end[given]
        last = np.minimum(last, adoption)
        done = cut(done, last)
        rounds.append(done)
        due = _again(people, done, last, risk, streams(f"again {number}"))
    breaks = _short_breaks(people, places, last, streams("short breaks"), dials)
    return _assembled(rounds, breaks, adoption)


def _assembled(rounds: list[Round], breaks: CareSpells, adoption: Days) -> Contact:
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
    care = replace(care, referral=pointer)
    return Contact(referrals, plans, stacked_care([care, breaks]), adoption)
