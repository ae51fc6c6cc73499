"""What happened after the index date: events at the edges of windows, and what precedes them."""

import pytest
from support.text_tables import assert_shows, definition, only, run

# Born on 15 May 2000: Year 10 from 1 September 2014, Year 11 to 31 August 2016, Year 13 to 2018.
MEMBER = "person_id | index_date | birth_date | birth_cohort | last_date\n1 | {} | {} | {} | {}"
FROM_14 = MEMBER.format("2014-05-15", "2000-05-15", "1999", "2018-09-01")
OFFENCES = "person_id | offence_no | offence_date"
CENSUS = "person_id | census_date\n1 | 2014-01-16"
ON_ROLL = "person_id | census_date\n1 | 2015-01-15\n1 | 2016-01-21"


def outcome(name: str, settings=None, members: str = FROM_14, changes=None, **tables):
    given = {"outcome": definition("outcomes", name, **(changes or {})), **(settings or {})}
    return only(run("measure_outcome", members=members, settings=given, **tables))


def offences(*rows: str) -> str:
    return "\n".join([OFFENCES, *(f"1 | {n} | {row}" for n, row in enumerate(rows, start=1))])


def test_a_window_without_an_event_is_seen_to_its_end():
    assert_shows(
        outcome("first_offence"),
        """
        is_at_risk | start_date | stop_date  | status   | reason        | is_observed | has_event
        true       | 2014-05-15 | 2018-09-01 | complete | window_closed | true        | false
        """,
    )


@pytest.mark.parametrize(
    ("day", "has_event", "stop"),
    [
        ("2014-05-15", True, "2014-05-15"),
        ("2018-08-31", True, "2018-08-31"),
        ("2018-09-01", False, "2018-09-01"),
    ],
    ids=["on the index date", "on the last day", "the day after"],
)
def test_a_window_holds_its_first_day_and_not_its_end(day: str, has_event: bool, stop: str):
    found = outcome("first_offence", offence_follow_up=offences(day))

    assert found.select("has_event", "is_observed").row(0) == (has_event, True)
    assert found["stop_date"].cast(str).item() == stop


@pytest.mark.parametrize(
    ("closes", "day"),
    [("18th_birthday", "2018-05-15"), ("end_of_year_11", "2016-09-01")],
)
def test_other_windows_close_on_their_day(closes: str, day: str):
    found = outcome("first_offence", changes={"window_closes": closes})

    assert found["stop_date"].cast(str).item() == day


def test_the_first_of_several_events_counts():
    found = outcome("first_offence", offence_follow_up=offences("2016-02-01", "2015-02-01"))

    assert found["stop_date"].cast(str).item() == "2015-02-01"


def test_an_event_before_the_window_leaves_nobody_at_risk():
    found = outcome(
        "first_offence",
        offence_history=offences("2014-05-14"),
        offence_follow_up="person_id | offence_no | offence_date\n1 | 2 | 2015-01-01",
    )

    assert found["is_at_risk"].item() is False


def test_an_unproven_offence_is_no_event_and_no_earlier_one():
    head = f"{OFFENCES} | is_proven"
    found = outcome(
        "first_offence",
        offence_history=f"{head}\n1 | 1 | 2013-01-01 | false",
        offence_follow_up=f"{head}\n1 | 2 | 2015-01-01 | false\n1 | 3 | 2016-01-01 | true",
    )

    assert_shows(found, "is_at_risk | stop_date | has_event\ntrue | 2016-01-01 | true")


def test_custody_is_also_a_proven_offence_and_no_other_offence_is_custody():
    head = f"{OFFENCES} | is_custody"
    rows = f"{head}\n1 | 1 | 2015-01-01 | false\n1 | 2 | 2016-01-01 | true"

    for name, day in (("first_offence", "2015-01-01"), ("first_custody", "2016-01-01")):
        found = outcome(name, offence_follow_up=rows)
        assert_shows(found, f"reason | stop_date\n{found['reason'].item()} | {day}")

    only_custody = f"{head}\n1 | 2 | 2016-01-01 | true"
    found = outcome("first_offence", offence_follow_up=only_custody)
    assert_shows(found, "reason | stop_date\nproven_offence | 2016-01-01")


