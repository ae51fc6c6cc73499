"""Referrals that recur over returns, plans, episodes of care and exits."""

import pytest
from support.text_tables import assert_show_same, assert_shows, only, run, table

KEYS = """
key_kind | la  | key | person_id
pupil    | ''  | AAA | 1
la_child | 301 | c1  | 1
la_child | 940 | n1  | 1
la_child | 301 | c2  | 2
la_child | 928 | c2  | 2
"""
# 928 was split into 940 and 941: one area here.
LAS = "raw_code | la_code\n301 | 301\n928 | 928\n940 | 928"


def referrals(rows: str):
    tables = {"person_keys": KEYS, "local_authorities": LAS}
    return only(run("harmonise_referrals", delivered_children_in_need=rows, **tables))


def plans(rows: str):
    tables = {"person_keys": KEYS, "local_authorities": LAS}
    return only(run("harmonise_plans", delivered_children_in_need=rows, **tables))


def test_the_latest_return_decides_and_the_earliest_assessment_stays():
    found = referrals(
        """
        return_year | referral_date | assessment_date | closure_date | closure_reason | referral_nfa
        2012/2013   | 2013-02-01    | 2013-03-20      |              |                | 0
        2013/2014   | 2013-02-01    | 2013-04-10      | 2013-06-01   | RC7            | 0
        2014/2015   | 2013-02-01    | 2013-05-01      | 2014-05-01   | rc8            | 1
        """
    )

    assert_shows(
        found,
        """
        referral_date | assessment_date | closure_date | closure_reason    | is_no_further_action
        2013-02-01    | 2013-03-20      | 2014-05-01   | no_further_action | true
        """,
    )


def test_a_case_opened_again_in_the_latest_return_is_open():
    found = referrals(
        """
        return_year | referral_date | closure_date | closure_reason
        2012/2013   | 2013-02-01    | 2013-03-01   | RC7
        2013/2014   | 2013-02-01    |              |
        """
    )

    assert_shows(found, "closure_date | is_closure_imputed\n | false")


def test_dates_of_1800_and_1900_stand_for_missing():
    found = referrals(
        """
        return_year | referral_date | assessment_date | closure_date
        2012/2013   | 1900-01-01    |                 | 2013-02-01
        2012/2013   | 2013-02-01    | 1800-01-01      | 1900-01-01
        """
    )

    assert_shows(
        found,
        "referral_date | assessment_date | closure_date\n2013-02-01 |            |           ",
    )


def test_a_closure_before_the_referral_closes_the_case_on_the_day_it_opened():
    found = referrals("referral_date | closure_date\n2013-02-01 | 2012-12-24")

    assert_shows(found, "referral_date | closure_date\n2013-02-01 | 2013-02-01")


def test_an_assessment_before_the_referral_is_no_assessment():
    found = referrals("referral_date | assessment_date\n2013-02-01 | 2013-01-31")

    assert found["assessment_date"].to_list() == [None]


def test_a_case_gone_from_a_later_return_closes_when_last_seen_and_is_flagged():
    found = referrals(
        """
        la_child_id | return_year | referral_date | closure_date
        c1          | 2012/2013   | 2013-02-01    |
        c2          | 2013/2014   | 2013-06-01    |
        """
    )

    assert_shows(
        found,
        """
        person_id | closure_date | is_closure_imputed
        1         | 2013-04-01   | true
        2         |              | false
        """,
    )


def test_a_case_referred_after_its_return_year_never_closes_before_it_opened():
    found = referrals(
        """
        la_child_id | return_year | referral_date
        c1          | 2012/2013   | 2013-04-20
        c2          | 2013/2014   | 2013-06-01
        """
    )

    assert_shows(found.head(1), "closure_date | is_closure_imputed\n2013-04-20 | true")


def test_a_case_that_outlives_its_la_is_one_case_of_the_successor():
    found = referrals(
        """
        la  | la_child_id | return_year | referral_date | closure_date
        928 | c2          | 2020/2021   | 2021-02-01    |
        940 | n1          | 2021/2022   | 2020-05-01    |
        """
    )
    assert len(found) == 2

    sent_on = referrals(
        """
        la  | la_child_id | return_year | referral_date | closure_date
        928 | c2          | 2020/2021   | 2021-02-01    |
        301 | c2          | 2021/2022   | 2021-02-01    | 2021-07-01
        """
    )
    assert_shows(
        sent_on,
        "person_id | la_code | closure_date | is_closure_imputed\n2 | 301 | 2021-07-01 | false",
    )


