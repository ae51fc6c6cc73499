"""Generalised linear models and the multinomial logit: R's numbers, laws, and refusals."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cws_outcomes.estimators import EstimationError, glm, multinomial_logit

FEW = settings(max_examples=20, deadline=None)
TERMS = ["sex", "need"]


@pytest.fixture(scope="module")
def golden(golden_folder):
    return pl.read_csv(golden_folder / "glm.csv", null_values="NA")


@pytest.fixture(scope="module")
def rows(pupils):
    """The derived columns of tests/golden/glm.R."""
    place = pl.int_range(1, pupils.height + 1)
    made = pupils.with_columns(
        score=100 + 3 * pl.col("sex") + pl.col("area") % 7 - 2 * (pl.col("need") == "low")
        + ((place * 37) % 101) / 10,
        trials=1 + pl.col("area") % 4,
        count=pl.col("outcome") * (1 + pl.col("area") % 3) + pl.col("sex"),
        exposure=(1 + pl.col("area") % 5).log(),
        weight=0.5 + (place % 4) / 2,
        route=(pl.col("outcome") + pl.col("area") + pl.col("sex") * (place % 3)) % 3,
    )  # fmt: skip
    passed = pl.min_horizontal("trials", pl.col("outcome") + pl.col("area") % 3)
    names = {0: "care", 1: "none", 2: "plan"}
    return made.with_columns(passed=passed, route=pl.col("route").replace_strict(names))


MODELS = {
    "gaussian": {"outcome": "score", "covariates": TERMS},
    "gaussian_weights": {"outcome": "score", "covariates": TERMS, "weights": "weight"},
    "gaussian_origin": {"outcome": "score", "covariates": ["sex", "area"], "intercept": False},
    "logit": {"outcome": "outcome", "covariates": TERMS, "family": "binomial"},
    "logit_offset": {
        "outcome": "outcome", "covariates": TERMS, "family": "binomial", "offset": "exposure",
    },
    "probit": {"outcome": "outcome", "covariates": TERMS, "family": "binomial", "link": "probit"},
    "cloglog": {"outcome": "outcome", "covariates": TERMS, "family": "binomial", "link": "cloglog"},
    "trials": {
        "outcome": "passed", "covariates": TERMS, "family": "binomial", "trials": "trials",
    },
    "poisson": {
        "outcome": "count", "covariates": TERMS, "family": "poisson", "offset": "exposure",
    },
    "poisson_weights": {
        "outcome": "count", "covariates": TERMS, "family": "poisson", "weights": "weight",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("compress", [True, False], ids=["cells", "rows"])
def test_equals_glm(name, compress, golden, rows):
    expected = golden.filter(model=name)
    fit = glm(rows, **MODELS[name], compress=compress)
    assert fit.table["term"].to_list() == expected["term"].to_list()
    _same(fit.table["estimate"], expected["estimate"], 1e-8)
    _same(fit.table["std_error"], expected["std_error"], 1e-7)
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"][0], rel=1e-10)
    assert (fit.cells is None) is not compress
    assert fit.n == rows.height
    robust = glm(rows, **MODELS[name], compress=compress, robust=True)
    _same(robust.table["robust_std_error"], expected["hc0"], 1e-7)
    clustered = glm(rows, **MODELS[name], compress=compress, cluster="area")
    _same(clustered.table["robust_std_error"], expected["cluster"], 1e-7)
    assert clustered.clusters == 30


def _same(ours, theirs, tolerance):
    assert ours.to_numpy() == pytest.approx(theirs.to_numpy(), rel=tolerance)


@pytest.mark.parametrize("compress", [True, False], ids=["cells", "rows"])
def test_multinomial_equals_multinom(compress, golden, rows):
    expected = golden.filter(pl.col("model").str.starts_with("multinomial"))
    fit = multinomial_logit(rows, outcome="route", covariates=TERMS, compress=compress)
    assert fit.outcomes == ["care", "none", "plan"]
    assert fit.table["term"].to_list() == expected["term"].to_list()
    # nnet climbs by BFGS, which stops a little short.
    assert fit.table["estimate"].to_numpy() == pytest.approx(
        expected["estimate"].to_numpy(), abs=1e-5
    )
    assert fit.table["std_error"].to_numpy() == pytest.approx(
        expected["std_error"].to_numpy(), rel=1e-5
    )
    top = expected["log_likelihood"][0]
    assert top - 1e-9 <= fit.log_likelihood <= top + 1e-4
    chances = fit.predict(rows)
    assert chances.sum_horizontal().to_numpy() == pytest.approx(1)
    # At the maximum of a model with an intercept the mean probabilities are the shares.
    for name in fit.outcomes:
        assert chances[name].mean() == pytest.approx((rows["route"] == name).mean(), abs=1e-9)


def test_two_outcomes_are_a_logit(rows):
    two = multinomial_logit(rows, outcome="outcome", covariates=TERMS, weights="weight")
    one = glm(rows, outcome="outcome", covariates=TERMS, family="binomial", weights="weight")
    _same(two.table["estimate"], one.table["estimate"], 1e-9)
    _same(two.table["std_error"], one.table["std_error"], 1e-9)


def test_sklearn_and_statsmodels_agree(rows):
    import statsmodels.api as sm
    from sklearn.linear_model import LogisticRegression

    design = np.column_stack([rows["sex"], rows["need"] == "low", rows["need"] == "middle"])
    fit = glm(rows, outcome="outcome", covariates=TERMS, family="binomial")
    theirs = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
    theirs.fit(design.astype(float), rows["outcome"].to_numpy())
    found = [theirs.intercept_[0], *theirs.coef_[0]]
    assert fit.table["estimate"].to_list() == pytest.approx(found, abs=1e-6)
    model = sm.GLM(
        rows["outcome"].to_numpy(), sm.add_constant(design.astype(float)), sm.families.Binomial()
    ).fit()
    assert fit.table["std_error"].to_list() == pytest.approx(list(model.bse), rel=1e-6)
    assert fit.predict(rows).to_numpy() == pytest.approx(model.fittedvalues, abs=1e-8)


@pytest.mark.parametrize("name", ["gaussian_weights", "logit", "poisson"])
def test_bits_do_not_depend_on_threads_files_or_in_cells_on_order(name, rows, tmp_path):
    table = glm(rows, **MODELS[name], compress=False).table
    assert glm(rows, **MODELS[name], compress=False, threads=2).table.equals(table)
    rows.write_parquet(tmp_path / "rows.parquet")
    assert glm(tmp_path / "rows.parquet", **MODELS[name], compress=False).table.equals(table)
    cells = glm(rows, **MODELS[name]).table
    assert glm(tmp_path / "rows.parquet", **MODELS[name], threads=2).table.equals(cells)
    order = np.random.default_rng(1).permutation(rows.height)
    assert glm(rows[order], **MODELS[name]).table.equals(cells)


def test_a_weight_of_two_is_a_row_twice(rows):
    asked = {"outcome": "count", "covariates": TERMS, "family": "poisson"}
    twice = pl.concat([rows, rows.head(900)])
    weighted = rows.with_columns(
        weight=pl.when(pl.int_range(rows.height) < 900).then(2).otherwise(1)
    )
    one, two = glm(weighted, **asked, weights="weight"), glm(twice, **asked)
    _same(one.table["estimate"], two.table["estimate"], 1e-10)
    _same(one.table["std_error"], two.table["std_error"], 1e-10)
    assert one.log_likelihood == pytest.approx(two.log_likelihood)


@FEW
@given(st.floats(0.01, 100), st.floats(-50, 50))
def test_units_of_a_covariate_and_of_a_gaussian_outcome(scale, shift):
    rng = np.random.default_rng(4)
    x = rng.normal(size=200)
    rows = pl.DataFrame({"x": x, "y": 1 + 2 * x + rng.normal(size=200)})
    plain = glm(rows, outcome="y", covariates=["x"]).table
    moved = rows.with_columns(x=pl.col("x") * scale + shift, y=pl.col("y") * 5)
    other = glm(moved, outcome="y", covariates=["x"]).table
    for column in ("estimate", "std_error"):
        assert other[column][1] == pytest.approx(plain[column][1] * 5 / scale, rel=1e-9)
    assert other["z"][1] == pytest.approx(plain["z"][1], rel=1e-9)


def test_few_clusters_and_prediction_elsewhere(rows):
    asked = {"outcome": "outcome", "covariates": TERMS, "family": "binomial", "cluster": "area"}
    plain, few = glm(rows, **asked), glm(rows, **asked, cluster_correction="few_clusters")
    ratio = few.table["robust_std_error"] / plain.table["robust_std_error"]
    assert ratio.to_numpy() == pytest.approx(np.sqrt(30 / 29))
    assert (few.table["p_value"] > plain.table["p_value"]).all()
    elsewhere = pl.DataFrame({"sex": [1, 0], "need": ["low", "low"]})
    estimate = dict(zip(plain.table["term"], plain.table["estimate"], strict=True))
    eta = estimate["(Intercept)"] + estimate["need[low]"] + estimate["sex"] * np.array([1, 0])
    assert plain.predict(elsewhere).to_numpy() == pytest.approx(1 / (1 + np.exp(-eta)))
    with pytest.raises(EstimationError, match="`need`: 1 rows have a level that the fit has"):
        plain.predict(pl.DataFrame({"sex": [1, 0], "need": ["low", "unheard of"]}))


def test_broken_fits_are_refused_and_named(rows):
    asked = {"outcome": "outcome", "family": "binomial"}
    same = rows.with_columns(
        twin=1 - 2 * pl.col("sex"),
        only=(pl.int_range(rows.height) % 40 == 0) & (pl.col("outcome") == 1),
    )
    for compress in (True, False):
        with pytest.raises(EstimationError, match=r"collinear: `twin` is determined by .*`sex`"):
            glm(same, covariates=["sex", "twin"], **asked, compress=compress)
        with pytest.raises(EstimationError, match="separation: the coefficient of `only`"):
            glm(same, covariates=["sex", "only"], **asked, compress=compress)
    with pytest.raises(EstimationError, match="separation: the coefficient of `1: only`"):
        multinomial_logit(same, outcome="outcome", covariates=["sex", "only"])
    with pytest.raises(EstimationError, match="the same value in every row: `sex`"):
        glm(rows.filter(sex=1), covariates=["sex"], **asked)
    with pytest.raises(EstimationError, match="`outcome`: the same in every row"):
        glm(rows.filter(outcome=1), covariates=["sex"], **asked)
    with pytest.raises(EstimationError, match="expected 2 to 50 levels, found 1"):
        multinomial_logit(rows.filter(outcome=1), outcome="outcome", covariates=["sex"])


@pytest.mark.parametrize("compress", [True, False], ids=["cells", "rows"])
def test_values_outside_their_range_are_counted(compress, rows):
    def fit(data, **more):
        glm(data, covariates=["sex"], compress=compress, **more)

    with pytest.raises(EstimationError, match="`count`: expected 0 and 1 only, found"):
        fit(rows, outcome="count", family="binomial")
    with pytest.raises(EstimationError, match="`score`: expected whole numbers of 0 or more"):
        fit(rows, outcome="score", family="poisson")
    with pytest.raises(EstimationError, match="from 0 to `trials`, itself 1 or more, found 3000"):
        fit(rows.with_columns(trials=-1), outcome="outcome", family="binomial", trials="trials")
    with pytest.raises(EstimationError, match="above zero, 3000 are not"):
        fit(rows.with_columns(weight=0.0), outcome="score", weights="weight")
    gaps = rows.with_columns(
        score=pl.when(pl.int_range(rows.height) < 4).then(None).otherwise("score")
    )
    with pytest.raises(EstimationError, match=r"`score` 4 \(of 3000 rows\)"):
        fit(gaps, outcome="score")
    with pytest.raises(EstimationError, match="link of gaussian: expected one of identity"):
        fit(rows, outcome="outcome", link="logit")
    with pytest.raises(EstimationError, match="family: expected one of gaussian, binomial"):
        fit(rows, outcome="outcome", family="gamma")


def test_weeks_at_risk_as_a_complementary_log_log(rossi):
    """Rossi's released prisoners by week: R's glm on all 19,809 weeks, a level for each."""
    weeks = rossi.select(pl.all(), lived=pl.int_ranges(1, pl.col("week") + 1)).explode("lived")
    assert weeks.height == 19_809
    weeks = weeks.with_columns(
        arrested=(pl.col("lived") == pl.col("week")) & (pl.col("arrest") == 1)
    )
    terms = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
    call = {"outcome": "arrested", "family": "binomial", "link": "cloglog"}
    # A week without an arrest has no finite level, and adds nothing to the likelihood.
    by_week = {**call, "covariates": [*terms, "at"]}
    weeks = weeks.with_columns(at=pl.format("{}", pl.col("lived")))
    with pytest.raises(EstimationError, match="separation"):
        glm(weeks, **by_week)
    fit = glm(weeks.filter(pl.col("arrested").any().over("lived")), **by_week)
    table = fit.table.filter(pl.col("term").is_in(terms))
    assert table["estimate"].to_list() == pytest.approx(
        [-0.38017236788, -0.057546499215, 0.31429984691, -0.1495877868, -0.43409548711,
         -0.085142609992, 0.091769415251], rel=1e-6,
    )  # fmt: skip
    assert table["std_error"].to_list() == pytest.approx(
        [0.19137913622, 0.021992135284, 0.30786527615, 0.21210347165, 0.38164729287,
         0.19577881765, 0.02864153797], rel=1e-6,
    )  # fmt: skip
    assert fit.log_likelihood == pytest.approx(-661.55956875, abs=1e-5)


def test_the_experiment_of_the_national_supported_work_demonstration():
    """Dehejia and Wahba's 445 men, as causaldata ships them."""
    data = pytest.importorskip("causaldata", reason="causaldata ships these data")
    men = pl.from_pandas(data.nsw_mixtape.load_pandas().data)
    fit = glm(men, outcome="re78", covariates=["treat"], family="gaussian", robust=True)
    treated = fit.table.filter(term="treat")
    assert treated["estimate"].item() == pytest.approx(1794.342404, rel=1e-7)
    assert treated["std_error"].item() == pytest.approx(632.8533936, rel=1e-7)
    assert treated["robust_std_error"].item() == pytest.approx(669.3153243, rel=1e-7)
