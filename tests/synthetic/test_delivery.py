"""The delivered folder: same seed same bytes, nothing half-written, nobody else's files touched."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow.parquet
import pytest
import yaml
from synthetic.conftest import BRIEF

from cws_outcomes.errors import ConfigError, CwsError
from cws_outcomes.synthetic import assembly, make_delivery, production, worlds
from cws_outcomes.synthetic import blocks as blocks_module
from cws_outcomes.synthetic import delivery as module
from cws_outcomes.synthetic.blocks import SIX_COHORTS
from cws_outcomes.synthetic.order import Order, years_of_birth

SMALL = {"pupils": 450, "las": 12, "dials": BRIEF}


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


@pytest.fixture(autouse=True, scope="module")
def small_blocks():
    """Blocks of 300 pupils, so that a small delivery has two, and row groups of one or both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks_module, "PUPILS_PER_BLOCK", 300)
        patch.setattr(assembly, "ROWS_PER_GROUP", 200)
        yield


STUDY = """
title: A study
synthetic: { pupils: 9 }
delivery: elsewhere.yaml
results: ../results
geography: { mode: as_at, year: 2020 }
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Path:
    folder = tmp_path_factory.mktemp("small") / "demo"
    make_delivery(folder, **SMALL, seed=3, study_template=template)
    return folder


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parquet") / "demo"
    make_delivery(folder, **SMALL, seed=3, form="parquet", cores=2)
    return folder


def test_same_seed_gives_same_bytes_whatever_the_cores(small, tmp_path):
    told: list[str] = []
    make_delivery(tmp_path / "again", **SMALL, seed=3, cores=2, progress=told.append)
    mine = {name: content for name, content in contents(small).items() if name != "study.yaml"}
    assert contents(tmp_path / "again") == mine
    assert told == ["Block 1 of 2", "Block 2 of 2"]


def test_blocks_may_be_made_in_any_order(parquet, tmp_path, monkeypatch):
    def backwards(order, shares, cores):
        made = [production.make_block(order, one, shares) for one in reversed([*order.blocks()])]
        yield from reversed(made)

    monkeypatch.setattr(module, "_made", backwards)
    make_delivery(tmp_path / "again", **SMALL, seed=3, form="parquet")
    assert contents(tmp_path / "again") == contents(parquet)


def test_parquet_holds_the_rows_of_the_text(small, parquet):
    texts = {file.stem: file for file in (small / "delivery").iterdir()}
    tables = {file.stem: file for file in (parquet / "delivery").iterdir()}
    assert set(texts) == set(tables)
    for name, file in texts.items():
        separator = "," if file.suffix == ".csv" else "\t"
        rows = pl.read_csv(file, separator=separator, infer_schema=False).fill_null("")
        table = pl.read_parquet(tables[name])
        assert table.columns == rows.columns
        as_text = table.select(pl.all().cast(pl.String).fill_null(""))
        numbers = [n for n, kind in table.schema.items() if kind.is_float()]
        assert as_text.drop(numbers).equals(rows.drop(numbers)), name
        for column in numbers:
            read = rows[column].replace("", None).cast(pl.Float64)
            assert read.equals(table[column].alias(column)), (name, column)


def test_everything_says_that_it_is_synthetic(small, parquet):
    assert (small / module.MARKER).is_file()
    assert yaml.safe_load((small / "delivery.yaml").read_text(encoding="utf-8"))["synthetic"]
    for file in (small / "delivery").iterdir():
        head, first = file.read_text(encoding="utf-8").splitlines()[:2]
        assert head.endswith("SYNTHETIC")
        assert first.endswith("SYNTHETIC")
    for file in (*(parquet / "delivery").iterdir(), *(parquet / "truth").glob("[!m]*.parquet")):
        marks = pyarrow.parquet.read_metadata(file).metadata
        assert marks[b"synthetic"] == b"true", file.name


def test_receipt_counts_the_rows_and_bytes_of_every_file(small):
    receipt = {name: rest for name, *rest in pl.read_csv(small / "receipt.csv").iter_rows()}
    files = {file.name: file.read_bytes() for file in (small / "delivery").iterdir()}
    assert set(receipt) == set(files)
    for name, content in files.items():
        assert content.endswith(b"\n")
        assert b"\r" not in content
        assert [content.count(b"\n") - 1, len(content)] == receipt[name]


def test_manifest_names_every_file_and_column(small):
    manifest = yaml.safe_load((small / "delivery.yaml").read_text(encoding="utf-8"))
    named: set[str] = set()
    for table in manifest["tables"].values():
        names = [table["file"]] if isinstance(table["file"], str) else table["file"]
        for year in table.get("years", [0]):
            files = [small / manifest["folder"] / name.format(year=year) for name in names]
            named |= {file.name for file in files}
            headers = [file.read_text(encoding="utf-8").splitlines()[0].lower() for file in files]
            there = [header.split(table["delimiter"]) for header in headers]
            for columns in table["columns"].values():
                tried = columns if isinstance(columns, list) else [columns]
                physical = [n.format(yy=f"{year % 100:02d}", slot=1).lower() for n in tried if n]
                # Null among several names: not in every file.
                for file, header in zip(files, there, strict=True):
                    found = sum(name in header for name in physical)
                    assert found > 0 or None in tried, (file.name, physical)
    assert named == {file.name for file in (small / "delivery").iterdir()}


def test_population_is_that_of_the_people(small):
    """Children of ten in the middle of 2010, from the two tables of the truth."""
    people = pl.read_parquet(small / "truth" / "people.parquet")
    population = pl.read_parquet(small / "truth" / "population.parquet")
    on = pl.date(2010, 7, 1)
    of_ten = pl.col("birth_date").is_between(pl.date(1999, 7, 1), on.dt.offset_by("-10y"), "right")
    gone = (pl.col("death_date") <= on) | (pl.col("departure_date") <= on)
    there = people.filter(of_ten & ~gone.fill_null(False))
    there = there.filter((pl.col("arrival_date") <= on).fill_null(True))
    rows = population.filter(year=2010, age=10)
    assert rows["children"].sum() == len(there) > 50


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="no earlier synthetic delivery"):
        make_delivery(tmp_path, **SMALL, seed=1)
    assert contents(tmp_path) == {"notes.txt": b"mine"}


@pytest.mark.parametrize(
    "asked",
    [
        {"las": 0},
        {"las": 500},
        {"pupils": 10},
        {"seed": -1},
        {"births": (2001, 1996)},
        {"births": (1990, 1996)},
        {"births": (2015, 2021)},
        {"form": "stata"},
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(tmp_path, asked):
    with pytest.raises(ConfigError, match="expected"):
        make_delivery(tmp_path / "new", **(SMALL | {"seed": 1} | asked))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_world_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no world"):
        make_delivery(tmp_path / "new", pupils=700, las=12, seed=1, world="paradise")
    assert list(tmp_path.iterdir()) == []


def test_years_of_birth_are_read_from_text():
    assert years_of_birth("1996:2001") == (1996, 2001)
    assert years_of_birth("1999") == (1999, 1999)
    for text in ("", ":", "1996-2001", "1996:", "a:b"):
        with pytest.raises(ConfigError, match="expected FIRST:LAST"):
            years_of_birth(text)


def test_children_too_young_for_a_needed_table_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="has no row"):
        make_delivery(tmp_path / "new", **(SMALL | {"pupils": 100}), seed=1, births=(2012, 2018))
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_earlier_delivery_whole(tmp_path, monkeypatch, small):
    folder = tmp_path / "demo"
    shutil.copytree(small, folder)

    def broken(world):
        raise OSError("disk full")

    monkeypatch.setattr(production, "census_files", broken)
    with pytest.raises(OSError, match="disk full"):
        make_delivery(folder, **SMALL, seed=4)
    assert contents(folder) == contents(small)
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def killed(order, block, folder):
    """What the system does to a process that takes too much memory."""
    os._exit(9)


def test_a_process_that_is_ended_from_outside_is_told_of(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "make_block", killed)
    with pytest.raises(CwsError, match="lack of memory"):
        make_delivery(tmp_path / "new", **SMALL, seed=1, cores=2)
    assert list(tmp_path.iterdir()) == []


def test_another_seed_replaces_the_whole_by_another_delivery_of_the_same_shape(tmp_path, small):
    folder = tmp_path / "demo"
    shutil.copytree(small, folder)
    (folder / "delivery" / "of_old.txt").write_text("", encoding="utf-8")
    (folder / "results").mkdir()
    make_delivery(folder, **SMALL, seed=4)
    assert not (folder / "delivery" / "of_old.txt").exists()
    assert (folder / "results").is_dir()  # what a run left beside it stays
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    one, other = contents(small), contents(folder)
    for name in ("delivery/Spring_Census_2012.txt", "delivery/CIN_2009_to_2020.txt"):
        assert one[name].splitlines()[0] == other[name].splitlines()[0]
        assert one[name] != other[name]


def test_study_points_at_the_delivery_and_back_at_its_definitions(small, template):
    study = yaml.safe_load((small / "study.yaml").read_text(encoding="utf-8"))
    assert (small / study.pop("definitions")).resolve() == template.parent.resolve()
    assert study == {
        "title": "A study",
        "delivery": "delivery.yaml",
        "results": "results",
        "geography": {"mode": "as_at", "year": 2020},
    }


def test_a_life_is_the_same_however_many_pupils_are_asked_for():
    """Schools apart: as many as the pupils of the delivery fill."""
    dials = replace(BRIEF, school_effect_sd=0.0, school_attainment_sd=0.0, cross_border_share=0.0)
    planted = worlds.load("default")._replace(dials=dials)
    few = Order(500, 12, 3, SIX_COHORTS, planted)
    worlds_of = [
        production.make_world(next(one.blocks()), one.places, one.schools, dials)
        for one in (few, replace(few, pupils=900))
    ]
    assert all(world.block.pupils == 300 for world in worlds_of)
    for name in ("referrals", "plans", "care"):
        mine, theirs = (vars(getattr(world.contact, name)) for world in worlds_of)
        assert all((mine[column] == theirs[column]).all() for column in mine)
    for part in ("justice", "lines", "exclusions"):
        mine, theirs = (vars(getattr(world, part)) for world in worlds_of)
        same = [(mine[n] == theirs[n]).all() for n in mine if hasattr(mine[n], "dtype")]
        assert same
        assert all(same)
