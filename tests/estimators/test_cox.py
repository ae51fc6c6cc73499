"""Laws of the Cox model, a slow obvious oracle, and fits that must be refused."""

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cws_outcomes.estimators import cox
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.partial_likelihood import PartialLikelihood
from cws_outcomes.estimators.risk_sets import risk_sets

FEW = settings(max_examples=25, deadline=None)
CALL = {
    "start": "start",
    "stop": "stop",
    "event": "event",
    "covariates": ["x", "z"],
    "strata": "area",
    "cluster": "id",
}


@st.composite
def rows(draw, ties=True):
    """Rows of a well-behaved model: events and both covariates in every stratum."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(60, 120))
    start = rng.integers(0, 6, n).astype(float)
    stop = start + rng.integers(1, 9, n)
    if not ties:
        start, stop = start + rng.permutation(n) / 1e4, stop + rng.permutation(n) / 1e4 + 0.3
    frame = pl.DataFrame(
        {
            "id": np.arange(n),
            "area": rng.choice(["a", "b"], n),
            "start": start,
            "stop": stop,
            "event": rng.random(n) < 0.5,
            "x": rng.integers(0, 2, n),
            "z": rng.normal(size=n).round(2),
        }
    )
    return frame


def _same(one, other, tolerance=1e-8):
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-7)
    columns = pl.col("estimate", "std_error", "robust_std_error")
    assert one.table.select(columns).to_numpy() == pytest.approx(
        other.table.select(columns).to_numpy(), abs=tolerance
    )


@FEW
@given(rows())
def test_splitting_rows_in_two_changes_nothing(frame):
    middle = (pl.col("start") + pl.col("stop")) / 2
    halves = pl.concat(
        [frame.with_columns(stop=middle, event=pl.lit(False)), frame.with_columns(start=middle)]
    )
    _same(cox(frame, **CALL), cox(halves, **CALL))
    # Cut where events happen: the convention (start, stop] is what keeps risk sets the same.
    whole = pl.col("start") + 1
    cut = pl.concat(
        [
            frame.filter(pl.col("stop") > whole).with_columns(stop=whole, event=pl.lit(False)),
            frame.with_columns(
                start=pl.when(pl.col("stop") > whole).then(whole).otherwise("start")
            ),
        ]
    )
    _same(cox(frame, **CALL), cox(cut, **CALL))


@FEW
@given(rows())
def test_rows_outside_every_risk_set_change_nothing(frame):
    last = float(frame.filter("event")["stop"].max())
    outside = frame.with_columns(
        start=pl.lit(last),
        stop=pl.lit(last + 5),
        event=pl.lit(False),
        z=pl.lit(9.0),
        id=-1 - pl.col("id"),
    )
    with_, without = cox(pl.concat([frame, outside]), **CALL), cox(frame, **CALL)
    _same(with_, without)
    assert with_.clusters == without.clusters
    assert with_.n == 2 * without.n


@FEW
@given(rows(), st.randoms())
def test_names_of_strata_units_of_time_and_row_order_change_nothing(frame, random):
    fit = cox(frame, **CALL)
    order = random.sample(range(frame.height), frame.height)
    other = frame[order].with_columns(
        pl.col("area").replace_strict({"a": "z", "b": "y"}),
        pl.col("start", "stop") * 365.25,
    )
    _same(fit, cox(other, **CALL))


@FEW
@given(rows(ties=False))
def test_breslow_is_efron_without_ties(frame):
    _same(cox(frame, **CALL), cox(frame, **CALL, ties="breslow"))


@FEW
@given(rows())
def test_a_weight_of_two_is_a_row_twice(frame):
    """For Breslow in all respects; Efron breaks ties by row, so there only without ties."""
    twice = pl.concat([frame, frame])
    weighted = frame.with_columns(copies=pl.lit(2))
    _same(
        cox(twice, **CALL, ties="breslow"),
        cox(weighted, **CALL, ties="breslow", weights="copies"),
    )


@FEW
@given(rows(), st.sampled_from([True, False]))
def test_likelihood_equals_the_textbook_sum(frame, efron):
    """O(rows x events): each event looks through every row, as the definition reads."""
    beta = np.array([0.4, -0.7])
    matrix = frame.select("x", "z").to_numpy().astype(float)
    group = (frame["area"] == "b").to_numpy().astype(int)
    start, stop, event = (frame[name].to_numpy() for name in ("start", "stop", "event"))
    risk, total = np.exp(matrix @ beta), 0.0
    for area, time in {(a, t) for a, t, e in zip(group, stop, event, strict=True) if e}:
        at_risk = (group == area) & (start < time) & (time <= stop)
        dying = (group == area) & (stop == time) & event
        total += (matrix @ beta)[dying].sum()
        for place in range(dying.sum()):
            gone = place / dying.sum() if efron else 0
            total -= np.log(risk[at_risk].sum() - gone * risk[dying].sum())
    sets = risk_sets(group, start, stop, event)
    assume(np.all(sets.first < sets.last))
    ours = PartialLikelihood(sets, matrix, event, np.ones(len(matrix)), efron=efron)
    assert ours.evaluate(beta).value == pytest.approx(total, rel=1e-12)


@FEW
@given(rows(), st.sampled_from([True, False]))
def test_score_and_information_are_derivatives(frame, efron):
    matrix = frame.select("x", "z").to_numpy().astype(float)
    event = frame["event"].to_numpy()
    sets = risk_sets(
        np.zeros(len(matrix), int), frame["start"].to_numpy(), frame["stop"].to_numpy(), event
    )
    assume(np.all(sets.first < sets.last))
    weights = np.linspace(0.5, 2, len(matrix))
    model = PartialLikelihood(sets, matrix, event, weights, efron=efron)
    beta, step = np.array([0.2, 0.3]), 1e-5
    here = model.evaluate(beta)
    for place, move in enumerate(np.eye(2) * step):
        ahead, behind = model.evaluate(beta + move), model.evaluate(beta - move)
        slope = (ahead.value - behind.value) / (2 * step)
        assert here.score[place] == pytest.approx(slope, abs=1e-5)
        bend = (behind.score - ahead.score) / (2 * step)
        assert here.information[place] == pytest.approx(bend, rel=1e-6, abs=1e-6)
    alone = model.scores(beta, np.arange(len(matrix)), len(matrix))
    assert alone.sum(axis=0) == pytest.approx(here.score, abs=1e-9)


def test_few_clusters_widen_the_error_and_use_t(spells):
    call = {"start": "start", "stop": "stop", "event": "event", "covariates": ["in_care", "need"]}
    few = spells.filter(pl.col("cluster") < 6)
    plain = cox(few, **call, cluster="cluster").table
    fit = cox(few, **call, cluster="cluster", cluster_correction="few_clusters")
    assert fit.clusters == 6
    ratio = (fit.table["robust_std_error"] / plain["robust_std_error"]).to_list()
    assert ratio == pytest.approx([np.sqrt(6 / 5)] * 2)
    reach = ((fit.table["upper"] - fit.table["estimate"]) / fit.table["robust_std_error"]).to_list()
    assert reach == pytest.approx([2.570582] * 2)  # t with 5 degrees of freedom, 97.5 %
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(
        fit.table["robust_std_error"].to_numpy()
    )


def test_clusters_of_two_columns_are_their_combinations(spells):
    call = {"start": "start", "stop": "stop", "event": "event", "covariates": ["need"]}
    joined = spells.with_columns(both=pl.format("{}-{}", "area", "cluster"))
    one, two = cox(joined, **call, cluster="both"), cox(joined, **call, cluster=["area", "cluster"])
    assert one.clusters == two.clusters > 20
    _same(one, two)


def test_levels_become_terms_with_the_first_as_reference(spells):
    call = {"start": "start", "stop": "stop", "event": "event", "covariates": ["group"]}
    assert cox(spells, **call).table["term"].to_list() == ["group[blue]", "group[coral]"]
    order = pl.Enum(["coral", "absent", "amber", "blue"])
    ordered = cox(spells.with_columns(pl.col("group").cast(order)), **call)
    assert ordered.table["term"].to_list() == ["group[amber]", "group[blue]"]
    assert ordered.log_likelihood == pytest.approx(cox(spells, **call).log_likelihood)


def test_pandas_tables_are_taken(spells):
    call = {"start": "start", "stop": "stop", "event": "event", "covariates": ["need", "group"]}
    assert cox(spells.to_pandas(), **call).table.equals(cox(spells, **call).table)


def test_lifelines_agrees_without_ties():
    from lifelines import CoxTimeVaryingFitter

    rng = np.random.default_rng(5)
    n = 120
    start = rng.random(n)
    frame = pl.DataFrame(
        {
            "id": np.arange(n),
            "start": start,
            "stop": start + 0.1 + rng.random(n),
            "event": rng.random(n) < 0.6,
            "x": rng.normal(size=n),
        }
    )
    ours = cox(frame, start="start", stop="stop", event="event", covariates=["x"])
    theirs = CoxTimeVaryingFitter().fit(
        frame.to_pandas(), id_col="id", event_col="event", start_col="start", stop_col="stop"
    )
    assert ours.table["estimate"][0] == pytest.approx(theirs.params_["x"], abs=1e-6)
    assert ours.table["std_error"][0] == pytest.approx(theirs.standard_errors_["x"], abs=1e-6)


BASE = {"start": "start", "stop": "stop", "event": "event", "covariates": ["need", "in_care"]}


@pytest.mark.parametrize(
    ("change", "call", "message"),
    [
        ({"need": pl.lit(None, pl.Float64)}, {}, "`need` 504 .of 504 rows."),
        ({"need": pl.lit(float("inf"))}, {}, "missing or infinite values: `need` 504"),
        ({"start": pl.col("stop")}, {}, "expected `start` before `stop` in every row, found 504"),
        ({"event": pl.lit(0)}, {}, "no events in 504 rows"),
        ({"event": pl.lit(2)}, {}, "expected 0 and 1 only, found 504"),
        ({"need": pl.lit(1.0)}, {}, "same value in every row: `need`"),
        ({"weight": pl.lit(0.0)}, {"weights": "weight"}, "weights must be above zero, 504 are not"),
        ({"start": pl.lit("2020-01-01").str.to_date()}, {}, "turn dates into days"),
        ({"twin": 2 * pl.col("need") - 1}, {"covariates": ["need", "in_care", "twin"]},
         "collinear: `twin` is determined by `need`; leave one out"),
        ({}, {"covariates": ["need", "area"], "strata": "area"}, "`area`: no variation among rows"),
        ({"never": (1 - pl.col("event")) * (pl.col("child") % 2)},
         {"covariates": ["need", "never"]},
         "separation: the coefficient of `never` runs to infinity"),
        ({}, {"covariates": ["need", "wealth"]}, "no column `wealth`"),
        ({}, {"covariates": ["need", "need"]}, "named twice: `need`"),
        ({}, {"covariates": []}, "at least one covariate"),
        ({}, {"ties": "exact"}, "expected one of"),
        ({}, {"cluster_correction": "few_clusters"}, "needs a cluster"),
        ({"cluster": pl.lit(1)}, {"cluster": "cluster", "cluster_correction": "few_clusters"},
         "two clusters or more"),
    ],
)  # fmt: skip
def test_what_is_refused_and_how_it_is_said(spells, change, call, message):
    with pytest.raises(EstimationError, match=message):
        cox(spells.with_columns(**change), **(BASE | call))


def test_separation_by_a_level_without_events_names_the_level(spells):
    group = pl.when(pl.col("event") == 1).then(pl.lit("amber")).otherwise("group")
    with pytest.raises(
        EstimationError, match=r"`group\[blue\]`, `group\[coral\]` runs to infinity"
    ):
        cox(spells.with_columns(group=group), **(BASE | {"covariates": ["need", "group"]}))


def test_an_empty_table_is_refused(spells):
    with pytest.raises(EstimationError, match="expected rows, found an empty table"):
        cox(spells.clear(), **BASE)
