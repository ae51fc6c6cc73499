"""Sections A and B on pupils few enough to be counted by hand."""

from typing import Any

import pytest
from support.measured import measured, shares

# Born in academic year 2000: key stage 2 ends in 2012, key stage 4 in 2017, Year 13 in August 2019.
PEOPLE = """
    person_id | birth_date | birth_cohort | sex    | ethnic_group
    1         | 2001-03-15 | 2000         | male   | white
    2         | 2001-03-15 | 2000         | female | white
    3         | 2001-03-15 | 2000         | male   | black
    4         | 2001-03-15 | 2000         | female |
    5         | 2001-03-15 | 2000         | male   | white
    6         | 2003-03-15 | 2002         | male   | white
"""
# 5 was on no census at the end of key stage 2; 6 is too young.
CENSUSES = """
    person_id | census_date | is_fsm_eligible | sen_group | sen_type
    1         | 2011-01-20  | true            | support   |
    1         | 2017-01-19  | false           | plan      | social_emotional
    2         | 2012-01-19  | false           | support   |
    2         | 2017-01-19  | false           | none      |
    3         | 2013-01-17  | false           | none      |
    3         | 2018-01-18  | true            | none      |
    4         | 2012-01-19  |                 | none      |
    4         | 2017-01-19  |                 | none      |
    5         | 2014-01-16  | true            | none      |
    5         | 2017-01-19  | true            | none      |
    6         | 2014-01-16  | true            | none      |
    6         | 2019-01-17  | true            | none      |
"""
RESULTS = """
    person_id | measure       | result_date | value
    1         | english_maths | 2017-08-31  | 0
    2         | english_maths | 2017-08-31  | 1
    3         | english_maths | 2018-08-31  | 1
    4         | english_maths | 2017-08-31  | 1
    5         | english_maths | 2017-08-31  | 1
    6         | english_maths | 2019-08-31  | 1
"""
OFFENCES = """
    person_id | offence_no | offence_date | offence_group               | is_before_age_10
    1         | 1          | 2011-01-01   | robbery                     | true
    1         | 2          | 2014-03-14   | theft                       | false
    1         | 3          | 2016-06-01   | robbery                     | false
    2         | 2          | 2019-08-31   | summary_motoring            | false
    3         | 1          | 2019-09-01   | robbery                     | false
    5         | 1          | 2015-01-01   | robbery                     | false
"""
# Of 300 possible sessions.
ABSENCE = """
    person_id | academic_year | sessions_missed | sessions_unauthorised | is_persistent
    1         | 2015          | 29              | 0                     | false
    1         | 2016          | 40              | 30                    | true
    2         | 2018          | 200             | 200                   | true
    3         | 2017          | 60              | 29                    | true
"""
TERMS = """
    pupil_reference | academic_year | sessions_possible_autumn | sessions_authorised_autumn | \
        sessions_possible_spring | sessions_unauthorised_spring | \
        sessions_possible_summer | sessions_authorised_summer
    BBB             | 2015/2016     | 100 | 9 | 100 | 9 | 100 | 22
    BBB             | 2014/2015     | 100 | 29 | 100 | 0 | 100 | 0
"""
EXCLUSIONS = """
    person_id | start_date | category
    1         | 2016-06-20 | suspension
    1         | 2016-07-20 | permanent
    2         | 2014-06-20 | lunchtime
    3         | 2017-09-01 | suspension
"""
STATES = """
    person_id | start_date | end_date   | state
    1         | 2013-01-01 | 2013-03-15 | cin
    1         | 2013-03-15 | 2013-03-16 | post
    2         | 2012-01-01 | 2013-03-16 | cpp
    3         | 2014-01-01 | 2015-01-01 | referral
    4         | 2017-09-01 | 2018-01-01 | cin
"""
EPISODES = """
    person_id | start_date | end_date   | is_respite | is_remand
    1         | 2006-01-01 | 2007-03-15 | false      | false
    2         | 2016-01-01 |            | true       | false
    3         | 2016-01-01 |            | false      | true
"""


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], Any]:
    return measured(
        "characteristics",
        "offending",
        "offending_by_characteristic",
        "order_of_events",
        people=PEOPLE,
        school_years=CENSUSES,
        attainment=RESULTS,
        offences=OFFENCES,
        absence_years=ABSENCE,
        delivered_absence=TERMS,
        exclusions=EXCLUSIONS,
        contact_states_dfe=STATES,
        care_episodes=EPISODES,
        person_keys="""
            key_kind | key | person_id
            pupil    | AAA | 3
            pupil    | BBB | 1
        """,
        delivered_school_census="""
            census | pupil_reference | academic_year
            ap     | AAA             | 2015/2016
        """,
    )


