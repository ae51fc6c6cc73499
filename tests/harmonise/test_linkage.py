"""What is linked, by how many keys, for whom; and what became of every delivered justice row."""

import polars as pl
from support.text_tables import assert_shows, only, run

KEYS = """
key_kind | la  | key | person_id
pupil    | ''  | AAA | 1
pupil    | ''  | BBB | 2
la_child | 301 | c1  | 1
la_child | 301 | c2  | 3
moj      | ''  | m1  | 1
moj      | ''  | m2  | 1
"""
PEOPLE = """
person_id | has_pupil_reference | moj_ids | sex    | birth_date | is_sex_disputed
1         | true                | 2       | male   | 2000-05-15 | true
2         | true                | 0       | female | 2000-05-15 | false
3         | false               | 0       |        |            | false
"""
LA_CHILDREN = """
la        | la_child_id | authority | pupil_reference | pupil_references | is_reference_refused
301       | c1          | 301       | AAA             | 2                | false
E09000002 | c1          | 301       | AAA             | 2                | false
301       | c2          | 301       |                 | 1                | true
301       | c3          | 301       |                 | 0                | false
"""


def counted(**tables) -> dict[str, pl.DataFrame]:
    given = {"person_keys": KEYS, "people": PEOPLE, "la_children": LA_CHILDREN, **tables}
    return run("count_linkage", **given)


def test_linkage_counts_persons_and_keys_once():
    linkage = counted(
        delivered_offences="moj_id | pupil_reference\nm1 | AAA\nm1 | AAA\nm2 | \nm3 | ZZZ",
        delivered_children_in_need="la | la_child_id | pupil_reference\n301 | | AAA\n301 | |",
        delivered_care_episodes="la | la_child_id | pupil_reference\n | A1 | AAA\n301 | A1 |",
    )["linkage"]

    assert_shows(
        linkage,
        """
        measure                                        | persons
        LA child ids                                   | 3
        LA child ids linked to a pupil reference       | 1
        justice ids of the spine without an offence    | 0
        of these, with a pupil reference in the spine  | 1
        persons                                        | 3
        persons known by an LA child id only           | 1
        persons linked to the police national computer | 1
        persons on the police national computer        | 3
        persons on the police national computer, linked to the spine | 2
        persons with a pupil reference                 | 2
        social care rows that name no LA or no child   | 2
        """,
    )


def test_multiplicity_is_counted_in_both_directions():
    """m1 names two pupils, m3 and m4 none that is known; AAA has two justice ids."""
    found = counted(
        delivered_offences="moj_id\nm1\nm2\nm3\nm4",
        moj_references="""
        moj_id | pupil_reference | mentions
        m1     | AAA             | 2
        m1     | BBB             | 1
        m2     | AAA             | 1
        """,
    )["linkage_multiplicity"]

    assert_shows(
        found,
        """
        direction                       | linked_keys | key_count
        la_child_id_to_pupil_references | 0           | 1
        la_child_id_to_pupil_references | 1           | 1
        la_child_id_to_pupil_references | 2           | 1
        moj_id_to_pupil_references      | 0           | 2
        moj_id_to_pupil_references      | 1           | 1
        moj_id_to_pupil_references      | 2           | 1
        person_to_moj_ids               | 2           | 1
        pupil_reference_to_la_child_ids | 1           | 1
        pupil_reference_to_moj_ids      | 1           | 1
        pupil_reference_to_moj_ids      | 2           | 1
        """,
    )


def test_repairs_of_the_spine_are_counted():
    found = counted(
        delivered_children_in_need="""
        la  | la_child_id | pupil_reference
        301 | c1          | AAA
        301 | c1          | BBB
        301 | c1          |
        301 | c2          | AAA
        301 |             | AAA
        """,
        moj_references="moj_id | pupil_reference | mentions\nm9 | ZZZ | 1\nm1 | AAA | 1",
    )["person_repairs"]

    assert_shows(
        found,
        """
        table            | rule                                             | rows
        children_in_need | noted_pupil_reference_filled_from_child          | 1
        children_in_need | noted_pupil_reference_overruled_by_most_of_child | 1
        children_in_need | noted_pupil_reference_refused_as_another_child_s | 1
        children_in_need | noted_without_la_or_la_child_id                  | 1
        people           | noted_several_sexes                              | 1
        person_keys      | noted_moj_id_of_pupils_outside_the_spine         | 1
        """,
    )