def test_an_offence_counts_at_the_date_the_definition_says():
    """Committed before the index date, disposed of after it."""
    head = f"{OFFENCES} | disposal_date"
    tables = {"offence_history": f"{head}\n1 | 1 | 2014-05-01 | 2014-11-01"}

    by_offence = outcome("first_offence", **tables)
    by_disposal = outcome("first_offence", changes={"date": "disposal"}, **tables)

    assert_shows(by_offence, "is_at_risk | has_event\nfalse | false")
    assert_shows(by_disposal, "is_at_risk | has_event | stop_date\ntrue | true | 2014-11-01")


def test_custody_counts_from_the_day_it_was_given_not_from_an_earlier_suspended_sentence():
    rows = f"{OFFENCES} | disposal_date | is_custody | custody_date\n"
    rows += "1 | 1 | 2015-01-01 | 2015-03-01 | true | 2016-03-01"

    for name, day in (("first_offence", "2015-03-01"), ("first_custody", "2016-03-01")):
        found = outcome(name, changes={"date": "disposal"}, offence_follow_up=rows)
        assert_shows(found, f"has_event | stop_date\ntrue | {day}")


def exits(*rows: str) -> str:
    return "\n".join(["person_id | reason | exit_date", *(f"1 | {row}" for row in rows)])


@pytest.mark.parametrize(
    ("day", "status", "reason"),
    [
        ("2015-01-01", "competing", "death"),
        ("2015-01-02", "event", "proven_offence"),
        ("2015-01-03", "event", "proven_offence"),
    ],
)
def test_on_one_day_an_event_counts_before_a_competing_one(day: str, status: str, reason: str):
    found = outcome(
        "first_offence",
        offence_follow_up=offences("2015-01-02"),
        exit_follow_up=exits(f"death | {day}"),
    )

    assert found.select("status", "reason").row(0) == (status, reason)


@pytest.mark.parametrize(
    ("rows", "status", "reason"),
    [
        (["adoption | 2015-01-01"], "censored", "adoption"),
        (["left_england | 2015-01-01"], "censored", "left_england"),
        (["adoption | 2015-01-01", "death | 2015-01-01"], "competing", "death"),
        (["adoption | 2015-01-01", "left_england | 2014-12-31"], "censored", "left_england"),
    ],
)
def test_whoever_leaves_is_not_seen_to_the_end(rows: list[str], status: str, reason: str):
    found = outcome("first_offence", exit_follow_up=exits(*rows))

    assert found.select("status", "reason", "is_observed").row(0) == (status, reason, False)


@pytest.mark.parametrize(
    ("end", "status", "is_observed"),
    [("2018-09-02", "complete", True), ("2018-09-01", "complete", True),
     ("2018-08-31", "censored", False)],
)  # fmt: skip
def test_a_window_that_outlasts_the_data_is_censored(end: str, status: str, is_observed: bool):
    found = outcome("first_offence", {"coverage_offences_end": end})

    assert found.select("status", "is_observed").row(0) == (status, is_observed)


@pytest.mark.parametrize(
    ("date", "months", "last_day"),
    [
        ("offence", 0, "2017-01-31"),
        ("offence", 11, "2016-02-29"),  # the day before 31 January less eleven months: cut to 29
        ("offence", 12, "2016-01-31"),
        ("disposal", 12, "2017-01-31"),  # nothing is late that is dated by its disposal
    ],
)
def test_the_lag_of_disposals_cuts_the_last_months_of_offences(date, months, last_day):
    found = outcome(
        "first_offence",
        {"coverage_offences_end": "2017-01-31", "offences_lag_months": months},
        changes={"date": date},
    )

    assert_shows(found, f"status | stop_date\ncensored | {last_day}")


