"""Limits against R, by hand, and by their properties."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from cws_outcomes.equity import byar_limits, standardised_ratio, wilson_limits
from cws_outcomes.errors import EstimationError

GOLDEN = Path(__file__).parents[1] / "golden" / "equity_wilson.csv"
counts = st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_wilson_agrees_with_prop_test_of_r() -> None:
    golden = pl.read_csv(GOLDEN)
    lower, upper = wilson_limits(golden["events"], golden["persons"])
    np.testing.assert_allclose(lower, golden["lower"], atol=1e-11)
    np.testing.assert_allclose(upper, golden["upper"], atol=1e-11)


def test_wilson_by_hand() -> None:
    # 1 of 10, z = 1.96: centre (0.1 + 0.19208) / 1.38416, half
    # 1.96 * sqrt(0.009 + 0.009604) / 1.38416.
    lower, upper = wilson_limits([1], [10])
    np.testing.assert_allclose([lower[0], upper[0]], [0.01788, 0.40415], atol=2e-5)


@given(counts, st.sampled_from([0.8, 0.95, 0.998]))
def test_wilson_limits_solve_the_score_equation(count: tuple[int, int], level: float) -> None:
    events, persons = count
    lower, upper = (limit.item() for limit in wilson_limits(events, persons, level))
    assert 0 <= lower <= events / persons <= upper <= 1
    z2 = chi2.ppf(level, 1)
    for limit in {lower, upper} - {0.0, 1.0}:
        score = (events / persons - limit) ** 2
        assert score == pytest.approx(z2 * limit * (1 - limit) / persons, rel=1e-6)


def test_nobody_has_no_limits() -> None:
    lower, upper = wilson_limits([0, np.nan], [0, 5])
    assert np.isnan([*lower, *upper]).all()


def test_byar_is_close_to_the_exact_poisson_limits() -> None:
    # Exact limits are chi-squared quantiles; Byar is within 1 % of them from 10 events on.
    events = np.array([10, 25, 100, 1000])
    lower, upper = byar_limits(events)
    np.testing.assert_allclose(lower, chi2.ppf(0.025, 2 * events) / 2, rtol=0.01)
    np.testing.assert_allclose(upper, chi2.ppf(0.975, 2 * events + 2) / 2, rtol=0.01)
    assert byar_limits([0])[0].item() == 0
    assert byar_limits([0])[1].item() == pytest.approx(3.6689, abs=0.02)


@given(counts, st.floats(0.5, 1000))
def test_the_ratio_is_the_rate_over_the_expected_rate(count: tuple[int, int], base: float) -> None:
    events, persons = count
    found = standardised_ratio([events], [persons], [base])
    lower, upper = wilson_limits(events, persons)
    assert found.ratio[0] == pytest.approx(events / base)
    assert found.lower[0] == pytest.approx(lower.item() / (base / persons))
    assert found.upper[0] == pytest.approx(upper.item() / (base / persons))


def test_nothing_expected_gives_no_ratio() -> None:
    assert np.isnan(standardised_ratio([0], [10], [0.0]).ratio[0])


@pytest.mark.parametrize(("events", "persons"), [(-1, 5), (6, 5)])
def test_impossible_counts_are_refused(events: int, persons: int) -> None:
    with pytest.raises(EstimationError, match="1 rows"):
        wilson_limits([events, 1], [persons, 2])
    with pytest.raises(EstimationError, match="negative"):
        byar_limits([-1])
    with pytest.raises(EstimationError, match="negative"):
        standardised_ratio([1], [5], [-1.0])
