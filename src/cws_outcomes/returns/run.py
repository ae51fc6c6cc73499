"""From folders of returns to tables of children, care and need, every row accounted for."""

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from duckdb import DuckDBPyConnection

from cws_outcomes.contracts import returns as contracts
from cws_outcomes.errors import ConfigError
from cws_outcomes.returns.accounts import Counted, TableCounts, count_rules, table_counts
from cws_outcomes.returns.checks import (
    require_dates,
    require_known_legal_status,
    require_no_empty_return,
)
from cws_outcomes.returns.found import Found, ReturnFile, find_files
from cws_outcomes.returns.intake import read_files
from cws_outcomes.returns.labels import FIRST_YEAR, LAST_YEAR, UNKNOWN
from cws_outcomes.returns.layout import LAYOUTS
from cws_outcomes.returns.quality import measures_of, write_quality
from cws_outcomes.returns.settle import Return, settle
from cws_outcomes.returns.write import put_in_place, require_own_folder, write_rows, write_table
from cws_outcomes.runner import load_codelist
from cws_outcomes.sql import connect, create_from_sql

_SQL = Path(__file__).parent
_CODELISTS = (
    "legal_status", "placement", "reason_ceased", "closure_reason", "ethnicity", "sex", "flag",
)  # fmt: skip
# Each reads those before it. Both returns go through all of them: one not given has no rows.
_MADE = (
    "children_read", "children",
    "episodes_read", "episodes_sent", "episodes_sent_again", "episodes_settled", "care_episodes",
    "care_periods", "looked_after_31_march", "episode_flags",
    "referrals_read", "referrals", "plans_read", "plans",
)  # fmt: skip


@dataclass(frozen=True)
class Wishes:
    """
    What is to be read, and what the folders do not tell.

    Parameters
    ----------
    ssda903, cin : Path or None
        Folders of returns; at least one.
    la : str or None
        The authority, by code or name, where it is one.
    year : int or None
        The year to 31 March, for a return that names none.
    folder_year : {"start", "end"} or None
        What a bare year in a name means; None lets the dates inside decide.
    keep_unknown_codes : bool
        Go on where a legal status is in no codelist.
    """

    ssda903: Path | None
    cin: Path | None
    la: str | None = None
    year: int | None = None
    folder_year: str | None = None
    keep_unknown_codes: bool = False


@dataclass(frozen=True)
class Book:
    """
    What was read and written.

    Attributes
    ----------
    files : tuple of str
        Names of the files written.
    returns : tuple of Return
    totals : tuple of TableCounts
    counted : tuple of Counted
    others : tuple of str
        Files below the folders that are none of a return.
    without_episodes : tuple of Return
        Returns of SSDA903 with files but none of episodes: no year of counts.
    is_la_unknown : bool
        Some rows are of an authority that nothing tells.
    """

    files: tuple[str, ...]
    returns: tuple[Return, ...]
    totals: tuple[TableCounts, ...]
    counted: tuple[Counted, ...]
    others: tuple[str, ...]
    without_episodes: tuple[Return, ...]
    is_la_unknown: bool


def write_returns(
    wishes: Wishes,
    out: Path,
    *,
    codelists: Path,
    progress: Callable[[str], None],
    threads: int = 2,
    memory_mb: int = 4000,
) -> Book:
    """
    Read returns, settle them and write the results.

    Parameters
    ----------
    wishes : Wishes
    out : Path
        Folder for the results: made, or one of an earlier run, whose files are replaced.
    codelists : Path
        Folder of the study's codelists.
    progress : callable
        Told each file as it is read.
    threads, memory_mb : int
        What the database may use.

    Returns
    -------
    Book

    Raises
    ------
    CwsError
        What is given cannot be read, or not be settled; nothing is written then.
    """
    if wishes.year is not None and not FIRST_YEAR <= wishes.year <= LAST_YEAR:
        raise ConfigError("--year is no year of a return. Expected the year of its 31 March.")
    require_own_folder(out)
    found = find_files(wishes.ssda903, wishes.cin, out)
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=out, prefix=".returns-") as folder,
        connect(Path(folder) / "spill", threads=threads, memory_mb=memory_mb) as connection,
    ):
        return _write(connection, wishes, found, out, Path(folder), codelists, progress)


