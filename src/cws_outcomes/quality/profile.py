"""What is in one delivered table, year by year: one pass of aggregates over its typed parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from duckdb import DuckDBPyConnection

from cws_outcomes.contracts import Table
from cws_outcomes.quality.subjects import authority, odd_rows, persons

Year = int | None
_NUMBERS = ("INTEGER", "DOUBLE", "BIGINT")
# Years in a column have no zero and no mean that says something.
_NOT_AMOUNTS = ("birth_year", "birth_month", "slot_number")
MONTHS = range(1, 13)


@dataclass(frozen=True)
class Profile:
    """
    Aggregates of one table.

    Attributes
    ----------
    name : str
        The table, or the shape of it, e.g. ``school_census_summer``.
    contract : Table
    years : mapping
        Year to the named aggregates of its rows: ``rows``, ``repeats`` (rows beyond the first of
        a kind), ``pupils`` (a fingerprint of who is in it), ``filled:<column>``,
        ``mean:``, ``sd:`` and ``zeros:<number>``, ``first:``, ``weekend:``, ``lag:`` and
        ``month<n>:<date>``, ``odd:<rule>``. The year is None where a row has none.
    persons : mapping of str to int
        Key to the number of persons under it.
    span : mapping of str to tuple
        First and last year of each date; an empty tuple where there is none.
    places : mapping
        Year and authority, as delivered, to its rows and persons.
    """

    name: str
    contract: Table
    years: Mapping[Year, Mapping[str, Any]]
    persons: Mapping[str, int]
    span: Mapping[str, tuple[int, int] | tuple[()]]
    places: Mapping[tuple[Year, str], tuple[int, int]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of all years."""
        return self.total("rows")

    def total(self, name: str) -> int:
        """Sum of an aggregate over all years."""
        return sum(int(held[name] or 0) for held in self.years.values())

    def known_years(self) -> list[int]:
        """Years with rows, in order."""
        return sorted(year for year in self.years if year is not None)

    def at(self, year: Year, name: str) -> float:
        """An aggregate of one year, 0 where there is none."""
        return float(self.years.get(year, {}).get(name) or 0)


def profile(connection: DuckDBPyConnection, name: str, contract: Table, relation: str) -> Profile:
    """
    Count what is in a table.

    Parameters
    ----------
    connection : DuckDBPyConnection
    name : str
        What the report calls it.
    contract : Table
    relation : str
        View of its typed rows, with ``row_year``.
    """
    keys = persons(contract)
    # One plain aggregate each, of numbers in place of references: these spill when they must.
    found = {
        key: int(
            connection.sql(
                f"select count(*) from (select distinct hash({sql}) from {relation} "
                f"where {sql} is not null)"
            ).fetchall()[0][0]
        )
        for key, sql in keys.items()
    }
    return Profile(
        name=name,
        contract=contract,
        years=_by_year(connection, contract, relation),
        persons=found,
        span=_span(connection, contract, relation),
        places=_by_place(connection, contract, relation, next(iter(keys.values()), "null")),
    )


def _by_year(
    connection: DuckDBPyConnection, contract: Table, relation: str
) -> dict[Year, dict[str, Any]]:
    aggregates = _aggregates(contract)
    listed = ", ".join(f'{sql} as "{name}"' for name, sql in aggregates.items())
    query = f"select row_year, {listed} from {relation} group by row_year order by row_year"
    years = {
        row[0]: dict(zip(aggregates, row[1:], strict=True))
        for row in connection.sql(query).fetchall()
    }
    # Apart from the rest: what tells two rows apart is sorted out in a table that may spill.
    row = ", ".join(contract.columns)
    repeats = (
        f"select row_year, sum(copies - 1) from (select row_year, count(*) as copies "
        f"from {relation} group by row_year, hash({row})) group by row_year"
    )
    for year, count in connection.sql(repeats).fetchall():
        years[year]["repeats"] = int(count)
    return years


