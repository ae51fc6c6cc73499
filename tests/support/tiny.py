"""A delivery of a few hundred invented children, to be damaged, and the commands run on it."""

import csv
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from cws_outcomes.cli import main
from cws_outcomes.synthetic import make_delivery

PROJECT = Path(__file__).parents[2]
# Half of the years of birth: fewer files to write and to read, and no table without rows.
BIRTHS = (1999, 2001)
# Few files a table, so that opening them takes no time. Both shapes of exclusions are there.
YEARS = {
    "school_census": [2012, 2015, 2018],
    "absence": [2012, 2015],
    "exclusions_wide": [2014, 2015],
    "exclusions_long": [2016, 2017],
}
# Tables of a lean study, and their years where there is a file for each.
LEAN: dict[str, list[int]] = {
    "school_census": [2015],
    "absence": [2015],
    "exclusions_wide": [2015],
    "exclusions_long": [2016],
    "key_stage_2": [],
    "key_stage_4": [],
    "children_in_need": [],
    "care_episodes": [],
    "offences": [],
}
# One of each kind of definition: enough to reach every stage.
DEFINITIONS = {
    "cohorts": ["landmark_14"],
    "outcomes": ["first_offence", "english_maths"],
    "exposures": ["contact_group", "any_cla"],
    "models": ["exposure_gradients"],
    "tables": ["cohort_flow", "outcome_by_exposure"],
    "figures": [],
}


def make_tiny(folder: Path) -> None:
    """Write the delivery and a small study of it."""
    make_delivery(
        folder, pupils=400, las=6, seed=1, births=BIRTHS,
        study_template=PROJECT / "config" / "study.yaml",
    )  # fmt: skip
    shutil.rmtree(folder / "truth")
    shutil.copytree(PROJECT / "config", folder / "definitions")
    TinyStudy(folder).change_study(DEFINITIONS | {"definitions": "definitions"})


class TinyStudy:
    """A study and its delivery in a folder of its own, both there to be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "study.yaml"
        self.results = folder / "results"
        self.manifest_file = folder / "delivery.yaml"
        self.receipt_file = folder / "receipt.csv"

    def copied(self, folder: Path, *, with_results: bool = False) -> "TinyStudy":
        """The same study elsewhere, without results unless they are asked for."""
        ignored = None if with_results else shutil.ignore_patterns("results")
        shutil.copytree(self.folder, folder, dirs_exist_ok=True, ignore=ignored)
        return TinyStudy(folder)

    def thinned(self) -> "TinyStudy":
        """With a few years only."""
        manifest = self.manifest()
        for table, years in YEARS.items():
            manifest["tables"][table]["years"] = years
        self.write_manifest(manifest)
        return self

    def leaned(self) -> "TinyStudy":
        """With the tables that no study can do without, and one year of each."""
        manifest = self.manifest()
        manifest["tables"] = {
            table: entry | ({"years": LEAN[table]} if LEAN[table] else {})
            for table, entry in manifest["tables"].items()
            if table in LEAN
        }
        self.write_manifest(manifest)
        return self

    def file(self, name: str) -> Path:
        return self.folder / "delivery" / name

    def change_study(self, changes: Mapping[str, Any]) -> None:
        study = yaml.safe_load(self.config.read_text(encoding="utf-8"))
        self.config.write_text(yaml.safe_dump(study | changes, sort_keys=False), encoding="utf-8")

    def manifest(self) -> dict[str, Any]:
        loaded: dict[str, Any] = yaml.safe_load(self.manifest_file.read_text(encoding="utf-8"))
        return loaded

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        self.manifest_file.write_text(yaml.safe_dump(manifest, sort_keys=False), encoding="utf-8")

    def change_manifest(self, change: Callable[[dict[str, Any]], object]) -> None:
        manifest = self.manifest()
        change(manifest)
        self.write_manifest(manifest)

    def lines(self, name: str) -> list[str]:
        return self.file(name).read_text(encoding="utf-8").splitlines()

    def write_lines(self, name: str, lines: list[str]) -> None:
        self.file(name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def set_cell(self, name: str, column: str, value: str, row: int = 0) -> None:
        """Put a value into a row, counted from 0, of a delivered file."""
        separator = "," if name.endswith(".csv") else "\t"
        lines = self.lines(name)
        place = lines[0].split(separator).index(column)
        cells = lines[row + 1].split(separator)
        cells[place] = value
        lines[row + 1] = separator.join(cells)
        self.write_lines(name, lines)

    def rename_column(self, name: str, old: str, new: str) -> None:
        header, *rows = self.lines(name)
        assert old in header
        self.write_lines(name, [header.replace(old, new), *rows])

    def receipt(self) -> dict[str, str]:
        with self.receipt_file.open(encoding="utf-8", newline="") as lines:
            return {row["file"]: row["rows"] for row in csv.DictReader(lines)}

    def write_receipt(self, rows: Mapping[str, object]) -> None:
        text = "file,rows\n" + "".join(f"{name},{count}\n" for name, count in rows.items())
        self.receipt_file.write_text(text, encoding="utf-8")

    def table(self, name: str) -> Path:
        return self.results / "person_level" / "ingest" / f"{name}.parquet"

    def written(self) -> dict[str, bytes]:
        """Bytes of everything a run makes for others to read."""
        kinds = (".parquet", ".csv", ".png", ".html")
        return {
            str(file.relative_to(self.results)): file.read_bytes()
            for file in sorted(self.results.rglob("*"))
            if file.suffix in kinds
        }


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


class Commands:
    """``cws`` in this process: starting Python sixty times would take a minute."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capfd = capfd

    def __call__(self, *words: str | Path) -> Said:
        self._monkeypatch.setattr(sys, "argv", ["cws", *map(str, words)])
        self._capfd.readouterr()
        try:
            main()
            code = 0
        except SystemExit as done:
            code = int(done.code or 0)
        said = self._capfd.readouterr()
        return Said(code, said.out, said.err)
