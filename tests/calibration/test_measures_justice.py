"""Offending of children in care, on children few enough to be counted by hand."""

import pytest
from support.measured import measured, residents, shares


def test_disposals_of_the_year_of_children_looked_after_for_twelve_months():
    """
    On 31 March 2013, 1 and 2 count. 3 started a day too late, 4 is nine, 5 on short breaks. 1's
    disposal falls in the year, 2's on the last day of the year before.
    """
    found = measured(
        "offending_in_care",
        people="""
            person_id | birth_date
            1         | 1998-01-15
            2         | 2003-03-15
            3         | 1998-01-15
            4         | 2003-04-15
            5         | 1998-01-15
        """,
        care_periods="""
            person_id | start_date | end_date   | is_open | is_respite
            1         | 2012-03-31 | 2013-04-01 | false   | false
            2         | 2010-01-01 | 2014-01-01 | true    | false
            3         | 2012-04-01 | 2014-01-01 | false   | false
            4         | 2010-01-01 | 2014-01-01 | false   | false
            5         | 2010-01-01 | 2014-01-01 | false   | true
        """,
        offences="""
            person_id | offence_no | offence_date | disposal_date | is_proven
            1         | 1          | 2011-01-01   | 2013-03-31    | true
            1         | 2          | 2011-01-01   | 2013-03-31    | true
            2         | 1          | 2012-03-01   | 2012-03-31    | true
            2         | 2          | 2012-03-01   | 2012-06-01    | false
            3         | 1          | 2012-03-01   | 2012-06-01    | true
        """,
    )
    # Open at the end of coverage: 2 is looked after on 31 March 2015 too.
    assert shares(found, "F178") == {"in_2013": (1, 2), "in_2015": (0, 1)}


def test_care_experience_and_offences_before_18():
    """2's offence is of the 18th birthday; 3's care a short break; 4 was on no census at 10."""
    found = measured(
        "care_and_justice",
        people="""
            person_id | birth_date
            1         | 1996-01-15
            2         | 1999-12-15
            3         | 1997-06-15
            4         | 1997-06-15
            5         | 1995-12-15
        """,
        school_years="""
            person_id | census_date
            1         | 2006-01-19
            2         | 2010-01-21
            3         | 2008-01-17
            4         | 2007-01-18
            5         | 2006-01-19
        """,
        care_episodes="""
            person_id | start_date | is_respite
            1         | 2010-01-01 | false
            2         | 2010-01-01 | false
            3         | 2010-01-01 | true
        """,
        offences="""
            person_id | offence_no | offence_date | is_custody
            1         | 1          | 2014-01-14   | true
            2         | 1          | 2017-12-15   | false
            3         | 1          | 2010-01-01   | false
            4         | 1          | 2010-01-01   | true
        """,
    )
    assert shares(found, "F165") == {"care_experienced": (1, 2), "others": (1, 1)}
    assert shares(found, "F166") == {
        "of_offenders": (1, 2), "of_those_in_custody": (1, 1), "of_all": (2, 3),
    }  # fmt: skip


def test_children_cautioned_or_sentenced_and_first_time_entrants():
    """
    1 for the first time, 2 not; 3 turned 18 before, 4 before the year. Of four persons recorded
    as born in 2004 two are linked, so that 1 stands for two; all born in 2003 are.
    """
    found = measured(
        "youth_justice_counts",
        population=residents(),
        people="""
            person_id | birth_date
            1         | 2004-01-15
            2         | 2003-01-15
            3         | 2000-06-15
            4         | 2003-06-15
        """,
        offences="""
            person_id | offence_no | offence_date | disposal_date
            1         | 1          | 2018-01-01   | 2018-04-01
            1         | 2          | 2018-05-01   | 2018-07-01
            2         | 1          | 2016-01-01   | 2016-02-01
            2         | 2          | 2018-01-01   | 2019-03-31
            3         | 1          | 2018-01-01   | 2018-07-01
            4         | 1          | 2018-01-01   | 2018-03-31
        """,
        linkage_by_group="""
            grouped_by          | level | moj_ids | moj_ids_linked
            recorded_birth_year | 2003  | 5       | 5
            recorded_birth_year | 2004  | 4       | 2
            all                 | all   | 9       | 7
        """,
    )
    england_and_wales = 11_950_000 * 1.055 / 1800
    assert found["F181", "cautioned_or_sentenced"].value == pytest.approx(3 * england_and_wales)
    assert found["F181", "first_time"].value == pytest.approx(2 * england_and_wales)
