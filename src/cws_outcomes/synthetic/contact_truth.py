"""True referrals, plans and care, item by item, and what keeps a perfect reader from each."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from cws_outcomes.synthetic.care import AGREED_BREAK, REMAND, SINGLE_BREAK
from cws_outcomes.synthetic.days import NEVER, Flags, Text, Whole
from cws_outcomes.synthetic.places import code_on
from cws_outcomes.synthetic.planted import CARE_RETURNS_FROM, CIN_RETURNS_FROM
from cws_outcomes.synthetic.shapes.care import RETURNS_UNTIL
from cws_outcomes.synthetic.shapes.frames import dates
from cws_outcomes.synthetic.shapes.returned import april_after_last, is_closure_dropped
from cws_outcomes.synthetic.world import World

BEFORE_FIRST = "closed before the first return"
AFTER_LAST = "began after the last return"
GOES_ON = "goes on after the last return"
DROPPED = "dropped_closure_share"


def first_reason(reasons: Mapping[str, Flags], size: int) -> pl.Series:
    """Name of the first reason that holds in each row; null where none does."""
    found = np.full(size, "", dtype="U40")
    for name, holds in reversed(list(reasons.items())):
        found[holds] = name
    return pl.Series(found.tolist(), dtype=pl.String).replace("", None)


def true_referrals(world: World) -> pl.DataFrame:
    """
    All referrals.

    Returns
    -------
    polars.DataFrame
        child, la_code (of the day), referral_date, assessment_date, closure_date,
        is_no_further_action, is_in_need; ``lost_to``: why no reader can know of the referral;
        ``end_lost_to``: why none can know its true closure, and whether it was assessed.
    """
    made = world.contact.referrals
    return pl.DataFrame(
        {
            "child": world.block.child[made.child],
            "la_code": _codes(world, made.la, made.referral),
            "referral_date": dates(made.referral),
            "assessment_date": dates(made.assessment),
            "closure_date": dates(made.closure),
            "is_no_further_action": made.is_nfa,
            "is_in_need": made.is_in_need,
            "lost_to": _referral_lost_to(world),
            "end_lost_to": _closure_lost_to(world),
        }
    )


def true_plans(world: World) -> pl.DataFrame:
    """All protection plans: child, referral_date, start_date, end_date, and the same reasons."""
    made, plans = world.contact.referrals, world.contact.plans
    child = made.child[plans.referral]
    late = plans.start >= april_after_last()
    lost = first_reason(
        {
            BEFORE_FIRST: made.closure[plans.referral] < CIN_RETURNS_FROM,
            AFTER_LAST: late | (made.referral[plans.referral] >= april_after_last()),
        },
        len(child),
    )
    return pl.DataFrame(
        {
            "child": world.block.child[child],
            "referral_date": dates(made.referral[plans.referral]),
            "start_date": dates(plans.start),
            "end_date": dates(plans.end),
            "lost_to": lost,
            "end_lost_to": first_reason({GOES_ON: plans.end >= april_after_last()}, len(child)),
        }
    )


def true_care(world: World) -> pl.DataFrame:
    """All spells of care: child, kind (care, short_break, remand), dates, is_adopted, reasons."""
    care = world.care
    is_break = (care.kind == SINGLE_BREAK) | (care.kind == AGREED_BREAK)
    kind = np.select([is_break, care.kind == REMAND], ["short_break", "remand"], "care")
    lost = first_reason(
        {BEFORE_FIRST: care.end < CARE_RETURNS_FROM, AFTER_LAST: care.start >= RETURNS_UNTIL},
        len(care.child),
    )
    return pl.DataFrame(
        {
            "child": world.block.child[care.child],
            "kind": kind.tolist(),
            "start_date": dates(care.start),
            "end_date": dates(care.end),
            "is_adopted": care.is_adopted,
            "lost_to": lost,
            "end_lost_to": first_reason({GOES_ON: care.end >= RETURNS_UNTIL}, len(care.child)),
        },
        schema_overrides={"kind": pl.String},
    )


def _codes(world: World, la: Whole, on: Whole) -> list[str]:
    codes: Text = code_on(world.places, la, on)
    found: list[str] = codes.tolist()
    return found


def _referral_lost_to(world: World) -> pl.Series:
    made = world.contact.referrals
    return first_reason(
        {
            BEFORE_FIRST: made.closure < CIN_RETURNS_FROM,
            AFTER_LAST: made.referral >= april_after_last(),
        },
        len(made.child),
    )


def _closure_lost_to(world: World) -> pl.Series:
    made = world.contact.referrals
    open_at_end = (made.closure >= april_after_last()) & (made.closure < NEVER)
    return first_reason({GOES_ON: open_at_end, DROPPED: is_closure_dropped(world)}, len(made.child))