def test_the_cohorts_are_on_a_census_at_both_ends_within_a_year(found):
    """1 to 4; 1 a year early and 3 a year late. Ages: the day before a birthday is a year less."""
    assert shares(found, "F002") == {"any_offence": (2, 4)}
    assert shares(found, "F003") == {"serious_violence": (1, 4)}
    assert found["F002", "any_offence"].value == 50
    assert shares(found, "F028") == {"age_12": (1, 2), "age_18": (1, 2)}
    assert shares(found, "F029") == {"age_15": (1, 1)}


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ("F006", {"all": (2, 4), "any_offence": (1, 2), "serious_violence": (1, 1)}),
        ("F007", {"white": (2, 3), "black": (1, 3), "mixed": (0, 3), "asian": (0, 3),
                  "other": (0, 3)}),
        ("F010", {"all": (1, 4), "any_offence": (1, 2)}),
        ("F012", {"all": (1, 4), "any_offence": (1, 2)}),
        ("F013", {"all_plan": (1, 4), "any_offence_plan": (1, 2), "all_none": (2, 4),
                  "any_offence_none": (0, 2)}),
        ("F014", {"plan": (1, 1), "support": (0, 1), "none": (0, 1)}),
        ("F015", {"all": (2, 4), "any_offence": (1, 2)}),
        ("F016", {"all": (1, 4), "any_offence": (1, 2), "serious_violence": (1, 1)}),
        ("F017", {"all": (1, 4), "any_offence": (1, 2)}),
        ("F018", {"all": (1, 4), "any_offence": (1, 2)}),
        ("F020", {"all": (1, 4), "any_offence": (0, 2), "serious_violence": (0, 1)}),
    ],
)  # fmt: skip
def test_school_is_what_was_seen_by_the_end_of_stage_4(found, figure, expected):
    assert shares(found, figure) == expected


def test_contact_is_seen_in_its_windows_only(found):
    """
    In need from the 12th birthday, 15 March 2013: 2's plan ends the day after, 1's need on the
    day; 4's begins when stage 4 has ended. Care from the 6th, 15 March 2007: 3's remand is care,
    2's short breaks are not.
    """
    assert shares(found, "F021") == {"all": (1, 4), "any_offence": (1, 2)}
    assert shares(found, "F023") == {"all": (1, 4), "any_offence": (0, 2)}
    assert shares(found, "F032") == {"in_need": (1, 1), "not_in_need": (1, 3)}


def test_events_are_ordered_by_school_term(found):
    """
    1's robbery is of June 2016. Of the persistent year a tenth of a term was missed in summer
    first; no term says when it was without leave, so spring. The plan is after.
    """
    assert shares(found, "F044") == {"before": (0, 1), "same_term": (1, 1), "after": (0, 1)}
    assert shares(found, "F045") == {"before": (1, 1), "same_term": (0, 1), "after": (0, 1)}
    assert shares(found, "F047") == {
        "need_before": (1, 1), "need_same_term": (0, 1), "need_after": (0, 1),
        "plan_before": (0, 1), "plan_same_term": (0, 1), "plan_after": (1, 1),
        "social_emotional_before": (0, 1), "social_emotional_same_term": (0, 1),
        "social_emotional_after": (1, 1),
    }  # fmt: skip


def test_an_offence_that_was_not_proven_is_none():
    offences = OFFENCES.replace("is_before_age_10", "is_before_age_10 | is_proven")
    offences = offences.replace("false\n", "false | false\n").replace("true\n", "true | false\n")

    found = measured(
        "offending", people=PEOPLE, school_years=CENSUSES, attainment=RESULTS, offences=offences
    )

    assert shares(found, "F002") == {"any_offence": (0, 4)}


def test_nobody_is_no_row():
    assert measured("offending", "characteristics", "order_of_events") == {}
