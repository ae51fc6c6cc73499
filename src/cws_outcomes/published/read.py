"""A file of published counts, read into one typed table and a log of what was done to it."""

import hashlib
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cws_outcomes.errors import CountsError, EmptyTableError, MissingTableError
from cws_outcomes.published.cells import NOT_APPLICABLE, SHOWN, SUPPRESSED, lines_of, read_cells
from cws_outcomes.published.columns import Columns, find_columns, plain
from cws_outcomes.published.places import Places, calendar_year, tell_apart

ALL = "all"
_ALL_LABELS = ("all", "total", "all pupils", "all children")
_KEY = ("la_code", "year", "group")


@dataclass(frozen=True)
class ReadLog:
    """
    What reading did, for the notes.

    Attributes
    ----------
    file, sha256 : str
        Name and digest of the file.
    lines, read : int
        Rows of the file, and of the kinds and years asked for.
    left_out : dict
        Rows that are about no authority, by kind.
    symbols : dict
        By column, how many cells held which symbol.
    matched : list of (label, name, code, how)
        Labels that spelling or an alias led to an authority.
    by_code : bool
        Whether codes, not names, identify authorities.
    """

    file: str
    sha256: str
    lines: int
    read: int
    left_out: dict[str, int]
    symbols: dict[str, dict[str, int]]
    matched: list[tuple[str, str, str, str]]
    by_code: bool


@dataclass(frozen=True)
class Counts:
    """
    Published counts, typed.

    Attributes
    ----------
    rows : polars.DataFrame
        One row an authority, year and group: ``la_code``, ``la_name``, ``region``, ``year``
        (label or null), ``group``, ``persons``, ``events``, ``expected``, ``deprivation`` (null
        where not given), ``status``.
    england : polars.DataFrame
        The reference, one row a year and group; may be empty.
    columns : Columns
        What was read from where.
    log : ReadLog
        What reading did.
    """

    rows: pl.DataFrame
    england: pl.DataFrame
    columns: Columns
    log: ReadLog


def read_counts(path: Path, asked: Columns) -> Counts:
    """
    Read a CSV of published counts.

    Parameters
    ----------
    path : Path
        CSV with a header, UTF-8 or Windows-1252.
    asked : Columns
        Columns that were named; others are guessed where only one fits.

    Returns
    -------
    Counts

    Raises
    ------
    MissingTableError, EmptyTableError
        When the file is not there, or holds no rows to use.
    CountsError
        When columns are not clear, cells are no numbers, authorities repeat, or events exceed
        persons.
    UnknownAuthorityError
        When a name or code is of no authority, or of more than one.
    """
    text, digest = _text(path)
    columns = find_columns(text.columns, asked)
    chosen = _chosen(text.with_row_index("line", offset=2), columns)
    rows, symbols = _typed(chosen, columns)
    places = tell_apart(rows, columns.england)
    if places.authorities.is_empty():
        raise EmptyTableError(f"{path.name}: no row is about a local authority in the years asked.")
    _check_unique(places.authorities, _KEY)
    _check_unique(places.england, ("year", "group"))
    log = ReadLog(
        file=path.name,
        sha256=digest,
        lines=text.height,
        read=chosen.height,
        left_out=dict(sorted(places.left_out.items())),
        symbols=symbols,
        matched=_matched(places),
        by_code=set(places.authorities["matched_by"]) == {"code"},
    )
    keep = ["year", "group", "persons", "events", "expected", "deprivation", "status"]
    authorities = places.authorities.select("la_code", "la_name", "region", *keep)
    order = ["group", "year", "la_code"]
    return Counts(authorities.sort(order), places.england.select(keep), columns, log)


def _text(path: Path) -> tuple[pl.DataFrame, str]:
    if not path.is_file():
        raise MissingTableError(f"No file {path.name}; expected a CSV of counts with a header.")
    raw = path.read_bytes()
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        content = raw.decode("cp1252")
    if not content.strip():
        raise EmptyTableError(f"{path.name} is empty; expected a CSV of counts with a header.")
    try:
        table = pl.read_csv(io.StringIO(content), infer_schema=False)
    except pl.exceptions.PolarsError:
        raise CountsError(
            f"{path.name} cannot be read as CSV: a line has more fields than the header, or quotes "
            "are not closed."
        ) from None
    if table.is_empty():
        raise EmptyTableError(f"{path.name} has a header and no rows.")
    table.columns = [name.strip() for name in table.columns]
    return table, hashlib.sha256(raw).hexdigest()


