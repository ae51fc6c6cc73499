"""Children in need: one flat table, a referral repeated in every return in which it is open."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import NEVER, Days, Text, Whole, calendar, day
from cws_outcomes.synthetic.draws import Stream, pick
from cws_outcomes.synthetic.identifiers import blanked, numbered
from cws_outcomes.synthetic.people import birth_month
from cws_outcomes.synthetic.places import code_on, ons_code_on
from cws_outcomes.synthetic.planted import CIN_RETURNS_FROM
from cws_outcomes.synthetic.records import ASSESSMENT_RETURNED_FROM
from cws_outcomes.synthetic.shapes.frames import Column, File, dates, frame, whole
from cws_outcomes.synthetic.shapes.side_tables import side_files
from cws_outcomes.synthetic.world import World

FILE = "CIN_2009_to_2020.txt"
FIRST_RETURN, LAST_RETURN = 2008, 2019
"""Returns by the year in which they begin; the first covers October 2008 to March 2009 only."""

# Codes: DATA_MODEL 9.1, 9.5 and 9.6, with rough shares.
NEEDS = {
    "N1": 47,
    "N2": 10,
    "N3": 3,
    "N4": 9,
    "N5": 18,
    "N6": 3,
    "N7": 1,
    "N8": 3,
    "N9": 4,
    "N0": 2,
}
SOURCES = {
    "1A": 8,
    "1C": 3,
    "1D": 4,
    "2A": 15,
    "2B": 3,
    "3A": 4,
    "3B": 4,
    "3E": 5,
    "3F": 4,
    "4": 2,
    "5A": 6,
    "5B": 8,
    "6": 26,
    "7": 3,
    "8": 3,
    "9": 2,
}
CLOSED_IN_NEED = {"RC7": 88, "RC3": 1, "RC4": 2, "RC5": 6, "RC6": 1, "RC9": 2}
ABUSE = {"NEG": 44, "EMO": 34, "PHY": 11, "SAB": 5, "MUL": 6}

UNTIDY_SHARE, SENTINEL_SHARE, UNKNOWN_SEX_SHARE = 0.02, 0.003, 0.005
SENTINEL = day(1900, 1, 1)


@dataclass(frozen=True)
class _Rows:
    """One row per referral, return and plan: rows of referrals and plans (-1 for none)."""

    referral: Whole
    year: Whole
    until: Days
    """First day after the return."""
    plan: Whole


def _return_year(days: Days) -> Whole:
    year, month, _ = calendar(days)
    return year - (month < 4)


def _april(year: Whole) -> Days:
    table = np.array([day(y, 4, 1) for y in range(1990, 2040)], dtype=np.int32)
    found: Days = table[year - 1990]
    return found


def _returned(world: World) -> tuple[Whole, Whole]:
    """Referral and year of each return in which a referral is open."""
    made = world.contact.referrals
    seen = np.flatnonzero(
        (made.closure >= CIN_RETURNS_FROM) & (_return_year(made.referral) <= LAST_RETURN)
    )
    first = np.maximum(_return_year(made.referral[seen]), FIRST_RETURN)
    count = np.minimum(_return_year(made.closure[seen]), LAST_RETURN) - first + 1
    row = np.repeat(seen, count)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return row, np.repeat(first, count) + turn


def _rows(world: World) -> _Rows:
    """Add the plans that began before the end of each return, a row for each."""
    referral, year = _returned(world)
    until = _april(year + 1)
    plans = world.contact.plans
    order = np.lexsort((plans.start, plans.referral))
    sorted_referral = plans.referral[order]
    first = np.searchsorted(sorted_referral, referral, side="left")
    count = np.searchsorted(sorted_referral, referral, side="right") - first
    parts: list[tuple[Whole, Whole]] = []
    for turn in range(max(int(count.max(initial=1)), 1)):
        has = count > turn
        plan = np.append(order, -1)[np.where(has, first + turn, -1)]
        begun = has & (np.append(plans.start, NEVER)[plan] < until)
        kept = np.flatnonzero(begun) if turn else np.arange(len(referral))
        parts.append((kept, np.where(begun, plan, -1)[kept]))
    row = np.concatenate([kept for kept, _ in parts])
    return _Rows(referral[row], year[row], until[row], np.concatenate([p for _, p in parts]))


def _closing(world: World, rows: _Rows) -> tuple[Days, Text, Whole]:
    """Closure, reason, no further action: told only from the return in which the case closed."""
    made, adoption = world.contact.referrals, world.contact.adoption
    size = len(made.child)
    reason = pick(world.streams("closure reasons"), CLOSED_IN_NEED, size)
    reason = np.where(made.is_in_need, reason, "RC8")
    reason = np.where(made.is_nfa, "", reason)
    reason = np.where(made.closure == adoption[made.child], "RC1", reason)
    reason = np.where(made.closure == world.people.death[made.child], "RC2", reason)
    closure = made.closure[rows.referral]
    closed = closure < rows.until
    return (
        np.where(closed, closure, NEVER).astype(np.int32),
        np.where(closed, reason[rows.referral], ""),
        (made.is_nfa[rows.referral] & closed).astype(np.int64),
    )


def _previous(world: World) -> Whole:
    """Number of the child's earlier plans, for each plan."""
    plans = world.contact.plans
    child = world.contact.referrals.child[plans.referral]
    order = np.lexsort((plans.start, child))
    first = np.searchsorted(child[order], child[order], side="left")
    found = np.empty(len(child), dtype=np.int64)
    found[order] = np.arange(len(child)) - first
    return found


