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
