"""Laws that multilevel models obey, and slow, obvious oracles of them."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from cws_outcomes.estimators import multilevel
from cws_outcomes.estimators.errors import EstimationError, EstimationWarning
from cws_outcomes.estimators.laplace import Laplace, Rows
from cws_outcomes.estimators.linear_mixed import LinearMixed, sums
from cws_outcomes.estimators.mixed_rows import sort_rows
from cws_outcomes.estimators.quadrature import Quadrature
from cws_outcomes.estimators.responses import RESPONSES, Gammas

NESTED = {"covariates": ["sex", "need", "idaci"], "random": {"area": ["idaci"], "school": []}}
FAMILIES = {
    "gaussian": NESTED | {"outcome": "score", "family": "gaussian"},
    "binomial": NESTED | {"outcome": "outcome"},
    "poisson": NESTED | {"outcome": "visits", "family": "poisson", "offset": "log_years"},
    "negative_binomial": NESTED
    | {"outcome": "contacts", "family": "negative_binomial", "offset": "log_years"},
}
KINDS = {
    (family, link): response.kind
    for family, links in RESPONSES.items()
    for link, response in links.items()
    if family != "gaussian"
}
ANY_FAMILY = pytest.mark.parametrize("family", FAMILIES)


def _estimates(fit):
    return np.concatenate(
        [fit.table["estimate"], fit.table["std_error"], fit.variances["variance"],
         fit.effects("area")["estimate"], fit.effects("school")["std_error"]]
    )  # fmt: skip


@ANY_FAMILY
def test_order_of_rows_and_threads_change_no_bit(family, schools):
    first = multilevel(schools, **FAMILIES[family])
    shuffled = schools.sample(fraction=1, shuffle=True, seed=3)
    other = multilevel(shuffled, **FAMILIES[family], threads=2)
    assert _estimates(first).tobytes() == _estimates(other).tobytes()
    assert first.log_likelihood == other.log_likelihood
    assert first.draw_effects(3, 1).equals(other.draw_effects(3, 1))


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_threads_share_many_rows_and_change_no_bit(family, schools):
    call = FAMILIES[family] | {"random": {"area": ["idaci"], "school": []}}
    many = pl.concat([schools.with_columns(score=pl.col("score") + 0.1 * k) for k in range(50)])
    many = many.with_columns(idaci=pl.col("idaci") + pl.int_range(pl.len()) * 1e-7)
    one, two = multilevel(many, **call), multilevel(many, **call, threads=2)
    assert one.cells == 100_000
    assert _estimates(one).tobytes() == _estimates(two).tobytes()


@ANY_FAMILY
def test_names_of_levels_change_nothing(family, schools):
    first = multilevel(schools, **FAMILIES[family])
    renamed = schools.with_columns(
        area=100 - pl.col("area"), school=pl.format("s{}", (pl.col("school") * 37) % 100)
    )
    other = multilevel(renamed, **FAMILIES[family])
    assert other.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-7)
    assert other.table["estimate"].to_numpy() == pytest.approx(
        first.table["estimate"].to_numpy(), abs=1e-6
    )
    assert other.effects("area")["estimate"].to_numpy() == pytest.approx(
        first.effects("area")["estimate"].to_numpy().reshape(-1, 2)[::-1].ravel(), abs=1e-5
    )


@pytest.mark.filterwarnings("ignore:`school`. a variance was estimated as zero")
@ANY_FAMILY
def test_how_a_nested_factor_is_given_changes_nothing(family, schools):
    """In either order, by number or as R's area:school; numbers used again are another model."""
    call = FAMILIES[family]
    first = multilevel(schools, **call)
    again = schools.with_columns(school=pl.col("school") % 5)
    named = again.with_columns(school=pl.format("{}:{}", "area", "school"))
    outside_in = multilevel(named, **call)
    inside_out = multilevel(named, **call | {"random": {"school": [], "area": ["idaci"]}})
    for other in (outside_in, inside_out):
        assert other.levels == {"area": 20, "school": 100}
        assert other.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-7)
        _same(other, first)
        levels = dict(other.effects("school").select("level", "estimate").iter_rows())
        assert [levels[f"{school // 5}:{school % 5}"] for school in range(100)] == pytest.approx(
            first.effects("school")["estimate"].to_list(), abs=1e-5
        )
    assert multilevel(again, **call).log_likelihood < first.log_likelihood - 1


