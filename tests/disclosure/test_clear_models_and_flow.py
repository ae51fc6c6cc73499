import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.invented import broken_promises, frame, inputs, unchecked

from cws_outcomes.disclosure import (
    clear_flow,
    clear_hazard_ratios,
    clear_la_effects,
    clear_multilevel_logit,
    clear_outcome_by_exposure,
)
from cws_outcomes.disclosure.counts import Rule
from cws_outcomes.disclosure.la_effects import Effect, from_rounded_counts
from cws_outcomes.disclosure.secondary import Counted

SETTINGS = {"disclosure_threshold": 10, "disclosure_round_to": 10}
RULE = Rule(10, 10)


@pytest.fixture(scope="module")
def exact() -> dict[str, pl.DataFrame]:
    return unchecked(seed=1)


def flow_of(start, *excluded):
    rows, left = [], start
    for no, count in enumerate((0, *excluded)):
        rows.append({"cohort": "c", "step_no": no, "criterion": f"rule {no}", "persons_in": left,
                     "persons_excluded": count, "persons_out": left - count})  # fmt: skip
        left -= count
    return frame("flow", rows)


def cleared_flow(table):
    return clear_flow(inputs(flow=table), SETTINGS)["cleared_flow"]


@pytest.mark.parametrize(
    ("function", "contract"),
    [
        (clear_flow, "cleared_flow"),
        (clear_hazard_ratios, "cleared_hazard_ratios"),
        (clear_multilevel_logit, "cleared_multilevel_logit"),
        (clear_la_effects, "cleared_la_effects"),
        (clear_outcome_by_exposure, "cleared_outcome_by_exposure"),
    ],
)
def test_every_cleared_table_keeps_its_contract_whatever_the_order_of_rows(
    exact, function, contract
):
    cleared = function(inputs(**exact), SETTINGS)
    shuffled = {name: held.sample(fraction=1, shuffle=True, seed=5) for name, held in exact.items()}

    assert set(cleared) == {contract}
    assert broken_promises(contract, cleared[contract]) == {}
    assert function(inputs(**shuffled), SETTINGS)[contract].equals(cleared[contract])
    counts = cleared[contract].select(pl.col(pl.Int64).exclude("clusters", "authorities"))
    assert all(value is None or (value >= 10 and value % 10 == 0) for row in counts.rows()
               for value in row)  # fmt: skip


def test_a_criterion_that_excludes_few_is_joined_to_the_next():
    shown = cleared_flow(flow_of(1000, 100, 4, 31, 20))

    assert shown["criterion"].to_list() == ["rule 0", "rule 1", "rule 2; rule 3", "rule 4"]
    assert shown["persons_excluded"].to_list() == [None, 100, 30, 20]
    assert shown["persons_out"].to_list() == [1000, 900, 870, 850]  # of 1000, 900, 865, 845


def test_the_last_criteria_are_joined_to_the_one_before():
    shown = cleared_flow(flow_of(1000, 100, 4, 3))

    assert shown["criterion"].to_list() == ["rule 0", "rule 1; rule 2; rule 3"]
    assert shown["persons_out"].to_list() == [1000, 890]


def test_a_flow_that_excludes_few_in_all_shows_only_who_is_left():
    shown = cleared_flow(flow_of(1000, 3, 2))

    assert shown.select("persons_in", "persons_excluded", "persons_out").row(-1) == (
        None, None, 1000,
    )  # fmt: skip
    assert shown.height == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 300), st.lists(st.integers(0, 40), max_size=8))
def test_shown_flows_add_up_and_show_no_small_number(left, excluded):
    shown = cleared_flow(flow_of(left + sum(excluded), *excluded))

    for row in shown.iter_rows(named=True):
        counts = [row[name] for name in ("persons_in", "persons_excluded", "persons_out")]
        assert all(count is None or (count >= 10 and count % 10 == 0) for count in counts)
        if None not in counts:
            assert counts[0] - counts[1] == counts[2]


def test_a_small_level_is_suppressed_and_the_counts_that_would_give_it_back_are_empty(exact):
    shown = clear_hazard_ratios(inputs(**exact), SETTINGS)["cleared_hazard_ratios"]
    sexes = {row["level"]: row for row in shown.filter(covariate="sex").iter_rows(named=True)}

    assert sexes["unknown"]["status"] == "suppressed"
    assert sexes["unknown"]["hazard_ratio"] is None
    assert sexes["female"]["status"] == "shown"
    assert sexes["female"]["persons"] is None
    assert sexes["male"]["persons"] == 11930


