"""Police national computer, one row per offence and disposal, and stays in prison."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import YEAR, Days, Flags, Text, Whole, as_days, calendar, day
from cws_outcomes.synthetic.draws import Stream, pick
from cws_outcomes.synthetic.identifiers import blanked, numbered
from cws_outcomes.synthetic.justice import EXTRACT_END
from cws_outcomes.synthetic.shapes.frames import MARK, Columns, File, dates, frame, whole
from cws_outcomes.synthetic.world import World

FILE = "MOJ_PNC.csv"
PRISON_FILE = "MOJ_Prison.csv"

EXTRACT_ENDS = date(1970, 1, 1) + timedelta(days=int(EXTRACT_END))

PRISON_RECORDS = date(2011, 1, 1)
"""First day of complete records of custody (DATA_MODEL 4.2)."""

UNDATED = day(1900, 1, 1)
"""How the police national computer writes a missing date."""

# Disposals by kind, with rough shares. Codes: DATA_MODEL 4.1.
CAUTIONS = {"1039": 80, "1117": 20}
SENTENCES_UNDER_18 = {
    "1097": 45,
    "1141": 20,
    "1018": 12,
    "1015": 8,
    "1017": 3,
    "1142": 2,
    "1083": 4,
    "1081": 5,
    "1007": 1,
}
SENTENCES_18 = {"1015": 40, "1116": 22, "1018": 18, "1115": 6, "1089": 2, "1002": 8, "1024": 4}
UNPROVEN = {"2004": 45, "2006": 35, "2050": 10, "2051": 10}
FURTHER = {"1057": 30, "1015": 40, "1052": 15, "1016": 15}
"""Second disposals of one offence: lesser, with a lower rank."""

CAUTION_SHARE = 0.55

SENTENCE_DAYS = {"1081": (120, 730), "1007": (180, 1460), "1002": (14, 730), "1024": (30, 730)}
"""Shortest and longest sentence to immediate custody, by disposal."""


@dataclass(frozen=True)
class _Sentenced:
    """Offences in the order of the file, with what they led to."""

    row: Whole
    disposal: Text
    adjudication: Text
    disposal_day: Days
    rank: Whole


def _disposals(world: World, stream: Stream) -> _Sentenced:
    offences = world.justice.offences
    size = len(offences.child)
    age = (offences.on - world.people.birth[offences.child]) / YEAR
    # A first case is likelier to end in a caution than a later one, and only a child's.
    first = offences.on == world.justice.first_proven[offences.child]
    caution = (stream.random(size) < np.where(first, CAUTION_SHARE, 0.15)) & (age < 18)
    caution = caution[offences.case] & offences.is_proven
    sentence = np.where(
        age < 18, pick(stream, SENTENCES_UNDER_18, size), pick(stream, SENTENCES_18, size)
    )
    disposal = np.where(caution, pick(stream, CAUTIONS, size), sentence)
    disposal = np.where(offences.is_proven, disposal, pick(stream, UNPROVEN, size))
    guilty = np.where(stream.random(size) < 0.15, "J", "G")
    adjudication = np.where(offences.is_proven, np.where(caution, "", guilty), "N")
    lag = as_days(3 + 110 * np.exp(0.75 * stream.normal(size=size)))[offences.case]
    made = offences.on + np.where(caution, lag // 3, lag)
    return _with_further(made.astype(np.int32), disposal, adjudication, stream)


def _with_further(made: Days, disposal: Text, adjudication: Text, stream: Stream) -> _Sentenced:
    """Add second disposals to some convictions."""
    convicted = np.flatnonzero(np.isin(adjudication, ["G", "J"]))
    second = convicted[stream.random(len(convicted)) < 0.25]
    row = np.concatenate([np.arange(len(made)), second])
    rank = np.concatenate([np.ones(len(made)), np.full(len(second), 2)]).astype(np.int64)
    further = pick(stream, FURTHER, len(second))
    return _Sentenced(row, np.concatenate([disposal, further]), adjudication[row], made[row], rank)


def _ages(world: World, row: Whole, undated: Flags, stream: Stream) -> Whole:
    """Age at offence as recorded: sometimes a year off, negative where the date is missing."""
    offences = world.justice.offences
    birth = world.people.birth[offences.child]
    age = np.floor((offences.on - birth) / YEAR).astype(np.int64)
    slip = stream.random(len(age))
    age = age + (slip < 0.005) - (slip > 0.995)
    year, _, _ = calendar(birth)
    found: Whole = np.where(undated, 1900 - year, age)[row]
    return found


def _linked(world: World, child: Whole, case: Whole, on: Days) -> tuple[Text, Text]:
    """
    Id of each row's person on the police national computer, and the reference found for it.

    For some persons no reference was found, and some rows of the others lack it. A few persons
    are there twice: every other case is under a second id.
    """
    stream = world.streams("linkage")
    known, person = np.unique(child, return_inverse=True)
    number = stream.permutation(len(known))[person] + 1
    missed = (stream.random(len(known)) < world.dials.unlinked_share)[person]
    doubles = world.streams("second justice ids").random(len(known)) < world.dials.second_id_share
    number += np.where(doubles[person] & (case % 2 == 1), len(known), 0)
    ids = numbered("SYNMOJ", number, 6)
    found = np.where(missed, "", world.references.on(child, on))
    share = world.dials.blank_offence_reference_share
    return ids, blanked(found, ids, share, world.streams, "blank references of offences")


def _sentence_days(world: World, disposal: Text) -> pl.Series:
    """Length of each sentence to immediate custody; blank for other disposals."""
    draws = world.streams("sentences").random(len(disposal))
    days = np.full(len(disposal), -1)
    for code, (shortest, longest) in SENTENCE_DAYS.items():
        # Most are short.
        drawn = shortest + np.floor(draws**2 * (longest - shortest)).astype(np.int64)
        days = np.where(disposal == code, drawn, days)
    return whole(days)


def offence_table(world: World) -> pl.DataFrame:
    """All disposals made before the extract was taken."""
    stream = world.streams("disposals")
    offences, made = world.justice.offences, _disposals(world, stream)
    undated = stream.random(len(offences.child)) < world.dials.undated_offence_share
    age = _ages(world, made.row, undated, stream)
    kept = made.disposal_day < EXTRACT_END
    row = made.row[kept]
    child, case = offences.child[row], offences.case[row]
    ids, references = _linked(world, child, case, offences.on[row])
    order = np.lexsort((made.rank[kept], row, case, ids))
    on = np.where(undated, UNDATED, offences.on).astype(np.int32)[row]
    columns: Columns = {
        "mojuid": ids,
        "PupilMatchingRefAnonymous": references,
        "caseid": numbered("SYNC", case + 1, 7),
        "offenceid": numbered("SYNO", row + 1, 7),
        "offencestartdate": dates(on),
        "offencestartage": age[kept],
        "isprimaryoffence": np.where(offences.is_primary[row], "Y", "N"),
        "disposalrank": made.rank[kept],
        "adjudicationcode": made.adjudication[kept],
        "offence_group": offences.group[row],
        "disposalcode": made.disposal[kept],
        "disposaldate": dates(made.disposal_day[kept]),
        "sentencelengthdays": _sentence_days(world, made.disposal[kept]),
    }
    return frame(columns)[order]


def custody_table(offences: pl.DataFrame) -> pl.DataFrame:
    """Stays in prison: half of each sentence, where the prisons' system was in use."""
    start = pl.col("disposaldate")
    release = start + pl.duration(days=pl.col("sentencelengthdays") // 2)
    sentences = offences.filter(pl.col("sentencelengthdays").is_not_null(), start >= PRISON_RECORDS)
    # Of sentences passed on one day the longest is served.
    by_length = sentences.sort("mojuid", start, -pl.col("sentencelengthdays"))
    return by_length.unique(["mojuid", "disposaldate"], keep="first", maintain_order=True).select(
        "mojuid",
        "PupilMatchingRefAnonymous",
        start.alias("receptiondate"),
        pl.when(release < EXTRACT_ENDS).then(release).alias("releasedate"),
        pl.when(pl.col("disposalcode").is_in(["1081", "1007"]))
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
