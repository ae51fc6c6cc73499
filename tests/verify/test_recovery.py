"""A small recovery: the long one is `cws verify recovery`, with its result in docs/recovery.md."""

from pathlib import Path

import polars as pl
import pytest

from cws_outcomes.verify.recovery import RIGHT_MODEL, WRONG_MODEL, recover, summarise

CONFIG = Path(__file__).parents[2] / "config" / "study.yaml"


@pytest.fixture(scope="module")
def estimates() -> pl.DataFrame:
    found = recover(
        CONFIG, seeds=2, pupils=5000, las=20, processes=2, progress=lambda text: None
    )  # fmt: skip
    return found.estimates


def test_planted_effects_are_found_by_the_time_varying_model(estimates: pl.DataFrame) -> None:
    right = estimates.filter(pl.col("model") == RIGHT_MODEL)
    distance = (right["estimate"] - right["planted"]) / right["std_error"]
    covered = (right["lower"] <= right["planted"]) & (right["planted"] <= right["upper"])

    # 5 states, 2 seeds, 2 worlds; a state without events in so small a delivery has no estimate.
    assert right.height >= 18
    assert abs(distance.mean()) < 3 / len(distance) ** 0.5
    assert covered.mean() > 0.8


def test_planted_and_null_worlds_are_told_apart(estimates: pl.DataFrame) -> None:
    cla = estimates.filter(pl.col("model") == RIGHT_MODEL, pl.col("term") == "cla")
    means = dict(cla.group_by("world").agg(pl.col("estimate").mean()).iter_rows())

    assert means["planted"] > 0.4
    assert abs(means["null"]) < 0.4


def test_ever_against_never_finds_protection_where_there_is_none(estimates: pl.DataFrame) -> None:
    wrong = estimates.filter(pl.col("model") == WRONG_MODEL)

    assert wrong["world"].unique().to_list() == ["null"]
    assert (wrong["upper"] < 0).all()
    assert wrong["estimate"].mean() < -0.15


def test_the_summary_counts_bias_error_and_coverage() -> None:
    rows = pl.DataFrame({
        "world": ["planted"] * 3, "model": [RIGHT_MODEL] * 3, "term": ["cin"] * 3,
        "planted": [0.5] * 3, "estimate": [0.4, 0.5, 0.9], "std_error": [0.1] * 3,
        "lower": [0.2, 0.3, 0.7], "upper": [0.6, 0.7, 1.1],
    })  # fmt: skip

    summary = summarise(rows).row(0, named=True)

    assert summary["bias"] == pytest.approx(0.1)
    assert summary["empirical_sd"] == pytest.approx(0.07**0.5)
    assert summary["monte_carlo_error"] == pytest.approx((0.07 / 3) ** 0.5)
    assert summary["coverage"] == pytest.approx(2 / 3)
