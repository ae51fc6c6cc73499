"""Fine-Gray models against finegray and coxph of R's survival, and their laws."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cws_outcomes.estimators import EstimationError, cox, fine_gray

FEW = settings(max_examples=15, deadline=None)
COVARIATES = ["need", "in_care", "group"]
CALL = {"stop": "stop", "cause": "cause", "event_of_interest": 1, "covariates": COVARIATES}
EXTRA = {
    "row": {},
    "area": {"cluster": "area", "cluster_correction": "none"},
    "strata": {"strata": "cohort"},
    "weights": {"weights": "weight"},
}
pytestmark = pytest.mark.filterwarnings("ignore:`area`. 25 clusters")


@pytest.fixture(scope="module")
def people(golden_folder):
    return pl.read_csv(golden_folder / "data" / "subdistribution.csv")


@pytest.fixture(scope="module")
def golden(golden_folder):
    return pl.read_csv(golden_folder / "fine_gray.csv")


MODELS = [
    f"{entry}_{cause}_{ties}_{extra}"
    for entry in ("origin", "late")
    for cause in (1, 2)
    for ties in ("efron", "breslow")
    for extra in (EXTRA if cause == 1 else ("row", "area"))
]


def test_every_golden_model_is_fitted_here(golden):
    assert set(golden["model"]) == set(MODELS)


@pytest.mark.parametrize("model", MODELS)
def test_equals_finegray_and_coxph(model, golden, people):
    entry, cause, ties, extra = model.split("_")
    call = CALL | {"event_of_interest": int(cause), "ties": ties} | EXTRA[extra]
    fit = fine_gray(people, **call, start="start" if entry == "late" else None)
    expected = {q: part for (q,), part in golden.filter(model=model).group_by("quantity")}
    table = fit.table.with_columns(term=pl.col("term").str.replace_all(r"[\[\]]", ""))
    for quantity, tolerance in (
        ("estimate", 1e-8),
        ("std_error", 1e-6),
        ("robust_std_error", 1e-6),
    ):
        wanted = dict(expected[quantity].select("term", "value").iter_rows())
        ours = dict(table.select("term", quantity).iter_rows())
        assert ours == pytest.approx(wanted, rel=tolerance, abs=0), quantity
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"]["value"][0], rel=1e-10)
    null = expected["log_likelihood_null"]["value"][0]
    assert fit.log_likelihood_null == pytest.approx(null, rel=1e-10)


@st.composite
def some_people(draw, causes=(0, 1, 2)):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(60, 120))
    start = rng.integers(0, 5, n)
    return pl.DataFrame(
        {
            "id": np.arange(n),
            "start": start,
            "stop": start + rng.integers(1, 10, n),
            "cause": rng.choice(causes, n),
            "x": rng.integers(0, 2, n),
            "z": rng.normal(size=n).round(2),
            "area": rng.choice(["a", "b"], n),
        }
    )


PLAIN = {"stop": "stop", "covariates": ["x", "z"]}


def _close(one, other):
    names = ["estimate", "std_error", "robust_std_error"]
    assert one.table.select(names).to_numpy() == pytest.approx(
        other.table.select(names).to_numpy(), rel=1e-7, abs=1e-9
    )
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-7)


@FEW
@given(some_people(causes=(0, 1)), st.sampled_from(["efron", "breslow"]))
def test_without_competing_events_it_is_a_cox_model(frame, ties):
    subdistribution = fine_gray(
        frame, **PLAIN, start="start", cause="cause", event_of_interest=1, ties=ties
    )
    _close(
        subdistribution,
        cox(frame, **PLAIN, start="start", event="cause", cluster="id", ties=ties),
    )


@FEW
@given(some_people())
def test_weights_are_those_of_rows_split_at_every_time(frame):
    """The slow way: a row for each person and month at risk, its weight by the definition."""
    rows = []
    for person in frame.iter_rows(named=True):
        last = 20 if person["cause"] == 2 else person["stop"]
        for month in range(1, last + 1):
            weight = 1.0
            if month > person["stop"]:
                weight = _uncensored(frame, month) / _uncensored(frame, person["stop"])
            if weight > 0:
                event = month == person["stop"] and person["cause"] == 1
                rows.append(person | {"from": month - 1, "to": month, "w": weight, "hit": event})
    slow = cox(
        pl.DataFrame(rows), start="from", stop="to", event="hit", covariates=["x", "z"],
        weights="w", cluster="id",
    )  # fmt: skip
    _close(fine_gray(frame, **PLAIN, cause="cause", event_of_interest=1), slow)


def _uncensored(frame: pl.DataFrame, time: int) -> float:
    """Kaplan-Meier of censoring just before a time; events of the same time go first."""
    product = 1.0
    for month in range(1, time):
        ended = (frame["stop"] == month) & (frame["cause"] > 0)
        at_risk = ((frame["stop"] >= month) & ~ended).sum()
        censored = ((frame["stop"] == month) & (frame["cause"] == 0)).sum()
        product *= 1 - censored / at_risk if at_risk else 1
    return product


@FEW
@given(some_people())
def test_known_censoring_times_are_a_cox_model_of_who_stays(frame):
    ends = frame.with_columns(until=pl.col("stop") + pl.col("id") % 4)
    stays = ends.with_columns(
        stop=pl.when(pl.col("cause") == 2).then("until").otherwise("stop"),
        event=pl.col("cause") == 1,
    )
    known = fine_gray(
        ends, **PLAIN, start="start", cause="cause", event_of_interest=1, censoring_time="until"
    )
    _close(known, cox(stays, **PLAIN, start="start", event="event", cluster="id"))


@FEW
@given(some_people())
def test_strata_have_censoring_curves_of_their_own(frame):
    """Names of strata do not matter; two strata are two samples that share their effects."""
    fit = fine_gray(frame, **PLAIN, cause="cause", event_of_interest=1, strata="area")
    swapped = frame.with_columns(pl.col("area").replace_strict({"a": "z", "b": "y"}))
    _close(fit, fine_gray(swapped, **PLAIN, cause="cause", event_of_interest=1, strata="area"))


@FEW
@given(some_people())
def test_threads_and_order_of_rows(frame):
    call = {**PLAIN, "start": "start", "cause": "cause", "event_of_interest": 1}
    one, two = fine_gray(frame, **call), fine_gray(frame, **call, threads=2)
    assert one.table.equals(two.table)
    _close(one, fine_gray(frame.reverse(), **call))


def test_survival_is_one_minus_the_cumulative_incidence(people):
    """Without covariates that matter, close to Aalen-Johansen; the exact law is R's table."""
    fit = fine_gray(people, **CALL)
    curve = fit.predict_survival(people.head(2), [5, 10, 20])
    assert curve["survival"].is_between(0, 1).all()
    assert (curve["lower"] <= curve["survival"]).all()
    residuals = fit.residuals("martingale")["residual"]
    assert residuals.len() == people.height
    assert residuals.sum() == pytest.approx(0, abs=1e-9)
    assert fit.ph_test("identity").height == 4
    with pytest.raises(EstimationError, match="Cox models only"):
        _ = fit.concordance


