"""SQL files: one select each, values by ``$parameter`` only."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


def create_from_sql(
    connection: DuckDBPyConnection, name: str, file: Path, parameters: Mapping[str, Any]
) -> None:
    """
    Make a temporary table from a SQL file.

    Parameters
    ----------
    connection : DuckDBPyConnection
    name : str
        Name of the table made.
    file : Path
        One ``select``; values come in as ``$parameter`` only.
    parameters : mapping
        Values by name; those the query does not use are left aside.
    """
    query = file.read_text(encoding="utf-8")
    used = {key: parameters[key] for key in sorted(set(_PARAMETER.findall(query)))}
    connection.execute(f"create temp table {name} as {query}", used or None)