@pytest.mark.parametrize("family", ["binomial", "poisson", "negative_binomial"])
def test_a_nested_factor_that_one_row_of_no_weight_crosses_changes_nothing(family, schools):
    """The algebra is then that of crossed factors, and the numbers are those of nested ones."""
    weighed = schools.with_columns(w=pl.lit(1.0))
    stray = weighed.head(1).with_columns(area=(pl.col("area") + 1) % 20, w=pl.lit(1e-12))
    first = multilevel(schools, **FAMILIES[family])
    crossed = multilevel(pl.concat([weighed, stray]), **FAMILIES[family], weights="w")
    assert crossed.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-7)
    _same(crossed, first)


def _same(fit, first):
    for table, key in (("table", ["term"]), ("variances", ["group", "term"])):
        value = "estimate" if table == "table" else "variance"
        ours, theirs = (getattr(one, table).sort(key)[value] for one in (fit, first))
        assert ours.to_numpy() == pytest.approx(theirs.to_numpy(), rel=1e-5, abs=1e-6)


@ANY_FAMILY
def test_units_of_a_covariate_change_only_its_own_effects(family, schools):
    first = multilevel(schools, **FAMILIES[family])
    other = multilevel(schools.with_columns(idaci=1000 * pl.col("idaci") - 300), **FAMILIES[family])
    assert other.log_likelihood == pytest.approx(
        first.log_likelihood - np.log(1000) * (family == "gaussian"), abs=1e-6
    )
    slopes = [fit.table.filter(term="idaci")["estimate"].item() for fit in (first, other)]
    assert slopes[0] == pytest.approx(1000 * slopes[1], rel=1e-5)
    sds = [fit.variances["sd"][1] for fit in (first, other)]
    assert sds[0] == pytest.approx(1000 * sds[1], rel=1e-4)
    # The intercept is now the effect at 0.3.
    here = first.vpc({"idaci": 0.3})["area"]
    assert other.vpc()["area"] == pytest.approx(here, rel=1e-4)


def test_units_of_a_gaussian_outcome(schools):
    first = multilevel(schools, **FAMILIES["gaussian"] | {"method": "ml"})
    scaled = schools.with_columns(score=1e4 * pl.col("score") + 7)
    other = multilevel(scaled, **FAMILIES["gaussian"] | {"method": "ml"})
    assert other.log_likelihood == pytest.approx(first.log_likelihood - 2000 * np.log(1e4))
    assert other.variances["sd"].to_numpy() == pytest.approx(
        1e4 * first.variances["sd"].to_numpy(), rel=1e-6
    )
    assert other.effects("school")["estimate"].to_numpy() == pytest.approx(
        1e4 * first.effects("school")["estimate"].to_numpy(), rel=1e-5, abs=1e-3
    )


@pytest.mark.parametrize("family", ["binomial", "poisson", "negative_binomial"])
def test_a_weight_of_two_is_a_row_twice(family, schools):
    weights = schools.with_columns(times=1 + pl.col("sex"))
    copies = pl.concat([weights, weights.filter(sex=1)])
    weighted = multilevel(weights, **FAMILIES[family], weights="times")
    copied = multilevel(copies, **FAMILIES[family])
    assert weighted.log_likelihood == pytest.approx(copied.log_likelihood, rel=1e-10)
    assert weighted.table["estimate"].to_numpy() == pytest.approx(
        copied.table["estimate"].to_numpy(), abs=1e-7
    )
    assert weighted.cells == copied.cells


