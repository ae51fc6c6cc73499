"""Curves against survfit of R's survival (tests/golden/curves.R), by hand, and by their laws."""

import warnings
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cws_outcomes.estimators import aalen_johansen, kaplan_meier
from cws_outcomes.estimators.errors import EstimationError

FEW = settings(max_examples=40, deadline=None)


@st.composite
def competing_rows(draw):
    """Heavily tied rows with late entry and two causes, in two groups."""
    row = st.tuples(st.integers(0, 5), st.integers(1, 6), st.integers(0, 2), st.sampled_from("ab"))
    rows = draw(st.lists(row, min_size=2, max_size=40))
    frame = pl.DataFrame(rows, schema=["start", "length", "cause", "area"], orient="row")
    frame = frame.with_columns(stop=pl.col("start") + pl.col("length"), event=pl.col("cause") > 0)
    return frame.vstack(frame.head(1).with_columns(cause=pl.lit(1, pl.Int64), event=True))


@pytest.fixture(scope="module")
def golden(golden_folder):
    types = {"group": pl.String, "time": pl.Float64, "at_risk": pl.Float64, "events": pl.Float64}
    return pl.read_csv(golden_folder / "curves.csv", schema_overrides=types)


@pytest.mark.parametrize("curve", ["km_entry", "km", "aj_entry", "aj", "km_spells"])
def test_equals_survfit(curve, golden, competing, spells):
    start = {"start": "start"} if curve in {"km_entry", "aj_entry", "km_spells"} else {}
    if curve == "km_spells":
        spells = spells.with_columns(area=pl.lit("all"))
        ours = kaplan_meier(spells, stop="stop", event="event", by="area", **start)
    elif curve.startswith("km"):
        flagged = competing.with_columns(event=pl.col("cause") > 0)
        ours = kaplan_meier(flagged, stop="stop", event="event", by="area", **start)
    else:
        ours = aalen_johansen(competing, stop="stop", cause="cause", by="area", **start)
    expected = golden.filter(curve=curve).rename({"group": "area"})
    # survfit also lists times at which rows are only censored: the curve is level there.
    both = ours.table.join(expected, on=["area", "cause", "time"], suffix="_r")
    assert both.height == ours.table.height
    assert (
        expected.filter(pl.col("events") > 0).height
        == ours.table.filter(pl.col("events") > 0).height
    )
    assert both["at_risk"].cast(pl.Float64).equals(both["at_risk_r"])
    assert both["events"].cast(pl.Float64).equals(both["events_r"])
    for column, tolerance in {
        "estimate": 1e-10,
        "std_error": 1e-8,
        "lower": 1e-8,
        "upper": 1e-8,
    }.items():
        known = both.filter(pl.col(f"{column}_r").is_not_null())
        assert known.height > both.height / 2
        assert both.filter(pl.col(f"{column}_r").is_null(), pl.col(column).is_not_null()).is_empty()
        assert known[column].to_numpy() == pytest.approx(
            known[f"{column}_r"].to_numpy(), rel=tolerance, abs=1e-12
        )


ROWS = {"start": "start", "stop": "stop", "by": "area"}
KINDS = {
    "km_weights": {"weights": "weight"},
    "km_copies": {"weights": "copies"},
    "km_cluster": {"cluster": "cluster"},
    "km_both": {"weights": "weight", "cluster": "cluster"},
    "km_log-log": {"limits": "log-log", "level": 0.9},
    "km_logit": {"limits": "logit", "level": 0.9},
    "km_plain": {"limits": "plain", "level": 0.9},
    "aj_rows": {},
    "aj_weights": {"weights": "weight"},
    "aj_person": {"cluster": "person"},
    "aj_cluster": {"cluster": "cluster"},
    "aj_both": {"weights": "weight", "cluster": "cluster"},
    "aj_log-log": {"limits": "log-log", "level": 0.9},
}