def _write(
    connection: DuckDBPyConnection,
    wishes: Wishes,
    found: Found,
    out: Path,
    folder: Path,
    codelists: Path,
    progress: Callable[[str], None],
) -> Book:
    unsplit = read_files(connection, found.files, progress=progress)
    returns = settle(
        connection, found.files, la=wishes.la, year=wishes.year, folder_year=wishes.folder_year
    )
    without = _register_returns(connection, returns, found.files)
    require_no_empty_return(connection)
    tables = _tables_read(connection, found.files)
    require_dates(connection, tables)
    for name in _CODELISTS:
        load_codelist(connection, codelists / f"{name}.csv")
    progress("Settling what the returns say")
    for name in _MADE:
        create_from_sql(connection, name, _SQL / f"{name}.sql", {})
    if not wishes.keep_unknown_codes:
        require_known_legal_status(connection)
    counted = count_rules(connection, tables, _by_table(unsplit, found.files))
    totals = table_counts(connection, tables, counted)
    names = _written(connection, folder, totals, counted)
    measures = measures_of(connection, totals, counted, returns, len(found.others))
    names += write_quality(folder, measures)
    put_in_place(folder, out, names, _manifest(wishes, found, returns))
    is_la_unknown = any(one.la_code == UNKNOWN for one in returns)
    return Book(tuple(names), returns, totals, counted, found.others, without, is_la_unknown)


def _register_returns(
    connection: DuckDBPyConnection, returns: Sequence[Return], files: Sequence[ReturnFile]
) -> tuple[Return, ...]:
    """Make the table ``returns``: of SSDA903 those only that hold a file of episodes."""
    whole = [file.number for file in files if file.layout is None or file.layout.name == "episodes"]
    resolved = connection.sql("select distinct file_no, la_code, return_year from resolved")
    kept = {(la, year) for number, la, year in resolved.fetchall() if number in whole}
    rows = [
        (one.collection, one.la_code, one.year)
        for one in returns
        if one.collection == "cin" or (one.la_code, one.year) in kept
    ]
    schema = {"collection": pl.String, "la_code": pl.String, "return_year": pl.Int32}
    frame = pl.DataFrame(sorted(set(rows)), schema=schema, orient="row")
    connection.register("return_rows", frame.to_arrow())
    connection.execute("create temp table returns as select * from return_rows")
    connection.unregister("return_rows")
    return tuple(one for one in returns if (one.collection, one.la_code, one.year) not in rows)


def _tables_read(connection: DuckDBPyConnection, files: Sequence[ReturnFile]) -> tuple[str, ...]:
    """Tables of which a file was read, or that a message holds."""
    named = {file.layout.name for file in files if file.layout is not None}
    filled = {
        name
        for name in LAYOUTS
        if connection.sql(f"select count(*) from raw_{name}").fetchall()[0][0]
    }
    return tuple(name for name in LAYOUTS if name in named | filled)


def _by_table(unsplit: dict[int, int], files: Sequence[ReturnFile]) -> dict[str, int]:
    lines: dict[str, int] = {}
    for file in files:
        if file.layout is not None:
            table = file.layout.name
            lines[table] = lines.get(table, 0) + unsplit.get(file.number, 0)
    return lines


def _written(
    connection: DuckDBPyConnection,
    folder: Path,
    totals: Sequence[TableCounts],
    counted: Sequence[Counted],
) -> list[str]:
    read = {total.table for total in totals}
    names = []
    if "episodes" in read:
        names += [
            write_table(connection, table, folder)
            for table in (contracts.CARE_EPISODES, contracts.CARE_PERIODS)
        ]
        names.append(_looked_after(connection, folder))
    if read & {"header", "cin_children"}:
        names.append(write_table(connection, contracts.CHILDREN, folder))
    for table, source in ((contracts.REFERRALS, "cin_children"), (contracts.PLANS, "cin_children")):
        if source in read:
            names.append(write_table(connection, table, folder))
    rows = ((one.rule, one.table, one.rows) for one in counted)
    names.append(write_rows(folder / "repairs.csv", ("rule", "table", "rows"), rows))
    header = ("table", "read", "rejected", "merged", "kept", "repaired", "imputed", "flagged")
    lines = ([getattr(total, name) for name in header] for total in totals)
    names.append(write_rows(folder / "counts.csv", header, lines))
    return names


def _looked_after(connection: DuckDBPyConnection, folder: Path) -> str:
    table = contracts.LOOKED_AFTER
    write_table(connection, table, folder)  # for its checks: the file is the CSV
    os.unlink(folder / f"{table.name}.parquet")
    columns = ", ".join(table.columns)
    rows = connection.sql(f"select {columns} from {table.name} order by la_code, year").fetchall()
    return write_rows(folder / f"{table.name}.csv", tuple(table.columns), rows)


def _manifest(wishes: Wishes, found: Found, returns: Sequence[Return]) -> dict[str, object]:
    given = {
        "la": wishes.la,
        "year": wishes.year,
        "folder_year": wishes.folder_year,
        "keep_unknown_codes": wishes.keep_unknown_codes,
    }
    return {
        "options": given,
        "returns": [
            {
                "collection": one.collection,
                "la_code": one.la_code,
                "year": one.year,
                "label": one.label,
                "settled_by": one.settled_by,
            }
            for one in returns
        ],
        "files_read": [file.shown for file in found.files],
        "files_not_read": list(found.others),
    }
