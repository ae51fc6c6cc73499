"""Police national computer, one row per offence and disposal, and stays in prison."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import NEVER, YEAR, Days, Text, Whole, calendar, day
from cws_outcomes.synthetic.identifiers import blanked, numbered
from cws_outcomes.synthetic.justice import EXTRACT_END
from cws_outcomes.synthetic.linkage import (
    FATES,
    Linkage,
    elsewhere_numbers,
    link,
    second_numbers,
)
from cws_outcomes.synthetic.offence_classes import offence_classes
from cws_outcomes.synthetic.shapes.frames import MARK, Columns, File, dates, frame, whole
from cws_outcomes.synthetic.world import World

FILE = "MOJ_PNC.csv"
PRISON_FILE = "MOJ_Prison.csv"

EXTRACT_ENDS = date(1970, 1, 1) + timedelta(days=int(EXTRACT_END))

PRISON_RECORDS = date(2011, 1, 1)
"""First day of complete records of custody (DATA_MODEL 4.2)."""

UNDATED = day(1900, 1, 1)
"""How the police national computer writes a missing date."""

YOUTH_CUSTODY = ("1081", "1007")

ROWS, PERSONS = "rows of the police national computer", "persons on it"
"""What the dials of linkage count."""

DATED, ON_1900, ABROAD = range(3)


@dataclass(frozen=True)
class _Rows:
    """Rows to be delivered: which disposal, under which id and reference, how much earlier."""

    disposal: Whole
    own: Whole
    """Number that begins the ids of cases and offences: one for each true person."""
    id: Text
    reference: Text
    shift: Days
    """Days by which persons from elsewhere are earlier than the children they resemble."""


def date_faults(world: World) -> Whole:
    """For each offence: dated (0), dated in 1900 (1), or abroad and undated (2)."""
    luck = world.streams("undated offences").random(len(world.justice.offences.child))
    undated = world.dials.undated_offence_share
    abroad = undated + world.dials.abroad_offence_share
    found: Whole = np.select([luck < undated, luck < abroad], [ON_1900, ABROAD], DATED)
    return found


def _of_the_block(world: World, linkage: Linkage) -> _Rows:
    """Rows of the children of the block, under the ids and references found for them."""
    offences, disposals = world.justice.offences, world.justice.disposals
    row = np.flatnonzero(disposals.on < EXTRACT_END)
    offence = disposals.offence[row]
    person = linkage.person(offences.child[offence])
    is_second = linkage.second[person] & (offences.case[offence] % 2 == 1)
    number = linkage.number[person]
    ids = numbered("SYNMOJ", np.where(is_second, second_numbers(number), number), 9)
    found = linkage.reference[person]
    share, topic = world.dials.blank_offence_reference_share, "blank references of offences"
    kept = blanked(found, ids, share, world.streams, topic)
    world.tally.add(
        "blank_offence_reference_share", ROWS, int(((found != "") & (kept == "")).sum())
    )
    world.tally.add("extract_end", ROWS, len(disposals.on) - len(row))
    _tally_links(world, linkage, linkage.fate[person])
    return _Rows(row, linkage.own[person], ids, kept, np.zeros(len(row), dtype=np.int32))


def _tally_links(world: World, linkage: Linkage, fate: Whole) -> None:
    """Count persons, and delivered rows, by what became of their link to a pupil."""
    for number, dial in enumerate(FATES):
        world.tally.add(dial or "linked", PERSONS, int((linkage.fate == number).sum()))
        world.tally.add(dial or "linked", ROWS, int((fate == number).sum()))
    world.tally.add("second_id_share", PERSONS, int(linkage.second.sum()))
    world.tally.add("shared_id_share", PERSONS, int(linkage.is_shared.sum()))


def _elsewhere(world: World, linkage: Linkage, block: _Rows) -> _Rows:
    """Rows of persons who lived elsewhere as children: like those of some of the block."""
    share, stream = world.dials.never_schooled_share, world.streams("persons from elsewhere")
    size = round(share / (1 - share) * len(linkage.child))
    like = stream.integers(0, max(len(linkage.child), 1), size)
    earlier = stream.integers(1, 366, size)
    order = np.argsort(block.own, kind="stable")
    first = np.searchsorted(block.own, linkage.own[like], side="left", sorter=order)
    after = np.searchsorted(block.own, linkage.own[like], side="right", sorter=order)
    person = np.repeat(np.arange(size), after - first)
    within = np.arange(len(person)) - np.repeat(
        np.cumsum(after - first) - (after - first), after - first
    )
    row = order[first[person] + within]
    own = elsewhere_numbers(world, size)[person]
    world.tally.add("never_schooled_share", PERSONS, size)
    world.tally.add("never_schooled_share", ROWS, len(row))
    blank = np.full(len(row), "", dtype=block.reference.dtype)
    ids = numbered("SYNMOJ", own, 9)
    return _Rows(block.disposal[row], own, ids, blank, -earlier[person].astype(np.int32))


def _ages(world: World, offence: Whole, fault: Whole) -> Whole:
    """Age at each offence as recorded: sometimes a year off, negative where it is set in 1900."""
    offences = world.justice.offences
    birth = world.people.birth[offences.child]
    age = np.floor((offences.on - birth) / YEAR).astype(np.int64)
    luck, half = world.streams("recorded ages").random(len(age)), world.dials.age_slip_share / 2
    age = age + (luck < half) - (luck > 1 - half)
    world.tally.add("age_slip_share", ROWS, int(((luck < half) | (luck > 1 - half))[offence].sum()))
    year, _, _ = calendar(birth)
    return np.where(fault == ON_1900, 1900 - year[offence], age[offence])


def offence_table(world: World) -> pl.DataFrame:
    """All disposals made before the extract was taken."""
    offences, disposals = world.justice.offences, world.justice.disposals
    linkage = link(world)
    block = _of_the_block(world, linkage)
    parts = (block, _elsewhere(world, linkage, block))
    rows = _Rows(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(_Rows)))
    row, offence = rows.disposal, disposals.offence[rows.disposal]
    fault = date_faults(world)[offence]
    world.tally.add("undated_offence_share", ROWS, int((fault == ON_1900).sum()))
    world.tally.add("abroad_offence_share", ROWS, int((fault == ABROAD).sum()))
    on = np.select(
        [fault == ON_1900, fault == ABROAD], [UNDATED, NEVER], offences.on[offence] + rows.shift
    )
    case = 100 * rows.own + offences.case[offence]
    columns: Columns = {
        "mojuid": rows.id,
        "PupilMatchingRefAnonymous": rows.reference,
        "caseid": numbered("SYNC", case, 11),
        "offenceid": numbered("SYNO", 10 * case + 1 + ~offences.is_primary[offence], 12),
        "offencestartdate": dates(on.astype(np.int32)),
        "offencestartage": _ages(world, offence, fault),
        "isprimaryoffence": np.where(offences.is_primary[offence], "Y", "N"),
        "disposalrank": disposals.rank[row],
        "adjudicationcode": disposals.adjudication[row],
        "offence_group": offences.group[offence],
        "offenceclass": offence_classes(world.block, offences)[offence],
        "disposalcode": disposals.code[row],
        "disposaldate": dates(disposals.on[row] + rows.shift),
        "sentencelengthdays": whole(disposals.sentence_days[row]),
    }
    order = np.lexsort((disposals.rank[row], ~offences.is_primary[offence], case, rows.id))
    return frame(columns)[order]


def custody_table(offences: pl.DataFrame) -> pl.DataFrame:
    """Stays in prison: half of each sentence, where the prisons' system was in use."""
    start = pl.col("disposaldate")
    release = start + pl.duration(days=pl.col("sentencelengthdays") // 2)
    sentences = offences.filter(pl.col("sentencelengthdays").is_not_null(), start >= PRISON_RECORDS)
    # Of sentences passed on one day the longest is served.
    by_length = sentences.sort("mojuid", start, -pl.col("sentencelengthdays"), "offenceid")
    return by_length.unique(["mojuid", "disposaldate"], keep="first", maintain_order=True).select(
        "mojuid",
        "PupilMatchingRefAnonymous",
        start.alias("receptiondate"),
        pl.when(release < EXTRACT_ENDS).then(release).alias("releasedate"),
        pl.when(pl.col("disposalcode").is_in(YOUTH_CUSTODY))
        .then(pl.lit("youth"))
        .otherwise(pl.lit("prison"))
        .alias("custodytype"),
        MARK,
    )


def offence_files(world: World) -> Iterator[File]:
    """The table of the police national computer, and the stays in prison that follow."""
    offences = offence_table(world)
    yield File(FILE, offences, ",")
    yield File(PRISON_FILE, custody_table(offences), ",")
