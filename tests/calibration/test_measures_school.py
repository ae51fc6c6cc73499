"""Sections E and F on pupils few enough to be counted by hand."""

import pytest
from support.measured import measured, shares

# On 31 March 2019: 1 in care for a year and no day less, 2 for a day less, though on a plan too;
# 3 on a plan and in need, 4 in need; 5 ceased on that very day; 6 in short breaks.
CARE = """
    person_id | start_date | end_date   | la_code | is_respite
    1         | 2018-04-01 | 2020-04-01 | 301     | false
    2         | 2018-04-02 | 2020-04-01 | 301     | false
    5         | 2015-01-01 | 2019-03-31 | 301     | false
    6         | 2015-01-01 | 2020-04-01 | 301     | true
"""
PLANS = """
    person_id | start_date | end_date
    2         | 2018-01-01 | 2020-04-01
    3         | 2019-03-31 | 2019-04-01
"""
NEEDS = """
    person_id | state    | start_date | end_date
    3         | cin      | 2018-01-01 | 2020-04-01
    4         | cin      | 2018-01-01 | 2020-04-01
    6         | referral | 2018-01-01 | 2020-04-01
"""


def test_the_highest_state_at_the_end_of_the_day_holds():
    """Pupil 7 is on no census of the year, and so not in a state school."""
    found = measured(
        "attainment_by_state",
        care_periods=CARE,
        plan_spells=PLANS,
        need_spells_dfe=NEEDS,
        school_years="\n".join(
            ["person_id | census_date", *(f"{person} | 2019-01-17" for person in range(1, 7))]
        ),
        attainment="""
            person_id | measure      | result_date | value
            1         | attainment_8 | 2019-08-31  | 10
            2         | attainment_8 | 2019-08-31  | 20
            3         | attainment_8 | 2019-08-31  | 30
            4         | attainment_8 | 2019-08-31  | 40
            5         | attainment_8 | 2019-08-31  | 50
            6         | attainment_8 | 2019-08-31  | 60
            7         | attainment_8 | 2019-08-31  | 90
        """,
    )

    assert shares(found, "F094") == {
        "all": (210, 6),
        "cla12": (10, 1),
        "cpp": (30, 1),
        "cin": (40, 1),
    }
    assert found["F094", "all"].value == 35


def test_absence_is_of_all_six_half_terms_and_of_pupils_of_5_to_15():
    """
    1 missed 10 of 100, and 5 of 10: persistent. 2 missed 9 of 100, and nothing is known of the
    sixth half term. 3 was 16 when the year began.
    """
    found = measured(
        "absence_by_state",
        people="person_id | birth_cohort\n1 | 2012\n2 | 2002\n3 | 2001",
        care_periods=CARE,
        absence_years="""
            person_id | academic_year | sessions_possible | sessions_missed | sixth_possible | \
                sixth_missed | sessions_unauthorised | is_persistent
            1         | 2019          | 100 | 10 | 10 | 5 | 0 | true
            2         | 2019          | 100 | 9  |    |   | 0 | false
            3         | 2019          | 100 | 99 |    |   | 0 | true
            2         | 2018          | 100 | 99 |    |   | 0 | true
        """,
    )

    assert shares(found, "F101") == {"all": (24, 210), "cla12": (15, 110)}
    assert shares(found, "F102") == {"all": (1, 2), "cla12": (1, 1)}
    assert shares(found, "F103") == {"all": (0, 2), "cla12": (0, 1)}


