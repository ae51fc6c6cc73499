"""Absence added up once, exclusions counted once, both whatever shape they are delivered in."""

import pytest
from support.text_tables import assert_shows, only, run

PUPILS = """
key_kind | key | person_id
pupil    | AAA | 1
pupil    | BBB | 2
pupil    | CCC | 3
"""


def harmonised(step: str, **tables):
    return only(run(f"harmonise_{step}", person_keys=PUPILS, **tables))


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
        person_id | academic_year | sessions_possible | sessions_missed | sessions_unauthorised
        1         | 2012          | 230               | 8               | 1
        1         | 2013          | 160               | 0               | 0
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


def test_sessions_given_in_several_measures_are_not_added_twice():
    """A: three terms make the five half terms. B: one figure. C: a special school of 2010."""
    absence = harmonised(
        "absence_years",
        delivered_absence="""
        pupil_reference | sessions_possible_autumn | sessions_possible_spring \
        | sessions_possible_summer | sessions_authorised_autumn \
        | sessions_possible_five_half_terms | sessions_authorised_five_half_terms \
        | sessions_possible_annual | sessions_unauthorised_annual \
        | sessions_possible_sixth_half_term | sessions_authorised_sixth_half_term
        AAA | 130 | 110 | 70 | 5 | 310 | 5 | 380 | 9 | 60 | 3
        BBB | 130 |     |    | 5 | 310 | 7 |     |   |    |
        CCC |     |     |    |   |     |   | 380 | 38 |   |
        """.replace("\\\n", ""),
    )

    assert_shows(
        absence,
        """
        person_id | measure         | sessions_possible | sessions_missed | sixth_possible
        1         | terms           | 310               | 5               | 60
        2         | five_half_terms | 310               | 7               |
        3         | annual          | 380               | 38              |
        """,
    )
    assert absence["sixth_missed"].to_list() == [3, None, None]


@pytest.mark.parametrize(("missed", "is_persistent"), [(30, False), (31, True)])
def test_a_tenth_of_possible_sessions_missed_is_persistent_absence(missed, is_persistent):
    absence = harmonised(
        "absence_years",
        delivered_absence="pupil_reference | sessions_possible_autumn | sessions_authorised_autumn "
        f"| sessions_unauthorised_autumn\nAAA | 310 | {missed - 10} | 10",
    )

    assert absence["is_persistent"].to_list() == [is_persistent]


def test_a_pupil_without_a_row_or_in_the_years_of_closed_schools_is_not_counted_as_present():
    absence = harmonised(
        "absence_years",
        delivered_absence="""
        pupil_reference | academic_year | sessions_possible_autumn
        AAA             | 2018/2019     | 130
        AAA             | 2019/2020     | 130
        AAA             | 2020/2021     | 130
        AAA             | 2021/2022     | 130
        """,
    )

    assert_shows(absence, "person_id | academic_year\n1 | 2019\n1 | 2022")


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


def test_categories_and_reasons_of_every_era():
    exclusions = harmonised(
        "exclusions",
        delivered_exclusions="""
        pupil_reference | start_date | category     | reason | second_reason
        AAA             | 2003-03-01 | P            | OT     |
        AAA             | 2004-03-01 | Permanent    |        |
        AAA             | 2005-03-01 | Fixed Period | vp     |
        AAA             | 2012-03-01 | LNCH         | DB     |
        AAA             | 2021-03-01 | SUSP         |        | PH
        """,
    )

    assert_shows(
        exclusions,
        """
        start_date | category   | reason
        2003-03-01 | permanent  | other
        2004-03-01 | permanent  |
        2005-03-01 | suspension | abuse_of_pupil
        2012-03-01 | lunchtime  | disruption
        2021-03-01 | suspension | public_health
        """,
    )


def test_totals_supplied_are_compared_with_what_was_found():
    """Lunchtime counts in the fixed totals; a slot without a date is not found; Y is one."""
    delivered = """
        pupil_reference | file_year | category | start_date | sessions \
        | total_fixed_exclusions | total_fixed_sessions | total_permanent_exclusions
        AAA | 2012 | FIXD | 2011-10-03 | 2   | 2  | 2.5 | 0
        AAA | 2012 | LNCH | 2012-03-01 | 0.5 | 2  | 2.5 | 0
        BBB | 2012 | FIXD | 2012-03-01 | 4   | 41 | 4   | 1
        BBB | 2012 | PERM |            |     | 41 | 4   | 1
        CCC | 2007 | PERM | 2007-03-01 |     |    |     | Y
        CCC | 2012 | FIXD | 2012-03-01 | 1   | 0  |     |
        """.replace("\\\n", "")
    exclusions = harmonised("exclusions", delivered_exclusions=delivered)
    totals = only(
        run(
            "compare_exclusion_totals",
            person_keys=PUPILS,
            delivered_exclusions=delivered,
            exclusions=exclusions,
        )
    )

    assert_shows(
        totals,
        """
        academic_year | measure              | pupils | pupils_agreeing | pupils_more_supplied
        2007          | permanent_exclusions | 1      | 1               | 0
        2012          | fixed_exclusions     | 3      | 1               | 1
        2012          | fixed_sessions       | 2      | 2               | 0
        2012          | permanent_exclusions | 2      | 1               | 1
        """,
    )
    assert totals["pupils_more_found"].to_list() == [0, 1, 0, 0]
