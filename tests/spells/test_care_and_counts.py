"""Placements, periods of care, need and contact as DfE counts them, and counts at 31 March."""

import polars as pl
import pytest
from support.text_tables import assert_shows, definition, only, parsed, run

END = "2020-04-01"


def care(episodes: str, **settings: object) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Placements and periods, of person 1 unless the rows say whose."""
    rows = parsed(episodes)
    rows = rows if "person_id" in rows.columns else rows.with_columns(person_id=pl.lit("1"))
    placements = only(run("merge_placements", care_episodes=rows, settings=settings))
    return placements, only(run("merge_care_periods", placements=placements))


def test_a_new_legal_status_is_an_episode_and_no_move():
    placements, periods = care(
        """
        start_date | end_date   | reason_new    | legal_status | placement_code | reason_ceased
        2012-01-01 | 2012-02-01 | started       | voluntary    | U6             | continues
        2012-02-01 | 2012-03-01 | legal_status  | care_order   | U6             | continues
        2012-03-01 | 2012-05-01 | new_placement | care_order   | U6             | continues
        2012-05-01 | 2012-06-01 | same_carer    | care_order   | A3             | adopted
        """
    )

    assert_shows(
        placements,
        """
        start_date | end_date   | placement_code | episodes | first_legal_status | reason_ceased
        2012-01-01 | 2012-03-01 | U6             | 2        | voluntary          | continues
        2012-03-01 | 2012-05-01 | U6             | 1        | care_order         | continues
        2012-05-01 | 2012-06-01 | A3             | 1        | care_order         | adopted
        """,
    )
    assert_shows(
        periods,
        """
        start_date | end_date   | episodes | placements | first_legal_status | last_legal_status
        2012-01-01 | 2012-06-01 | 4        | 3          | voluntary          | care_order
        """,
    )


def test_without_a_reason_for_the_episode_another_placement_code_is_a_move():
    placements, _ = care(
        """
        person_id | start_date | end_date   | placement_code
        1         | 2012-01-01 | 2012-02-01 | U6
        1         | 2012-02-01 | 2012-03-01 | U6
        1         | 2012-03-01 |            | K2
        """
    )

    assert_shows(
        placements,
        f"""
        start_date | end_date   | placement_code | is_open
        2012-01-01 | 2012-03-01 | U6             | false
        2012-03-01 | {END} | K2             | true
        """,
    )


def test_periods_end_at_gaps_at_short_breaks_and_where_the_record_begins_a_new_one():
    _, periods = care(
        """
        person_id | start_date | end_date   | period_start_date | is_respite | reason_ceased
        1         | 2012-01-01 | 2012-02-01 | 2012-01-01        | false      | ended
        1         | 2012-02-01 | 2012-03-01 | 2012-02-01        | false      | ended
        1         | 2012-03-01 | 2012-03-03 | 2012-03-01        | true       | ended
        1         | 2012-03-10 | 2012-04-01 | 2012-03-10        | false      | continues
        1         | 2012-04-01 | 2012-05-01 | 2012-03-10        | false      | ended
        """
    )

    assert_shows(
        periods,
        """
        start_date | end_date   | episodes | is_respite
        2012-01-01 | 2012-02-01 | 1        | false
        2012-02-01 | 2012-03-01 | 1        | false
        2012-03-01 | 2012-03-03 | 1        | true
        2012-03-10 | 2012-05-01 | 2        | false
        """,
    )


def test_an_adoption_on_the_day_an_episode_begins_ends_the_period_before_it():
    placements, periods = care(
        """
        person_id | start_date | end_date   | reason_new    | reason_ceased
        1         | 2012-01-01 | 2012-03-01 | started       | continues
        1         | 2012-03-01 | 2012-03-01 | new_placement | adopted
        """
    )

    assert_shows(periods, "end_date | placements | reason_ceased\n2012-03-01 | 1 | adopted")
    assert placements.height == 1


def test_gaps_up_to_the_study_s_days_do_not_end_a_period():
    rows = """
        person_id | start_date | end_date
        1         | 2012-01-01 | 2012-02-01
        1         | 2012-02-06 | 2012-03-01
        """

    assert [care(rows, care_max_gap_days=days)[1].height for days in (4, 5)] == [2, 1]


@pytest.mark.parametrize(
    ("step", "gap", "name", "rows"),
    [
        (
            "merge_plan_spells", "plans_max_gap_days", "plans",
            "person_id | start_date | end_date\n1 | 2012-01-01 | 2012-02-01\n"
            "1 | 2012-02-06 | 2012-03-01",
        ),
        (
            "merge_need_spells_dfe", "contact_max_gap_days", "referrals",
            "person_id | referral_date | closure_date\n1 | 2012-01-01 | 2012-02-01\n"
            "1 | 2012-02-06 | 2012-03-01",
        ),
        (
            "merge_need_spells", "contact_max_gap_days", "referrals",
            "person_id | referral_date | assessment_date | closure_date\n"
            "1 | 2012-01-01 | 2012-01-01 | 2012-02-01\n1 | 2012-02-06 | 2012-02-06 | 2012-03-01",
        ),
    ],
    ids=["plans", "need as DfE counts it", "need as known"],
)  # fmt: skip
def test_the_longest_gap_that_ends_no_spell_is_the_study_s_choice(step, gap, name, rows):
    spells = [only(run(step, settings={gap: days}, **{name: rows})) for days in (4, 5)]

    assert [len(found) for found in spells] == [2, 1]


CASES = """
    person_id | referral_date | closure_date | closure_reason    | is_no_further_action
    1         | 2013-01-01    | 2013-06-01   | closed            | false
    2         | 2013-01-01    | 2013-06-01   | no_further_action | false
    3         | 2013-01-01    | 2013-06-01   |                   | true
    4         | 2013-01-01    | 2013-06-01   | early_help        | false
    5         | 2013-01-01    |              |                   | false
    """


@pytest.mark.parametrize(("is_need", "early_help"), [(True, "cin"), (False, "referral")])
def test_dfe_counts_need_from_the_referral_by_how_the_case_ended(is_need: bool, early_help: str):
    found = only(
        run(
            "merge_need_spells_dfe",
            referrals=CASES,
            settings={"contact_early_help_is_need": is_need},
        )
    )

    assert_shows(
        found,
        f"""
        person_id | state    | start_date | end_date
        1         | cin      | 2013-01-01 | 2013-06-01
        2         | referral | 2013-01-01 | 2013-06-01
        3         | referral | 2013-01-01 | 2013-06-01
        4         | {early_help} | 2013-01-01 | 2013-06-01
        5         | cin      | 2013-01-01 | {END}
        """,
    )


def test_contact_as_dfe_counts_it_differs_in_need_only():
    found = only(
        run(
            "merge_contact_states_dfe",
            need_spells_dfe="""
            person_id | state | start_date | end_date
            1         | cin   | 2013-01-01 | 2013-06-01
            """,
            care_spells="person_id | start_date | end_date\n1 | 2013-02-01 | 2013-03-01",
        )
    )

    assert_shows(
        found,
        f"""
        start_date | end_date   | state
        2013-01-01 | 2013-02-01 | cin
        2013-02-01 | 2013-03-01 | cla
        2013-03-01 | 2013-06-01 | cin
        2013-06-01 | {END} | post
        """,
    )


def test_counts_at_31_march_are_of_those_open_at_the_end_of_the_day():
    found = only(
        run(
            "count_social_care",
            care_episodes="""
            person_id | la_code | start_date | end_date   | is_respite | is_remand
            1         | 301     | 2013-03-31 | 2013-04-01 | false      | false
            2         | 301     | 2013-01-01 | 2013-03-31 | false      | false
            3         | 301     | 2012-01-01 |            | true       | false
            4         | 302     | 2013-01-01 | 2015-03-31 | false      | true
            5         | 302     | 2019-04-01 |            | false      | false
            """,
            plans="""
            person_id | la_code | start_date | end_date
            1         | 301     | 2013-01-01 | 2013-06-01
            """,
            referrals="""
            person_id | referral_date | closure_date | closure_reason    | is_no_further_action
            1         | 2013-01-01    | 2013-06-01   |                   | false
            1         | 2013-02-01    | 2013-06-01   |                   | false
            2         | 2013-01-01    | 2013-06-01   | no_further_action | false
            3         | 2013-01-01    | 2013-06-01   | early_help        | false
            4         | 2013-01-01    | 2013-06-01   |                   | true
            6         | 2010-01-01    | 2011-03-31   |                   | false
            """,
        )
    )

    # Nobody in a year, no row. The remand counts, the short break does not; 2011 is not covered.
    assert_shows(
        found,
        """
        la_code | return_year | looked_after | in_need | on_plan
        301     | 2013        | 1            | 2       | 1
        302     | 2013        | 1            | 0       | 0
        302     | 2014        | 1            | 0       | 0
        302     | 2020        | 1            | 0       | 0
        """,
    )


def test_early_help_is_counted_by_the_study_s_choice():
    rows = """
        person_id | referral_date | closure_date | closure_reason
        1         | 2013-01-01    | 2013-06-01   | early_help
        """

    found = only(
        run("count_social_care", referrals=rows, settings={"contact_early_help_is_need": False})
    )

    assert found.is_empty()


def test_rows_in_another_order_on_two_threads_make_the_same_placements_and_periods():
    """Many children whose episodes start on days that others share, touch and overlap."""
    size = 600
    episodes = pl.DataFrame(
        {
            "person_id": [n // 6 for n in range(size)],
            "start_date": [f"2012-0{1 + n % 6}-01" for n in range(size)],
            "end_date": [f"2012-0{2 + n % 6}-0{1 + n * 7 % 5 // 3}" for n in range(size)],
            "placement_code": [("U6", "K2", None)[n * 5 % 7 % 3] for n in range(size)],
            "is_respite": [str(n % 11 == 0) for n in range(size)],
        }
    )
    shuffled = episodes.sample(fraction=1.0, shuffle=True, seed=4)

    once = only(run("merge_placements", care_episodes=episodes))
    again = only(run("merge_placements", care_episodes=shuffled, threads=2))

    assert once.equals(again)
    periods = [only(run("merge_care_periods", placements=made)) for made in (once, again)]
    assert periods[0].equals(periods[1])
    assert 100 < len(periods[0]) < len(once)


@pytest.mark.parametrize(
    ("day", "level"),
    [("2013-01-01", "referral"), ("2012-05-14", "none_observed"), ("2014-05-15", "none_observed")],
    ids=["in the look-back", "the day before it", "on the index date"],
)
def test_a_case_of_one_day_is_an_exposure_where_the_look_back_holds_the_day(day: str, level: str):
    members = "person_id\n1"
    need = only(
        run(
            "merge_need_spells",
            referrals=f"person_id | referral_date | closure_date\n1 | {day} | {day}",
        )
    )
    history = run("cut_histories", members=members, need_spells=need)["spell_history"]
    exposure = run(
        "measure_exposure",
        members=members,
        spell_history=history,
        settings={"exposure": definition("exposures", "contact_group")},
    )

    assert only(exposure)["level"].to_list() == [level]
