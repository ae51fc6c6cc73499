"""Means of new rows from multilevel models, against lme4 and glmmTMB (mixed_predict.R)."""

import numpy as np
import polars as pl
import pytest

from cws_outcomes.estimators import multilevel
from cws_outcomes.estimators.errors import EstimationError

NESTED = {"covariates": ["sex", "need", "idaci"], "random": {"area": ["idaci"], "school": []}}
MODELS = {
    "gaussian": NESTED | {"outcome": "score", "family": "gaussian"},
    "binomial": NESTED | {"outcome": "outcome"},
    "cloglog": {
        "outcome": "outcome", "covariates": ["sex", "need"], "random": {"school": []},
        "link": "cloglog",
    },
    "poisson": {
        "outcome": "visits", "covariates": ["sex", "idaci"], "random": {"area": [], "school": []},
        "family": "poisson", "offset": "log_years",
    },
    "negative_binomial": NESTED
    | {"outcome": "contacts", "family": "negative_binomial", "offset": "log_years"},
}  # fmt: skip


@pytest.fixture(scope="module")
def new(schools):
    """As in the R script: rows 2 to 4 are of a school, and row 2 of an area, nobody has seen."""
    row = pl.int_range(pl.len())
    return schools.head(12).with_columns(
        school=pl.when(row.is_between(2, 4)).then(999).otherwise("school"),
        area=pl.when(row == 2).then(99).otherwise("area"),
        idaci=pl.when(row == 5).then(0).when(row == 6).then(0.95).otherwise("idaci"),
    )


@pytest.fixture(scope="module")
def fits(schools):
    return {name: multilevel(schools, **model) for name, model in MODELS.items()}


@pytest.mark.parametrize("effects", [True, False])
@pytest.mark.parametrize("model", MODELS)
def test_equals_predict_of_lme4_and_glmmtmb(model, effects, fits, new, golden_folder):
    golden = pl.read_csv(golden_folder / "mixed_predict.csv")
    expected = golden.filter(model=model, effects=effects).sort("row")["value"].to_numpy()
    found = fits[model].predict(new, effects=effects).to_numpy()
    assert found == pytest.approx(expected, rel=1e-5 if model == "gaussian" else 2e-3)


@pytest.mark.parametrize("model", MODELS)
def test_a_level_that_nobody_has_seen_is_one_without_effects(model, fits, new):
    strange = new.with_columns(area=pl.lit(99), school=pl.lit(999))
    with_effects = fits[model].predict(strange).to_numpy()
    assert with_effects == pytest.approx(fits[model].predict(new, effects=False).to_numpy())


@pytest.mark.parametrize("model", ["gaussian", "binomial"])
def test_means_of_the_rows_fitted_are_fixed_and_random_parts(model, fits, schools):
    fit = fits[model]
    beta = dict(fit.table.select("term", "estimate").iter_rows())
    own = fit.effects("area").pivot("term", index="level", values="estimate")
    school = fit.effects("school").select(school="level", level="estimate")
    joined = schools.join(own.rename({"level": "area"}), on="area", maintain_order="left").join(
        school, on="school", maintain_order="left"
    )
    eta = joined.select(
        beta["(Intercept)"] + beta["sex"] * pl.col("sex") + beta["idaci"] * pl.col("idaci")
        + pl.col("need").replace_strict(
            {"high": 0.0, "low": beta["need[low]"], "middle": beta["need[middle]"]}
        )
        + pl.col("(Intercept)") + pl.col("idaci_right") * pl.col("idaci") + pl.col("level")
    ).to_series().to_numpy()  # fmt: skip
    mean = eta if model == "gaussian" else 1 / (1 + np.exp(-eta))
    assert fit.predict(schools).to_numpy() == pytest.approx(mean)


def test_the_score_of_the_mode_is_zero(fits, schools):
    """Of counts with a log link: within a level, what is missing is the pull of its effect."""
    fit = fits["poisson"]
    off = schools.select("school", off=pl.col("visits") - fit.predict(schools))
    variance = fit.variances.filter(group="school")["variance"].item()
    by_school = off.group_by("school").agg(pl.sum("off")).sort("school")["off"].to_numpy()
    pull = fit.effects("school").sort("level")["estimate"].to_numpy() / variance
    assert by_school == pytest.approx(pull, abs=1e-5)


def test_levels_of_another_type_and_rows_of_another_order(fits, schools, new):
    fit, plain = fits["binomial"], fits["binomial"].predict(new)
    assert fit.predict(new.reverse()).reverse().equals(plain)
    text = new.with_columns(pl.col("area", "school").cast(pl.String))
    assert fit.predict(text).equals(plain)
    assert fit.predict(new.to_pandas()).equals(plain)
    named = schools.with_columns(pl.format("E{}", "area").alias("area"))
    other = multilevel(named, **MODELS["binomial"])
    again = other.predict(new.with_columns(pl.format("E{}", "area").alias("area")))
    assert again.to_numpy() == pytest.approx(plain.to_numpy(), abs=1e-6)


def test_the_base_of_an_ordered_covariate_is_known_too(schools, new):
    order = pl.Enum(["never", "middle", "low", "high"])
    ordered, asked = (table.with_columns(pl.col("need").cast(order)) for table in (schools, new))
    fit = multilevel(ordered, **MODELS["gaussian"])
    assert "need[middle]" not in fit.table["term"]
    plain = multilevel(schools, **MODELS["gaussian"]).predict(new).to_numpy()
    assert fit.predict(asked).to_numpy() == pytest.approx(plain, abs=1e-6)
    with pytest.raises(EstimationError, match="`need`: 12 rows have a level that the"):
        fit.predict(asked.with_columns(need=pl.lit("never", order)))


def test_a_fit_without_covariates(schools):
    fit = multilevel(schools, outcome="outcome", covariates=[], random={"area": []})
    mean = 1 / (1 + np.exp(-fit.table["estimate"].item()))
    assert fit.predict(schools.head(3), effects=False).to_list() == pytest.approx([mean] * 3)
    assert fit.predict(schools.select("area")).n_unique() == 20


def test_what_is_asked_of_new_rows(fits, new):
    fit = fits["binomial"]
    without = new.drop("area", "school", "outcome")
    assert fit.predict(without, effects=False).len() == 12
    with pytest.raises(EstimationError, match="no column `school`, `area`"):
        fit.predict(without)
    with pytest.raises(EstimationError, match="`need`: 12 rows have a level that the"):
        fit.predict(new.with_columns(need=pl.lit("unheard")))
    with pytest.raises(EstimationError, match="`idaci` 12"):
        fit.predict(new.with_columns(idaci=pl.lit(None, pl.Float64)))
    with pytest.raises(EstimationError, match="no column `log_years`"):
        fits["poisson"].predict(new.drop("log_years"))
