"""One main census record, absence added up, exclusions once, one result a measure."""

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


def attainment(**tables):
    return harmonised("attainment", **tables)


@pytest.mark.parametrize(
    ("year", "reached"), [("2014/2015", 0), ("2015/2016", 1), ("2016/2017", 0), ("2018/2019", 0)]
)
def test_english_and_maths_is_read_from_the_measure_of_its_year(year: str, reached: int):
    """Only the measure of 2015/16 says yes here."""
    found = attainment(
        delivered_key_stage_4=f"""
        pupil_reference | academic_year | basics_2015 | basics_2016 | basics_2017
        AAA             | {year}        | 0           | 1           | 0
        """
    )

    assert_shows(
        found, f"measure | result_date | value\nenglish_maths | {year[5:]}-08-31 | {reached}"
    )


def test_of_several_results_those_in_national_results_then_the_best_then_the_earliest():
    found = attainment(
        delivered_key_stage_4="""
        pupil_reference | national_results | academic_year | basics_2017 | attainment_8
        AAA             | 0                | 2016/2017     | 1           | 60
        AAA             | 1                | 2017/2018     | 0           | 30
        BBB             | 1                | 2017/2018     | 0           | 20
        BBB             | 1                | 2018/2019     | 1           | 50
        CCC             | 1                | 2018/2019     | 1           | 55
        CCC             | 1                | 2017/2018     | 1           | 45
        """
    )

    assert_shows(
        found,
        """
        person_id | measure       | result_date | value
        1         | attainment_8  | 2018-08-31  | 30
        1         | english_maths | 2018-08-31  | 0
        2         | attainment_8  | 2019-08-31  | 50
        2         | english_maths | 2019-08-31  | 1
        3         | attainment_8  | 2018-08-31  | 45
        3         | english_maths | 2018-08-31  | 1
        """,
    )


def test_results_alike_but_for_the_points_give_the_best_points_in_any_order():
    head = "pupil_reference | basics_2017 | attainment_8\n"
    rows = ["AAA | 1 | 40", "AAA | 1 | 52", "AAA | 1 | ", "AAA | 1 | 47"]

    for order in (rows, rows[::-1]):
        found = attainment(delivered_key_stage_4=head + "\n".join(order))
        assert found.filter(measure="attainment_8")["value"].to_list() == [52]


def test_key_stage_2_is_standardised_within_the_year():
    """Marks 10, 20, 30: mean 20 and standard deviation 10. A year of one pupil has no spread."""
    found = attainment(
        delivered_key_stage_2="""
        pupil_reference | academic_year | reading_mark | maths_mark
        AAA             | 2011/2012     | 4            | 6
        BBB             | 2011/2012     | 10           | 10
        CCC             | 2011/2012     | 10           | 20
        CCC             | 2012/2013     | 9            | 9
        """
    )

    assert_shows(
        found,
        """
        person_id | measure     | result_date | value
        1         | key_stage_2 | 2012-08-31  | -1
        2         | key_stage_2 | 2012-08-31  | 0
        3         | key_stage_2 | 2012-08-31  | 1
        """,
    )


def test_points_of_pupils_without_marks_are_not_mixed_with_marks():
    """By points A < B < C. C sat no test: 30 points must not rank below 100 marks."""
    found = attainment(
        delivered_key_stage_2="""
        pupil_reference | reading_mark | maths_mark | average_points
        AAA             | 30           | 40         | 21
        BBB             | 40           | 60         | 27
        CCC             |              | 60         | 33
        """
    )

    values = found.sort("person_id")["value"].to_list()
    assert values == sorted(values)
    assert values[2] == pytest.approx(1.0)  # (33 - 27) / 6


@pytest.mark.parametrize("step", ["school_years", "absence_years", "exclusions", "attainment"])
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
        "attainment": {
            "delivered_key_stage_2": """
            pupil_reference | reading_mark | maths_mark
            AAA             | 30           | 40
            BBB             | 40           | 60
            """,
            "delivered_key_stage_4": """
            pupil_reference | basics_2017 | attainment_8
            AAA             | 1           | 50
            """,
        },
    }[step]  # fmt: skip
    once = {name: table(name, text) for name, text in delivered.items()}
    twice = {name: frame.vstack(frame.head(1)) for name, frame in once.items()}

    assert_show_same(harmonised(step, **twice), harmonised(step, **once))
