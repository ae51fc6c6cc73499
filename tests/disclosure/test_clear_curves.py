from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.invented import broken_promises, cumulative_incidence, frame, inputs

from cws_outcomes.disclosure import clear_cumulative_incidence
from cws_outcomes.disclosure.grouped_incidence import Exits, grouped_incidence

SETTINGS = {"disclosure_threshold": 10, "disclosure_round_to": 10}
CONTRACT = "cleared_cumulative_incidence"


def clear(table: pl.DataFrame) -> pl.DataFrame:
    return clear_cumulative_incidence(inputs(cumulative_incidence=table), SETTINGS)[CONTRACT]


@pytest.fixture(scope="module")
def exact() -> pl.DataFrame:
    return cumulative_incidence(np.random.default_rng(4))


@pytest.fixture(scope="module")
def shown(exact) -> pl.DataFrame:
    return clear(exact)


def test_the_cleared_curves_keep_their_contract(shown):
    assert broken_promises(CONTRACT, shown) == {}


def test_no_step_shows_fewer_than_ten_and_every_count_is_rounded(shown):
    counts = shown.select("at_risk", "events")

    assert counts.min().row(0) >= (10, 10)
    assert counts.select((pl.all().drop_nulls() % 10).sum()).row(0) == (0, 0)


def test_every_step_holds_ten_exact_events(exact, shown):
    for (group,), curve in shown.group_by("group"):
        months = exact.filter(group=group)
        ends = curve.filter(pl.col("events").is_not_null() | (pl.col("month") == 0))["month"].sort()
        for start, end in pairwise(ends):
            inside = months.filter(pl.col("month").is_between(start, end, closed="right"))
            assert inside["events"].sum() >= 10
            assert inside["at_risk"].min() >= 10


def test_a_curve_starts_at_zero_has_a_row_a_year_and_never_falls(shown):
    for _, curve in shown.filter(status="shown").group_by("group", maintain_order=True):
        first = curve.row(0, named=True)
        assert (first["month"], first["estimate"], first["events"]) == (0, 0.0, None)
        assert curve["estimate"].is_sorted()
        assert {12, 24, 36, 48} <= set(curve["month"])
        inside = (pl.col("lower") <= pl.col("estimate")) & (pl.col("estimate") <= pl.col("upper"))
        assert curve.select(inside.all()).item()


@pytest.mark.parametrize("seed", range(8))
def test_the_shown_curve_is_within_a_percentage_point_of_the_exact_one(seed):
    rng = np.random.default_rng(seed)
    exact = cumulative_incidence(rng, {"few": 1200, "many": 9000}, {"few": 0.004, "many": 0.002})
    rows = clear(exact).filter(pl.col("month") > 0)
    both = rows.join(exact, on=["group", "month"], suffix="_exact")

    assert both.height == rows.height
    assert both.select((pl.col("estimate") - pl.col("estimate_exact")).abs().max()).item() < 0.01
    # Rounding has no side: over all steps the errors nearly cancel.
    assert abs(both.select((pl.col("estimate") - pl.col("estimate_exact")).mean()).item()) < 0.004


def test_groups_with_too_few_have_one_empty_row_and_are_never_alone():
    sizes = {"a": 4000, "b": 900, "c": 300, "d": 40}
    table = cumulative_incidence(np.random.default_rng(2), sizes, dict.fromkeys(sizes, 0.002))
    cleared = clear(table)
    hidden = cleared.filter(status="suppressed")

    assert hidden["group"].to_list() == ["c", "d"]
    assert hidden.select(pl.col("at_risk", "events", "estimate").is_null().all()).row(0) == (
        True, True, True,
    )  # fmt: skip


def months_of(at_risk, rows):
    """An exact table of one group: events, competing and censored by month."""
    held, left, estimate, staying = [], at_risk, 0.0, 1.0
    for month, (events, competing, censored) in enumerate(rows, start=1):
        estimate += staying * events / left
        staying *= 1 - (events + competing) / left
        held.append({
            "model": "m", "outcome": "o", "cohort": "c", "group": "g", "group_no": 0,
            "month": month, "at_risk": left, "events": events, "competing": competing,
            "censored": censored, "estimate": estimate,
        })  # fmt: skip
        left -= events + competing + censored
    return frame("cumulative_incidence", held)


def test_counts_that_round_alike_give_the_same_curve():
    # 1000 or 999 at risk; 12 or 14 events by the third month, 36 or 38 by the sixth.
    one = clear(months_of(1000, [(4, 0, 0), (4, 1, 3), (4, 0, 2), (8, 1, 0), (8, 0, 1), (8, 0, 0)]))
    other = clear(
        months_of(999, [(5, 0, 1), (4, 0, 1), (5, 0, 2), (8, 1, 0), (8, 1, 0), (8, 0, 0)])
    )

    assert one["events"].drop_nulls().to_list() == [10, 30]
    assert one.equals(other)


def test_events_after_the_last_full_step_are_folded_back_into_it():
    curve = clear(months_of(600, [(10, 0, 0), (10, 0, 0), (5, 0, 0), (4, 0, 0)]))

    assert curve["month"].to_list() == [0, 1, 4]
    assert curve["events"].to_list() == [None, 10, 20]


def test_a_curve_stops_where_fewer_than_ten_remain_at_risk():
    curve = clear(months_of(60, [(12, 0, 0), (12, 0, 0), (0, 0, 30), (2, 0, 0), (1, 0, 0)]))

    assert curve["month"].to_list() == [0, 1, 3]
    assert curve["at_risk"].to_list() == [60, 50, None]


def test_without_censoring_the_variance_is_that_of_a_proportion():
    steps = [Exits(1000, 100, 50), Exits(850, 60, 90), Exits(700, 40, 10)]
    estimate = grouped_incidence(steps)[-1]
    error = (0.2 * 0.8 / 1000) ** 0.5
    spread = 1.959963984540054 * error / (0.8 * np.log(1 / 0.8))

    assert estimate.incidence == pytest.approx(0.2)
    assert estimate.lower == pytest.approx(1 - 0.8 ** np.exp(-spread))
    assert estimate.upper == pytest.approx(1 - 0.8 ** np.exp(spread))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 12)] * 3), min_size=1, max_size=40), st.integers(0, 9))
def test_any_curve_keeps_its_promises(rows, extra):
    table = months_of(sum(map(sum, rows)) + extra + 1, rows)
    cleared = clear(table)

    assert broken_promises(CONTRACT, cleared) == {}
    assert (cleared["estimate"].drop_nulls() <= 1).all()
    assert (cleared.select(pl.min_horizontal("at_risk", "events").min()).item() or 10) >= 10
