"""The layout of covariates against the matrix that it stands for."""

import numpy as np
import polars as pl
import pytest

from cws_outcomes.estimators.covariates import spread
from cws_outcomes.estimators.design import design

ROWS = 600


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    """Codes that share one, a number of many values between them, one of few, many levels."""
    rng = np.random.default_rng(8)
    texts = {"need": 3, "band": 5, "area": 4, "school": 300}
    columns = {
        name: pl.Series([f"{name} {code:03}" for code in rng.integers(0, size, ROWS)])
        for name, size in texts.items()
    }
    return pl.DataFrame(columns).with_columns(
        score=pl.Series(rng.normal(50, 10, ROWS)), visits=pl.Series(rng.integers(2, 7, ROWS)),
        boy=pl.Series(rng.random(ROWS) < 0.5),
    )  # fmt: skip


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize(
    "names",
    [
        ["need", "boy", "band", "visits", "area"],
        ["need", "score", "boy", "visits"],
        ["score"],
        ["boy", "school", "score", "need"],
    ],
)
def test_sums_are_those_of_the_matrix(frame, names, intercept):
    given = design(frame, names, intercept=intercept, threads=2)
    matrix = (spread(frame, given.covariates) - given.centres[1:]) / given.ranges[1:]
    if intercept:
        matrix = np.column_stack([np.ones(ROWS), matrix])
    rng = np.random.default_rng(9)
    beta, by_row = rng.normal(size=matrix.shape[1]), rng.normal(size=ROWS)
    group = rng.integers(0, 7, ROWS)
    assert len(given.terms) == matrix.shape[1]
    assert given.predictor(beta) == pytest.approx(matrix @ beta, abs=1e-10)
    assert given.project(by_row) == pytest.approx(matrix.T @ by_row, abs=1e-10)
    weighted = matrix.T @ (matrix * by_row[:, None])
    assert given.gram(by_row) == pytest.approx(weighted, abs=1e-10)
    by_group = np.array([matrix[group == one].T @ by_row[group == one] for one in range(7)])
    assert given.by_group(by_row, group, 7) == pytest.approx(by_group, abs=1e-10)
    some = rng.permutation(ROWS)[:50]
    assert given.matrix(some)[:, -len(beta) :] == pytest.approx(matrix[some], abs=1e-12)


def test_neighbours_share_a_code_and_what_is_large_has_its_own(frame):
    few = design(frame, ["need", "boy", "band", "area"]).layout
    assert few.codes.shape[1] == 2  # 3 x 2 x 5 combinations, then 4
    assert few.codes.dtype == np.uint8
    assert design(frame, ["boy", "school", "need"]).layout.codes.dtype == np.uint16
