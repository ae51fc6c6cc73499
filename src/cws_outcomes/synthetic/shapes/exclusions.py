"""Exclusions: wide to 2015 (one row per pupil, numbered slots), long from 2016."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.synthetic.days import NEVER, Days, Whole
from cws_outcomes.synthetic.exclusions import CATEGORIES, REASONS
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.shapes.frames import Columns, File, dates, frame, whole
from cws_outcomes.synthetic.shapes.register import Register, coded, month_of
from cws_outcomes.synthetic.world import World

WIDE_YEARS = tuple(range(2006, 2016))
LONG_YEARS = tuple(range(2016, 2021))

TERMS = ("AUT", "SPR", "SUM")
_LABELS = {"Category": CATEGORIES, "Reason": REASONS, "Term": TERMS}


def slots(year: int) -> int:
    """Numbered exclusions per row of a wide table."""
    return 26 if year == 2006 else 40


def slot_of(pupil: Whole) -> Whole:
    """Number of each exclusion in its row, from 0; rows of a pupil stand together."""
    _, first, row = np.unique(pupil, return_index=True, return_inverse=True)
    found: Whole = np.arange(len(pupil)) - first[row]
    return found


def _terms(start: Days) -> Whole:
    month = month_of(start)
    return np.select([month >= 9, month <= 3], [0, 1], 2)


def _grid(rows: Whole, slot: Whole, values: Whole, shape: tuple[int, int], blank: int) -> Whole:
    """Values by slot and row of the table."""
    found = np.full((shape[1], shape[0]), blank, dtype=np.int64)
    kept = slot < shape[1]
    found[slot[kept], rows[kept]] = values[kept]
    return found


def _typed(name: str, values: NDArray[Any]) -> pl.Series:
    if name == "StartDate":
        return dates(values)
    if name == "Sessions":
        return whole(values)
    return coded((None, *_LABELS[name]), values + 1)


def _slot_columns(
    world: World, used: Whole, row: Whole, slot: Whole, shape: tuple[int, int], suffix: str
) -> dict[str, pl.Series]:
    table = world.exclusions
    start = table.start[used]
    grids = {
        "Category": _grid(row, slot, table.category[used], shape, -1),
        "Reason": _grid(row, slot, table.reason[used], shape, -1),
        "StartDate": _grid(row, slot, start, shape, NEVER),
        "Sessions": _grid(row, slot, table.sessions[used], shape, -1),
        "Term": _grid(row, slot, _terms(start), shape, -1),
    }
    # All slots at once, then one after another: there are two hundred of them.
    typed = {name: _typed(name, grid.ravel()) for name, grid in grids.items()}
    size = shape[0]
    return {
        f"{name}_{i + 1}{suffix}": values.slice(i * size, size)
        for i in range(shape[1])
        for name, values in typed.items()
    }


def wide_table(world: World, year: int, register: Register) -> pl.DataFrame:
    """One year in wide shape."""
    table, suffix = world.exclusions, f"_ex{year % 100:02d}"
    used = np.flatnonzero(table.year == year)
    pupil, row = np.unique(table.pupil[used], return_inverse=True)
    slot, size = slot_of(table.pupil[used]), len(pupil)
    permanent = table.is_permanent[used]
    count = np.bincount(row, weights=permanent, minlength=size).astype(np.int64)
    fixed = np.bincount(row, weights=~permanent, minlength=size).astype(np.int64)
    lost = np.bincount(row, weights=table.sessions[used], minlength=size).astype(np.int64)
    # The indicator of 2006 and 2007 became a count.
    name = "PermanentExclusionIndicator" if year <= 2007 else "PermanentExclusionCount"
    reference = register.reference(pupil, SchoolYear(year).census_day)
    columns: Columns = {
        f"PupilMatchingRefAnonymous{suffix}": reference,
        **_slot_columns(world, used, row, slot, (size, slots(year)), suffix),
        f"{name}{suffix}": count,
        f"TotalFixedExclusions{suffix}": fixed,
        f"TotalFixedSessions{suffix}": lost,
        f"NumberOfEnrolments{suffix}": np.ones(size, dtype=np.int64),
    }
    return frame(columns)


def long_table(world: World, year: int, register: Register) -> pl.DataFrame:
    """One year in long shape."""
    table = world.exclusions
    used = np.flatnonzero(table.year == year)
    reference = register.reference(table.pupil[used], SchoolYear(year).census_day)
    columns: Columns = {
        "PupilMatchingRefAnonymous": reference,
        "Category": coded(CATEGORIES, table.category[used]),
        "Reason": coded(REASONS, table.reason[used]),
        "StartDate": dates(table.start[used]),
        "Sessions": table.sessions[used],
    }
    return frame(columns, suffix=f"_ex{year % 100:02d}")


def exclusion_files(world: World) -> Iterator[File]:
    """All exclusion tables, one after another."""
    register = Register.of(world)
    for year in WIDE_YEARS:
        yield File(f"Exclusions_{year}.txt", wide_table(world, year, register))
    for year in LONG_YEARS:
        yield File(f"Exclusions_{year}.txt", long_table(world, year, register))
