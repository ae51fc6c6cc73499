"""The synthetic delivery described by discovery alone: the manifest that was written with it."""

from pathlib import Path

import duckdb
import pytest
from support.tiny import TinyStudy

from cws_outcomes.cli.discover import discover_command
from cws_outcomes.ingest.files import OpenedFile, open_file
from cws_outcomes.ingest.manifest import Manifest, files_of, load_manifest

# Written with the delivery as one column: its ranks are of small areas of 2001 in early years and
# of 2011 in later ones, which discovery tells apart.
APART = {"idaci_rank"}


@pytest.fixture(scope="module")
def described(tiny_study: TinyStudy, tmp_path_factory) -> TinyStudy:
    study = tiny_study.copied(tmp_path_factory.mktemp("described") / "study")
    out = study.folder / "discovered.yaml"
    discover_command(str(study.folder / "delivery"), out=out, name="Found")
    study.change_study({"delivery": "discovered.yaml"})
    return study


def opened(manifest: Manifest, entry: str) -> list[OpenedFile]:
    connection = duckdb.connect()
    return [open_file(connection, manifest, file) for file in files_of(manifest, entry)]


def test_discovery_finds_what_the_manifest_of_the_delivery_says(described):
    written = load_manifest(described.manifest_file)
    found = load_manifest(described.folder / "discovered.yaml")
    assert found.synthetic
    assert found.folder.resolve() == written.folder.resolve()
    assert set(found.tables) == set(written.tables)
    for entry, theirs in written.tables.items():
        ours = found.tables[entry]
        for key in ("years", "delimiter", "quote", "encoding", "date_format", "slots"):
            assert getattr(ours, key) == getattr(theirs, key), (entry, key)
        files = zip(opened(found, entry), opened(written, entry), strict=True)
        for by_discovery, as_written in files:
            assert by_discovery.file.path == as_written.file.path
            for column in (c for c, names in theirs.columns.items() if names):
                if column not in ours.columns or column in APART:
                    continue
                slot = theirs.slots if theirs.slots > 1 else None
                places = as_written.positions(column, slot)
                assert by_discovery.positions(column, slot)[:1] == places[:1], (entry, column)


def test_the_delivery_can_be_used_as_discovered(described, cws):
    said = cws("check", "--config", described.config)
    assert said.code == 0, said.err
    assert "The delivery can be used." in said.out


def test_a_delivery_of_other_kinds_of_file_is_found_the_same(described, tmp_path: Path):
    """Tables of a few years as Parquet and in a DuckDB file: same entries, same columns."""
    folder = described.folder / "delivery"
    with duckdb.connect(str(tmp_path / "extract.duckdb")) as database:
        for year in (2012, 2013):
            name = f"Spring_Census_{year}"
            read = f"read_csv('{folder / name}.txt', delim = '\t', all_varchar = true)"
            database.execute(f"create table {name} as from {read}")
        read = f"read_csv('{folder}/CIN_2009_to_2020.txt', delim = '\t', all_varchar = true)"
        database.execute(f"copy (from {read}) to '{tmp_path}/CIN_2009_to_2020.parquet'")
    discover_command(str(tmp_path), out=tmp_path / "m.yaml", name="Found")
    found = load_manifest(tmp_path / "m.yaml").tables
    as_text = load_manifest(described.folder / "discovered.yaml").tables
    assert found["children_in_need"].columns == as_text["children_in_need"].columns
    assert found["children_in_need"].file == "CIN_2009_to_2020.parquet"
    census = found["school_census"]
    assert (census.relation, census.years) == ("Spring_Census_{year}", (2012, 2013))
    assert census.columns["sex"] == as_text["school_census"].columns["sex"]