def _aggregates(contract: Table) -> dict[str, str]:
    """SQL of every aggregate by its name."""
    found = {"rows": "count(*)"}
    if "pupil_reference" in contract.columns:
        # A sum: pairs of equal references would cancel out in an exclusive or.
        found["pupils"] = "sum(hash(pupil_reference) % 2305843009213693951)"
    for name, column in contract.columns.items():
        found[f"filled:{name}"] = f"count({name})"
        if column.type in _NUMBERS and name not in (*_NOT_AMOUNTS, "file_year"):
            found[f"mean:{name}"] = f"avg({name})"
            found[f"sd:{name}"] = f"coalesce(stddev_pop({name}), 0)"
            found[f"zeros:{name}"] = f"count(*) filter (where {name} = 0)"
        elif column.type == "DATE":
            found |= _of_days(name)
    for rule in odd_rows(contract):
        found[f"odd:{rule.name}"] = f"count(*) filter (where {rule.rows})"
    return found


def _of_days(name: str) -> dict[str, str]:
    """When in the year, the month and the week the days of a column lie."""
    dated = f"year({name}) >= 1930"
    lag = f"date_diff('day', make_date(row_year, 1, 1), {name})"
    return {
        f"dated:{name}": f"count(*) filter (where {dated})",
        f"first:{name}": f"count(*) filter (where day({name}) = 1 and {dated})",
        f"weekend:{name}": f"count(*) filter (where isodow({name}) >= 6 and {dated})",
        f"lag:{name}": f"coalesce(avg({lag}) filter (where {dated}), 0)",
        f"lagsd:{name}": f"coalesce(stddev_pop({lag}) filter (where {dated}), 0)",
        **{
            f"month{month}:{name}": f"count(*) filter (where month({name}) = {month} and {dated})"
            for month in MONTHS
        },
    }


def _span(
    connection: DuckDBPyConnection, contract: Table, relation: str
) -> dict[str, tuple[int, int] | tuple[()]]:
    """First and last year of each date: a day would be one person's."""
    days = [name for name, column in contract.columns.items() if column.type == "DATE"]
    if not days:
        return {}
    listed = ", ".join(f"min(year({day})), max(year({day}))" for day in days)
    row = connection.sql(f"select {listed} from {relation}").fetchall()[0]
    pairs = zip(row[::2], row[1::2], strict=True)
    return {
        day: () if first is None else (int(first), int(last))
        for day, (first, last) in zip(days, pairs, strict=True)
    }


def _by_place(
    connection: DuckDBPyConnection, contract: Table, relation: str, person: str
) -> dict[tuple[Year, str], tuple[int, int]]:
    column = authority(contract)
    if column is None:
        return {}
    query = (
        "select row_year, place, sum(row_count), count(person) from ("
        f"select row_year, upper({column}) as place, "
        f"if({person} is null, null, hash({person})) as person, count(*) as row_count "
        f"from {relation} where {column} is not null group by all) group by all order by all"
    )
    rows = connection.sql(query).fetchall()
    return {(year, la): (int(count), int(people)) for year, la, count, people in rows}


@dataclass(frozen=True)
class Codes:
    """
    Codes of one column.

    Attributes
    ----------
    groups : mapping
        Year and group of the codelist ("" for a code that stands for missing) to rows.
    unknown : tuple of (str, int)
        Codes that the codelist lacks, each with its rows.
    """

    column: str
    codelist: str
    groups: Mapping[tuple[Year, str], int]
    unknown: tuple[tuple[str, int], ...]

    def total(self) -> dict[str, int]:
        """Rows by group, over all years."""
        found: dict[str, int] = {}
        for (_, group), rows in self.groups.items():
            found[group] = found.get(group, 0) + rows
        return dict(sorted(found.items()))


def groups(
    connection: DuckDBPyConnection, relation: str, column: str, codelist: str, code: str
) -> tuple[dict[tuple[Year, str], int], int]:
    """
    Rows by year and group of the codelist, and rows whose code it lacks.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Holds ``codelist_<name>``.
    relation, column, codelist : str
    code : str
        SQL of the code in the column.
    """
    query = (
        "select row_year, listed.code is null as is_unknown, "
        "coalesce(listed.\"group\", '') as code_group, sum(row_count) from "
        f"(select row_year, {code} as code, count(*) as row_count from {relation} "
        f"where {column} is not null group by all) as counted "
        f"left join codelist_{codelist} as listed on counted.code = listed.code "
        "group by all order by all"
    )
    rows = connection.sql(query).fetchall()
    known = {(year, str(g)): int(n) for year, is_unknown, g, n in rows if not is_unknown}
    return known, sum(int(n) for _, is_unknown, _, n in rows if is_unknown)
