"""Parquet and DuckDB files, read by DuckDB itself."""

from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from cws_outcomes.errors import MissingTableError, ValueFormatError
from cws_outcomes.ingest.sources.as_text import as_text
from cws_outcomes.ingest.sources.location import Location, Source
from cws_outcomes.ingest.sources.names import name_parts, quoted, written
from cws_outcomes.ingest.sources.views import literal, make_view


def open_parquet(connection: DuckDBPyConnection, path: Path) -> Source:
    """
    Open a Parquet file.

    Raises
    ------
    ValueFormatError
        It is not one.
    """
    from pyarrow.parquet import ParquetFile

    try:
        # The file's own names: DuckDB renames those that differ in nothing but case.
        with ParquetFile(path) as file:
            header, rows = tuple(file.schema_arrow.names), file.metadata.num_rows
        relation, fields = _described(connection, f"read_parquet({literal(str(path))})")
    except (OSError, ValueError, duckdb.Error):
        raise ValueFormatError(
            f"File {path.name} is not a whole Parquet file. Expected one. Copy it again, or set "
            "`format` in the manifest."
        ) from None
    return Source(header, make_view(connection, fields, relation), rows > 0)


def open_database_file(connection: DuckDBPyConnection, location: Location) -> Source:
    """
    Open a table or a view of a DuckDB file.

    Raises
    ------
    ValueFormatError
        It is not such a file.
    MissingTableError
        It has no such table.
    """
    assert location.path is not None
    catalog = attach(connection, location.path)
    parts = (catalog, *name_parts(location.relation)[-2:])
    relation = ".".join(quoted(part, "ansi") for part in parts)
    try:
        relation, fields = _described(connection, relation)
        has_rows = bool(connection.sql(f"select 1 from {relation} limit 1").fetchall())
    except duckdb.Error:
        raise MissingTableError(
            f"{location.path.name} has no table or view {location.relation} that can be read. "
            "Expected the one that the manifest names. `cws discover` lists those it has."
        ) from None
    header = _names(connection, relation)
    return Source(header, make_view(connection, fields, relation), has_rows)


def attach(connection: DuckDBPyConnection, path: Path) -> str:
    """
    Attach a DuckDB file for reading; once is enough.

    Returns
    -------
    str
        Its name in SQL.

    Raises
    ------
    ValueFormatError
        It is not a DuckDB file that this version reads.
    """
    place = str(path.resolve())
    query = f"select database_name from duckdb_databases() where path = {literal(place)}"
    if found := connection.sql(query).fetchall():
        return str(found[0][0])
    held = connection.sql("select count(*) from duckdb_databases()").fetchall()[0][0]
    name = f"delivered_{held}"
    try:
        connection.execute(f"attach {literal(place)} as {name} (type duckdb, read_only)")
    except duckdb.Error:
        raise ValueFormatError(
            f"File {path.name} is not a DuckDB file that DuckDB {duckdb.__version__} reads. "
            "Expected one that no other program is writing. Copy it again, have it exported as "
            "Parquet, or set `format` in the manifest."
        ) from None
    return name


def database_relations(connection: DuckDBPyConnection, path: Path) -> list[str]:
    """Tables and views of a DuckDB file, as a manifest names them."""
    catalog = attach(connection, path)
    query = (
        "select table_schema, table_name from information_schema.tables "
        f"where table_catalog = {literal(catalog)} order by all"
    )
    rows = connection.sql(query).fetchall()
    return [written((name,) if schema == "main" else (schema, name)) for schema, name in rows]


def _described(connection: DuckDBPyConnection, relation: str) -> tuple[str, list[str]]:
    """A relation and the SQL of its columns as text."""
    columns = connection.sql(f"describe select * from {relation}").fetchall()
    return relation, [as_text(quoted(name, "ansi"), kind) for name, kind, *_ in columns]


def _names(connection: DuckDBPyConnection, relation: str) -> tuple[str, ...]:
    return tuple(connection.sql(f"select * from {relation} limit 0").columns)