@pytest.mark.parametrize("kind", KINDS)
def test_weights_clusters_and_limits_equal_survfit(kind, golden, episodes):
    rows = episodes.with_columns(copies=pl.col("weight").ceil())
    estimator, outcome = (
        (kaplan_meier, {"event": "event"})
        if kind[:2] == "km"
        else (aalen_johansen, {"cause": "cause"})
    )
    ours = estimator(rows, **ROWS, **outcome, **KINDS[kind]).table
    both = ours.join(
        golden.filter(curve=kind).rename({"group": "area"}),
        on=["area", "cause", "time"],
        suffix="_r",
    )
    assert both.height == ours.height
    if kind[:2] == "aj" and "weights" in KINDS[kind]:  # R counts rows here, and weights above
        both = both.drop("at_risk", "events").rename(
            {"rows_at_risk": "at_risk", "event_rows": "events"}
        )
    for column in ("estimate", "std_error", "lower", "upper", "at_risk", "events"):
        assert both[column].is_null().equals(both[f"{column}_r"].is_null()), column
        known = both.filter(pl.col(column).is_not_null())
        assert known[column].to_numpy() == pytest.approx(
            known[f"{column}_r"].to_numpy(), rel=1e-9, abs=1e-11
        )


def test_by_hand():
    """Five rows: at 2 one of four leaves, at 3 two of three; the row that starts at 2 is late."""
    rows = pl.DataFrame(
        {"start": [0, 0, 0, 0, 2], "stop": [2, 3, 3, 2, 4], "cause": [1, 2, 1, 0, 0]}
    )
    table = aalen_johansen(rows, start="start", stop="stop", cause="cause").table
    # t=2: 4 at risk (the row that starts at 2 is not), S = 3/4; t=3: 3 at risk.
    assert table.filter(cause=1)["at_risk"].to_list() == [4, 3, 1]
    assert table.filter(cause=1)["estimate"].to_list() == pytest.approx([1 / 4, 1 / 2, 1 / 2])
    assert table.filter(cause=2)["estimate"].to_list() == pytest.approx([0, 1 / 4, 1 / 4])


@FEW
@given(competing_rows())
def test_incidences_and_survival_add_up_to_one(rows):
    survival = kaplan_meier(rows, start="start", stop="stop", event="event", by="area").table
    incidence = aalen_johansen(rows, start="start", stop="stop", cause="cause", by="area").table
    total = (
        incidence.group_by("area", "time")
        .agg(pl.sum("estimate"))
        .join(survival, on=["area", "time"])
    )
    assert total.height == survival.height
    assert (total["estimate"] + total["estimate_right"]).to_numpy() == pytest.approx(1)


@FEW
@given(competing_rows())
def test_one_cause_is_one_minus_kaplan_meier(rows):
    one = rows.with_columns(cause=pl.col("event").cast(pl.Int64))
    incidence = aalen_johansen(one, start="start", stop="stop", cause="cause").table
    survival = kaplan_meier(rows, start="start", stop="stop", event="event").table
    assert incidence["estimate"].to_numpy() == pytest.approx(1 - survival["estimate"].to_numpy())


@FEW
@given(competing_rows(), st.randoms())
def test_neither_row_order_nor_splitting_nor_units_move_an_estimate(rows, random):
    curve = aalen_johansen(rows, start="start", stop="stop", cause="cause", by="area").table
    order = random.sample(range(rows.height), rows.height)
    again = aalen_johansen(rows[order], start="start", stop="stop", cause="cause", by="area").table
    assert curve.drop("std_error", "lower", "upper").equals(
        again.drop("std_error", "lower", "upper")
    )
    middle = (pl.col("start") + pl.col("stop")) / 2
    halves = pl.concat(
        [
            rows.select(
                "area", pl.col("start").cast(pl.Float64), stop=middle, cause=pl.lit(0, pl.Int64)
            ),
            rows.select("area", start=middle, stop=pl.col("stop").cast(pl.Float64), cause="cause"),
        ]
    )
    split = aalen_johansen(halves, start="start", stop="stop", cause="cause", by="area").table
    assert split["estimate"].equals(curve["estimate"])
    assert split["at_risk"].equals(curve["at_risk"])
    days = rows.with_columns(pl.col("start", "stop") * 365.25)
    scaled = aalen_johansen(days, start="start", stop="stop", cause="cause", by="area").table
    assert scaled["estimate"].equals(curve["estimate"])