def test_a_case_left_behind_by_an_la_that_was_split_closes_with_its_last_return():
    """The successor made a return without it: it is gone, as from any LA that still exists."""
    found = referrals(
        """
        la  | la_child_id | return_year | referral_date
        928 | c2          | 2020/2021   | 2021-02-01
        940 | n1          | 2021/2022   | 2021-05-01
        """
    )

    assert_shows(
        found,
        """
        person_id | closure_date | is_closure_imputed
        1         |              | false
        2         | 2021-04-01   | true
        """,
    )


def test_a_row_without_a_child_id_is_placed_by_its_pupil_reference():
    found = referrals(
        """
        la  | la_child_id | pupil_reference | return_year | referral_date
        301 |             | AAA             | 2012/2013   | 2013-02-01
        301 |             | ZZZ             | 2012/2013   | 2013-02-02
        301 | c1          |                 | 2012/2013   | 2013-02-03
        """
    )

    assert_shows(
        found,
        """
        person_id | referral_date
        1         | 2013-02-01
        1         | 2013-02-03
        """,
    )


def test_two_referrals_are_two_cases():
    found = referrals("referral_date\n2013-02-01\n2013-02-02")

    assert found.height == 2


def test_a_plan_sent_again_is_one_plan_as_the_latest_return_says():
    found = plans(
        """
        return_year | plan_start_date | plan_end_date
        2012/2013   | 2013-02-01      |
        2013/2014   | 2013-02-01      | 2013-09-01
        2013/2014   | 2013-11-01      |
        """
    )

    assert_shows(
        found,
        """
        start_date | end_date   | is_end_imputed
        2013-02-01 | 2013-09-01 | false
        2013-11-01 |            | false
        """,
    )


def test_a_plan_ended_on_the_day_it_started_leaves_no_interval():
    assert plans("plan_start_date | plan_end_date\n2013-02-01 | 2013-02-01").is_empty()


@pytest.mark.parametrize("sentinel", ["1800-01-01", "1900-01-01"])
def test_a_plan_whose_end_is_a_sentinel_is_open(sentinel: str):
    found = plans(f"plan_start_date | plan_end_date\n2013-02-01 | {sentinel}\n{sentinel} | ")

    assert_shows(found, "start_date | end_date\n2013-02-01 |           ")


def test_a_plan_gone_from_a_later_return_ends_when_last_seen():
    """Else a plan that nobody ended would go on to the end of coverage, its case long closed."""
    found = plans(
        """
        la_child_id | return_year | plan_start_date
        c1          | 2012/2013   | 2013-02-01
        c2          | 2013/2014   |
        """
    )

    assert_shows(found, "start_date | end_date | is_end_imputed\n2013-02-01 | 2013-04-01 | true")


def test_a_plan_is_not_shortened_by_other_plans_of_the_child():
    found = plans(
        """
        return_year | referral_date | plan_start_date | plan_end_date
        2012/2013   | 2013-02-01    | 2013-03-01      | 2013-03-20
        2012/2013   | 2013-02-01    | 2013-03-25      |
        """
    )

    assert_shows(found, "start_date | end_date\n2013-03-01 | 2013-03-20\n2013-03-25 |           ")


def care_episodes(rows: str):
    tables = {"person_keys": KEYS, "local_authorities": LAS}
    return only(run("harmonise_care_episodes", delivered_care_episodes=rows, **tables))


def test_minus_ten_says_that_an_episode_is_open_whatever_its_end():
    found = care_episodes(
        """
        episode_start_date | episode_end_date | reason_ceased
        2012-01-01         | 2012-03-31       | X1
        2012-05-01         | 2012-06-01       | -10
        """
    )

    assert_shows(
        found,
        """
        start_date | end_date   | reason_ceased | is_end_imputed
        2012-01-01 | 2012-03-31 | continues     | false
        2012-05-01 |            | open          | false
        """,
    )


def test_an_episode_left_open_ends_where_the_next_one_starts():
    """A child is in one episode at a time: LA 301 forgot the end, the child is now with 928."""
    found = care_episodes(
        """
        la  | la_child_id | episode_start_date | episode_end_date | reason_ceased
        301 | c2          | 2012-01-01         |                  | -10
        928 | c2          | 2012-05-01         | 2012-06-01       | E8
        """
    )

    assert_shows(
        found,
        """
        la_code | start_date | end_date   | is_end_imputed
        301     | 2012-01-01 | 2012-05-01 | true
        928     | 2012-05-01 | 2012-06-01 | false
        """,
    )


