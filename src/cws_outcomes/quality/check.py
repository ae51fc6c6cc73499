"""Opens every delivered table, counts what is in it, and says whether it can be used."""

import csv
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection
from jinja2 import Environment, FileSystemLoader, select_autoescape

from cws_outcomes.config import Study
from cws_outcomes.contracts import Table
from cws_outcomes.contracts.delivered import TABLES
from cws_outcomes.errors import CwsError
from cws_outcomes.ingest.codes import (
    AUTHORITIES,
    ELSEWHERE,
    coded_columns,
    require_known_codes,
    unknown_codes,
)
from cws_outcomes.ingest.manifest import Manifest, load_manifest
from cws_outcomes.ingest.staging import stage_table
from cws_outcomes.ingest.types import require_types
from cws_outcomes.runner import SPILL, load_codelist
from cws_outcomes.sql import connect

_PERSONS = {"delivered_offences": "moj_id"}
_SMALL = 10
_MOST_CODES = 50  # more are no codes: a column was mapped to names or identifiers


@dataclass(frozen=True)
class Measure:
    """One line of the report."""

    table: str
    measure: str
    item: str
    value: str


@dataclass(frozen=True)
class Quality:
    """
    What a check found.

    Attributes
    ----------
    path : Path
        The report, as a page; a CSV of the same name stands beside it.
    failures : tuple of CwsError
        Why the delivery cannot be used, in the order of the tables; empty when it can.
    """

    path: Path
    failures: tuple[CwsError, ...]


def check_delivery(study: Study, *, progress: Callable[[str], None]) -> Quality:
    """
    Check a delivery and write its data-quality report.

    Every table is opened even when an earlier one fails, so that one check finds all causes.

    Parameters
    ----------
    study : Study
    progress : callable
        Told each table as it is opened.

    Returns
    -------
    Quality

    Raises
    ------
    ConfigError
        The manifest cannot be read.
    """
    if study.synthetic is not None and not study.delivery.is_file():
        from cws_outcomes.synthetic import make_delivery

        progress("Making the synthetic delivery")
        make_delivery(study.delivery.parent, **study.synthetic.model_dump())
    manifest = load_manifest(study.delivery)
    measures: list[Measure] = []
    failures: list[CwsError] = []
    for contract in TABLES:
        name = contract.name.removeprefix("delivered_")
        progress(f"Checking {name.replace('_', ' ')}")
        with _connection(study) as (connection, scratch):
            for found in _checked(connection, study, manifest, contract, scratch):
                if isinstance(found, CwsError):
                    failures.append(found)
                    found = Measure(name, "failure", type(found).__name__, str(found))
                measures.append(found)
    return Quality(_write(study, manifest, measures), tuple(failures))


@contextmanager
def _connection(study: Study) -> Iterator[tuple[DuckDBPyConnection, Path]]:
    spill = study.results / SPILL
    spill.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=spill) as folder,
        connect(Path(folder), threads=os.cpu_count() or 1, memory_mb=4000) as connection,
    ):
        yield connection, Path(folder)


def _checked(
    connection: DuckDBPyConnection,
    study: Study,
    manifest: Manifest,
    contract: Table,
    scratch: Path,
) -> Iterator[Measure | CwsError]:
    """What is in a table and what is wrong with it, as far as it can be read."""
    try:
        stage_table(connection, manifest, contract, scratch)
    except CwsError as failure:
        yield failure
        return
    yield from _sizes(connection, contract)
    yield from _years(connection, contract, "from staged")
    yield from _codes(connection, study, contract)
    try:
        require_types(connection, contract, manifest)
    except CwsError as failure:
        yield failure
    try:
        require_known_codes(connection, contract.name)
    except CwsError as failure:
        yield failure


def _codes(connection: DuckDBPyConnection, study: Study, contract: Table) -> Iterator[Measure]:
    """Codes that no codelist has: for those who extend it, inside the secure area."""
    name = contract.name.removeprefix("delivered_")
    for column, codelist in coded_columns(contract.name):
        listed = ELSEWHERE if codelist == AUTHORITIES else codelist
        load_codelist(connection, study.definitions / "codelists" / f"{listed}.csv")
        unknown = unknown_codes(connection, column, codelist)
        measure = f"unknown code in {column}"
        if len(unknown) > _MOST_CODES:
            yield Measure(
                name, measure, "too many to list: is it the right column?", f"{len(unknown):,}"
            )
            continue
        for code, rows in unknown:
            yield Measure(name, measure, code, _masked(rows))


def _sizes(connection: DuckDBPyConnection, contract: Table) -> Iterator[Measure]:
    name = contract.name.removeprefix("delivered_")
    columns = [column for column in contract.columns if column != "file_year"]
    filled = ", ".join(f"count({column})" for column in columns)
    rows, *counts = connection.sql(f"select count(*), {filled} from staged").fetchall()[0]
    yield Measure(name, "rows", "", _masked(rows))
    person = _PERSONS.get(contract.name, "pupil_reference")
    query = f"select count(distinct {person}) from staged"
    yield Measure(name, "persons", person, _masked(connection.sql(query).fetchall()[0][0]))
    repeats = connection.sql(
        "select count(*) - (select count(*) from (select distinct * from staged)) from staged"
    ).fetchall()[0][0]
    yield Measure(name, "rows that repeat another", "", _masked(repeats))
    for column, count in zip(columns, counts, strict=True):
        yield Measure(name, "rows without a value", column, _masked(rows - count))


def _years(connection: DuckDBPyConnection, contract: Table, typed: str) -> Iterator[Measure]:
    """First and last year of each date: a day would be one person's."""
    for column, promise in contract.columns.items():
        if promise.type == "DATE":
            query = f"select min(year({column})), max(year({column})) from ({typed})"
            first, last = connection.sql(query).fetchall()[0]
            name = contract.name.removeprefix("delivered_")
            yield Measure(name, "years", column, "none" if first is None else f"{first} to {last}")


def _masked(count: int) -> str:
    return f"fewer than {_SMALL}" if 0 < count < _SMALL else f"{count:,}"


def _write(study: Study, manifest: Manifest, measures: list[Measure]) -> Path:
    folder = study.results / "person_level" / "data_quality"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "data_quality.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(("table", "measure", "item", "value"))
        writer.writerows((m.table, m.measure, m.item, m.value) for m in measures)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(["j2"])
    )
    page = templates.get_template("data_quality.html.j2").render(
        manifest=manifest,
        tables=dict.fromkeys(m.table for m in measures),
        measures=measures,
    )
    path = folder / "data_quality.html"
    path.write_text(page, encoding="utf-8")
    return path
