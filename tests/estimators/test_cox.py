"""Laws of the Cox model, a slow obvious oracle, and fits that must be refused."""

import re
import sys
import warnings

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cws_outcomes.estimators import EstimationError, EstimationWarning, cox
from cws_outcomes.estimators.cox_question import Question, prepare
from cws_outcomes.estimators.parts import row_parts
from cws_outcomes.estimators.sandwich import scores_of_rows

# The made-up samples here are small: twenty clusters, six clusters.
pytestmark = pytest.mark.filterwarnings(r"ignore:.* clusters.* robust errors are too small")

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


def _prepared(frame, *, efron, strata="area", **more):
    question = Question(frame, "stop", "event", ("x", "z"), "start", strata, None, None, efron, 1)
    return prepare(question)


@FEW
@given(rows(), st.sampled_from([True, False]), st.sampled_from([True, False]))
def test_estimates_and_errors_equal_the_textbook(frame, efron, unequal):
    """O(rows x events): each event looks through every row, as the definitions read."""
    weights = np.linspace(0.5, 2, frame.height) if unequal else np.ones(frame.height)
    weighted = frame.with_columns(weight=pl.Series(weights))
    fit = cox(weighted, **CALL, weights="weight", ties="efron" if efron else "breslow")
    beta = fit.table["estimate"].to_numpy()
    value, score, information, residuals = _textbook(frame, weights, beta, efron)
    assert fit.log_likelihood == pytest.approx(value, rel=1e-12)
    assert score == pytest.approx(np.zeros(2), abs=1e-8)
    model = np.linalg.inv(information)
    assert fit.table["std_error"].to_numpy() == pytest.approx(np.sqrt(np.diag(model)), rel=1e-8)
    robust = model @ residuals.T @ residuals @ model
    assert fit.table["robust_std_error"].to_numpy() == pytest.approx(
        np.sqrt(np.diag(robust)), rel=1e-8
    )


def _textbook(frame, weights, beta, efron):
    matrix = frame.select("x", "z").to_numpy().astype(float)
    group = (frame["area"] == "b").to_numpy().astype(int)
    start, stop, event = (frame[name].to_numpy() for name in ("start", "stop", "event"))
    eta = matrix @ beta
    risk, value, score, information = weights * np.exp(eta), 0.0, np.zeros(2), np.zeros((2, 2))
    residuals = np.zeros_like(matrix)
    for area, time in sorted({(a, t) for a, t, e in zip(group, stop, event, strict=True) if e}):
        at_risk = (group == area) & (start < time) & (time <= stop)
        dying = (group == area) & (stop == time) & event
        mean_weight, count = weights[dying].mean(), dying.sum()
        value += (weights * eta)[dying].sum()
        for place in range(count):
            share = risk * (at_risk - place / count * efron * dying)
            total = share.sum()
            mean = share @ matrix / total
            value -= mean_weight * np.log(total)
            score += (weights[dying, None] * (matrix[dying] - mean)).sum(axis=0) / count
            spread = matrix - mean
            information += mean_weight * (spread.T * share) @ spread / total
            residuals -= mean_weight * (share / total)[:, None] * spread
            residuals[dying] += weights[dying, None] * (matrix[dying] - mean) / count
    return value, score, information, residuals


@FEW
@given(rows(), st.sampled_from([True, False]))
def test_score_and_information_are_derivatives(frame, efron):
    model = _prepared(frame, efron=efron).likelihood
    beta, step = np.array([0.2, 0.3]), 1e-5
    here = model.evaluate(beta)
    for place, move in enumerate(np.eye(2) * step):
        ahead, behind = model.evaluate(beta + move), model.evaluate(beta - move)
        slope = (ahead.value - behind.value) / (2 * step)
        assert here.score[place] == pytest.approx(slope, abs=1e-5)
        bend = (behind.score - ahead.score) / (2 * step)
        assert here.information[place] == pytest.approx(bend, rel=1e-6, abs=1e-6)
    scores = scores_of_rows(model, model.at(beta))
    assert scores.sum(axis=0) == pytest.approx(here.score, abs=1e-9)
    assert model.null() == pytest.approx(model.evaluate(np.zeros(2)).value, rel=1e-12)


