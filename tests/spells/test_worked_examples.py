"""Episodes joined into spells, referrals told from need, the highest state open, enrolments."""

import pytest
from support.text_tables import assert_shows, only, run

END = "2020-04-01"  # of coverage, of children in need and of care


def care(rows: str, **settings):
    return only(run("merge_care_spells", care_episodes=rows, settings=settings))


def episodes(*days: str) -> str:
    return "\n".join(["person_id | start_date | end_date", *(f"1 | {day}" for day in days)])


@pytest.mark.parametrize(
    ("days", "spells"),
    [
        (["2012-01-01 | 2012-03-01", "2012-03-01 | 2012-06-01"], ["2012-01-01 | 2012-06-01 | 2"]),
        (
            ["2012-01-01 | 2012-03-01", "2012-03-02 | 2012-06-01"],
            ["2012-01-01 | 2012-03-01 | 1", "2012-03-02 | 2012-06-01 | 1"],
        ),
        (["2012-01-01 | 2012-04-01", "2012-03-01 | 2012-06-01"], ["2012-01-01 | 2012-06-01 | 2"]),
        (
            ["2012-01-01 | 2013-01-01", "2012-02-01 | 2012-03-01", "2012-11-01 | 2013-02-01"],
            ["2012-01-01 | 2013-02-01 | 3"],
        ),
        (["2012-01-01 | ", "2015-01-01 | 2015-02-01"], [f"2012-01-01 | {END} | 2"]),
        (["2020-03-31 | "], [f"2020-03-31 | {END} | 1"]),
        (["2012-01-01 | 2021-01-01"], [f"2012-01-01 | {END} | 1"]),
        (["2020-04-01 | 2020-05-01"], []),
    ],
    ids=[
        "touching", "a day apart", "overlapping", "nested", "open", "open on the last day",
        "ended after coverage", "started after coverage",
    ],
)  # fmt: skip
def test_episodes_join_into_spells(days: list[str], spells: list[str]):
    expected = "\n".join(["start_date | end_date | episodes", *spells])

    assert_shows(care(episodes(*days)), expected)


@pytest.mark.parametrize(("gap", "spells"), [(0, 2), (6, 2), (7, 1), (8, 1)])
def test_a_gap_of_max_gap_days_does_not_end_a_spell(gap: int, spells: int):
    rows = episodes("2012-01-01 | 2012-02-01", "2012-02-08 | 2012-03-01")

    assert len(care(rows, care_max_gap_days=gap)) == spells


def test_a_gap_is_measured_from_the_latest_end_so_far():
    """The second episode ends early: the third touches the first."""
    rows = episodes("2012-01-01 | 2012-12-01", "2012-02-01 | 2012-03-01", "2012-12-01 | 2013-01-01")

    assert_shows(care(rows), "start_date | end_date\n2012-01-01 | 2013-01-01")


def test_spells_of_two_children_never_join():
    rows = """
        person_id | start_date | end_date
        1         | 2012-01-01 | 2012-03-01
        2         | 2012-02-01 | 2012-06-01
        """

    assert care(rows)["person_id"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("respite", "remand", "starts"),
    [
        (False, False, ["2012-01-01"]),
        (True, False, ["2012-01-01", "2013-01-01"]),
        (False, True, ["2012-01-01", "2014-01-01"]),
        (True, True, ["2012-01-01", "2013-01-01", "2014-01-01"]),
    ],
)
def test_short_breaks_and_remand_are_in_by_the_study_s_choice(
    respite: bool, remand: bool, starts: list[str]
):
    rows = """
        person_id | start_date | end_date   | is_respite | is_remand
        1         | 2012-01-01 | 2012-02-01 | false      | false
        1         | 2013-01-01 | 2013-02-01 | true       | false
        1         | 2014-01-01 | 2014-02-01 | false      | true
        """

    spells = care(rows, care_include_respite=respite, care_include_remand=remand)

    assert spells["start_date"].cast(str).to_list() == starts


def test_a_short_break_left_out_does_not_bridge_a_gap_in_care():
    rows = """
        person_id | start_date | end_date   | is_respite
        1         | 2012-01-01 | 2012-02-01 | false
        1         | 2012-02-01 | 2012-02-03 | true
        1         | 2012-02-03 | 2012-03-01 | false
        """

    assert len(care(rows)) == 2


def test_plans_that_touch_or_overlap_are_one_spell():
    spells = only(
        run(
            "merge_plan_spells",
            plans="""
            person_id | start_date | end_date
            1         | 2012-01-01 | 2012-02-01
            1         | 2012-02-01 | 2012-03-01
            1         | 2012-03-02 |
            1         | 2012-05-01 | 2012-06-01
            2         | 2020-04-01 |
            """,
        )
    )

    assert_shows(
        spells,
        f"""
        person_id | start_date | end_date
        1         | 2012-01-01 | 2012-03-01
        1         | 2012-03-02 | {END}
        """,
    )


def need(rows: str, **settings):
    return only(run("merge_need_spells", referrals=rows, settings=settings))


