"""Which returns of children in need hold a referral, and what they say of its closure."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import NEVER, Days, Flags, Whole, calendar, day
from cws_outcomes.synthetic.planted import CIN_RETURNS_FROM
from cws_outcomes.synthetic.world import World

FIRST_RETURN, LAST_RETURN = 2008, 2019
"""Returns by the year in which they begin; the first covers October 2008 to March 2009 only."""

MOST_DAYS_OFF = 20
"""Days by which a closure that the next return corrects is too early, at most."""


@dataclass(frozen=True)
class Returned:
    """One row per referral, return and plan: rows of referrals and plans (-1 for none)."""

    referral: Whole
    year: Whole
    until: Days
    """First day after the return."""
    closure: Days
    """Closure as this return gives it, else ``NEVER``."""
    plan: Whole


def return_year(days: Days) -> Whole:
    """Year in which the return of a day begins (1 April)."""
    year, month, _ = calendar(days)
    found: Whole = year - (month < 4)
    return found


def april(year: Whole) -> Days:
    """1 April of each year."""
    table = np.array([day(y, 4, 1) for y in range(1990, 2040)], dtype=np.int32)
    found: Days = table[year - 1990]
    return found


def is_returned(world: World) -> Flags:
    """Whether any return holds each referral."""
    made = world.contact.referrals
    found: Flags = (made.closure >= CIN_RETURNS_FROM) & (made.referral < april_after_last())
    return found


def april_after_last() -> int:
    """First day after the last return."""
    return day(LAST_RETURN + 1, 4, 1)


def closes_in_returns(world: World) -> Flags:
    """Whether a return that is made covers the closure of each referral."""
    return is_returned(world) & (world.contact.referrals.closure < april_after_last())


def is_closure_dropped(world: World) -> Flags:
    """Referrals that are gone from the returns before one tells their closure."""
    drawn = world.streams("dropped closures").random(len(world.contact.referrals.child))
    return closes_in_returns(world) & (drawn < world.dials.dropped_closure_share)


def is_closure_corrected(world: World) -> Flags:
    """Referrals whose closure the return after corrects."""
    closure = world.contact.referrals.closure
    drawn = world.streams("corrected closures").random(len(closure))
    again = closes_in_returns(world) & (return_year(closure) < LAST_RETURN)
    return again & ~is_closure_dropped(world) & (drawn < world.dials.corrected_closure_share)


def _told(world: World, row: Whole, year: Whole, dropped: Flags, corrected: Flags) -> Days:
    """Closure that each return gives: the first of a corrected one is some days early."""
    made = world.contact.referrals
    closure = made.closure[row]
    off = world.streams("days off").integers(1, MOST_DAYS_OFF + 1, len(made.child))[row]
    early = np.maximum(np.maximum(closure - off, made.referral[row]), april(year))
    early = np.where(corrected[row] & (return_year(closure) == year), early, closure)
    told = (closure < april(year + 1)) & ~dropped[row]
    return np.where(told, early, NEVER).astype(np.int32)


def returned(world: World) -> Returned:
    """All rows of the returns: each referral in each, and each plan begun by its end."""
    made = world.contact.referrals
    dropped, corrected = is_closure_dropped(world), is_closure_corrected(world)
    world.tally.add("dropped_closure_share", "referrals", int(dropped.sum()))
    world.tally.add("corrected_closure_share", "referrals", int(corrected.sum()))
    seen = np.flatnonzero(is_returned(world))
    first = np.maximum(return_year(made.referral[seen]), FIRST_RETURN)
    last = np.minimum(return_year(made.closure[seen]) + corrected[seen], LAST_RETURN)
    count = last - first + 1
    row = np.repeat(seen, count)
    year = np.repeat(first, count) + np.arange(len(row))
    year = year - np.repeat(np.cumsum(count) - count, count)
    closure = _told(world, row, year, dropped, corrected)
    kept, plan = _with_plans(world, row, april(year + 1))
    return Returned(row[kept], year[kept], april(year + 1)[kept], closure[kept], plan)


def _with_plans(world: World, referral: Whole, until: Days) -> tuple[Whole, Whole]:
    """A row for each plan that began before the end of the return; one where there is none."""
    plans = world.contact.plans
    order = np.lexsort((plans.start, plans.referral))
    sorted_referral = plans.referral[order]
    first = np.searchsorted(sorted_referral, referral, side="left")
    count = np.searchsorted(sorted_referral, referral, side="right") - first
    rows: list[Whole] = []
    found: list[Whole] = []
    for turn in range(max(int(count.max(initial=1)), 1)):
        has = count > turn
        plan = np.append(order, -1)[np.where(has, first + turn, -1)]
        begun = has & (np.append(plans.start, NEVER)[plan] < until)
        kept = np.flatnonzero(begun) if turn else np.arange(len(referral))
        rows.append(kept)
        found.append(np.where(begun, plan, -1)[kept])
    return np.concatenate(rows), np.concatenate(found)
