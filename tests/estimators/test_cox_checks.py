"""What a Cox fit tells beyond its table, against R's survival (tests/golden/cox_checks.R)."""

import numpy as np
import polars as pl
import pytest

from cws_outcomes.estimators import EstimationError, cox

ROSSI = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
SPELLS = {
    "stop": "stop",
    "event": "event",
    "start": "start",
    "covariates": ["in_care", "need", "group"],
}
MODELS = {
    "rossi": {"stop": "week", "event": "arrest", "covariates": ROSSI},
    "rossi_breslow": {
        "stop": "week",
        "event": "arrest",
        "covariates": ["fin", "age", "prio"],
        "ties": "breslow",
    },
    "spells": {**SPELLS, "strata": ["area", "cohort"]},
    "spells_breslow": {**SPELLS, "strata": "area", "ties": "breslow"},
    "spells_weights": {**SPELLS, "weights": "weight", "cluster": "child"},
}


@pytest.fixture(scope="module")
def golden(golden_folder):
    return pl.read_csv(golden_folder / "cox_checks.csv")


@pytest.fixture(scope="module")
def fits(rossi, spells):
    return {
        model: cox(rossi if model.startswith("rossi") else spells, **call)
        for model, call in MODELS.items()
    }


def _values(golden: pl.DataFrame, model: str, quantity: str) -> pl.DataFrame:
    found = golden.filter(model=model, quantity=quantity)
    assert found.height
    return found


@pytest.mark.parametrize("transform", ["km", "identity", "rank", "log"])
@pytest.mark.parametrize("model", MODELS)
def test_proportional_hazards_test_equals_cox_zph(model, transform, golden, fits):
    expected = _values(golden, model, f"ph_test_{transform}")
    ours = fits[model].ph_test(transform)
    assert ours["term"].to_list() == expected["term"].to_list()
    assert ours["chi2"].to_numpy() == pytest.approx(expected["value"].to_numpy(), rel=1e-8)
    widths = {"in_care": 1, "need": 1, "group": 2, "GLOBAL": 4}
    if model.startswith("spells"):
        assert ours["df"].to_list() == list(widths.values())


def test_published_values_of_the_rossi_test(fits):
    test = {row["term"]: row["chi2"] for row in fits["rossi"].ph_test().iter_rows(named=True)}
    assert test["age"] == pytest.approx(5.974, abs=5e-4)
    assert test["wexp"] == pytest.approx(4.225, abs=5e-4)
    assert test["GLOBAL"] == pytest.approx(17.694, abs=5e-4)


@pytest.mark.parametrize("model", MODELS)
def test_concordance_equals_r(model, golden, fits):
    ours = fits[model].concordance
    for quantity, value in (
        ("concordance", ours.estimate),
        ("concordance_error", ours.std_error),
        ("concordant", ours.concordant),
        ("tied", ours.tied),
    ):
        expected = _values(golden, model, quantity)["value"].item()
        assert value == pytest.approx(expected, rel=1e-8), quantity


