"""Side tables, both shapes of care, codes that returns disagree on, and every row accounted for."""

import polars as pl
import pytest
from support.text_tables import assert_shows, only, parsed, run

KEYS = """
key_kind | la  | key | person_id
la_child | 301 | c1  | 1
la_child | 301 | c2  | 2
la_child | 204 | h1  | 3
la_child | 204 | h2  | 4
"""
LAS = "raw_code | la_code\n301 | 301\n204 | 204"
BORN = "person_id | birth_date\n1 | 2010-05-15\n2 | 2010-05-15\n3 | 2010-05-15\n4 | 2010-05-15"
SPINE = {"person_keys": KEYS, "local_authorities": LAS}


def referrals(rows: str) -> pl.DataFrame:
    return only(run("harmonise_referrals", delivered_children_in_need=rows, people=BORN, **SPINE))


def care(episodes: str = "", years: str = "", **settings: object) -> pl.DataFrame:
    return only(
        run(
            "harmonise_care_episodes",
            delivered_care_episodes=episodes,
            delivered_care_years=years,
            settings=settings,
            **SPINE,
        )
    )


def test_of_codes_that_returns_disagree_on_the_one_in_most_returns_stays():
    found = referrals(
        """
        return_year | referral_date | primary_need | referral_source | disability
        2011/2012   | 2012-02-01    | N1           | 6               | 0
        2012/2013   | 2012-02-01    | n1           |                 | 1
        2013/2014   | 2012-02-01    | N5           | 2a              |
        """
    )

    # Two returns say abuse or neglect. On source and disability it is one to one: the later holds.
    assert_shows(
        found,
        """
        primary_need     | referral_source | is_disabled | first_return_year | last_return_year
        abuse_or_neglect | school          | true        | 2012              | 2014
        """,
    )


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("A2", "child_disability"), ("a5", "family_dysfunction"), ("N2", "child_disability"),
        ("N0", None), ("NO", None), ("UNMAPPEDNEEDCODE", None), ("N9", "other_than_need"),
    ],
)  # fmt: skip
def test_older_and_mistyped_ways_to_write_a_need(code: str, group: str | None):
    found = referrals(f"referral_date | primary_need\n2013-02-01 | {code}")

    assert found["primary_need"].to_list() == [group]


@pytest.mark.parametrize("code", ["NFA", "No", "NON", "none", "rc8"])
def test_words_for_no_further_action_are_rc8(code: str):
    found = referrals(
        f"referral_date | closure_date | closure_reason\n2013-02-01 | 2013-03-01 | {code}"
    )

    assert found["closure_reason"].to_list() == ["no_further_action"]


def test_an_unborn_child_is_referred_seven_months_before_birth_at_most():
    """Born in May 2010: 217 days before 1 May is 26 September 2009."""
    found = referrals("referral_date\n2009-09-25\n2009-09-26\n2010-06-01")

    assert found["referral_date"].cast(str).to_list() == ["2009-09-26", "2010-06-01"]


def test_an_initial_conference_before_the_referral_is_none_and_the_earliest_stays():
    found = referrals(
        """
        return_year | referral_date | initial_conference_date
        2012/2013   | 2013-02-01    | 2013-01-05
        2013/2014   | 2013-02-01    | 2013-05-05
        2014/2015   | 2013-02-01    | 2013-06-05
        """
    )

    assert found["conference_date"].cast(str).to_list() == ["2013-05-05"]


def test_nothing_closes_while_an_la_makes_no_return():
    """Hackney made none for 2020/21 and 2021/22: who is gone in 2022/23 may have left any day."""
    found = referrals(
        """
        la  | la_child_id | return_year | referral_date
        204 | h1          | 2019/2020   | 2020-02-01
        204 | h2          | 2019/2020   | 2020-02-02
        204 | h2          | 2022/2023   | 2020-02-02
        301 | c1          | 2019/2020   | 2020-02-03
        301 | c2          | 2020/2021   | 2020-05-01
        """
    )

    assert_shows(
        found,
        """
        person_id | referral_date | closure_date | is_closure_imputed
        1         | 2020-02-03    | 2020-04-01   | true
        2         | 2020-05-01    |              | false
        3         | 2020-02-01    | 2022-04-01   | true
        4         | 2020-02-02    |              | false
        """,
    )


