"""The multilevel logit against glmer (tests/golden/multilevel.R), what is refused, what warns."""

import numpy as np
import polars as pl
import pytest

from cws_outcomes.estimators import multilevel
from cws_outcomes.estimators.errors import EstimationError, EstimationWarning

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
    with pytest.warns(EstimationWarning, match="`area`: a variance was estimated as zero"):
        fit = multilevel(pupils, **(BASE | {"outcome": "even"}))
    expected = golden.filter(model="boundary")
    assert fit.at_boundary
    assert fit.boundary == ["area"]
    assert fit.variances["variance"].item() == 0
    assert fit.vpc() == {"area": 0}
    assert fit.median_odds_ratio() == {"area": 1}
    assert fit.effects("area")["estimate"].to_list() == [0.0] * 30
    _match(fit.table, expected, "estimate", "estimate", 1e-3)
    _match(fit.table, expected, "std_error", "std_error", 1e-2)


def test_measures_of_variation(pupils, schools):
    fit = multilevel(pupils, **BASE)
    sd = fit.variances["sd"].item()
    assert fit.vpc()["area"] == pytest.approx(sd**2 / (sd**2 + 3.289868))
    assert fit.median_odds_ratio()["area"] == pytest.approx(np.exp(0.9538726 * sd))
    call = {"outcome": "score", "covariates": ["idaci"], "family": "gaussian"}
    fit = multilevel(schools, **call, random={"area": ["idaci"], "school": []})
    own, school = fit.covariances["area"], fit.covariances["school"][0, 0]
    between = own[0, 0] + 2 * 0.5 * own[0, 1] + 0.25 * own[1, 1]
    residual = fit.variances.filter(group="residual")["variance"].item()
    share = between / (between + school + residual)
    assert fit.vpc({"idaci": 0.5})["area"] == pytest.approx(share)
    with pytest.raises(EstimationError, match="no slope varies with `sex`"):
        fit.vpc({"sex": 1})
    with pytest.raises(EstimationError, match="no odds ratio"):
        fit.median_odds_ratio()


def test_share_of_counts_between_areas(schools):
    call = {"outcome": "contacts", "covariates": ["sex"], "random": {"area": []}}
    fit = multilevel(schools, **call, family="negative_binomial")
    variance = fit.variances.filter(group="area")["variance"].item()
    within = np.log1p(1 / schools["contacts"].mean() + 1 / fit.theta)
    assert fit.vpc()["area"] == pytest.approx(variance / (variance + within))
    dispersion = fit.variances.filter(group="dispersion")["variance"].item()
    assert dispersion == pytest.approx(1 / fit.theta)


@pytest.mark.parametrize(
    ("change", "call", "message"),
    [
        ({}, {"random": {}}, "expected one factor or more"),
        ({}, {"family": "gamma"}, "family: expected one of gaussian, binomial"),
        ({}, {"method": "agq"}, "method of binomial: expected one of laplace, quadrature"),
        ({}, {"family": "gaussian", "method": "laplace"}, "expected one of reml, ml"),
        ({}, {"link": "log"}, "link of binomial: expected one of logit, cloglog"),
        ({}, {"family": "poisson", "trials": "sex"}, "trials: only of a binomial"),
        ({}, {"method": "quadrature", "random": {"area": ["sex"]}}, "takes one factor without"),
        ({}, {"method": "quadrature", "points": 1}, "expected two or more"),
        ({}, {"random": {"area": ["need"]}}, "`need`: expected numbers"),
        ({"one": pl.lit(1)}, {"random": {"area": ["one"]}}, "`one`; its slope cannot vary"),
        ({"area": pl.lit(1)}, {}, "two levels or more"),
        ({"outcome": pl.lit(None, pl.Int64)}, {}, "`outcome` 3000"),
        (
            {"tried": pl.lit(0)},
            {"trials": "tried"},
            "from 0 to `tried`, itself 1 or more, found 3000",
        ),
        (
            {"outcome": pl.lit(3), "tried": pl.lit(2)},
            {"trials": "tried"},
            "from 0 to `tried`, itself 1 or more, found 3000",
        ),
        ({"twin": 1 - pl.col("sex")}, {"covariates": ["sex", "twin"]}, "`twin` is determined by"),
        (
            {"twin": 1 - pl.col("sex")},
            {"covariates": ["sex", "twin"], "family": "gaussian"},
            "`twin` is determined by",
        ),
        ({"same": pl.lit("x")}, {"covariates": ["same"]}, "same value in every row: `same`"),
        ({}, {"covariates": ["sex", "sex"]}, "named twice: `sex`"),
        ({"outcome": pl.lit(0)}, {}, "`outcome`: the same in every row"),
        ({"outcome": pl.lit(0)}, {"family": "poisson"}, "`outcome`: the same in every row"),
        ({"outcome": pl.lit(0)}, {"family": "gaussian"}, "`outcome`: the same in every row"),
        ({"outcome": pl.col("sex")}, {}, "separation: the coefficient of .*`sex`"),
        ({"weight": pl.lit(0.0)}, {"weights": "weight"}, "weights must be above zero, 3000"),
        (
            {"row": pl.int_range(pl.len())},
            {"random": {"row": []}, "family": "gaussian"},
            "`row`: 3000 effects of its levels and 3000 rows",
        ),
    ],
)
def test_what_is_refused_and_how_it_is_said(pupils, change, call, message):
    with pytest.raises(EstimationError, match=message):
        multilevel(pupils.with_columns(**change), **(BASE | call))


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_two_factors_that_are_one_are_refused(pupils, family):
    twice = pupils.with_columns(region=100 - pl.col("area"))
    call = BASE | {"random": {"area": [], "region": []}, "family": family}
    with pytest.raises(EstimationError, match="the levels of `area` and `region` are the same"):
        multilevel(twice, **call)