def test_exclusions_of_a_year_count_over_pupils_on_the_roll_of_a_school_in_january():
    """
    1 has two suspensions in 2012/13, one over lunch, and one in the next year; 2 is excluded for
    good; 3 is in a unit, 4 on no roll, 5 has none. 6 was in Year 6 the year before, is excluded for
    good in October and on no roll in January: an exclusion of Year 7, but no pupil of it.
    """
    found = measured(
        "exclusions_of_year",
        "exclusions_repeated",
        school_years="""
            person_id | census_date | census | nc_year | is_on_roll | is_fsm_eligible | \
                sen_group | sen_type
            1         | 2013-01-17  | spring | 7       | true       | true  | support | \
                social_emotional
            2         | 2013-01-17  | spring | 7       | true       | false | none    |
            3         | 2013-01-17  | pru    | 7       | true       | true  | none    |
            4         | 2013-01-17  | spring | 7       | false      | true  | none    |
            5         | 2013-01-17  | spring | 12      | true       |       | none    |
            6         | 2012-01-17  | spring | 6       | true       | false | none    |
        """,
        exclusions="""
            person_id | start_date | category
            1         | 2012-09-03 | suspension
            1         | 2013-08-31 | lunchtime
            1         | 2013-09-01 | suspension
            2         | 2013-01-02 | permanent
            3         | 2013-01-02 | suspension
            4         | 2013-01-02 | suspension
            6         | 2012-10-02 | permanent
        """,
    )

    assert shares(found, "F116") == {"fixed": (2, 3), "pupils": (1, 3), "permanent": (2, 3)}
    assert shares(found, "F117") == {"year_7": (1, 2)}
    assert shares(found, "F118") == {"year_7": (2, 2)}
    assert shares(found, "F120") == {
        "free_meals": (1, 1), "no_free_meals": (0, 1), "support": (1, 1), "no_need": (0, 2)
    }  # fmt: skip
    assert shares(found, "F121") == {"social_emotional": (1, 1)}
    assert shares(found, "F122") == {"times_2": (1, 1)}


def test_a_gap_in_enrolment_is_a_january_on_no_roll_in_years_8_to_11():
    """
    Born 1999/00: Year 7 in January 2012, Years 8 to 11 in 2013 to 2016. 1 is on a roll in all four;
    2 misses one, in need before, on a plan later; 3 is not on the roll in one, in care only when
    Year 11 has ended; 4 was in other provision for one, which is a roll; 5 began in Year 8.
    """
    years = {
        1: "2012 2013 2014 2015 2016", 2: "2012 2013 2015 2016", 3: "2012 2013 2014 2015",
        4: "2012 2013 2014 2015", 5: "2013 2014",
    }  # fmt: skip
    rows = [
        f"{person} | {year}-01-15 | spring | true"
        for person, listed in years.items()
        for year in listed.split()
    ]
    rows += ["3 | 2016-01-15 | spring | false", "4 | 2016-01-15 | ap | true"]
    found = measured(
        "enrolment_gaps",
        people="person_id | birth_cohort\n" + "\n".join(f"{n} | 1999" for n in range(1, 6)),
        school_years="\n".join(["person_id | census_date | census | is_on_roll", *rows]),
        contact_states_dfe="""
            person_id | start_date | end_date   | state
            2         | 2009-01-01 | 2010-01-01 | cin
            2         | 2010-01-01 | 2015-01-01 | post
            2         | 2015-01-01 | 2016-01-01 | cpp
            3         | 2016-09-01 | 2017-01-01 | cla
            4         | 2016-08-31 | 2017-01-01 | cla
            1         | 2016-08-31 | 2017-01-01 | referral
        """,
    )

    assert shares(found, "F108") == {"none": (1, 2), "cpp": (1, 1), "cla": (0, 1)}


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        ("2010-08-31", (0, 1)),
        ("2010-09-01", (1, 1)),
        ("2015-08-31", (1, 1)),
        ("2015-09-01", (0, 1)),
    ],
)
def test_secondary_school_lasts_from_year_7_to_year_11(day: str, counts: tuple[int, int]):
    found = measured(
        "exclusions_of_school_life",
        people="person_id | birth_cohort\n1 | 1998",
        school_years="person_id | census_date | census\n1 | 2011-01-20 | spring",
        exclusions=f"person_id | start_date | category\n1 | {day} | permanent",
    )

    assert shares(found, "F126") == {"excluded": counts}
