"""Which authority and which year each row belongs to, settled from labels and the dates inside.

The year of a return is the year in which it ends, on 31 March. ``2017-18``, ``201718``, a reference
date and the header of a message say that year. A bare year may be the one in which the return
starts: the dates of its episodes decide, all returns of one authority together, since a folder
names years in one way. Where nothing names a year, or the name means one in which no episode ends,
it is the year in which most episodes end.
"""

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


# A return before its year is settled: collection, authority, and its label, or else its folder.
Key = tuple[str, str, YearLabel | Path]


_FEW_ENDS = 10  # fewer may all lie on the day after the return


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
    dates = _dates(connection, parts)
    keys = {part.key for part in parts}
    years = _with_neighbours({key: _year(key, parts, dates, folder_year) for key in keys})
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


_Dates = Mapping[Key, Counter[tuple[int, bool]]]


def _dates(connection: DuckDBPyConnection, parts: list[Part]) -> _Dates:
    """Days by return: how many episodes start, and how many end, in each year to 31 March."""
    key_of = {(p.file_no, p.la_text, p.year_text): p.key for p in parts}
    found: dict[Key, Counter[tuple[int, bool]]] = {}
    for file_no, la_text, year_text, year, is_end, days in connection.sql(_DATES).fetchall():
        counts = found.setdefault(key_of[file_no, la_text, year_text], Counter())
        counts[year, is_end] += days
    return found


def _year(
    key: Key,
    parts: list[Part],
    dates: _Dates,
    folder_year: str | None,
) -> tuple[int, str] | None:
    """Year of a return and how it was settled; None where nothing inside it tells."""
    collection, la, label = key
    own = dates.get(key, Counter())
    if isinstance(label, Path):
        return _most_days(own)
    if label.is_end:
        _require_ends_in(label.year, own)
        return label.year, "named as the year that ends"
    if folder_year is not None:
        start = folder_year == "start"
        return label.year + start, f"--folder-year {folder_year}"
    pooled: Counter[str] = Counter()
    for other in {p.key for p in parts if p.key[:2] == (collection, la)}:
        named = other[2]
        if isinstance(named, YearLabel) and not named.is_end:
            pooled.update(_before_and_after(named.year, dates.get(other, Counter())))
    if _is_contradicted(label.year, own):
        settled = _most_days(own)
        if settled is not None:
            return settled[0], "from the dates inside: they are not of the year that names it"
    if pooled["after"] > pooled["before"]:
        why = f"named as the year that starts: {pooled['after']:,} of "
        return (
            label.year + 1,
            why + f"{pooled.total():,} dates lie after 31 March of the year named",
        )
    if pooled["before"]:
        why = f"named as the year that ends: {pooled['before']:,} of "
        return label.year, why + f"{pooled.total():,} dates lie before 1 April of the year named"
    return label.year, "named; no date inside settles it, so taken as the year that ends"


def _before_and_after(year: int, counts: Counter[tuple[int, bool]]) -> Counter[str]:
    """A return that ends in the year named holds ends before 1 April and no date after it."""
    after = counts[year + 1, True] + counts[year + 1, False]
    return Counter({"before": counts[year, True], "after": after})


def _is_contradicted(year: int, counts: Counter[tuple[int, bool]]) -> bool:
    """Episodes end in the year of their return: none does in either year that the name may mean."""
    ends = {end for end, is_end in counts if is_end}
    return bool(ends) and not ends & {year, year + 1}


def _require_ends_in(year: int, counts: Counter[tuple[int, bool]]) -> None:
    """A year that cannot be misunderstood, and is wrong, would cost most of a return its rows."""
    ends = {end: days for (end, is_end), days in counts.items() if is_end}
    if sum(ends.values()) >= _FEW_ENDS and year not in ends:
        raise ConfigError(
            f"A return is named or given as that to 31 March {year}, and no episode in it ends in "
            f"that year. Most end in the year to 31 March {max(ends, key=lambda y: ends[y])}. "
            "Rename the folder, or give the --year of the 31 March on which the return ends."
        )


def _most_days(counts: Counter[tuple[int, bool]]) -> tuple[int, str] | None:
    """Year in which most episodes end; in which most start, where none ends."""
    for wanted, what in ((True, "ends"), (False, "starts")):
        by_year = Counter({year: n for (year, is_end), n in counts.items() if is_end == wanted})
        if by_year:
            best = max(by_year, key=lambda year: (by_year[year], year))
            share = f"{by_year[best]:,} of {by_year.total():,} {what} of episodes"
            return best, f"not named; {share} lie in the year to 31 March {best}"
    return None


def _with_neighbours(
    years: Mapping[Key, tuple[int, str] | None],
) -> dict[Key, tuple[int, str]]:
    """Files without dates belong to the only return of their authority that has some."""
    settled = {key: year for key, year in years.items() if year is not None}
    for key in sorted(years.keys() - settled.keys(), key=str):
        near = {year for other, (year, _) in settled.items() if other[:2] == key[:2]}
        if len(near) != 1:
            raise ConfigError(
                "A folder names no year and holds no date that tells one. Expected a year in the "
                "name of the folder or file, such as 2017-18. Rename it, or give --year."
            )
        settled[key] = (near.pop(), "not named; the only return of its authority")
    return settled


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
