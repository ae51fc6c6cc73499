"""The whole road: however it is run the bytes are the same; an edit reruns exactly what depends on
it; a new outcome, exposure or model is one YAML file (and its name in the list that keeps the small
study small, which the default study does without).

One file, so that one worker runs the study once for all of it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
import yaml
from support.project_copy import Project

from cws_outcomes.config import load_study
from cws_outcomes.plan import Job, plan


@pytest.fixture(scope="module")
def serial(
    tmp_path_factory: pytest.TempPathFactory, delivery: Path
) -> tuple[Project, dict[str, bytes]]:
    """A project whose study has run in one process, and what it made; it may be added to."""
    project = Project(tmp_path_factory.mktemp("serial"), delivery)
    done = project.run("run", "--no-snakemake", "--cores", "1")
    assert done.returncode == 0, done.stderr
    return project, project.tables()


def test_one_core_in_one_process_gives_the_bytes_of_two_cores_through_snakemake(
    serial: tuple[Project, dict[str, bytes]], finished: Project
) -> None:
    expected, found = finished.tables(), serial[1]

    assert list(found) == list(expected)
    assert [name for name in expected if found[name] != expected[name]] == []
    assert len([name for name in found if name.endswith(".parquet")]) > 60


def test_a_finished_study_has_nothing_to_do(finished: Project) -> None:
    again = finished.run("run", "--cores", "2")
    by_hand = finished.snakemake("-n")

    assert "Nothing to do" in again.stdout
    assert "Nothing to be done" in by_hand.stdout + by_hand.stderr


@contextmanager
def edited(project: Project, path: str, text: str) -> Iterator[None]:
    file = project.folder / path
    before = file.read_text()
    file.write_text(text)
    try:
        yield
    finally:
        file.write_text(before)


def asked_for(project: Project) -> set[str]:
    """Messages of the jobs that a dry run would run."""
    said = project.snakemake("--dry-run", "--nocolor")
    text = said.stdout + said.stderr
    assert said.returncode == 0, text
    return set(re.findall(r"^Job \d+: (.+)$", text, re.MULTILINE))


def with_followers(jobs: tuple[Job, ...], names: set[str]) -> set[str]:
    """Messages of the named jobs and of all that read, at any depth, what they write."""
    touched = set()
    found = set()
    for job in jobs:
        if job.name in names or touched.intersection(job.needed):
            touched.update(job.outputs.values())
            found.add(job.message)
    return found


@pytest.mark.parametrize(
    ("file", "steps"),
    [
        ("spells/care_spells.sql", {"merge_care_spells"}),
        (
            "cohort/members.sql",
            {"select_members.from_10", "select_members.landmark_14"},
        ),
        ("models/cox.py", {"fit_cox.offence_hazard"}),
    ],
)
def test_an_edited_file_reruns_its_step_and_what_follows(
    finished: Project, file: str, steps: set[str]
) -> None:
    path = f"src/cws_outcomes/{file}"
    comment = "-- An edit.\n" if file.endswith(".sql") else "\n# An edit.\n"
    text = (finished.folder / path).read_text()
    expected = with_followers(plan(load_study(finished.config)), steps)

    with edited(finished, path, text + comment):
        found = asked_for(finished)

    assert found == expected


def test_an_edited_model_reruns_only_that_model_and_what_shows_it(finished: Project) -> None:
    path = "config/models/offence_hazard.yaml"
    definition = yaml.safe_load((finished.folder / path).read_text())
    definition["covariates"] = ["sex", "ethnic_group"]
    definition["label"] = "Hazard, named otherwise"

    with edited(finished, path, yaml.safe_dump(definition)):
        found = asked_for(finished)
        expected = with_followers(
            plan(load_study(finished.config)), {"fit_cox.offence_hazard", "write_report"}
        )

    assert found == expected
    assert [message for message in found if message.startswith(("Fitting", "Estimating"))] == [
        "Fitting the Cox model offence_hazard"
    ]


@pytest.fixture(scope="module")
def widened(serial: tuple[Project, dict[str, bytes]]) -> Project:
    project = serial[0]
    project.write(
        "config/outcomes/offence_by_disposal.yaml",
        {
            "kind": "first_event",
            "label": "First proven offence, by the date of its disposal",
            "event": "proven_offence",
            "date": "disposal",
        },
    )
    project.write(
        "config/exposures/age_at_first_care.yaml",
        {
            "kind": "age_at_first",
            "label": "Age at first care",
            "state": "cla",
            "bands": [5, 10],
        },
    )
    project.write(
        "config/models/offence_hazard_by_sex.yaml",
        {
            "family": "cox",
            "label": "Hazard of a first proven offence, baselines by sex",
            "cohort": "from_10",
            "outcome": "first_offence",
            "covariates": ["idaci_ridit"],
            "strata": ["sex", "la_code"],
        },
    )
    project.use("outcomes", "offence_by_disposal")
    project.use("exposures", "age_at_first_care")
    project.use("models", "offence_hazard_by_sex")
    done = project.run("run", "--no-snakemake", "--cores", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Reading" not in done.stdout  # nothing but what is new, and what shows it
    return project


def printed(project: Project, table: str) -> pl.DataFrame:
    return pl.read_csv(
        project.results / "releasable" / "tables" / f"{table}.csv", infer_schema=False
    )


def test_a_new_outcome_stands_in_the_equity_table(widened: Project) -> None:
    rows = printed(widened, "la_equity").filter(pl.col("outcome") == "offence_by_disposal")

    exact = pl.read_parquet(
        widened.results / "person_level/features/landmark_14/outcome/*.parquet",
        include_file_paths="file",
    )
    events = exact.filter("has_event").group_by(pl.col("file").str.extract(r"(\w+)\.parquet$"))
    counted = dict(events.agg(pl.len()).iter_rows())
    assert rows.height > 0
    assert rows["status"].is_in(["shown", "suppressed", "not_applicable"]).all()
    # A disposal comes after its offence, so fewer fall into the same window.
    assert 0 < counted["offence_by_disposal"] <= counted["first_offence"]


def test_a_new_exposure_stands_in_the_gradients(widened: Project) -> None:
    rows = printed(widened, "outcome_by_exposure").filter(pl.col("exposure") == "age_at_first_care")

    levels = rows.filter(pl.col("outcome") == "english_maths")["level"].to_list()
    assert levels == ["never", "under 5", "5 to under 10", "10 or more"]


def test_a_new_model_stands_in_the_hazard_ratios(widened: Project) -> None:
    rows = printed(widened, "hazard_ratios").filter(pl.col("model") == "offence_hazard_by_sex")

    assert set(rows["covariate"]) == {"contact_state", "idaci_ridit"}
    assert rows.filter(pl.col("covariate") == "idaci_ridit")["hazard_ratio"].item() is not None
