"""Tests between curves, restricted means and quantiles: R's numbers, exact oracles, laws."""

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cws_outcomes.estimators import (
    EstimationError,
    EstimationWarning,
    aalen_johansen,
    gray_test,
    kaplan_meier,
    log_rank,
    rmst,
)

FEW = settings(max_examples=40, deadline=None)


@pytest.fixture(scope="module")
def golden(golden_folder):
    table = pl.read_csv(golden_folder / "curve_tests.csv", null_values="NA")
    return dict(zip(table["name"], table["value"], strict=True))


@pytest.fixture(scope="module")
def rows(competing):
    half = pl.when(pl.col("id") % 2 == 0).then(pl.lit("a")).otherwise(pl.lit("b"))
    return competing.with_columns(event=(pl.col("cause") > 0).cast(pl.Int64), half=half)


def test_log_rank_equals_survdiff(golden, rows, spells):
    plain = {"stop": "stop", "event": "event", "by": "area"}
    found = {
        "log_rank": log_rank(rows, **plain),
        "log_rank_strata": log_rank(rows, **plain, strata="half"),
        "log_rank_rho": log_rank(rows, **plain, rho=1),
        "log_rank_exact": log_rank(rows, **plain),
        "log_rank_entry": log_rank(rows.filter(pl.col("id") < 50), **plain, start="start"),
        "log_rank_spells": log_rank(
            spells.filter(pl.col("child") < 40), start="start", stop="stop", event="event",
            by="group", strata="area",
        ),
    }  # fmt: skip
    for name, test in found.items():
        assert test.statistic == pytest.approx(golden[name], rel=1e-8), name
        assert test.degrees == 2
    assert found["log_rank"].table["observed"].sum() == rows["event"].sum()
    assert found["log_rank"].table["expected"].sum() == pytest.approx(rows["event"].sum())


def test_gray_equals_cuminc(golden, rows):
    asked = {"gray": {}, "gray_strata": {"strata": "half"}, "gray_rho": {"rho": 0.7}}
    for name, more in asked.items():
        tests = gray_test(rows, stop="stop", cause="cause", by="area", **more)
        assert list(tests) == [1, 2]
        for cause, test in tests.items():
            assert test.statistic == pytest.approx(golden[f"{name}_{cause}"], rel=1e-8)


@pytest.mark.parametrize("until", [9, 14.5])
def test_restricted_means_equal_survfit(until, golden, rows):
    mean = rmst(rows, stop="stop", event="event", by="area", until=until)
    lost = aalen_johansen(rows, stop="stop", cause="cause", by="area").rmst(until)
    for area, estimate, error in mean.table.select("area", "estimate", "std_error").iter_rows():
        assert estimate == pytest.approx(golden[f"rmst {area} {until}"], rel=1e-8)
        assert error == pytest.approx(golden[f"rmst_error {area} {until}"], rel=1e-6)
    for area, cause, estimate, error in lost.table.select(
        "area", "cause", "estimate", "std_error"
    ).iter_rows():
        assert estimate == pytest.approx(golden[f"lost {area} {until} {cause}"], rel=1e-8)
        assert error == pytest.approx(golden[f"lost_error {area} {until} {cause}"], rel=1e-6)
    north, south = mean.table.row(0, named=True), mean.table.row(1, named=True)
    gap = mean.differences.row(0, named=True)
    assert gap["estimate"] == pytest.approx(south["estimate"] - north["estimate"])
    assert gap["std_error"] == pytest.approx(np.hypot(south["std_error"], north["std_error"]))


def test_quantiles_equal_survfit(golden, rows):
    curve = kaplan_meier(rows, start="start", stop="stop", event="event", by="area")
    for row in curve.quantiles([0.25, 0.5]).iter_rows(named=True):
        for side, name in {"estimate": "quantile", "lower": "lower", "upper": "upper"}.items():
            assert row[side] == golden[f"{name} {row['area']} {row['share']:.0%}".replace("%", "")]
    incidence = aalen_johansen(rows, start="start", stop="stop", cause="cause", by="area")
    for row in incidence.quantiles(0.2).iter_rows(named=True):
        part = incidence.table.filter(area=row["area"], cause=row["cause"])
        assert row["estimate"] == part.filter(pl.col("estimate") >= 0.2)["time"].min()


@st.composite
def compared_rows(draw):
    row = st.tuples(
        st.integers(0, 4), st.integers(1, 5), st.integers(0, 1), st.sampled_from("abc"),
        st.sampled_from("xy"),
    )  # fmt: skip
    rows = draw(st.lists(row, min_size=6, max_size=30))
    rows += [(0, 2, 1, "a", "x"), (0, 3, 1, "b", "x"), (0, 4, 0, "a", "x"), (0, 4, 1, "b", "x")]
    frame = pl.DataFrame(rows, schema=["start", "length", "event", "by", "within"], orient="row")
    return frame.with_columns(stop=pl.col("start") + pl.col("length"))