@FEW
@given(competing_rows())
def test_error_is_the_jackknife_in_the_small(rows):
    """Slow oracle: the derivative of the curve in the weight of each row, by weighting it."""
    curve = aalen_johansen(rows, start="start", stop="stop", cause="cause").table
    for cause in curve["cause"].unique():
        part = curve.filter(cause=cause)
        times = part["time"].to_list()
        squares = np.zeros(len(times))
        for row in range(rows.height):
            ahead, behind = np.ones(rows.height), np.ones(rows.height)
            ahead[row], behind[row] = 1 + 1e-5, 1 - 1e-5
            slope = _weighted(rows, ahead, cause, times) - _weighted(rows, behind, cause, times)
            squares += (slope / 2e-5) ** 2
        assert part["std_error"].to_numpy() == pytest.approx(np.sqrt(squares), abs=1e-6)


def _weighted(rows, weight, cause, times):
    start, stop, causes = (rows[name].to_numpy() for name in ("start", "stop", "cause"))
    survival, total, values = 1.0, 0.0, []
    for time in times:
        at_risk = weight[(start < time) & (time <= stop)].sum()
        total += survival * weight[(stop == time) & (causes == cause)].sum() / at_risk
        survival *= 1 - weight[(stop == time) & (causes > 0)].sum() / at_risk
        values.append(total)
    return np.array(values)


def test_reading_a_curve_between_before_and_after():
    rows = pl.DataFrame({"stop": [1, 2, 3, 9], "event": [1, 1, 0, 0], "area": ["a", "a", "a", "b"]})
    curve = kaplan_meier(rows, stop="stop", event="event", by="area")
    read = curve.at([2.5, 0.5, 4])
    assert read["area"].to_list() == ["a", "a", "a", "b", "b", "b"]
    # Nobody in area a is followed beyond 3: no value is made up there.
    assert read["estimate"].to_list() == pytest.approx([1, 1 / 3, None, 1, 1, 1])
    assert curve.at(1)["estimate"].to_list() == pytest.approx([2 / 3, 1])


def test_a_group_without_events_and_a_curve_that_reaches_zero():
    rows = pl.DataFrame({"stop": [1, 2, 5], "event": [1, 1, 0], "area": ["a", "a", "b"]})
    table = kaplan_meier(rows, stop="stop", event="event", by="area").table
    assert table["estimate"].to_list() == pytest.approx([0.5, 0.0, 1.0])
    assert table["lower"].is_null().to_list() == [False, True, False]


def test_lifelines_agrees(competing):
    from lifelines import KaplanMeierFitter

    south = competing.filter(area="south").with_columns(event=pl.col("cause") > 0)
    ours = kaplan_meier(south, start="start", stop="stop", event="event").table
    theirs = KaplanMeierFitter().fit(
        south["stop"].to_numpy(), south["event"].to_numpy(), entry=south["start"].to_numpy()
    )
    predicted = theirs.survival_function_at_times(ours["time"].to_list()).to_numpy()
    assert ours["estimate"].to_numpy() == pytest.approx(predicted, abs=1e-10)