def _nation(n, seed=3):
    """Enough rows for several parts: eight strata, one of them with half of all rows."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 30, n)
    return pl.DataFrame(
        {
            "start": start,
            "stop": start + rng.integers(1, 30, n),
            "event": rng.random(n) < 0.05,
            "area": np.maximum(0, rng.integers(-7, 8, n)),
            "school": rng.integers(0, 500, n),
            "x": rng.random(n) < 0.3,
            "z": rng.normal(size=n),
            "g": rng.choice(["a", "b", "c", "d"], n),
        }
    )


@pytest.mark.parametrize("strata", [None, "area"])
def test_threads_do_not_change_a_bit(strata):
    frame = _nation(250_000)
    call = {
        "start": "start",
        "stop": "stop",
        "event": "event",
        "covariates": ["x", "z", "g"],
        "strata": strata,
        "cluster": "school",
    }
    one, two = cox(frame, **call), cox(frame, **call, threads=2)
    assert one.table.equals(two.table)
    assert one.log_likelihood == two.log_likelihood
    assert one.log_likelihood_null == two.log_likelihood_null
    # A large table begins the climb elsewhere, and ends it at the same place.
    prepared = prepare(one.question)
    assert len(prepared.likelihood._parts) > 4
    score = prepared.likelihood.evaluate(one.estimate).score
    assert np.abs(score) == pytest.approx(np.zeros(len(score)), abs=1e-6)


@pytest.mark.parametrize("strata", [None, "area"])
@pytest.mark.parametrize("cause", [None, 1])
def test_the_likelihood_at_zero_needs_no_covariates(strata, cause):
    """Whether a model has tails (Fine and Gray's), offsets, strata or late entries."""
    frame = _nation(60_000)
    rng = np.random.default_rng(1)
    frame = frame.with_columns(
        event=pl.Series(rng.choice(3, frame.height, p=[0.9, 0.06, 0.04])) if cause else "event",
        known=pl.Series(rng.normal(size=frame.height)),
        weight=pl.Series(rng.uniform(0.5, 2, frame.height)),
    )
    question = Question(
        frame, "stop", "event", ("x", "g"), "start", strata, "weight", "known", True, 2,
        cause=cause,
    )  # fmt: skip
    likelihood = prepare(question).likelihood
    assert len(likelihood._parts) > 1
    assert (len(likelihood.rows.tail) > 0) == (cause is not None)
    at_zero = likelihood.evaluate(np.zeros(4)).value
    assert likelihood.null() == pytest.approx(at_zero, rel=1e-12)


def test_parts_hold_every_row_once_and_only_the_grid_of_their_strata():
    row_begins = np.array([0, 10, 10, 100_010, 100_015, 400_000])
    grid_begins = np.array([0, 2, 2, 50, 50, 90])
    parts = row_parts(row_begins, grid_begins)
    assert [part.low for part in parts] == [0, *(part.high for part in parts[:-1])]
    assert parts[-1].high == 400_000
    assert len(parts) > 4
    for part in parts:
        first = np.searchsorted(row_begins, part.low, side="right") - 1
        last = np.searchsorted(row_begins, part.high - 1, side="right") - 1
        assert part.origin <= grid_begins[first]
        assert part.origin + part.size >= grid_begins[last + 1]


@FEW
@given(rows(), st.sampled_from(["efron", "breslow"]))
def test_any_clock_gives_what_whole_months_give(frame, ties):
    """Months are found by a look into a table, uneven clocks by a search: same places."""
    fit = cox(frame, **CALL, ties=ties)
    warped = frame.with_columns((pl.col("start", "stop") / 3).exp() * 1.7 - 40)
    _same(fit, cox(warped, **CALL, ties=ties))
    _same(fit, cox(frame.with_columns(pl.col("start", "stop").cast(pl.Int16)), **CALL, ties=ties))


@FEW
@given(rows(), st.data())
def test_levels_flags_and_numbers_are_the_same_model(frame, data):
    """Dummies as codes of text, as flags, and as numbers that are kept dense."""
    as_text = frame.with_columns(
        x=pl.when(pl.col("x") == 1).then(pl.lit("yes")).otherwise(pl.lit("no"))
    )
    kind = data.draw(st.sampled_from([pl.String, pl.Categorical, pl.Enum(["never", "no", "yes"])]))
    one, two = cox(frame, **CALL), cox(as_text.with_columns(pl.col("x").cast(kind)), **CALL)
    assert two.table["term"].to_list() == ["x[yes]", "z"]
    _same(one, two)
    _same(one, cox(frame.with_columns(pl.col("x") == 1), **CALL))
    dense = cox(frame.with_columns(pl.col("x") * 3 - 7), **CALL)
    assert 3 * dense.table["estimate"][0] == pytest.approx(one.table["estimate"][0])


@FEW
@given(rows())
def test_an_offset_is_a_coefficient_that_is_known(frame):
    fit = cox(frame, **CALL)
    known = fit.table["estimate"][1]
    offset = cox(
        frame.with_columns(known=known * pl.col("z") + 5), **(CALL | {"covariates": ["x"]}),
        offset="known",
    )  # fmt: skip
    assert offset.table["estimate"][0] == pytest.approx(fit.table["estimate"][0], rel=1e-6)
    assert offset.log_likelihood == pytest.approx(fit.log_likelihood)


def test_matched_pairs_are_a_conditional_logit():
    """Of two rows of a stratum, one has the event: a logit without intercept of the difference."""
    rng = np.random.default_rng(8)
    difference = rng.normal(size=300)
    first = rng.random(300) < 1 / (1 + np.exp(-0.7 * difference))
    x = np.stack([difference, np.zeros(300)], 1)
    frame = pl.DataFrame(
        {
            "pair": np.repeat(np.arange(300), 2),
            "x": x.ravel(),
            "event": np.stack([first, ~first], 1).ravel(),
            "stop": np.ones(600),
        }
    )
    fit = cox(frame, stop="stop", event="event", covariates=["x"], strata="pair")
    beta = fit.table["estimate"][0]
    chance = 1 / (1 + np.exp(-beta * difference))
    assert np.sum(difference * (first - chance)) == pytest.approx(0, abs=1e-8)
    information = np.sum(difference**2 * chance * (1 - chance))
    assert fit.table["std_error"][0] == pytest.approx(information**-0.5)


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


@pytest.mark.parametrize(
    ("change", "call", "message"),
    [
        ({"lonely": pl.int_range(pl.len()) * (pl.int_range(pl.len()) < 5)}, {"strata": "lonely"},
         "strata of `lonely`: 4 of 5 are of one row"),
        ({"event": pl.col("event") * (pl.col("area") > 0)}, {"strata": "area"},
         r"strata of `area`: 1 of 3 have no event, so their \d+ rows say nothing"),
        ({"start": pl.col("start") - 0.5 * (pl.col("child") < 20)}, {},
         r"\d+ of 504 rows begin or end between the whole numbers on which the others lie"),
        ({"stop": pl.col("stop") - 0.5 * ((pl.col("stop") - pl.col("start")) == 1)}, {},
         r"\((\d+) are shorter than one unit\), so times that look tied are not"),
        ({"stop": pl.col("stop") * 0.1 + pl.col("child") % 2 * 1e-13,
          "start": pl.col("start") * 0.1}, {},
         r"`stop`: \d+ event times differ from the next by rounding only"),
        ({"cluster": pl.col("cluster") % 4}, {"cluster": "cluster"},
         "`cluster`: 4 clusters; robust errors are too small with fewer than 30"),
        ({"cluster": pl.col("cluster") % 2}, {"cluster": "cluster"},
         r"2 clusters \(for 2 terms, so their robust covariance has no inverse\); robust errors"),
        ({"twin": pl.col("need") + 1e-4 * (pl.col("child") % 7)},
         {"covariates": ["need", "in_care", "twin"]},
         "nearly collinear: `need`, `twin` can hardly be told from the other terms"),
    ],
)  # fmt: skip
def test_what_is_warned_of_and_how_many(spells, change, call, message):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cox(spells.with_columns(**change), **(BASE | call))
    assert any(re.search(message, str(warning.message)) for warning in caught)
    assert all(warning.category is EstimationWarning for warning in caught)
    assert all(warning.filename == __file__ for warning in caught)


def test_quasi_separation_is_refused_and_a_single_event_is_warned_of(spells):
    """A level whose rows have no event has no maximum; one with a single event hardly has one."""
    rare = (pl.col("child") < 12).alias("rare")
    few = spells.with_columns(rare, event=pl.col("event") * (pl.col("child") >= 12))
    with pytest.raises(EstimationError, match="separation: the coefficient of `rare` runs to inf"):
        cox(few, **(BASE | {"covariates": ["need", "rare"]}))
    rng = np.random.default_rng(2)
    n = 400
    sure = pl.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n)}).with_columns(
        stop=200 - 40 * pl.col("x") - 40 * pl.col("z") + 1e-3 * pl.Series(rng.normal(size=n)),
        event=pl.lit(1),
    )
    with pytest.raises(
        EstimationError, match=r"separation|singular|no maximum|cannot be maximised"
    ):
        cox(sure, stop="stop", event="event", covariates=["x", "z"])


