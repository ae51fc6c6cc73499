"""One result a person and measure, from every key stage and through every change of measure."""

import pytest
from support.text_tables import assert_shows, only, run

from cws_outcomes.steps import STEPS

SCORES = "harmonise_stage_scores"
PUPILS = """
key_kind | key | person_id
pupil    | AAA | 1
pupil    | BBB | 2
pupil    | CCC | 3
"""


def attainment(**tables):
    """What both steps make of delivered results."""
    scores = {name: table for name, table in tables.items() if name in STEPS[SCORES].reads}
    made = run(SCORES, person_keys=PUPILS, **scores)
    basics = {name: table for name, table in tables.items() if name == "delivered_key_stage_4"}
    return only(run("harmonise_attainment", person_keys=PUPILS, **made, **basics))


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


@pytest.mark.parametrize(
    ("year", "column"),
    [
        ("2001/2002", "basics_2002"),
        ("2012/2013", "basics_2002"),
        ("2013/2014", "basics_2014"),
        ("2014/2015", "basics_2015"),
        ("2015/2016", "basics_2016"),
        ("2016/2017", "basics_2017"),
        ("2021/2022", "basics_2017"),
    ],
)
def test_each_year_has_one_measure_of_english_and_maths_and_no_other_stands_in(year, column):
    columns = [f"basics_{start}" for start in (2002, 2014, 2015, 2016, 2017)]
    for used in columns:
        row = " | ".join("1" if name == used else "" for name in columns)
        found = attainment(
            delivered_key_stage_4=f"pupil_reference | academic_year | {' | '.join(columns)}\n"
            f"AAA | {year} | {row}"
        )
        assert found.height == (used == column)


def test_grades_that_schools_gave_in_place_of_exams_are_marked():
    found = attainment(
        delivered_key_stage_4="""
        pupil_reference | academic_year | basics_2017
        AAA             | 2018/2019     | 1
        BBB             | 2019/2020     | 1
        CCC             | 2020/2021     | 1
        """
    )

    assert found["is_comparable"].to_list() == [True, False, False]


@pytest.mark.parametrize("year", ["2019/2020", "2020/2021"])
def test_years_without_tests_leave_no_row(year: str):
    found = attainment(
        delivered_key_stage_1=f"""
        pupil_reference | academic_year | reading_outcome | writing_outcome | maths_outcome
        AAA             | {year}        | EXS             | EXS             | GDS
        BBB             | {year}        | EXS             | EXS             | EXS
        """,
        delivered_key_stage_2=f"""
        pupil_reference | academic_year | reading_mark | maths_mark
        AAA             | {year}        | 30           | 40
        BBB             | {year}        | 40           | 60
        """,
        delivered_key_stage_2_exams=f"""
        pupil_reference | academic_year | subject | mark
        AAA             | {year}        | 9984    | 40
        AAA             | {year}        | 9982    | 40
        """,
    )

    assert found.is_empty()


def test_key_stage_1_levels_and_outcomes_are_each_ranked_within_their_year():
    """Points of levels, 9 for 1 to 27 for 4; outcomes in order. A blank or absence is no score."""
    found = attainment(
        delivered_key_stage_1="""
        pupil_reference | academic_year | reading_level | writing_level | maths_level
        AAA             | 2011/2012     | 1             | 1             | 1
        BBB             | 2011/2012     | 2B            | 2b            | 2B
        CCC             | 2011/2012     | 3             | A             | 3
        """
    )

    assert_shows(
        found,
        """
        person_id | measure     | result_date | value
        1         | key_stage_1 | 2012-08-31  | -0.707107
        2         | key_stage_1 | 2012-08-31  | 0.707107
        """,
    )


def test_a_child_with_two_profiles_of_the_early_years_has_the_better_one():
    scales = [f"scale_{number:02}" for number in range(1, 14)]

    def row(pupil: str, points: int, level: str) -> str:
        return " | ".join([pupil, "2011/2012", level, *[str(points)] * 13])

    lines = [f"pupil_reference | academic_year | good_level | {' | '.join(scales)}"]
    lines += [row("AAA", 4, "0"), row("AAA", 8, "1"), row("BBB", 6, "0"), row("CCC", 4, "")]
    found = attainment(delivered_early_years="\n".join(lines))

    assert_shows(
        found,
        """
        person_id | measure     | value
        1         | early_years | 1
        1         | good_level  | 1
        2         | early_years | 0
        2         | good_level  | 0
        3         | early_years | -1
        """,
    )


def test_exams_stand_in_where_the_pupil_file_is_silent():
    """
    A and B are in the pupil file, C only among the exams. Marks of exams are ranked among
    themselves. Of a test taken twice the better mark counts; science (9983) does not.
    """
    found = attainment(
        delivered_key_stage_2="""
        pupil_reference | reading_mark | maths_mark
        AAA             | 30           | 40
        BBB             | 40           | 60
        """,
        delivered_key_stage_2_exams="""
        pupil_reference | academic_year | subject | mark
        AAA             | 2011/2012     | 9984    | 50
        AAA             | 2011/2012     | 9982    | 100
        CCC             | 2011/2012     | 9984    | 10
        CCC             | 2011/2012     | 9984    | 20
        CCC             | 2011/2012     | 9982    | 40
        CCC             | 2011/2012     | 9983    | 99
        """,
    )

    values = dict(found.select("person_id", "value").iter_rows())
    assert values[1] < values[2]
    assert values[3] == pytest.approx(-0.707107)  # of two pupils with exam marks, C has the fewer


def test_levels_stand_in_for_points():
    """Levels 3 and 5 are 21 and 33 points: as an average of 27."""
    found = attainment(
        delivered_key_stage_2="""
        pupil_reference | reading_level | maths_level | average_points
        AAA             | 3             | 5           |
        BBB             |               |             | 33
        CCC             |               |             | 21
        """
    )

    assert found["value"].to_list() == [0, 1, -1]


def test_points_of_the_best_eight_and_of_a_levels_are_standardised():
    found = attainment(
        delivered_key_stage_4="""
        pupil_reference | academic_year | national_results | best_8_points
        AAA             | 2012/2013     | 0                | 400
        AAA             | 2012/2013     | 1                | 200
        BBB             | 2012/2013     | 1                | 300
        """,
        delivered_key_stage_5="""
        pupil_reference | academic_year | a_level_points
        AAA             | 2014/2015     | 600
        BBB             | 2014/2015     | 700
        BBB             | 2014/2015     | 800
        """,
    )

    assert_shows(
        found,
        """
        person_id | measure       | result_date | value
        1         | best_8_points | 2013-08-31  | -0.707107
        1         | key_stage_5   | 2015-08-31  | -0.707107
        2         | best_8_points | 2013-08-31  | 0.707107
        2         | key_stage_5   | 2015-08-31  | 0.707107
        """,
    )