@pytest.mark.parametrize(("day", "status"), [("2016-12-31", "event"), ("2017-01-01", "censored")])
def test_an_event_on_the_first_day_not_covered_is_not_seen(day: str, status: str):
    found = outcome(
        "first_offence",
        {"coverage_offences_end": "2017-01-01"},
        offence_follow_up=offences(day),
    )

    assert found["status"].item() == status


EXCLUDED = "person_id | start_date | category"


def suspension(settings=None, members: str = FROM_14, **tables):
    tables = {"school_history": CENSUS, "school_follow_up": ON_ROLL, **tables}
    return outcome("first_suspension", settings, members, **tables)


@pytest.mark.parametrize(
    ("day", "is_at_risk", "has_event"),
    [
        ("2014-08-31", False, False), ("2014-09-01", True, True),
        ("2016-08-31", True, True), ("2016-09-01", True, False),
    ],
    ids=["end of Year 9", "start of Year 10", "end of Year 11", "after Year 11"],
)  # fmt: skip
def test_suspension_is_counted_in_years_10_and_11(day: str, is_at_risk: bool, has_event: bool):
    found = suspension(exclusion_follow_up=f"{EXCLUDED}\n1 | {day} | suspension")

    assert found.select("is_at_risk", "has_event").row(0) == (is_at_risk, has_event)


def test_a_child_indexed_inside_year_10_is_at_risk_from_then():
    members = MEMBER.format("2014-10-20", "2000-10-15", "2000", "2018-09-01")
    later = members.replace("2000-10-15 | 2000", "2000-10-15 | 1999")

    assert suspension(members=members)["start_date"].cast(str).item() == "2015-09-01"
    assert suspension(members=later)["start_date"].cast(str).item() == "2014-10-20"


@pytest.mark.parametrize("category", ["permanent", "lunchtime"])
def test_other_exclusions_are_no_suspension(category: str):
    found = suspension(exclusion_follow_up=f"{EXCLUDED}\n1 | 2015-01-01 | {category}")

    assert found["has_event"].item() is False
    assert found["status"].item() == ("competing" if category == "permanent" else "complete")


def test_custody_competes_with_suspension():
    rows = f"{OFFENCES} | is_custody\n1 | 1 | 2015-03-01 | true"

    assert_shows(
        suspension(offence_follow_up=rows),
        "status | reason | stop_date | is_observed\ncompeting | custody | 2015-03-01 | false",
    )


@pytest.mark.parametrize(
    ("censuses", "status", "stop"),
    [
        ("1 | 2015-01-15\n1 | 2016-01-21", "complete", "2016-09-01"),
        ("1 | 2015-01-15", "competing", "2015-09-01"),
    ],
)
def test_leaving_the_roll_competes_from_september_on(censuses: str, status: str, stop: str):
    found = suspension(school_follow_up=f"person_id | census_date\n{censuses}")

    assert_shows(found, f"is_at_risk | status | stop_date\ntrue | {status} | {stop}")


@pytest.mark.parametrize(
    ("table", "row", "status", "reason", "stop"),
    [
        ("exclusion_follow_up", "1 | 2015-10-05 | suspension", "event", "suspension", "2015-10-05"),
        ("exclusion_follow_up", "1 | 2015-10-05 | permanent", "competing", "permanent_exclusion",
         "2015-10-05"),
        ("exclusion_follow_up", "1 | 2015-10-05 | lunchtime", "competing", "leaving_roll",
         "2015-09-01"),
        ("exclusion_follow_up", "1 | 2016-02-01 | suspension", "competing", "leaving_roll",
         "2015-09-01"),
        ("exit_follow_up", "1 | 2015-12-24 | death", "competing", "death", "2015-12-24"),
        ("exit_follow_up", "1 | 2015-12-24 | left_england", "competing", "leaving_roll",
         "2015-09-01"),
    ],
)  # fmt: skip
def test_what_happens_before_the_census_that_lacks_the_pupil_comes_first(
    table: str, row: str, status: str, reason: str, stop: str
):
    """In January 2015 on the roll, in January 2016 not: September 2015 is too early to say left."""
    columns = {
        "exclusion_follow_up": "person_id | start_date | category",
        "exit_follow_up": "person_id | exit_date | reason",
    }
    found = suspension(
        school_follow_up="person_id | census_date\n1 | 2015-01-15",
        **{table: f"{columns[table]}\n{row}"},
    )

    assert_shows(found, f"status | reason | stop_date\n{status} | {reason} | {stop}")


