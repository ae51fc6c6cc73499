"""Police national computer: one row per offence and disposal, comma-separated."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import YEAR, Days, Flags, Text, Whole, as_days, calendar, day
from cws_outcomes.synthetic.draws import Stream, pick
from cws_outcomes.synthetic.identifiers import numbered
from cws_outcomes.synthetic.justice import EXTRACT_END
from cws_outcomes.synthetic.shapes.frames import Columns, File, dates, frame
from cws_outcomes.synthetic.world import World

FILE = "MOJ_PNC.csv"

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


def _references(world: World, child: Whole, on: Days) -> tuple[Whole, Text]:
    """Number of each person on the police national computer, and the reference found for them."""
    stream = world.streams("linkage")
    known, row = np.unique(child, return_inverse=True)
    number = stream.permutation(len(known))[row] + 1
    missed = (stream.random(len(known)) < world.dials.unlinked_share)[row]
    reference = np.where(missed, "", world.references.on(child, on))
    return number, reference


def offence_table(world: World) -> pl.DataFrame:
    """All disposals made before the extract was taken."""
    stream = world.streams("disposals")
    offences, made = world.justice.offences, _disposals(world, stream)
    undated = stream.random(len(offences.child)) < world.dials.undated_offence_share
    age = _ages(world, made.row, undated, stream)
    kept = made.disposal_day < EXTRACT_END
    row = made.row[kept]
    person, reference = _references(world, offences.child[row], offences.on[row])
    order = np.lexsort((made.rank[kept], row, offences.case[row], person))
    on = np.where(undated, UNDATED, offences.on).astype(np.int32)[row]
    columns: Columns = {
        "mojuid": numbered("SYNMOJ", person, 6),
        "PupilMatchingRefAnonymous": reference,
        "caseid": numbered("SYNC", offences.case[row] + 1, 7),
        "offenceid": numbered("SYNO", row + 1, 7),
        "offencestartdate": dates(on),
        "offencestartage": age[kept],
        "isprimaryoffence": np.where(offences.is_primary[row], "Y", "N"),
        "disposalrank": made.rank[kept],
        "adjudicationcode": made.adjudication[kept],
        "offence_group": offences.group[row],
        "disposalcode": made.disposal[kept],
        "disposaldate": dates(made.disposal_day[kept]),
    }
    return frame(columns)[order]


def offence_files(world: World) -> Iterator[File]:
    """The one table of the police national computer."""
    yield File(FILE, offence_table(world), ",")
