"""Spells and states of ten thousand random children, against calendars marked day by day."""

import os
from dataclasses import replace
from datetime import date
from random import Random

import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.calendars import (
    FIRST,
    Case,
    History,
    Rules,
    Spell,
    Stay,
    day,
    days_of,
    filled,
    runs,
    simplest,
    spells,
)
from support.text_tables import Tables, assert_show_same, run

from cws_outcomes.steps import STEPS

HISTORIES = int(os.environ.get("HISTORIES", "10000"))  # more in `make nightly`
BATCH = min(HISTORIES // 40, 1000)  # children a query
LAST = 40
STEPS_OF_SPELLS = (
    "merge_need_spells", "merge_need_spells_dfe", "merge_plan_spells", "merge_care_spells",
    "merge_placements", "merge_care_periods", "merge_custody_spells",
    "merge_contact_states", "merge_contact_states_dfe",
)  # fmt: skip
OUTCOMES = ["", "closed", "no_further_action", "early_help", "nfa"]


ends = st.sampled_from([LAST, LAST - 9])
rules = st.builds(
    Rules,
    *(ends, ends, st.sampled_from([5, 1, 12]), st.integers(0, 4)),
    *(st.booleans(), st.booleans(), st.booleans()),
)


def child_of(random: Random) -> History:
    """Records of few days, so that they touch, tie and overlap; some start after coverage."""
    return History(
        tuple(
            Case(start, length(random), length(random), random.choice(OUTCOMES))
            for start in starts(random, 4)
        ),
        tuple(Stay(start, length(random, 1)) for start in starts(random, 3)),
        tuple(Stay(start, length(random), kind(random)) for start in starts(random, 5)),
        tuple(Stay(start, length(random)) for start in starts(random, 3)),
    )


def starts(random: Random, most: int) -> list[int]:
    """Days of their own within a kind of record, as the contracts of what comes in promise."""
    return random.sample(range(LAST + 4), random.randint(0, most))


def length(random: Random, least: int = 0) -> int | None:
    return random.choice([None, least, *range(least, 16)])


def kind(random: Random) -> str:
    return random.choice(["", "", "", "respite", "remand"])


def frame(rows: list[tuple], names: str, random: Random) -> pl.DataFrame:
    """Rows in any order."""
    random.shuffle(rows)
    kinds = {name: pl.Date for name in names.split() if name.endswith("_date")}
    schema = {name: kinds.get(name, pl.String) for name in names.split()}
    return pl.DataFrame(rows, schema=schema | {"person_id": pl.Int64}, orient="row")


def made(children: list[History], ruled: Rules, seed: int) -> Tables:
    """What the steps make of children who are numbered in their order."""
    tables, threads = recorded(children, Random(seed)), 1 + seed % 2
    for step in STEPS_OF_SPELLS:
        read = {name: tables[name] for name in STEPS[step].reads if name in tables}
        tables |= run(step, settings=ruled.settings, threads=threads, **read)
    return tables


def recorded(children: list[History], random: Random) -> Tables:
    """Harmonised records of the children."""
    everyone = list(enumerate(children))
    cases = [
        (n, day(c.start), day(c.assessed), day(c.end), c.outcome, str(c.outcome == "nfa"))
        for n, child in everyone
        for c in child.cases
    ]
    plans = [(n, day(p.start), day(p.end)) for n, child in everyone for p in child.plans]
    episodes = [
        (n, day(e.start), day(e.end), str(e.kind == "respite"), str(e.kind == "remand"))
        for n, child in everyone
        for e in child.care
    ]
    stays = [(n, day(s.start), day(s.end), "1") for n, child in everyone for s in child.custody]
    columns = {
        "referrals": "referral_date assessment_date closure_date closure_reason "
        "is_no_further_action",
        "plans": "start_date end_date",
        "care_episodes": "start_date end_date is_respite is_remand",
        "custody_stays": "start_date end_date stays",
    }
    rows = zip(columns.items(), (cases, plans, episodes, stays), strict=True)
    return {name: frame(held, f"person_id {names}", random) for (name, names), held in rows}


def by_child(found: pl.DataFrame) -> dict[int, list[Spell]]:
    """Spells of a table as the calendar tells them."""
    labels = [name for name in ("state", "episodes", "stays") if name in found.columns]
    label = pl.col(labels[0]).cast(pl.String) if labels else pl.lit("")
    number = [(pl.col(name) - FIRST).dt.total_days() for name in ("start_date", "end_date")]
    told: dict[int, list[Spell]] = {}
    for person, *spell in found.select("person_id", label.alias("label"), *number).iter_rows():
        told.setdefault(person, []).append(tuple(spell))
    return told


def differences(children: list[History], ruled: Rules, seed: int) -> list[tuple[History, str]]:
    """The children of whom the steps and the calendar say different things, and what they say."""
    tables = made(children, ruled, seed)
    found = {name: by_child(tables[name]) for name in spells(History(), ruled)}
    periods = by_child(tables["care_periods"])
    told = []
    for number, child in enumerate(children):
        for name, wanted in spells(child, ruled).items():
            got = found[name].get(number, [])
            if got != wanted:
                told.append((child, f"{name}: found {got}, the calendar says {wanted}"))
        told += [(child, text) for text in _periods_astray(child, ruled, periods.get(number, []))]
    return told


def _periods_astray(child: History, ruled: Rules, periods: list[Spell]) -> list[str]:
    """Periods of care, short breaks and remand included, hold all days in care and no others."""
    in_care = {n for stay in child.care for n in days_of(stay, ruled.care_end)}
    held = {n for _, start, end in periods for n in range(start, end)}
    if in_care <= held <= filled(in_care, ruled.gap):
        return []
    return [f"care_periods: found {periods}, days in care are {sorted(in_care)}"]


@settings(
    max_examples=HISTORIES // BATCH,
    deadline=None,
    derandomize="HISTORIES" not in os.environ,
    # Hypothesis draws a seed and the rules: whoever differs is made simpler child by child, below.
    phases=[Phase.explicit, Phase.generate],
)
@given(st.integers(0, 2**32), rules)
def test_spells_are_what_a_calendar_says(seed: int, ruled: Rules) -> None:
    random = Random(seed)
    found = differences([child_of(random) for _ in range(BATCH)], ruled, seed)

    if found:
        child = simplest(found[0][0], lambda more: [c for c, _ in differences(more, ruled, seed)])
        raise AssertionError(f"{child}\n{ruled}\n{differences([child], ruled, seed)[0][1]}")


@settings(max_examples=5, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(st.integers(0, 2**32), rules, st.integers(1, LAST - 10))
def test_what_is_recorded_later_changes_no_state_before_it(
    seed: int, ruled: Rules, until: int
) -> None:
    """Models are given states as known: cases that look alike on a day were alike before it."""
    random = Random(seed)
    ruled = replace(ruled, gap=0)  # overlooking a gap is a look ahead
    children = [child_of(random) for _ in range(BATCH)]

    before = [
        _until(made(told, ruled, seed)["contact_states"], day(until))
        for told in (children, [child.as_known(until) for child in children])
    ]

    assert_show_same(*before)


def _until(states: pl.DataFrame, last: date) -> pl.DataFrame:
    cut = states.filter(pl.col("start_date") < last)
    return cut.with_columns(pl.min_horizontal("end_date", pl.lit(last)))


def test_the_calendar_finds_runs_and_fills_gaps() -> None:
    assert list(runs({0, 1, 3})) == [(0, 2), (3, 4)]
    assert filled({0, 3, 6}, 2) == set(range(7))
    assert filled({0, 3, 7}, 2) == {0, 1, 2, 3, 7}
