"""Starts, stock, placements, exits and re-entry, on children few enough to be counted by hand."""

import pytest
from support.measured import measured, residents, shares

PEOPLE = """
    person_id | birth_date | ethnic_group
    1         | 2012-06-15 | white
    2         | 2000-06-15 | black
    3         | 1997-03-15 | white
    4         | 2003-06-15 | white
    5         | 2003-06-15 | asian
"""


def test_starts_are_children_and_the_first_of_the_year():
    """1 starts twice in 2012/13, 2 once; 3 started the day before, 4 on a short break."""
    found = measured(
        "care_starts",
        population=residents(),
        people=PEOPLE,
        care_periods="""
            person_id | start_date | end_date   | is_respite
            1         | 2012-07-01 | 2012-08-01 | false
            1         | 2013-01-01 | 2013-02-01 | false
            2         | 2013-03-31 | 2013-06-01 | false
            3         | 2012-03-31 | 2013-06-01 | false
            4         | 2012-07-01 | 2012-07-03 | true
            5         | 2014-04-01 | 2014-05-01 | false
        """,
        care_episodes="""
            person_id | start_date | need             | legal_status
            1         | 2012-07-01 | abuse_or_neglect | interim_care_order
            1         | 2013-01-01 | acute_stress     | voluntary
            2         | 2013-03-31 | absent_parenting | remand
            3         | 2012-03-31 | acute_stress     | voluntary
            5         | 2014-04-01 | acute_stress     | voluntary
        """,
    )
    assert shares(found, "F068")["under_1"] == (1, 2)
    assert shares(found, "F068")["age_10_to_15"] == (1, 2)
    assert shares(found, "F068")["age_16_or_more"] == (0, 2)
    assert shares(found, "F070")["abuse_or_neglect"] == (1, 2)
    assert shares(found, "F070")["acute_stress"] == (0, 2)
    assert shares(found, "F071")["interim_care_order"] == (1, 2)
    assert shares(found, "F071")["remand"] == (1, 2)
    # 1,800 residents under 18 stand for the 11.51 million of mid-2013, the 11.68 of mid-2015.
    assert found["F067", "started_2013"].value == pytest.approx(2 * 11_510_000 / 1800)
    assert found["F067", "started_2015"].value == pytest.approx(11_680_000 / 1800)


def test_the_stock_is_open_at_the_end_of_31_march():
    """1 leaves on the day, 2 starts on it, 3 is on a short break, 4 left on 1 April 2014."""
    found = measured(
        "looked_after_31_march",
        population=residents(),
        people=PEOPLE,
        care_episodes="""
            person_id | start_date | end_date   | is_respite | placement   | placement_code
            1         | 2014-01-01 | 2015-03-31 | false      | foster      | U6
            2         | 2015-03-31 |            | false      | independent | H5
            3         | 2015-01-01 |            | true       | foster      | U6
            4         | 2013-01-01 | 2014-04-01 | false      | foster      | U6
            5         | 2013-01-01 | 2015-01-01 | false      | adoption    | A5
            5         | 2015-01-01 | 2015-06-01 | false      | kinship     | U1
        """,
    )
    assert found["F072", "on_31_march"].numerator == 2
    assert found["F072", "in_the_year"].numerator == 4
    assert shares(found, "F073") == {
        "foster": (1, 2), "homes": (1, 2), "for_adoption": (0, 2), "with_parents": (0, 2),
    }  # fmt: skip
    assert shares(found, "F074")["black"] == (1, 2)


def test_placements_of_the_year_count_for_those_still_looked_after():
    """On 31 March 2016: 1 had three in the year, 2 three, the first of which ended before it."""
    found = measured(
        "placement_stability",
        people=PEOPLE,
        care_episodes="""
            person_id | start_date | end_date
            1         | 2015-01-01 | 2016-04-01
            2         | 2015-01-01 | 2016-04-01
            3         | 2015-05-01 | 2016-03-01
        """,
        placements="""
            person_id | start_date | end_date
            1         | 2015-01-01 | 2015-04-02
            1         | 2015-04-02 | 2015-06-01
            1         | 2015-06-01 | 2016-04-01
            2         | 2015-01-01 | 2015-04-01
            2         | 2015-04-01 | 2015-06-01
            2         | 2015-06-01 | 2016-04-01
            3         | 2015-05-01 | 2015-06-01
            3         | 2015-06-01 | 2015-07-01
            3         | 2015-07-01 | 2016-03-01
        """,
    )
    assert shares(found, "F076") == {"three_or_more": (1, 2)}


def test_exits_are_children_and_the_last_of_the_year():
    found = measured(
        "care_exits",
        care_periods="""
            person_id | start_date | end_date   | reason_ceased | is_open | is_respite
            1         | 2014-01-01 | 2014-04-01 | home          | false   | false
            1         | 2014-06-01 | 2015-03-31 | adopted       | false   | false
            2         | 2014-01-01 | 2014-06-01 | guardianship  | false   | false
            3         | 2014-01-01 | 2014-06-01 |               | false   | false
            4         | 2014-01-01 | 2015-04-01 | home          | false   | false
            5         | 2014-01-01 | 2015-01-01 | home          | false   | true
        """,
    )
    assert shares(found, "F075")["adopted"] == (1, 3)
    assert shares(found, "F075")["guardianship"] == (1, 3)
    assert shares(found, "F075")["home"] == (0, 3)


def test_re_entry_is_within_a_year_of_the_first_exit():
    """1 is back after 365 days, 2 a day later; 3 is 16, 4 adopted; 5 is back on a short break."""
    found = measured(
        "care_re_entry",
        people="""
            person_id | birth_date
            1         | 2000-06-15
            2         | 2000-06-15
            3         | 1996-01-01
            4         | 2010-01-01
            5         | 2000-06-15
        """,
        care_periods="""
            person_id | start_date | end_date   | reason_ceased | is_respite
            1         | 2011-01-01 | 2012-12-31 | home          | false
            1         | 2013-12-30 | 2014-06-01 | home          | false
            2         | 2011-01-01 | 2012-01-01 | home          | false
            2         | 2013-01-01 | 2014-06-01 | home          | false
            3         | 2011-01-01 | 2012-06-01 | home          | false
            4         | 2011-01-01 | 2012-06-01 | adopted       | false
            5         | 2011-01-01 | 2012-06-01 | home          | false
            5         | 2012-07-01 | 2012-07-03 |               | true
        """,
    )
    assert shares(found, "F082") == {"exits_2012": (1, 3)}


def test_ethnic_groups_of_children_whose_group_is_known():
    found = measured(
        "ethnicity_of_care",
        population=residents(),
        people="""
            person_id | birth_date | ethnic_group
            1         | 2012-06-15 | white
            2         | 2012-06-15 | black
            3         | 2012-06-15 |
            4         | 2018-06-15 | asian
        """,
        care_episodes="""
            person_id | start_date | end_date
            1         | 2018-01-01 |
            2         | 2018-01-01 | 2020-04-01
            3         | 2018-01-01 |
            4         | 2018-07-01 | 2020-03-31
        """,
        care_periods="""
            person_id | start_date | end_date   | reason_ceased
            4         | 2018-07-01 | 2020-03-31 | adopted
        """,
    )
    assert shares(found, "F184") == {
        "looked_after_white": (1, 2), "looked_after_black": (1, 2), "looked_after_asian": (0, 2),
        "adopted_white": (0, 1), "adopted_black": (0, 1), "adopted_asian": (1, 1),
        "residents_white": (1800, 1800), "residents_black": (0, 1800),
        "residents_asian": (0, 1800),
    }  # fmt: skip
