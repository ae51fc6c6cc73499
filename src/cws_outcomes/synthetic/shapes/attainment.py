"""Foundation stage and Key Stages 1, 2, 4 and 5: one or two files each, and some exams."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.synthetic.attainment import MATHS_MARKS, READING_MARKS, Scored
from cws_outcomes.synthetic.days import Whole
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.shapes.frames import Columns, File, frame, number, whole
from cws_outcomes.synthetic.shapes.register import Register, academic_year, coded, flagged
from cws_outcomes.synthetic.world import World

KS1_FILE, EXAM_FILE = "KS1_1998_to_2019.txt", "KS2Exam.txt"
KS2_FILE, KS5_FILE = "KS2Pupil_1996_to_2019_and_2022.txt", "KS5Student_2003_to_2021.txt"
KS4_FILES = {
    "KS4Pupil_2002_to_2014.txt": range(2002, 2015),
    "KS4Pupil_2015_to_2021.txt": range(2015, 2022),
}
EARLY_YEARS_FILES = {
    "EYFSP_2007_to_2009.txt": range(2007, 2010),
    "EYFSP_2013_to_2019.txt": range(2013, 2020),
}

LAST_TESTS, LAST_KEY_STAGE_5 = 2019, 2020
"""No tests of primary schools were held in 2020 and 2021."""

EXAM_YEARS = (2010, 2011)
"""Key Stage 2 tests are delivered one by one for two years only: they repeat the pupil file."""

EARLY_YEARS_SCALES = (
    *("PSE_AS1", "PSE_AS2", "PSE_AS3", "CLL_AS1", "CLL_AS2", "CLL_AS3", "CLL_AS4"),
    *("PSRN_AS1", "PSRN_AS2", "PSRN_AS3", "KUW_AS1", "PD_AS1", "CD_AS1"),
)

# Standards of Key Stages 1 and 2 were new in 2015/16: levels before, outcomes from then on.
LAST_LEVELS, FIRST_STANDARDS = 2015, 2016
LAST_ENGLISH_TEST = 2012

KEY_STAGE_1_LEVELS = ("W", "1", "2C", "2B", "2A", "3")
KEY_STAGE_1_STEPS = np.array([-1.9, -1.25, -0.75, -0.1, 0.6])
KEY_STAGE_1_OUTCOMES = ("WTS", "EXS", "GDS")
KEY_STAGE_1_OUTCOME_STEPS = np.array([-0.75, 0.7])

KEY_STAGE_2_LEVELS = (None, "N", "2", "3", "4", "5")
KEY_STAGE_2_SHARES = np.array([0.12, 0.22, 0.38, 0.66])
"""Shares of the full marks from which levels 2 to 5 are given."""

# Marks from which the expected standard is reached, 2015/16 to 2018/19, in reading, writing and
# mathematics: all three are reached by 54, 62, 65 and 65 % (CALIBRATION F098).
EXPECTED = np.array([[27, 25, 53], [25, 24, 50], [24, 23, 48], [24, 22.5, 47]])

GOOD_LEVEL = np.array([0.1, -0.15, -0.3, -0.35, -0.4, -0.42, -0.43])
"""SDs from which development is at a good level, 2013 to 2019 (52 to 72 %)."""


def _reference(register: Register, pupil: Whole, census: Whole) -> pl.Series:
    on = np.array([SchoolYear(year).census_day for year in range(1990, 2030)], dtype=np.int32)
    return register.reference(pupil, on[census - 1990])


def level_of(mark: Whole, full: int) -> Whole:
    """Place of a mark's level among ``KEY_STAGE_2_LEVELS``; 0 without a mark."""
    place = 1 + np.searchsorted(KEY_STAGE_2_SHARES, mark / full, side="right")
    return np.where(mark < 0, 0, place)


def _levels(mark: Whole, full: int, used: NDArray[np.bool_]) -> pl.Series:
    return coded(KEY_STAGE_2_LEVELS, np.where(used, level_of(mark, full), 0))


def _only(values: NDArray[Any], used: NDArray[np.bool_]) -> pl.Series:
    return whole(np.where(used, values, -1))


