"""The truth beside the data is what the files say, read slowly, one child at a time."""

import json
from collections import Counter, defaultdict
from dataclasses import fields
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from support.delivered import read

from cws_outcomes.synthetic import worlds
from cws_outcomes.synthetic.days import birthday
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.order import Order
from cws_outcomes.synthetic.truth import block_counts
from cws_outcomes.synthetic.truth.parameters import parameters
from cws_outcomes.synthetic.world import make_world

END = date(2020, 4, 1)
"""First day after the returns: the files know nothing of what follows."""

CLOSED_BEFORE = "closed before the first return"

RANK = {"none": 0, "referral": 1, "cin": 2, "cpp": 3, "cla": 4}


def filled(table: pl.DataFrame, code: str, child: str) -> pl.DataFrame:
    """Fill blank references from another row of the same LA and LA child id."""
    reference = table.columns[0]
    known = pl.col(reference).drop_nulls().first().over(code, child)
    return table.with_columns(pl.coalesce(reference, known))


def day(text: str | None) -> date | None:
    return None if text is None or text.startswith("1900") else date.fromisoformat(text)


def referrals(folder):
    """Rows of each reference and referral date, by return, all codes of an LA together."""
    table = filled(read(folder, "CIN_2009_to_2020.txt"), "CIN_LA", "CIN_LAchildID_Anon")
    found = defaultdict(lambda: defaultdict(list))
    known = table.drop_nulls("CIN_PupilMatchingRefAnonymous").sort("CIN_ACADYR")
    for row in known.iter_rows(named=True):
        found[row["CIN_PupilMatchingRefAnonymous"]][row["CIN_CINReferralDate"]].append(row)
    return found


def care(folder):
    table = filled(
        read(folder, "CLA_Episodes_2006_to_2020.txt"), "CLA_LA", "CLA_CHILD_LA_CODE_ANON"
    )
    found = defaultdict(list)
    for row in table.drop_nulls("CLA_PupilMatchingRefAnonymous").iter_rows(named=True):
        if row["CLA_LEGAL_STATUS"].strip().upper() not in ("V3", "V4", "J1", "J2", "J3"):
            found[row["CLA_PupilMatchingRefAnonymous"]].append(
                ("cla", day(row["CLA_DATE_EPI_COMM"]), day(row["CLA_DATE_EPI_CEASED"]) or END)
            )
    return found


def spells_of_referral(start, rows):
    start = day(start)
    closures = [day(row["CIN_CINClosureDate"]) for row in rows]
    # The latest return that tells decides.
    closure = ([c for c in closures if c] or [END])[-1]
    assessed = {day(row["CIN_AssessmentAuthorisationDate"]) for row in rows} - {None}
    authorised = [a for a in assessed if a <= closure]
    need = min([*authorised, start + timedelta(days=63), closure])
    # A case closed on the day it was opened was open on that day.
    yield "referral", start, start + timedelta(days=1) if closure == start else need
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


def table(folder, name):
    return pl.read_parquet(folder / "truth" / f"{name}.parquet")


@pytest.fixture(scope="module")
def people(delivery):
    return table(delivery, "people").with_columns(
        pl.col("pupil_reference", "later_pupil_reference").fill_null("")
    )


def lost(folder):
    """Children of whose contact the files do not tell all."""
    hidden = pl.col("lost_to").is_not_null() & (pl.col("lost_to") != CLOSED_BEFORE)
    hidden |= pl.col("end_lost_to").is_not_null()
    parts = [table(folder, n).filter(hidden)["child"] for n in ("referrals", "plans")]
    spells = table(folder, "care_spells")
    begun_before = pl.col("start_date") < date(2005, 4, 1)
    return pl.concat([*parts, spells.filter(hidden | begun_before)["child"]]).unique()


def test_states_are_those_of_the_files_on_every_day(delivery, people):
    need, looked_after = referrals(delivery), care(delivery)
    states = pl.read_parquet(delivery / "truth" / "states.parquet")
    segments = states.partition_by("child", as_dict=True)
    # Those with plans and care first: they are few and have every level.
    pupils = people.filter(
        (pl.col("pupil_reference") != "") & pl.col("adoption_date").is_null(),
        ~pl.col("child").is_in(lost(delivery).implode()),
    )
    ranked = sorted(
        pupils.iter_rows(named=True),
        key=lambda row: (-len(looked_after[row["pupil_reference"]]), row["child"]),
    )
    seen = [row for row in ranked if need[row["pupil_reference"]]][:60]
    seen += [row for row in reversed(ranked) if need[row["pupil_reference"]]][:60]
    assert len(seen) == 120
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
    rows = offences.filter(
        (pl.col("adjudicationcode").is_null() | (pl.col("adjudicationcode") != "N"))
        & (pl.col("offencestartdate") > "1901")
    )
    found = rows.group_by(reference=person).agg(pl.col("offencestartdate").min().str.to_date())
    due = people.filter(pl.col("first_proven_offence_date").is_not_null())
    known = due.join(
        found.drop_nulls(), left_on="later_pupil_reference", right_on="reference", how="left"
    )
    can = pl.col("first_proven_offence_lost_to").is_null()
    recoverable, hidden = known.filter(can), known.filter(~can)
    assert recoverable.height > 60
    same = recoverable["offencestartdate"] == recoverable["first_proven_offence_date"]
    # But for those under a reference that an adoption has changed since.
    assert same.fill_null(False).mean() > 0.97
    assert (hidden["offencestartdate"] == hidden["first_proven_offence_date"]).sum() == 0
    missed = due.filter(pl.col("first_proven_offence_lost_to") == "missed_link_share")
    assert missed.height / due.height == pytest.approx(Dials().missed_link_share, abs=0.1)