def test_a_term_of_which_the_data_say_next_to_nothing_is_warned_of():
    """Two events, each of the kind that all but one at risk are of: information 2 k / (k + 1)^2."""

    def two_events(k):
        rows = [("a", 1, 1), ("a", 0, 0), ("b", 0, 1), ("b", 1, 0)]
        rows += [("a", 1, 0), ("b", 0, 0)] * (k - 1)
        names = ["stratum", "flag", "event"]
        return pl.DataFrame(rows, schema=names, orient="row").with_columns(stop=pl.lit(1))

    call = {"stop": "stop", "event": "event", "covariates": ["flag"], "strata": "stratum"}
    with pytest.warns(EstimationWarning, match="^`flag`: the data say next to nothing") as caught:
        fit = cox(two_events(100), **call)
    assert len(caught) == 1
    assert fit.table["std_error"].item() == pytest.approx(101 / np.sqrt(200))
    # With ten times fewer an error of 2.5 is wide, and an answer: there is no warning.
    assert cox(two_events(10), **call).table["std_error"].item() == pytest.approx(11 / np.sqrt(20))


def test_one_cluster_has_no_spread(spells):
    with pytest.raises(EstimationError, match="expected two clusters or more, found one"):
        cox(spells.with_columns(one=pl.lit("only")), **BASE, cluster="one")


