"""The default delivery has persons behind everything that the default study shows."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from support.tiny import PROJECT, Commands

from cws_outcomes.errors import ConfigError
from cws_outcomes.synthetic import make_delivery
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.verify.persons import ENOUGH, as_markdown, count_persons


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `cws synth` makes it unless told otherwise, but for the lives under other policies."""
    folder = tmp_path_factory.mktemp("persons") / "demo"
    make_delivery(
        folder, pupils=30_000, las=24, seed=1, dials=replace(Dials(), truth_children=0),
        form="parquet", study_template=PROJECT / "config" / "study.yaml",
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def persons(delivered: Path) -> pl.DataFrame:
    return count_persons(delivered, cores=1)


def test_ten_persons_stand_behind_every_step_level_outcome_and_competing_event(
    persons: pl.DataFrame,
) -> None:
    few = persons.filter(pl.col("persons") < ENOUGH)

    assert few.rows() == []
    assert set(persons["kind"]) == {"step", "exposure", "outcome", "competing", "state"}
    # Every criterion after the first of both cohorts, every event that competes with suspension.
    steps = persons.filter(pl.col("kind") == "step")
    assert dict(steps.group_by("cohort").len().rows()) == {"from_10": 6, "landmark_14": 7}
    suspension = pl.col("name") == "first_suspension", pl.col("kind") == "competing"
    assert set(persons.filter(*suspension)["level"]) == {
        "death", "permanent_exclusion", "custody", "leaving_roll",
    }  # fmt: skip


def test_levels_of_an_exposure_share_the_members_out(
    delivered: Path, persons: pl.DataFrame
) -> None:
    members = pl.read_parquet(delivered / "results/person_level/cohort/landmark_14/members.parquet")
    exposed = persons.filter(pl.col("kind") == "exposure").group_by("name")

    assert set(exposed.agg(pl.col("persons").sum())["persons"]) == {members.height}


def test_the_command_tells_all_counts(
    delivered: Path, persons: pl.DataFrame, cws: Commands
) -> None:
    said = cws("verify", "persons", delivered)

    assert said.code == 0
    assert as_markdown(persons) in said.out
    assert f"Of {persons.height} counts, 0 are below 10." in said.out


def test_few_persons_are_marked() -> None:
    row = {"cohort": "c", "kind": "step", "name": "Born", "level": "", "persons": 9}

    assert "| c | step | Born |  | 9 (fewer than 10) |" in as_markdown(pl.DataFrame([row]))


def test_a_folder_without_truth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"truth/people\.parquet"):
        count_persons(tmp_path)