def test_a_gaussian_weight_divides_the_residual_variance(schools):
    """As lme4: one weight for all rows only moves the unit of the residual variance."""
    call = FAMILIES["gaussian"]
    first = multilevel(schools, **call)
    other = multilevel(schools.with_columns(k=pl.lit(4)), **call, weights="k")
    assert other.log_likelihood == pytest.approx(first.log_likelihood)
    ratio = (other.variances["variance"] / first.variances["variance"]).to_numpy()
    assert ratio == pytest.approx([1, 1, 1, 4], rel=1e-5)
    assert other.table["std_error"].to_numpy() == pytest.approx(
        first.table["std_error"].to_numpy(), rel=1e-5
    )


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_cells_are_rows(family, schools):
    rows = schools.with_columns(pl.col("idaci").round(1), pl.lit(1).alias("one"))
    call = FAMILIES[family] | {"offset": None, "random": {"area": ["idaci"], "school": []}}
    keys = ["area", "school", "sex", "need", "idaci"]
    cells = rows.group_by(keys).agg(pl.sum("outcome", "visits"), pl.len().alias("size"))
    cells = cells.with_columns(log_size=pl.col("size").log())
    more = {"trials": "size"} if family == "binomial" else {"offset": "log_size"}
    first, other = multilevel(rows, **call), multilevel(cells, **call | more)
    assert first.cells == other.cells == cells.height
    assert other.table["estimate"].to_numpy() == pytest.approx(
        first.table["estimate"].to_numpy(), abs=1e-7
    )
    assert other.variances["sd"].to_numpy() == pytest.approx(
        first.variances["sd"].to_numpy(), abs=1e-6
    )


def test_numbers_and_codes_of_a_covariate_are_one(schools):
    """Few distinct values are kept as codes, many as numbers: the same model."""
    call = FAMILIES["binomial"]
    first = multilevel(schools, **call)
    moved = schools.with_columns(idaci=pl.col("idaci") + pl.int_range(pl.len()) * 1e-13)
    other = multilevel(moved, **call)
    assert other.cells == schools.height >= first.cells
    assert other.table["estimate"].to_numpy() == pytest.approx(
        first.table["estimate"].to_numpy(), abs=1e-6
    )


