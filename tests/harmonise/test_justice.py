"""Offences and their disposals: who they belong to, what proves them, what is custody, when."""

import polars as pl
import pytest
from support.text_tables import assert_show_same, assert_shows, only, run, table

KEYS = "key_kind | key | person_id\npupil | AAA | 1\npupil | BBB | 2\nmoj | m7 | 2"
PEOPLE = "person_id | birth_date\n1 | 2000-05-15\n2 | 2000-05-15"


def disposals(rows: str, keys: str = KEYS):
    return only(run("harmonise_disposals", person_keys=keys, delivered_offences=rows))


def offences(rows: str, keys: str = KEYS):
    found = disposals(rows, keys)
    return only(run("harmonise_offences", disposals=found, people=PEOPLE))


@pytest.mark.parametrize(
    ("adjudication", "disposal", "is_proven", "is_custody"),
    [
        ("G", "1141", True, False), ("j", "1097", True, False), ("G", "", True, False),
        ("", "1039", True, False), ("", "1117", True, False), ("", "1118", False, False),
        ("N", "2004", False, False), ("G", "2068", False, False), ("", "1141", False, False),
        ("G", "1109", False, False), ("", "1109", False, False), ("", "", False, False),
        ("G", "1081", True, True), ("N", "1081", False, False), ("", "1081", False, False),
        ("G", "1115", True, False), ("G", "1110", True, False),
    ],
)  # fmt: skip
def test_what_proves_an_offence_and_what_is_custody(
    adjudication: str, disposal: str, is_proven: bool, is_custody: bool
):
    found = offences(
        f"""
        pupil_reference | offence_date | disposal_date | adjudication | disposal
        AAA             | 2014-01-01   | 2014-06-01    | {adjudication} | {disposal}
        """
    )

    assert found.select("is_proven", "is_custody").row(0) == (is_proven, is_custody)


def test_an_offence_has_its_best_disposal_and_the_first_that_proves_it():
    found = offences(
        """
        pupil_reference | offence_date | disposal_date | disposal_rank | adjudication | disposal
        AAA             | 2014-01-01   | 2014-03-01    | 3             |              | 2051
        AAA             | 2014-01-01   | 2014-06-01    | 2             | G            | 1141
        AAA             | 2014-01-01   | 2014-09-01    | 1             | G            | 1081
        """
    )

    assert_shows(
        found,
        """
        offence_no | offence_date | disposal_date | is_proven | is_custody
        1          | 2014-01-01   | 2014-06-01    | true      | true
        """,
    )


def test_a_custodial_disposal_that_proves_nothing_does_not_lend_custody_to_a_caution():
    found = offences(
        """
        pupil_reference | offence_date | adjudication | disposal
        AAA             | 2014-01-01   | N            | 1081
        AAA             | 2014-01-01   |              | 1039
        """
    )

    assert_shows(found, "is_proven | is_custody\ntrue | false")


def test_an_offence_dated_1900_counts_from_the_disposal_that_proves_it():
    found = offences(
        """
        pupil_reference | offence_id | offence_date | disposal_date | adjudication | disposal
        AAA             | 1          | 1900-01-01   | 2014-03-01    |              | 2051
        AAA             | 1          | 1900-01-01   | 2014-06-01    | G            | 1141
        AAA             | 2          | 1900-01-01   | 1900-01-01    | G            | 1141
        """
    )

    assert_shows(
        found,
        """
        offence_no | offence_date | disposal_date | is_date_of_offence
        1          | 2014-06-01   | 2014-06-01    | false
        """,
    )


def test_offences_are_numbered_by_date_within_the_person():
    found = offences(
        """
        pupil_reference | moj_id | case_id | offence_id | offence_date | offence_group
        AAA             | m1     | 1       | 1          | 2014-05-01   | 04 Theft
        BBB             | m2     | 1       | 1          | 2012-01-01   | 99 No such
        AAA             | m9     | 1       | 1          | 2013-05-01   | 01 Violence
        """
    )

    assert_shows(
        found,
        """
        person_id | offence_no | offence_date | offence_group
        1         | 1          | 2013-05-01   | violence_against_the_person
        1         | 2          | 2014-05-01   | theft
        2         | 1          | 2012-01-01   |
        """,
    )


