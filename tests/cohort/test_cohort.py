"""Who is in, from which day, of which LA; and that nothing after that day decides."""

import polars as pl
import pytest
from support.text_tables import assert_shows, definition, only, run, table

from cws_outcomes.cohort.criteria import criteria
from cws_outcomes.errors import ContractError, EmptyTableError
from cws_outcomes.steps import STEPS

LANDMARK = {"cohort": definition("cohorts", "landmark_14")}
ENTRY = {"cohort": definition("cohorts", "from_10")}
# Born on 15 May 2000: landmark on 15 May 2014, look-back from 15 May 2012.
ON_ROLL = {
    "people": "person_id\n1",
    "school_years": "person_id | census_date\n1 | 2014-01-16",
    "enrolments": "person_id | start_date | end_date\n1 | 2011-09-01 | 2016-09-01",
    "local_authorities": "raw_code | la_code\n"
    + "\n".join(f"{code} | {code}" for code in range(301, 306)),
}


def eligibility(settings=LANDMARK, **tables):
    return only(run("decide_eligibility", settings=settings, **{**ON_ROLL, **tables}))


def failed(settings=LANDMARK, **tables) -> int | None:
    return eligibility(settings, **tables)["failed_step"].item()


def test_a_pupil_who_meets_every_criterion_is_in():
    assert_shows(
        eligibility(),
        """
        index_date | look_back_start_date | last_date  | la_code | is_left_truncated | failed_step
        2014-05-15 | 2012-05-15           | 2018-09-01 | 301     | false             |
        """,
    )


@pytest.mark.parametrize(
    ("step", "tables"),
    [
        (1, {"people": "person_id | has_pupil_reference\n1 | false"}),
        (2, {"people": "person_id | birth_date | birth_cohort\n1 | |"}),
        (3, {"school_years": "person_id | census_date | is_on_roll\n1 | 2014-01-16 | false"}),
        (5, {"enrolments": "person_id | start_date | end_date\n1 | 2011-09-01 | 2014-05-15"}),
        (5, {"enrolments": "person_id | start_date | end_date\n1 | 2014-05-16 | 2016-09-01"}),
        (6, {"exits": "person_id | reason | exit_date\n1 | death | 2014-05-15"}),
        (7, {"school_years": "person_id | census_date | home_la_code\n1 | 2014-01-16 |"}),
        (7, {"school_years": "person_id | census_date\n1 | 2014-05-16"}),
    ],
    ids=[
        "no reference", "no birth", "never on roll", "left the day", "entered the day after",
        "dead that day", "no home", "home known the day after",
    ],
)  # fmt: skip
def test_the_first_criterion_not_met_is_told(step: int, tables: dict[str, str]):
    assert failed(**tables) == step


@pytest.mark.parametrize(
    "tables",
    [
        {"enrolments": "person_id | start_date | end_date\n1 | 2014-05-15 | 2014-05-16"},
        {"exits": "person_id | reason | exit_date\n1 | death | 2014-05-16"},
        {"school_years": "person_id | census_date\n1 | 2014-05-15"},
    ],
    ids=["on roll that day only", "dies the day after", "census that day"],
)
def test_a_criterion_met_on_the_day_is_met(tables: dict[str, str]):
    assert failed(**tables) is None


@pytest.mark.parametrize(
    ("window", "start", "end", "is_in"),
    [
        ("coverage_children_in_need", "2012-05-15", "2020-04-01", True),
        ("coverage_children_in_need", "2012-05-16", "2020-04-01", False),
        ("coverage_care", "2012-05-16", "2020-04-01", False),
        ("coverage_children_in_need", "2011-04-01", "2014-05-16", True),
        ("coverage_children_in_need", "2011-04-01", "2014-05-15", False),
        ("coverage_care", "2011-04-01", "2014-05-15", False),
    ],
)
def test_look_back_and_landmark_lie_inside_both_coverages(window, start, end, is_in: bool):
    settings = {**LANDMARK, window: {"start": start, "end": end}}

    assert failed(settings) == (None if is_in else 4)


