"""Multilevel models of every family against lme4 and glmmTMB (tests/golden/mixed.R)."""

import polars as pl
import pytest

from cws_outcomes.estimators import EstimationWarning, multilevel

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


@pytest.mark.parametrize("method", ["default", "cholesky"])
def test_gpboost_stops_before_the_maximum(method, golden, golden_folder):
    """The known-wrong answer itself: a standard deviation of schools of 0.29 that is 0.16."""
    pupils = pl.read_csv(golden_folder / "data" / "small_schools.csv")
    covariates, random = ["meals", "sex"], {"area": [], "school": []}
    with pytest.warns(EstimationWarning, match="`school`: 4.1 trials in the average level"):
        fit = multilevel(pupils, outcome="outcome", covariates=covariates, random=random)
    expected = golden.filter(model="small_schools_tmb")
    reference = expected.filter(quantity="log_likelihood")["value"].item()
    assert abs(fit.log_likelihood - reference) < 1e-3
    _match(_variances(fit), expected, "variance", rel=1e-2)
    wrong = pl.read_csv(golden_folder / "gpboost.csv").filter(method=method)
    wrong = dict(wrong.select("quantity", "value").iter_rows())
    assert wrong["log_likelihood"] < fit.log_likelihood - 0.1
    assert wrong["variance school"] > 3 * fit.variances.filter(group="school")["variance"].item()


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
