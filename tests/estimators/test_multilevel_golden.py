"""Multilevel models of every family against lme4 and glmmTMB (tests/golden/mixed.R)."""

import importlib.util

import numpy as np
import polars as pl
import pytest

from cws_outcomes.estimators import multilevel

NESTED = {
    "covariates": ["sex", "need", "idaci"],
    "random": {"area": ["idaci"], "school": []},
}
GAUSSIAN = NESTED | {"outcome": "score", "family": "gaussian"}
BINOMIAL = NESTED | {"outcome": "outcome"}
COUNTS = {"offset": "log_years"}
MODELS = {
    "gaussian_reml": GAUSSIAN,
    "gaussian_ml": GAUSSIAN | {"method": "ml"},
    "gaussian_weighted": GAUSSIAN | {"weights": "weight"},
    "gaussian_crossed": GAUSSIAN
    | {"covariates": ["sex", "idaci"], "random": {"school": [], "primary": []}},
    "gaussian_three": GAUSSIAN
    | {
        "covariates": ["sex", "idaci"],
        "random": {"area": ["idaci"], "school": [], "primary": []},
    },
    "binomial": BINOMIAL,
    "binomial_tmb": BINOMIAL,
    "binomial_crossed": BINOMIAL | {"covariates": ["sex"], "random": {"school": [], "primary": []}},
    "cloglog_tmb": BINOMIAL
    | {"covariates": ["sex", "need"], "random": {"school": []}, "link": "cloglog"},
    "quadrature": BINOMIAL
    | {"covariates": ["sex", "idaci"], "random": {"school": []}, "method": "quadrature"},
    "poisson": COUNTS
    | {"outcome": "visits", "covariates": ["sex", "idaci"], "family": "poisson"}
    | {"random": {"area": [], "school": []}},
    "negative_binomial_tmb": COUNTS
    | NESTED
    | {"outcome": "contacts", "family": "negative_binomial"},
}
MODELS["poisson_tmb"] = MODELS["poisson"]
# (log-likelihood, estimates, their errors, variances): lme4 stops at about 1e-5 of a deviance.
EXACT = (1e-6, 1e-6, 1e-5, 1e-4)
GENERALISED = (1e-2, 1e-3, 1e-2, 1e-2)


@pytest.fixture(scope="module")
def golden(golden_folder):
    return pl.read_csv(golden_folder / "mixed.csv")


@pytest.mark.filterwarnings("ignore:.*variance was estimated as zero")
@pytest.mark.parametrize("model", MODELS)
def test_equals_lme4_and_glmmtmb(model, golden, schools):
    fit = multilevel(schools, **MODELS[model])
    expected = golden.filter(model=model)
    value, estimate, error, variance = EXACT if "gaussian" in model else GENERALISED
    reference = expected.filter(quantity="log_likelihood")["value"].item()
    assert reference - value < fit.log_likelihood < reference + max(value, 1e-5)
    _match(_terms(fit.table, "estimate"), expected, "estimate", rel=estimate, floor=estimate)
    _match(_terms(fit.table, "std_error"), expected, "std_error", rel=error)
    _match(_variances(fit), expected, "variance", rel=variance, floor=1e-5)
    _match(_covariances(fit), expected, "covariance", rel=5 * variance, floor=1e-4)
    if fit.theta is not None:
        theta = expected.filter(quantity="theta")["value"].item()
        assert fit.theta == pytest.approx(theta, rel=1e-3)
    effects = _effects(fit, "estimate")
    _match(effects, expected, "effect", rel=10 * error, floor=2e-3)
    _match(_effects(fit, "std_error"), expected, "effect_std_error", rel=10 * error, floor=1e-4)


def test_the_case_in_which_a_library_stops_at_a_wrong_optimum(golden, golden_folder):
    """The library's boosting engine ends 9 below with a standard deviation of schools of 0.025."""
    pupils = _simulation(golden_folder).pupils_of_england(np.random.default_rng(5))
    fit = multilevel(
        pupils,
        outcome="outcome",
        covariates=["meals", "sex"],
        random={"area": ["meals"], "school": []},
    )
    expected = golden.filter(model="england_tmb")
    reference = expected.filter(quantity="log_likelihood")["value"].item()
    assert reference - 0.01 < fit.log_likelihood < reference + 0.01
    _match(_variances(fit), expected, "variance", rel=1e-2)
    assert fit.variances.filter(group="school")["sd"].item() == pytest.approx(0.25, abs=0.05)
    assert fit.cells < pupils.height / 5


def _simulation(golden_folder):
    place = importlib.util.spec_from_file_location("simulate", golden_folder / "simulate.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def _terms(table, column):
    terms = table["term"].str.replace_all(r"[\[\]]", "")
    return dict(zip(terms, table[column], strict=True))


def _variances(fit):
    rows = fit.variances.filter(pl.col("group") != "dispersion")
    return {f"{group} {term}": value for group, term, value, *_ in rows.iter_rows()}


def _covariances(fit):
    return {name: own[1, 0] for name, own in fit.covariances.items() if len(own) > 1}


def _effects(fit, column):
    found = {}
    for group in fit.levels:
        rows = fit.effects(group).select("level", "term", column).iter_rows()
        found |= {f"{group} {term} {level}": value for level, term, value in rows}
    return found


def _match(ours, golden, quantity, *, rel, floor=0.0):
    rows = golden.filter(quantity=quantity).select("term", "value").iter_rows()
    for term, value in rows:
        assert ours[term.strip() if term.strip() in ours else term] == pytest.approx(
            value, rel=rel, abs=floor
        ), f"{quantity} of {term}"
