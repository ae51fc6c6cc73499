"""SQL files: one select each, values by ``$parameter`` only."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

# The rules by which intervals become spells and states, open to every query: macro to its file.
MACROS = {
    name: Path(__file__).with_name(f"{name}.sql") for name in ("joined_intervals", "highest_states")
}
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


def macros_used(query: str) -> list[str]:
    """Text of the macros that a query calls, and so depends on."""
    return [
        file.read_text(encoding="utf-8") for name, file in MACROS.items() if f"{name}(" in query
    ]


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
    for macro in macros_used(query):
        connection.execute(macro)
    used = {key: parameters[key] for key in sorted(set(_PARAMETER.findall(query)))}
    connection.execute(f"create temp table {name} as {query}", used or None)