def test_few_levels_and_tiny_levels_warn(pupils):
    with pytest.warns(EstimationWarning, match="`half`: 2 levels say little"):
        multilevel(pupils.with_columns(half=pl.col("area") % 2), **BASE | {"random": {"half": []}})
    pairs = pupils.with_row_index().with_columns(pair=pl.col("index") // 2)
    with pytest.warns(EstimationWarning, match="`pair`: 2.0 trials in the average level"):
        multilevel(pairs, **BASE | {"random": {"pair": []}})


@pytest.mark.filterwarnings("ignore:`area`")
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_counts_without_extra_variation_are_poisson(seed, pupils):
    rng = np.random.default_rng(seed)
    counts = pupils.with_columns(count=pl.Series(rng.poisson(np.exp(0.3 * pupils["sex"]))))
    # Less than Poisson variation, so that theta has nowhere to stop.
    even = counts.with_columns(count=1 + pl.col("count") // 2)
    call = BASE | {"outcome": "count"}
    with pytest.warns(EstimationWarning, match="`dispersion`"):
        fit = multilevel(even, **call, family="negative_binomial")
    assert fit.theta == np.inf
    assert "dispersion" in fit.boundary
    poisson = multilevel(even, **call, family="poisson")
    assert fit.table["estimate"].to_numpy() == pytest.approx(poisson.table["estimate"].to_numpy())
    assert fit.log_likelihood == pytest.approx(poisson.log_likelihood)


def test_effects_of_an_unknown_group(pupils):
    with pytest.raises(EstimationError, match="there is `area`"):
        multilevel(pupils, **BASE).effects("school")


def test_a_library_whose_variance_collapses(golden, pupils):
    """statsmodels' posterior mode of this model has a standard deviation a third too small."""
    from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

    expected = golden.filter(model="rows", quantity="variance")["value"].item() ** 0.5
    frame = pupils.select("outcome", "area", "sex", "need").to_pandas()
    model = BinomialBayesMixedGLM.from_formula(
        "outcome ~ sex + need", {"area": "0 + C(area)"}, frame
    )
    # It begins at a random place, from some of which it gets nowhere.
    theirs = float(np.exp(model.fit_map(rng=1).vcp_mean[0]))
    assert multilevel(pupils, **BASE).variances["sd"].item() == pytest.approx(expected, rel=5e-3)
    assert theirs < 0.8 * expected


def _match(ours, golden, quantity, column, tolerance):
    expected = golden.filter(quantity=quantity).sort("term")
    ours = ours.with_columns(pl.col("term").str.replace_all(r"[\[\]]", "")).sort("term")
    assert ours["term"].to_list() == expected["term"].to_list()
    assert ours[column].to_numpy() == pytest.approx(
        expected["value"].to_numpy(), rel=tolerance, abs=1e-5
    )