def test_whoever_left_the_roll_before_year_10_is_not_at_risk():
    assert suspension(school_follow_up="")["is_at_risk"].item() is False
    assert suspension(school_follow_up="", school_history="")["is_at_risk"].item() is False


@pytest.mark.parametrize("end", ["2015-09-01", "2016-01-10"])
def test_a_pupil_on_roll_when_the_data_end_has_not_left_the_roll(end: str):
    """The census that could miss the pupil is not covered: censored, not competing."""
    found = suspension(
        {"coverage_schools_end": end}, school_follow_up="person_id | census_date\n1 | 2015-01-15"
    )

    assert_shows(
        found, f"is_at_risk | status | reason | stop_date\ntrue | censored | end_of_data | {end}"
    )


def results(*rows: str) -> str:
    return "\n".join(["person_id | measure | value | result_date", *(f"1 | {row}" for row in rows)])


def english_maths(settings=None, **tables):
    return outcome("english_maths", settings, **{"school_follow_up": ON_ROLL, **tables})


@pytest.mark.parametrize(
    ("rows", "has_event", "reason"),
    [
        (["english_maths | 1 | 2016-08-31"], True, "reached"),
        (["english_maths | 0 | 2016-08-31"], False, "not_reached"),
        (["attainment_8  | 9 | 2016-08-31"], False, "no_result"),
        (["english_maths | 1 | 2015-08-31"], True, "reached"),
        (["english_maths | 1 | 2017-08-31"], False, "no_result"),
        ([], False, "no_result"),
    ],
    ids=["reached", "not reached", "another measure", "a year early", "a year late", "none"],
)
def test_a_result_is_reached_by_the_end_of_year_11_or_not(rows, has_event: bool, reason: str):
    found = english_maths(result_follow_up=results(*rows))

    assert_shows(
        found,
        f"""
        is_at_risk | stop_date  | reason   | is_observed | has_event
        true       | 2016-08-31 | {reason} | true        | {str(has_event).lower()}
        """,
    )


@pytest.mark.parametrize(
    ("censuses", "is_at_risk"),
    [
        ("1 | 2016-01-21 | true", True),
        ("1 | 2016-01-21 | false", False),
        ("1 | 2015-01-15 | true", False),
    ],
    ids=["on roll in Year 11", "not on roll", "in Year 10 only"],
)
def test_at_risk_are_pupils_on_roll_in_year_11(censuses: str, is_at_risk: bool):
    census = f"person_id | census_date | is_on_roll\n{censuses}"

    assert english_maths(school_follow_up=census)["is_at_risk"].item() is is_at_risk


def test_a_census_of_year_11_before_a_late_landmark_counts():
    members = MEMBER.format("2016-05-15", "2000-05-15", "1999", "2018-09-01")
    census = "person_id | index_date | census_date\n1 | 2016-05-15 | 2016-01-21"

    found = outcome("english_maths", members=members, school_history=census)

    assert found["is_at_risk"].item() is True


@pytest.mark.parametrize(("end", "is_observed"), [("2016-09-01", True), ("2016-08-31", False)])
def test_results_after_the_data_end_are_not_observed(end: str, is_observed: bool):
    found = english_maths(
        {"coverage_schools_end": end}, result_follow_up=results("english_maths | 1 | 2016-08-31")
    )

    assert found.select("is_observed", "has_event").row(0) == (is_observed, is_observed)