DISPOSED_TWICE = """
    pupil_reference | offence_date | disposal_date | disposal_rank | adjudication | disposal
    AAA             | 2014-01-01   | 2014-06-01    | {}            | {}           | {}
    AAA             | 2014-01-01   | 2014-06-01    | {}            | {}           | {}
    """


@pytest.mark.parametrize(
    ("one", "other", "best"),
    [
        ((1, "G", "1015"), (2, "G", "1141"), "other_sentence"),  # rank goes before severity
        ((2, "G", "1141"), (3, "G", "1015"), "community"),  # rank 1 was not delivered
        (("", "G", "1081"), (2, "G", "1141"), "community"),  # a missing rank comes last
        (("", "G", "1015"), ("", "G", "1141"), "community"),  # no ranks: severity
        ((1, "N", "2004"), (2, "G", "1015"), "other_sentence"),  # what proves goes before all
        ((1, "G", ""), (2, "G", "1015"), "other_sentence"),  # a guilty finding without disposal
    ],
)
def test_the_best_disposal_is_by_proof_then_rank_then_severity(one, other, best):
    assert offences(DISPOSED_TWICE.format(*one, *other))["disposal_group"].to_list() == [best]
    assert offences(DISPOSED_TWICE.format(*other, *one))["disposal_group"].to_list() == [best]


@pytest.mark.parametrize(
    ("adjudication", "disposal", "tier"),
    [
        ("G", "1081", "immediate"), ("G", "1115", "suspended"), ("G", "1507", "activated"),
        ("G", "1110", "activated"), ("N", "1081", None), ("G", "1141", None),
    ],
)  # fmt: skip
def test_custody_has_three_tiers(adjudication: str, disposal: str, tier: str | None):
    found = offences(
        f"pupil_reference | offence_date | adjudication | disposal\n"
        f"AAA | 2014-01-01 | {adjudication} | {disposal}"
    )

    assert found["custody_tier"].to_list() == [tier]
    assert found["is_custody"].to_list() == [tier == "immediate"]


def test_a_suspended_sentence_put_into_force_looks_like_imprisonment_and_is_marked():
    """Courts' 1507 reaches the police computer as 1002: the case tells the two apart."""
    found = offences(
        """
        pupil_reference | case_id | offence_date | disposal_date | adjudication | disposal
        AAA             | 1       | 2014-01-01   | 2014-06-01    | G            | 1115
        AAA             | 1       | 2014-01-01   | 2015-02-01    | G            | 1002
        AAA             | 2       | 2016-01-01   | 2016-06-01    | G            | 1002
        AAA             | 3       | 2017-01-01   | 2017-06-01    | G            | 1002
        AAA             | 3       | 2017-01-01   | 2017-06-01    | G            | 1115
        """
    )

    assert_shows(
        found,
        """
        offence_date | disposal_date | custody_date | custody_tier | may_be_activation
        2014-01-01   | 2014-06-01    | 2015-02-01   | immediate    | true
        2016-01-01   | 2016-06-01    | 2016-06-01   | immediate    | false
        2017-01-01   | 2017-06-01    | 2017-06-01   | immediate    | false
        """,
    )


def test_days_that_cannot_be_are_marked_and_kept():
    """Born in May 2000: on which day of it is not known."""
    found = offences(
        """
        pupil_reference | offence_id | offence_date | disposal_date | disposal | offence_age
        AAA             | 1          | 2000-04-30   | 2001-01-01    | 1039     | -99
        AAA             | 2          | 2010-04-30   | 2011-01-01    | 1039     | 9
        AAA             | 3          | 2010-05-01   | 2011-01-01    | 1039     | 10
        AAA             | 4          | 2015-05-01   | 2015-04-01    | 1039     | 15
        AAA             | 5          | 2016-05-01   | 2016-06-01    | 1039     | 18
        AAA             | 6          | 1900-01-01   | 2017-06-01    | 1039     | -100
        """
    )

    assert_shows(
        found,
        """
        offence_date | is_before_birth | is_before_age_10 | is_after_disposal | is_age_disputed
        2000-04-30   | true            | true             | false             | false
        2010-04-30   | false           | true             | false             | false
        2010-05-01   | false           | false            | false             | false
        2015-05-01   | false           | false            | true              | false
        2016-05-01   | false           | false            | false             | true
        2017-06-01   | false           | false            | false             | false
        """,
    )


