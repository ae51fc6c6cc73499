"""Runs one job: the only code that reads and writes the study's Parquet files."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from duckdb import DuckDBPyConnection

from cws_outcomes.contracts import CONTRACTS, Table
from cws_outcomes.contracts.table import quoted
from cws_outcomes.errors import (
    ConfigError,
    ContractError,
    MissingTableError,
    MixedSourcesError,
    ReleaseError,
)  # fmt: skip
from cws_outcomes.plan import Job, Source
from cws_outcomes.sql import connect, create_from_sql
from cws_outcomes.step import Inputs, Step

PACKAGE = Path(__file__).parent
UNFINISHED = ".unfinished"
SPILL = ".spill"  # folder below the results for rows that a query spills to disk
_PRINTING_STAGES = ("tables", "figures", "report")


@dataclass(frozen=True)
class Resources:
    """
    What a job may use.

    Attributes
    ----------
    threads : int
    memory_mb : int
        DuckDB's memory limit; it spills to ``temp_folder`` beyond.
    temp_folder : Path
        Holds rows while a query spills: keep it inside the secure area.
    """

    threads: int
    memory_mb: int
    temp_folder: Path


def run_job(job: Job, resources: Resources, *, is_synthetic: bool) -> None:
    """
    Run a job and rename its files into place.

    Parameters
    ----------
    job : Job
    resources : Resources
    is_synthetic : bool
        The delivery's mark; every input must bear the same.

    Raises
    ------
    MissingTableError
        An input is not there.
    MixedSourcesError
        An input's mark differs from the delivery's.
    ReleaseError
        A printing step was given a table that is not cleared, or a step of another stage would
        write one that is.
    ContractError
        An output breaks its contract, or an input was written under another.
    ConfigError
        A codelist is not one.
    """
    if job.step.stage == "synthetic":
        # Writes a whole folder, and renames it into place itself.
        asked = {**job.settings["synthetic"], "cores": resources.threads}
        _function(job.step)(job.outputs["manifest"].parent, **asked)
        return
    _require_right_to_release(job.step)
    temporary = {name: _beside(path) for name, path in job.outputs.items()}
    try:
        with _connection(resources) as (connection, scratch):
            _register(connection, job, is_synthetic)
            if job.step.prints:
                _print(_inputs(connection, job, scratch), job, temporary, is_synthetic)
            else:
                for name, relation in _results(_inputs(connection, job, scratch), job).items():
                    _write(connection, CONTRACTS[name], relation, temporary[name], is_synthetic)
        for name, path in job.outputs.items():
            temporary[name].replace(path)
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)


def _require_right_to_release(step: Step) -> None:
    """Only disclosure makes a table releasable; the stages after it print, and no other does."""
    makes_releasable = any(CONTRACTS[name].sensitivity == "releasable" for name in step.writes)
    if (makes_releasable and step.stage != "disclosure") or (
        step.prints and step.stage not in _PRINTING_STAGES
    ):
        raise ReleaseError(
            f"Step {step.name} of stage {step.stage} would write what may leave the secure area. "
            "Expected that only disclosure clears tables and only tables, figures and report "
            "print them. Move the work to one of these stages."
        )


def _beside(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.stem}.{os.getpid()}{UNFINISHED}{path.suffix}")


@contextmanager
def _connection(resources: Resources) -> Iterator[tuple[DuckDBPyConnection, Path]]:
    spill = resources.temp_folder / f"spill_{os.getpid()}"
    spill.mkdir(parents=True, exist_ok=True)
    connection = connect(spill, threads=resources.threads, memory_mb=resources.memory_mb)
    try:
        yield connection, spill
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def _register(connection: DuckDBPyConnection, job: Job, is_synthetic: bool) -> None:
    for name, source in job.inputs.items():
        for file in source.files:
            _require_usable(connection, job.step, source, file, is_synthetic)
        files = ", ".join(_quoted(file) for file in source.files)
        connection.execute(f"create view {name} as from read_parquet([{files}])")
        described = connection.sql(f"describe {name}").fetchall()
        CONTRACTS[source.contract].require_columns({row[0]: row[1] for row in described})
    for file in job.files:
        if file.parent.name == "codelists":
            load_codelist(connection, file)


def load_codelist(connection: DuckDBPyConnection, file: Path) -> None:
    """
    Make the table ``codelist_<name>`` of a study's codelist.

    Raises
    ------
    ConfigError
        The file is not there, or not a codelist.
    """
    name = f"codelist_{file.stem}"
    read = "header = true, all_varchar = true, nullstr = '', quote = '\"', delim = ','"
    try:
        connection.execute(
            f'create or replace table {name} as select code, "group", label '
            f"from read_csv({_quoted(file)}, {read})"
        )
        clashes = f"select count(*) - count(distinct code) + count(*) - count(code) from {name}"
        is_codelist = connection.sql(clashes).fetchall()[0][0] == 0
    except duckdb.Error:
        is_codelist = False
    if not is_codelist:
        raise ConfigError(
            f"{file}: not there, or not a codelist. Expected a CSV with the columns code, group, "
            "label and each code once; an empty group stands for missing."
        )


def _require_usable(
    connection: DuckDBPyConnection, step: Step, source: Source, file: Path, is_synthetic: bool
) -> None:
    if not file.is_file():
        raise MissingTableError(
            f"Table {source.contract}: {file.name} is not in {file.parent}. "
            f"Expected it before step {step.name}. Run the study from the start: cws run."
        )
    marks = _marks(connection, file)
    if marks.get("contract") != source.contract:
        raise ContractError(
            f"Table {source.contract}: {file.name} was not written under this contract. "
            "Expected a file that this pipeline wrote. Delete it and run again."
        )
    if step.stage in _PRINTING_STAGES and marks.get("sensitivity") != "releasable":
        raise ReleaseError(
            f"Step {step.name} was given {source.contract}, which disclosure has not cleared. "
            "Only cleared tables may be printed. Read the table that a clear_ step wrote."
        )
    if (marks.get("synthetic") == "true") != is_synthetic:
        raise MixedSourcesError(
            f"Table {source.contract}: synthetic and real tables must not be mixed. "
            f"Expected {'synthetic' if is_synthetic else 'real'} tables only. "
            "Give each delivery a results folder of its own."
        )


def _marks(connection: DuckDBPyConnection, file: Path) -> dict[str, str]:
    query = f"select key::varchar, value::varchar from parquet_kv_metadata({_quoted(file)})"
    try:
        return dict(connection.sql(query).fetchall())
    except duckdb.Error:
        return {}  # no Parquet file at all


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _print(inputs: Inputs, job: Job, temporary: Mapping[str, Path], is_synthetic: bool) -> None:
    settings = dict(job.settings)
    if "synthetic" in settings:
        settings["synthetic"] = is_synthetic
    _function(job.step)(inputs, settings, temporary)


def _results(inputs: Inputs, job: Job) -> dict[str, str]:
    """Name of the relation that holds each result."""
    connection = inputs.connection
    if job.step.sql:
        for table, file in zip(job.step.writes, job.step.sql, strict=True):
            create_from_sql(
                connection, f"result_{table}", PACKAGE.joinpath(file), dict(job.settings)
            )
        return {table: f"result_{table}" for table in job.step.writes}
    made = _function(job.step)(inputs, dict(job.settings))
    return {name: _as_relation(connection, name, result) for name, result in made.items()}


def _inputs(connection: DuckDBPyConnection, job: Job, scratch: Path) -> Inputs:
    return Inputs(
        connection=connection,
        names=tuple(job.inputs),
        files={name: source.files for name, source in job.inputs.items()},
        scratch=scratch,
    )


def _function(step: Step) -> Any:
    module, _, name = step.function.partition(":")
    return getattr(import_module(module), name)


def _as_relation(connection: DuckDBPyConnection, name: str, result: pl.DataFrame | str) -> str:
    """A frame is registered; text is the name of a relation the function made itself."""
    if isinstance(result, str):
        return result
    connection.register(f"result_{name}", result.to_arrow())
    return f"result_{name}"


def _write(
    connection: DuckDBPyConnection, table: Table, relation: str, path: Path, is_synthetic: bool
) -> None:
    described = connection.sql(f"describe {relation}").fetchall()
    table.require_columns({row[0]: row[1] for row in described})
    marks = {
        "contract": table.name,
        "sensitivity": table.sensitivity,
        "synthetic": "true" if is_synthetic else "false",
    }
    listed = ", ".join(f"{key}: '{value}'" for key, value in marks.items())
    # A table without a key keeps the order of its delivered rows. In all others a key is unique,
    # as is checked below, and so orders them totally.
    order = ", ".join(quoted(name) for name in table.key)
    columns = ", ".join(quoted(name) for name in table.columns)
    connection.execute(
        f"copy (select {columns} from {relation} {f'order by {order}' if table.key else ''}) "
        f"to {_quoted(path)} (format parquet, compression zstd, kv_metadata {{{listed}}})"
    )
    written = f"read_parquet({_quoted(path)})"
    check = connection.sql(table.breach_query(written, in_order=bool(table.key)))
    row = check.fetchall()[0]
    table.require_no_breach(dict(zip(check.columns, row, strict=True)))