@pytest.mark.filterwarnings("ignore::cws_outcomes.estimators.EstimationWarning")
@pytest.mark.parametrize("family", ["gaussian", "binomial", "poisson"])
def test_a_variance_of_zero_is_an_ordinary_regression(family):
    rng = np.random.default_rng(2)
    n = 2_000
    x = rng.integers(0, 3, n)
    # In every group the same outcomes: less variation than chance.
    y = np.repeat([0, 1, 0, 0], n // 4)[np.argsort(np.argsort(x))] if family != "gaussian" else x
    y = y + (rng.normal(size=n) if family == "gaussian" else 0)
    order = np.lexsort((y, x))
    group = np.empty(n, dtype=int)
    group[order] = np.arange(n) % 20
    data = pl.DataFrame({"x": x, "y": y, "group": group})
    fit = multilevel(
        data, outcome="y", covariates=["x"], random={"group": []}, family=family,
        method="ml" if family == "gaussian" else None,
    )  # fmt: skip
    assert fit.at_boundary
    matrix = np.column_stack([np.ones(n), x])
    beta = fit.table["estimate"].to_numpy()
    eta = matrix @ beta
    mean = {"gaussian": eta, "binomial": special.expit(eta), "poisson": np.exp(eta)}[family]
    assert matrix.T @ (y - mean) == pytest.approx([0, 0], abs=1e-6)
    height = {
        "gaussian": stats.norm.logpdf(y, eta, np.std(y - eta)),
        "binomial": stats.bernoulli.logpmf(y, special.expit(eta)),
        "poisson": stats.poisson.logpmf(y, np.exp(eta)),
    }[family]
    assert fit.log_likelihood == pytest.approx(height.sum())
    assert fit.vpc() == {"group": 0}


def test_a_slope_without_variance_keeps_the_intercept(schools):
    rng = np.random.default_rng(2)
    data = schools.with_columns(noise=pl.Series(np.round(rng.normal(size=2000), 2)))
    call = {"outcome": "score", "covariates": ["sex", "noise"], "family": "gaussian"}
    with pytest.warns(EstimationWarning, match="`area`: a variance was estimated as zero"):
        fit = multilevel(data, **call, random={"area": ["noise"]})
    assert fit.boundary == ["area"]
    plain = multilevel(data, **call, random={"area": []})
    assert fit.log_likelihood >= plain.log_likelihood - 1e-8
    assert np.linalg.eigvalsh(fit.covariances["area"])[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_factors_that_almost_coincide_give_no_clean_answer(family, schools):
    twin = schools.with_row_index().with_columns(
        twin=pl.when(pl.col("index") < 3).then(0).otherwise(pl.col("area"))
    )
    call = FAMILIES[family] | {"random": {"area": [], "twin": []}}
    try:
        with pytest.warns(EstimationWarning):
            multilevel(twin, **call)
    except EstimationError as refused:
        assert "unidentified" in str(refused) or "too flat" in str(refused)  # noqa: PT017


def _prepared(data, random, kind=None, outcome="y", covariates=("x",)):
    rows = sort_rows(data, list(covariates), random, content=[], merged=False, threads=1)
    y = rows.taken(data[outcome].to_numpy().astype(float))
    if kind is None:
        return rows, y
    cells = Rows(kind, y, np.ones(len(y)), None, rows.columns, rows.groups, rows.slopes)
    return rows, cells


def _dense_z(rows):
    """The columns of Z of all effects, one row after the other."""
    groups, z = rows.groups, []
    slopes = np.vstack([np.ones(rows.columns.rows), rows.slopes])
    for run, (begin, end) in enumerate(zip(groups.starts[:-1], groups.starts[1:], strict=True)):
        for row in range(begin, end):
            own = np.zeros(groups.effects)
            for k, width in enumerate(groups.widths):
                for a in range(width):
                    own[groups.column[run, k] + a] = slopes[groups.places[k, a], row]
            z.append(own)
    return np.array(z)


def _dense_scales(groups, theta):
    scales = groups.scales(theta)
    blocks = [
        np.kron(np.eye(size), scales[k, :w, :w])
        for k, (size, w) in enumerate(zip(groups.sizes, groups.widths, strict=True))
    ]
    total = np.zeros((groups.effects, groups.effects))
    begin = 0
    for block in blocks:
        total[begin : begin + len(block), begin : begin + len(block)] = block
        begin += len(block)
    return total


RANDOM = [
    {"a": []},
    {"a": ["x", "w"]},
    {"a": ["w"], "b": []},
    {"b": ["x"], "a": ["w"], "c": []},
]


def _small(seed, counts=False):
    rng = np.random.default_rng(seed)
    n = 60
    return pl.DataFrame(
        {"a": rng.permutation(np.arange(n) % 7), "b": rng.permutation(np.arange(n) % 4),
         "c": rng.permutation(np.arange(n) % 3), "x": rng.normal(size=n), "w": rng.random(n),
         "y": rng.poisson(1.3, n) if counts else rng.integers(0, 2, n)}
    )  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.sampled_from(RANDOM), st.booleans())
def test_gaussian_likelihood_is_that_of_the_dense_covariance(seed, random, restricted):
    data = _small(seed)
    rows, y = _prepared(data, random)
    groups, columns = rows.groups, rows.columns
    model = LinearMixed(
        groups, sums(groups, columns, rows.slopes, y, np.ones(60)), 60, restricted=restricted
    )
    theta = np.random.default_rng(seed).normal(size=groups.thetas)
    value, gradient = model.evaluate(theta)
    root = _dense_z(rows) @ _dense_scales(groups, theta)
    spread = np.eye(60) + root @ root.T
    matrix = np.column_stack([columns.predictor(unit) for unit in np.eye(len(columns.terms))])
    inverse = np.linalg.inv(spread)
    bread = matrix.T @ inverse @ matrix
    beta = np.linalg.solve(bread, matrix.T @ inverse @ y)
    freedom = 60 - 2 * restricted
    variance = (y - matrix @ beta) @ inverse @ (y - matrix @ beta) / freedom
    expected = -(np.linalg.slogdet(spread)[1] + freedom * (1 + np.log(2 * np.pi * variance))) / 2
    expected -= restricted * np.linalg.slogdet(bread)[1] / 2
    assert value == pytest.approx(expected, abs=1e-9)
    assert gradient == pytest.approx(_slopes(lambda t: model.evaluate(t)[0], theta), abs=1e-6)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.sampled_from(RANDOM), st.sampled_from(sorted(KINDS)))
