"""A delivery scored against its truth: exact sums, and a planted defect is found."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from support.tiny import PROJECT, Commands, TinyStudy

from cws_outcomes.errors import ConfigError
from cws_outcomes.synthetic import make_delivery
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.verify.scores import PASS_MARK, Scores, as_markdown, score_delivery


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scored") / "demo"
    make_delivery(
        folder, pupils=2_500, las=8, seed=4, dials=replace(Dials(), truth_children=0),
        study_template=PROJECT / "config" / "study.yaml",
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def scores(delivered: Path) -> Scores:
    return score_delivery(delivered)


def items(scores: Scores) -> dict[str, int]:
    return dict(scores.summary.select("table", "items").rows())


def test_what_can_be_recovered_is(scores: Scores) -> None:
    assert scores.failed == ()
    assert scores.summary["share"].min() >= PASS_MARK
    assert scores.summary.filter(pl.col("items") == 0).is_empty()


def test_every_true_item_is_counted_once(delivered: Path, scores: Scores) -> None:
    truth = {file.stem: pl.read_parquet(file) for file in (delivered / "truth").glob("*.parquet")}
    proven = truth["offences"].filter(pl.col("is_proven"))
    suspensions = truth["suspensions"].filter(pl.col("category") == "suspension")
    expected = {
        "referrals": truth["referrals"].height,
        "plans": truth["plans"].height,
        "enrolments": truth["enrolments"].height,
        "proven offences": proven.unique(["child", "offence_date"]).height,
        "first of proven offences": proven["child"].n_unique(),
        "suspensions": suspensions.unique(["child", "start_date"]).height,
        "permanent exclusions": truth["exclusions"].unique(["child", "start_date"]).height,
        "justice ids": truth["keys"].filter(pl.col("key_kind") == "moj").height,
    }
    counted = items(scores)
    assert {name: counted[name] for name in expected} == expected


def test_losses_are_told_by_dial_or_rule(scores: Scores) -> None:
    lost = scores.fates.filter(pl.col("fate") == "lost")
    reasons = set(lost.filter(pl.col("table") == "first of proven offences")["reason"])
    assert {"missed_link_share", "outside_school_share"} <= reasons
    dials = {name for name in lost["reason"] if name.endswith("_share")}
    assert dials <= set(vars(Dials()))


def test_rows_that_vanish_are_found_out(
    delivered: Path, scores: Scores, tmp_path: Path, cws: Commands
) -> None:
    study = TinyStudy(delivered).copied(tmp_path / "demo")
    study.change_study({"definitions": str(PROJECT / "config")})
    lines = study.lines("MOJ_PNC.csv")
    study.write_lines("MOJ_PNC.csv", lines[: len(lines) // 2])
    study.write_receipt(study.receipt() | {"MOJ_PNC.csv": str(len(lines) // 2 - 1)})

    damaged = score_delivery(study.folder)

    assert items(damaged) == items(scores)
    assert set(damaged.failed) == {"justice ids", "proven offences", "first of proven offences"}
    told = damaged.fates.filter(pl.col("fate") == "unexplained")
    assert ("proven offences", "not found") in set(told.select("table", "reason").rows())
    done = cws("verify", "delivery", study.folder)
    assert done.code == 20
    assert "proven offences" in done.err
    assert (study.results / "unchecked" / "truth_scores.csv").is_file()


def test_a_folder_without_truth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"truth/people\.parquet"):
        score_delivery(tmp_path)


def test_the_report_holds_every_table_and_no_person(scores: Scores) -> None:
    text = as_markdown(scores)
    assert all(f"| {name} |" in text for name in scores.summary["table"])
    assert "SYN" not in text