def test_a_plan_keeps_the_category_of_its_latest_return():
    found = only(
        run(
            "harmonise_plans",
            delivered_children_in_need="""
            return_year | plan_start_date | plan_end_date | abuse_category
            2012/2013   | 2013-02-01      |               | NEG
            2013/2014   | 2013-02-01      | 2013-09-01    | mul
            """,
            people=BORN,
            **SPINE,
        )
    )

    assert_shows(
        found, "start_date | end_date | abuse_category\n2013-02-01 | 2013-09-01 | multiple"
    )


def test_none_beside_a_disability_or_factor_is_not_kept():
    made = run(
        "harmonise_side_tables",
        person_keys=KEYS,
        delivered_disabilities="""
        la_child_id | return_year | disability
        c1          | 2011/2012   | NONE
        c1          | 2012/2013   | NONE
        c1          | 2012/2013   | mob
        c1          | 2012/2013   | MOB
        c9          | 2012/2013   | LD
        """,
        delivered_assessment_factors="""
        la_child_id | return_year | factor | referral_date
        c1          | 2012/2013   | 3B     | 2012-09-01
        c1          | 2012/2013   | 3b     | 2012-06-01
        c1          | 2012/2013   | 21     | 2012-06-01
        c2          | 2012/2013   | 21     | 1900-01-01
        """,
    )

    assert_shows(
        made["disabilities"],
        "person_id | return_year | disability\n1 | 2012 | none\n1 | 2013 | mobility",
    )
    assert_shows(
        made["assessment_factors"],
        """
        person_id | return_year | factor                | referral_date
        1         | 2013        | domestic_abuse_parent | 2012-06-01
        2         | 2013        | none                  |
        """,
    )


def test_a_year_s_row_is_a_period_of_so_many_days_both_ends_counted():
    found = care(
        years="""
        la_child_id | return_year | period_start_date | period_days | legal_status | reason_ceased
        c1          | 2012/2013   | 2012-06-01        | 10          | V2           | E4A
        c1          | 2012/2013   | 2013-01-01        | 90          | C1           |
        c1          | 2013/2014   | 2013-01-01        | 455         | C2           |
        c2          | 2012/2013   | 2013-03-01        | 31          | V4           | -10
        c2          | 2014/2015   | 2014-09-01        | 212         | C2           | -10
        """
    )

    # To 10 June, so gone from the 11th. Open to the end of 2013/14 and gone from 2014/15. A short
    # break that is gone from the next return. Open in the last return: nobody knows an end.
    assert_shows(
        found,
        """
        person_id | start_date | end_date   | legal_status | is_respite | is_end_imputed
        1         | 2012-06-01 | 2012-06-11 | voluntary    | false      | false
        1         | 2013-01-01 | 2014-04-01 | care_order   | false      | true
        2         | 2013-03-01 | 2013-04-01 | respite      | true       | true
        2         | 2014-09-01 |            | care_order   | false      | false
        """,
    )


def test_years_fill_what_the_episodes_lack_and_nothing_else():
    found = care(
        episodes="""
        la_child_id | episode_start_date | episode_end_date | reason_ceased
        c1          | 2012-06-01         | 2012-08-01       | E4A
        """,
        years="""
        la_child_id | return_year | period_start_date | period_days | reason_ceased
        c1          | 2012/2013   | 2012-06-01        | 70          | E4A
        c1          | 2012/2013   | 2012-08-01        | 10          | E4A
        c2          | 2012/2013   | 2012-06-01        | 30          | E4A
        """,
    )

    assert_shows(
        found,
        """
        person_id | start_date | end_date   | source_shape
        1         | 2012-06-01 | 2012-08-01 | episodes
        1         | 2012-08-01 | 2012-08-11 | years
        2         | 2012-06-01 | 2012-07-01 | years
        """,
    )


