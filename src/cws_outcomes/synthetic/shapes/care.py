"""Children looked after: all episodes, with short breaks and remand."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import NEVER, YEAR, Days, Flags, Text, Whole, birthday, day
from cws_outcomes.synthetic.draws import Stream, pick
from cws_outcomes.synthetic.identifiers import blanked, numbered
from cws_outcomes.synthetic.people import birth_month
from cws_outcomes.synthetic.places import code_on
from cws_outcomes.synthetic.planted import CARE_RETURNS_FROM
from cws_outcomes.synthetic.shapes.care_years import FILE as YEARS_FILE
from cws_outcomes.synthetic.shapes.care_years import care_years
from cws_outcomes.synthetic.shapes.frames import Column, File, dates, frame
from cws_outcomes.synthetic.timeline import earliest
from cws_outcomes.synthetic.world import World

FILE = "CLA_Episodes_2006_to_2020.txt"
RETURNS_UNTIL = day(2020, 4, 1)

# Codes: DATA_MODEL 9.7, with rough shares.
LEGAL = {"V2": 62, "C1": 24, "L1": 12, "L2": 2}
LEGAL_LATER = {"C2": 60, "V2": 28, "C1": 12}
PLACEMENTS = {"U6": 60, "U3": 6, "U1": 6, "U4": 10, "K2": 10, "P1": 5, "R3": 1, "Z1": 2}
NEEDS = {"N1": 58, "N5": 17, "N4": 10, "N8": 6, "N2": 4, "N3": 3, "N6": 2}
EXITS = {"E4A": 38, "E4B": 12, "E13": 8, "E41": 8, "E45": 10, "E46": 4, "E3": 2, "E8": 18}
EXITS_AT_18 = {"E5": 35, "E6": 15, "E17": 25, "E7": 10, "E8": 15}
REASONS_NEW = {"P": 55, "L": 20, "B": 10, "T": 10, "U": 5}

OPEN = "-10"


@dataclass(frozen=True)
class _Episodes:
    """One row per episode: its spell, and where in the spell it stands."""

    spell: Whole
    start: Days
    end: Days
    is_first: Flags
    is_last: Flags


def _episodes(world: World, stream: Stream) -> _Episodes:
    """Cut spells of care into episodes; short breaks and remand stay whole."""
    care = world.care
    spell = np.flatnonzero((care.end >= CARE_RETURNS_FROM) & (care.start < RETURNS_UNTIL))
    length = (care.end - care.start)[spell]
    wanted = stream.poisson(np.minimum(0.9 * length / YEAR, 12))
    cuts = np.where((care.kind[spell] == 0) & (length > 30), wanted, 0)
    row = np.repeat(spell, cuts)
    inside = (
        care.start[row]
        + 1
        + np.floor(stream.random(len(row)) * (care.end - care.start - 1)[row]).astype(np.int32)
    )
    all_rows = np.concatenate([spell, row])
    start = np.concatenate([care.start[spell], inside])
    order = np.lexsort((start, all_rows))
    all_rows, start = all_rows[order], start[order]
    distinct = np.append(True, (all_rows[1:] != all_rows[:-1]) | (start[1:] != start[:-1]))
    all_rows, start = all_rows[distinct[: len(all_rows)]], start[distinct[: len(start)]]
    is_last = np.append(all_rows[1:] != all_rows[:-1], True)[: len(all_rows)]
    following = np.append(start[1:], 0)[: len(start)]
    end = np.where(is_last, care.end[all_rows], following).astype(np.int32)
    is_first = np.append(True, is_last[:-1])[: len(is_last)]
    kept = start < RETURNS_UNTIL
    return _Episodes(all_rows[kept], start[kept], end[kept], is_first[kept], is_last[kept])


def _exit(world: World, made: _Episodes, stream: Stream) -> Text:
    """Reason ceased: X1 but for the last episode of a spell."""
    care, people = world.care, world.people
    child, size = care.child[made.spell], len(made.spell)
    end = care.end[made.spell]
    found = pick(stream, EXITS, size)
    grown = end == birthday(people.birth[child], 18)
    found = np.where(grown, pick(stream, EXITS_AT_18, size), found)
    kind = care.kind[made.spell]
    found = np.where((kind == 1) | (kind == 2), "E8", found)
    found = np.where(kind == 3, np.where(stream.random(size) < 0.3, "E9", "E14"), found)
    adopted = np.where(stream.random(size) < 0.9, "E11", "E12")
    found = np.where(care.is_adopted[made.spell], adopted, found)
    found = np.where(end == people.departure[child], "E16", found)
    found = np.where(end == people.death[child], "E2", found)
    return np.where(made.is_last, found, "X1")


def _unaccompanied(world: World) -> Flags:
    """Whether each spell is of an unaccompanied child, by the child's first spell of care."""
    care, people = world.care, world.people
    old_enough = birthday(people.birth, 14)
    first = earliest(care.child[care.kind == 0], care.start[care.kind == 0], people.count)
    drawn = world.streams("unaccompanied").random(people.count) < world.dials.unaccompanied_share
    return (drawn & (people.group > 0) & (first >= old_enough))[care.child]


