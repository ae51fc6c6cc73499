"""Children in need: one flat table, a referral repeated in every return in which it is open."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import NEVER, Days, Text, Whole, day
from cws_outcomes.synthetic.disability import is_disabled
from cws_outcomes.synthetic.draws import Stream, pick
from cws_outcomes.synthetic.identifiers import blanked, numbered, own_number
from cws_outcomes.synthetic.people import birth_month
from cws_outcomes.synthetic.places import code_on, ons_code_on
from cws_outcomes.synthetic.records import ASSESSMENT_RETURNED_FROM
from cws_outcomes.synthetic.shapes.frames import Column, File, dates, frame, whole
from cws_outcomes.synthetic.shapes.needs import referral_needs
from cws_outcomes.synthetic.shapes.returned import Returned, returned
from cws_outcomes.synthetic.shapes.side_tables import side_files
from cws_outcomes.synthetic.world import World

FILE = "CIN_2009_to_2020.txt"

# Codes: DATA_MODEL 9.1 and 9.6, with rough shares.
SOURCES = {
    "1A": 8, "1C": 3, "1D": 4, "2A": 15, "2B": 3, "3A": 4, "3B": 4, "3E": 5, "3F": 4, "4": 2,
    "5A": 6, "5B": 8, "6": 26, "7": 3, "8": 3, "9": 2,
}  # fmt: skip
CLOSED_IN_NEED = {"RC7": 92, "RC3": 1, "RC4": 2, "RC5": 2, "RC6": 1, "RC9": 2}
ABUSE = {"NEG": 44, "EMO": 34, "PHY": 11, "SAB": 5, "MUL": 6}

SENTINEL = day(1900, 1, 1)
UNBORN_IDS = 50_000_000
"""Added to the numbers of LA child ids for children not yet born."""


def _closing(world: World, rows: Returned) -> tuple[Days, Text, Whole]:
    """Closure, reason, no further action: told only from the return in which the case closed."""
    made, adoption, people = world.contact.referrals, world.contact.adoption, world.people
    size = len(made.child)
    reason = pick(world.streams("closure reasons"), CLOSED_IN_NEED, size)
    reason = np.where(made.closure == people.move[made.child], "RC5", reason)
    reason = np.where(made.is_in_need, reason, "RC8")
    reason = np.where(made.is_nfa, "", reason)
    reason = np.where(made.closure == adoption[made.child], "RC1", reason)
    reason = np.where(made.closure == people.death[made.child], "RC2", reason)
    closed = rows.closure < NEVER
    return (
        rows.closure,
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


def _planned(world: World, rows: Returned) -> dict[str, Column]:
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


def _untidy(codes: Text, world: World, of: str) -> Text:
    """Some codes in lower case, some with a trailing blank."""
    share = world.dials.untidy_code_share
    draw = world.streams(f"untidy {of}").random(len(codes))
    lower = np.flatnonzero((draw < share) & (codes != ""))
    blank = np.flatnonzero((draw > 1 - share) & (codes != ""))
    world.tally.add("untidy_code_share", of, len(lower) + len(blank))
    found = codes.astype("U4")
    found[lower] = np.char.lower(found[lower])
    found[blank] = np.char.add(found[blank], " ")
    return found


def _child(world: World, rows: Returned, stream: Stream) -> dict[str, Column]:
    people, made = world.people, world.contact.referrals
    child = made.child[rows.referral]
    code = code_on(world.places, made.la[rows.referral], rows.until - 1)
    ids = world.la_child_ids.of_rows(child, code)
    year, month = birth_month(people)
    labels = np.array([f"{y}/{y + 1}" for y in range(2000, 2030)])
    return {
        "PupilMatchingRefAnonymous": _reference(world, rows, child, np.char.add(code, ids)),
        "LAchildID_Anon": ids,
        "ACADYR": labels[rows.year - 2000],
        "LA": code,
        "LA_9Code": _ons_codes(code, rows.year),
        "YearOfBirth": year[child],
        "MonthOfBirth": month[child],
        "Gender": _sex(world, child, stream),
        "Ethnicity": _ethnicity(world, child, stream),
        "Disability": is_disabled(world.block, world.dials)[child].astype(np.int64),
    }


def _reference(world: World, rows: Returned, child: Whole, key: Text) -> Text:
    """Pupil reference of each row, some left blank."""
    known = world.references.on(child, world.contact.referrals.referral[rows.referral])
    share = world.dials.blank_reference_share
    found = blanked(known, key, share, world.streams, "blank CIN")
    world.tally.add(
        "blank_reference_share", "rows of children in need", int((known != found).sum())
    )
    return found


def _sex(world: World, child: Whole, stream: Stream) -> Text:
    draw, share = stream.random(len(child)), world.dials.unknown_sex_share
    world.tally.add("unknown_sex_share", "rows of children in need", int((draw < share).sum()))
    own = np.where(world.people.is_male[child], "1", "2")
    found: Text = np.select([draw < share / 2, draw < share], ["0", "9"], own)
    return found


def _ethnicity(world: World, child: Whole, stream: Stream) -> Text:
    unknown = stream.random(len(child)) < world.dials.unknown_ethnicity_share
    world.tally.add("unknown_ethnicity_share", "rows of children in need", int(unknown.sum()))
    found: Text = np.where(unknown, "NOBT", world.people.ethnicity[child])
    return found


def _ons_codes(code: Text, year: Whole) -> Text:
    found = np.empty(len(code), dtype="U9")
    for value in np.unique(year):
        rows = year == value
        found[rows] = ons_code_on(code[rows], day(int(value) + 1, 3, 31))
    return found


def _assessed(world: World, rows: Returned) -> Days:
    assessment = world.contact.referrals.assessment[rows.referral]
    told = (assessment >= ASSESSMENT_RETURNED_FROM) & (assessment < rows.until)
    return np.where(told, assessment, NEVER).astype(np.int32)


def _sentinels(world: World, closure: Days, stream: Stream) -> Days:
    """1 January 1900 where a date is missing anyway: before the case has closed."""
    drawn = stream.random(len(closure)) < world.dials.sentinel_share
    found = (closure == NEVER) & drawn
    world.tally.add("sentinel_share", "rows of children in need", int(found.sum()))
    return np.where(found, SENTINEL, closure).astype(np.int32)


def _unborn(world: World, table: pl.DataFrame, stream: Stream) -> pl.DataFrame:
    """Rows of children not yet born: no birth date, no sex, no reference, ids of their own."""
    length = pl.col("CIN_CINClosureDate") - pl.col("CIN_CINReferralDate")
    closed = table.filter(length.is_between(pl.duration(days=0), pl.duration(days=200)))
    wanted = int(np.round(world.dials.unborn_share * len(table)))
    found = closed[np.sort(stream.permutation(len(closed))[:wanted])]
    world.tally.add("unborn_share", "rows of children in need", len(found))
    own = own_number(world.block)[: len(found)]
    names = ("PupilMatchingRefAnonymous", "YearOfBirth", "MonthOfBirth")
    return found.with_columns(
        *(pl.lit(None).alias(f"CIN_{name}") for name in names),
        pl.Series("CIN_LAchildID_Anon", numbered("SYNLA", UNBORN_IDS + own, 8)),
        pl.lit("0").alias("CIN_Gender"),
        pl.lit("NOBT").alias("CIN_Ethnicity"),
    ).cast(table.schema)


def _repeated(world: World, table: pl.DataFrame, stream: Stream) -> pl.DataFrame:
    found = table.filter(pl.Series(stream.random(len(table)) < world.dials.duplicate_share))
    world.tally.add("duplicate_share", "rows of children in need", len(found))
    return found


def need_table(world: World) -> pl.DataFrame:
    """The flat table, in the order of authority, child, referral, return and plan."""
    rows, stream = returned(world), world.streams("children in need")
    made = world.contact.referrals
    closure, reason, is_nfa = _closing(world, rows)
    sources = pick(world.streams("sources"), SOURCES, len(made.child))[rows.referral]
    table = frame(
        {
            **_child(world, rows, stream),
            "ReferralNFA": is_nfa,
            "CINReferralDate": dates(made.referral[rows.referral]),
            "ReferralSource": np.where(rows.year >= 2013, sources, ""),
            "PrimaryNeedCode": _untidy(referral_needs(world)[rows.referral], world, "needs"),
            "AssessmentAuthorisationDate": dates(_assessed(world, rows)),
            "CINClosureDate": dates(_sentinels(world, closure, stream)),
            "ReasonForClosure": _untidy(reason, world, "reasons for closure"),
            **_planned(world, rows),
        },
        prefix="CIN_",
    )
    repeated = _repeated(world, table, stream)
    table = pl.concat([table, repeated, _unborn(world, table, stream)])
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
