"""What a step is: tables and settings in, tables or printed files out, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from duckdb import DuckDBPyConnection

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """
    One piece of work of the study, and the name of its rule.

    Parameters
    ----------
    name : str
        Name of the step, of its Snakemake rule and of its log.
    stage : str
        The stage it belongs to.
    message : str
        What a person watching the run is told.
    reads : tuple of str
        Contracts of the tables it reads. A wildcard's tables are filled in by `steps.plan`.
    writes : tuple of str
        Contracts of the tables it writes; empty for a step that prints files.
    prints : tuple of str
        Paths of printed files below the results folder, for the stages after disclosure.
    sql : tuple of str
        SQL files below the package, one for each table written, in order.
    function : str
        ``module:name`` of a Python function, for work that is not one query.
    settings : tuple of str
        Dotted keys of the study it uses. The last part is the name of the SQL parameter.
    codelists : tuple of str
        Codelists it uses, registered as ``codelist_<name>``.
    per : tuple of str
        Wildcards: the step runs once for each value, or combination, the study names.
    memory_mb : int
        Memory limit of DuckDB in the step, in MB.
    threads : int
        Threads of DuckDB in the step: more than one where whole deliveries are read.
    """

    name: str
    stage: str
    message: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    prints: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()
    function: str = ""
    settings: tuple[str, ...] = ()
    codelists: tuple[str, ...] = ()
    per: tuple[str, ...] = ()
    memory_mb: int = 4000
    threads: int = 1


@dataclass(frozen=True)
class Inputs:
    """
    The tables a step declared, and no other.

    Each is a DuckDB view of the name it was declared under, over one Parquet file or several
    of one contract. Nothing is read until asked for. ``scratch`` is a folder inside the secure
    area for rows on their way; it is removed after the step.
    """

    connection: DuckDBPyConnection
    names: tuple[str, ...]
    files: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    scratch: Path = Path(".")

    def query(self, sql: str, **parameters: object) -> pl.DataFrame:
        """Result of a query over the declared tables; values by ``$parameter`` only."""
        frame: pl.DataFrame = self.connection.sql(sql, params=parameters or None).pl()
        return frame

    def frame(self, name: str) -> pl.DataFrame:
        """A whole declared table. For results and cleared tables, never for person-level ones."""
        return self.query(f"from {name}")

    def matching(self, prefix: str) -> dict[str, str]:
        """Declared names ``prefix__<suffix>`` by suffix, in order of declaration."""
        start = f"{prefix}__"
        return {name.removeprefix(start): name for name in self.names if name.startswith(start)}