def test_estimates_have_three_figures_and_p_values_a_floor(exact):
    shown = clear_hazard_ratios(inputs(**exact), SETTINGS)["cleared_hazard_ratios"]
    values = shown.select("hazard_ratio", "lower", "upper").to_numpy().ravel()

    assert all(np.isnan(v) or v == float(f"{v:.3g}") for v in values)
    assert shown["p_value"].min() == 0.001


@pytest.mark.parametrize(
    "change",
    [
        {"model_events": 9},
        {"model_events": 17},  # 17 events for 8 estimates leave 9 degrees of freedom
        {"model_persons": 1405},  # complement of 1
    ],
)
def test_a_model_on_too_few_is_suppressed_as_a_whole(exact, change):
    table = exact["hazard_ratios"].with_columns(
        pl.lit(v, pl.Int64).alias(k) for k, v in change.items()
    )
    shown = clear_hazard_ratios(inputs(hazard_ratios=table), SETTINGS)["cleared_hazard_ratios"]

    assert shown["status"].unique().to_list() == ["suppressed"]
    assert shown.select("hazard_ratio", "persons", "model_persons").null_count().row(0) == (
        (shown.height,) * 3
    )


def test_levels_without_an_estimate_are_suppressed():
    table = unchecked(seed=1)["hazard_ratios"].with_columns(
        pl.when(level="cpp").then(None).otherwise(pl.col(name)).alias(name)
        for name in ("hazard_ratio", "lower", "upper", "p_value", "std_error")
    )
    table = table.with_columns(
        pl.when(level="cpp").then(0).otherwise(pl.col(name)).alias(name)
        for name in ("persons", "events")
    )
    shown = clear_hazard_ratios(inputs(hazard_ratios=table), SETTINGS)["cleared_hazard_ratios"]

    assert shown.filter(level="cpp")["status"].item() == "suppressed"


def test_small_authorities_have_no_effect_shown_and_are_never_alone(exact):
    shown = clear_la_effects(inputs(**exact), SETTINGS)["cleared_la_effects"]

    assert shown.filter(status="suppressed").height == 2
    assert "901" in shown.filter(status="suppressed")["la_code"].to_list()


def mode(offsets, events, la_sd):
    """Effect of one LA by Newton's method on its exact posterior."""
    u = 0.0
    for _ in range(60):
        p = 1 / (1 + np.exp(-(offsets + u)))
        information = (p * (1 - p)).sum() + la_sd**-2
        u += (events - p.sum() - u / la_sd**2) / information
    return Effect(u, information**-0.5)


@pytest.mark.parametrize("size", [120, 800, 2500])
def test_an_effect_is_what_the_rounded_counts_would_have_given(size):
    offsets = np.random.default_rng(size).normal(-1.2, 0.7, size)
    ratios = [
        from_rounded_counts(mode(offsets, events, 0.25), Counted(size, events), 0.25, RULE)
        for events in range(RULE.rounded(size // 4) - 5, RULE.rounded(size // 4) + 5)
    ]
    exact = mode(offsets, RULE.rounded(size // 4), 0.25)
    raw = [mode(offsets, RULE.rounded(size // 4) + d, 0.25).log_odds for d in (-5, 4)]

    # Ten different numbers of events: their effects differ, what is shown of them hardly does.
    spread = np.ptp([effect.log_odds for effect in ratios])
    assert spread < 0.1 * (raw[1] - raw[0])
    assert ratios[5].log_odds == pytest.approx(exact.log_odds, abs=1e-6)
    assert ratios[0].odds_ratios()[0] == pytest.approx(exact.odds_ratios()[0], rel=0.012)
    assert ratios[0].std_error == pytest.approx(exact.std_error, rel=0.02)


def test_without_spread_between_authorities_effects_are_left_alone():
    assert from_rounded_counts(Effect(0.0, 0.0), Counted(93, 41), 0.0, RULE) == Effect(0.0, 0.0)


def test_levels_of_an_exposure_are_not_to_be_had_by_subtraction(exact):
    shown = clear_outcome_by_exposure(inputs(**exact), SETTINGS)["cleared_outcome_by_exposure"]
    hidden = shown.filter(status="suppressed").group_by("outcome", "exposure").len()

    assert hidden.height > 0
    assert hidden["len"].min() >= 2
    row = shown.filter(outcome="first_offence", level="cin").row(0, named=True)
    assert row["rate_per_100"] == round(100 * row["events"] / row["persons"], 2)
    assert row["rate_lower"] < row["rate_per_100"] < row["rate_upper"]