def test_laplace_is_the_height_and_curvature_at_the_mode(seed, random, response):
    kind = KINDS[response]
    data = _small(seed, counts=response[0] != "binomial")
    rows, cells = _prepared(data, random, kind)
    model = Laplace(cells)
    rng = np.random.default_rng(seed)
    at = np.concatenate([[-0.3, 0.5], 0.6 * rng.normal(size=rows.groups.thetas)])
    if model.dispersed:
        at = np.append(at, 0.4)
    value, gradient = model.evaluate(at)
    root = _dense_z(rows) @ _dense_scales(rows.groups, at[2 : 2 + rows.groups.thetas])
    fixed = cells.columns.predictor(at[:2])

    def joint(effects):
        return _density(response, cells.y, fixed + root @ effects) - effects @ effects / 2

    mode = model.mode(at).effects
    top = joint(mode)
    assert _slopes(joint, mode) == pytest.approx(np.zeros(len(mode)), abs=1e-5)
    curvature = -_slopes(lambda u: _slopes(joint, u, 1e-4), mode, 1e-4)
    expected = top - np.linalg.slogdet(curvature)[1] / 2
    if response[0] == "poisson":
        expected += np.sum(special.gammaln(cells.y + 1))  # is added by ``multilevel``
    assert value == pytest.approx(expected, abs=1e-4)
    # No shorter steps: what is left of the search for the mode would show in their differences.
    slopes = _slopes(lambda p: model.evaluate(p)[0], at, 1e-4)
    assert gradient == pytest.approx(slopes, abs=2e-5, rel=1e-5)


def _density(response, y, eta):
    if response == ("binomial", "logit"):
        return np.sum(stats.bernoulli.logpmf(y, special.expit(eta)))
    if response == ("binomial", "probit"):
        return np.sum(stats.bernoulli.logpmf(y, special.ndtr(eta)))
    if response == ("binomial", "cloglog"):
        return np.sum(stats.bernoulli.logpmf(y, -np.expm1(-np.exp(eta))))
    if response[0] == "poisson":
        return np.sum(stats.poisson.logpmf(y, np.exp(eta)))
    theta = np.exp(0.4)
    return np.sum(stats.nbinom.logpmf(y, theta, theta / (theta + np.exp(eta))))


def _slopes(function, at, step=1e-5):
    return np.array(
        [(function(at + move) - function(at - move)) / (2 * step)
         for move in np.eye(len(at)) * step]
    )  # fmt: skip


@pytest.mark.parametrize("response", sorted(KINDS))
def test_quadrature_is_the_integral(response):
    data = _small(4, counts=response[0] != "binomial")
    _, cells = _prepared(data, {"a": []}, KINDS[response])
    model = Quadrature(cells, 15)
    at = np.array([-0.3, 0.5, 0.8, *([0.4] * model.dispersed)])
    total = 0.0
    fixed = cells.columns.predictor(at[:2])
    starts = cells.groups.starts
    for begin, end in pairwise(starts):
        own = slice(int(begin), int(end))

        def integrand(u, own=own):
            height = _density(response, cells.y[own], fixed[own] + 0.8 * u)
            return np.exp(height) * stats.norm.pdf(u)

        total += np.log(integrate.quad(integrand, -9, 9, epsabs=1e-14)[0])
    if response[0] == "poisson":
        total += np.sum(special.gammaln(cells.y + 1))
    value, gradient = model.evaluate(at)
    assert value == pytest.approx(total, abs=1e-6)
    slopes = _slopes(lambda p: model.evaluate(p)[0], at)
    assert gradient == pytest.approx(slopes, abs=1e-5)
    laplace, _ = Laplace(cells).evaluate(at)
    assert laplace == pytest.approx(total, abs=0.2)
    assert laplace != pytest.approx(total, abs=1e-4)


