"""Children looked after: all episodes, with short breaks and remand."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from cws_outcomes.synthetic.care import AGREED_BREAK, REMAND, SINGLE_BREAK
from cws_outcomes.synthetic.days import NEVER, Text, day
from cws_outcomes.synthetic.identifiers import blanked, numbered, own_number
from cws_outcomes.synthetic.people import birth_month
from cws_outcomes.synthetic.placements import Episodes, care_episodes
from cws_outcomes.synthetic.places import code_on
from cws_outcomes.synthetic.planted import CARE_RETURNS_FROM
from cws_outcomes.synthetic.shapes.care_years import FILE as YEARS_FILE
from cws_outcomes.synthetic.shapes.care_years import care_years
from cws_outcomes.synthetic.shapes.frames import File, dates, frame
from cws_outcomes.synthetic.shapes.needs import care_needs
from cws_outcomes.synthetic.world import World

FILE = "CLA_Episodes_2006_to_2020.txt"
RETURNS_UNTIL = day(2020, 4, 1)

OPEN = "-10"
"""Reason ceased of an episode that goes on."""

CHILD_ID_DIGITS = 9


def _returned(world: World) -> Episodes:
    """Episodes of the spells that a return holds, those that begin after the last one left out."""
    care, people = world.care, world.people
    made = care_episodes(care, people, world.block.noise, world.dials)
    seen = care.end[made.spell] >= CARE_RETURNS_FROM
    kept = seen & (made.start < RETURNS_UNTIL)
    return Episodes(*(values[kept] for values in vars(made).values()))


def _reference(world: World, made: Episodes, key: Text) -> Text:
    """Pupil reference of each episode, some left blank."""
    known = world.references.on(world.care.child[made.spell], made.start)
    share = world.dials.blank_reference_share
    found = blanked(known, key, share, world.streams, "blank care")
    world.tally.add("blank_reference_share", "episodes of care", int((known != found).sum()))
    return found


def _need(world: World, made: Episodes) -> Text:
    kind = world.care.kind[made.spell]
    is_break = (kind == SINGLE_BREAK) | (kind == AGREED_BREAK)
    found: Text = np.select([kind == REMAND, is_break], ["N6", "N2"], care_needs(world)[made.spell])
    return found


def care_table(world: World) -> pl.DataFrame:
    """All episodes, in the order of authority, child and day."""
    care, people = world.care, world.people
    made = _returned(world)
    child = care.child[made.spell]
    code = code_on(world.places, care.la[made.spell], made.start)
    ids = world.la_child_ids.of_rows(child, code)
    year, month = birth_month(people)
    is_open = made.end >= RETURNS_UNTIL
    table = frame(
        {
            "PupilMatchingRefAnonymous": _reference(world, made, np.char.add(code, ids)),
            "CHILD_LA_CODE_ANON": ids,
            "CHILD_ID_ANON": numbered("SYNCH", own_number(world.block)[child], CHILD_ID_DIGITS),
            "LA": code,
            "SEX": np.where(people.is_male[child], "1", "2"),
            "ETHNIC": people.ethnicity[child],
            "YEAR_OF_BIRTH": year[child],
            "MONTH_OF_BIRTH": month[child],
            "POC_START": dates(care.start[made.spell]),
            "DATE_EPI_COMM": dates(made.start),
            "DATE_EPI_CEASED": dates(np.where(is_open, NEVER, made.end).astype(np.int32)),
            "REASON_FOR_NEW_EPISODE": made.reason_new,
            "REC": np.where(is_open, OPEN, made.reason_ceased),
            "LEGAL_STATUS": made.legal,
            "PLACEMENT": made.placement,
            "CAT_NEED": _need(world, made),
            "UASC_STATUS": people.is_unaccompanied[child].astype(np.int64),
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