def test_care_that_ceased_before_full_returns_is_left_out_by_the_study_s_choice():
    """Returns of 1998 to 2003 hold one child in three; who was still in care in 2004 is whole."""
    rows = """
        la_child_id | episode_start_date | episode_end_date
        c1          | 2001-01-01         | 2003-01-01
        c2          | 2001-01-01         | 2005-01-01
        """

    assert care(rows)["person_id"].to_list() == [2]
    assert care(rows, care_full_from="1998-04-01")["person_id"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("marker", "value", "is_marked"),
    [
        ("legal_status", "J1", True), ("placement", "R5", True), ("placement", "k1", True),
        ("reason_ceased", "E9", True), ("reason_ceased", "E14", True),
        ("placement_change", "custod", True), ("placement_change", "CHILD", False),
        ("legal_status", "C2", False), ("placement", "Q1", False), ("reason_new", "P", False),
    ],
)  # fmt: skip
def test_what_in_care_tells_of_justice(marker: str, value: str, is_marked: bool):
    status = "" if marker == "legal_status" else " | legal_status"
    cell = "" if marker == "legal_status" else " | V2"
    found = care(
        f"episode_start_date | episode_end_date | {marker}{status}\n"
        f"2012-01-01 | 2012-02-01 | {value}{cell}"
    )

    assert found["has_justice_marker"].to_list() == [is_marked]


def shapes(**tables: str) -> dict[tuple[str, str], int]:
    found = only(run("detect_source_shapes", **tables))
    return {(table, measure): value for table, measure, value in found.iter_rows()}


def test_a_table_of_the_latest_record_of_each_year_is_told_from_a_whole_one():
    latest_only = "holds only the latest record of a year (1 = yes)"
    found = shapes(
        delivered_children_in_need="""
        la_child_id | return_year | referral_date
        c1          | 2011/2012   | 2011-06-01
        c1          | 2012/2013   | 2012-06-01
        """,
        delivered_care_episodes="""
        la_child_id | episode_start_date
        c1          | 2012-06-01
        c1          | 2012-09-01
        c2          | 2012-06-01
        """,
    )

    assert found["children_in_need", latest_only] == 1
    assert found["care_episodes", latest_only] == 0
    assert found["care_episodes", "of these, with two records or more"] == 1
    assert found["care_episodes", "rows"] == 3
    assert ("care_years", "rows") not in found


DELIVERED = {
    "delivered_children_in_need": """
    la  | la_child_id | return_year | referral_date | closure_date | plan_start_date | plan_end_date
    301 | c1          | 2012/2013   | 2013-02-01    |              | 2013-02-10      |
    301 | c1          | 2013/2014   | 2013-02-01    | 2012-12-31   | 2013-02-10      | 2013-02-10
    301 | c1          | 2013/2014   | 2013-02-01    | 2012-12-31   | 2013-02-10      | 2013-02-10
    301 | c1          | 2013/2014   | 2013-09-01    | 1900-01-01   |                 |
    301 | c1          | 2013/2014   | 1800-01-01    |              | 2013-10-01      | 1900-01-01
    301 | c1          | 2013/2014   | 2009-01-01    |              | 2009-01-01      |
    301 | c2          | 2013/2014   | 2093-01-01    |              | 2093-01-01      |
    301 | c2          | 2012/2013   | 2012-06-01    |              |                 |
    301 | c2          | 2012/2013   |               |              | 1800-01-01      |
        | c2          | 2013/2014   | 2013-06-01    |              |                 |
    301 | c8          | 2013/2014   | 2013-06-01    |              |                 |
    """,
    "delivered_disabilities": """
    la_child_id | disability
    c1          | NONE
    c1          | MOB
    c1          | mob
    c2          |
    c8          | LD
    """,
    "delivered_assessment_factors": """
    la_child_id | factor
    c1          | 21
    c1          | 1A
    """,
    "delivered_care_episodes": """
    la_child_id | episode_start_date | episode_end_date | reason_ceased
    c1          | 2012-06-01         | 2012-08-01       | E4A
    c1          | 2012-06-01         | 2012-07-01       | E4A
    c1          | 2001-06-01         | 2001-07-01       | E4A
    c1          | 2013-06-01         | 2013-05-01       | E4A
    c2          | 2013-06-01         |                  | -10
    c2          | 2014-06-01         | 1900-01-01       | E8
    c2          |                    |                  |
    """,
    "delivered_care_years": """
    la_child_id | period_start_date | period_days
    c1          | 2012-06-01        | 10
    c1          | 2013-01-01        | 10
    c1          | 2013-03-01        |
    """,
}