def _status(world: World, made: _Episodes, stream: Stream) -> dict[str, Column]:
    care, size = world.care, len(made.spell)
    kind = care.kind[made.spell]
    legal = np.where(made.is_first, pick(stream, LEGAL, size), pick(stream, LEGAL_LATER, size))
    age = (made.start - world.people.birth[care.child[made.spell]]) / YEAR
    place = pick(stream, PLACEMENTS, size)
    place = np.where((age >= 16) & (stream.random(size) < 0.25), "H5", place)
    ordered = care.is_adopted[made.spell] & made.is_last
    legal = np.select([ordered, kind == 1, kind == 2, kind == 3], ["E1", "V3", "V4", "J1"], legal)
    remanded = np.where(stream.random(size) < 0.2, "K1", "R5")
    place = np.select([ordered, kind == 3], ["A5", remanded], place)
    need = pick(world.streams("care needs"), NEEDS, len(care.child))[made.spell]
    return {
        "LEGAL_STATUS": legal,
        "PLACEMENT": place,
        "CAT_NEED": np.select([kind == 3, (kind == 1) | (kind == 2)], ["N6", "N2"], need),
        "UASC_STATUS": _unaccompanied(world)[made.spell].astype(np.int64),
    }


def care_table(world: World) -> pl.DataFrame:
    """All episodes, in the order of authority, child and day."""
    stream, care, people = world.streams("episodes"), world.care, world.people
    made = _episodes(world, stream)
    child = care.child[made.spell]
    code = code_on(world.places, care.la[made.spell], made.start)
    ids = world.la_child_ids.of_rows(child, code)
    year, month = birth_month(people)
    is_open = made.end >= RETURNS_UNTIL
    reason = pick(stream, REASONS_NEW, len(child))
    table = frame(
        {
            "PupilMatchingRefAnonymous": blanked(
                world.references.on(child, made.start),
                np.char.add(code, ids),
                world.dials.blank_reference_share,
                world.streams,
                "blank care",
            ),
            "CHILD_LA_CODE_ANON": ids,
            "CHILD_ID_ANON": numbered("SYNCH", child + 1, 7),
            "LA": code,
            "SEX": np.where(people.is_male[child], "1", "2"),
            "ETHNIC": people.ethnicity[child],
            "YEAR_OF_BIRTH": year[child],
            "MONTH_OF_BIRTH": month[child],
            "POC_START": dates(care.start[made.spell]),
            "DATE_EPI_COMM": dates(made.start),
            "DATE_EPI_CEASED": dates(np.where(is_open, NEVER, made.end)),
            "REASON_FOR_NEW_EPISODE": np.where(made.is_first, "S", reason),
            "REC": np.where(is_open, OPEN, _exit(world, made, stream)),
            **_status(world, made, stream),
        },
        prefix="CLA_",
    )
    return table.sort(
        "CLA_LA",
        "CLA_CHILD_LA_CODE_ANON",
        "CLA_POC_START",
        "CLA_DATE_EPI_COMM",
        maintain_order=True,
    )


def care_files(world: World) -> Iterator[File]:
    """Care in both shapes: all episodes, and the latest of each year."""
    table = care_table(world)
    yield File(FILE, table)
    yield File(YEARS_FILE, care_years(table))
