"""The making of one block: its lives are simulated and its share of each file is set aside."""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
from numpy.typing import NDArray

from cws_outcomes.synthetic import truth
from cws_outcomes.synthetic.blocks import PUPILS_PER_BLOCK, Block
from cws_outcomes.synthetic.order import Order
from cws_outcomes.synthetic.population import counted
from cws_outcomes.synthetic.shapes.absence import absence_files
from cws_outcomes.synthetic.shapes.attainment import attainment_files
from cws_outcomes.synthetic.shapes.care import care_files
from cws_outcomes.synthetic.shapes.census import census_files
from cws_outcomes.synthetic.shapes.exclusions import exclusion_files
from cws_outcomes.synthetic.shapes.frames import File
from cws_outcomes.synthetic.shapes.need import need_files
from cws_outcomes.synthetic.shapes.offences import offence_files
from cws_outcomes.synthetic.shapes.other_censuses import other_census_files
from cws_outcomes.synthetic.tally import Tally
from cws_outcomes.synthetic.world import World, make_world


@dataclass(frozen=True)
class Part:
    """A block's share of one file, set aside: rows in the form of the delivery, no header."""

    name: str
    path: Path
    rows: int
    columns: tuple[str, ...]
    separator: str = ""


@dataclass(frozen=True)
class Made:
    """What the making of a block leaves behind."""

    files: tuple[Part, ...]
    truth: tuple[Part, ...]
    population: tuple[NDArray[Any], NDArray[Any]]
    tally: Tally
    counts: Counter[tuple[str, str]]
    marginal: pl.DataFrame | None


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


def _table_part(folder: Path, name: str, rows: pl.DataFrame) -> Part:
    path = folder / f"{name}.arrow"
    rows.write_ipc(path, compression="lz4")
    return Part(name, path, len(rows), tuple(rows.columns))


def _file_part(folder: Path, file: File, form: str) -> Part:
    if form == "parquet":
        return _table_part(folder, Path(file.name).with_suffix(".parquet").name, file.rows)
    path = folder / file.name
    file.rows.write_csv(path, separator=file.separator, quote_style="never", include_header=False)
    return Part(file.name, path, len(file.rows), tuple(file.rows.columns), file.separator)


def make_block(order: Order, block: Block, folder: Path) -> Made:
    """
    Simulate a block and set its share of all files aside, under a folder of its own.

    Parameters
    ----------
    order : Order
    block : Block
    folder : Path
        Of all blocks; what an earlier attempt left there of this block is replaced.
    """
    aside = folder / f"{block.number:05}"
    shutil.rmtree(aside, ignore_errors=True)
    for name in ("files", "truth"):
        (aside / name).mkdir(parents=True)
    world = make_world(block, order.places, order.schools, order.planted.dials)
    files = tuple(
        _file_part(aside / "files", file, order.form)
        for file in delivered_files(world)
        if not file.rows.is_empty()
    )
    tables = tuple(
        _table_part(aside / "truth", f"{name}.parquet", rows)
        for name, rows in truth.block_tables(world).items()
    )
    followed = block.number * PUPILS_PER_BLOCK < order.planted.dials.truth_children
    return Made(
        files=files,
        truth=tables,
        population=counted(world.people, world.places),
        tally=world.tally,
        counts=truth.block_counts(world),
        marginal=truth.block_marginal(world) if followed else None,
    )
