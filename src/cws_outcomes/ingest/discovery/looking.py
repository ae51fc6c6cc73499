"""Finds the physical tables of a folder, a DuckDB file or a database, and reads their heads."""

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import duckdb

from cws_outcomes.errors import ConfigError, CwsError, MissingTableError, UnreachableError
from cws_outcomes.ingest.discovery.found import (
    FoundTable,
    Unplaced,
    fitting_formats,
    looks_like_names,
)
from cws_outcomes.ingest.discovery.text_head import read_head
from cws_outcomes.ingest.manifest import ENDINGS, Format
from cws_outcomes.ingest.sources import Location, open_source
from cws_outcomes.ingest.sources.names import name_parts

_TEXT_ENDINGS = (".txt", ".csv", ".tsv", ".tab", ".dat", ".asc")
_RECEIPT = {"file", "rows"}
_ROWS = 200

Sighting = FoundTable | Unplaced


def look_at(target: str, progress: Callable[[str], object] = lambda _: None) -> Iterator[Sighting]:
    """
    Look at every table that a target holds.

    Parameters
    ----------
    target : str
        A folder, a file, or the name of an environment variable with an ODBC connection string
        or of an ODBC data source.
    progress : callable
        Told the name of each table before it is looked at.

    Yields
    ------
    FoundTable or Unplaced

    Raises
    ------
    MissingTableError
        There is nothing to look at.
    ConfigError
        A connection string was given instead of a name.
    UnreachableError
        A database cannot be reached.
    """
    path = Path(target)
    if not path.exists():
        if "=" not in target and (path.suffix or os.sep in target):
            raise MissingTableError(
                f"{target} is not there. Expected a folder, a DuckDB file, or the name of an ODBC "
                "data source or of an environment variable with a connection string."
            )
        yield from _in_database(target, progress)
        return
    folder = path if path.is_dir() else path.parent
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    visible = [file for file in files if not file.name.startswith(".")]
    for number, file in enumerate(visible, start=1):
        name = file.relative_to(folder).as_posix()
        progress(f"{number} of {len(visible)}: {name}")
        yield from _in_file(file, name)


def is_database(target: str) -> bool:
    """Whether a target is to be reached over ODBC."""
    return not Path(target).exists()


def _in_file(path: Path, name: str) -> Iterator[Sighting]:
    kind = ENDINGS.get(path.suffix.lower())
    if kind == "duckdb":
        yield from _in_duckdb(path, name)
    elif kind is not None and kind != "text":
        yield _head(Location(kind, path), name, path.stem, kind)
    elif path.suffix.lower() in _TEXT_ENDINGS:
        yield _text(path, name)
    else:
        yield Unplaced(name, "not of a kind that is read: have it exported if it is a table")


def _text(path: Path, name: str) -> Sighting:
    try:
        head = read_head(path)
    except ValueError as reason:
        return Unplaced(name, str(reason))
    if {column.lower() for column in head.header} == _RECEIPT:
        return Unplaced(name, "a receipt: name it under `receipt`", head.header)
    return FoundTable(
        file=name,
        relation="",
        name=path.stem,
        format="text",
        header=head.header,
        delimiter=head.delimiter,
        quote=head.quote,
        encoding=head.encoding,
        date_formats=fitting_formats(head.header, head.rows),
        has_names=looks_like_names(head.header, head.rows),
    )


def _in_duckdb(path: Path, name: str) -> Iterator[Sighting]:
    from cws_outcomes.ingest.sources.engine_files import database_relations

    try:
        with duckdb.connect() as connection:
            relations = database_relations(connection, path)
    except CwsError as error:
        yield Unplaced(name, str(error))
        return
    for relation in relations:
        location = Location("duckdb", path, relation)
        yield _head(location, name, name_parts(relation)[-1], "duckdb")


def _in_database(target: str, progress: Callable[[str], object]) -> Iterator[Sighting]:
    from cws_outcomes.ingest.sources.odbc import odbc_relations

    if "=" in target:
        raise ConfigError(
            "A connection string was given on the command line, where others can read it. Expected "
            "the name of an environment variable that holds it, or of an ODBC data source."
        )
    connection_string = os.environ.get(target) or f"DSN={target}"
    try:
        relations = odbc_relations(connection_string)
    except UnreachableError as error:
        raise UnreachableError(
            f"There is no file or folder {target}, so it was taken for a database. {error}"
        ) from None
    for number, relation in enumerate(relations, start=1):
        progress(f"{number} of {len(relations)}: {relation}")
        location = Location("odbc", None, relation, connection_string)
        yield _head(location, "", name_parts(relation)[-1], "odbc")


def _head(location: Location, file: str, name: str, kind: Format) -> Sighting:
    label = " ".join(part for part in (file, location.relation) if part)
    try:
        with duckdb.connect() as connection:
            source = open_source(connection, location)
            rows = connection.sql(f"from {source.relation} limit {_ROWS}").fetchall()
    except (CwsError, duckdb.Error) as error:
        told = str(error) if isinstance(error, CwsError) else "its first rows cannot be read"
        return Unplaced(label, told)
    dates = fitting_formats(source.header, islice(rows, _ROWS))
    return FoundTable(file, location.relation, name, kind, source.header, date_formats=dates)