def test_who_is_linked_is_counted_by_group():
    found = only(
        run(
            "count_linkage_by_group",
            person_keys=KEYS,
            people=PEOPLE,
            school_years="""
            person_id | census_date | home_la_code
            1         | 2010-01-21  | 302
            1         | 2011-01-20  | 301
            1         | 2012-01-19  |
            """,
            referrals="person_id | la_code | referral_date\n1 | 301 | 2012-01-01",
            care_episodes="""
            person_id | la_code | start_date
            1         | 302     | 2013-01-01
            3         | 301     | 2013-01-01
            """,
            delivered_offences="""
            moj_id | offence_date | offence_age
            m1     | 2014-01-01   | 13
            m2     | 2014-01-01   | 13
            m2     | 2015-01-01   | 15
            m9     | 2014-01-01   | 14
            m8     | 1900-01-01   | -100
            """,
        )
    )

    assert_shows(
        found.drop("persons_with_reference"),
        """
        grouped_by          | level   | persons | in_need | in_need_with_reference | in_care | in_care_with_reference | persons_with_moj_id | moj_ids | moj_ids_linked
        all                 | all     | 3       | 1       | 1                      | 2       | 1                      | 1                   | 2       | 2
        birth_cohort        | 1999    | 3       | 1       | 1                      | 2       | 1                      | 1                   | 2       | 2
        ethnic_group        | unknown | 3       | 1       | 1                      | 2       | 1                      | 1                   | 2       | 2
        home_la             | 301     | 1       | 1       | 1                      | 1       | 1                      | 1                   | 2       | 2
        home_la             | unknown | 2       | 0       | 0                      | 1       | 0                      | 0                   | 0       | 0
        recorded_birth_year | 2000    | 0       | 0       | 0                      | 0       | 0                      | 0                   | 2       | 1
        recorded_birth_year | 2001    | 0       | 0       | 0                      | 0       | 0                      | 0                   | 1       | 1
        recorded_birth_year | unknown | 0       | 0       | 0                      | 0       | 0                      | 0                   | 1       | 0
        responsible_la      | 301     | 1       | 0       | 0                      | 1       | 0                      | 0                   | 0       | 0
        responsible_la      | 302     | 1       | 1       | 1                      | 1       | 1                      | 1                   | 2       | 2
        sex                 | female  | 1       | 0       | 0                      | 0       | 0                      | 0                   | 0       | 0
        sex                 | male    | 1       | 1       | 1                      | 1       | 1                      | 1                   | 2       | 2
        sex                 | unknown | 1       | 0       | 0                      | 1       | 0                      | 0                   | 0       | 0
        """,  # noqa: E501
    )


def test_late_disposals_show_in_the_years_they_are_of():
    found = only(
        run(
            "count_offence_lag",
            offences="""
            person_id | offence_no | offence_date | disposal_date | is_proven | is_date_of_offence
            1         | 1          | 2014-01-01   | 2014-02-01    | true      | true
            1         | 2          | 2014-01-01   | 2014-04-01    | true      | true
            1         | 3          | 2014-01-01   | 2016-04-01    | true      | true
            1         | 4          | 2014-01-01   |               | true      | true
            1         | 5          | 2014-01-01   | 2014-02-01    | false     | true
            1         | 6          | 2014-01-01   | 2014-01-01    | true      | false
            """,
        )
    )

    assert_shows(
        found,
        """
        offence_year | proven_offences | within_3_months | within_6_months | within_24_months | undated_disposals | median_months
        2014         | 4               | 1               | 2               | 2                | 1                 | 3 to 5
        """,  # noqa: E501
    )


