"""The delivery beside England's published totals: as a ratio, for a delivery may be a sample."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import median

from duckdb import DuckDBPyConnection

from cws_outcomes.quality.flags import Flag
from cws_outcomes.quality.masking import NOTHING, Masking

_TOTALS = Path(__file__).with_name("published_totals.csv")
_TOO_MANY = 1.05  # of England's
_FAR = 2.0  # a year's ratio against the middle of the others around it
_OPEN = "({end} is null or year({end}) < 1930 or {end} > make_date(row_year, 3, 31))"
_CHILD = "coalesce(la || ':' || la_child_id, pupil_reference)"

# Table, and the SQL of its count by year.
_COUNTS: Mapping[str, tuple[str, str]] = {
    "looked_after": (
        "care_episodes",
        f"select days.row_year, count(distinct {_CHILD}) from {{view}} as held "
        "inner join (select unnest(range(2005, 2031)) as row_year) as days "
        "on episode_start_date <= make_date(days.row_year, 3, 31) "
        "and (episode_end_date is null or year(episode_end_date) < 1930 "
        "or episode_end_date > make_date(days.row_year, 3, 31)) "
        "where upper(legal_status) not in ('V3', 'V4') group by 1",
    ),
    "in_need": (
        "children_in_need",
        f"select row_year, count(distinct ({_CHILD}, referral_date)) from {{view}} "
        f"where {_OPEN.format(end='closure_date')} group by 1",
    ),
    "on_a_plan": (
        "children_in_need",
        f"select row_year, count(distinct {_CHILD}) from {{view}} "
        f"where plan_start_date <= make_date(row_year, 3, 31) "
        f"and {_OPEN.format(end='plan_end_date')} group by 1",
    ),
    "suspensions_per_100": (
        "exclusions",
        "select row_year, count(*) from {view} inner join codelist_exclusion_category as kinds "
        "on upper(category) = kinds.code where kinds.\"group\" = 'suspension' group by 1",
    ),
    "permanent_exclusions_per_100": (
        "exclusions",
        "select row_year, count(*) from {view} inner join codelist_exclusion_category as kinds "
        "on upper(category) = kinds.code where kinds.\"group\" = 'permanent' group by 1",
    ),
}
LABELS = {
    "looked_after": "Children looked after on 31 March",
    "in_need": "Episodes of need open on 31 March",
    "on_a_plan": "Children on a protection plan on 31 March",
    "suspensions_per_100": "Suspensions per 100 pupils",
    "permanent_exclusions_per_100": "Permanent exclusions per 100 pupils",
}


@dataclass(frozen=True)
class Beside:
    """One published figure, and the delivery's."""

    measure: str
    year: int
    table: str
    count: int
    delivered: float
    england: float
    source: str

    @property
    def ratio(self) -> float:
        """Delivered over published."""
        return self.delivered / self.england


def compared(
    connection: DuckDBPyConnection,
    views: Mapping[str, str],
    pupils: Mapping[int, int],
    masking: Masking,
) -> list[Beside]:
    """
    Published figures of the years that were delivered, with the delivery's.

    Parameters
    ----------
    connection : DuckDBPyConnection
    views : mapping of str to str
        Table to the view of its rows.
    pupils : mapping of int to int
        Year to rows of the spring census: what rates are of.
    masking : Masking
        Figures and ratios are made of rounded counts.
    """
    found = []
    for measure, rows in groupby(_totals(), key=lambda row: row["measure"]):
        table, query = _COUNTS[measure]
        if table not in views:
            continue
        counts = dict(connection.sql(query.format(view=views[table])).fetchall())
        years = _years(connection, views[table])
        for row in rows:
            year, count = int(row["year"]), int(counts.get(int(row["year"]), 0))
            of = 1.0 if "_per_" not in measure else pupils.get(year, 0) / 100
            if year in years and of:
                found.append(
                    Beside(
                        measure, year, table, count, masking.rounded(count) / of,
                        float(row["england"]), row["source"],
                    )
                )  # fmt: skip
    return found


def _totals() -> Sequence[Mapping[str, str]]:
    with _TOTALS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _years(connection: DuckDBPyConnection, view: str) -> Collection[int]:
    rows = connection.sql(f"select distinct row_year from {view}").fetchall()
    return {int(year) for (year,) in rows if year is not None}


def shown(one: Beside, masking: Masking) -> str:
    """The delivery's figure: a count rounded, a rate where enough is behind it."""
    if "_per_" not in one.measure:
        return masking.count(one.count)
    return f"{one.delivered:.2g}" if one.count >= masking.threshold else NOTHING


def ratio(one: Beside, masking: Masking) -> str:
    """Delivered over published, in percent, where enough is behind it."""
    return f"{100 * one.ratio:.3g} %" if one.count >= masking.threshold else NOTHING


def flags(found: Sequence[Beside], masking: Masking, *, is_sample: bool) -> Iterator[Flag]:
    """Years that stand out from the years around them, or that hold more than England did."""
    for measure, rows in groupby(found, key=lambda one: one.measure):
        listed = [one for one in rows if one.count >= masking.threshold]
        for place, one in enumerate(listed):
            around = [
                o.ratio for o in (*listed[max(0, place - 1) : place], *listed[place + 1 :][:1])
            ]
            too_many = not is_sample and one.ratio > _TOO_MANY and "_per_" not in measure
            middle = median(around) if len(around) == 2 else 0.0
            stands_out = middle and not middle / _FAR <= one.ratio <= middle * _FAR
            if too_many or stands_out:
                yield Flag(
                    "beside England's published figure", one.table, "", str(one.year),
                    f"{LABELS[measure]}: {ratio(one, masking)} of England's",
                    f"about {100 * middle:.3g} % as in the years around" if middle
                    else "no more than England had",
                    f"within a factor of {_FAR:g}; at most {_TOO_MANY:.0%} of England's",
                )  # fmt: skip