@pytest.mark.parametrize(
    ("first_census", "cin_start", "care_start", "index_date"),
    [
        ("2008-01-17", "2009-04-01", "2006-04-01", "2010-05-15"),
        ("2012-01-19", "2009-04-01", "2006-04-01", "2012-01-19"),
        ("2008-01-17", "2011-04-01", "2006-04-01", "2011-04-01"),
        ("2008-01-17", "2009-04-01", "2011-06-01", "2011-06-01"),
    ],
    ids=["10th birthday", "first census", "coverage of need", "coverage of care"],
)
def test_entry_is_the_latest_of_birthday_first_census_and_coverage(
    first_census: str, cin_start: str, care_start: str, index_date: str
):
    settings = {
        **ENTRY,
        "coverage_children_in_need": {"start": cin_start, "end": "2020-04-01"},
        "coverage_care": {"start": care_start, "end": "2020-04-01"},
    }
    found = eligibility(settings, school_years=f"person_id | census_date\n1 | {first_census}")

    assert_shows(found, f"index_date | last_date | failed_step\n{index_date} | 2018-05-15 |")


@pytest.mark.parametrize("source", ["children_in_need", "care", "offences"])
def test_follow_up_from_entry_ends_with_the_first_coverage_that_ends(source: str):
    settings = {**ENTRY, f"coverage_{source}": {"start": "2006-01-01", "end": "2015-01-01"}}

    assert eligibility(settings)["last_date"].cast(str).to_list() == ["2015-01-01"]


def test_a_first_census_before_on_roll_does_not_count():
    census = "person_id | census_date | is_on_roll\n1 | 2012-01-19 | false\n1 | 2013-01-17 | true"

    assert eligibility(ENTRY, school_years=census)["index_date"].cast(str).item() == "2013-01-17"


@pytest.mark.parametrize(("start", "flag"), [("2011-03-31", True), ("2011-04-01", False)])
def test_children_known_before_coverage_are_flagged(start: str, flag: bool):
    states = f"person_id | start_date | end_date | state\n1 | {start} | 2012-01-01 | cin"

    assert eligibility(contact_states=states)["is_left_truncated"].item() is flag


CARE = "person_id | start_date | end_date | la_code\n1 | 2014-01-01 | {end} | 303"
PLAN = "person_id | start_date | end_date | la_code\n1 | 2014-02-01 | {end} | 304"
CASE = "person_id | referral_date | closure_date | la_code\n1 | 2014-03-01 | {end} | 305"


@pytest.mark.parametrize(
    ("care", "plan", "case", "la_code"),
    [
        ("", "", "", "303"),
        ("2014-05-16", "", "", "303"),
        ("2014-05-15", "2014-05-16", "2014-05-15", "304"),
        ("2014-05-15", "", "", "305"),
        ("2014-05-15", "2014-05-15", "2014-05-16", "305"),
        ("2014-05-15", "2014-05-15", "2014-05-15", "301"),
    ],
    ids=[
        "care open", "care open that day", "plan open", "plan and case: the one begun last",
        "case open", "nothing open: home",
    ],
)  # fmt: skip
def test_the_index_la_is_that_of_care_then_plan_or_case_then_home(care, plan, case, la_code: str):
    found = eligibility(
        care_episodes=CARE.format(end=care),
        plans=PLAN.format(end=plan),
        referrals=CASE.format(end=case),
    )

    assert found["la_code"].item() == la_code


def test_an_authority_that_the_geography_does_not_know_is_nobodys_index_la():
    """A county that was split years ago, under whose code an episode of care is still open."""
    care = CARE.format(end="").replace("303", "820")

    found = eligibility(care_episodes=care, plans=PLAN.format(end=""))

    assert "820" in care
    assert found["la_code"].item() == "304"


def test_the_home_is_that_of_the_last_census_that_knows_it():
    census = """
        person_id | census_date | home_la_code
        1         | 2012-01-19  | 301
        1         | 2013-01-17  | 302
        1         | 2014-01-16  |
        1         | 2015-01-15  | 309
        """

    assert eligibility(school_years=census)["la_code"].item() == "302"