OFFENCE_ROWS = """
    moj_id | pupil_reference | offence_id | offence_date | disposal_date | disposal | offence_age
    m1     | AAA             | 1          | 2014-01-01   | 2014-02-01    | 1039     | 13
    m1     | AAA             | 1          | 2014-01-01   | 2014-02-01    | 1039     | 13
    m1     | AAA             | 1          | 2014-01-01   | 2014-03-01    | 1015     | 13
    m1     |                 | 2          | 2009-01-01   | 2014-02-01    | 1039     | -1
    m2     | BBB             | 3          | 2014-01-01   | 2013-02-01    | 1039     | 19
    m2     | AAA             | 4          | 1900-01-01   | 2014-02-01    | 1039     | -99
    m2     | AAA             | 5          | 1900-01-01   |               | 1039     | -99
    m9     |                 | 6          | 2014-01-01   | 2014-02-01    | 1039     | 13
    m9     | ZZZ             | 7          | 2014-01-01   | 2014-02-01    | 1039     | 13
    """


def test_every_delivered_offence_is_kept_merged_or_dropped_for_a_reason():
    disposals = run("harmonise_disposals", person_keys=KEYS, delivered_offences=OFFENCE_ROWS)
    offences = run("harmonise_offences", people=PEOPLE, **disposals)
    found = run(
        "count_justice_repairs", person_keys=KEYS, delivered_offences=OFFENCE_ROWS,
        **disposals, **offences,
    )["justice_repairs"]  # fmt: skip

    assert_shows(
        found,
        """
        table    | rule                                          | rows
        offences | delivered                                     | 9
        offences | dropped_pupil_reference_outside_the_spine     | 1
        offences | dropped_without_any_date                      | 1
        offences | dropped_without_any_pupil_reference           | 1
        offences | kept                                          | 4
        offences | merged_disposal_of_one_offence                | 1
        offences | merged_exact_repeat                           | 1
        offences | noted_date_of_1900                            | 2
        offences | noted_negative_age_ignored                    | 3
        offences | noted_offence_after_disposal                  | 1
        offences | noted_offence_before_age_10                   | 1
        offences | noted_offence_dated_by_disposal               | 1
        offences | noted_pupil_reference_filled_by_justice_id    | 1
        offences | noted_pupil_reference_overruled_by_justice_id | 1
        offences | noted_recorded_age_contradicts_birth          | 1
        """,
    )
    assert_adds_up(found)


def test_every_row_of_a_plug_in_is_kept_merged_or_dropped_for_a_reason():
    tables = {
        "delivered_prison": """
        moj_id | start_date | end_date
        m1     | 2015-01-01 | 2015-02-01
        m1     | 2015-01-01 |
        m1     | 2015-01-01 | 2014-02-01
        m1     | 1900-01-01 | 2015-02-01
        m9     | 2015-01-01 | 2015-02-01
        """,
        "delivered_court": "moj_id | appearance_date\nm1 | 2015-01-01\nm1 | 2015-01-01\nm1 |",
        "delivered_probation": "moj_id | start_date | end_date\nm1 | 2015-01-01 | 2014-01-01",
    }
    given = {"person_keys": KEYS, **tables}
    made = (
        run("harmonise_custody_stays", person_keys=KEYS, delivered_prison=given["delivered_prison"])
        | run(
            "harmonise_court_appearances",
            person_keys=KEYS,
            delivered_court=given["delivered_court"],
        )
        | run(
            "harmonise_probation_orders",
            person_keys=KEYS,
            delivered_probation=given["delivered_probation"],
        )
    )
    found = run("count_justice_repairs", **given, **made)["plug_in_repairs"]

    assert_shows(
        found,
        """
        table     | rule                        | rows
        court     | delivered                   | 3
        court     | dropped_without_start       | 1
        court     | kept                        | 1
        court     | merged_into_one_of_that_day | 1
        prison    | delivered                   | 5
        prison    | dropped_end_before_start    | 1
        prison    | dropped_without_person      | 1
        prison    | dropped_without_start       | 1
        prison    | kept                        | 1
        prison    | merged_into_one_of_that_day | 1
        probation | delivered                   | 1
        probation | dropped_end_before_start    | 1
        """,
    )
    assert_adds_up(found)


def assert_adds_up(repairs: pl.DataFrame) -> None:
    for (table,), counts in repairs.group_by("table"):
        rows = dict(counts.select("rule", "rows").iter_rows())
        kinds = ("kept", "merged_", "dropped_")
        assert rows["delivered"] == sum(n for rule, n in rows.items() if rule.startswith(kinds)), (
            table
        )
