"""Physical tables of every kind but delimited text, as text columns that DuckDB streams."""

from duckdb import DuckDBPyConnection

from cws_outcomes.errors import MissingTableError
from cws_outcomes.ingest.sources.location import Kind, Location, Source


def open_source(connection: DuckDBPyConnection, location: Location) -> Source:
    """
    Open one physical table.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Gets a view, which stays until the connection ends.
    location : Location

    Returns
    -------
    Source

    Raises
    ------
    MissingTableError
        No such file, or no such table in it.
    ValueFormatError
        The file is not of its kind, or not whole.
    UnreachableError
        A database cannot be reached.
    """
    # Late: each kind has libraries of its own, and most deliveries are of one kind.
    if location.kind == "odbc":
        from cws_outcomes.ingest.sources.odbc import open_odbc

        return open_odbc(connection, location)
    if location.path is None or not location.path.is_file():
        raise MissingTableError(
            f"File {location.label} is not there. Expected it where the manifest says. Deliver "
            "it, or correct the manifest."
        )
    if location.kind in ("stata", "spss"):
        from cws_outcomes.ingest.sources.statistical import open_statistical

        return open_statistical(connection, location.path, location.kind)
    from cws_outcomes.ingest.sources.engine_files import open_database_file, open_parquet

    if location.kind == "duckdb":
        return open_database_file(connection, location)
    return open_parquet(connection, location.path)


__all__ = ["Kind", "Location", "Source", "open_source"]