@FEW
@given(compared_rows())
def test_log_rank_is_the_sum_over_tables_in_fractions(rows):
    """Slow oracle: the 2 x 2 tables of group b, written out, with exact arithmetic."""
    two = rows.filter(pl.col("by") != "c")
    difference, variance = Fraction(0), Fraction(0)
    for within in two["within"].unique():
        part = two.filter(within=within)
        for time in part.filter(event=1)["stop"].unique():
            risk = part.filter((pl.col("start") < time) & (pl.col("stop") >= time))
            left = risk.filter((pl.col("stop") == time) & (pl.col("event") == 1))
            n, d = risk.height, left.height
            share = Fraction(risk.filter(by="b").height, n)
            difference += left.filter(by="b").height - d * share
            variance += Fraction(d * (n - d), max(n - 1, 1)) * share * (1 - share)
    test = log_rank(two, start="start", stop="stop", event="event", by="by", strata="within")
    assert test.statistic == pytest.approx(float(difference**2 / variance), rel=1e-9, abs=1e-12)


@FEW
@given(compared_rows(), st.randoms())
def test_tests_do_not_depend_on_order_labels_or_units(rows, random):
    asked = {"start": "start", "stop": "stop", "event": "event", "by": "by"}
    test = log_rank(rows, **asked)
    order = random.sample(range(rows.height), rows.height)
    assert log_rank(rows[order], **asked).statistic == test.statistic
    days = rows.with_columns(pl.col("start", "stop") * 30.4375)
    assert log_rank(days, **asked).statistic == test.statistic
    turned = rows.with_columns(by=pl.col("by").replace_strict({"a": "z", "b": "b", "c": "y"}))
    assert log_rank(turned, **asked).statistic == pytest.approx(test.statistic)
    two = rows.filter(pl.col("by") != "c")
    long = two.group_by("by").agg(pl.col("stop").max())["stop"].min() >= 3
    mean = rmst(two, **asked, until=2.5) if long else None
    if mean is not None and not mean.table["estimate"].has_nulls():
        scaled = rmst(
            two.with_columns(pl.col("start", "stop") * 8), **asked, until=20
        ).table  # eighths: exact
        assert scaled["estimate"].to_numpy() == pytest.approx(8 * mean.table["estimate"].to_numpy())


def test_gray_without_competing_events_is_close_to_log_rank_and_sees_a_planted_difference():
    rng = np.random.default_rng(3)
    group = rng.integers(0, 2, 2_000)
    time = np.ceil(rng.exponential(12 / (1 + 0.6 * group)))
    censored = rng.integers(1, 40, 2_000)
    rows = pl.DataFrame(
        {"group": group, "time": np.minimum(time, censored), "event": (time <= censored) * 1}
    )
    one = gray_test(rows, stop="time", cause="event", by="group")[1]
    other = log_rank(rows, stop="time", event="event", by="group")
    assert one.statistic == pytest.approx(other.statistic, rel=0.05)
    assert other.p_value < 1e-6
    shuffled = rows.with_columns(group=pl.Series(rng.permutation(group)))
    assert gray_test(shuffled, stop="time", cause="event", by="group")[1].p_value > 0.01


def test_clusters_in_both_groups_make_a_difference_more_certain(episodes):
    """Slow oracle: leave no row but its weight: derivative of the difference by cluster."""
    asked = {"start": "start", "stop": "stop", "event": "event", "by": "area", "until": 8}
    found = rmst(episodes, **asked, cluster="cluster").differences.row(0, named=True)
    squares = 0.0
    for cluster in episodes["cluster"].unique():
        ends = []
        for weight in (1 + 1e-4, 1 - 1e-4):
            mine = pl.when(pl.col("cluster") == cluster).then(weight).otherwise(1.0)
            moved = rmst(episodes.with_columns(w=mine), **asked, weights="w").differences
            ends.append(moved["estimate"].item())
        squares += ((ends[0] - ends[1]) / 2e-4) ** 2
    assert found["std_error"] == pytest.approx(np.sqrt(squares), rel=1e-5)


def test_what_cannot_be_compared_is_refused_and_what_is_not_followed_is_null(rows):
    with pytest.raises(EstimationError, match="two groups or more to compare, found one"):
        log_rank(rows.filter(area="west"), stop="stop", event="event", by="area")
    with pytest.raises(EstimationError, match="no events in 400 rows"):
        gray_test(rows.with_columns(cause=0), stop="stop", cause="cause", by="area")
    apart = rows.head(20).with_columns(area=pl.int_range(20), half=pl.int_range(20), event=1)
    with pytest.raises(EstimationError, match="while two groups or more are at risk"):
        log_rank(apart, stop="stop", event="event", by="area", strata="half")
    with pytest.raises(EstimationError, match="a time above zero"):
        rmst(rows, stop="stop", event="event", until=0)
    with pytest.warns(EstimationWarning, match="follow-up ends before `until` in 1 of 2 groups"):
        mean = rmst(
            pl.DataFrame({"stop": [3, 9, 9], "event": [0, 1, 0], "area": ["a", "b", "b"]}),
            stop="stop", event="event", by="area", until=5,
        )  # fmt: skip
    assert mean.table["estimate"].to_list() == [None, 5.0]
    assert mean.differences["std_error"].to_list() == [None]