# The index date is day 5113 of the life of a child born on 15 May 2000.
def intervals(outcomes: str, members: str = FROM_14, settings=None, **tables):
    made = run(
        "build_risk_intervals", members=members, outcome=outcomes, settings=settings, **tables
    )
    return only(made)


EVENT = (
    "person_id | stop_date | status | reason | has_event\n"
    "1 | {} | event | proven_offence | true"
)  # fmt: skip
STATES = "person_id | start_date | end_date | state"


def test_time_without_contact_is_one_interval():
    assert_shows(
        intervals(EVENT.format("2014-05-25")),
        """
        start_age_days | stop_age_days | contact_state | has_event | competing | ever_in_contact
        5113           | 5123          | none          | true      | ''        | false
        """,
    )


def test_contact_that_starts_on_the_day_of_the_offence_leaves_it_in_the_state_before():
    found = intervals(
        EVENT.format("2014-05-25"), contact_follow_up=f"{STATES}\n1 | 2014-05-25 | 2014-07-01 | cin"
    )

    assert_shows(
        found,
        """
        start_age_days | stop_age_days | contact_state | has_event | ever_in_contact
        5113           | 5123          | none          | true      | false
        """,
    )


def test_contact_that_starts_the_day_before_the_offence_holds_it():
    found = intervals(
        EVENT.format("2014-05-25"), contact_follow_up=f"{STATES}\n1 | 2014-05-24 | 2014-07-01 | cin"
    )

    assert_shows(
        found,
        """
        start_age_days | stop_age_days | contact_state | has_event | ever_in_contact
        5113           | 5122          | none          | false     | true
        5122           | 5123          | cin           | true      | true
        """,
    )


def test_time_at_risk_is_split_by_state_and_adds_up():
    found = intervals(
        EVENT.format("2014-08-01"),
        contact_history=f"{STATES}\n1 | 2013-01-01 | 2014-05-15 | cin",
        contact_follow_up=f"""
        {STATES}
        1 | 2014-05-15 | 2014-06-01 | cin
        1 | 2014-06-01 | 2014-07-01 | cla
        1 | 2014-07-01 | 2020-04-01 | post
        """,
    )

    assert_shows(
        found,
        """
        start_age_days | stop_age_days | contact_state | has_event
        5113           | 5130          | cin           | false
        5130           | 5160          | cla           | false
        5160           | 5191          | post          | true
        """,
    )


def test_an_event_on_the_day_of_entry_has_no_time_at_risk():
    assert intervals(EVENT.format("2014-05-15")).is_empty()


def test_nobody_who_is_not_at_risk_has_an_interval():
    rows = "person_id | is_at_risk\n1 | false"

    assert intervals(rows).is_empty()


@pytest.mark.parametrize(
    ("stop", "stop_age", "has_event", "competing"),
    [("2015-01-01", 5344, "true", "''"), ("2015-01-02", 5344, "false", "end_of_data")],
)
def test_time_at_risk_ends_with_the_coverage_of_contact(stop, stop_age, has_event, competing):
    settings = {"coverage_children_in_need_end": "2015-01-01"}

    assert_shows(
        intervals(EVENT.format(stop), settings=settings),
        f"stop_age_days | has_event | competing\n{stop_age} | {has_event} | {competing}",
    )


@pytest.mark.parametrize(
    ("stop", "competing"), [("2014-12-31", "death"), ("2015-06-01", "end_of_data")]
)
def test_a_competing_event_ends_time_at_risk_when_it_is_seen(stop: str, competing: str):
    found = intervals(
        f"person_id | stop_date | status | reason | is_observed\n"
        f"1 | {stop} | competing | death | false",
        settings={"coverage_care_end": "2015-01-01"},
    )

    assert_shows(found, f"has_event | competing\nfalse | {competing}")
