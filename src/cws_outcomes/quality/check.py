"""Opens every delivered table, counts what is in it, and says whether it can be used."""

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from duckdb import DuckDBPyConnection

from cws_outcomes.config import Study
from cws_outcomes.contracts import Table
from cws_outcomes.contracts.delivered import SHAPES, TABLES
from cws_outcomes.errors import CwsError
from cws_outcomes.ingest.codes import (
    AUTHORITIES,
    ELSEWHERE,
    code_of,
    coded_columns,
    require_known_codes,
    unknown_codes,
)
from cws_outcomes.ingest.manifest import Manifest, load_manifest, shapes_of
from cws_outcomes.ingest.staging import Part, stage_table
from cws_outcomes.ingest.types import require_types
from cws_outcomes.quality import agreement, flags, places, published
from cws_outcomes.quality.found import Found, Repair, Subject
from cws_outcomes.quality.masking import Masking
from cws_outcomes.quality.page import write
from cws_outcomes.quality.profile import Codes, groups, profile
from cws_outcomes.quality.subjects import SIDE_TABLES, STAGES, known_step, row_year, short
from cws_outcomes.runner import SPILL, load_codelist
from cws_outcomes.sql import connect

_CENSUS = agreement.CENSUS
_PLACES = "places"  # codes of authorities, and of what lies outside England
_BESIDE_CENSUS = ("sex", "birth_year", "birth_month", "ethnicity")


@dataclass(frozen=True)
class Quality:
    """
    What a check found.

    Attributes
    ----------
    path : Path
        The report, as a page; CSV files of the same stand beside it.
    failures : tuple of CwsError
        Why the delivery cannot be used, in the order of the tables; empty when it can.
    open_flags : int
        What stands out without a known cause.
    """

    path: Path
    failures: tuple[CwsError, ...]
    open_flags: int


def check_delivery(
    study: Study,
    *,
    progress: Callable[[str], None],
    count_repairs: Callable[[], Sequence[Repair]] | None = None,
) -> Quality:
    """
    Check a delivery and write its data-quality report.

    Every table is opened even when an earlier one fails, so that one check finds all causes.

    Parameters
    ----------
    study : Study
    progress : callable
        Told each file as it is opened.
    count_repairs : callable or None
        Tells the repairs by rule; asked only of a delivery that can be used.

    Returns
    -------
    Quality

    Raises
    ------
    ConfigError
        The manifest cannot be read.
    """
    found = examine(study, progress=progress)
    if count_repairs is not None and not found.failures:
        found.repairs = list(count_repairs())
    path = write(found, study.results / "person_level" / "data_quality")
    failures = tuple(failure for _, failure in found.failures)
    return Quality(path, failures, len(found.open_flags))


def examine(study: Study, *, progress: Callable[[str], None]) -> Found:
    """All that a check finds, without writing it."""
    if study.synthetic is not None and not study.delivery.is_file():
        from cws_outcomes.synthetic import make_delivery

        progress("Making the synthetic delivery")
        make_delivery(study.delivery.parent, **study.synthetic.model_dump())
    manifest = load_manifest(study.delivery)
    masking = Masking(study.disclosure.threshold, study.disclosure.round_to)
    found = Found(manifest.name, manifest.synthetic, masking)
    with _workspace(study) as (connection, scratch):
        check = Check(study, manifest, connection, scratch, found, progress)
        for contract in TABLES:
            check.table(contract)
        check.between_tables()
    found.flags = [_explained(study, flag) for flag in found.flags]
    return found


@contextmanager
def _workspace(study: Study) -> Iterator[tuple[DuckDBPyConnection, Path]]:
    """A database that spills, and the folder of the typed parts: both gone after the check."""
    spill = study.results / SPILL
    spill.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=spill) as folder,
        connect(Path(folder), threads=os.cpu_count() or 1, memory_mb=4000) as connection,
    ):
        agreement.load_authorities(connection)
        yield connection, Path(folder)


def _explained(study: Study, flag: flags.Flag) -> flags.Flag:
    if flag.explained or not flag.year.isdigit():
        return flag
    year = int(flag.year)
    reason = places.known_gap(study.coverage, flag.table, "", year)
    return replace(flag, explained=reason or known_step(flag.table, flag.column, year))