@pytest.mark.parametrize("longest", ["2012-09-01 | E8", "2012-02-02 | -10", "           | X1"])
def test_of_episodes_that_start_on_a_day_the_longest_stays(longest: str):
    rows = f"""
        episode_start_date | legal_status | episode_end_date | reason_ceased
        2012-01-01         | V2           | 2012-03-01       | E8
        2012-01-01         | C2           | {longest}
        2012-01-01         | V2           | 2012-02-01       | E8
        """

    assert care_episodes(rows)["legal_status"].to_list() == ["care_order"]


def test_episodes_that_end_before_their_start_or_start_before_1930_are_left_out():
    found = care_episodes(
        """
        episode_start_date | episode_end_date
        2012-02-02         | 2012-02-01
        1900-01-01         | 2012-02-01
        2090-01-01         |
        """
    )

    assert found.is_empty()


def test_an_adoption_on_the_day_an_episode_began_is_not_lost():
    """Placed for adoption and adopted on one day: no time in care, but the end of everything."""
    found = care_episodes(
        """
        episode_start_date | episode_end_date | reason_ceased | reason_new
        2012-01-01         | 2012-03-01       | X1            | S
        2012-03-01         | 2012-03-01       | X1            | L
        2012-03-01         | 2012-03-01       | E11           | P
        """
    )

    assert_shows(
        found,
        """
        start_date | end_date   | reason_ceased | reason_new
        2012-01-01 | 2012-03-01 | continues     | started
        2012-03-01 | 2012-03-01 | adopted       | new_placement
        """,
    )
    exits = only(run("harmonise_exits", care_episodes=found))
    assert_shows(exits, "reason | exit_date\nadoption | 2012-03-01")


def test_an_episode_of_no_days_gives_way_to_a_longer_one_of_that_day():
    found = care_episodes(
        """
        episode_start_date | episode_end_date | reason_ceased
        2012-03-01         | 2012-03-01       | X1
        2012-03-01         | 2012-04-01       | E8
        """
    )

    assert_shows(found, "end_date | reason_ceased\n2012-04-01 | ended")


@pytest.mark.parametrize(
    ("status", "is_respite", "is_remand"),
    [
        ("v3", True, False), ("V4", True, False), ("J1", False, True), ("J2", False, True),
        ("J3", False, True), ("V2", False, False), ("", False, False), ("H9", False, False),
    ],
)  # fmt: skip
def test_short_breaks_and_remand_are_told_by_legal_status(status, is_respite, is_remand):
    found = care_episodes(f"episode_start_date | legal_status\n2012-01-01 | {status}")

    assert found.select("is_respite", "is_remand").row(0) == (is_respite, is_remand)


def test_leaving_is_the_first_death_adoption_or_move_abroad_recorded():
    exits = only(
        run(
            "harmonise_exits",
            care_episodes="""
            person_id | start_date | end_date   | reason_ceased
            1         | 2012-01-01 | 2012-05-01 | adopted
            1         | 2013-01-01 | 2013-05-01 | adopted
            2         | 2012-01-01 | 2012-07-01 | left_england
            3         | 2012-01-01 |            | died
            4         | 2012-01-01 | 2012-07-01 | ended
            """,
            referrals="""
            person_id | referral_date | closure_date | closure_reason
            1         | 2011-01-01    | 2012-04-01   | adopted
            2         | 2011-01-01    | 2012-04-01   | died
            5         | 2011-01-01    | 2012-04-01   | closed
            6         | 2011-01-01    |              | died
            """,
        )
    )

    assert_shows(
        exits,
        """
        person_id | reason       | exit_date
        1         | adoption     | 2012-04-01
        2         | death        | 2012-04-01
        2         | left_england | 2012-07-01
        """,
    )


DELIVERED = {
    "referrals": (
        "delivered_children_in_need",
        """
        return_year | referral_date | assessment_date | closure_date | plan_start_date
        2012/2013   | 2013-02-01    | 2013-03-20      |              |
        2013/2014   | 2013-02-01    | 2013-03-20      | 2013-06-01   | 2013-04-01
        """,
    ),
    "care_episodes": (
        "delivered_care_episodes",
        "episode_start_date | episode_end_date\n2012-01-01 | 2012-05-01\n2012-01-01 | 2012-06-01",
    ),
}
DELIVERED["plans"] = DELIVERED["referrals"]


@pytest.mark.parametrize("step", DELIVERED)
@pytest.mark.parametrize("row", [0, 1])
def test_a_row_delivered_twice_changes_nothing(step: str, row: int):
    name, text = DELIVERED[step]
    once = table(name, text)
    twice = once.vstack(once[row : row + 1])
    others = {"person_keys": KEYS}
    others["local_authorities"] = LAS

    found = [run(f"harmonise_{step}", **{name: rows}, **others) for rows in (once, twice)]

    assert found[0][step].height
    assert_show_same(found[1][step], found[0][step])