def test_an_adopted_child_is_somebody_new_unless_it_keeps_its_reference(delivery, people):
    adopted = people.filter(pl.col("adoption_date") < END)
    keeps = pl.col("pupil_reference") == pl.col("later_pupil_reference")
    others, kept = adopted.filter(~keeps), adopted.filter(keeps, pl.col("pupil_reference") != "")
    assert others.height > 0
    assert kept.height > 0
    recorded = (set(referrals(delivery)) | set(care(delivery))) - {""}
    assert not set(others["later_pupil_reference"]) & recorded
    known = kept.filter(pl.col("adoption_date") > date(2011, 4, 1))
    assert set(known["pupil_reference"]) <= recorded


def test_parameters_are_named_with_unit_estimand_and_condition(delivery):
    truth = json.loads((delivery / "truth.json").read_text(encoding="utf-8"))
    names = {row["name"]: row for row in truth["parameters"]}
    assert set(names["offence_state_cla"]) == {
        "name", "value", "unit", "estimand", "given", "where", "meaning",
    }  # fmt: skip
    assert names["offence_state_cla"]["value"] == truth["dials"]["offence_state"]["cla"]
    assert names["offence_state_cla"]["unit"] == "log hazard ratio"
    assert names["basics_state_cin"]["unit"] == "log odds ratio"
    assert names["la_contact_sd"]["estimand"] == "effects of local authorities"
    assert all(row["unit"] and row["estimand"] and row["where"] for row in names.values())
    assert sum(la["pupils"] for la in truth["authorities"]) == truth["pupils"]


def test_every_effect_of_a_state_is_a_parameter():
    effects = {field.name for field in fields(Dials) if field.name.endswith("_state")}
    told = {row["name"].rpartition("_")[0] for row in parameters(Dials())}
    assert effects <= told


def test_the_observation_is_counted_beside_its_dials(delivery):
    truth = json.loads((delivery / "truth.json").read_text(encoding="utf-8"))
    counted = {row["dial"]: row["count"] for row in truth["observation"]}
    for dial in ("missed_link_share", "undated_offence_share", "blank_reference_share"):
        assert counted[dial] > 0
    assert truth["counts"]["persons"]["pupils"] == truth["pupils"]
    assert truth["world"] == "default"


def test_thirty_thousand_pupils_cover_every_group_and_event():
    order = Order(30_000, 24, 1, (1996, 2001), worlds.load("default"))
    persons, people = Counter(), Counter()
    for block in order.blocks():
        world = make_world(block, order.places, order.schools, order.planted.dials)
        persons.update(block_counts(world))
        people.update(events_by_group(world))
    assert {name for kind, name in persons if kind == "persons"} >= {"ever_cla", "adopted", "died"}
    assert min(n for (kind, _), n in persons.items() if kind == "persons") >= 10
    groups = [(level, event) for level in range(5) for event in ("all", *EVENTS)]
    assert {pair: people[pair] for pair in groups if people[pair] < 10} == {}
    assert len(set(order.places.region)) == 9
    assert {"836", "837", "822", "823", "420", "857"} <= set(order.places.la_code)


EVENTS = ("offence", "basics", "suspension")


def events_by_group(world):
    """Pupils by highest state before 14, and what happened to them from then on."""
    people, stage = world.people, world.attainment
    first, pupils = world.justice.first_proven, people.pupils
    offends = (first >= birthday(people.birth, 14)) & (first < birthday(people.birth, 18))
    who = {
        "all": np.ones(pupils, dtype=bool),
        "offence": offends[:pupils],
        "basics": np.isin(np.arange(pupils), stage.key_stage_4.pupil[stage.key_stage_4.has_basics]),
        "suspension": np.isin(
            np.arange(pupils), world.exclusions.pupil[~world.exclusions.is_permanent]
        ),
    }
    return {
        (level, event): int((rows & (stage.look_back_state == level)).sum())
        for event, rows in who.items()
        for level in range(5)
    }