@pytest.mark.parametrize(
    ("change", "call", "message"),
    [
        ({}, {"event_of_interest": 3}, "no events of kind 3 in 300 rows"),
        ({}, {"event_of_interest": 0}, "no events of kind 0"),
        ({"cause": pl.lit(0.5)}, {}, "expected whole numbers of 0 or more, found 300"),
        ({"until": pl.col("stop") - 1}, {"censoring_time": "until"}, "after `until` in 300 rows"),
        ({}, {"covariates": []}, "at least one covariate"),
        ({}, {"ties": "exact"}, "expected one of"),
    ],
)
def test_what_is_refused(people, change, call, message):
    with pytest.raises(EstimationError, match=message):
        fine_gray(people.with_columns(**change), **(CALL | call))


SKSURV = {"modname": "sksurv.datasets", "reason": "scikit-survival ships these data"}


def test_35_bone_marrow_transplants():
    """Scrucca's patients: crr, once who is censored at the time of an event leaves just after."""
    covariates, outcome = pytest.importorskip(**SKSURV).load_bmt()
    rows = pl.DataFrame(
        {
            "dis": covariates["dis"].astype(int).to_list(),
            "time": outcome["ftime"].astype(float),
            "cause": outcome["status"].astype(int),
        }
    )
    # crr of the data as they are, and with censored times 1e-6 later: its own rule, and ours.
    expected = {1: (0.76517028375, 0.76445650763), 2: (-1.6044662186, -1.60241568437)}
    for cause, (as_they_are, later) in expected.items():
        fit = fine_gray(
            rows, stop="time", cause="cause", event_of_interest=cause, covariates=["dis"],
            ties="breslow",
        )  # fmt: skip
        assert fit.table["estimate"].item() == pytest.approx(later, abs=1e-9)
        assert fit.table["estimate"].item() == pytest.approx(as_they_are, rel=2e-3)


def test_chronic_graft_versus_host_disease():
    """Pintilie's 100 patients: coefficients of crr, whose errors know the weights as estimated."""
    covariates, outcome = pytest.importorskip(**SKSURV).load_cgvhd()
    rows = pl.DataFrame(
        {
            "age": covariates["age"].to_list(),
            "PB": (covariates["tx"] == "PB").astype(int).to_list(),
            "E": (covariates["extent"] == "E").astype(int).to_list(),
            "time": outcome["ftime"].astype(float),
            "cause": outcome["status"].astype(int),
        }
    )
    expected = {
        1: ([-0.013676601141, 0.18995365909, -1.8933826775],
            [0.0093784080858, 0.21285240281, 0.73236490324], -328.20551006),
        2: ([-0.028782315271, 0.026516409954, 2.2770470413],
            [0.02494961224, 0.82905748377, 0.84898592134], -20.154043006),
        3: ([0.094560119253, -1.554184151, 1.2032757214],
            [0.052586918985, 1.3405231052, 1.1547508982], -19.824150439),
    }  # fmt: skip
    for cause, (estimates, errors, log_likelihood) in expected.items():
        fit = fine_gray(
            rows, stop="time", cause="cause", event_of_interest=cause,
            covariates=["age", "PB", "E"], ties="breslow",
        )  # fmt: skip
        assert fit.table["estimate"].to_list() == pytest.approx(estimates, rel=1e-6)
        assert fit.table["robust_std_error"].to_list() == pytest.approx(errors, rel=2e-4)
        assert fit.log_likelihood == pytest.approx(log_likelihood, abs=1e-7)
