"""SQL files: one select each, values by ``$parameter`` only."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

# The one rule by which intervals become spells, open to every query.
MACRO = Path(__file__).with_name("joined_intervals.sql")
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


def uses_macro(query: str) -> bool:
    """Whether a query joins intervals, and so depends on the macro's text."""
    return f"{MACRO.stem}(" in query


def connect(spill: Path, *, threads: int, memory_mb: int) -> DuckDBPyConnection:
    """
    Open an empty database that spills into a folder of ours.

    Parameters
    ----------
    spill : Path
        Holds rows while a query spills: inside the secure area, removed by the caller.
    threads, memory_mb : int
        What the database may use.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": str(spill),
            # SQL sees the tables it declared, no Python variable and nothing from the internet.
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    # A bar on the console would stand among the results of a command.
    connection.execute("set enable_progress_bar = false")
    return connection


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
    if uses_macro(query):
        connection.execute(MACRO.read_text(encoding="utf-8"))
    used = {key: parameters[key] for key in sorted(set(_PARAMETER.findall(query)))}
    connection.execute(f"create temp table {name} as {query}", used or None)
