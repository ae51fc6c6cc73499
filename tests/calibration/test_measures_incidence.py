"""Cumulative incidence before 18, on children few enough to be counted by hand."""

import polars as pl
import pytest
from support.measured import measured, residents, shares

# 100 residents of each age in each year. All born in 2012/13.
YOUNG = """
    person_id | birth_date | ethnic_group
    1         | 2012-05-15 | white
    2         | 2012-05-15 | white
    3         | 2013-03-15 | white
    4         | 2013-03-15 | white
    5         | 2013-04-15 | white
"""
# 1 is referred before birth, 2 on the day before the fifth birthday and again later, 3 on it; 4
# is never in need; 5 was born too late.
REFERRALS = """
    person_id | referral_date | is_no_further_action | closure_reason
    1         | 2012-03-01    | false                |
    2         | 2017-05-14    | false                | closed
    2         | 2018-01-01    | false                | closed
    3         | 2018-03-15    | false                | early_help
    4         | 2014-01-01    | true                 | no_further_action
    4         | 2015-01-01    | false                | no_further_action
    5         | 2014-01-01    | false                |
"""


def test_in_need_before_the_fifth_birthday():
    found = measured(
        "incidence_before_18", population=residents(), people=YOUNG, referrals=REFERRALS
    )
    assert found["F053", "in_need"].value == pytest.approx(2.0)


def test_first_looked_after_before_the_first_birthday():
    """1 and 2 of 300 residents; 3 on a short break, 4 a year old, 5 of another year."""
    found = measured(
        "incidence_before_18",
        population=residents(),
        people="""
            person_id | birth_date | ethnic_group
            1         | 2009-01-15 | white
            2         | 2011-12-15 |
            3         | 2010-06-15 | white
            4         | 2010-06-15 | white
            5         | 2012-01-15 | white
        """,
        care_periods="""
            person_id | start_date | end_date   | is_respite
            1         | 2009-01-10 | 2010-01-01 | false
            2         | 2012-12-14 | 2013-01-01 | false
            3         | 2010-07-01 | 2010-07-03 | true
            4         | 2011-06-15 | 2012-01-01 | false
            5         | 2012-02-01 | 2013-01-01 | false
        """,
    )
    assert found["F060", "born_2009_2011"].value == pytest.approx(100 * 2 / 300)
    assert found["F060", "born_2009_2011"].denominator == 300


def test_children_known_before_care_returns_begin_are_taken_off():
    """
    Four of the births of 2005/06 are looked after before 5: 4 %. One of the four comes back in
    2015, so a quarter of those known are first seen again in the sixth year after a cut. Of the
    births of 2000 three are seen from 5 on. On 1 April 2005 these were 4.75 years old on average,
    by when 4 % times 4.75 / 5 were known; a quarter of them are among the three.
    """
    born_2005 = "\n".join(f"{child} | 2005-06-15 | white" for child in range(1, 5))
    born_2000 = "\n".join(f"{child} | 2000-06-15 | white" for child in range(11, 14))
    entered = "\n".join(f"{child} | 2007-01-01 | 2008-01-01" for child in range(1, 5))
    seen = "\n".join(f"{child} | 2011-01-01 | 2012-01-01" for child in range(11, 14))
    found = measured(
        "incidence_before_18",
        population=residents(),
        people=f"person_id | birth_date | ethnic_group\n{born_2005}\n{born_2000}",
        # 11 was looked after before the returns begin, and open then: it does not count.
        care_periods=f"""
            person_id | start_date | end_date
            {entered}
            4         | 2015-06-01 | 2016-01-01
            {seen}
            11        | 2003-01-01 | 2006-01-01
        """,
    )
    taken_off = 0.25 * 4 * 4.75 / 5
    assert found["F055", "born_2000"].value == pytest.approx(4 + 3 - taken_off, abs=0.01)


def test_stitched_ages_add_up_over_three_births():
    """One of 100 at 0 to 5, one at 6 to 12, one at 13 to 17, none of them known before."""
    found = measured(
        "incidence_before_18",
        population=residents(),
        people="""
            person_id | birth_date | ethnic_group
            1         | 2012-06-15 | white
            2         | 2005-06-15 | white
            3         | 2000-06-15 | white
            4         | 2000-06-15 | white
        """,
        referrals="""
            person_id | referral_date
            1         | 2018-06-14
            2         | 2011-06-15
            3         | 2013-06-15
            4         | 2012-06-15
        """,
    )
    assert found["F052", "referred"].value == pytest.approx(3.0)
    assert found["F052", "in_need"].value == pytest.approx(3.0)
    assert found["F052", "plan"].value == pytest.approx(0.0)


def test_groups_are_over_residents_of_the_group():
    both = pl.concat([residents(1000), residents(100, "black")])
    found = measured(
        "incidence_before_18",
        population=both,
        people="""
            person_id | birth_date | ethnic_group
            1         | 2006-06-15 | black
            2         | 2006-06-15 | white
            3         | 2006-06-15 |
        """,
        care_periods="""
            person_id | start_date | end_date
            1         | 2008-01-01 | 2009-01-01
            2         | 2008-01-01 | 2009-01-01
            3         | 2008-01-01 | 2009-01-01
        """,
    )
    # Births of three years: 300 and 3,000 residents of an age.
    assert found["F059", "black"].value == pytest.approx(100 / 300)
    assert found["F059", "white"].value == pytest.approx(100 / 3000)


def test_without_residents_nothing_is_measured():
    assert shares(measured("incidence_before_18", people=YOUNG, referrals=REFERRALS), "F052") == {}