@pytest.mark.parametrize("theta", [0.3, 999.0, 1001.0, 1e6, 1e12])
def test_gamma_functions_of_a_negative_binomial_are_not_rounding(theta):
    y = np.array([0.0, 1.0, 3.0, 40.0])
    steps = [theta + np.arange(count) for count in y]
    value, slope = Gammas(y, np.ones(4)).at(theta)
    grown = sum(np.sum(np.log(own)) for own in steps)
    assert value == pytest.approx(grown - np.sum(special.gammaln(y + 1)), rel=1e-12)
    assert slope == pytest.approx(theta * sum(np.sum(1 / own) for own in steps), rel=1e-11)


def test_more_points_change_little(schools):
    call = FAMILIES["binomial"] | {"random": {"school": []}, "method": "quadrature"}
    nine, many = multilevel(schools, **call), multilevel(schools, **call, points=25)
    assert nine.log_likelihood == pytest.approx(many.log_likelihood, abs=1e-4)
    assert nine.variances["variance"].item() == pytest.approx(
        many.variances["variance"].item(), rel=1e-4
    )
    laplace = multilevel(schools, **call | {"method": "laplace"})
    assert laplace.variances["variance"].item() < many.variances["variance"].item()


@pytest.mark.filterwarnings("ignore:`pair`. .* trials in the average level")
def test_laplace_understates_the_variance_of_tiny_levels_and_quadrature_does_not():
    """Rodriguez and Goldman's case: levels of two, planted standard deviation 1."""
    rng = np.random.default_rng(8)
    pairs, found = 3_000, {}
    pair = np.repeat(np.arange(pairs), 2)
    x = rng.integers(0, 2, 2 * pairs)
    chance = special.expit(-0.3 + 0.5 * x + rng.normal(size=pairs)[pair])
    data = pl.DataFrame({"pair": pair, "x": x, "y": rng.random(2 * pairs) < chance})
    call = {"outcome": "y", "covariates": ["x"], "random": {"pair": []}}
    for method in ("laplace", "quadrature"):
        fit = multilevel(data, **call, method=method)
        found[method] = fit.variances["sd"].item()
    assert found["quadrature"] == pytest.approx(1, abs=0.15)
    assert found["laplace"] < found["quadrature"] - 0.1


def test_draws_have_the_moments_of_the_posterior(schools):
    fit = multilevel(schools, **FAMILIES["gaussian"])
    drawn = fit.draw_effects(4000, 7)
    assert drawn.columns == ["group", "level", "term", "effect"]
    assert drawn.equals(fit.draw_effects(4000, 7))
    assert not drawn.equals(fit.draw_effects(4000, 8))
    effects = drawn.filter(group="area")["effect"].to_numpy()
    table = fit.effects("area")
    assert effects.mean(axis=1) == pytest.approx(table["estimate"].to_numpy(), abs=0.06)
    # Drawn with the fixed effects, so at least as spread as given them.
    ratio = effects.std(axis=1) / table["std_error"].to_numpy()
    assert np.all(ratio > 0.95)
    assert np.all(ratio < 3)