def _of_the_files(flag: flags.Flag, years: Sequence[int], parts: Sequence[Part]) -> flags.Flag:
    """Values that come or go because one year's file has no such column."""
    if flag.name != "values missing":
        return flag
    place = years.index(int(flag.year))
    for year in years[place - 1 : place + 1]:
        mine = [part.opened for part in parts if part.opened.file.year == year]
        if mine and not any(
            opened.positions(flag.column, 1 if opened.file.layout.slots > 1 else None)
            for opened in mine
        ):
            return replace(flag, explained=f"the file of {year} has no such column")
    return flag


@dataclass
class Check:
    """
    One check on its way: what is open, and what was found so far.

    Call `table` for each delivered table, then `between_tables`.
    """

    study: Study
    manifest: Manifest
    connection: DuckDBPyConnection
    scratch: Path
    found: Found
    progress: Callable[[str], None]

    def __post_init__(self) -> None:
        self.views: dict[str, str] = {}  # table, or shape of it, to its rows
        self.contracts: dict[str, Table] = {}

    def table(self, contract: Table) -> None:
        """What is in a table and what is wrong with it, as far as it can be read."""
        name = short(contract)
        self.progress(f"Checking {name.replace('_', ' ')}")
        try:
            parts = stage_table(self.connection, self.manifest, contract, self.scratch)
        except CwsError as failure:
            self.found.failures.append((name, failure))
            return
        if not parts:
            self.found.absent.append(name)
            return
        self._codelists(contract)
        self._require(name, lambda: require_types(self.connection, contract, self.manifest))
        self._typed(contract, parts)
        self._subjects(contract, parts)
        if any(codes.unknown for s in self.found.subjects for codes in s.codes):
            self._require(name, lambda: require_known_codes(self.connection, contract.name))

    def _require(self, table: str, require: Callable[[], None]) -> None:
        try:
            require()
        except CwsError as failure:
            self.found.failures.append((table, failure))

    def _codelists(self, contract: Table) -> None:
        for _, codelist in coded_columns(contract.name):
            listed = ELSEWHERE if codelist == AUTHORITIES else codelist
            file = self.study.definitions / "codelists" / f"{listed}.csv"
            load_codelist(self.connection, file)
            if codelist == AUTHORITIES:
                self.connection.execute(
                    f"create or replace temp table codelist_{_PLACES} as select code, "
                    "'england' as \"group\" from authority_codes union all "
                    f'select code, "group" from codelist_{ELSEWHERE}'
                )

    def _typed(self, contract: Table, parts: Sequence[Part]) -> None:
        """Typed rows once, for many questions; the text that they came from is not needed more."""
        name = short(contract)
        file = self.scratch / f"rows_of_{name}.parquet"
        quoted = "'" + str(file).replace("'", "''") + "'"
        columns = ", ".join(contract.columns)
        self.connection.execute(
            f"copy (select {columns}, {row_year(contract)} as row_year from staged) "
            f"to {quoted} (format parquet, compression lz4_raw)"
        )
        self.connection.execute(
            f"create or replace temp view rows_of_{name} as from read_parquet({quoted})"
        )
        self.views[name] = f"rows_of_{name}"
        # What is asked of the table from here on is asked of the typed rows.
        self.connection.execute(f"create or replace temp view staged as from rows_of_{name}")
        for part in parts:
            part.path.unlink(missing_ok=True)

    def _subjects(self, contract: Table, parts: Sequence[Part]) -> None:
        """A table of one shape is one subject; each shape with a value of its own is another."""
        table = short(contract)
        view = self.views[table]
        shapes = SHAPES[table]
        for entry in shapes_of(self.manifest, contract):
            settled = shapes[entry]
            mine = [part for part in parts if part.opened.file.table == entry] if settled else parts
            name = entry if settled else table
            if any(subject.name == name for subject in self.found.subjects):
                continue
            if settled:
                where = " and ".join(f"{column} = '{v}'" for column, v in settled.items())
                self.connection.execute(
                    f"create or replace temp view shape_{entry} as from {view} where {where}"
                )
                self.views[name] = f"shape_{entry}"
            self.contracts[name] = contract
            self._subject(name, contract, mine)

    def _subject(self, name: str, contract: Table, parts: Sequence[Part]) -> None:
        held = profile(self.connection, name, contract, self.views[name])
        named = sorted(
            {c for part in parts for c, names in part.opened.file.layout.columns.items() if names}
        )
        codes = tuple(self._codes(contract, self.views[name]))
        grid = places.grid(held, self.study.coverage)
        files = tuple((part.opened.file.name, part.rows) for part in parts)
        self.found.subjects.append(Subject(name, files, held, codes, grid))
        masking = self.found.masking
        self.found.flags += [
            _of_the_files(flag, held.known_years(), parts)
            for flag in flags.in_table(held, named, masking)
        ]
        for one in codes:
            self.found.flags += flags.of_codes(name, one, masking)
        if grid is not None:
            self.found.flags += places.flags(grid, masking)

    def _codes(self, contract: Table, view: str) -> Iterator[Codes]:
        for column, codelist in coded_columns(contract.name):
            listed = ELSEWHERE if codelist == AUTHORITIES else codelist
            known = _PLACES if codelist == AUTHORITIES else codelist
            mapped, other = groups(self.connection, view, column, known, code_of(column))
            unknown = unknown_codes(self.connection, column, codelist, view) if other else []
            yield Codes(column, listed, mapped, tuple(unknown))

    def between_tables(self, changed: Collection[str] | None = None) -> None:
        """
        Whether the same pupils are told alike, in years and tables, and England's figures.

        Parameters
        ----------
        changed : collection of str or None
            Tables to compare, where others were compared before; all when None.
        """
        if _CENSUS not in self.views or self.found.failures:
            return  # what is wrong is put right first
        self.progress("Comparing years and tables")
        lasting = {
            name: agreement.settle(
                self.connection, name, self.contracts[name], self.views[name], self.scratch
            )
            for name in self.contracts
            if agreement.lasting_columns(self.contracts[name])
            and (changed is None or name in (*changed, _CENSUS) or _CENSUS in changed)
        }
        agreement.load_census_pupils(self.connection, self.views[_CENSUS])
        years = {subject.name: subject.profile.known_years() for subject in self.found.subjects}
        for name, view in lasting.items():
            if changed is not None and name not in changed and _CENSUS not in changed:
                continue
            self._alike(name, view, lasting, years)
        masking = self.found.masking
        for name, view in self.views.items():
            if name in years and _CENSUS not in name and "pupil_reference" in self._columns(name):
                linked = agreement.links(self.connection, name, view)
                self.found.flags += flags.of_links(linked, masking)
        self._counterparts()
        if _CENSUS in lasting:
            away = agreement.absentees(self.connection, _CENSUS, lasting[_CENSUS], years[_CENSUS])
            self.found.flags += flags.of_absentees(away, masking)
        self._published()

    def _counterparts(self) -> None:
        """Pupils who should have a row elsewhere, and children of side tables."""
        views, masking = self.views, self.found.masking
        for name, (stages, least) in STAGES.items():
            if name in views:
                there = agreement.rows_for_pupils(
                    self.connection, name, views[name], views[_CENSUS], stages
                )
                self.found.flags += flags.of_rows_for_pupils(there, least, masking)
        for name, parent in SIDE_TABLES.items():
            if name in views and parent in views:
                linked = agreement.links_of_children(
                    self.connection, name, views[name], views[parent]
                )
                where = parent.replace("_", " ")
                self.found.flags += flags.of_links(linked, masking, where=where, least=0.95)

    def _columns(self, name: str) -> Sequence[str]:
        return tuple(self.contracts[name].columns)

    def _alike(
        self, name: str, view: str, lasting: dict[str, str], years: dict[str, list[int]]
    ) -> None:
        columns = agreement.lasting_columns(self.contracts[name])
        alike = agreement.between_years(self.connection, name, view, columns, years[name])
        if name != _CENSUS and years.get(_CENSUS) and _CENSUS in lasting:
            shared = [column for column in columns if column in _BESIDE_CENSUS]
            alike += agreement.with_census(
                self.connection, name, lasting, shared, years[name], years[_CENSUS]
            )
        self.found.flags += flags.of_agreement(alike, self.found.masking)
        if {"school_urn", "school_la", "entry_date"} <= set(self._columns(name)):
            schools = agreement.rows_with_the_school(self.connection, name, view)
            self.found.flags += flags.of_schools(schools, self.found.masking)

    def _published(self) -> None:
        census = next((s.profile for s in self.found.subjects if s.name == _CENSUS), None)
        pupils = {} if census is None else {
            year: int(census.at(year, "rows")) for year in census.known_years()
        }  # fmt: skip
        masking = self.found.masking
        self.found.published = published.compared(self.connection, self.views, pupils, masking)
        self.found.flags += published.flags(
            self.found.published, masking, is_sample=self.manifest.synthetic
        )
