"""Whether the same pupil is told alike: from one year to the next, and from table to table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import polars as pl
from duckdb import DuckDBPyConnection

from cws_outcomes import geography
from cws_outcomes.contracts import Table
from cws_outcomes.contracts.delivered import CODED_COLUMNS
from cws_outcomes.quality.subjects import AUTHORITIES, LASTING

CENSUS = "school_census"


@dataclass(frozen=True)
class Agreement:
    """
    Pupils found on both sides of a comparison, and how many agree.

    Attributes
    ----------
    table, year : str, int
        What is judged.
    beside : str
        What it is compared with.
    column : str
    place : str
        Authority on the other side; empty for all together.
    both, alike : int
        Pupils with a value on both sides; those with the same.
    """

    table: str
    year: int
    beside: str
    column: str
    place: str
    both: int
    alike: int


@dataclass(frozen=True)
class Link:
    """References (or pupils) of a year, and how many of them are found on the other side."""

    table: str
    year: int
    rows: int
    found: int


@dataclass(frozen=True)
class Absentees:
    """Pupils seen in the years before and after, and how many of them are not in the year."""

    table: str
    year: int
    around: int
    away: int


def load_authorities(connection: DuckDBPyConnection) -> None:
    """Make ``authority_codes``: every code that an authority ever had, to its 3-digit one."""
    listed = geography.authorities()
    both = dict(listed.select("ons_code", "la_code").iter_rows())
    both |= {code: code for code in listed["la_code"]}
    connection.execute("create or replace temp table authority_codes (code varchar, la varchar)")
    rows = sorted((code, la) for code, la in both.items() if code)
    connection.executemany("insert into authority_codes values (?, ?)", rows)


def lasting_columns(contract: Table) -> list[str]:
    """What a person keeps, of a table that names pupils."""
    if "pupil_reference" not in contract.columns:
        return []
    return [name for name in LASTING if name in contract.columns]


def _school(contract: Table) -> list[str]:
    return ["school_urn"] if {"school_urn", "entry_date"} <= set(contract.columns) else []


def settle(
    connection: DuckDBPyConnection, name: str, contract: Table, relation: str, scratch: Path
) -> str:
    """
    Write who a table tells of, a narrow file in groups of the codelists, and make a view of it.

    Returns
    -------
    str
        Name of the view: ``pupil`` (a number that stands for the reference), ``row_year`` and the
        lasting columns.
    """
    codelists = {c: codelist for table, c, codelist in CODED_COLUMNS if table == contract.name}
    chosen, joins = ["hash(pupil_reference) as pupil", "row_year"], []
    for column in lasting_columns(contract):
        if column in AUTHORITIES:
            joins.append(
                f"left join authority_codes as of_{column} "
                f"on upper(rows.{column}) = of_{column}.code"
            )
            chosen.append(f"of_{column}.la as {column}")
        elif column in codelists:
            joins.append(
                f"left join codelist_{codelists[column]} as of_{column} "
                f"on upper(rows.{column}) = of_{column}.code"
            )
            chosen.append(f'of_{column}."group" as {column}')
        else:
            chosen.append(f"{column} as {column}")
    file = str(scratch / f"lasting_{name}.parquet").replace("'", "''")
    connection.execute(
        f"copy (select {', '.join([*chosen, *_school(contract)])} "
        f"from {relation} as rows {' '.join(joins)} "
        f"where pupil_reference is not null and row_year is not null) to '{file}' (format parquet)"
    )
    connection.execute(f"create or replace temp view lasting_{name} as from read_parquet('{file}')")
    return f"lasting_{name}"


def between_years(
    connection: DuckDBPyConnection,
    table: str,
    view: str,
    columns: Sequence[str],
    years: Sequence[int],
) -> list[Agreement]:
    """Each year of a table beside the one before it that was delivered."""
    found = []
    for earlier, later in pairwise(years):
        found += _compared(
            connection, (table, later), f"its year {earlier}", columns,
            f"(from {view} where row_year = {later})", f"(from {view} where row_year = {earlier})",
            _recoded(earlier, later),
        )  # fmt: skip
    return found


def _recoded(earlier: int, later: int) -> tuple[str, ...]:
    """Authorities whose code ends, or whose area changes, between two years."""
    changed = geography.changes().filter(
        pl.col("change_date").dt.year().is_between(earlier - 1, later)
    )
    return tuple(sorted({*changed["old_la_code"], *changed["new_la_code"]} - {None}))


def with_census(
    connection: DuckDBPyConnection,
    table: str,
    views: Mapping[str, str],
    columns: Sequence[str],
    years: Sequence[int],
    census_years: Sequence[int],
) -> list[Agreement]:
    """Each year of a table beside the census nearest to it."""
    found = []
    for year in years:
        nearest = min(census_years, key=lambda census: (abs(census - year), census))
        found += _compared(
            connection, (table, year), f"the census of {nearest}", columns,
            f"(from {views[table]} where row_year = {year})",
            f"(from {views[CENSUS]} where row_year = {nearest})",
        )  # fmt: skip
    return found


def _compared(
    connection: DuckDBPyConnection,
    judged: tuple[str, int],
    beside: str,
    columns: Sequence[str],
    left: str,
    right: str,
    recoded: Sequence[str] = (),
) -> list[Agreement]:
    """Counts by authority, and their sums; authorities that were recoded agree with nobody."""
    places = [column for column in columns if column in AUTHORITIES]
    counts = ", ".join(
        f"count(*) filter (where a.{c} is not null and b.{c} is not null {also}), "
        f"count(*) filter (where a.{c} = b.{c} {also})"
        for c in columns
        for also in [_only_where(c, recoded)]
    )
    keys = ", ".join(f"b.{place}" for place in places) or "()"
    query = (
        f"select {', '.join(f'b.{place}' for place in places) or 'null'}, {counts} "
        f"from {left} as a inner join {right} as b on a.pupil = b.pupil group by {keys}"
    )
    total: dict[tuple[str, str], tuple[int, int]] = {}
    for row in connection.sql(query).fetchall():
        at = dict(zip(places or [""], row, strict=False))
        pairs = row[max(1, len(places)) :]
        for column, both, alike in zip(columns, pairs[::2], pairs[1::2], strict=True):
            for place in {"", at.get(column) or ""}:
                before = total.get((column, place), (0, 0))
                total[column, place] = (before[0] + int(both), before[1] + int(alike))
    return [Agreement(*judged, beside, c, place, *n) for (c, place), n in sorted(total.items())]


def _only_where(column: str, recoded: Sequence[str]) -> str:
    """SQL that leaves out pairs of rows which have a reason to differ."""
    if column == "entry_date":
        return "and a.school_urn = b.school_urn"  # another school, another entry
    if column in AUTHORITIES and recoded:
        listed = ", ".join(f"'{code}'" for code in recoded)
        return f"and a.{column} not in ({listed}) and b.{column} not in ({listed})"
    return ""


def load_census_pupils(connection: DuckDBPyConnection, relation: str) -> None:
    """Make ``census_pupils``: who is in any census."""
    connection.execute(
        "create or replace temp table census_pupils as select distinct hash(pupil_reference) as "
        f"pupil from {relation} where pupil_reference is not null"
    )


def links(connection: DuckDBPyConnection, table: str, relation: str) -> list[Link]:
    """References of each year of a table that some census holds."""
    query = (
        f"select row_year, count(*), count(census_pupils.pupil) from {relation} "
        "left join census_pupils on hash(pupil_reference) = census_pupils.pupil "
        "where pupil_reference is not null and row_year is not null group by 1 order by 1"
    )
    rows = connection.sql(query).fetchall()
    return [Link(table, int(year), int(n), int(found)) for year, n, found in rows]


def links_of_children(
    connection: DuckDBPyConnection, table: str, view: str, parent: str
) -> list[Link]:
    """Children of each year of a side table whom the table it belongs to knows."""
    query = (
        f"select row_year, count(*), count(children.child) from {view} left join "
        f"(select distinct hash(la, la_child_id) as child from {parent}) as children "
        f"on hash(la, la_child_id) = children.child "
        "where la_child_id is not null and row_year is not null group by 1 order by 1"
    )
    rows = connection.sql(query).fetchall()
    return [Link(table, int(year), int(n), int(found)) for year, n, found in rows]


def rows_for_pupils(
    connection: DuckDBPyConnection,
    table: str,
    view: str,
    census: str,
    stages: tuple[int, int],
) -> list[Link]:
    """
    Pupils of some curriculum years in the census, and how many have a row in a table that year.

    Parameters
    ----------
    connection : DuckDBPyConnection
    table, view : str
        Name of the table, and the view of its rows.
    census : str
        View of the census' rows.
    stages : tuple of int
        First and last curriculum year.
    """
    query = (
        "select pupils.row_year, count(*), count(held.pupil) from "
        f"(select distinct hash(pupil_reference) as pupil, row_year from {census} where "
        f"pupil_reference is not null and try_cast(nc_year as integer) between {stages[0]} "
        f"and {stages[1]} and row_year in (select row_year from {view})) as pupils left join "
        f"(select distinct hash(pupil_reference) as pupil, row_year from {view}) as held "
        "on pupils.pupil = held.pupil and pupils.row_year = held.row_year "
        "group by 1 order by 1"
    )
    rows = connection.sql(query).fetchall()
    return [Link(table, int(year), int(pupils), int(found)) for year, pupils, found in rows]


def rows_with_the_school(connection: DuckDBPyConnection, table: str, view: str) -> list[Link]:
    """Rows of each year, and how many name the authority that most rows of their school name."""
    query = (
        "select row_year, sum(row_count), sum(most) from (select row_year, school_urn, "
        "sum(row_count) as row_count, max(row_count) as most from (select row_year, school_urn, "
        f"school_la, count(*) as row_count from {view} where school_urn is not null "
        "and school_la is not null group by all) group by all) group by 1 order by 1"
    )
    rows = connection.sql(query).fetchall()
    return [Link(table, int(year), int(n), int(most)) for year, n, most in rows]


def absentees(
    connection: DuckDBPyConnection, table: str, view: str, years: Sequence[int]
) -> list[Absentees]:
    """Pupils of the years around a year who are not in it."""
    found = []
    for before, year, after in zip(years, years[1:], years[2:], strict=False):
        row = connection.sql(
            "select count(*), count(*) - count(held.pupil) from "
            f"(select distinct pupil from {view} where row_year = {before}) as earlier "
            f"semi join (from {view} where row_year = {after}) as later "
            "on earlier.pupil = later.pupil "
            f"left join (select distinct pupil from {view} where row_year = {year}) "
            "as held on earlier.pupil = held.pupil"
        ).fetchall()[0]
        found.append(Absentees(table, year, *map(int, row)))
    return found
