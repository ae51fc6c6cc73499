"""
Multilevel models of public data that R packages ship, where R is present.

The numbers are those of R 4.2.2 with lme4 1.1.31 and glmmTMB 1.1.5; the data are asked of R
(tests/golden/multilevel_datasets.R), because their licences do not let us keep them here.
"""

import shutil
import subprocess

import numpy as np
import polars as pl
import pytest
from scipy import stats

from cws_outcomes.estimators import multilevel
from cws_outcomes.estimators.errors import EstimationWarning

# name: (data, model, log-likelihood, estimates, standard errors, variances)
ORACLES = {
    "sleepstudy, REML": (
        "sleepstudy",
        {"outcome": "Reaction", "covariates": ["Days"], "random": {"Subject": ["Days"]}},
        -871.81413598,
        [251.40510485, 10.467285960],
        [6.8245966950, 1.5457896439],
        [612.10015802, 35.071714451, 654.94000826],
    ),
    "Exam, random slope, ML": (
        "Exam",
        {"outcome": "normexam", "covariates": ["standLRT"], "random": {"school": ["standLRT"]}},
        -4658.4354826,
        # With bobyqa to 1e-12: by default lmer stops where the variance of slopes is 1e-4 off.
        [-0.01150483704, 0.5567304459],
        [0.03978348478, 0.01993679507],
        [0.09044726325, 0.01453567141, 0.5536574645],
    ),
    "Exam, null, ML": (
        "Exam",
        {"outcome": "normexam", "covariates": [], "random": {"school": []}},
        -5505.3244713,
        [-0.013167067263],
        [0.053627383837],
        [0.16863893146, 0.84776050539],
    ),
    "InstEval, crossed, ML": (
        "InstEval",
        {"outcome": "y", "covariates": ["service"], "random": {"s": [], "d": [], "dept": []}},
        -118860.8844,
        # With bobyqa to 1e-10: by default lmer stops where the last variance is 4e-4 off.
        [3.282581187, -0.09258860667],
        [0.02841158311, 0.01338317673],
        [0.1059727787, 0.2652044336, 0.006167841402, 1.386488552],
    ),
    "cbpp, Laplace": (
        "cbpp",
        {"outcome": "incidence", "covariates": ["period"], "random": {"herd": []}}
        | {"family": "binomial", "trials": "size"},
        -92.026566390,
        [-1.3983428645, -0.99192497498, -1.1282162159, -1.5797454136],
        None,  # glmer stops short of the top, where its errors are 1.3 % smaller
        [0.41225379209],
    ),
    "cbpp, quadrature of 9 points": (
        "cbpp",
        {"outcome": "incidence", "covariates": ["period"], "random": {"herd": []}}
        | {"family": "binomial", "trials": "size", "method": "quadrature", "points": 9},
        -50.005018033,  # without the saturated log-likelihood
        [-1.3992194439, -0.99140865743, -1.1278128371, -1.5794877736],
        [0.23351063270, 0.30676785208, 0.32676715075, 0.42759620783],
        [0.41927938042],
    ),
    "Contraception, Laplace": (
        "Contraception",
        {"outcome": "use", "covariates": ["ages", "age2s", "urban", "livch"]}
        | {"random": {"district": []}, "family": "binomial"},
        -1186.3643533,
        [-1.4054540008, 0.031846843056, -0.40572496089, 0.69725521234, 0.81501136606,
         0.91645712051, 0.91504050801],
        [0.15211482258, 0.083627234167, 0.064864064576, 0.12085992424, 0.16318630079,
         0.18633971706, 0.18730709403],
        [0.22583153421],
    ),
    "Contraception, quadrature of 25 points": (
        "Contraception",
        {"outcome": "use", "covariates": ["ages", "age2s", "urban", "livch"]}
        | {"random": {"district": []}, "family": "binomial"}
        | {"method": "quadrature", "points": 25},
        -1186.2294425,
        [-1.4059446914, 0.031837657191, -0.40581560166, 0.69670690801, 0.81515692122,
         0.91652681639, 0.91537145629],
        [0.15249931208, 0.083707744579, 0.064943457136, 0.12095692405, 0.16335291590,
         0.18650837412, 0.18749111855],
        [0.22909413266],
    ),
    "Salamanders, negative binomial": (
        "Salamanders",
        {"outcome": "count", "covariates": ["kind"], "random": {"site": []}}
        | {"family": "negative_binomial"},
        -815.678492,
        None,
        None,
        [0.533109**2, 1 / 1.002578],
    ),
}  # fmt: skip
GUATEMALA = {
    "outcome": "immun",
    "covariates": ["kid2p", "mom25p", "ord", "ethn", "momEd", "husEd", "momWork", "rural",
                   "pcInd81"],
    "random": {"mom": [], "comm": []},
}  # fmt: skip


@pytest.fixture(scope="module")
def datasets(golden_folder, tmp_path_factory):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    folder = tmp_path_factory.mktemp("datasets")
    asked = ["Rscript", str(golden_folder / "multilevel_datasets.R"), str(folder)]
    if subprocess.run(asked, capture_output=True).returncode:
        pytest.skip("R has no lme4, mlmRev or glmmTMB")
    return folder