@pytest.mark.parametrize(
    ("case", "states"),
    [
        (
            "2013-01-01 | 2013-02-12 | 2013-06-01",
            ["cin | 2013-02-12 | 2013-06-01", "referral | 2013-01-01 | 2013-02-12"],
        ),
        (
            "2013-01-01 |            | 2013-06-01",
            ["cin | 2013-03-05 | 2013-06-01", "referral | 2013-01-01 | 2013-03-05"],
        ),
        (
            "2013-01-01 | 2013-05-01 | 2013-06-01",
            ["cin | 2013-03-05 | 2013-06-01", "referral | 2013-01-01 | 2013-03-05"],
        ),
        ("2013-01-01 |            | 2013-02-01", ["referral | 2013-01-01 | 2013-02-01"]),
        ("2013-01-01 |            | 2013-03-05", ["referral | 2013-01-01 | 2013-03-05"]),
        (
            "2013-01-01 |            | 2013-03-06",
            ["cin | 2013-03-05 | 2013-03-06", "referral | 2013-01-01 | 2013-03-05"],
        ),
        ("2013-01-01 | 2013-02-10 | 2013-02-01", ["referral | 2013-01-01 | 2013-02-01"]),
        ("2013-01-01 | 2013-02-01 | 2013-02-01", ["referral | 2013-01-01 | 2013-02-01"]),
        ("2013-01-01 | 2013-01-01 | 2013-02-01", ["cin | 2013-01-01 | 2013-02-01"]),
        ("2013-01-01 |            | 2013-01-01", ["referral | 2013-01-01 | 2013-01-02"]),
        ("2013-01-01 | 2013-01-01 | 2013-01-01", ["cin | 2013-01-01 | 2013-01-02"]),
        (
            "2020-01-20 |            |           ",
            [f"cin | 2020-03-23 | {END}", "referral | 2020-01-20 | 2020-03-23"],
        ),
        ("2020-03-01 |            | 2020-09-01", [f"referral | 2020-03-01 | {END}"]),
        ("2020-04-01 |            |           ", []),
    ],
    ids=[
        "until the assessment", "else for 63 days", "assessed late: known only then",
        "closed before 63 days",
        "closed on the 63rd day", "closed the day after", "assessed after closure",
        "assessed on closure", "assessed on the day", "closed on the day: open for that day",
        "assessed and closed on the day", "open",
        "not assessed by the end of coverage", "after coverage",
    ],
)  # fmt: skip
def test_a_referral_becomes_need_when_that_is_known(case: str, states: list[str]):
    rows = f"person_id | referral_date | assessment_date | closure_date\n1 | {case}"

    assert_shows(need(rows), "\n".join(["state | start_date | end_date", *states]))


def test_days_until_need_are_the_study_s_choice():
    rows = "person_id | referral_date\n1 | 2013-01-01"

    assert_shows(
        need(rows, contact_assessment_days=10).head(1),
        f"state | start_date | end_date\ncin | 2013-01-11 | {END}",
    )


@pytest.mark.parametrize("reason", ["no_further_action", "early_help", "adopted", "died"])
def test_how_a_case_ends_never_changes_what_it_was_before(reason: str):
    head = "person_id | referral_date | assessment_date | closure_date"
    plain = f"{head}\n1 | 2013-01-01 | 2013-02-01 | 2013-06-01"
    known_later = (
        f"{head} | closure_reason | is_no_further_action\n"
        f"1 | 2013-01-01 | 2013-02-01 | 2013-06-01 | {reason} | true"
    )

    assert need(known_later).equals(need(plain))


def test_cases_that_overlap_are_one_spell_in_each_state():
    spells = need(
        """
        person_id | referral_date | assessment_date | closure_date
        1         | 2013-01-01    | 2013-02-01      | 2013-06-01
        1         | 2013-05-01    | 2013-05-20      | 2013-08-01
        1         | 2013-08-01    | 2013-08-20      | 2013-09-01
        """
    )

    assert_shows(
        spells,
        """
        state    | start_date | end_date
        cin      | 2013-02-01 | 2013-08-01
        cin      | 2013-08-20 | 2013-09-01
        referral | 2013-01-01 | 2013-02-01
        referral | 2013-05-01 | 2013-05-20
        referral | 2013-08-01 | 2013-08-20
        """,
    )


def contact(**tables):
    return only(run("merge_contact_states", **tables))


def test_the_highest_state_open_holds_and_post_when_none_is():
    states = contact(
        need_spells="""
        person_id | state    | start_date | end_date
        1         | referral | 2013-01-01 | 2013-02-01
        1         | cin      | 2013-02-01 | 2013-12-01
        1         | referral | 2013-06-01 | 2013-07-01
        1         | referral | 2014-03-01 | 2014-04-01
        """,
        plan_spells="person_id | start_date | end_date\n1 | 2013-03-01 | 2013-09-01",
        care_spells="person_id | start_date | end_date\n1 | 2013-04-01 | 2013-05-01",
    )

    assert_shows(
        states,
        f"""
        start_date | end_date   | state
        2013-01-01 | 2013-02-01 | referral
        2013-02-01 | 2013-03-01 | cin
        2013-03-01 | 2013-04-01 | cpp
        2013-04-01 | 2013-05-01 | cla
        2013-05-01 | 2013-09-01 | cpp
        2013-09-01 | 2013-12-01 | cin
        2013-12-01 | 2014-03-01 | post
        2014-03-01 | 2014-04-01 | referral
        2014-04-01 | {END} | post
        """,
    )