def test_draws_are_those_of_the_dense_posterior():
    noise = pl.Series(np.random.default_rng(6).normal(size=60))
    data = _small(3).with_columns(
        y=pl.col("x") + pl.col("a") % 3 + pl.col("w") * pl.col("a") + noise
    )
    random = {"a": ["w"], "b": []}
    with pytest.warns(EstimationWarning):
        fit = multilevel(data, outcome="y", covariates=["x"], random=random, family="gaussian")
    drawn = np.vstack(
        [fit.draw_effects(20_000, 1).filter(group=name)["effect"].to_numpy() for name in random]
    )
    a, b, w = (data[name].to_numpy() for name in "abw")
    z = np.hstack([np.eye(7)[a][:, :, None] * np.column_stack([np.ones(60), w])[:, None, :]]
                  ).reshape(60, 14)  # fmt: skip
    z = np.hstack([z, np.eye(4)[b]])
    prior = np.zeros((18, 18))
    prior[:14, :14] = np.kron(np.eye(7), fit.covariances["a"])
    prior[14:, 14:] = np.kron(np.eye(4), fit.covariances["b"])
    residual = fit.variances.filter(group="residual")["variance"].item()
    spread = z @ prior @ z.T + residual * np.eye(60)
    matrix = np.column_stack([np.ones(60), data["x"]])
    inverse = np.linalg.inv(spread)
    hat = inverse - inverse @ matrix @ np.linalg.solve(
        matrix.T @ inverse @ matrix, matrix.T @ inverse
    )
    expected = prior - prior @ z.T @ hat @ z @ prior
    assert drawn.mean(axis=1) == pytest.approx(prior @ z.T @ hat @ data["y"].to_numpy(), abs=0.03)
    assert np.cov(drawn) == pytest.approx(expected, abs=0.03 * np.max(expected))


def test_pandas_tables_are_taken(schools):
    call = FAMILIES["gaussian"]
    first, other = multilevel(schools, **call), multilevel(schools.to_pandas(), **call)
    assert _estimates(first).tobytes() == _estimates(other).tobytes()


@pytest.mark.filterwarnings("ignore::cws_outcomes.estimators.EstimationWarning")
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 100_000), st.sampled_from(sorted(FAMILIES)))
def test_a_larger_model_is_never_worse(seed, family):
    """Or says that it cannot be fitted: from few rows and wild effects, nothing in between."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(60, 400)), int(rng.integers(6, 25))
    a, b, x = rng.integers(0, k, n), rng.integers(0, 6, n), rng.normal(size=n)
    sd = rng.choice([0.0, 0.3, 1.0], 3)
    eta = 0.3 * x + rng.normal(0, sd[0], k)[a] + rng.normal(0, sd[1], k)[a] * x
    eta = np.clip(eta + rng.normal(0, sd[2], 6)[b], -5, 5)
    y = {
        "gaussian": eta + rng.normal(size=n) * rng.choice([0.01, 1, 5]),
        "binomial": rng.random(n) < special.expit(eta),
        "poisson": rng.poisson(np.exp(eta)),
        "negative_binomial": rng.negative_binomial(1.5, 1.5 / (1.5 + np.exp(eta))),
    }[family]
    data = pl.DataFrame({"a": a, "b": b, "x": x, "y": y})
    call = {"outcome": "y", "covariates": ["x"], "family": family}
    call |= {"method": "ml"} if family == "gaussian" else {}
    heights = []
    for random in ({"a": []}, {"a": [], "b": []}, {"a": ["x"], "b": []}):
        try:
            heights.append(multilevel(data, **call, random=random).log_likelihood)
        except EstimationError as refused:
            assert "too flat" in str(refused) or "unidentified" in str(refused)  # noqa: PT017
    assert np.all(np.diff(heights) > -1e-4)


@pytest.mark.parametrize("zeros", [[0], [2], [0, 1], [3], [0, 1, 2, 3]])
def test_gaussian_gradient_holds_where_a_scale_is_singular(zeros):
    data = _small(5)
    rows, y = _prepared(data, {"a": ["w"], "b": []})
    added = sums(rows.groups, rows.columns, rows.slopes, y, np.ones(60))
    model = LinearMixed(rows.groups, added, 60, restricted=True)
    theta = np.array([0.8, -0.3, 0.6, 0.5])
    theta[zeros] = 0
    gradient = model.evaluate(theta)[1]
    assert gradient == pytest.approx(_slopes(lambda t: model.evaluate(t)[0], theta), abs=1e-6)
