"""What one referral leads to: assessment, need, protection plans, care, closure."""

from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from cws_outcomes.synthetic.care import enter_care
from cws_outcomes.synthetic.cases import Cases, bands, log_odds
from cws_outcomes.synthetic.days import NEVER, Days, Flags, Real, Whole, calendar
from cws_outcomes.synthetic.dials import of
from cws_outcomes.synthetic.disability import is_disabled
from cws_outcomes.synthetic.draws import logistic
from cws_outcomes.synthetic.records import CareSpells, Plans, Referrals

_Table = TypeVar("_Table", Plans, CareSpells)


@dataclass(frozen=True)
class Round:
    """Cases worked through, one referral a row; plans and care point into them."""

    referrals: Referrals
    plans: Plans
    care: CareSpells
    free: Days
    """First day on which each child could be referred again."""
    due: Days
    """Day on which another authority opens the case again, else ``NEVER``."""
    planned: Flags
    cared_for: Flags
    """Whether there would be a plan, and care, if the policy took none away."""


def work_through(cases: Cases, last: Days) -> Round:
    """
    Work cases through to their end.

    Parameters
    ----------
    cases : Cases
    last : array
        First day on which each child is grown up, dead or gone, one per case.

    Notes
    -----
    A policy takes plans, care or findings away from what would have been, and changes no day: the
    same children have the same luck, and are free for another referral on the same day.
    """
    policy = cases.setting.policy
    made = _assess(cases)
    plans = _plan(cases, made.is_in_need)
    care = enter_care(cases, made.is_in_need, _any(cases.size, plans.referral))
    made = _close_after(cases, made, plans, care)
    stop = np.minimum(last, _stop_by_adoption(cases, care) if policy.takes_into_care else last)
    done = _cut(made, plans, care, stop)
    moved = _moved_while_open(cases, done)
    stop = np.where(moved, _move(cases), stop)
    done = _cut(done.referrals, done.plans, done.care, stop)
    done = replace(done, due=_due(cases, moved))
    if policy.finds_all_in_need:
        done = replace(done, referrals=_all_in_need(cases, done.referrals, stop))
    if not policy.makes_plans:
        done = replace(done, plans=_none_of(done.plans))
    if not policy.takes_into_care:
        done = replace(done, care=_none_of(done.care))
    return done


def _assess(cases: Cases) -> Referrals:
    """Assess each referral; in need, and open for some time after, or closed at once."""
    dials, first = cases.setting.dials, ~cases.was_referred
    nfa_odds = log_odds(dials.nfa_share) + dials.nfa_first * first + dials.nfa_trend * cases.years
    no_need_odds = (
        log_odds(dials.no_need_share)
        + dials.no_need_first * first
        + dials.no_need_trend * cases.years
        - dials.need_deprivation * cases.deprivation
        - dials.need_escalation * cases.escalation
    )
    sure = cases.is_unaccompanied | cases.is_last
    nfa = ~sure & (cases.uniform("no further action") < logistic(nfa_odds))
    in_need = sure | (~nfa & (cases.uniform("not in need") >= logistic(no_need_odds)))
    assessment = _assessed_on(cases)
    # A few referrals without further action stay open long: only their closure tells.
    slow = np.where(cases.uniform("slow closure") < 0.03, 75, 0)
    soon = cases.uniform("closure")
    closed = np.where(nfa, cases.on + slow + np.floor(31 * soon), assessment + np.floor(15 * soon))
    closure = np.where(in_need, assessment + _open_days(cases), closed)
    closure = np.where(cases.is_last, cases.setting.people.death[cases.child], closure)
    return Referrals(
        cases.child,
        cases.la,
        cases.on,
        np.where(nfa, NEVER, assessment).astype(np.int32),
        closure.astype(np.int32),
        nfa,
        in_need,
    )


def _assessed_on(cases: Cases) -> Days:
    days = cases.days("assessed", cases.setting.dials.assessment_days, 0.45)
    return (cases.on + np.minimum(days, 150)).astype(np.int32)


def _open_days(cases: Cases) -> Days:
    """Days in need after the assessment, before plans and care make them more."""
    dials = cases.setting.dials
    disabled = is_disabled(cases.setting.block, dials, cases.child)
    median = np.where(disabled, dials.disabled_days, dials.need_days)
    return cases.days("open days", median, np.where(disabled, 0.9, dials.need_spread))


def _plan(cases: Cases, may: Flags) -> Plans:
    """Protection plans of cases in need, some followed by another."""
    dials = cases.setting.dials
    row = np.flatnonzero(may & (cases.uniform("plan") < logistic(_plan_log_odds(cases))))
    start = cases.on[row] + 10 + cases.days("conference", 30, 0.5, row)
    end = start + cases.days("plan days", dials.plan_days, dials.plan_spread, row)
    again = np.flatnonzero(cases.uniform("second plan", row) < dials.plan_second_share)
    second = end[again] + 30 + cases.days("second plan gap", 90, 0.6, row[again])
    second_days = cases.days("second plan days", dials.plan_days, dials.plan_spread, row[again])
    start_days = np.concatenate([start, second]).astype(np.int32)
    return Plans(
        np.concatenate([row, row[again]]),
        start_days,
        start_days,
        np.concatenate([end, second + second_days]).astype(np.int32),
    )


