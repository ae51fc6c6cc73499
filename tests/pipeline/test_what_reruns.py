"""An edit reruns exactly what depends on it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml
from support.project_copy import Project

from cws_outcomes.config import load_study
from cws_outcomes.plan import Job, plan


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
        ("harmonise/absence_years.sql", {"harmonise_absence_years"}),
        ("features/risk_intervals.sql", {"build_risk_intervals.from_10.first_offence"}),
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

    with edited(finished, path, yaml.safe_dump(definition)):
        found = asked_for(finished)
        expected = with_followers(
            plan(load_study(finished.config)), {"fit_cox.offence_hazard", "write_report"}
        )

    assert found == expected
    assert [message for message in found if message.startswith(("Fitting", "Estimating"))] == [
        "Fitting the Cox model offence_hazard"
    ]