def test_an_offence_without_a_reference_belongs_to_the_person_of_its_justice_id():
    """m7 is known as BBB from another row; the reference of its third row is overruled."""
    found = offences(
        """
        moj_id | pupil_reference | offence_id | offence_date | disposal
        m7     | BBB             | 1          | 2014-01-01   | 1039
        m7     |                 | 2          | 2014-02-01   | 1039
        m7     | AAA             | 3          | 2014-03-01   | 1039
        m8     |                 | 4          | 2014-04-01   | 1039
               | AAA             | 5          | 2014-05-01   | 1039
        """
    )

    assert_shows(
        found,
        """
        person_id | offence_date
        1         | 2014-05-01
        2         | 2014-01-01
        2         | 2014-02-01
        2         | 2014-03-01
        """,
    )


def test_an_offence_sent_once_for_each_of_two_references_is_one_offence():
    """A join over two pupils of one justice id repeats its rows: nobody offends twice by it."""
    found = offences(
        """
        moj_id | pupil_reference | offence_date | disposal
        m7     | AAA             | 2014-01-01   | 1039
        m7     | BBB             | 2014-01-01   | 1039
        """
    )

    assert_shows(found, "person_id | offence_no\n2 | 1")


@pytest.mark.parametrize("row", [0, 1])
def test_a_row_delivered_twice_changes_nothing(row: int):
    once = table(
        "delivered_offences",
        """
        pupil_reference | offence_date | disposal | adjudication
        AAA             | 2014-01-01   | 1141     | G
        AAA             | 2014-01-01   | 2051     | G
        """,
    )
    twice = once.vstack(once[row : row + 1])

    assert_show_same(offences(twice), offences(once))
    assert disposals(twice)["deliveries"].sum() == disposals(once)["deliveries"].sum() + 1


def test_without_prison_court_or_probation_records_their_tables_are_empty():
    for step in ("custody_stays", "court_appearances", "probation_orders"):
        assert only(run(f"harmonise_{step}", person_keys=KEYS)).is_empty()


def test_stays_in_custody_are_linked_by_justice_id_or_pupil_reference():
    rows = """
        moj_id | pupil_reference | start_date | end_date   | kind
        m7     |                 | 2015-01-01 |            | prison
        m7     | BBB             | 2015-01-01 | 2015-02-01 | prison
               | AAA             | 2015-03-01 | 1900-01-01 | youth
        m7     |                 | 2015-05-01 | 2015-04-01 | prison
        m7     |                 | 1900-01-01 | 2015-04-01 | prison
        m8     |                 | 2015-01-01 | 2015-02-01 | prison
        """
    found = only(run("harmonise_custody_stays", person_keys=KEYS, delivered_prison=rows))

    assert_shows(
        found,
        """
        person_id | start_date | end_date   | kind   | stays
        1         | 2015-03-01 |            | youth  | 1
        2         | 2015-01-01 | 2015-02-01 | prison | 2
        """,
    )


def test_appearances_and_orders_are_told_once():
    court = "moj_id | case_id | appearance_date | kind" + 2 * "\nm7 | 1 | 2015-01-01 | youth"
    found = only(run("harmonise_court_appearances", person_keys=KEYS, delivered_court=court))
    assert_shows(found, "person_id | appearance_date | case_id | kind\n2 | 2015-01-01 | 1 | youth")

    rows = """
        moj_id | start_date | end_date   | kind
        m7     | 2015-01-01 |            | licence
        m7     | 2015-01-01 | 2015-06-01 | licence
        m7     | 2015-01-01 | 2014-06-01 | order
        """
    found = only(run("harmonise_probation_orders", person_keys=KEYS, delivered_probation=rows))
    assert_shows(
        found, "person_id | start_date | kind | end_date | orders\n"
        "2 | 2015-01-01 | licence | 2015-06-01 | 2"
    )  # fmt: skip


def test_offences_without_an_id_are_told_apart_by_their_day():
    rows = """
        pupil_reference | case_id | offence_date | disposal_date | adjudication
        AAA             | c1      | 2014-01-01   | 2014-06-01    | G
        AAA             | c1      | 2014-02-01   | 2014-06-01    | G
        AAA             | c1      | 2014-02-01   | 2014-09-01    | G
        """
    given = table("delivered_offences", rows).with_columns(offence_id=pl.lit(None, pl.String))

    found = offences(given)

    assert_shows(found, "offence_no | offence_date\n1 | 2014-01-01\n2 | 2014-02-01")