# Records of every kind, all of another LA and all dated the day after the landmark or later.
AFTER = {
    "school_years": """
        person_id | census_date | home_la_code | idaci_ridit | sen_group | is_fsm_eligible
        1         | 2015-01-15  | 399          | 0.99        | plan      | true
        """,
    "enrolments": "person_id | start_date | end_date\n1 | 2016-09-01 | 2018-09-01",
    "contact_states": """
        person_id | start_date | end_date   | state
        1         | 2014-05-16 | 2015-01-01 | cla
        """,
    "need_spells": """
        person_id | state | start_date | end_date
        1         | cin   | 2014-05-16 | 2015-01-01
        """,
    "plan_spells": "person_id | start_date | end_date\n1 | 2014-05-16 | 2015-01-01",
    "care_spells": "person_id | start_date | end_date\n1 | 2014-05-16 | 2015-01-01",
    "care_episodes": "person_id | start_date | la_code\n1 | 2014-05-16 | 399",
    "plans": "person_id | start_date | la_code\n1 | 2014-05-16 | 399",
    "referrals": "person_id | referral_date | la_code\n1 | 2014-05-16 | 399",
    "exits": "person_id | reason | exit_date\n1 | adoption | 2014-05-16",
    "offences": "person_id | offence_date\n1 | 2014-05-16",
    "exclusions": "person_id | start_date\n1 | 2014-05-16",
    "attainment": """
        person_id | measure     | result_date | value
        1         | key_stage_2 | 2014-08-31  | 2
        """,
}
BEFORE = {
    **ON_ROLL,
    "school_years": """
        person_id | census_date | home_la_code | idaci_ridit | sen_group | is_fsm_eligible
        1         | 2014-01-16  | 301          | 0.3         | none      | false
        """,
    "need_spells": """
        person_id | state | start_date | end_date
        1         | cin   | 2013-01-01 | 2013-06-01
        """,
    "contact_states": """
        person_id | start_date | end_date   | state
        1         | 2013-01-01 | 2013-06-01 | cin
        1         | 2013-06-01 | 2014-05-16 | post
        """,
}


def known_of_members(tables) -> dict[str, pl.DataFrame]:
    """Members, histories, covariates and exposures, made by the steps from ``tables`` on."""
    made = dict(tables)

    def go(step: str, **settings) -> dict[str, pl.DataFrame]:
        read = {name: made[name] for name in STEPS[step].reads if name in made}
        return run(step, settings=settings, **read)

    made |= go("decide_eligibility", **LANDMARK)
    known = {"members": go("select_members", **LANDMARK)["members"]}
    made |= known
    made |= go("cut_histories")
    known |= {name: frame for name, frame in made.items() if name.endswith("_history")}
    known |= go("describe_members")
    for name in ("contact_group", "age_at_first_cin"):
        exposure = definition("exposures", name)
        known[name] = only(go("measure_exposure", exposure=exposure))
    return known


@pytest.fixture(scope="module")
def known_before() -> dict[str, pl.DataFrame]:
    return known_of_members(BEFORE)


@pytest.mark.parametrize("changed", AFTER)
def test_nothing_dated_after_the_index_date_is_known_on_it(changed: str, known_before):
    rows = table(changed, AFTER[changed])
    before = table(changed, BEFORE[changed]).vstack(rows) if changed in BEFORE else rows

    found = known_of_members({**BEFORE, changed: before})

    for name, frame in known_before.items():
        assert found[name].equals(frame), name


def selected(failed_steps: list[int | None]):
    rows = [f"{n} | {'' if step is None else step}" for n, step in enumerate(failed_steps, start=1)]
    decided = "index_date | look_back_start_date | birth_date | birth_cohort | la_code | last_date"
    values = "2014-05-15 | 2012-05-15 | 2000-05-15 | 1999 | 301 | 2018-09-01"
    text = "\n".join(
        [f"person_id | failed_step | {decided}", *(f"{row} | {values}" for row in rows)]
    )
    return run("select_members", settings=LANDMARK, eligibility=text)


def test_the_flow_adds_up_to_the_members():
    made = selected([None, 1, 1, 3, 5, None, 7])

    assert_shows(
        made["flow"],
        """
        step_no | persons_in | persons_excluded | persons_out
        0       | 7          | 0                | 7
        1       | 7          | 2                | 5
        2       | 5          | 0                | 5
        3       | 5          | 1                | 4
        4       | 4          | 0                | 4
        5       | 4          | 1                | 3
        6       | 3          | 0                | 3
        7       | 3          | 1                | 2
        """,
    )
    assert made["flow"]["criterion"].to_list() == list(criteria("landmark").values())
    assert made["members"]["person_id"].to_list() == [1, 6]


def test_a_cohort_without_members_stops():
    with pytest.raises(EmptyTableError, match="landmark_14 has no members"):
        selected([1, 2])


def test_a_criterion_that_the_flow_does_not_know_stops():
    with pytest.raises(ContractError, match="flow does not end at the number of members"):
        selected([None, 8])


def cut(**tables):
    return run("cut_histories", members="person_id\n1", **tables)


