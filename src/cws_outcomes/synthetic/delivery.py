"""One synthetic delivery: make its blocks, put them together aside, move all into place."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import polars as pl
import yaml

from cws_outcomes.errors import ConfigError, CwsError
from cws_outcomes.synthetic import truth, worlds
from cws_outcomes.synthetic.assembly import METADATA, Assembly, Files
from cws_outcomes.synthetic.blocks import SIX_COHORTS
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.manifest import missing_tables, write_manifest
from cws_outcomes.synthetic.order import Form, Order
from cws_outcomes.synthetic.population import Population
from cws_outcomes.synthetic.production import Made, make_block
from cws_outcomes.synthetic.tally import Tally

MANIFEST = "delivery.yaml"
MARKER = "SYNTHETIC_DELIVERY"
"""Name of the file that tells a folder of ours from anybody else's."""

_MARKER_TEXT = "Made by `cws synth`. Nobody in it exists. `cws synth` may replace this delivery.\n"

_ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
"""For the workers: the processes share the processors as it is."""

Progress = Callable[[str], None]


def make_delivery(
    folder: Path,
    *,
    pupils: int,
    las: int,
    seed: int,
    births: tuple[int, int] = SIX_COHORTS,
    world: str | Path = worlds.DEFAULT,
    dials: Dials | None = None,
    form: Form = "text",
    cores: int = 1,
    study_template: Path | None = None,
    progress: Progress | None = None,
) -> None:
    """
    Write a synthetic delivery in the shapes of a real one, with its truth beside it.

    Parameters
    ----------
    folder : Path
        Where to: absent, empty, or an earlier synthetic delivery (which is replaced).
    pupils : int
        Children bound for state schools, at least 8 for each authority.
    las : int
        Local authorities; the same number always chooses the same ones.
    seed : int
        The same seed gives the same bytes, whatever the number of cores.
    births : tuple of int
        First and last academic year of birth, by the year in which it begins.
    world : str or Path
        A built-in world, or a YAML file of dials (see `worlds.load`).
    dials : Dials, optional
        What is planted, in place of the world's.
    form : {"text", "parquet"}
        Form of the delivered files; the truth is in Parquet either way.
    cores : int
        Blocks that are made at once, each in a process of its own.
    study_template : Path, optional
        Study file to copy beside the delivery as ``study.yaml``.
    progress : callable, optional
        Told in words how far it is.

    Raises
    ------
    ConfigError
        If a number is out of range, or the folder holds something else.
    """
    folder = folder.resolve()
    planted = worlds.load(world)
    if dials is not None:
        planted = planted._replace(dials=dials)
    order = Order(pupils, las, seed, (births[0], births[1]), planted, form)
    order.check()
    _check_folder(folder)
    aside = folder.parent / f".{folder.name}.part"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        _write(aside, order, cores, progress or _silent)
        if study_template is not None:
            _write_study(aside / "study.yaml", study_template, folder)
        _into_place(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _silent(_: str) -> None:
    """Progress that nobody asked for."""


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"cws synth: --out {folder} is a file. Name a folder.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise ConfigError(
            f"cws synth: --out {folder} holds files that are no earlier synthetic delivery (no "
            f"{MARKER} in it). Nothing was written. Name an empty folder or a new one."
        )


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Environment in which worker processes start."""
    wanted = {**_ONE_THREAD, "POLARS_MAX_THREADS": "1"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _made(order: Order, shares: Path, cores: int) -> Generator[Made, None, None]:
    """Make all blocks; they come in their order, however many are made at once."""
    make = partial(make_block, order, folder=shares)
    blocks = list(order.blocks())
    workers = min(cores, len(blocks))
    if workers < 2:
        yield from map(make, blocks)
        return
    with (
        _single_threaded(),
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool,
    ):
        try:
            yield from pool.map(make, blocks)
        except BrokenProcessPool:
            raise CwsError(
                "cws synth: a process that made a block was ended from outside, most likely for "
                "lack of memory (each needs up to 1 GB). Nothing was written. Use fewer --cores."
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _write(aside: Path, order: Order, cores: int, progress: Progress) -> None:
    shares = aside / "shares"
    population, tally = Population(order.places), Tally()
    counts: Counter[tuple[str, str]] = Counter()
    marginal: list[pl.DataFrame] = []
    total = sum(1 for _ in order.blocks())
    with Assembly(aside, order.form) as assembly, closing(_made(order, shares, cores)) as blocks:
        for number, made in enumerate(blocks, start=1):
            for part in made.files:
                assembly.files.add(part)
            for part in made.truth:
                assembly.truth.add(part)
            population.add(*made.population)
            tally.update(made.tally)
            counts.update(made.counts)
            marginal += [] if made.marginal is None else [made.marginal]
            progress(f"Block {number} of {total}")
    shutil.rmtree(shares)
    _write_receipt(aside, assembly.files)
    write_manifest(aside / MANIFEST, assembly.files.headers)
    population.table().write_parquet(aside / "truth" / "population.parquet", metadata=METADATA)
    truth.write(
        aside,
        truth.Delivered(
            seed=order.seed,
            world_name=order.planted.name,
            description=order.planted.description,
            dials=order.planted.dials,
            places=order.places,
            births=order.births,
            pupils=order.pupils,
            counts=counts,
            tally=tally,
        ),
        marginal,
    )
    (aside / MARKER).write_text(_MARKER_TEXT, encoding="utf-8")


def _write_receipt(aside: Path, files: Files) -> None:
    """Rows and bytes of each delivered file."""
    missing = missing_tables(files.headers)
    if missing:
        raise ConfigError(
            f"cws synth: among these children the table {missing[0]} has no row, and nobody "
            "delivers an empty table. Ask for more pupils (a few hundred are enough), or for "
            "years of birth that reach the end of Key Stage 4 by 2020."
        )
    names = sorted(files.rows)
    sizes = [(aside / "delivery" / name).stat().st_size for name in names]
    table = pl.DataFrame({"file": names, "rows": [files.rows[n] for n in names], "bytes": sizes})
    table.write_csv(aside / "receipt.csv")


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
