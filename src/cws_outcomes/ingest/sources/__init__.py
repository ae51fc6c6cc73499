"""Physical tables of every kind but delimited text, as text columns that DuckDB streams."""

from duckdb import DuckDBPyConnection

from cws_outcomes.ingest.sources.location import Location, Source


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
    """
    raise NotImplementedError


__all__ = ["Location", "Source", "open_source"]
