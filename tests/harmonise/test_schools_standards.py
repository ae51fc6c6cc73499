"""Who reached a standard: the expected one at Key Stage 2, five passes at Key Stage 4."""

import pytest
from support.text_tables import assert_shows, only, run

PUPILS = """
key_kind | key | person_id
pupil    | AAA | 1
pupil    | BBB | 2
pupil    | CCC | 3
"""


def standards(**tables):
    """What the step makes of delivered results."""
    return only(run("harmonise_standards", person_keys=PUPILS, **tables))


def test_level_4_was_expected_and_a_code_without_a_level_is_not_reached():
    """A sat both, B was absent from mathematics and works below the reading test, C is blank."""
    found = standards(
        delivered_key_stage_2="""
        pupil_reference | academic_year | reading_level | maths_level | english_level
        AAA             | 2012/2013     | 4             | 3           | 5
        BBB             | 2012/2013     | n             | A           |
        CCC             | 2012/2013     |               | 6           |
        """
    )

    assert_shows(
        found,
        """
        person_id | measure          | was_reached
        1         | english_expected | true
        1         | maths_expected   | false
        1         | reading_expected | true
        2         | english_expected | false
        2         | maths_expected   | false
        2         | reading_expected | false
        3         | maths_expected   | true
        """,
    )


def test_all_three_subjects_are_needed_and_must_be_known():
    found = standards(
        delivered_key_stage_2="""
        pupil_reference | academic_year | reading_expected | writing_expected | maths_expected
        AAA             | 2018/2019     | 1                | 1                | 1
        BBB             | 2018/2019     | 1                | 0                | 1
        CCC             | 2018/2019     | 1                |                  | 1
        """
    )

    assert_shows(
        found.filter(measure="key_stage_2_expected"),
        """
        person_id | year_ending | was_reached
        1         | 2019        | true
        2         | 2019        | false
        """,
    )


@pytest.mark.parametrize("year", ["2019/2020", "2020/2021"])
def test_years_without_tests_say_nothing(year: str):
    found = standards(
        delivered_key_stage_2=f"""
        pupil_reference | academic_year | reading_level | reading_expected
        AAA             | {year}        | 4             | 1
        """
    )

    assert found.is_empty()


@pytest.mark.parametrize(
    ("year", "column"),
    [
        ("2012/2013", "basics_2002"),
        ("2013/2014", "basics_2014"),
        ("2014/2015", "level_2_2015"),
        ("2015/2016", "level_2_2015"),
        ("2016/2017", "level_2_2017"),
        ("2018/2019", "level_2_2017"),
    ],
)
def test_five_good_passes_are_read_by_the_rules_of_the_year_and_no_other(year: str, column: str):
    columns = ["basics_2002", "basics_2014", "level_2_2015", "level_2_2017"]
    for used in columns:
        row = " | ".join("1" if name == used else "" for name in columns)
        found = standards(
            delivered_key_stage_4=f"pupil_reference | academic_year | {' | '.join(columns)}\n"
            f"AAA | {year} | {row}"
        )
        assert found.height == (used == column)


@pytest.mark.parametrize(
    ("year", "own", "stand_in"),
    [("2014/2015", "basics_2015", "level_2_2015"), ("2016/2017", "basics_2017", "level_2_2017")],
)
def test_five_good_passes_stand_in_for_english_and_maths_where_nothing_else_is(year, own, stand_in):
    found = only(
        run(
            "harmonise_attainment",
            person_keys=PUPILS,
            delivered_key_stage_4=f"""
            pupil_reference | academic_year | {own} | {stand_in}
            AAA             | {year}        | 1     | 0
            BBB             | {year}        |       | 0
            """,
        )
    )

    assert_shows(
        found,
        """
        person_id | measure       | value
        1         | english_maths | 1
        2         | english_maths | 0
        """,
    )


def test_of_several_results_those_in_national_results_then_a_pass_then_the_earliest():
    found = standards(
        delivered_key_stage_4="""
        pupil_reference | national_results | academic_year | level_1 | any_pass
        AAA             | 0                | 2014/2015     | 1       | 1
        AAA             | 1                | 2015/2016     | 0       | 1
        BBB             | 1                | 2014/2015     | 0       | 1
        BBB             | 1                | 2015/2016     | 1       | 1
        """
    )

    assert_shows(
        found,
        """
        person_id | measure               | year_ending | was_reached
        1         | any_pass              | 2016        | true
        1         | level_1_english_maths | 2016        | false
        2         | any_pass              | 2015        | true
        2         | level_1_english_maths | 2016        | true
        """,
    )


def test_standards_stand_among_attainment_as_1_and_0():
    reached = """
    person_id | measure               | year_ending | was_reached
    1         | key_stage_2_expected  | 2019        | true
    2         | level_2_english_maths | 2020        | false
    """
    found = only(run("harmonise_attainment", person_keys=PUPILS, standards_reached=reached))

    assert_shows(
        found,
        """
        person_id | measure               | result_date | value | is_comparable
        1         | key_stage_2_expected  | 2019-08-31  | 1     | true
        2         | level_2_english_maths | 2020-08-31  | 0     | false
        """,
    )
