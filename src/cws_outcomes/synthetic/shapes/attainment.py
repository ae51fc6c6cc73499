"""Key Stage 2 and Key Stage 4: one file each for all years."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.synthetic.days import Flags, Text, Whole
from cws_outcomes.synthetic.schools import census_day
from cws_outcomes.synthetic.shapes.frames import Columns, File, frame, number, whole
from cws_outcomes.synthetic.world import World

KS2_FILE, KS4_FILE = "KS2Pupil_1996_to_2019_and_2022.txt", "KS4Pupil_2015_to_2021.txt"

REPEATED_SHARE = 0.01
"""Key Stage 4 rows that come again without counting in national results."""


def _levels(mark: Whole, full: int) -> Text:
    """Test level of a mark; blank without a mark."""
    share = mark / full
    steps = [mark < 0, share < 0.12, share < 0.22, share < 0.40, share < 0.72]
    found: Text = np.select(steps, ["", "N", "2", "3", "4"], "5")
    return found


def _reference(world: World, pupil: Whole, census: Whole) -> Text:
    on = np.array([census_day(int(year)) for year in range(2000, 2030)])[census - 2000]
    return world.references.on(pupil, on.astype(np.int32))


def _academic_year(census: Whole) -> Text:
    label = np.array([f"{year - 1}/{year}" for year in range(2000, 2030)])
    found: Text = label[census - 2000]
    return found


def key_stage_2_table(world: World) -> pl.DataFrame:
    """Marks, levels and points of Year 6."""
    stage = world.attainment.key_stage_2
    columns: Columns = {
        "PupilMatchingRefAnonymous": _reference(world, stage.pupil, stage.census),
        "ACADYR": _academic_year(stage.census),
        "NATRES": np.ones(len(stage.pupil), dtype=np.int64),
        "READMRK": whole(stage.reading),
        "READLEV": _levels(stage.reading, 50),
        "MATTOTMRK": whole(stage.maths),
        "MATLEV": _levels(stage.maths, 100),
        "APS": number(stage.points),
    }
    return frame(columns, prefix="KS2_")


def _only(values: NDArray[Any], used: Flags) -> pl.Series:
    return whole(np.where(used, values, -1))


def key_stage_4_table(world: World) -> pl.DataFrame:
    """Results of Year 11; measures come and go with the rules of the year."""
    stage = world.attainment.key_stage_4
    size = len(stage.pupil)
    again = np.flatnonzero(world.streams("key stage 4 repeats").random(size) < REPEATED_SHARE)
    row = np.concatenate([np.arange(size), again])
    counts = (np.arange(len(row)) < size).astype(np.int64)
    census = stage.census[row]
    basics = stage.has_basics[row] * counts
    columns: Columns = {
        "PupilMatchingRefAnonymous": _reference(world, stage.pupil[row], census),
        "ACADYR": _academic_year(census),
        "NATRES": counts,
        "L2BASICS_PTQ_EE": _only(basics, census == 2015),
        "L2BASICS_LL_PTQ_EE": _only(basics, census >= 2016),
        "L2BASICS_94": _only(basics, census >= 2017),
        "ATT8": number(np.where(census >= 2016, stage.attainment_8[row], np.nan)),
    }
    return frame(columns, prefix="KS4_")


def attainment_files(world: World) -> Iterator[File]:
    """Both stages."""
    yield File(KS2_FILE, key_stage_2_table(world))
    yield File(KS4_FILE, key_stage_4_table(world))
