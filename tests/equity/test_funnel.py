"""Funnel places, limits and over-dispersion."""

import numpy as np
import pytest

from cws_outcomes.equity import Z_95, Z_998, funnel, funnel_limits, gradient

rng = np.random.default_rng(7)


def test_by_hand() -> None:
    # O 121, E 100, N 1000: y = 1.1, s = sqrt(0.9 / 100) / 2 = 0.04743, z = 0.1 / s.
    found = funnel([121], [1000], [100])
    assert found.z[0] == pytest.approx(2.108185, abs=1e-6)
    assert found.ratio[0] == pytest.approx(1.21)
    assert found.effective_expected[0] == pytest.approx(100)
    lower, upper = funnel_limits([100.0], 0.1)
    assert [lower[0], upper[0]] == pytest.approx([0.822705, 1.194582], abs=1e-6)


def test_over_dispersion_by_hand() -> None:
    # Eight authorities alike but for z = -4, -3, .., 3 on the root scale. A tenth of eight lies
    # between the first and second: limits -3.3 and 2.3, so squares 10.89, 9, 4, 1, 0, 1, 4, 5.29.
    error = np.sqrt(0.9 / 100) / 2
    z = np.arange(-4, 4)
    found = funnel(100 * (1 + z * error) ** 2, [1000] * 8, [100] * 8)
    np.testing.assert_allclose(found.z, z, atol=1e-9)
    assert found.dispersion == pytest.approx(35.18 / 8)
    # With equal weights tau^2 = (n phi - (n - 1)) / (n w - w) = (35.18 - 7) / (7 w).
    assert found.tau == pytest.approx(np.sqrt(28.18 / 7) * error)
    np.testing.assert_allclose(found.z_dispersed, z * error / np.hypot(error, found.tau))


def test_limits_hold_their_share_when_chance_alone_is_at_work() -> None:
    persons = rng.integers(2_000, 60_000, 20_000)
    found = funnel(rng.binomial(persons, 0.04), persons, persons * 0.04)
    assert np.mean(np.abs(found.z) > Z_95) == pytest.approx(0.05, abs=0.005)
    assert np.mean(np.abs(found.z) > Z_998) == pytest.approx(0.002, abs=0.001)


def test_dispersed_limits_hold_their_share_when_authorities_differ() -> None:
    persons = rng.integers(5_000, 60_000, 20_000)
    rate = 0.04 * (1 + rng.normal(0, 0.1, len(persons))) ** 2
    found = funnel(rng.binomial(persons, rate), persons, persons * 0.04)
    # Winsorised squares of Normal z-scores are about a third short, so tau is a little low.
    assert 0.07 < found.tau < 0.1
    assert np.mean(np.abs(found.z) > Z_998) > 0.1
    assert np.mean(np.abs(found.z_dispersed) > Z_998) < 0.02


def test_an_authority_on_a_limit_is_on_the_drawn_curve() -> None:
    # Different expected rates: the curve drawn for the common rate is still each one's own limit.
    persons, expected = np.array([800.0, 900, 5_000]), np.array([40.0, 300, 100])
    plain = funnel(expected, persons, expected)
    lower, upper = funnel_limits(plain.effective_expected, plain.share, z=Z_998)
    on_upper = funnel(upper * expected, persons, expected)
    np.testing.assert_allclose(on_upper.z, Z_998)
    assert (lower < 1).all()


def test_curves_are_ordered_and_open_with_tau() -> None:
    base = np.geomspace(0.5, 1e5, 50)
    narrow, wide = funnel_limits(base, 0.04), funnel_limits(base, 0.04, tau=0.1, z=Z_998)
    assert (wide[0] <= narrow[0]).all()
    assert (narrow[0] <= 1).all()
    assert (narrow[1] <= wide[1]).all()
    assert (np.diff(wide[1]) < 0).all()
    assert narrow[0][0] == 0


def test_missing_rows_and_no_events() -> None:
    found = funnel([0, np.nan, 30, 20], [100, 90, 300, 200], [10, 9, 30, 20])
    assert found.z[0] == pytest.approx(-2 * np.sqrt(10 / 0.9))
    assert np.isnan(found.z[1])
    assert np.isfinite(found.z_dispersed[[0, 2, 3]]).all()


def test_gradient_recovers_its_slope_and_keeps_the_total() -> None:
    persons, deprivation = rng.integers(1_000, 90_000, 150), rng.uniform(5, 35, 150)
    rate = 1 / (1 + np.exp(4 - 0.03 * deprivation))
    events = rng.binomial(persons, rate)
    found = gradient(events, persons, deprivation)
    assert found.slope == pytest.approx(0.03, abs=4 * found.slope_error)
    assert found.expected.sum() == pytest.approx(events.sum())
    assert found.dispersion == pytest.approx(1, abs=0.4)
    np.testing.assert_allclose(found.rate(deprivation) * persons, found.expected)
