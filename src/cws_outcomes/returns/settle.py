"""Which authority and which year each row belongs to, by its columns, its file and its folder."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
from duckdb import DuckDBPyConnection

from cws_outcomes.errors import ConfigError, UnknownAuthorityError
from cws_outcomes.returns.found import ReturnFile
from cws_outcomes.returns.labels import (
    UNKNOWN,
    YearLabel,
    authority_code,
    in_force,
    is_listed,
    year_of,
)
from cws_outcomes.returns.layout import LAYOUTS
from cws_outcomes.returns.years import Days, Key, settled_years

_DATES = """
select file_no, la_text, year_text, year(day) + if(month(day) >= 4, 1, 0) as year, is_end,
    count(*) as day_count
from (
    select file_no, la_text, year_text, return_date(decom) as day, false as is_end
    from raw_episodes
    union all
    select file_no, la_text, year_text, return_date(dec) as day, true as is_end
    from raw_episodes
)
where day is not null
group by all
order by all
"""


@dataclass(frozen=True)
class Part:
    """Rows of one file that share their authority and year columns, and what those mean."""

    file_no: int
    la_text: str | None
    year_text: str | None
    collection: str
    table: str
    folder: Path
    authorities: tuple[str, ...]
    is_la_as_folder: bool
    is_latin_1: bool
    label: YearLabel | None

    @property
    def key(self) -> Key:
        """The return it is a part of: by authority and label, by folder where nothing is said."""
        la = "/".join(self.authorities) or UNKNOWN
        return (self.collection, la, self.label or self.folder)


@dataclass(frozen=True)
class Return:
    """
    One return: what an authority sent for one year.

    Attributes
    ----------
    collection : {"ssda903", "cin"}
    la_code : str
        3-digit code, or ``unknown``.
    year : int
        Year that ends on its 31 March.
    label : str
        How its year was named; empty where it was not.
    settled_by : str
        How the year was settled, for people.
    """

    collection: str
    la_code: str
    year: int
    label: str
    settled_by: str


def settle(
    connection: DuckDBPyConnection,
    files: Iterable[ReturnFile],
    *,
    la: str | None,
    year: int | None,
    folder_year: str | None,
) -> tuple[Return, ...]:
    """
    Make the table ``resolved``: authority and year of every row read.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Holds the tables ``raw_<table>``; gains ``resolved`` (``file_no``, ``la_text``,
        ``year_text``, ``la_code``, ``return_year`` and what is odd about it: ``is_la_listed``,
        ``is_la_as_folder``, ``is_latin_1``).
    files : iterable of ReturnFile
    la : str or None
        Authority given: all rows are its.
    year : int or None
        Year given: for what names none, or for all when one return is there.
    folder_year : {"start", "end"} or None
        What a bare year means, where the dates are not to decide.

    Returns
    -------
    tuple of Return
        In the order of collection, authority and year.

    Raises
    ------
    ConfigError
        No year can be settled, one is given for several returns, or no episode ends in the year
        that is plainly named.
    UnknownAuthorityError
        The authority given is none; or returns of one year, from several folders, do not say
        whose they are.
    """
    parts = [_with_authority(part, la) for part in _parts(connection, {f.number: f for f in files})]
    parts = _with_year(parts, year)
    keys = {part.key for part in parts}
    years = settled_years(keys, _dates(connection, parts), folder_year)
    rows: list[tuple[object, ...]] = []
    returns = set()
    for part in parts:
        end, why = years[part.key]
        code = in_force(part.authorities, end) if part.authorities else UNKNOWN
        rows.append((
            part.file_no, part.la_text, part.year_text, code, end, is_listed(code),
            part.is_la_as_folder, part.is_latin_1,
        ))  # fmt: skip
        label = "" if part.label is None else str(part.label.year)
        returns.add((part.collection != "ssda903", code, end, label, why, part.collection))
    _require_told_apart(parts, years)
    _register(connection, rows)
    return tuple(
        Return(c, la_code, y, text, why) for _, la_code, y, text, why, c in sorted(returns)
    )


def _parts(connection: DuckDBPyConnection, files: Mapping[int, ReturnFile]) -> list[Part]:
    tables = " union all ".join(
        f"select file_no, la_text, year_text from raw_{name}" for name in LAYOUTS
    )
    found = connection.sql(f"select distinct * from ({tables}) order by all").fetchall()
    seen = {number for number, _, _ in found}
    found += [(number, None, None) for number in files if number not in seen]
    parts = []
    for number, la_text, year_text in sorted(found, key=lambda row: (row[0], str(row[1:]))):
        file = files[number]
        own = authority_code(la_text) if la_text else None
        las = (own,) if own else file.authorities
        agrees = own is None or not file.authorities or own in file.authorities
        label = (year_of(year_text) if year_text else None) or file.year
        parts.append(
            Part(
                file_no=number,
                la_text=la_text,
                year_text=year_text,
                collection=file.collection,
                table=file.layout.name if file.layout else "",
                folder=file.folder,
                authorities=las,
                is_la_as_folder=agrees,
                is_latin_1=file.text is not None and file.text.is_latin_1,
                label=label,
            )
        )
    return parts


def _with_authority(part: Part, la: str | None) -> Part:
    if la is None:
        return part
    code = authority_code(la)
    if code is None or not is_listed(code):
        raise UnknownAuthorityError(
            "--la is no English local authority. Expected its 3-digit DfE code, its 9-digit code "
            "or its name. Correct it."
        )
    return replace(part, authorities=(code,))


def _with_year(parts: list[Part], year: int | None) -> list[Part]:
    if year is None:
        return parts
    given = YearLabel(year, is_end=True)
    if len({part.key for part in parts if part.collection == "ssda903"}) <= 1:
        return [
            part if part.collection == "cin" and part.label else replace(part, label=given)
            for part in parts
        ]
    if all(part.label for part in parts):
        raise ConfigError(
            "--year is given, and folders or files name the years of several returns. Expected it "
            "for returns that name none. Leave it out; --folder-year says what a bare year means."
        )
    return [part if part.label else replace(part, label=given) for part in parts]


def _dates(connection: DuckDBPyConnection, parts: list[Part]) -> dict[Key, Days]:
    """Days by return: how many episodes start, and how many end, in each year to 31 March."""
    key_of = {(p.file_no, p.la_text, p.year_text): p.key for p in parts}
    found: dict[Key, Days] = {}
    for file_no, la_text, year_text, year, is_end, days in connection.sql(_DATES).fetchall():
        counts = found.setdefault(key_of[file_no, la_text, year_text], Counter())
        counts[year, is_end] += days
    return found


def _require_told_apart(parts: list[Part], years: Mapping[Key, tuple[int, str]]) -> None:
    """Child ids of two authorities must never meet: without a name, one folder a table and year."""
    folders: dict[tuple[str, str, int], set[Path]] = {}
    for part in parts:
        if not part.authorities:
            key = (part.collection, part.table, years[part.key][0])
            folders.setdefault(key, set()).add(part.folder)
    if any(len(places) > 1 for places in folders.values()):
        raise UnknownAuthorityError(
            "Several folders hold a return of one year and none says of which authority. Child ids "
            "mean something within one authority only. Name the folders by 3-digit code, or give "
            "--la if all are of one."
        )


def _register(connection: DuckDBPyConnection, rows: list[tuple[object, ...]]) -> None:
    schema = {
        "file_no": pl.Int32,
        "la_text": pl.String,
        "year_text": pl.String,
        "la_code": pl.String,
        "return_year": pl.Int32,
        "is_la_listed": pl.Boolean,
        "is_la_as_folder": pl.Boolean,
        "is_latin_1": pl.Boolean,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    connection.register("resolved_rows", frame.to_arrow())
    connection.execute("create temp table resolved as select * from resolved_rows")
    connection.unregister("resolved_rows")