@pytest.mark.parametrize("name", ORACLES)
def test_equals_r_on_public_data(name, datasets):
    source, model, value, estimates, errors, variances = ORACLES[name]
    data = _prepared(pl.read_csv(datasets / f"{source}.csv", null_values="NA"))
    family = model.get("family", "gaussian")
    method = {"method": "ml"} if family == "gaussian" and "REML" not in name else {}
    fit = multilevel(data, **{"family": "gaussian", **method, **model})
    exact = family == "gaussian"
    reached = fit.log_likelihood - (_saturated(data) if "cbpp, quad" in name else 0)
    assert value - (1e-4 if exact else 0.01) < reached < value + (1e-4 if exact else 0.01)
    if estimates is not None:
        assert fit.table["estimate"].to_numpy() == pytest.approx(
            np.array(estimates), rel=1e-6 if exact else 1e-3, abs=1e-6
        )
    if errors is not None:
        tolerance = 1e-4 if exact else 2e-3
        assert fit.table["std_error"].to_numpy() == pytest.approx(np.array(errors), rel=tolerance)
    assert fit.variances["variance"].to_numpy() == pytest.approx(
        np.array(variances), rel=1e-4 if exact else 1e-2
    )


def test_a_mother_has_too_few_children_for_laplace(datasets):
    """Immunisation in Guatemala: as glmer, with a warning that glmer does not give."""
    data = _prepared(pl.read_csv(datasets / "guImmun.csv"))
    with pytest.warns(EstimationWarning, match="`mom`: 1.4 trials in the average level"):
        fit = multilevel(data, **GUATEMALA)
    assert fit.log_likelihood == pytest.approx(-1355.7009966, abs=1e-2)
    estimates = dict(fit.table.select("term", "estimate").iter_rows())
    assert estimates["kid2p[Y]"] == pytest.approx(1.2815373718, rel=1e-3)
    assert estimates["rural[Y]"] == pytest.approx(-0.64931693166, rel=1e-3)
    assert estimates["pcInd81"] == pytest.approx(-0.85719030571, rel=1e-3)
    assert fit.variances["variance"].to_numpy() == pytest.approx(
        np.array([1.2878071007, 0.51994702632]), rel=1e-2
    )


def test_measures_of_variation_on_public_data(datasets):
    """Variance shares and the median odds ratio that the literature prints of these data."""
    contraception = _prepared(pl.read_csv(datasets / "Contraception.csv"))
    fit = multilevel(contraception, **ORACLES["Contraception, quadrature of 25 points"][1])
    assert fit.median_odds_ratio()["district"] == pytest.approx(1.5786, abs=1e-4)
    assert fit.vpc()["district"] == pytest.approx(0.0651, abs=1e-4)
    null = ORACLES["Exam, null, ML"][1] | {"family": "gaussian", "method": "ml"}
    exam = multilevel(pl.read_csv(datasets / "Exam.csv"), **null)
    assert exam.vpc()["school"] == pytest.approx(0.165918, abs=5e-7)


def test_salamanders_with_an_interaction(datasets):
    """Written as R does: species, mining, and their products; the first is GP in mined streams."""
    data = pl.read_csv(datasets / "Salamanders.csv")
    unmined = (pl.col("mined") == "no").cast(pl.Int64)
    species = [name for name in data["spp"].unique().sort() if name != "GP"]
    products = {f"{name} unmined": unmined * (pl.col("spp") == name) for name in species}
    data = data.with_columns(unmined=unmined, **products).with_columns(
        spp=pl.col("spp").cast(pl.Enum(["GP", *species]))
    )
    fit = multilevel(
        data, outcome="count", covariates=["spp", "unmined", *products], random={"site": []},
        family="negative_binomial",
    )  # fmt: skip
    estimates = dict(fit.table.select("term", "estimate").iter_rows())
    assert estimates["(Intercept)"] == pytest.approx(-3.375011, rel=1e-3)
    assert estimates["unmined"] == pytest.approx(4.161934, rel=1e-3)
    assert fit.theta == pytest.approx(1.002578, rel=1e-3)
    assert fit.log_likelihood == pytest.approx(-815.678492, abs=1e-2)


def _prepared(data):
    changes = {
        "period": pl.col("period").cast(pl.String),
        "service": pl.col("service").cast(pl.String),
        "mom": pl.col("mom").cast(pl.String),
        "use": pl.col("use") == "Y",
        "immun": pl.col("immun") == "Y",
    }
    data = data.with_columns(
        **{name: change for name, change in changes.items() if name in data.columns}
    )
    if "livch" in data.columns:
        squared = pl.col("age") ** 2
        return data.with_columns(
            ages=(pl.col("age") - pl.col("age").mean()) / pl.col("age").std(),
            age2s=(squared - squared.mean()) / squared.std(),
            livch=pl.col("livch").cast(pl.String),
        )
    if "spp" in data.columns:  # species crossed with mining: a mean for each
        return data.with_columns(kind=pl.format("{} {}", "spp", "mined"))
    return data


def _saturated(data):
    share = data["incidence"] / data["size"]
    return stats.binom.logpmf(data["incidence"], data["size"], share).sum()
