"""The data-quality page of returns: counts only, small counts masked, never a value of a row."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection
from jinja2 import Environment, FileSystemLoader, select_autoescape

from cws_outcomes.returns.accounts import Counted, TableCounts
from cws_outcomes.returns.layout import LAYOUTS
from cws_outcomes.returns.settle import Return

_SMALL = 10
_MOST_CODES = 50  # more are no codes: a column was taken for another
_CODED = (
    ("episodes", "legal_status_code", "episodes_sent", "legal_status"),
    ("episodes", "placement_code", "episodes_sent", "placement"),
    ("episodes", "reason_ceased_code", "episodes_sent", "reason_ceased"),
    ("header", "sex_code", "children_read", "sex"),
    ("header", "ethnicity_code", "children_read", "ethnicity"),
    ("referrals", "closure_reason_code", "referrals_read", "closure_reason"),
)
_ALONE = """
select
    la_code, year, children, children_including_respite,
    (
        select count(distinct child_id) from episodes_sent as sent
        where
            sent.la_code = counted.la_code and sent.return_year = counted.year
            and (end_date is null or end_date > make_date(counted.year, 3, 31))
    )
from looked_after_31_march as counted
order by la_code, year
"""


@dataclass(frozen=True)
class Measure:
    """One line of the page."""

    table: str
    measure: str
    item: str
    value: str


def masked(count: int) -> str:
    """A count as it is shown: nothing between 1 and 9."""
    return f"fewer than {_SMALL}" if 0 < count < _SMALL else f"{count:,}"


def measures_of(
    connection: DuckDBPyConnection,
    totals: Sequence[TableCounts],
    counted: Sequence[Counted],
    returns: Sequence[Return],
    others: int,
) -> list[Measure]:
    """
    Everything the page tells.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Holds what was read and what the SQL files made.
    totals, counted : sequence
        What became of the rows, by table and by rule.
    returns : sequence of Return
    others : int
        Files that are none of a return.
    """
    listed = [
        Measure("returns", "return", f"{one.collection}, authority {one.la_code}, year {one.year}",
                one.settled_by)
        for one in returns
    ]  # fmt: skip
    listed.append(Measure("returns", "files that are none of a return", "", f"{others:,}"))
    listed += _missing_years(returns)
    listed += _looked_after(connection)
    for total in totals:
        listed += _sizes(connection, total)
        listed += _rules(counted, total.table)
        listed += _unlisted(connection, total.table)
    return [*listed, *_rules(counted, "children")]


def _rules(counted: Sequence[Counted], table: str) -> list[Measure]:
    return [
        Measure(table, one.kind, f"{one.rule}: {one.meaning}", masked(one.rows))
        for one in counted
        if one.table == table
    ]


def _looked_after(connection: DuckDBPyConnection) -> Iterator[Measure]:
    """Children on each 31 March, settled, beside what the return of that year says alone."""
    rows = connection.sql(_ALONE).fetchall()
    for la_code, year, children, with_respite, alone in rows:
        item = f"authority {la_code}, {year}"
        yield Measure("looked after on 31 March", "children", item, masked(children))
        with_breaks = "children, with short breaks"
        yield Measure("looked after on 31 March", with_breaks, item, masked(with_respite))
        measure = "with short breaks, by that year's return alone"
        yield Measure("looked after on 31 March", measure, item, masked(alone))


def _missing_years(returns: Sequence[Return]) -> Iterator[Measure]:
    """Years between two returns of an authority for which there is none."""
    years: dict[tuple[str, str], set[int]] = {}
    for one in returns:
        years.setdefault((one.collection, one.la_code), set()).add(one.year)
    for (collection, la_code), found in sorted(years.items()):
        gaps = sorted(set(range(min(found), max(found))) - found)
        if gaps:
            item = f"{collection}, authority {la_code}"
            yield Measure("returns", "years without a return", item, ", ".join(map(str, gaps)))


def _sizes(connection: DuckDBPyConnection, total: TableCounts) -> Iterator[Measure]:
    for name in ("read", "rejected", "merged", "kept", "repaired", "imputed", "flagged"):
        yield Measure(total.table, f"rows {name}", "", masked(getattr(total, name)))
    layout = LAYOUTS[total.table]
    # First and last year only: a day would be one child's.
    asked = ", ".join(
        ["count(distinct (file_no, tidy(child)))"]
        + [f"count(*) - count(tidy({column}))" for column in layout.columns]
        + [
            f"{side}(year(return_date({column})))"
            for column in layout.dates
            for side in ("min", "max")
        ]
    )
    children, *found = connection.sql(f"select {asked} from raw_{total.table}").fetchall()[0]
    yield Measure(total.table, "children by file", "", masked(children))
    for column, blanks in zip(layout.columns, found, strict=False):
        yield Measure(total.table, "rows without a value", column, masked(blanks))
    years = found[len(layout.columns) :]
    for column, first, last in zip(layout.dates, years[::2], years[1::2], strict=True):
        value = "none" if first is None else f"{first} to {last}"
        yield Measure(total.table, "years", column, value)


def _unlisted(connection: DuckDBPyConnection, table: str) -> Iterator[Measure]:
    for of, column, relation, codelist in _CODED:
        if of != table:
            continue
        query = (
            f"select {column}, count(*) from {relation} where {column} is not null and {column} "
            f"not in (select code from codelist_{codelist}) group by 1 order by 1"
        )
        found = connection.sql(query).fetchall()
        measure = f"code not in codelists/{codelist}.csv"
        if len(found) > _MOST_CODES:
            item = "too many to list: is it the right column?"
            yield Measure(table, measure, item, f"{len(found):,}")
            continue
        for code, rows in found:
            yield Measure(table, measure, str(code), masked(int(rows)))


def write_quality(folder: Path, measures: Iterable[Measure]) -> list[str]:
    """Write the page and its CSV; returns their names."""
    listed = list(measures)
    table = folder / "data_quality.csv"
    with table.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(("table", "measure", "item", "value"))
        writer.writerows((m.table, m.measure, m.item, m.value) for m in listed)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(["j2"])
    )
    page = templates.get_template("data_quality.html.j2").render(
        tables=dict.fromkeys(m.table for m in listed), measures=listed
    )
    (folder / "data_quality.html").write_text(page, encoding="utf-8")
    return [table.name, "data_quality.html"]
