"""Spells and states against an oracle that marks days on a calendar, one by one."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.text_tables import assert_show_same, only, run

FIRST = date(2015, 1, 1)
COVERED = 40  # days from FIRST to the end of coverage
ENDS = {
    "coverage_care_end": str(FIRST + timedelta(COVERED)),
    "coverage_children_in_need_end": str(FIRST + timedelta(COVERED)),
}
DAYS_TO_ASSESS = 5
STATES = ("referral", "cin", "cpp", "cla")

few = settings(max_examples=50, deadline=None, derandomize=True)
days = st.integers(0, COVERED + 5)
persons = st.integers(1, 3)
# Half-open stretches; None is open.
stretch = st.tuples(days, st.one_of(st.none(), st.integers(1, 15))).map(
    lambda pair: (pair[0], None if pair[1] is None else pair[0] + pair[1])
)
stretches = st.lists(st.tuples(persons, stretch), max_size=12)
closed = stretches.map(lambda rows: [(p, (s, e or s + 3)) for p, (s, e) in rows])


def day(number: int | None) -> date | None:
    return None if number is None else FIRST + timedelta(number)


def runs(marked: set[int]) -> Iterator[tuple[int, int]]:
    """Unbroken runs of days, half-open."""
    for _, held in groupby(enumerate(sorted(marked)), lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in held]
        yield numbers[0], numbers[-1] + 1


def marked(start: int, end: int | None) -> set[int]:
    return set(range(start, min(COVERED if end is None else end, COVERED)))


def unique_starts(rows: list[tuple[int, tuple[int, int | None]]]):
    """One row a person and start, as the contracts of what comes in promise."""
    return list({(person, start): (person, (start, end)) for person, (start, end) in rows}.values())


def table_of(rows: list[tuple[int, tuple[int, int | None]]], **columns: str) -> pl.DataFrame:
    held = [(person, day(start), day(end)) for person, (start, end) in rows]
    schema = {"person_id": pl.Int64, "start_date": pl.Date, "end_date": pl.Date}
    frame = pl.DataFrame(held, schema=schema, orient="row")
    return frame.with_columns(**{name: pl.lit(value) for name, value in columns.items()})


@few
@given(stretches, st.integers(0, 4))
def test_care_spells_are_runs_of_days_with_gaps_filled(rows, gap: int):
    rows = unique_starts(rows)
    expected = []
    for person in sorted({p for p, _ in rows}):
        in_care = set().union(*(marked(*held) for p, held in rows if p == person))
        for a, b in zip(sorted(in_care), sorted(in_care)[1:], strict=False):
            in_care |= set(range(a, b)) if b - a - 1 <= gap else set()
        expected += [(person, day(s), day(e)) for s, e in runs(in_care)]

    spells = only(
        run(
            "merge_care_spells",
            care_episodes=table_of(rows),
            settings={**ENDS, "care_max_gap_days": gap},
        )
    )

    assert spells.drop("episodes").rows() == expected
    assert spells["episodes"].sum() == sum(start < COVERED for _, (start, _) in rows)


cases = st.lists(
    st.tuples(
        persons,
        days,
        st.one_of(st.none(), st.integers(0, 12)),  # days to the assessment
        st.one_of(st.none(), st.integers(0, 20)),  # days to closure
    ),
    max_size=10,
)


def need_of(rows) -> pl.DataFrame:
    names = ("referral_date", "assessment_date", "closure_date")
    referrals = pl.DataFrame(
        [
            (p, day(s), day(None if a is None else s + a), day(None if c is None else s + c))
            for p, s, a, c in rows
        ],
        schema={"person_id": pl.Int64, **dict.fromkeys(names, pl.Date)},
        orient="row",
    )
    given = {**ENDS, "contact_assessment_days": DAYS_TO_ASSESS}
    return only(run("merge_need_spells", referrals=referrals, settings=given))


@few
@given(cases)
def test_need_is_referral_then_cin_day_by_day(rows):
    rows = list({(person, start): (person, start, *rest) for person, start, *rest in rows}.values())
    held: dict[tuple[int, str], set[int]] = {}
    for person, start, to_assess, to_close in rows:
        # A case that closed on the day it opened was open on that day.
        closure = None if to_close is None else start + max(to_close, 1)
        # Nobody knows on a day that an assessment will be late.
        known = start + min(DAYS_TO_ASSESS, DAYS_TO_ASSESS if to_assess is None else to_assess)
        for number in marked(start, closure):
            state = "referral" if number < known else "cin"
            held.setdefault((person, state), set()).add(number)
    expected = [
        (person, state, day(s), day(e))
        for (person, state), numbers in sorted(held.items())
        for s, e in runs(numbers)
    ]

    spells = need_of(rows)

    assert spells.rows() == expected


def states_of(referral, cin, cpp, cla, threads: int = 1) -> pl.DataFrame:
    need = pl.concat(
        [table_of(referral, state="referral"), table_of(cin, state="cin")], how="diagonal"
    )
    return only(
        run(
            "merge_contact_states",
            need_spells=need,
            plan_spells=table_of(cpp),
            care_spells=table_of(cla),
            settings=ENDS,
            threads=threads,
        )
    )


# Spells in rising order of state.
kinds = st.tuples(*[closed] * 4).map(lambda parts: [unique_starts(rows) for rows in parts])


@few
@given(kinds)
def test_contact_is_the_highest_state_open_on_each_day(parts):
    best: dict[int, dict[int, str]] = {}
    for state, rows in zip(STATES, parts, strict=True):
        for person, (start, end) in rows:
            for number in marked(start, end):
                best.setdefault(person, {})[number] = state
    expected = []
    for person, by_day in sorted(best.items()):
        whole = [by_day.get(number, "post") for number in range(min(by_day), COVERED)]
        start = min(by_day)
        for state, same in groupby(whole):
            length = len(list(same))
            expected.append((person, day(start), day(start + length), state))
            start += length

    assert states_of(*parts).rows() == expected


@settings(few, max_examples=10)
@given(kinds, st.randoms(use_true_random=False))
def test_states_do_not_depend_on_the_order_of_rows_or_on_threads(parts, random):
    shuffled = [random.sample(rows, len(rows)) for rows in parts]

    assert_show_same(states_of(*shuffled, threads=2), states_of(*parts))


@settings(few, max_examples=10)
@given(stretches, st.randoms(use_true_random=False))
def test_care_spells_do_not_depend_on_the_order_of_rows_or_on_threads(rows, random):
    rows = unique_starts(rows)
    shuffled = table_of(random.sample(rows, len(rows)))

    found = run("merge_care_spells", care_episodes=shuffled, settings=ENDS, threads=2)

    assert_show_same(
        only(found), only(run("merge_care_spells", care_episodes=table_of(rows), settings=ENDS))
    )


@settings(few, max_examples=15)
@given(cases, st.integers(1, COVERED - 1))
def test_states_before_a_day_do_not_change_with_closures_after_it(rows, until: int):
    """Cases still open on a day look alike before it, whatever becomes of them."""
    rows = list({(person, start): (person, start, *rest) for person, start, *rest in rows}.values())
    later = [(p, s, a, c) for p, s, a, c in rows if s < until and (a is None or s + a < until)]
    as_then = [(p, s, a, None if c is None or s + c >= until else c) for p, s, a, c in later]

    before = [_need_before(held, until) for held in (later, as_then)]

    assert before[0] == before[1]


def _need_before(rows, until: int) -> list[tuple]:
    cut = need_of(rows).filter(pl.col("start_date") < day(until))
    return cut.with_columns(pl.min_horizontal("end_date", pl.lit(day(until)))).rows()


@pytest.mark.parametrize("number", [0, 7])
def test_the_oracle_finds_runs(number: int):
    assert list(runs({number, number + 1, number + 3})) == [
        (number, number + 2), (number + 3, number + 4),
    ]  # fmt: skip
