"""Foundation stage and Key Stages 1, 2 and 4: one file each for all years, and some exams."""

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

EYFSP_FILE, KS1_FILE, EXAM_FILE = "EYFSP_2007_to_2009.txt", "KS1_1998_to_2019.txt", "KS2Exam.txt"

EXAM_YEARS = (2010, 2011)
"""Key Stage 2 tests are delivered one by one for two years only: they repeat the pupil file."""

EARLY_YEARS_SCALES = (
    *("PSE_AS1", "PSE_AS2", "PSE_AS3", "CLL_AS1", "CLL_AS2", "CLL_AS3", "CLL_AS4"),
    *("PSRN_AS1", "PSRN_AS2", "PSRN_AS3", "KUW_AS1", "PD_AS1", "CD_AS1"),
)
KEY_STAGE_1_LEVELS = ("W", "1", "2C", "2B", "2A", "3")

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


def _scored(world: World, nc: int, topic: str) -> tuple[Whole, Whole, Whole]:
    """Pupils in a curriculum year, their censuses and 0 to 5: prior attainment with noise."""
    years = world.years
    row = np.flatnonzero(years.nc == nc)
    pupil = years.pupil[row]
    noise = world.streams(topic).normal(0, 0.5, (len(row), 3))
    ability = world.attainment.prior[pupil][:, None] + noise
    found: Whole = np.clip(np.round(3 + ability), 0, 5).astype(np.int64)
    return pupil, years.census[row], found


def key_stage_1_table(world: World) -> pl.DataFrame:
    """Levels of Year 2, all before levels were given up."""
    pupil, census, steps = _scored(world, 2, "key stage 1")
    levels = np.array(KEY_STAGE_1_LEVELS)[steps]
    columns: Columns = {
        "PupilMatchingRefAnonymous": _reference(world, pupil, census),
        "ACADYR": _academic_year(census),
        "READING": levels[:, 0],
        "WRITING": levels[:, 1],
        "MATHS": levels[:, 2],
    }
    return frame(columns, prefix="KS1_")


def early_years_table(world: World) -> pl.DataFrame:
    """Scale totals of the foundation stage profile, 0 to 9; a few children come twice."""
    pupil, census, steps = _scored(world, 0, "early years")
    first = census >= 2007
    pupil, census, steps = pupil[first], census[first], steps[first]
    again = np.flatnonzero(world.streams("early years repeats").random(len(pupil)) < 0.0003)
    row = np.concatenate([np.arange(len(pupil)), again])
    columns: Columns = {
        "PupilMatchingRefAnonymous": _reference(world, pupil[row], census[row]),
        "ACADYR": _academic_year(census[row]),
        **{name: 3 + steps[row, place % 3] for place, name in enumerate(EARLY_YEARS_SCALES)},
    }
    return frame(columns, prefix="FSP_")


def exam_table(world: World) -> pl.DataFrame:
    """Key Stage 2 tests one by one, reading (9984) and mathematics (9982)."""
    stage = world.attainment.key_stage_2
    row = np.flatnonzero(np.isin(stage.census, EXAM_YEARS) & (stage.reading >= 0))
    both = np.repeat(row, 2)
    is_reading = np.arange(len(both)) % 2 == 0
    mark = np.where(is_reading, stage.reading[both], stage.maths[both])
    levels = np.where(is_reading, _levels(mark, 50), _levels(mark, 100))
    columns: Columns = {
        "PupilMatchingRefAnonymous": _reference(world, stage.pupil[both], stage.census[both]),
        "ACADYR": _academic_year(stage.census[both]),
        "LEAPCODE": np.where(is_reading, "9984", "9982"),
        "TESTMARK": whole(mark),
        "TESTLEV": levels,
    }
    return frame(columns, prefix="KS2_")


def attainment_files(world: World) -> Iterator[File]:
    """All stages."""
    yield File(EYFSP_FILE, early_years_table(world))
    yield File(KS1_FILE, key_stage_1_table(world))
    yield File(EXAM_FILE, exam_table(world))
    yield File(KS2_FILE, key_stage_2_table(world))
    yield File(KS4_FILE, key_stage_4_table(world))
