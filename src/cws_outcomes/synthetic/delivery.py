"""One synthetic delivery: simulate, write aside, move into place."""

import os
import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import polars as pl
import yaml

from cws_outcomes.errors import ConfigError
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.manifest import ONE_FILE_TABLES, write_manifest
from cws_outcomes.synthetic.shapes.absence import absence_files
from cws_outcomes.synthetic.shapes.attainment import attainment_files
from cws_outcomes.synthetic.shapes.care import care_files
from cws_outcomes.synthetic.shapes.census import census_files
from cws_outcomes.synthetic.shapes.exclusions import exclusion_files
from cws_outcomes.synthetic.shapes.frames import File
from cws_outcomes.synthetic.shapes.need import need_files
from cws_outcomes.synthetic.shapes.offences import offence_files
from cws_outcomes.synthetic.shapes.other_censuses import other_census_files
from cws_outcomes.synthetic.truth import write_truth
from cws_outcomes.synthetic.world import World, make_world

MANIFEST = "delivery.yaml"
MARKER = "SYNTHETIC_DELIVERY"
"""Name of the file that tells a folder of ours from anybody else's."""

_MARKER_TEXT = "Made by `cws synth`. Nobody in it exists. `cws synth` may replace this delivery.\n"


def make_delivery(
    folder: Path,
    *,
    pupils: int,
    las: int,
    seed: int,
    study_template: Path | None = None,
    dials: Dials | None = None,
) -> None:
    """
    Write a synthetic delivery in the shapes of a real one, with its truth beside it.

    Parameters
    ----------
    folder : Path
        Where to: absent, empty, or an earlier synthetic delivery (which is replaced).
    pupils : int
        Pupils with a pupil reference, at least 8 for each authority.
    las : int
        Local authorities; the same number always chooses the same ones.
    seed : int
        The same seed gives the same bytes.
    study_template : Path, optional
        Study file to copy beside the delivery as ``study.yaml``.
    dials : Dials, optional
        What is planted; the defaults when left out.

    Raises
    ------
    ConfigError
        If a number is out of range, or the folder holds something else.
    """
    folder = folder.resolve()
    _check(folder, pupils, las, seed)
    world = make_world(pupils, las, seed, dials or Dials())
    aside = folder.parent / f".{folder.name}.part"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        _write(aside, world)
        if study_template is not None:
            _write_study(aside / "study.yaml", study_template, folder)
        _into_place(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check(folder: Path, pupils: int, las: int, seed: int) -> None:
    if pupils < max(8 * las, 1) or seed < 0:
        raise ConfigError(
            f"cws synth: expected a seed of 0 or more and at least 8 pupils for each of the "
            f"{las} authorities, found {pupils} pupils and seed {seed}. Ask for more pupils or "
            "fewer authorities."
        )
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"cws synth: --out {folder} is a file. Name a folder.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise ConfigError(
            f"cws synth: --out {folder} holds files that are no earlier synthetic delivery (no "
            f"{MARKER} in it). Nothing was written. Name an empty folder or a new one."
        )


def delivered_files(world: World) -> Iterator[File]:
    """All files of a delivery, one after another, so that only one is in memory."""
    return chain(
        census_files(world),
        other_census_files(world),
        absence_files(world),
        exclusion_files(world),
        attainment_files(world),
        need_files(world),
        care_files(world),
        offence_files(world),
    )


def _write(aside: Path, world: World) -> None:
    (aside / "delivery").mkdir()
    receipt: list[tuple[str, int]] = []
    for file in delivered_files(world):
        if file.rows.is_empty():
            if file.name in ONE_FILE_TABLES:
                raise ConfigError(
                    f"cws synth: among so few pupils the table {file.name} has no row, and nobody "
                    "delivers an empty table. Ask for more pupils (a few hundred are enough)."
                )
            # A small delivery has no exclusions in some years: that year has no file.
            continue
        file.rows.write_csv(
            aside / "delivery" / file.name, separator=file.separator, quote_style="never"
        )
        receipt.append((file.name, len(file.rows)))
    table = pl.DataFrame(receipt, schema=["file", "rows"], orient="row").sort("file")
    table.write_csv(aside / "receipt.csv")
    write_manifest(aside / MANIFEST, table["file"].to_list())
    write_truth(aside, world)
    (aside / MARKER).write_text(_MARKER_TEXT, encoding="utf-8")


def _write_study(path: Path, template: Path, folder: Path) -> None:
    """Copy the study, pointing at this delivery and, from here, at the template's definitions."""
    study = yaml.safe_load(template.read_text(encoding="utf-8"))
    study.pop("synthetic", None)
    definitions = (template.parent / study.get("definitions", ".")).resolve()
    study["delivery"] = MANIFEST
    study["results"] = "results"
    study["definitions"] = os.path.relpath(definitions, folder)
    path.write_text(yaml.safe_dump(study, sort_keys=False, width=100), encoding="utf-8")


def _into_place(aside: Path, folder: Path) -> None:
    """
    Move everything into place; the manifest leaves first and comes last.

    A run that dies in between leaves a folder without a manifest, which nobody can read by
    mistake, but with the marker, so that the next run may replace it.
    """
    if not folder.exists():
        aside.rename(folder)
        return
    (folder / MANIFEST).unlink(missing_ok=True)
    for part in sorted(aside.iterdir(), key=lambda path: (path.name == MANIFEST, path.name)):
        target = folder / part.name
        if target.is_dir():
            shutil.rmtree(target)
        part.replace(target)
    aside.rmdir()
