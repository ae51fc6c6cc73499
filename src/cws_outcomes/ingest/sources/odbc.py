"""Tables and views of a database over ODBC, fetched in batches."""

import re
from collections.abc import Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from cws_outcomes.errors import MissingTableError, UnreachableError
from cws_outcomes.ingest.sources.as_text import as_text
from cws_outcomes.ingest.sources.location import Location, Source
from cws_outcomes.ingest.sources.names import Dialect, name_parts, select_statement, written
from cws_outcomes.ingest.sources.views import make_view, new_name

_ROWS_IN_BATCH = 50_000
_BYTES_IN_BATCH = 64 << 20
# Columns without a declared width get this much: ids, codes and labels are far shorter, and a
# longer value is an error rather than a cut one.
_WIDEST_VALUE = 4_000
_LOGIN_SECONDS = 30

_SQL_SERVER = "select cast(serverproperty('Edition') as varchar(128)) as edition"
# Views stand beside tables, whatever the schema: extracts for external users are often views.
_INFORMATION_SCHEMA = (
    "select table_schema, table_name from information_schema.tables "
    "where table_schema not in ('information_schema', 'INFORMATION_SCHEMA', 'pg_catalog', 'sys') "
    "order by table_schema, table_name"
)
_SQLITE = (
    "select '' as table_schema, name as table_name from sqlite_master "
    "where type in ('table', 'view') and name not like 'sqlite_%' order by name"
)

# What a driver says may quote the connection string: only the five characters of its state are
# looked at, and our own words are shown.
_STATE = re.compile(r"State: *([0-9A-Z]{5})")
_NO_DRIVER = (
    "The driver manager knows no such driver or data source, or cannot load it. Compare the name "
    "with those that `odbcinst -q -d` and `odbcinst -q -s` (on Windows: ODBC Data Sources) list"
)
_CAUSES = {
    **dict.fromkeys(("IM002", "IM003", "01000"), _NO_DRIVER),
    "28000": "The server refused the login. Check the user, or use Trusted_Connection=yes",
    "HYT00": "The server did not answer in time. Check its name and that this machine may reach it",
}
_OTHER_CAUSE = (
    "The server cannot be reached. Check the names of server, port and database and that it is up"
)


def open_odbc(connection: DuckDBPyConnection, location: Location) -> Source:
    """
    Open a table or a view of a database.

    Parameters
    ----------
    connection : DuckDBPyConnection
    location : Location

    Raises
    ------
    UnreachableError
        The driver is not installed, or the server does not let us in.
    MissingTableError
        It has no such table, or none that we may read.
    """
    dialect = dialect_of(location.connection_string)
    name_parts(location.relation)  # a malformed name is a slip of the manifest, not of the server
    schema = _table_schema(location, dialect)
    places = pa.schema([field.with_name(f"c{i}") for i, field in enumerate(schema)])
    header = tuple(schema.names)
    query = select_statement(header, location.relation, dialect)
    batches = _batches(location.connection_string, query, schema, places)
    name = new_name()
    connection.register(name, pa.RecordBatchReader.from_batches(places, batches))
    # Types as DuckDB sees them; describing does not read the stream.
    described = connection.sql(f"describe from {name}").fetchall()
    fields = [as_text(column, kind) for column, kind, *_ in described]
    return Source(header, make_view(connection, fields, name), None)


def odbc_relations(connection_string: str) -> list[str]:
    """
    Tables and views of a database, as a manifest names them.

    Raises
    ------
    UnreachableError
        As in `open_odbc`; or it keeps its list of tables elsewhere.
    """
    arrow_odbc = _library()
    for query in (_INFORMATION_SCHEMA, _SQLITE):
        try:
            rows = pa.Table.from_batches(_read(connection_string, query)).to_pylist()
        except arrow_odbc.Error:
            continue
        named = [tuple(row.values()) for row in rows]
        return [written(tuple(part for part in parts if part)) for parts in named]
    raise UnreachableError(
        "The database does not list its tables where SQL Server, PostgreSQL and SQLite do. "
        "Expected one of them. Write the manifest by hand (docs/delivery.md)."
    )


@lru_cache
def dialect_of(connection_string: str) -> Dialect:
    """
    How a database wants names quoted: asked of the server, since a data source hides its driver.

    Raises
    ------
    UnreachableError
        As in `open_odbc`.
    """
    arrow_odbc = _library()
    try:
        list(_read(connection_string, _SQL_SERVER))
    except arrow_odbc.Error:
        return "ansi"
    return "tsql"


def _table_schema(location: Location, dialect: Dialect) -> pa.Schema:
    """Names and types of a table's columns."""
    arrow_odbc = _library()
    query = select_statement((), location.relation, dialect)
    try:
        return _read(location.connection_string, f"{query} where 1 = 0").schema
    except arrow_odbc.Error:
        raise MissingTableError(
            f"The database has no table or view {location.relation} that we may read. Expected "
            "the one that the manifest names. `cws discover` lists those there are; ask for the "
            "right to select from it."
        ) from None


def _batches(
    connection_string: str, query: str, schema: pa.Schema, places: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The whole table. The server starts when the first batch is asked for, not before."""
    for batch in _read(connection_string, query, schema):
        yield pa.RecordBatch.from_arrays(batch.columns, schema=places)


def _read(connection_string: str, query: str, schema: pa.Schema | None = None) -> Any:
    """Batches of a query's rows, of the types given or, made safe, of those the driver tells."""
    arrow_odbc = _library()
    try:
        connection = arrow_odbc.connect(connection_string, login_timeout_sec=_LOGIN_SECONDS)
    except arrow_odbc.Error as error:
        raise UnreachableError(f"{_cause(error.message())}. See docs/sources.md.") from None
    return connection.read_arrow_batches(
        query,
        batch_size=_ROWS_IN_BATCH,
        max_bytes_per_batch=_BYTES_IN_BATCH,
        max_text_size=_WIDEST_VALUE,
        max_binary_size=_WIDEST_VALUE,
        # What the locale makes of bytes is no matter then: an unset one would lose accents.
        payload_text_encoding=arrow_odbc.TextEncoding.UTF16,
        schema=schema,
        map_schema=None if schema else _safe_types,
        fetch_concurrently=False,
    )


def _safe_types(schema: pa.Schema) -> pa.Schema:
    """The driver's types, but for two that not every value fits which drivers deliver as such."""
    return pa.schema([field.with_type(_safe_type(field.type)) for field in schema])


def _safe_type(declared: pa.DataType) -> pa.DataType:
    if pa.types.is_fixed_size_binary(declared):
        return pa.binary()
    if pa.types.is_timestamp(declared):
        return pa.timestamp("us", declared.tz)  # nanoseconds end in 2262, sentinels in 9999
    return declared


def _cause(message: str) -> str:
    state = _STATE.search(message)
    return _CAUSES.get(state[1], _OTHER_CAUSE) if state else _OTHER_CAUSE


def _library() -> ModuleType:
    """The ODBC reader: optional, and of no use without the system's driver manager."""
    try:
        import arrow_odbc
    except ImportError:
        raise UnreachableError(
            "Reading over ODBC needs the package arrow-odbc, which is not installed. Install "
            "cws-outcomes[odbc]."
        ) from None
    except OSError:
        raise UnreachableError(
            "Reading over ODBC needs the system's ODBC driver manager, which is not installed. "
            "Install unixODBC (Windows has one)."
        ) from None
    library: ModuleType = arrow_odbc
    return library
