"""The multilevel logit against glmer of R's lme4 (tests/golden/multilevel.R), and its own laws."""

import numpy as np
import polars as pl
import pytest
from scipy import integrate, stats

from cws_outcomes.estimators import multilevel
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.laplace import LaplaceLogit

BASE = {"outcome": "outcome", "covariates": ["sex", "need"], "random": {"area": []}}


@pytest.fixture(scope="module")
def golden(golden_folder):
    return pl.read_csv(golden_folder / "multilevel.csv")


@pytest.fixture(scope="module")
def cells(pupils):
    return pupils.group_by("area", "sex", "need").agg(pl.sum("outcome"), trials=pl.len())


@pytest.mark.parametrize("model", ["rows", "null", "cells"])
def test_equals_glmer(model, golden, pupils, cells):
    data, call = {
        "rows": (pupils, {}),
        "null": (pupils, {"covariates": []}),
        "cells": (cells, {"trials": "trials"}),
    }[model]
    fit = multilevel(data, **(BASE | call))
    expected = golden.filter(model=model)
    _match(fit.table, expected, "estimate", "estimate", 1e-3)
    _match(fit.table, expected, "std_error", "std_error", 1e-2)
    variance = expected.filter(quantity="variance")["value"].item()
    assert fit.variances["variance"].item() == pytest.approx(variance, rel=1e-2)
    reference = expected.filter(quantity="log_likelihood")["value"].item()
    assert reference - 0.01 < fit.log_likelihood < reference + 0.1
    effects = fit.effects("area").with_columns(term=pl.col("level").cast(pl.String))
    _match(effects, expected, "effect", "estimate", 5e-3)
    _match(effects, expected, "effect_std_error", "std_error", 5e-3)
    assert not fit.at_boundary


def test_areas_that_do_not_differ_have_a_variance_of_zero(golden, pupils):
    fit = multilevel(pupils, **(BASE | {"outcome": "even"}))
    expected = golden.filter(model="boundary")
    assert fit.at_boundary
    assert fit.variances["variance"].item() == 0
    assert fit.vpc() == {"area": 0}
    assert fit.median_odds_ratio() == {"area": 1}
    assert fit.effects("area")["estimate"].to_list() == [0.0] * 30
    _match(fit.table, expected, "estimate", "estimate", 1e-3)
    _match(fit.table, expected, "std_error", "std_error", 1e-2)


def test_adding_up_identical_rows_changes_nothing(pupils, cells):
    rows, added = multilevel(pupils, **BASE), multilevel(cells, **BASE, trials="trials")
    assert (rows.n, added.n, rows.cells) == (3000, added.cells, added.cells)
    assert rows.trials == added.trials == 3000
    assert rows.table["estimate"].to_list() == added.table["estimate"].to_list()
    # Only the binomial coefficients differ, which belong to the rows as given.
    coefficients = stats.binom.logpmf(cells["outcome"], cells["trials"], 0.5) + cells[
        "trials"
    ].to_numpy() * np.log(2)
    assert added.log_likelihood - rows.log_likelihood == pytest.approx(coefficients.sum())


def test_row_order_and_names_of_areas_change_nothing(pupils):
    fit = multilevel(pupils, **BASE)
    renamed = pupils.reverse().with_columns(area=100 - pl.col("area"))
    other = multilevel(renamed, **BASE)
    assert other.table["estimate"].to_numpy() == pytest.approx(
        fit.table["estimate"].to_numpy(), abs=1e-7
    )
    reversed_effects = other.effects("area")["estimate"].reverse().to_numpy()
    assert reversed_effects == pytest.approx(fit.effects("area")["estimate"].to_numpy(), abs=1e-6)


@pytest.fixture(scope="module")
def small():
    rng = np.random.default_rng(7)
    n = 60
    matrix = np.column_stack([np.ones(n), rng.random(n)])
    trials = rng.integers(1, 6, n).astype(float)
    successes = rng.binomial(trials.astype(int), 0.4).astype(float)
    return LaplaceLogit(matrix, successes, trials, np.arange(n) % 6, 6)


@pytest.mark.parametrize("sigma", [0.2, 1.0, 2.5])
def test_gradient_is_the_derivative(small, sigma):
    at, step = np.array([-0.3, 0.5, sigma]), 1e-5
    _, gradient = small.evaluate(at)
    for place, move in enumerate(np.eye(3) * step):
        slope = (small.evaluate(at + move)[0] - small.evaluate(at - move)[0]) / (2 * step)
        assert gradient[place] == pytest.approx(slope, abs=1e-6)


def test_approximation_is_near_the_integral(small):
    """Slow oracle: integrate over each area's effect. Laplace is close, not equal."""
    beta, sigma = np.array([-0.3, 0.5]), 0.7
    total = 0.0
    for area in range(6):
        mine = small.group == area
        eta, won, tried = (small.matrix @ beta)[mine], small.successes[mine], small.trials[mine]

        def integrand(u, eta=eta, won=won, tried=tried):
            z = eta + sigma * u
            return np.exp(np.sum(won * z - tried * np.log1p(np.exp(z)))) * stats.norm.pdf(u)

        total += np.log(integrate.quad(integrand, -9, 9)[0])
    assert small.evaluate(np.append(beta, sigma))[0] == pytest.approx(total, abs=0.05)


def test_measures_of_variation(pupils):
    fit = multilevel(pupils, **BASE)
    sd = fit.variances["sd"].item()
    assert fit.vpc()["area"] == pytest.approx(sd**2 / (sd**2 + 3.289868))
    assert fit.median_odds_ratio()["area"] == pytest.approx(np.exp(0.9538726 * sd))


@pytest.mark.parametrize(
    ("change", "call", "message"),
    [
        ({}, {"random": {"area": ["sex"]}}, "one factor with an intercept is available"),
        ({}, {"random": {"area": [], "sex": []}}, "one factor with an intercept is available"),
        ({}, {"family": "poisson"}, '"binomial" is available'),
        ({}, {"method": "agq"}, '"laplace" is available'),
        ({"area": pl.lit(1)}, {}, "two levels or more"),
        ({"outcome": pl.lit(None, pl.Int64)}, {}, "`outcome` 3000"),
        ({"tried": pl.lit(0)}, {"trials": "tried"}, "one trial or more in every row, found 3000"),
        (
            {"outcome": pl.lit(3), "tried": pl.lit(2)},
            {"trials": "tried"},
            "at most `tried`, found 3000",
        ),
        ({"twin": 1 - pl.col("sex")}, {"covariates": ["sex", "twin"]}, "`twin` is determined by"),
        ({"outcome": pl.lit(0)}, {}, "some successes and some failures"),
        ({"outcome": pl.col("sex")}, {}, "separation: the coefficient of .*`sex`"),
    ],
)
def test_what_is_refused_and_how_it_is_said(pupils, change, call, message):
    with pytest.raises(EstimationError, match=message):
        multilevel(pupils.with_columns(**change), **(BASE | call))


def test_effects_of_an_unknown_group(pupils):
    with pytest.raises(EstimationError, match="there is `area`"):
        multilevel(pupils, **BASE).effects("school")


def _match(ours, golden, quantity, column, tolerance):
    expected = golden.filter(quantity=quantity).sort("term")
    ours = ours.with_columns(pl.col("term").str.replace_all(r"[\[\]]", "")).sort("term")
    assert ours["term"].to_list() == expected["term"].to_list()
    assert ours[column].to_numpy() == pytest.approx(
        expected["value"].to_numpy(), rel=tolerance, abs=1e-5
    )
