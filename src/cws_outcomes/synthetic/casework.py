"""What one referral leads to: assessment, need, protection plans, care, closure."""

from dataclasses import dataclass, fields

import numpy as np

from cws_outcomes.synthetic.days import NEVER, Days, Real, Whole, as_days, calendar
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import Stream
from cws_outcomes.synthetic.records import CareSpells, Plans, Referrals


@dataclass(frozen=True)
class Round:
    """The k-th referrals of the children who have one."""

    referrals: Referrals
    plans: Plans
    care: CareSpells


def _lognormal(stream: Stream, median: float, spread: float, size: int) -> Days:
    return as_days(1 + median * np.exp(spread * stream.normal(size=size)))


def _assess(child: Whole, la: Whole, referral: Days, stream: Stream, dials: Dials) -> Referrals:
    size = len(child)
    nfa = stream.random(size) < dials.nfa_share
    in_need = ~nfa & (stream.random(size) >= dials.not_in_need_share)
    assessment = referral + np.minimum(_lognormal(stream, 43, 0.45, size), 150)
    # A few referrals without further action stay open long: only their closure tells.
    nfa_length = np.where(stream.random(size) < 0.03, 75, 0) + stream.integers(0, 31, size)
    closed = np.where(nfa, referral + nfa_length, assessment + stream.integers(0, 15, size))
    open_for = _lognormal(stream, 130, 1.15, size)
    closure = np.where(in_need, assessment + open_for, closed)
    assessed = np.where(nfa, NEVER, assessment)
    return Referrals(
        child, la, referral, assessed.astype(np.int32), closure.astype(np.int32), nfa, in_need
    )


def _plan(made: Referrals, risk: Real, age: Real, stream: Stream, dials: Dials) -> Plans:
    """Protection plans of in-need referrals, likelier for the young and the deprived."""
    size = len(made.child)
    share = dials.plan_share * np.sqrt(risk) * np.where(age < 5, 1.2, 1.0)
    row = np.flatnonzero(made.is_in_need & (stream.random(size) < share))
    conference = made.referral[row] + 10 + _lognormal(stream, 30, 0.5, len(row))
    end = conference + _lognormal(stream, 250, 0.75, len(row))
    again = np.flatnonzero(stream.random(len(row)) < 0.08)
    second = end[again] + 30 + _lognormal(stream, 90, 0.6, len(again))
    second_end = second + _lognormal(stream, 200, 0.7, len(again))
    start = np.concatenate([conference, second]).astype(np.int32)
    return Plans(
        np.concatenate([row, row[again]]),
        start,
        start,
        np.concatenate([end, second_end]).astype(np.int32),
    )


def _care(
    made: Referrals, plans: Plans, risk: Real, age: Real, stream: Stream, dials: Dials
) -> CareSpells:
    """Care spells of in-need referrals: short stays, middling ones, and long ones to adulthood."""
    size = len(made.child)
    planned = np.zeros(size)
    planned[plans.referral] = 1.0
    share = dials.care_share * np.sqrt(risk) * (1 + 1.5 * planned) * np.where(age >= 10, 1.2, 1.0)
    row = np.flatnonzero(made.is_in_need & (stream.random(size) < share))
    count = len(row)
    start = made.referral[row] + _lognormal(stream, 60, 1.1, count)
    draw = stream.random(count)
    length = np.select(
        [draw < 0.42, draw < 0.72],
        [_lognormal(stream, 25, 0.9, count), _lognormal(stream, 330, 0.8, count)],
        20 * 366,
    )
    adopted = (draw >= 0.72) & (age[row] < 4) & (stream.random(count) < dials.adopted_share)
    length = np.where(adopted, 500 + _lognormal(stream, 400, 0.5, count), length)
    return CareSpells(
        made.child[row],
        made.la[row],
        row,
        start.astype(np.int32),
        (start + length).astype(np.int32),
        np.zeros(count, dtype=np.int64),
        adopted,
    )


def _latest(size: int, rows: Whole, days: Days) -> Days:
    found = np.zeros(size, dtype=np.int32)
    np.maximum.at(found, rows, days)
    return found


def _return_start(days: Days) -> Days:
    """1 April on or before each day: the start of its return year."""
    year, month, _ = calendar(days)
    first = ((year - 1970 - (month < 4)) * 12 + 3).astype("datetime64[M]")
    found: Days = first.astype("datetime64[D]").astype(np.int64).astype(np.int32)
    return found


def _close_after(
    made: Referrals, plans: Plans, care: CareSpells, stream: Stream, dials: Dials
) -> Referrals:
    """
    Referrals stay open past their plans and care, but for a few closed too soon.

    A plan's end is only ever returned with its referral, so a referral closed before its plan
    closes in the same return year.
    """
    size = len(made.child)
    planned = _latest(size, plans.referral, plans.end)
    busy = np.maximum(planned, _latest(size, care.referral, care.end))
    early = stream.random(size) < dials.outside_referral_share
    after = np.where(busy > 0, busy + stream.integers(14, 90, size), 0)
    too_soon = np.maximum(planned - stream.integers(1, 21, size), _return_start(planned))
    after = np.where(early, np.where(planned > 0, too_soon, 0), after)
    closure = np.maximum(made.closure, after).astype(np.int32)
    return Referrals(
        made.child, made.la, made.referral, made.assessment, closure, made.is_nfa, made.is_in_need
    )


def cut(rounds: Round, last: Days) -> Round:
    """End everything at each child's last day; drop what would begin after it."""
    made, plans, care = rounds.referrals, rounds.plans, rounds.care
    cap = last[made.child]
    closure = np.minimum(made.closure, cap)
    assessment = np.where(made.assessment <= closure, made.assessment, NEVER)
    referrals = Referrals(
        made.child, made.la, made.referral, assessment, closure, made.is_nfa, made.is_in_need
    )
    kept = plans.start < cap[plans.referral]
    row = plans.referral[kept]
    plans = Plans(
        row, plans.conference[kept], plans.start[kept], np.minimum(plans.end[kept], cap[row])
    )
    kept = care.start < last[care.child]
    care = CareSpells(*(getattr(care, f.name)[kept] for f in fields(care)))
    end = np.minimum(care.end, last[care.child])
    adopted = care.is_adopted & (care.end <= end)
    return Round(
        referrals,
        plans,
        CareSpells(care.child, care.la, care.referral, care.start, end, care.kind, adopted),
    )


def work_through(
    child: Whole, la: Whole, referral: Days, risk: Real, age: Real, stream: Stream, dials: Dials
) -> Round:
    """Work through referrals, one row each; ``risk`` is the child's hazard ratio of referral."""
    made = _assess(child, la, referral, stream, dials)
    plans = _plan(made, risk, age, stream, dials)
    care = _care(made, plans, risk, age, stream, dials)
    return Round(_close_after(made, plans, care, stream, dials), plans, care)
