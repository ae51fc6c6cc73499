"""What contact had been, in levels with their limits; what a member was on the index date."""

from datetime import date, timedelta

import pytest
from support.text_tables import assert_shows, definition, only, run

# Born on 15 May 2000; index date 15 May 2014; look-back from 15 May 2012.
FOUR = "person_id\n1\n2\n3\n4"


def exposure(name: str, spells: str, members: str = "person_id\n1", **changes):
    made = run(
        "measure_exposure",
        members=members,
        spell_history=spells,
        settings={"exposure": definition("exposures", name, **changes)},
    )
    return only(made)


def spells(*rows: str) -> str:
    return "\n".join(["person_id | state | start_date | end_date", *rows])


def test_the_highest_state_in_the_look_back():
    found = exposure(
        "contact_group",
        spells(
            "1 | cla      | 2011-01-01 | 2012-05-15",
            "1 | referral | 2013-01-01 | 2013-02-01",
            "2 | cla      | 2011-01-01 | 2012-05-16",
            "3 | cin      | 2014-05-14 | 2014-05-15",
            "3 | cpp      | 2013-01-01 | 2013-02-01",
        ),
        FOUR,
    )

    assert_shows(
        found,
        """
        person_id | value | level_no | level
        1         | 1     | 1        | referral
        2         | 4     | 4        | cla
        3         | 3     | 3        | cpp
        4         | 0     | 0        | none_observed
        """,
    )


def test_the_highest_state_ever():
    found = exposure("highest_ever", spells("1 | cla | 2001-01-01 | 2001-02-01"))

    assert found["level"].to_list() == ["cla"]


@pytest.mark.parametrize(
    ("name", "level_of_state"),
    [
        ("any_cin", {"referral": "no", "cin": "yes", "cpp": "yes", "cla": "yes"}),
        ("any_cpp", {"referral": "no", "cin": "no", "cpp": "yes", "cla": "no"}),
        ("any_cla", {"referral": "no", "cin": "no", "cpp": "no", "cla": "yes"}),
    ],
)
def test_plans_and_care_are_also_need(name: str, level_of_state: dict[str, str]):
    rows = [f"{n} | {state} | 2013-01-01 | 2013-02-01" for n, state in enumerate(level_of_state, 1)]

    assert exposure(name, spells(*rows), FOUR)["level"].to_list() == list(level_of_state.values())


@pytest.mark.parametrize(("end", "level"), [("2012-05-15", "no"), ("2012-05-16", "yes")])
def test_a_look_back_begins_on_its_first_day(end: str, level: str):
    found = exposure("any_cla", spells(f"1 | cla | 2011-01-01 | {end}"))

    assert found["level"].to_list() == [level]


@pytest.mark.parametrize(
    ("first_day", "level"),
    [
        ("1999-12-01", "under 10"),
        ("2010-05-14", "under 10"),
        ("2010-05-15", "10 to under 12"),
        ("2012-05-14", "10 to under 12"),
        ("2012-05-15", "12 or more"),
        ("2014-05-14", "12 or more"),
    ],
    ids=[
        "before birth", "day before the 10th birthday", "10th birthday",
        "day before the 12th birthday", "12th birthday", "day before the index date",
    ],
)  # fmt: skip
@pytest.mark.parametrize("birth", ["2000-05-15", "2001-05-15", "2003-01-15"])
def test_age_at_first_contact_turns_on_the_birthday(birth: str, first_day: str, level: str):
    years_later = int(birth[:4]) - 2000
    day = f"{int(first_day[:4]) + years_later}{first_day[4:]}"
    if birth == "2003-01-15":
        day = day.replace("-05-", "-01-")
    members = f"person_id | birth_date | index_date\n1 | {birth} | 2018-05-15"
    rows = "person_id | index_date | state | start_date | end_date"

    found = exposure(
        "age_at_first_referral", f"{rows}\n1 | 2018-05-15 | referral | {day} | 2018-05-15", members
    )

    assert found["level"].to_list() == [level]


def test_whoever_never_was_in_the_state_has_no_age_no_days_no_spells():
    for name in ("age_at_first_cla", "days_looked_after", "days_in_need", "spells_in_need"):
        found = exposure(name, spells("1 | referral | 2013-01-01 | 2013-02-01"))
        assert_shows(found, "value | level_no | level\n | 0 | never")


def test_the_first_of_several_spells_gives_the_age():
    found = exposure(
        "age_at_first_cin",
        spells("1 | cin | 2013-01-01 | 2013-02-01", "1 | cla | 2011-11-15 | 2012-01-01"),
    )

    assert found["value"].item() == pytest.approx(11.5, abs=0.01)