def test_refusals(competing):
    with pytest.raises(EstimationError, match="no events in 400 rows"):
        aalen_johansen(competing.with_columns(cause=0), stop="stop", cause="cause")
    with pytest.raises(EstimationError, match="whole numbers of 0 or more, found 400"):
        aalen_johansen(competing.with_columns(cause=-1), stop="stop", cause="cause")
    with pytest.raises(EstimationError, match="found 400 rows where it is not"):
        kaplan_meier(
            competing.with_columns(event=1, start="stop"), start="start", stop="stop", event="event"
        )
    with pytest.raises(EstimationError, match="`area` 400"):
        aalen_johansen(
            competing.with_columns(area=pl.lit(None, pl.String)),
            stop="stop",
            cause="cause",
            by="area",
        )


CURVES = {
    "survival": lambda data, **more: kaplan_meier(
        data, start="start", stop="stop", event="event", by="area", **more
    ),
    "incidence": lambda data, **more: aalen_johansen(
        data, start="start", stop="stop", cause="cause", by="area", **more
    ),
}
KEYS = [
    {},
    {"weights": "weight"},
    {"cluster": "cluster"},
    {"weights": "weight", "cluster": "cluster"},
]


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("asked", KEYS, ids=lambda asked: "+".join(asked) or "plain")
def test_order_files_and_threads_leave_every_bit(curve, asked, episodes, tmp_path):
    fit = CURVES[curve]
    table = fit(episodes, **asked).table
    assert fit(episodes, **asked).table.equals(table)  # nothing is drawn at random
    rng = np.random.default_rng(5)
    assert fit(episodes[rng.permutation(episodes.height)], **asked).table.equals(table)
    episodes.write_parquet(tmp_path / "rows.parquet")
    assert fit(tmp_path / "rows.parquet", threads=2, **asked).table.equals(table)
    assert fit(episodes.to_pandas(), **asked).table.equals(table)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("asked", KEYS[1:], ids="+".join)
def test_blocks_of_units_and_tables_of_places_leave_every_bit(curve, asked, episodes, monkeypatch):
    table = CURVES[curve](episodes, **asked).table
    monkeypatch.setattr("cws_outcomes.estimators.influence.BLOCK", 7)
    monkeypatch.setattr("cws_outcomes.estimators.counted.TABLE", 0)
    assert CURVES[curve](episodes, **asked).table.equals(table)


@pytest.mark.parametrize("curve", CURVES)
def test_a_weight_of_two_is_a_row_twice(curve, episodes):
    fit = CURVES[curve]
    twice = pl.concat([episodes, episodes.filter(pl.col("row") % 3 == 0)])
    weighted = episodes.with_columns(weight=pl.when(pl.col("row") % 3 == 0).then(2).otherwise(1))
    one, two = fit(weighted, weights="weight").table, fit(twice).table
    assert one["estimate"].equals(two["estimate"])
    assert one["at_risk"].cast(pl.Int64).equals(two["at_risk"])
    assert one["event_rows"].sum() == episodes["event"].sum()
    if curve == "survival":  # Greenwood's, for weights that are whole numbers
        assert one["std_error"].equals(two["std_error"])
    by_row = fit(weighted, weights="weight", cluster="row").table
    assert by_row["std_error"].to_numpy() == pytest.approx(
        fit(twice, cluster="row").table["std_error"].to_numpy(), abs=1e-12
    )


@pytest.mark.parametrize("curve", CURVES)
def test_splitting_a_row_of_a_cluster_changes_nothing_at_all(curve, episodes):
    fit = CURVES[curve]
    middle = (pl.col("start") + pl.col("stop")) / 2
    halves = pl.concat([
        episodes.with_columns(stop=middle, cause=pl.lit(0, pl.Int64), event=pl.lit(False)),
        episodes.with_columns(start=middle),
    ])  # fmt: skip
    asked = {"weights": "weight", "cluster": "person"}
    whole, split = fit(episodes, **asked).table, fit(halves, **asked).table
    assert split["rows_at_risk"].equals(whole["rows_at_risk"])
    for column in ("estimate", "std_error", "lower"):
        known = whole[column].is_not_null()
        assert split[column].filter(known).to_numpy() == pytest.approx(
            whole[column].filter(known).to_numpy(), abs=1e-12
        )


