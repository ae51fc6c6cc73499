"""The truth beside the data is what the files say, read slowly, one child at a time."""

import json
from collections import defaultdict
from datetime import date, timedelta

import polars as pl
import pytest
from support.delivered import read

from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.world import make_world

END = date(2020, 4, 1)
"""First day after the returns: the files know nothing of what follows."""

RANK = {"none": 0, "referral": 1, "cin": 2, "cpp": 3, "cla": 4}


def filled(table: pl.DataFrame, code: str, child: str) -> pl.DataFrame:
    """Fill blank references from another row of the same LA and LA child id."""
    reference = table.columns[0]
    known = pl.col(reference).drop_nulls().first().over(code, child)
    return table.with_columns(pl.coalesce(reference, known))


def day(text: str | None) -> date | None:
    return None if text is None or text.startswith("1900") else date.fromisoformat(text)


def referrals(folder):
    """Rows of each reference and referral date, all returns and codes together."""
    table = filled(read(folder, "CIN_2009_to_2020.txt"), "CIN_LA", "CIN_LAchildID_Anon")
    found = defaultdict(lambda: defaultdict(list))
    for row in table.drop_nulls("CIN_PupilMatchingRefAnonymous").iter_rows(named=True):
        found[row["CIN_PupilMatchingRefAnonymous"]][row["CIN_CINReferralDate"]].append(row)
    return found


def care(folder):
    table = filled(
        read(folder, "CLA_Episodes_2006_to_2020.txt"), "CLA_LA", "CLA_CHILD_LA_CODE_ANON"
    )
    found = defaultdict(list)
    for row in table.drop_nulls("CLA_PupilMatchingRefAnonymous").iter_rows(named=True):
        if row["CLA_LEGAL_STATUS"] not in ("V3", "V4", "J1", "J2", "J3"):
            found[row["CLA_PupilMatchingRefAnonymous"]].append(
                ("cla", day(row["CLA_DATE_EPI_COMM"]), day(row["CLA_DATE_EPI_CEASED"]) or END)
            )
    return found


def spells_of_referral(start, rows):
    start = day(start)
    closures = [day(row["CIN_CINClosureDate"]) for row in rows]
    closure = max((c for c in closures if c), default=END)
    assessed = {day(row["CIN_AssessmentAuthorisationDate"]) for row in rows} - {None}
    authorised = [a for a in assessed if a <= closure]
    need = min([*authorised, start + timedelta(days=63), closure])
    yield "referral", start, need
    yield "cin", need, closure
    plans = defaultdict(set)
    for row in rows:
        if row["CIN_CPPStartDate"]:
            plans[row["CIN_CPPStartDate"]].add(day(row["CIN_CPPEndDate"]))
    for begun, ends in plans.items():
        yield "cpp", day(begun), max((e for e in ends if e), default=END)


def state_of_days(spells, birth):
    """State of every day from birth to the end of the returns, one day at a time."""
    found, known = [], False
    on = birth
    first = min(start for _, start, _ in spells)
    while on < END:
        is_open = [level for level, start, end in spells if start <= on < end]
        known = known or on >= first
        found.append(max(is_open, key=RANK.get) if is_open else ("post" if known else "none"))
        on += timedelta(days=1)
    return found


@pytest.fixture(scope="module")
def people(delivery):
    return pl.read_parquet(delivery / "truth" / "people.parquet")


def test_states_are_those_of_the_files_on_every_day(delivery, people):
    need, looked_after = referrals(delivery), care(delivery)
    states = pl.read_parquet(delivery / "truth" / "states.parquet")
    segments = states.partition_by("child", as_dict=True)
    # Those with plans and care first: they are few and have every level.
    pupils = people.filter((pl.col("pupil_reference") != "") & pl.col("adoption_date").is_null())
    ranked = sorted(
        pupils.iter_rows(named=True),
        key=lambda row: (-len(looked_after[row["pupil_reference"]]), row["child"]),
    )
    seen = [row for row in ranked if need[row["pupil_reference"]]][:120]
    seen += [row for row in reversed(ranked) if need[row["pupil_reference"]]][:120]
    assert len(seen) == 240
    for row in seen:
        reference = row["pupil_reference"]
        spells = list(looked_after[reference])
        for start, rows in need[reference].items():
            spells += spells_of_referral(start, rows)
        true = []
        for segment in segments[(row["child"],)].iter_rows(named=True):
            end = min(segment["end_date"] or END, END)
            true += [segment["state"]] * max((end - segment["start_date"]).days, 0)
        assert true == state_of_days(spells, row["birth_date"])