@pytest.mark.parametrize(
    ("days", "level"),
    [
        (1, "under 183"), (182, "under 183"), (183, "183 to under 365"),
        (364, "183 to under 365"), (365, "365 to under 1096"), (1095, "365 to under 1096"),
        (1096, "1096 or more"),
    ],
)  # fmt: skip
def test_days_looked_after_at_the_limits_of_the_bands(days: int, level: str):
    found = exposure("days_looked_after", _one_spell("cla", days))

    assert found.select("value", "level").row(0) == (days, level)


def _one_spell(state: str, days: int) -> str:
    start = date(2014, 5, 15) - timedelta(days)
    return spells(f"1 | {state} | {start} | 2014-05-15")


def test_days_in_need_count_a_day_once():
    """Need 10 days, care 10 days, 5 of them both; a plan of one day inside."""
    found = exposure(
        "days_in_need",
        spells(
            "1 | cin | 2013-01-01 | 2013-01-11",
            "1 | cla | 2013-01-06 | 2013-01-16",
            "1 | cpp | 2013-01-07 | 2013-01-08",
        ),
    )

    assert found["value"].item() == 15


def test_days_of_a_look_back_are_those_inside_it():
    found = exposure(
        "days_in_need", spells("1 | cin | 2012-01-01 | 2012-05-20"), window="look_back"
    )

    assert found["value"].item() == 5


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        (["1 | cin | 2012-06-01 | 2012-07-01"], "1"),
        (["1 | cin | 2012-06-01 | 2012-07-01", "1 | cla | 2012-07-01 | 2012-08-01"], "1"),
        (
            ["1 | cin | 2012-06-01 | 2012-07-01", "1 | cin | 2012-07-02 | 2012-08-01"],
            "2",
        ),
        (
            [
                "1 | cin | 2012-06-01 | 2012-07-01", "1 | cpp | 2012-07-02 | 2012-08-01",
                "1 | cla | 2013-07-02 | 2013-08-01",
            ],
            "3 or more",
        ),
    ],
    ids=["one", "touching", "two", "three kinds"],
)  # fmt: skip
def test_spells_that_touch_are_one(rows: list[str], level: str):
    assert exposure("spells_in_need", spells(*rows))["level"].to_list() == [level]


def covariates(**tables):
    members = tables.pop("members", "person_id\n1\n2\n3")
    people = tables.pop("people", "person_id | sex\n1 | male\n2 |\n3 | female")
    return only(run("describe_members", members=members, people=people, **tables))


def test_a_member_is_described_by_the_last_census_that_knows():
    found = covariates(
        school_history="""
        person_id | census_date | is_fsm_eligible | sen_group | idaci_ridit
        1         | 2012-01-19  | true            | none      | 0.1
        1         | 2013-01-17  | true            | support   | 0.9
        1         | 2014-01-16  | false           |           |
        2         | 2014-01-16  |                 | plan      | 0.2
        """
    )

    assert_shows(
        found,
        """
        person_id | sex     | ethnic_group | is_fsm_eligible | sen_group | idaci_ridit | idaci_fifth
        1         | male    | unknown      | false           | support   | 0.9         | 1
        2         | unknown | unknown      | false           | plan      | 0.2         | 5
        3         | female  | unknown      | false           | unknown   | 0.55        | unknown
        """,
    )


def test_without_any_deprivation_all_are_in_the_middle():
    assert covariates()["idaci_ridit"].to_list() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("ridit", "fifth"),
    [
        (1.0, "1"),
        (0.81, "1"),
        (0.8, "2"),
        (0.6, "3"),
        (0.4, "4"),
        (0.21, "4"),
        (0.2, "5"),
        (0, "5"),
    ],
)
def test_fifths_of_deprivation_hold_their_upper_limit(ridit: float, fifth: str):
    found = covariates(
        school_history=f"person_id | census_date | idaci_ridit\n1 | 2014-01-16 | {ridit}"
    )

    assert found["idaci_fifth"][0] == fifth


def test_thirds_of_prior_attainment_are_those_of_the_year_and_ties_share_one():
    people = "person_id\n" + "\n".join(map(str, range(1, 9)))
    rows = [
        "1 | key_stage_2 | 2012-08-31 | -1", "2 | key_stage_2 | 2012-08-31 | 0",
        "3 | key_stage_2 | 2012-08-31 | 1", "4 | key_stage_2 | 2013-08-31 | 7",
        "5 | key_stage_2 | 2013-08-31 | 7", "6 | key_stage_2 | 2013-08-31 | 9",
        "7 | english_maths | 2013-08-31 | 1",
    ]  # fmt: skip
    found = covariates(
        members=people,
        people=people,
        result_history="\n".join(["person_id | measure | result_date | value", *rows]),
    )

    assert found["prior_attainment"].to_list() == [
        "low", "middle", "high", "middle", "middle", "high", "unknown", "unknown",
    ]  # fmt: skip