@pytest.mark.parametrize(
    "kind", ["martingale", "deviance", "score", "dfbeta", "schoenfeld", "scaled_schoenfeld"]
)
@pytest.mark.parametrize("model", MODELS)
def test_residuals_equal_r(model, kind, golden, fits, spells):
    ours = fits[model].residuals(kind)
    expected = _values(golden, model, "scaledsch" if kind == "scaled_schoenfeld" else kind)
    for (term,), part in expected.group_by("term"):
        # As in R: groupblue for group[blue].
        names = {name.replace("[", "").replace("]", ""): name for name in ours.columns}
        column = names[term] if term else "residual"
        got = ours[column].to_numpy()[part["place"].to_numpy().astype(int)]
        assert got == pytest.approx(part["value"].to_numpy(), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("model", ["rossi", "rossi_breslow"])
def test_baseline_hazard_equals_survfit_at_zero(model, golden, fits):
    ours = fits[model].baseline()
    hazard, error = (_values(golden, model, q) for q in ("hazard", "hazard_error"))
    assert ours["time"].to_numpy() == pytest.approx(hazard["place"].to_numpy())
    assert ours["hazard"].to_numpy() == pytest.approx(hazard["value"].to_numpy(), rel=1e-8)
    assert ours["std_error"].to_numpy() == pytest.approx(error["value"].to_numpy(), rel=1e-6)


@pytest.mark.parametrize("model", ["spells", "spells_breslow", "spells_weights"])
def test_survival_of_new_rows_equals_survfit(model, golden, fits, spells):
    ours = fits[model].predict_survival(spells[[0, 39, 199]], [3, 6, 9])
    for quantity, column in (
        ("survival", "survival"),
        ("survival_error", "std_error"),
        ("survival_lower", "lower"),
    ):
        expected = _values(golden, model, quantity)["value"].to_numpy()
        assert ours[column].to_numpy() == pytest.approx(expected, rel=1e-6)


def test_baseline_counts_rows_at_risk_and_events(fits, spells):
    baseline = fits["spells_breslow"].baseline()
    assert baseline.columns == ["area", "time", "at_risk", "events", "hazard", "std_error"]
    for area, time, at_risk, events in baseline.select(
        "area", "time", "at_risk", "events"
    ).iter_rows():
        here = spells.filter(pl.col("area") == area, pl.col("start") < time, pl.col("stop") >= time)
        assert here.height == at_risk
        assert here.filter(pl.col("stop") == time)["event"].sum() == events


def test_survival_is_null_after_the_last_follow_up_and_one_before_the_first_event(fits, spells):
    last = spells.group_by("area").agg(pl.col("stop").max()).sort("area")
    curve = fits["spells_breslow"].predict_survival(spells[[0]], [0, 1_000])
    assert last.height == 3
    assert curve["survival"].to_list() == [1.0, None]
    assert curve["std_error"].to_list() == [0.0, None]


def test_what_a_prediction_refuses(fits, spells):
    fit = fits["spells_breslow"]
    with pytest.raises(EstimationError, match="`group`: 1 rows have a level that the fit has not"):
        fit.predict_survival(spells[[0]].with_columns(group=pl.lit("violet")), 3)
    with pytest.raises(EstimationError, match="`area`: 2 rows are of a stratum that the fit has"):
        fit.predict_survival(spells[[0, 1]].with_columns(area=pl.lit(17)), 3)
    with pytest.raises(EstimationError, match="kind: expected one of"):
        fit.residuals("pearson")
    with pytest.raises(EstimationError, match="transform: expected one of"):
        fit.ph_test("square")


def test_concordance_counts_pairs_as_the_definition_reads(spells):
    """O(events x rows), with late entry, strata and weights."""
    fit = cox(spells, **SPELLS, strata="area", weights="weight")
    effects = dict(zip(fit.table["term"], fit.table["estimate"], strict=True))
    eta = (
        spells.select(
            pl.col("in_care") * effects["in_care"]
            + pl.col("need") * effects["need"]
            + (pl.col("group") == "blue") * effects["group[blue]"]
            + (pl.col("group") == "coral") * effects["group[coral]"]
        )
        .to_series()
        .to_numpy()
    )
    columns = (spells[name].to_numpy() for name in ("start", "stop", "event", "area", "weight"))
    start, stop, event, area, weight = columns
    right = wrong = tied = 0.0
    for one in np.flatnonzero(event):
        others = (area == area[one]) & (start < stop[one]) & (stop >= stop[one])
        others &= ~((stop == stop[one]) & (event == 1))
        pairs = weight[one] * weight * others
        same = np.isclose(eta, eta[one], rtol=0, atol=1e-12)
        right += pairs[(eta < eta[one]) & ~same].sum()
        wrong += pairs[(eta > eta[one]) & ~same].sum()
        tied += pairs[same].sum()
    ours = fit.concordance
    assert (ours.concordant, ours.discordant, ours.tied) == pytest.approx((right, wrong, tied))
    assert ours.estimate == pytest.approx((right + tied / 2) / (right + wrong + tied))
