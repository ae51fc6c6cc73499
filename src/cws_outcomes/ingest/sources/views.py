"""The DuckDB view that a source is read from."""

from collections.abc import Iterable
from itertools import count

from duckdb import DuckDBPyConnection

_numbers = count(1)


def new_name() -> str:
    """A name that no other source of this process has."""
    return f"source_{next(_numbers)}"


def make_view(connection: DuckDBPyConnection, fields: Iterable[str], relation: str) -> str:
    """
    Make a view with the columns ``column_0``, ``column_1`` and so on.

    Parameters
    ----------
    connection : DuckDBPyConnection
    fields : iterable of str
        SQL of each column.
    relation : str
        SQL of what they are selected from.

    Returns
    -------
    str
        Name of the view.
    """
    name = new_name()
    listed = ", ".join(f"{field} as column_{place}" for place, field in enumerate(fields))
    connection.execute(f"create temp view {name} as select {listed} from {relation}")
    return name


def literal(value: str) -> str:
    """A value as SQL text."""
    return "'" + value.replace("'", "''") + "'"
