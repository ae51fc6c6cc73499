"""Enrolments where censuses of summer and autumn are delivered beside the spring ones."""

from support.text_tables import assert_shows, only, run


def enrolments(springs: str, terms: str):
    return only(run("merge_enrolments", school_years=springs, term_censuses=terms))


def test_a_school_between_two_springs_is_seen_in_summer_and_autumn():
    """u1 until May at the latest, u2 in May, u3 from the autumn on; all leave by September."""
    found = enrolments(
        """
        person_id | census_date | school_urn | entry_date
        1         | 2012-01-19  | u1         | 2011-09-05
        1         | 2013-01-17  | u3         | 2012-09-04
        """,
        """
        person_id | census_date | school_urn | entry_date
        1         | 2011-10-06  | u1         | 2011-09-05
        1         | 2012-05-17  | u2         | 2012-04-16
        1         | 2012-10-04  | u3         | 2012-09-04
        """,
    )

    assert_shows(
        found,
        """
        start_date | end_date   | school_urn
        2011-09-05 | 2012-04-16 | u1
        2012-04-16 | 2012-09-01 | u2
        2012-09-04 | 2013-09-01 | u3
        """,
    )


def test_a_pupil_last_seen_in_autumn_is_on_roll_to_the_end_of_that_academic_year():
    found = enrolments("", "person_id | census_date | school_urn\n1 | 2011-10-06 | u1")

    assert_shows(found, "start_date | end_date\n2011-10-06 | 2012-09-01")


def test_records_not_on_roll_in_a_term_start_nothing():
    found = enrolments("", "person_id | census_date | is_on_roll\n1 | 2011-10-06 | false")

    assert found.is_empty()


def test_a_pupil_of_a_pru_and_then_a_school_has_an_enrolment_in_each():
    found = enrolments(
        """
        person_id | census_date | census | school_urn | entry_date
        1         | 2012-01-19  | pru    |            |
        1         | 2013-01-17  | spring | u1         | 2012-09-04
        """,
        "",
    )

    assert_shows(
        found,
        """
        start_date | end_date   | school_urn
        2012-01-19 | 2012-09-01 |
        2012-09-04 | 2013-09-01 | u1
        """,
    )
