"""Cox models against coxph of R's survival (tests/golden/cox.R)."""

import polars as pl
import pytest

from cws_outcomes.estimators import CoxFit, cox

ROSSI = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
WITHOUT_RACE = [name for name in ROSSI if name != "race"]
HEART = ["age", "year", "surgery", "transplant"]
SPELLS = {"start": "start", "covariates": ["in_care", "need", "group"]}
STRATA = {**SPELLS, "strata": ["area", "cohort"]}

MODELS = {
    "rossi_efron": {"covariates": ROSSI},
    "rossi_breslow": {"covariates": ROSSI, "ties": "breslow"},
    "rossi_strata_race": {"covariates": WITHOUT_RACE, "strata": "race"},
    "rossi_robust_row": {"covariates": ROSSI, "cluster": "row"},
    "rossi_robust_week": {"covariates": ROSSI, "cluster": "week"},
    "heart_efron": {"covariates": HEART, "start": "start", "cluster": "id"},
    "heart_breslow": {"covariates": HEART, "start": "start", "ties": "breslow"},
    "heart_strata": {
        "covariates": ["age", "year", "transplant"],
        "start": "start",
        "strata": "surgery",
    },
}
MODELS["spells_offset"] = {
    "start": "start",
    "covariates": ["in_care", "group"],
    "offset": "half_need",
}
MODELS["spells_cluster_two"] = {**SPELLS, "cluster": ["area", "cluster"]}
for ties in ("efron", "breslow"):
    MODELS |= {
        f"spells_{ties}": {**SPELLS, "ties": ties},
        f"spells_child_{ties}": {**SPELLS, "ties": ties, "cluster": "child"},
        f"spells_strata_{ties}": {**STRATA, "ties": ties, "cluster": "cluster"},
        f"spells_weights_{ties}": {
            **STRATA,
            "ties": ties,
            "cluster": "child",
            "weights": "weight",
        },
        f"spells_copies_{ties}": {**STRATA, "ties": ties, "weights": "copies"},
    }


# Half days in the heart data, twenty clusters in the spells: warned of, not what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore::cws_outcomes.estimators.EstimationWarning")


@pytest.fixture(scope="module")
def golden(golden_folder):
    return pl.read_csv(golden_folder / "cox.csv")


def test_every_golden_model_is_fitted_here(golden):
    assert set(golden["model"]) == set(MODELS)


@pytest.mark.parametrize("model", MODELS)
def test_equals_coxph(model, golden, rossi, heart, spells):
    data, stop, event = {
        "rossi": (rossi.with_row_index("row"), "week", "arrest"),
        "heart": (heart, "stop", "event"),
        "spells": (spells.with_columns(half_need=pl.col("need") / 2), "stop", "event"),
    }[model.split("_")[0]]
    fit = cox(data, stop=stop, event=event, **MODELS[model])
    expected = {
        quantity: part.sort("term")
        for (quantity,), part in golden.filter(model=model).group_by("quantity")
    }
    ours = _as_in_r(fit).sort("term")
    assert ours["term"].to_list() == expected["estimate"]["term"].to_list()
    _close(ours["estimate"], expected["estimate"], 1e-8)
    _close(ours["std_error"], expected["std_error"], 1e-6)
    assert ("robust_std_error" in expected) == ("cluster" in MODELS[model])
    if "cluster" in MODELS[model]:
        _close(ours["robust_std_error"], expected["robust_std_error"], 1e-6)
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"]["value"][0], rel=1e-10)
    null = expected["log_likelihood_null"]["value"][0]
    assert fit.log_likelihood_null == pytest.approx(null, rel=1e-10)


def test_a_row_that_ends_is_not_at_risk_beside_the_row_that_begins(heart):
    """At risk in (start, stop]. Taking start <= t counts a split row twice.

    statsmodels' PHReg with ``entry`` does that and gives -0.0554 for the same call.
    """
    fit = cox(heart, start="start", stop="stop", event="event", covariates=HEART)
    transplant = fit.table.filter(term="transplant")["estimate"].item()
    assert transplant == pytest.approx(-0.0102508, abs=5e-8)
    early = heart.with_columns(start=pl.col("start") - 1e-6)  # the wrong convention, exactly
    wrong = cox(early, start="start", stop="stop", event="event", covariates=HEART)
    assert wrong.table.filter(term="transplant")["estimate"].item() == pytest.approx(
        -0.0554, abs=5e-5
    )


def _as_in_r(fit: CoxFit) -> pl.DataFrame:
    return fit.table.with_columns(pl.col("term").str.replace_all(r"[\[\]]", ""))


def _close(ours: pl.Series, expected: pl.DataFrame, tolerance: float) -> None:
    assert ours.to_numpy() == pytest.approx(expected["value"].to_numpy(), rel=tolerance, abs=0)
