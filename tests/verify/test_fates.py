"""Fates of true items: worked examples, and sums that are exact whatever happens."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from cws_outcomes.verify.comparisons import joined
from cws_outcomes.verify.fates import (
    OF_ANOTHER,
    OF_NOBODY,
    item_fates,
    justice_fates,
    person_fates,
    state_fates,
)

DAY = date(2015, 1, 1)
ITEMS = {
    "child": pl.Int64, "start_date": pl.Date, "end_date": pl.Date, "lost_to": pl.String,
    "end_lost_to": pl.String,
}  # fmt: skip
SPELLS = {"person_id": pl.Int64, "start_date": pl.Date, "end_date": pl.Date}
KEYS = {"child": pl.Int64, "person_id": pl.Int64, "lost_to": pl.String}


def on(days: int | None) -> date | None:
    return None if days is None else DAY + timedelta(days=days)


def frame(rows, schema):
    return pl.DataFrame(rows, schema=schema, orient="row")


def items(*rows):
    """Child, first and last day, what hides it, what hides its end."""
    filled = [(*row, *(None,) * (5 - len(row))) for row in rows]
    return frame([(c, on(a), on(b), *why) for c, a, b, *why in filled], ITEMS)


def spells(*rows):
    return frame([(p, on(a), on(b)) for p, a, b in rows], SPELLS)


def persons(*pairs):
    return frame(pairs, {"child": pl.Int64, "person_id": pl.Int64})


def told(fates):
    return {(fate, reason): n for fate, reason, n in fates.rows()}


def test_each_item_has_one_fate():
    truth = items(
        (1, 0, 10),  # found as it was
        (1, 20, 30),  # found with another end
        (1, 40, 50, None, "closure_lag"),  # found with another end, which a dial hides
        (2, 0, 10, "gone_share"),  # not to be had
        (2, 20, None),  # open, found open
        (2, 40, 50),  # not found
        (3, 0, 10),  # a child who is nobody
        (1, 60, 70, "gone_share"),  # not to be had, but there
    )
    found = spells(
        (11, 0, 10), (11, 20, 31), (11, 40, 51), (12, 20, None), (11, 60, 70), (12, 99, 100),
        (99, 0, 10),
    )  # fmt: skip
    fates = item_fates(truth, found, persons((1, 11), (2, 12)), has_end=True)
    assert told(fates) == {
        ("recovered", ""): 3,
        ("lost", "gone_share"): 1,
        ("lost", "closure_lag"): 1,
        ("unexplained", "another end"): 1,
        ("unexplained", "not found"): 1,
        ("unexplained", "child not in the spine"): 1,
        ("false", OF_ANOTHER): 1,
        ("false", OF_NOBODY): 1,
    }


def test_a_child_with_two_persons_is_looked_for_under_both():
    truth = items((1, 0, 10), (1, 20, 30))
    found = spells((11, 0, 10), (12, 20, 30))
    fates = item_fates(truth, found, persons((1, 11), (1, 12)), has_end=True)
    assert told(fates) == {("recovered", ""): 2}


def test_a_childs_record_under_another_childs_person_is_no_recovery():
    fates = item_fates(
        items((1, 0, 10)), spells((12, 0, 10)), persons((1, 11), (2, 12)), has_end=True
    )
    assert told(fates) == {
        ("unexplained", "not found"): 1,
        ("false", OF_ANOTHER): 1,
    }


def test_persons_are_one_and_their_own():
    children = frame(
        [(1, None), (2, None), (3, "adoption"), (4, None), (5, None), (6, None)],
        {"child": pl.Int64, "lost_to": pl.String},
    )
    pairs = persons((1, 11), (2, 12), (2, 13), (3, 14), (3, 15), (5, 16), (6, 16))
    assert told(person_fates(children, pairs)) == {
        ("recovered", ""): 1,
        ("lost", "adoption"): 1,
        ("unexplained", "several persons"): 1,
        ("unexplained", "not in the spine"): 1,
        ("unexplained", "shared with another child"): 2,
    }


def test_justice_persons_are_linked_to_the_child_they_are():
    keys = frame(
        [(1, 11, None), (1, 12, None), (2, None, "unlinked_share"), (2, 11, "false_link_share"),
         (1, None, None)],
        KEYS,
    )  # fmt: skip
    assert told(justice_fates(keys, persons((1, 11), (2, 12)))) == {
        ("recovered", ""): 1,
        ("lost", "unlinked_share"): 1,
        ("lost", "false_link_share"): 1,
        ("unexplained", "linked to another child"): 1,
        ("unexplained", "linked to nobody"): 1,
    }


def test_states_are_compared_day_by_day():
    truth = frame(
        [(1, on(0), "none"), (1, on(10), "cin"), (1, on(20), "post"), (2, on(0), "none")],
        {"child": pl.Int64, "start_date": pl.Date, "state": pl.String},
    )
    found = frame(
        [(1, on(12), on(20), "cin"), (1, on(20), on(99), "post"), (2, on(5), on(7), "cla")],
        {"child": pl.Int64, "start_date": pl.Date, "end_date": pl.Date, "state": pl.String},
    )
    nothing = items().select("child", "start_date", "lost_to")
    assert told(state_fates(truth, found, nothing, on(30))) == {
        ("recovered", ""): 8 + 10,
        ("unexplained", "cin taken for none"): 2,
        ("false", OF_ANOTHER): 2,
    }
    lost = items((1, 10, None, "late_share")).select("child", "start_date", "lost_to")
    assert told(state_fates(truth, found, lost, on(30)))["lost", "late_share"] == 2


def test_spells_that_touch_are_one_and_lost_ones_stay_apart():
    found = joined(items((1, 0, 10), (1, 10, 20), (1, 21, None), (2, 5, 8), (1, 4, 6, "gone")))
    assert sorted(found.select("child", "start_date", "end_date").rows()) == sorted(
        [(1, on(0), on(20)), (1, on(21), None), (2, on(5), on(8)), (1, on(4), on(6))]
    )


reasons = st.sampled_from([None, None, "a_share", "b_share"])
days = st.integers(0, 6)
true_rows = st.lists(st.tuples(st.integers(1, 3), days, days, reasons, reasons), max_size=12)
found_rows = st.lists(st.tuples(st.integers(1, 4), days, days), max_size=12)
pairs = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), max_size=5, unique=True)


@given(true_rows, found_rows, pairs)
@settings(max_examples=60, deadline=None)
def test_fates_add_up_to_the_truth_and_judge_each_item_by_itself(true, found, pairs):
    made = spells(*found).unique(["person_id", "start_date"], keep="first")
    fates = told(item_fates(items(*true), made, persons(*pairs), has_end=True))
    assert sum(n for (fate, _), n in fates.items() if fate != "false") == len(true)

    mine = {child: {p for c, p in pairs if c == child} for child in (1, 2, 3)}
    there = {(p, start): end for p, start, end in made.rows()}
    recovered = sum(
        any(there.get((p, on(a)), "") == on(b) for p in mine[child]) for child, a, b, *_ in true
    )
    assert fates.get(("recovered", ""), 0) == recovered
    any_true = {(p, on(a)) for child, a, *_ in true for p in mine[child]}
    false = fates.get(("false", OF_ANOTHER), 0) + fates.get(("false", OF_NOBODY), 0)
    assert false == len(set(there) - any_true)
