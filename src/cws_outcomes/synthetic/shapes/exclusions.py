"""Exclusions: wide to 2015 (one row per pupil, numbered slots), long from 2016."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.synthetic.days import NEVER, Days, Text, Whole, calendar
from cws_outcomes.synthetic.schools import census_day
from cws_outcomes.synthetic.shapes.frames import Columns, File, dates, frame, whole
from cws_outcomes.synthetic.world import World

WIDE_YEARS = tuple(range(2006, 2016))
LONG_YEARS = tuple(range(2016, 2021))


def slots(year: int) -> int:
    """Numbered exclusions per row of a wide table."""
    return 26 if year == 2006 else 40


def _terms(start: Days) -> Text:
    _, month, _ = calendar(start)
    found: Text = np.select([month >= 9, month <= 3], ["AUT", "SPR"], "SUM")
    return found


def _grid(
    rows: Whole, slot: Whole, values: NDArray[Any], shape: tuple[int, int], blank: object
) -> NDArray[Any]:
    found = np.full(shape, blank, dtype=values.dtype)
    kept = slot < shape[1]
    found[rows[kept], slot[kept]] = values[kept]
    return found


def _typed(name: str, values: NDArray[Any]) -> pl.Series:
    if name == "StartDate":
        return dates(values)
    return whole(values) if name == "Sessions" else pl.Series(values)


def _slot_columns(
    world: World, used: Whole, row: Whole, slot: Whole, shape: tuple[int, int], suffix: str
) -> dict[str, pl.Series]:
    table = world.exclusions
    start = table.start[used]
    grids = {
        "Category": _grid(row, slot, table.category[used], shape, ""),
        "Reason": _grid(row, slot, table.reason[used], shape, ""),
        "StartDate": _grid(row, slot, start, shape, NEVER),
        "Sessions": _grid(row, slot, table.sessions[used], shape, -1),
        "Term": _grid(row, slot, _terms(start), shape, ""),
    }
    return {
        f"{name}_{i + 1}{suffix}": _typed(name, grid[:, i])
        for i in range(shape[1])
        for name, grid in grids.items()
    }


def wide_table(world: World, year: int) -> pl.DataFrame:
    """One year in wide shape."""
    table, suffix = world.exclusions, f"_ex{year % 100:02d}"
    used = np.flatnonzero(table.year == year)
    pupil, first, row = np.unique(table.pupil[used], return_index=True, return_inverse=True)
    slot = np.arange(len(used)) - first[row]
    size = len(pupil)
    permanent = table.category[used] == "PERM"
    count = np.bincount(row, weights=permanent, minlength=size).astype(np.int64)
    fixed = np.bincount(row, weights=~permanent, minlength=size).astype(np.int64)
    lost = np.bincount(row, weights=table.sessions[used], minlength=size).astype(np.int64)
    # The indicator of 2006 and 2007 became a count.
    name = "PermanentExclusionIndicator" if year <= 2007 else "PermanentExclusionCount"
    columns: Columns = {
        f"PupilMatchingRefAnonymous{suffix}": world.references.on(pupil, census_day(year)),
        **_slot_columns(world, used, row, slot, (size, slots(year)), suffix),
        f"{name}{suffix}": count,
        f"TotalFixedExclusions{suffix}": fixed,
        f"TotalFixedSessions{suffix}": lost,
        f"NumberOfEnrolments{suffix}": np.ones(size, dtype=np.int64),
    }
    return frame(columns)


def long_table(world: World, year: int) -> pl.DataFrame:
    """One year in long shape."""
    table = world.exclusions
    used = np.flatnonzero(table.year == year)
    columns: Columns = {
        "PupilMatchingRefAnonymous": world.references.on(table.pupil[used], census_day(year)),
        "Category": table.category[used],
        "Reason": table.reason[used],
        "StartDate": dates(table.start[used]),
        "Sessions": table.sessions[used],
    }
    return frame(columns, suffix=f"_ex{year % 100:02d}")


def exclusion_files(world: World) -> Iterator[File]:
    """All exclusion tables, one after another."""
    for year in WIDE_YEARS:
        yield File(f"Exclusions_{year}.txt", wide_table(world, year))
    for year in LONG_YEARS:
        yield File(f"Exclusions_{year}.txt", long_table(world, year))