def test_contact_is_cut_in_two_at_the_index_date():
    made = cut(
        contact_states="""
        person_id | start_date | end_date   | state
        1         | 2013-01-01 | 2013-02-01 | referral
        1         | 2013-02-01 | 2014-05-15 | cin
        1         | 2014-05-15 | 2014-06-01 | cpp
        1         | 2014-06-01 | 2015-01-01 | post
        2         | 2013-01-01 | 2015-02-01 | cla
        """
    )

    assert_shows(
        made["contact_history"],
        "start_date | end_date | state\n2013-01-01 | 2013-02-01 | referral\n"
        "2013-02-01 | 2014-05-15 | cin",
    )
    assert_shows(
        made["contact_follow_up"],
        "start_date | end_date | state\n2014-05-15 | 2014-06-01 | cpp\n"
        "2014-06-01 | 2015-01-01 | post",
    )


def test_a_state_that_spans_the_index_date_is_in_both_parts():
    made = cut(
        contact_states="""
        person_id | start_date | end_date   | state
        1         | 2014-05-14 | 2014-05-16 | cin
        """
    )

    assert_shows(made["contact_history"], "start_date | end_date\n2014-05-14 | 2014-05-15")
    assert_shows(made["contact_follow_up"], "start_date | end_date\n2014-05-15 | 2014-05-16")


def test_spells_of_every_kind_are_cut_at_the_index_date():
    made = cut(
        need_spells="""
        person_id | state    | start_date | end_date
        1         | cin      | 2014-05-14 | 2014-06-01
        1         | referral | 2014-05-15 | 2014-06-01
        """,
        plan_spells="person_id | start_date | end_date\n1 | 2013-05-14 | 2014-05-15",
        care_spells="person_id | start_date | end_date\n1 | 2013-05-14 | 2016-05-15",
    )

    assert_shows(
        made["spell_history"],
        """
        state | start_date | end_date
        cin   | 2014-05-14 | 2014-05-15
        cla   | 2013-05-14 | 2014-05-15
        cpp   | 2013-05-14 | 2014-05-15
        """,
    )


EVENTS = {
    "offence": ("offences", "offence_no | offence_date", "{n} | {day}", False),
    "exclusion": ("exclusions", "start_date", "{day}", False),
    "school": ("school_years", "census_date", "{day}", True),
    "result": ("attainment", "value | measure | result_date", "1 | {measure} | {day}", True),
    "exit": ("exits", "reason | exit_date", "{reason} | {day}", False),
}
MEASURES, REASONS = (
    ("key_stage_2", "english_maths", "attainment_8"), ("death", "adoption", "left_england"),
)  # fmt: skip


@pytest.mark.parametrize("kind", EVENTS)
def test_a_record_is_in_one_part_only_and_told_by_its_day(kind: str):
    """What happens on the index date is follow-up; what is known on it is history."""
    name, head, row, is_known_that_day = EVENTS[kind]
    days = ["2014-05-14", "2014-05-15", "2014-05-16"]
    rows = [
        "1 | " + row.format(n=n + 1, day=day, measure=MEASURES[n], reason=REASONS[n])
        for n, day in enumerate(days)
    ]
    made = cut(**{name: "\n".join([f"person_id | {head}", *rows])})
    column = head.split(" | ")[-1]

    first = 2 if is_known_that_day else 1
    after = made[f"{kind}_follow_up"][column].cast(str).sort().to_list()
    assert after == days[first:]
    if kind != "exit":
        before = made[f"{kind}_history"][column].cast(str).sort().to_list()
        assert before == days[:first]


@pytest.mark.parametrize(
    ("history", "row"),
    [
        ("contact_history", "state | start_date | end_date\n1 | cin | 2014-05-01 | 2014-05-16"),
        ("contact_history", "state | start_date | end_date\n1 | cin | 2014-05-15 | 2014-05-15"),
        ("spell_history", "state | start_date | end_date\n1 | cin | 2014-05-01 | 2014-05-16"),
        ("offence_history", "offence_date\n1 | 2014-05-15"),
        ("exclusion_history", "start_date\n1 | 2014-05-15"),
        ("result_history", "value | measure | result_date\n1 | 1 | key_stage_2 | 2014-05-16"),
        ("school_history", "census_date\n1 | 2014-05-16"),
    ],
)
def test_a_history_with_the_future_in_it_is_refused(history: str, row: str):
    with pytest.raises(ContractError, match="known_on_index_date"):
        table(history, f"person_id | {row}")