def test_statsmodels_counts_a_split_row_twice(heart):
    """The known-wrong value itself, so that nobody mistakes it for an oracle."""
    from statsmodels.duration.hazard_regression import PHReg

    terms = ["age", "year", "surgery", "transplant"]
    theirs = PHReg(
        heart["stop"].to_numpy(), heart.select(terms).to_numpy(), heart["event"].to_numpy(),
        entry=heart["start"].to_numpy(), ties="efron",
    ).fit()  # fmt: skip
    assert theirs.params[-1] == pytest.approx(-0.0554, abs=5e-5)
    with pytest.warns(EstimationWarning, match="2 of 172 rows begin or end between the whole"):
        ours = cox(heart, start="start", stop="stop", event="event", covariates=terms)
    assert ours.table["estimate"][-1] == pytest.approx(-0.0102508, abs=5e-8)


@pytest.mark.parametrize("share", [0.02, 0.6])
def test_a_climb_from_a_part_of_the_rows_ends_where_one_from_zero_does(monkeypatch, share):
    """Large tables begin with events and some of the others: with few events and with many."""
    rng = np.random.default_rng(11)
    n = 20_000
    frame = pl.DataFrame(
        {
            "stop": rng.integers(1, 60, n), "area": rng.integers(0, 4, n),
            "event": rng.random(n) < share, "x": rng.normal(size=n),
            "group": [f"group {code}" for code in rng.integers(0, 5, n)],
            "school": rng.integers(0, 90, n),
        }
    )  # fmt: skip
    call = {"stop": "stop", "event": "event", "covariates": ["x", "group"], "strata": "area"}
    whole = cox(frame, **call, cluster="school")
    monkeypatch.setattr(sys.modules["cws_outcomes.estimators.cox"], "LARGE", 1_000)
    begun = cox(frame, **call, cluster="school")
    for name, close in (("estimate", 1e-9), ("std_error", 1e-6), ("robust_std_error", 1e-6)):
        assert begun.table[name].to_numpy() == pytest.approx(
            whole.table[name].to_numpy(), rel=close
        )
    assert begun.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-7)
    assert begun.log_likelihood_null == pytest.approx(whole.log_likelihood_null, abs=1e-9)