def _chosen(text: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Rows of the kinds and years asked for."""
    for column, values in columns.keep.items():
        text = text.filter(pl.col(column).str.strip_chars().is_in(values))
    if columns.years and columns.year:
        first, last = columns.years
        year = pl.Series([calendar_year(label) for label in text[columns.year]], dtype=pl.Int64)
        text = text.filter(year.is_between(first, last).fill_null(value=False))
    return text


def _typed(text: pl.DataFrame, columns: Columns) -> tuple[pl.DataFrame, dict[str, dict[str, int]]]:
    """Columns under their own names, numbers read; and how many symbols each held."""
    lines = text["line"].to_list()
    frame = {"line": text["line"], "place": text[columns.la or ""].str.strip_chars()}
    level = next((name for name in text.columns if plain(name) == "geographic_level"), None)
    frame["level"] = text[level] if level else pl.Series([None] * len(lines), dtype=pl.String)
    empty = pl.Series([None] * len(lines), dtype=pl.String)
    frame["year"] = text[columns.year].str.strip_chars() if columns.year else empty
    frame["group"] = _group(text, columns)
    status, symbols = [SHOWN] * len(lines), {}
    roles = {
        "persons": columns.denominator,
        "events": columns.rate or columns.numerator,
        "expected": columns.expected,
        "deprivation": columns.deprivation,
    }
    for role, column in roles.items():
        if column is None:
            frame[role] = pl.Series([None] * len(lines), dtype=pl.Float64)
            continue
        cells = read_cells(column, text[column].to_list(), lines, columns.suppressed)
        frame[role] = pl.Series(cells.values, dtype=pl.Float64)
        symbols[column] = dict(sorted(cells.symbols.items()))
        if role != "deprivation":
            status = [_worse(*pair) for pair in zip(status, cells.status, strict=True)]
    table = pl.DataFrame(frame).with_columns(pl.Series("status", status))
    if columns.rate:
        table = table.with_columns(events=pl.col("events") * pl.col("persons") / columns.per)
    _check_part_of_whole(table, columns)
    return table.with_columns(_nobody_is_not_applicable()), symbols


def _group(text: pl.DataFrame, columns: Columns) -> pl.Series:
    if columns.group is None:
        return pl.Series([ALL] * text.height, dtype=pl.String)
    every = {columns.all_group.casefold()} if columns.all_group else set(_ALL_LABELS)
    labels = [(label or "").strip() for label in text[columns.group]]
    return pl.Series([ALL if one.casefold() in every else one for one in labels], dtype=pl.String)


def _worse(left: str, right: str) -> str:
    """Of two cells of a row: withheld counts before not given, not given before shown."""
    order = (SHOWN, NOT_APPLICABLE, SUPPRESSED)
    return max(left, right, key=order.index)


def _nobody_is_not_applicable() -> pl.Expr:
    nobody = (pl.col("persons") == 0) & (pl.col("status") == SHOWN)
    return pl.when(nobody).then(pl.lit(NOT_APPLICABLE)).otherwise("status").alias("status")


def _check_part_of_whole(table: pl.DataFrame, columns: Columns) -> None:
    for role, column in (("events", columns.rate or columns.numerator), ("expected", "expected")):
        over = table.filter(pl.col(role) > pl.col("persons"))["line"].to_list()
        if over:
            raise CountsError(
                f"{len(over)} rows have more in {column!r} than in {columns.denominator!r} "
                f"({lines_of(over)}). Expected events to be persons among the denominator: check "
                "--numerator and --denominator, or --per of a rate."
            )


def _check_unique(rows: pl.DataFrame, key: tuple[str, ...]) -> None:
    if rows.is_empty():
        return
    again = rows.filter(pl.struct(key).is_duplicated()).sort("line")["line"].to_list()
    if again:
        raise CountsError(
            f"{len(again)} rows share their {' x '.join(key)} with another ({lines_of(again)}). "
            "Name the column that tells them apart (--group, --year), or the rows to read "
            "(`keep:` in the --columns file)."
        )


def _matched(places: Places) -> list[tuple[str, str, str, str]]:
    """Labels that a rule or an alias led to an authority: label, name, code, how."""
    led = places.authorities.filter(pl.col("matched_by").is_in(["spelling", "alias"]))
    pairs = Counter(led.select("place", "la_name", "la_code", "matched_by").iter_rows())
    return sorted(pairs)
