"""Shrinkage against glmer, against slow integration, and by its properties."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from cws_outcomes.equity import shrink, wilson_limits
from cws_outcomes.errors import EstimationError

GOLDEN = pl.read_csv(Path(__file__).parents[1] / "golden" / "equity_shrinkage.csv")
rng = np.random.default_rng(20)


@pytest.mark.parametrize("case", ["mixed", "small", "wide", "little"])
def test_agrees_with_glmer(case: str) -> None:
    golden = GOLDEN.filter(case=case)
    found = shrink(golden["observed"], golden["persons"], golden["expected"])
    assert found.tau == pytest.approx(golden["tau"][0], rel=1e-5)
    np.testing.assert_allclose(found.rate, golden["rate"], rtol=1e-6)
    np.testing.assert_allclose(found.lower, golden["lower"], rtol=1e-4)
    np.testing.assert_allclose(found.upper, golden["upper"], rtol=1e-4)


def slow_log_likelihood(tau: float, o: list[float], n: list[float], e: list[float]) -> float:
    total = 0.0
    for events, persons, expected in zip(o, n, e, strict=True):
        eta, mle = logit(expected / persons), logit(events / persons)
        top = events * mle - persons * np.logaddexp(0, mle)

        def integrand(v: float, events=events, persons=persons, eta=eta, top=top) -> float:
            x = eta + tau * v
            return np.exp(events * x - persons * np.logaddexp(0, x) - top - v * v / 2)

        area = quad(integrand, -9, 9, points=[np.clip((mle - eta) / tau, -8, 8)], limit=500)[0]
        total += np.log(area / np.sqrt(2 * np.pi)) + top
    return total


def test_rounded_counts_agree_with_slow_integration() -> None:
    # Non-integer counts: what disclosure rounding leaves. R's glmer refuses these.
    o, n, e = [12.5, 40.0, 7.5, 90.0, 20.0], [250.0, 700, 310, 1500, 205.5], [11, 33.0, 14, 70, 9.5]
    best = minimize_scalar(
        lambda tau: -slow_log_likelihood(tau, o, n, e), bounds=(0.01, 3), method="bounded"
    )
    found = shrink(o, n, e)
    assert found.tau == pytest.approx(best.x, rel=1e-4)
    assert found.log_likelihood == pytest.approx(-best.fun, rel=1e-9)


def test_equal_rates_leave_no_spread() -> None:
    found = shrink([10, 20, 40, 80], [100, 200, 400, 800], [10, 20, 40, 80])
    assert found.tau == 0
    for column in (found.rate, found.lower, found.upper):
        np.testing.assert_allclose(column, 0.1)


def test_much_data_keep_the_raw_rate_and_little_data_take_the_expected_one() -> None:
    persons = np.array([12, 500_000, 20_000, 20_000, 20_000, 20_000])
    events = np.array([6, 50_000, 1_000, 500, 1_600, 800])
    found = shrink(events, persons, persons * 0.05)
    assert found.rate[1] == pytest.approx(0.1, rel=1e-3)
    wilson = wilson_limits(events, persons)
    assert found.lower[1] == pytest.approx(wilson[0][1], rel=2e-3)
    assert found.upper[1] == pytest.approx(wilson[1][1], rel=2e-3)
    assert 0.05 < found.rate[0] < 0.4 < events[0] / persons[0]


areas = st.integers(12, 500_000).flatmap(
    lambda n: st.tuples(st.floats(0, 1), st.just(n), st.floats(0.002, 0.9))
)


@settings(max_examples=40, deadline=None)
@given(st.lists(areas, min_size=3, max_size=12))
def test_limits_hold_the_rate_and_the_rate_lies_between_raw_and_expected(rows: list) -> None:
    share, persons, expected = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    # Observed rates up to a few times away from what is expected.
    events = np.round(persons * expit(logit(expected) + 3 * (share - 0.5)))
    found = shrink(events, persons, persons * expected)
    assert np.isfinite(found.rate).all()
    assert found.tau >= 0
    assert (found.lower <= found.rate + 1e-12).all()
    assert (found.rate <= found.upper + 1e-12).all()
    # The posterior mean of a rate may leave the pair by the skew of the prior's tail.
    between = np.sort([events / persons, expected], axis=0)
    slack = 0.15 * np.maximum(found.upper - found.lower, 1e-9)
    assert (found.rate >= between[0] - slack).all()
    assert (found.rate <= between[1] + slack).all()


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(6)))
def test_order_does_not_matter(order: list[int]) -> None:
    events, persons = np.array([5, 9, 30, 2, 44, 70]), np.array([90, 150, 280, 60, 700, 600])
    plain = shrink(events, persons, persons * 0.1)
    mixed = shrink(events[order], persons[order], (persons * 0.1)[order])
    np.testing.assert_allclose(mixed.rate, plain.rate[order], rtol=1e-7)


def test_coverage_of_the_true_rate() -> None:
    # 25 draws of 60 authorities: the limits hold 95 % of true rates, within 3 standard errors.
    inside = []
    for _ in range(25):
        persons = rng.integers(200, 5_000, 60)
        true = expit(logit(0.05) + rng.normal(0, 0.4, 60))
        found = shrink(rng.binomial(persons, true), persons, persons * 0.05)
        inside += list((found.lower <= true) & (true <= found.upper))
    assert np.mean(inside) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / len(inside)))


def test_missing_rows_take_no_part() -> None:
    events, persons = [5, 9, 30, np.nan, 44], [90.0, 150, 280, 60, np.nan]
    found = shrink(events, persons, np.array(persons) * 0.1)
    alone = shrink(events[:3], persons[:3], np.array(persons[:3]) * 0.1)
    np.testing.assert_allclose(found.rate[:3], alone.rate)
    assert np.isnan(found.rate[3:]).all()
    assert np.isnan(found.upper[3:]).all()


def test_two_authorities_have_no_estimable_spread() -> None:
    found = shrink([5, 9], [90, 150], [9, 15])
    assert np.isnan(found.tau)
    assert np.isnan(found.rate).all()


def test_nothing_or_everything_expected() -> None:
    events, persons, expected = [0, 20, 5, 9, 30], [50, 20, 90, 150, 280], [0, 20, 9.0, 15, 28]
    found = shrink(events, persons, expected)
    assert found.rate[:2].tolist() == found.lower[:2].tolist() == [0, 1]
    assert np.isfinite(found.rate).all()
    with pytest.raises(EstimationError, match="1 rows have events where none"):
        shrink([1, *events[1:]], persons, expected)
    with pytest.raises(EstimationError, match="expected events"):
        shrink(events, persons, [60, 20, 9, 15, 28])
