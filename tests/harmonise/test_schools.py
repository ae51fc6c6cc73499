"""One main census record a pupil and January; absence added up; exclusions once."""

import pytest
from support.text_tables import assert_show_same, assert_shows, only, run, table

PUPILS = """
key_kind | key | person_id
pupil    | AAA | 1
pupil    | BBB | 2
pupil    | CCC | 3
"""


def harmonised(step: str, **tables):
    return only(run(f"harmonise_{step}", person_keys=PUPILS, **tables))


def school_years(census: str):
    las = "raw_code | la_code\n301 | 301\n302 | 302\n303 | 302"
    tables = {"delivered_school_census": census, "local_authorities": las}
    return harmonised("school_years", **tables)


@pytest.mark.parametrize(
    ("chosen", "other"),
    [
        ("1 | S | 2011-09-01", "0 | C | 2012-01-01"),
        ("1 | C | 2011-09-01", "1 | M | 2012-01-01"),
        ("1 | M | 2011-09-01", "1 | S | 2012-01-01"),
        ("1 | S | 2011-09-01", "1 | G | 2012-01-01"),
        ("1 | C | 2012-01-01", "1 | C | 2011-09-01"),
        ("1 | C | 2011-09-01", "1 | C |           "),
        ("1 | C | 2011-09-01", "1 |   | 2012-01-01"),
    ],
    ids=[
        "on roll before not on roll", "single before main", "main before subsidiary",
        "subsidiary before guest", "latest entry", "an entry before none", "a status before none",
    ],
)  # fmt: skip
def test_the_main_record_of_a_census(chosen: str, other: str):
    rows = ["pupil_reference | file_year | school_urn | on_roll | enrolment_status | entry_date"]
    rows += [f"AAA | 2012 | elsewhere | {other}", f"AAA | 2012 | main | {chosen}"]

    for order in (rows, [rows[0], *reversed(rows[1:])]):
        assert school_years("\n".join(order))["school_urn"].to_list() == ["main"]


def test_a_census_is_held_on_the_third_thursday_of_january():
    census = "pupil_reference | file_year\nAAA | 2012\nAAA | 2013\nAAA | 2015\nAAA | 2016"

    assert_shows(
        school_years(census),
        "census_date\n2012-01-19\n2013-01-17\n2015-01-15\n2016-01-21",
    )


def test_codes_of_a_census_are_those_of_the_study():
    years = school_years(
        """
        pupil_reference | file_year | nc_year | sen_provision | fsm_eligible | home_la | idaci_rank
        AAA             | 2012      | R       | a             | y            | 303     | 1
        BBB             | 2012      | x       | E             | 0            | 999     | 32844
        CCC             | 2012      | 11      |               |              |         |
        """
    )

    assert_shows(
        years,
        """
        person_id | nc_year | sen_group | is_fsm_eligible | home_la_code | idaci_ridit
        1         | 0       | support   | true            | 302          | 0.999985
        2         |         | plan      | false           |              | 1.52235e-05
        3         | 11      |           |                 |              |
        """,
    )


def test_absence_is_added_up_over_schools_after_exact_repeats_are_dropped():
    head = (
        "pupil_reference | academic_year | school_number | sessions_possible_autumn "
        "| sessions_possible_spring | sessions_authorised_autumn | sessions_unauthorised_spring\n"
    )
    absence = harmonised(
        "absence_years",
        delivered_absence=head
        + """
        AAA | 2011/2012 | 10 | 100 | 80 | 5 | 1
        AAA | 2011/2012 | 10 | 100 | 80 | 5 | 1
        AAA | 2011/2012 | 20 | 50  |    | 2 |
        AAA | 2012/2013 | 20 | 90  | 70 |   |
        """,
    )

    assert_shows(
        absence,
        """
        person_id | academic_year | sessions_possible | sessions_missed
        1         | 2012          | 230               | 8
        1         | 2013          | 160               | 0
        """,
    )


def test_years_with_more_sessions_than_a_year_has_are_left_out():
    absence = harmonised(
        "absence_years",
        delivered_absence="""
        pupil_reference | school_number | sessions_possible_autumn
        AAA             | 10            | 420
        BBB             | 10            | 421
        CCC             | 10            | 0
        """,
    )

    assert absence["person_id"].to_list() == [1]


def test_an_exclusion_sent_by_two_schools_is_one_and_the_longest():
    exclusions = harmonised(
        "exclusions",
        delivered_exclusions="""
        pupil_reference | start_date | category | sessions | reason
        AAA             | 2012-03-01 | FIXD     | 2        | PP
        AAA             | 2012-03-01 | susp     | 4        | DB
        AAA             | 2012-03-01 | PERM     |          | DB
        AAA             | 2012-03-02 | LNCH     | 0.5      | DB
        AAA             |            | SUSP     | 1        | DB
        """,
    )

    assert_shows(
        exclusions,
        """
        person_id | start_date | category   | sessions
        1         | 2012-03-01 | permanent  |
        1         | 2012-03-01 | suspension | 4
        1         | 2012-03-02 | lunchtime  | 0.5
        """,
    )


@pytest.mark.parametrize("step", ["school_years", "absence_years", "exclusions", "stage_scores"])
def test_rows_delivered_twice_change_nothing(step: str):
    delivered = {
        "school_years": {
            "delivered_school_census": """
            pupil_reference | file_year | school_urn | enrolment_status | entry_date
            AAA             | 2012      | u1         | M                | 2011-09-01
            AAA             | 2012      | u2         | S                | 2011-10-01
            """,
        },
        "absence_years": {
            "delivered_absence": """
            pupil_reference | school_number | sessions_possible_autumn | sessions_authorised_autumn
            AAA             | 10            | 100                      | 5
            AAA             | 20            | 30                       | 1
            """,
        },
        "exclusions": {
            "delivered_exclusions": """
            pupil_reference | start_date | sessions
            AAA             | 2012-03-01 | 2
            AAA             | 2012-03-05 | 2
            """,
        },
        "stage_scores": {
            "delivered_key_stage_2": """
            pupil_reference | reading_mark | maths_mark
            AAA             | 30           | 40
            BBB             | 40           | 60
            """,
            "delivered_key_stage_4": """
            pupil_reference | academic_year | best_8_points
            AAA             | 2012/2013     | 300
            """,
        },
    }[step]  # fmt: skip
    once = {name: table(name, text) for name, text in delivered.items()}
    twice = {name: frame.vstack(frame.head(1)) for name, frame in once.items()}

    assert_show_same(harmonised(step, **twice), harmonised(step, **once))