@FEW
@given(competing_rows())
def test_curves_are_the_products_and_sums_in_fractions(rows):
    """Slow oracle in exact arithmetic, ties and late entry included."""
    one = rows.filter(area="a") if rows.filter(area="a", event=True).height else rows
    survival, incidence = Fraction(1), Fraction(0)
    expected = {}
    for time in sorted(one.filter(event=True)["stop"].unique()):
        risk = one.filter((pl.col("start") < time) & (pl.col("stop") >= time))
        left = risk.filter((pl.col("stop") == time) & pl.col("event"))
        incidence += survival * Fraction(left.filter(cause=1).height, risk.height)
        survival *= 1 - Fraction(left.height, risk.height)
        expected[time] = float(survival), float(incidence)
    times = list(expected)
    ours = kaplan_meier(one, start="start", stop="stop", event="event").at(times)
    assert ours["estimate"].to_list() == pytest.approx([pair[0] for pair in expected.values()])
    both = aalen_johansen(one, start="start", stop="stop", cause="cause").at(times)
    if 1 in both["cause"]:
        first = both.filter(cause=1)["estimate"].to_list()
        assert first == pytest.approx([pair[1] for pair in expected.values()])


def test_jittered_ties_are_random_in_lifelines_and_exact_here(competing):
    """lifelines breaks ties by adding noise: two seeds, two answers, neither of them this one."""
    from lifelines import AalenJohansenFitter

    def theirs(seed):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that it adds noise
            fitter = AalenJohansenFitter(jitter_level=0.5, seed=seed, calculate_variance=False)
            fitter.fit(competing["stop"].to_numpy(), competing["cause"].to_numpy(), 1)
        return fitter.cumulative_density_.iloc[:, 0].loc[:12.0].iloc[-1]

    ours = [
        aalen_johansen(competing, stop="stop", cause="cause")
        .at(12)
        .filter(cause=1)["estimate"]
        .item()
        for _ in range(2)
    ]
    survival, exact = Fraction(1), Fraction(0)
    for time in range(1, 13):
        risk = competing.filter(pl.col("stop") >= time).height
        left = competing.filter(stop=time)["cause"]
        exact += survival * Fraction(int((left == 1).sum()), risk)
        survival *= 1 - Fraction(int((left > 0).sum()), risk)
    assert ours == [pytest.approx(float(exact), abs=1e-14)] * 2
    assert theirs(1) != theirs(2)
    assert abs(theirs(1) - float(exact)) > 1e-6


def test_what_weights_and_limits_refuse(episodes, tmp_path):
    asked = {"start": "start", "stop": "stop", "event": "event"}
    with pytest.raises(EstimationError, match=r"weights must be above zero, 503 are not"):
        kaplan_meier(episodes.with_columns(weight=-1.0), **asked, weights="weight")
    with pytest.raises(EstimationError, match=r"limits: expected one of .*log-log"):
        kaplan_meier(episodes, **asked, limits="linear")
    with pytest.raises(EstimationError, match="level: expected a probability"):
        kaplan_meier(episodes, **asked, level=95)
    with pytest.raises(EstimationError, match="leaves no use for a cluster"):
        kaplan_meier(episodes, **asked, robust=False, cluster="cluster")
    with pytest.raises(EstimationError, match="0 and 1 only, found"):
        kaplan_meier(episodes, stop="stop", event="cause")
    gaps = episodes.with_columns(stop=pl.when(pl.col("row") < 7).then(None).otherwise("stop"))
    gaps.write_parquet(tmp_path / "gaps.parquet")
    for data in (gaps, tmp_path / "gaps.parquet"):
        with pytest.raises(EstimationError, match=r"`stop` 7 \(of 503 rows\)"):
            kaplan_meier(data, **asked)