def _planned(world: World, rows: _Rows) -> dict[str, Column]:
    plans = world.contact.plans
    has = rows.plan >= 0
    abuse = pick(world.streams("abuse"), ABUSE, len(plans.start) + 1)
    # One dummy plan at the end stands for "none": index -1.
    conference, start, end = (
        np.append(days, NEVER)[rows.plan] for days in (plans.conference, plans.start, plans.end)
    )
    return {
        "DateOfInitialCPC": dates(conference.astype(np.int32)),
        "CPPStartDate": dates(start.astype(np.int32)),
        "CPPEndDate": dates(np.where(end < rows.until, end, NEVER).astype(np.int32)),
        "CategoryOfAbuse": np.where(has, abuse[rows.plan], ""),
        "NumberOfPreviousCPP": whole(np.append(_previous(world), -1)[rows.plan]),
    }


def _untidy(codes: Text, stream: Stream) -> Text:
    """Some codes in lower case, some with a trailing blank."""
    draw = stream.random(len(codes))
    lower = np.where(draw < UNTIDY_SHARE, np.char.lower(codes), codes)
    blank = (draw > 1 - UNTIDY_SHARE) & (codes != "")
    found: Text = np.where(blank, np.char.add(lower, " "), lower)
    return found


def _child(world: World, rows: _Rows, stream: Stream) -> dict[str, Column]:
    people, made = world.people, world.contact.referrals
    child = made.child[rows.referral]
    code = code_on(world.places, made.la[rows.referral], rows.until - 1)
    ids = world.la_child_ids.of_rows(child, code)
    reference = world.references.on(child, made.referral[rows.referral])
    key = np.char.add(code, ids)
    year, month = birth_month(people)
    sex = np.where(people.is_male[child], "1", "2")
    unknown = stream.random(len(child))
    disabled = world.streams("disability").random(people.count) < 0.06
    return {
        "PupilMatchingRefAnonymous": blanked(
            reference, key, world.dials.blank_reference_share, world.streams, "blank CIN"
        ),
        "LAchildID_Anon": ids,
        "ACADYR": np.array([f"{y}/{y + 1}" for y in range(2000, 2030)])[rows.year - 2000],
        "LA": code,
        "LA_9Code": _ons_codes(code, rows.year),
        "YearOfBirth": year[child],
        "MonthOfBirth": month[child],
        "Gender": np.select(
            [unknown < UNKNOWN_SEX_SHARE / 2, unknown < UNKNOWN_SEX_SHARE], ["0", "9"], sex
        ),
        "Ethnicity": np.where(unknown > 0.98, "NOBT", people.ethnicity[child]),
        "Disability": disabled[child].astype(np.int64),
    }