def _plan_log_odds(cases: Cases) -> Real:
    dials = cases.setting.dials
    found: Real = (
        log_odds(dials.plan_share)
        + of(dials.plan_age, bands(cases.age))
        + dials.plan_deprivation * cases.deprivation
        + dials.plan_frailty * cases.setting.people.frailty[cases.child]
        + of(dials.plan_ethnicity, cases.group)
        + dials.plan_escalation * cases.escalation
        + (dials.plan_again + dials.plan_again_trend * cases.years) * cases.was_planned
        + dials.plan_trend * np.minimum(cases.years, 0)
        - 9.0 * cases.is_unaccompanied
    )
    return found


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


def _close_after(cases: Cases, made: Referrals, plans: Plans, care: CareSpells) -> Referrals:
    """
    Referrals stay open past their plans and care, but for a few closed too soon.

    A plan's end is only ever returned with its referral, so a referral closed before its plan
    closes in the same return year.
    """
    dials, size = cases.setting.dials, cases.size
    planned = _latest(size, plans.referral, plans.end)
    busy = np.maximum(planned, _latest(size, care.referral, care.end))
    early = cases.uniform("closed too soon") < dials.outside_referral_share
    after = np.where(busy > 0, busy + 13 + cases.days("supervised", dials.supervised_days, 0.6), 0)
    days_before = 1 + np.floor(20 * cases.uniform("days too soon")).astype(np.int32)
    too_soon = np.maximum(planned - days_before, _return_start(planned))
    after = np.where(early, np.where(planned > 0, too_soon, 0), after)
    return replace(made, closure=np.maximum(made.closure, after).astype(np.int32))


def _stop_by_adoption(cases: Cases, care: CareSpells) -> Days:
    found = np.full(cases.size, NEVER, dtype=np.int32)
    found[care.referral[care.is_adopted]] = care.end[care.is_adopted]
    return found


def _cut(made: Referrals, plans: Plans, care: CareSpells, stop: Days) -> Round:
    """End everything at each case's last day; drop what would begin on it or after it."""
    closure = np.minimum(made.closure, stop)
    assessment = np.where(made.assessment <= closure, made.assessment, NEVER).astype(np.int32)
    made = replace(made, assessment=assessment, closure=closure.astype(np.int32))
    plans = _kept(plans, plans.start < stop[plans.referral])
    plans = replace(plans, end=np.minimum(plans.end, stop[plans.referral]).astype(np.int32))
    care = _kept(care, care.start < stop[care.referral])
    end = np.minimum(care.end, stop[care.referral]).astype(np.int32)
    care = replace(care, end=end, is_adopted=care.is_adopted & (care.end <= end))
    free = np.maximum(made.closure, _latest(len(stop), plans.referral, plans.end))
    free = np.maximum(free, _latest(len(stop), care.referral, care.end)) + 1
    never = np.full(len(stop), NEVER, dtype=np.int32)
    planned, cared_for = _any(len(stop), plans.referral), _any(len(stop), care.referral)
    return Round(made, plans, care, free.astype(np.int32), never, planned, cared_for)


def _any(size: int, rows: Whole) -> Flags:
    found = np.zeros(size, dtype=np.bool_)
    found[rows] = True
    return found


def _kept(table: _Table, rows: Flags) -> _Table:
    return type(table)(*(getattr(table, f.name)[rows] for f in fields(table)))


def _none_of(table: _Table) -> _Table:
    return _kept(table, np.zeros(len(table.start), dtype=np.bool_))


def _move(cases: Cases) -> Days:
    found: Days = cases.setting.people.move[cases.child]
    return found


def _moved_while_open(cases: Cases, done: Round) -> Flags:
    """Whether the family moves away from the authority while the case is open, but not in care."""
    move = _move(cases)
    care = done.care
    held = np.zeros(cases.size, dtype=np.bool_)
    at = move[care.referral]
    held[care.referral[(care.start <= at) & (at < care.end)]] = True
    found: Flags = (move > cases.on) & (move < done.referrals.closure) & ~held
    return found


def _due(cases: Cases, moved: Flags) -> Days:
    opened = moved & (cases.uniform("transfer") < cases.setting.dials.transfer_share)
    delay = 2 + np.floor(28 * cases.uniform("transfer delay")).astype(np.int32)
    return np.where(opened, _move(cases) + delay, NEVER).astype(np.int32)


def _all_in_need(cases: Cases, made: Referrals, stop: Days) -> Referrals:
    """Every referral assessed and in need, the others for as long as their luck would have it."""
    assessed = np.minimum(_assessed_on(cases), stop)
    closure = np.minimum(assessed + _open_days(cases), stop)
    everyone = np.ones(cases.size, dtype=np.bool_)
    return replace(
        made,
        assessment=np.where(made.is_in_need, made.assessment, assessed).astype(np.int32),
        closure=np.where(made.is_in_need, made.closure, closure).astype(np.int32),
        is_nfa=~everyone,
        is_in_need=everyone,
    )
