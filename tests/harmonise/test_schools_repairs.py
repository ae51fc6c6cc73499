"""Every delivered school record is kept, merged or dropped by a rule, and the counts add up."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from support.text_tables import Tables, assert_shows, run, table

from cws_outcomes.steps import STEPS

PUPILS = """
key_kind | key | person_id
pupil    | AAA | 1
pupil    | BBB | 2
"""
LAS = "raw_code | la_code\n301 | 301"
MADE = ("school_years", "term_censuses", "absence_years", "exclusions")


def counted(pupils: str = PUPILS, **delivered: Any) -> Tables:
    """What the count says after the steps that it counts on."""
    given: Tables = {"person_keys": pupils, "local_authorities": LAS, **delivered}
    for name in MADE:
        given |= _run(f"harmonise_{name}", given)
    return _run("count_school_repairs", given)


def _run(step: str, given: Tables) -> Tables:
    return run(step, **{name: given[name] for name in STEPS[step].reads if name in given})


def assert_adds_up(repairs: pl.DataFrame) -> None:
    """Delivered is what was kept, merged and dropped, table by table."""
    for name, rules in repairs.group_by("table"):
        rows = dict(rules.select("rule", "rows").iter_rows())
        parts = [n for rule, n in rows.items() if rule.startswith(("kept", "merged_", "dropped_"))]
        assert rows["delivered"] == sum(parts), name
        assert min(rows.values()) > 0


def test_every_census_record_is_accounted_for():
    found = counted(
        delivered_school_census="""
        pupil_reference | census | file_year | school_urn | nc_year | idaci_rank
        AAA             | spring | 2012      | main       | 7       | 1
        AAA             | spring | 2012      | main       | 7       | 1
        AAA             | spring | 2012      | other      | 7       | 1
        AAA             | summer | 2012      | main       | 7       |
        AAA             | summer | 2020      | main       | 7       |
        BBB             | ap     | 2012      |            | X       | 99999
        BBB             | spring |           | main       | 7       |
        CCC             | spring | 2012      | main       | 7       | 2
                        | spring | 2012      | main       | 7       | 2
        """
    )["census_repairs"]

    assert_shows(
        found,
        """
        table         | rule                            | rows
        school_census | delivered                       | 9
        school_census | dropped_census_not_held         | 1
        school_census | dropped_exact_repeat            | 1
        school_census | dropped_without_census_year     | 1
        school_census | dropped_without_person          | 1
        school_census | dropped_without_pupil_reference | 1
        school_census | kept                            | 3
        school_census | merged_into_main_record         | 1
        school_census | noted_curriculum_year_by_age    | 1
        school_census | noted_idaci_rank_out_of_range   | 1
        school_census | noted_main_record_of_pru_or_ap  | 1
        """,
    )
    assert_adds_up(found)


def test_every_row_of_absence_is_accounted_for():
    found = counted(
        delivered_absence="""
        pupil_reference | academic_year | school_number | sessions_possible_autumn
        AAA             | 2011/2012     | 10            | 100
        AAA             | 2011/2012     | 10            | 100
        AAA             | 2011/2012     | 20            | 50
        AAA             | 2012/2013     | 20            | 0
        BBB             | 2011/2012     | 10            | 300
        BBB             | 2011/2012     | 20            | 121
        BBB             | 2019/2020     | 20            | 121
        CCC             | 2011/2012     | 10            | 100
        """
    )["absence_repairs"]

    assert_shows(
        found,
        """
        table   | rule                        | rows
        absence | delivered                   | 8
        absence | dropped_exact_repeat        | 1
        absence | dropped_no_session_possible | 1
        absence | dropped_over_420_sessions   | 2
        absence | dropped_without_person      | 1
        absence | dropped_year_not_usable     | 1
        absence | kept                        | 1
        absence | merged_schools_of_a_year    | 1
        """,
    )
    assert_adds_up(found)


def test_every_row_of_exclusions_is_accounted_for():
    found = counted(
        delivered_exclusions="""
        pupil_reference | file_year | category | start_date | sessions
        AAA             | 2012      | FIXD     | 2012-03-01 | 2
        AAA             | 2012      | FIXD     | 2012-03-01 | 2
        AAA             | 2012      | susp     | 2012-03-01 | 4
        AAA             | 2012      | PERM     | 2012-10-01 |
        BBB             | 2012      | Perm     |            |
        BBB             | 2012      | FIXD     | 1900-01-01 | 1
        BBB             | 2012      |          |            |
        CCC             | 2012      | FIXD     | 2012-03-01 | 2
        """
    )["exclusion_repairs"]

    assert_shows(
        found,
        """
        table      | rule                               | rows
        exclusions | delivered                          | 8
        exclusions | dropped_exact_repeat               | 1
        exclusions | dropped_impossible_start_date      | 1
        exclusions | dropped_no_exclusion_in_row        | 1
        exclusions | dropped_without_person             | 1
        exclusions | dropped_without_start_date         | 1
        exclusions | kept                               | 2
        exclusions | merged_same_day_and_kind           | 1
        exclusions | noted_permanent_without_start_date | 1
        exclusions | noted_start_date_out_of_year       | 2
        """,
    )
    assert_adds_up(found)


def test_every_row_of_every_key_stage_is_accounted_for():
    found = counted(
        delivered_key_stage_1="""
        pupil_reference | academic_year | reading_level | writing_level | maths_level
        AAA             | 2011/2012     | 2B            | 2B            | 3
        AAA             | 2012/2013     | 3             | 3             | 3
        BBB             | 2011/2012     | 3             |               | 3
        """,
        delivered_key_stage_2="""
        pupil_reference | academic_year | reading_mark | maths_mark
        AAA             | 2011/2012     | 30           | 40
        AAA             | 2011/2012     | 30           | 40
        BBB             | 2019/2020     | 30           | 40
        """,
        delivered_key_stage_2_exams="""
        pupil_reference | academic_year | subject | mark
        AAA             | 2011/2012     | 9982    | 40
        AAA             | 2011/2012     | 9982    | 44
        AAA             | 2011/2012     | 9984    | 30
        AAA             | 2011/2012     | 9983    | 50
        """,
        delivered_key_stage_5="pupil_reference | academic_year | a_level_points\nC | 2012/2013 | 9",
    )["attainment_repairs"]

    assert_shows(
        found.filter(pl.col("rule") != "delivered"),
        """
        table             | rule                      | rows
        key_stage_1       | dropped_without_result    | 1
        key_stage_1       | kept                      | 1
        key_stage_1       | merged_into_best          | 1
        key_stage_2       | dropped_exact_repeat      | 1
        key_stage_2       | dropped_year_without_tests | 1
        key_stage_2       | kept                      | 1
        key_stage_2_exams | dropped_without_result    | 1
        key_stage_2_exams | kept                      | 2
        key_stage_2_exams | merged_into_best          | 1
        key_stage_5       | dropped_without_person    | 1
        """,
    )
    assert_adds_up(found)


# Values of a column, from which rows are drawn so that repeats, ties and gaps are frequent.
DRAWN: dict[str, dict[str, list[Any]]] = {
    "delivered_school_census": {
        "pupil_reference": ["AAA", "AAB", "BBB", "CCC", None],
        "census": ["spring", "pru", "summer"],
        "file_year": [2012, 2020, None],
        "academic_year": ["2011/2012", None],
        "on_roll": ["0", "1"],
        "idaci_rank": [1, 99_999],
    },
    "delivered_absence": {
        "pupil_reference": ["AAA", "AAB", "BBB", "CCC", None],
        "file_year": [2012, 2013],
        "academic_year": ["2011/2012", "2019/2020", None],
        "school_number": ["1", "2"],
        "sessions_possible_autumn": [150, 0, None],
        "sessions_possible_summer": [160, None],
        "sessions_possible_five_half_terms": [310, 0, None],
        "sessions_possible_annual": [380, None],
    },
    "delivered_exclusions": {
        "pupil_reference": ["AAA", "AAB", "BBB", "CCC", None],
        "file_year": [2012, None],
        "category": ["PERM", "SUSP", None],
        "start_date": [date(2012, 1, 1), date(2012, 1, 2), date(1900, 1, 1), None],
        "sessions": [1.0, 2.0, None],
    },
    "delivered_key_stage_2": {
        "pupil_reference": ["AAA", "AAB", "BBB", "CCC", None],
        "academic_year": ["2011/2012", "2019/2020", None],
        "reading_mark": [30.0, None],
        "maths_mark": [40.0, None],
        "average_points": [27.0, None],
    },
    "delivered_key_stage_2_exams": {
        "pupil_reference": ["AAA", "AAB", "BBB", "CCC", None],
        "academic_year": ["2011/2012", "2019/2020", None],
        "subject": ["9982", "9983", None],
        "mark": [30.0, None],
    },
}


@pytest.mark.parametrize("seed", range(8))
def test_counts_of_any_rows_add_up(seed: int):
    """AAA and AAB are one person. A count below nothing would break the contract."""
    rng = np.random.default_rng(seed)
    rows = {
        name: table(
            name,
            pl.DataFrame(
                {
                    column: [values[k] for k in rng.integers(0, len(values), 120)]
                    for column, values in columns.items()
                }
            ),
        )
        for name, columns in DRAWN.items()
    }
    for repairs in counted(pupils=f"{PUPILS}\npupil | AAB | 1", **rows).values():
        assert repairs["rows"].sum() >= 240
        assert_adds_up(repairs)