def key_stage_2_table(world: World, register: Register) -> pl.DataFrame:
    """Marks of Year 6, with levels and points to 2014/15 and standards from 2015/16."""
    stage = world.attainment.key_stage_2
    row = np.flatnonzero(stage.census <= LAST_TESTS)
    pupil, census = stage.pupil[row], stage.census[row]
    reading, maths, writing = (
        values[row] for values in (stage.reading, stage.maths, stage.writing)
    )
    world.tally.add("boycott_share", "pupils in Year 6", (reading < 0).sum())
    levels, tested = census <= LAST_LEVELS, census <= LAST_ENGLISH_TEST
    english = np.where((reading < 0) & tested, -1, (np.maximum(reading, 0) + writing) // 2)
    needed = EXPECTED[np.clip(census - FIRST_STANDARDS, 0, len(EXPECTED) - 1)]
    reached = np.stack([reading, writing, maths], axis=1) >= needed
    columns: Columns = {
        "PupilMatchingRefAnonymous": _reference(register, pupil, census),
        "ACADYR": academic_year(census),
        "NATRES": np.ones(len(pupil), dtype=np.int64),
        "READMRK": whole(reading),
        "READLEV": _levels(reading, READING_MARKS, levels),
        "ENGLEV": _levels(english, READING_MARKS, tested),
        "ENGLEVTA": _levels(english, READING_MARKS, levels & ~tested),
        "MATTOTMRK": whole(maths),
        "MATLEV": _levels(maths, MATHS_MARKS, levels),
        "APS": number(np.where(levels, stage.points[row], np.nan)),
        "READEXP": _only(reached[:, 0], ~levels),
        "WRITTAEXP": _only(reached[:, 1], ~levels),
        "MATEXP": _only(reached[:, 2], ~levels),
        "RWMEXP": _only(reached.min(axis=1), ~levels),
    }
    return frame(columns, prefix="KS2_")


def _key_stage_4(world: World, register: Register, years: range) -> dict[str, Any]:
    """Measures of Year 11 and the censuses in which each is in use; some pupils come again."""
    stage = world.attainment.key_stage_4
    size = len(stage.pupil)
    again = world.streams("key stage 4 repeats").random(size) < world.dials.stage_again_share
    row = np.concatenate([np.arange(size), np.flatnonzero(again)])
    is_first = np.arange(len(row)) < size
    of_years = np.isin(stage.census[row], years)
    row, is_first = row[of_years], is_first[of_years]
    world.tally.add("stage_again_share", "rows of Key Stage 4", (~is_first).sum())
    census = stage.census[row]
    basics, level_2, level_1, any_pass = (
        (flags[row] & is_first).astype(np.int64)
        for flags in (stage.has_basics, stage.has_level_2, stage.has_level_1, stage.has_any_pass)
    )
    return {
        "PupilMatchingRefAnonymous": _reference(register, stage.pupil[row], census),
        "ACADYR": academic_year(census),
        "NATRES": is_first.astype(np.int64),
        "LEVEL2_EM": _only(level_2, census <= 2013),
        "LEVEL2_EM_PTQ": _only(level_2, census == 2014),
        "LEVEL2_EM_PTQ_EE": _only(level_2, np.isin(census, (2015, 2016))),
        "LEVEL2_EM_94": _only(level_2, census >= 2017),
        "LEVEL1_EM": _only(level_1, census <= 2013),
        "LEVEL1_EM_PTQ": _only(level_1, census == 2014),
        "LEVEL1_EM_PTQ_EE": _only(level_1, census >= 2015),
        "ANYPASS": _only(any_pass, census <= 2013),
        "ANYPASS_PTQ": _only(any_pass, census == 2014),
        "ANYPASS_PTQ_EE": _only(any_pass, census >= 2015),
        "L2BASICS_PTQ_EE": _only(basics, census == 2015),
        "L2BASICS_LL_PTQ_EE": _only(basics, census >= 2016),
        "L2BASICS_94": _only(basics, census >= 2017),
        "ATT8": number(np.where(census >= 2016, stage.attainment_8[row], np.nan)),
    }


def key_stage_4_table(world: World, register: Register, years: range) -> pl.DataFrame:
    """Results of Year 11; measures come and go with the rules of the year."""
    columns = _key_stage_4(world, register, years)
    late = ("_EE", "L2BASICS_94", "LEVEL2_EM_94", "ATT8")
    shared = list(columns)[:3]
    is_late = years[0] >= 2015
    kept = [name for name in columns if name in shared or name.endswith(late) == is_late]
    return frame({name: columns[name] for name in kept}, prefix="KS4_")


def key_stage_5_table(world: World, register: Register) -> pl.DataFrame:
    """Points of A levels."""
    stage = world.attainment.key_stage_5
    row = np.flatnonzero(stage.census <= LAST_KEY_STAGE_5)
    columns: Columns = {
        "PupilMatchingRefAnonymous": _reference(register, stage.pupil[row], stage.census[row]),
        "ACADYR": academic_year(stage.census[row]),
        "TOTPTSE_ALEV": number(stage.points[row]),
    }
    return frame(columns, prefix="KS5_")


def key_stage_1_table(world: World, register: Register) -> pl.DataFrame:
    """Levels of Year 2 to 2014/15, outcomes from 2015/16."""
    stage = world.attainment.key_stage_1
    row = np.flatnonzero((stage.census >= 2002) & (stage.census <= LAST_TESTS))
    pupil, census, scores = stage.pupil[row], stage.census[row], stage.scores[row]
    levels = 1 + np.searchsorted(KEY_STAGE_1_STEPS, scores)
    outcomes = 1 + np.searchsorted(KEY_STAGE_1_OUTCOME_STEPS, scores)
    old = (census <= LAST_LEVELS)[:, None]
    levels, outcomes = np.where(old, levels, 0), np.where(old, 0, outcomes)
    columns: Columns = {
        "PupilMatchingRefAnonymous": _reference(register, pupil, census),
        "ACADYR": academic_year(census),
        **{
            name: coded((None, *KEY_STAGE_1_LEVELS), levels[:, place])
            for place, name in enumerate(("READING", "WRITING", "MATHS"))
        },
        **{
            f"{name}_OUTCOME": coded((None, *KEY_STAGE_1_OUTCOMES), outcomes[:, place])
            for place, name in enumerate(("READ", "WRIT", "MATH"))
        },
    }
    return frame(columns, prefix="KS1_")


def _early_years(world: World, years: range) -> tuple[Scored, Whole]:
    """Results of these years, and their rows; a few children come twice."""
    stage = world.attainment.early_years
    row = np.flatnonzero(np.isin(stage.census, years))
    share = world.dials.early_years_again_share
    again = world.streams(f"early years repeats {years[0]}").random(len(row)) < share
    world.tally.add("early_years_again_share", "rows of the foundation stage", again.sum())
    return stage, np.concatenate([row, row[again]])


def early_years_table(world: World, register: Register, years: range) -> pl.DataFrame:
    """Scale totals of the foundation stage profile, 0 to 9; later, a good level of development."""
    stage, row = _early_years(world, years)
    census = stage.census[row]
    columns: dict[str, Any] = {
        "PupilMatchingRefAnonymous": _reference(register, stage.pupil[row], census),
        "ACADYR": academic_year(census),
    }
    if years[0] < 2013:
        steps = np.clip(np.round(6.5 + 1.6 * stage.scores[row]), 0, 9).astype(np.int64)
        columns |= {name: steps[:, place % 3] for place, name in enumerate(EARLY_YEARS_SCALES)}
    else:
        needed = GOOD_LEVEL[census - 2013]
        columns["GLD"] = flagged(stage.scores[row].mean(axis=1) >= needed, "1", "0")
    return frame(columns, prefix="FSP_")


def exam_table(world: World, register: Register) -> pl.DataFrame:
    """Key Stage 2 tests one by one, reading (9984) and mathematics (9982)."""
    stage = world.attainment.key_stage_2
    row = np.flatnonzero(np.isin(stage.census, EXAM_YEARS) & (stage.reading >= 0))
    both = np.repeat(row, 2)
    is_reading = np.arange(len(both)) % 2 == 0
    mark = np.where(is_reading, stage.reading[both], stage.maths[both])
    levels = np.where(is_reading, level_of(mark, READING_MARKS), level_of(mark, MATHS_MARKS))
    columns: Columns = {
        "PupilMatchingRefAnonymous": _reference(register, stage.pupil[both], stage.census[both]),
        "ACADYR": academic_year(stage.census[both]),
        "LEAPCODE": flagged(is_reading, "9984", "9982"),
        "TESTMARK": whole(mark),
        "TESTLEV": coded(KEY_STAGE_2_LEVELS, levels),
    }
    return frame(columns, prefix="KS2_")


def attainment_files(world: World) -> Iterator[File]:
    """All stages."""
    register = Register.of(world)
    for name, years in EARLY_YEARS_FILES.items():
        yield File(name, early_years_table(world, register, years))
    yield File(KS1_FILE, key_stage_1_table(world, register))
    yield File(EXAM_FILE, exam_table(world, register))
    yield File(KS2_FILE, key_stage_2_table(world, register))
    for name, years in KS4_FILES.items():
        yield File(name, key_stage_4_table(world, register, years))
    yield File(KS5_FILE, key_stage_5_table(world, register))