def _ons_codes(code: Text, year: Whole) -> Text:
    found = np.empty(len(code), dtype="U9")
    for value in np.unique(year):
        rows = year == value
        found[rows] = ons_code_on(code[rows], day(int(value) + 1, 3, 31))
    return found


def _assessed(world: World, rows: _Rows) -> Days:
    assessment = world.contact.referrals.assessment[rows.referral]
    told = (assessment >= ASSESSMENT_RETURNED_FROM) & (assessment < rows.until)
    return np.where(told, assessment, NEVER).astype(np.int32)


def _unborn(table: pl.DataFrame, share: float, stream: Stream) -> pl.DataFrame:
    """Rows of children not yet born: no birth date, no sex, no reference, ids of their own."""
    length = pl.col("CIN_CINClosureDate") - pl.col("CIN_CINReferralDate")
    closed = table.filter(length.is_between(pl.duration(days=0), pl.duration(days=200)))
    wanted = int(np.ceil(share * len(table)))
    found = closed[np.sort(stream.permutation(len(closed))[:wanted])]
    ids = numbered("SYNLA", 90_000 + np.arange(len(found)), 5)
    names = ("PupilMatchingRefAnonymous", "YearOfBirth", "MonthOfBirth")
    return found.with_columns(
        *(pl.lit(None).alias(f"CIN_{name}") for name in names),
        pl.Series("CIN_LAchildID_Anon", ids),
        pl.lit("0").alias("CIN_Gender"),
        pl.lit("NOBT").alias("CIN_Ethnicity"),
    ).cast(table.schema)


def need_table(world: World) -> pl.DataFrame:
    """The flat table, in the order of authority, child, referral, return and plan."""
    rows, stream = _rows(world), world.streams("children in need")
    made, size = world.contact.referrals, len(rows.referral)
    closure, reason, is_nfa = _closing(world, rows)
    # A sentinel stands where a date is missing anyway: before the case has closed.
    sentinel = (closure == NEVER) & (stream.random(size) < SENTINEL_SHARE)
    needs = pick(world.streams("needs"), NEEDS, len(made.child))[rows.referral]
    sources = pick(world.streams("sources"), SOURCES, len(made.child))[rows.referral]
    table = frame(
        {
            **_child(world, rows, stream),
            "ReferralNFA": is_nfa,
            "CINReferralDate": dates(made.referral[rows.referral]),
            "ReferralSource": np.where(rows.year >= 2013, sources, ""),
            "PrimaryNeedCode": _untidy(needs, stream),
            "AssessmentAuthorisationDate": dates(_assessed(world, rows)),
            "CINClosureDate": dates(np.where(sentinel, SENTINEL, closure).astype(np.int32)),
            "ReasonForClosure": _untidy(reason, stream),
            **_planned(world, rows),
        },
        prefix="CIN_",
    )
    repeated = table.filter(pl.Series(stream.random(size) < world.dials.duplicate_share))
    table = pl.concat([table, repeated, _unborn(table, world.dials.unborn_share, stream)])
    return table.sort(
        "CIN_LA",
        "CIN_LAchildID_Anon",
        "CIN_CINReferralDate",
        "CIN_ACADYR",
        "CIN_CPPStartDate",
        maintain_order=True,
    )


def need_files(world: World) -> Iterator[File]:
    """The flat table of children in need, and the tables beside it."""
    table = need_table(world)
    yield File(FILE, table)
    yield from side_files(table, world.streams)
