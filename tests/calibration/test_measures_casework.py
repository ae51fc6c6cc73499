"""Referrals, children in need and plans, on cases few enough to be counted by hand."""

import pytest
from support.measured import measured, residents, shares


def test_re_referrals_are_of_the_same_child_to_the_same_authority():
    """
    Of 2012/13: 1 comes back on the last day of twelve months, 2 a day later, 3 to another
    authority; 1 is back once more in the year after.
    """
    found = measured(
        "referrals_in_the_year",
        referrals="""
            person_id | la_code | referral_date | is_no_further_action | closure_reason
            1         | 301     | 2011-06-01    | false                | closed
            1         | 301     | 2012-06-01    | true                 | no_further_action
            1         | 301     | 2013-04-01    | false                |
            2         | 301     | 2011-06-01    | false                | closed
            2         | 301     | 2012-06-02    | false                | no_further_action
            3         | 301     | 2012-05-01    | false                | early_help
            3         | 302     | 2012-06-01    | false                |
        """,
    )
    assert shares(found, "F088") == {"in_2013": (1, 4), "later": (1, 1)}
    assert shares(found, "F089") == {"no_further_action": (1, 4), "not_in_need": (1, 4)}


def test_cases_in_need_by_how_long_they_have_been_open():
    """2 closed on the day; 3 was never in need; 4 opened on the day, 5 two years before it."""
    found = measured(
        "in_need_31_march",
        referrals="""
            person_id | referral_date | closure_date | closure_reason    | primary_need
            1         | 2015-12-31    |              |                   | abuse_or_neglect
            2         | 2015-12-31    | 2016-03-31   | closed            | abuse_or_neglect
            3         | 2016-03-01    | 2016-05-01   | no_further_action | abuse_or_neglect
            4         | 2016-03-31    | 2016-05-01   | early_help        | abuse_or_neglect
            5         | 2014-03-31    |              |                   | family_dysfunction
            6         | 2014-03-31    | 2014-04-01   | closed            |
            7         | 2014-04-01    | 2016-04-01   | closed            | abuse_or_neglect
        """,
    )
    assert shares(found, "F084") == {
        "under_3_months": (1, 4), "to_6_months": (1, 4), "to_1_year": (0, 4),
        "to_2_years": (1, 4), "over_2_years": (1, 4),
    }  # fmt: skip
    assert shares(found, "F091") == {"abuse_or_neglect": (0, 1), "family_dysfunction": (1, 1)}


def test_counts_are_as_if_the_delivery_were_england():
    found = measured(
        "need_counts",
        population=residents(),
        referrals="""
            person_id | referral_date
            1         | 2012-04-01
            1         | 2013-03-31
            2         | 2013-04-01
        """,
        social_care_counts="""
            la_code | return_year | looked_after | in_need | on_plan
            301     | 2013        | 0            | 1       | 0
            302     | 2013        | 0            | 2       | 0
            301     | 2014        | 0            | 9       | 0
        """,
    )
    assert found["F090", "referrals"].value == pytest.approx(2 * 11_510_000 / 1800)
    assert found["F090", "in_need"].value == pytest.approx(3 * 11_510_000 / 1800)


def test_second_plans_of_2013_are_raised_by_what_a_longer_look_back_adds():
    """
    One of two plans of 2012/13 is seen to be a second. Of the plans of later years two are
    second plans, but only one within the four and a half years that 2012/13 can look back on.
    """
    found = measured(
        "protection_plans",
        plans="""
            person_id | start_date | end_date
            1         | 2010-01-01 | 2010-06-01
            1         | 2012-04-01 | 2012-06-01
            2         | 2012-12-31 | 2013-04-01
            3         | 2009-01-01 | 2009-06-01
            3         | 2017-04-01 | 2017-06-01
            4         | 2015-01-01 | 2015-06-01
            4         | 2019-01-01 | 2019-06-01
            5         | 2012-12-30 | 2013-03-31
            6         | 2011-03-30 |
        """,
    )
    # 5 started in the year too: one of three, doubled.
    assert shares(found, "F087") == {"second_or_later_2013": (2, 3)}
    # 5 ended on the day.
    assert shares(found, "F086") == {
        "to_3_months": (1, 2), "to_6_months": (0, 2), "to_1_year": (0, 2), "to_2_years": (0, 2),
        "over_2_years": (1, 2),
    }  # fmt: skip