def test_a_state_that_goes_on_in_another_spell_is_one_row():
    states = contact(
        need_spells="""
        person_id | state | start_date | end_date
        1         | cin   | 2013-01-01 | 2013-06-01
        """,
        care_spells=f"""
        person_id | start_date | end_date
        1         | 2013-01-01 | 2013-03-01
        1         | 2013-03-01 | {END}
        """,
    )

    assert_shows(states, f"start_date | end_date | state\n2013-01-01 | {END} | cla")


def test_a_case_closed_on_the_day_it_opened_is_contact_on_that_day():
    """Open for one day, so that it counts as an exposure in any window that holds the day."""
    spells = need("person_id | referral_date | closure_date\n1 | 2013-01-01 | 2013-01-01")

    assert_shows(
        contact(need_spells=spells),
        f"""
        start_date | end_date   | state
        2013-01-01 | 2013-01-02 | referral
        2013-01-02 | {END} | post
        """,
    )


def test_states_end_where_the_first_of_the_two_sources_ends():
    tables = {
        "need_spells": """
        person_id | state | start_date | end_date
        1         | cin   | 2018-01-01 | 2019-06-01
        """,
        "care_spells": """
        person_id | start_date | end_date
        2         | 2018-01-01 | 2020-04-01
        3         | 2019-01-01 | 2020-04-01
        """,
    }

    states = only(
        run(
            "merge_contact_states",
            settings={"coverage_children_in_need_end": "2019-01-01"},
            **tables,
        )
    )

    assert_shows(
        states,
        """
        person_id | start_date | end_date   | state
        1         | 2018-01-01 | 2019-01-01 | cin
        2         | 2018-01-01 | 2019-01-01 | cla
        """,
    )


def enrolments(rows: str):
    return only(run("merge_enrolments", school_years=rows))


def test_censuses_of_one_school_in_a_row_are_one_enrolment():
    found = enrolments(
        """
        person_id | census_date | school_urn | entry_date
        1         | 2012-01-19  | u1         | 2011-09-05
        1         | 2013-01-17  | u1         | 2011-09-05
        1         | 2014-01-16  | u2         | 2013-10-01
        """
    )

    assert_shows(
        found,
        """
        start_date | end_date   | school_urn
        2011-09-05 | 2013-09-01 | u1
        2013-10-01 | 2014-09-01 | u2
        """,
    )


def test_a_move_within_the_year_ends_the_old_enrolment():
    found = enrolments(
        """
        person_id | census_date | school_urn | entry_date
        1         | 2012-01-19  | u1         | 2011-09-05
        1         | 2013-01-17  | u2         | 2012-03-01
        """
    )

    assert_shows(
        found,
        """
        start_date | end_date   | school_urn
        2011-09-05 | 2012-03-01 | u1
        2012-03-01 | 2013-09-01 | u2
        """,
    )


def test_an_entry_before_the_last_census_elsewhere_is_the_day_after_it():
    found = enrolments(
        """
        person_id | census_date | school_urn | entry_date
        1         | 2012-01-19  | u1         | 2011-09-05
        1         | 2013-01-17  | u2         | 2011-12-01
        """
    )

    assert_shows(
        found.select("start_date", "end_date"),
        "start_date | end_date\n2011-09-05 | 2012-01-20\n2012-01-20 | 2013-09-01",
    )


def test_without_a_trusted_entry_the_first_census_seen_starts_the_enrolment():
    found = enrolments(
        """
        person_id | census_date | entry_date
        1         | 2012-01-19  |
        1         | 2013-01-17  | 2012-09-01
        2         | 2012-01-19  | 2012-02-01
        """
    )

    assert_shows(
        found,
        """
        person_id | start_date | end_date
        1         | 2012-01-19 | 2013-09-01
        2         | 2012-01-19 | 2012-09-01
        """,
    )


def test_a_year_off_roll_lies_between_two_enrolments():
    """Back at the same school with the old date of entry: it does not fill the year away."""
    found = enrolments(
        """
        person_id | census_date | school_urn | entry_date | is_on_roll
        1         | 2012-01-19  | u1         | 2010-09-01 | true
        1         | 2013-01-17  | u1         | 2010-09-01 | false
        1         | 2014-01-16  | u1         | 2010-09-01 | true
        """
    )

    assert_shows(
        found,
        """
        start_date | end_date
        2010-09-01 | 2012-09-01
        2013-09-01 | 2014-09-01
        """,
    )
