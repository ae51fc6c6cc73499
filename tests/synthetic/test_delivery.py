"""The delivered folder: same seed same bytes, nothing half-written, nobody else's files touched."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

from cws_outcomes.errors import ConfigError
from cws_outcomes.synthetic import delivery as module
from cws_outcomes.synthetic import make_delivery

SMALL = {"pupils": 400, "las": 12}


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "demo"
    make_delivery(folder, **SMALL, seed=3)
    return folder


def test_same_seed_gives_same_bytes_whatever_the_cores(small, tmp_path):
    code = (
        "from pathlib import Path; from cws_outcomes.synthetic import make_delivery; "
        f"make_delivery(Path({str(tmp_path / 'again')!r}), pupils=400, las=12, seed=3)"
    )
    env = {**os.environ, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
    assert contents(tmp_path / "again") == contents(small)


def test_another_seed_gives_another_delivery_of_the_same_shape(small, tmp_path):
    make_delivery(tmp_path / "other", **SMALL, seed=4)
    one, other = contents(small), contents(tmp_path / "other")
    for name in ("delivery/Spring_Census_2012.txt", "delivery/CIN_2009_to_2020.txt"):
        assert one[name].splitlines()[0] == other[name].splitlines()[0]
        assert one[name] != other[name]


def test_receipt_counts_the_rows_of_every_file(delivery):
    receipt = dict(pl.read_csv(delivery / "receipt.csv").iter_rows())
    files = {file.name: file.read_bytes() for file in (delivery / "delivery").iterdir()}
    assert set(receipt) == set(files)
    for name, content in files.items():
        assert content.endswith(b"\n")
        assert b"\r" not in content
        assert content.count(b"\n") == receipt[name] + 1


def test_manifest_names_every_file_and_column(delivery):
    manifest = yaml.safe_load((delivery / "delivery.yaml").read_text(encoding="utf-8"))
    named: set[str] = set()
    for table in manifest["tables"].values():
        for year in table.get("years", [0]):
            file = delivery / manifest["folder"] / table["file"].format(year=year)
            named.add(file.name)
            header = file.read_text(encoding="utf-8").splitlines()[0].lower()
            there = header.split(table["delimiter"])
            for names in table["columns"].values():
                tried = names if isinstance(names, list) else [names]
                physical = [n.format(yy=f"{year % 100:02d}", slot=1).lower() for n in tried if n]
                # Measures of a single era are in the one file of all years; null: not every year.
                found = sum(name in there for name in physical)
                assert found == 1 or (found == 0 and None in tried), (file.name, physical)
    assert named == {file.name for file in (delivery / "delivery").iterdir()}


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="no earlier synthetic delivery"):
        make_delivery(tmp_path, **SMALL, seed=1)
    assert contents(tmp_path) == {"notes.txt": b"mine"}


@pytest.mark.parametrize(
    ("pupils", "las", "seed"), [(400, 0, 1), (400, 500, 1), (10, 24, 1), (400, 12, -1)]
)
def test_impossible_numbers_are_refused_before_anything_is_written(tmp_path, pupils, las, seed):
    with pytest.raises(ConfigError, match="expected"):
        make_delivery(tmp_path / "new", pupils=pupils, las=las, seed=seed)
    assert list(tmp_path.iterdir()) == []


def test_so_few_pupils_that_a_table_is_empty_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="has no row"):
        make_delivery(tmp_path / "new", pupils=9, las=1, seed=1)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_earlier_delivery_whole(tmp_path, monkeypatch, small):
    folder = tmp_path / "demo"
    make_delivery(folder, **SMALL, seed=3)

    def broken(world):
        raise OSError("disk full")

    monkeypatch.setattr(module, "offence_files", broken)
    with pytest.raises(OSError, match="disk full"):
        make_delivery(folder, **SMALL, seed=4)
    assert contents(folder) == contents(small)
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    monkeypatch.undo()
    (folder / "results").mkdir()
    make_delivery(folder, **SMALL, seed=4)
    make_delivery(tmp_path / "fresh", **SMALL, seed=4)
    # Replaced as a whole; what a run left beside it stays; nothing is left aside.
    assert contents(folder) == contents(tmp_path / "fresh")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo", "fresh"]


def test_study_points_at_the_delivery_and_back_at_its_definitions(tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    template = config / "study.yaml"
    template.write_text(
        "title: A study\nsynthetic: { pupils: 9 }\ndelivery: elsewhere.yaml\nresults: ../results\n"
        "geography: { mode: as_at, year: 2020 }\n",
        encoding="utf-8",
    )
    folder = tmp_path / "deep" / "demo"
    make_delivery(folder, **SMALL, seed=3, study_template=template)
    study = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
    assert (folder / study.pop("definitions")).resolve() == config.resolve()
    assert study == {
        "title": "A study",
        "delivery": "delivery.yaml",
        "results": "results",
        "geography": {"mode": "as_at", "year": 2020},
    }
