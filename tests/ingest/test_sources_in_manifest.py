"""A delivery in other kinds of file, typed, gives row for row what its delimited text gives."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pyreadstat
import pytest
from support.databases import sqlite_database
from support.tiny import TinyStudy

from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.ingest.manifest import load_manifest
from cws_outcomes.ingest.staging import stage_table

# One table of each habit: a suffix and a year in its name, numbers as codes, dates with blanks,
# a comma as delimiter; and the year of its file where it has one.
TABLES = {
    "school_census": "Spring_Census_2012.txt",
    "exclusions_wide": "Exclusions_2014.txt",
    "children_in_need": "CIN_2009_to_2020.txt",
    "offences": "MOJ_PNC.csv",
}


def staged(manifest_file: Path, table: str, scratch: Path) -> list[tuple[object, ...]]:
    scratch.mkdir()
    connection = duckdb.connect()
    name = table.removesuffix("_wide")
    manifest = load_manifest(manifest_file)
    stage_table(connection, manifest, CONTRACTS[f"delivered_{name}"], scratch)
    return connection.sql("from staged order by all").fetchall()


def typed(study: TinyStudy, file: str) -> duckdb.DuckDBPyRelation:
    """The table with the types that an export from a database would have."""
    connection = duckdb.connect()
    # Everything that looks like a number or a day is one, but for codes with a leading zero.
    return connection.sql(f"from read_csv('{study.file(file)}', sample_size = -1)")


def to_parquet(study: TinyStudy, file: str, year: str) -> dict[str, object]:
    name = f"table_{year}.parquet"
    typed(study, file).write_parquet(str(study.file(name)))
    return {"file": name}


def to_duckdb(study: TinyStudy, file: str, year: str) -> dict[str, object]:
    rows = typed(study, file).to_arrow_table()  # noqa: F841 (found by its name)
    with duckdb.connect(str(study.file("extract.duckdb"))) as database:
        database.execute("create schema npd")
        database.execute('create table npd."raw" as from rows')
        database.execute(f'create view npd."table {year}" as from npd."raw"')
    return {"file": "extract.duckdb", "relation": f"npd.[table {year}]"}


def to_stata(study: TinyStudy, file: str, year: str) -> dict[str, object]:
    pyreadstat.write_dta(typed(study, file).df(), study.file(f"table_{year}.dta"))
    return {"file": f"table_{year}.dta"}


def to_spss(study: TinyStudy, file: str, year: str) -> dict[str, object]:
    pyreadstat.write_sav(typed(study, file).df(), study.file(f"table_{year}.sav"))
    return {"file": f"table_{year}.sav"}


def to_odbc(study: TinyStudy, file: str, year: str) -> dict[str, object]:
    connection = duckdb.connect()
    rows = connection.sql(f"from read_csv('{study.file(file)}', all_varchar = true)")
    columns = ", ".join(f'"{name}" varchar(80)' for name in rows.columns)
    values = [
        ", ".join("null" if v is None else "'" + v.replace("'", "''") + "'" for v in row)
        for row in rows.fetchall()
    ]
    sqlite_database(
        study.file("extract.sqlite"),
        f'create table "table {year}" ({columns})',
        *(f'insert into "table {year}" values ({row})' for row in values),
    )
    return {"file": None, "format": "odbc", "relation": f"[table {year}]"}


KINDS: dict[str, Callable[[TinyStudy, str, str], dict[str, object]]] = {
    "parquet": to_parquet,
    "duckdb": to_duckdb,
    "stata": to_stata,
    "spss": to_spss,
    "odbc": to_odbc,
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_rows_of_the_text(kind, table, study, tmp_path, monkeypatch):
    file = TABLES[table]
    year = next((part for part in Path(file).stem.split("_") if part.isdigit()), "")
    is_yearly = table in ("school_census", "exclusions_wide")
    manifest = study.manifest()
    told = manifest["tables"][table]
    if is_yearly:
        told["years"] = [int(year)]
    manifest["tables"] = {table: told}
    study.write_manifest(manifest)
    expected = staged(study.manifest_file, table, tmp_path / "as_text")
    assert expected

    place = KINDS[kind](study, file, year)
    if is_yearly:  # the name is found by its year
        place = {k: v and v.replace(year, "{year}") for k, v in place.items()}
    told.pop("delimiter", None)
    manifest["tables"][table] = told | place
    manifest.pop("receipt", None)
    manifest["odbc"] = "EXTRACT_OF_A_TEST"
    database = study.file("extract.sqlite")
    monkeypatch.setenv("EXTRACT_OF_A_TEST", f"Driver=SQLite3;Database={database};BigInt=1")
    study.write_manifest(manifest)
    assert staged(study.manifest_file, table, tmp_path / "other") == expected