def test_children_without_records_are_never_in_contact(delivery, people):
    need, looked_after = referrals(delivery), care(delivery)
    states = pl.read_parquet(delivery / "truth" / "states.parquet")
    before_end = states.filter((pl.col("start_date") < END) & (pl.col("state") != "none"))
    touched = people.filter(pl.col("child").is_in(before_end["child"].implode()))
    pupils = touched.filter((pl.col("pupil_reference") != "") & pl.col("adoption_date").is_null())
    recorded = set(need) | set(looked_after)
    assert set(pupils["pupil_reference"]) <= recorded


def test_first_offences_are_those_of_the_police_national_computer(delivery, people):
    person = pl.col("PupilMatchingRefAnonymous")
    offences = read(delivery, "MOJ_PNC.csv").with_columns(
        person.fill_null(person.drop_nulls().first().over("mojuid"))
    )
    table = offences.filter(
        (pl.col("adjudicationcode").is_null() | (pl.col("adjudicationcode") != "N"))
        & (pl.col("offencestartdate") > "1901")
    )
    found = table.group_by("PupilMatchingRefAnonymous").agg(pl.col("offencestartdate").min())
    joined = people.join(
        found.drop_nulls(), left_on="later_pupil_reference", right_on="PupilMatchingRefAnonymous"
    ).with_columns(pl.col("offencestartdate").str.to_date())
    difference = (joined["offencestartdate"] - joined["first_proven_offence_date"]).dt.total_days()
    # Later only where the first has no date, or was not yet disposed of.
    assert (difference >= 0).all()
    assert (difference == 0).mean() > 0.97
    due = people.filter(
        pl.col("first_proven_offence_date") < date(2018, 1, 1),
        pl.col("later_pupil_reference") != "",
    )
    linked = due["later_pupil_reference"].is_in(found["PupilMatchingRefAnonymous"].implode())
    assert linked.mean() == pytest.approx(0.9, abs=0.08)


def test_an_adopted_child_is_somebody_new(delivery, people):
    adopted = people.filter(pl.col("adoption_date") < END)
    assert adopted.height > 0
    assert (adopted["pupil_reference"] != adopted["later_pupil_reference"]).all()
    recorded = set(referrals(delivery)) | set(care(delivery))
    assert not set(adopted["later_pupil_reference"]) & (recorded - {""})


def test_parameters_are_named_with_unit_and_estimand(delivery):
    truth = json.loads((delivery / "truth.json").read_text(encoding="utf-8"))
    names = {row["name"]: row for row in truth["parameters"]}
    assert set(names["offence_state_cla"]) == {"name", "value", "unit", "estimand", "where"}
    assert names["offence_state_cla"]["value"] == truth["dials"]["offence_state"]["cla"] == 0.8
    assert sum(la["pupils"] for la in truth["authorities"]) == truth["pupils"]


def test_thirty_thousand_pupils_cover_every_group_and_event():
    world = make_world(30_000, 24, 1, Dials())
    people, stage = world.people, world.attainment
    group = stage.look_back_state
    assert min((group == level).sum() for level in range(5)) >= 10
    pupils = people.pupils
    first = world.justice.first_proven[:pupils]
    age = (first - people.birth[:pupils]) / 365.25
    for level in range(5):
        mine = group == level
        assert (mine & (age >= 14) & (age < 18)).sum() >= 10
        passed = set(stage.key_stage_4.pupil[stage.key_stage_4.has_basics])
        assert len(passed & set(mine.nonzero()[0])) >= 10
        suspended = set(world.exclusions.pupil[world.exclusions.category != "PERM"])
        assert len(suspended & set(mine.nonzero()[0])) >= 10
    regions = set(world.places.region)
    assert len(regions) == 9
    assert {"836", "837", "822", "823", "420", "857"} <= set(world.places.la_code)