def repaired() -> pl.DataFrame:
    spine = {**SPINE, "people": BORN}
    made = {
        **run(
            "harmonise_referrals",
            delivered_children_in_need=DELIVERED["delivered_children_in_need"],
            **spine,
        ),
        **run(
            "harmonise_plans",
            delivered_children_in_need=DELIVERED["delivered_children_in_need"],
            **spine,
        ),
        **run(
            "harmonise_side_tables",
            person_keys=KEYS,
            **{k: DELIVERED[k] for k in ("delivered_disabilities", "delivered_assessment_factors")},
        ),
        **run(
            "harmonise_care_episodes",
            **{k: DELIVERED[k] for k in ("delivered_care_episodes", "delivered_care_years")},
            **SPINE,
        ),
    }
    return only(run("count_social_care_repairs", **DELIVERED, **made, **spine))


def test_every_delivered_row_is_kept_merged_or_dropped_for_a_reason():
    found = repaired()

    of_rule = pl.col("rule").str
    sums = found.group_by("table").agg(
        pl.col("rows").filter(pl.col("rule") == "delivered").sum().alias("delivered"),
        pl.col("rows")
        .filter(
            (pl.col("rule") == "kept")
            | of_rule.starts_with("merged")
            | of_rule.starts_with("dropped")
        )
        .sum()
        .alias("told"),
    )
    assert sums.filter(pl.col("delivered") != pl.col("told")).is_empty()
    assert dict(zip(sums["table"], sums["delivered"], strict=True)) == {
        table: len(parsed(DELIVERED[f"delivered_{source}"]))
        for table, source in {
            "referrals": "children_in_need", "plans": "children_in_need",
            "disabilities": "disabilities", "assessment_factors": "assessment_factors",
            "care_episodes": "care_episodes", "care_years": "care_years",
        }.items()
    }  # fmt: skip


def test_each_rule_counts_the_rows_it_met():
    assert_shows(
        repaired(),
        """
        table              | rule                                  | rows
        assessment_factors | delivered                             | 2
        assessment_factors | dropped_none_beside_others            | 1
        assessment_factors | kept                                  | 1
        care_episodes      | delivered                             | 7
        care_episodes      | dropped_ceased_before_full_returns    | 1
        care_episodes      | dropped_end_before_start              | 1
        care_episodes      | dropped_no_start_date                 | 1
        care_episodes      | kept                                  | 3
        care_episodes      | merged_same_record                    | 1
        care_episodes      | noted_end_imputed                     | 1
        care_episodes      | noted_end_outside_1930_to_extract     | 1
        care_years         | delivered                             | 3
        care_years         | dropped_no_length                     | 1
        care_years         | kept                                  | 1
        care_years         | merged_into_episodes                  | 1
        disabilities       | delivered                             | 5
        disabilities       | dropped_no_disability                 | 1
        disabilities       | dropped_no_known_child                | 1
        disabilities       | dropped_none_beside_others            | 1
        disabilities       | kept                                  | 1
        disabilities       | merged_same_record                    | 1
        plans              | delivered                             | 11
        plans              | dropped_no_child                      | 1
        plans              | dropped_no_la                         | 1
        plans              | dropped_no_plan                       | 2
        plans              | dropped_start_after_extract           | 1
        plans              | dropped_start_before_1930             | 1
        plans              | dropped_start_long_before_birth       | 1
        plans              | dropped_without_time                  | 1
        plans              | kept                                  | 1
        plans              | merged_same_record                    | 2
        plans              | noted_end_outside_1930_to_extract     | 1
        referrals          | delivered                             | 11
        referrals          | dropped_no_child                      | 1
        referrals          | dropped_no_la                         | 1
        referrals          | dropped_no_referral_date              | 1
        referrals          | dropped_referral_after_extract        | 1
        referrals          | dropped_referral_before_1930          | 1
        referrals          | dropped_referral_long_before_birth    | 1
        referrals          | kept                                  | 3
        referrals          | merged_same_record                    | 2
        referrals          | noted_closure_before_referral         | 2
        referrals          | noted_closure_outside_1930_to_extract | 1
        referrals          | noted_end_imputed                     | 1
        """,
    )
