"""The jobs of a study: each finds its inputs made, and no two write one file."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.tiny import PROJECT, TinyStudy

from cws_outcomes.config import Study, load_study
from cws_outcomes.errors import ConfigError
from cws_outcomes.plan import needed_for, plan
from cws_outcomes.rulebook import RuleBook
from cws_outcomes.steps import STEPS


@pytest.fixture(scope="module")
def default() -> Study:
    return load_study(PROJECT / "config" / "study.yaml")


def test_every_job_finds_its_inputs_made(default: Study) -> None:
    made: set[Path] = set()
    for job in plan(default):
        unmade = {file for file in job.needed if default.results in file.parents} - made
        assert not unmade, f"{job.name} reads {unmade} before it is made"
        made |= set(job.outputs.values())


def test_no_file_is_written_twice_and_no_name_given_twice(default: Study) -> None:
    jobs = plan(default)
    files = [file for job in jobs for file in job.outputs.values()]

    assert len(files) == len(set(files))
    assert len({job.name for job in jobs}) == len(jobs)


def test_every_step_has_a_job_in_the_default_study(default: Study) -> None:
    assert {job.step.name for job in plan(default)} == set(STEPS)


def test_every_step_is_a_rule_of_its_name() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "snakemake", "--list-rules"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert set(listed.stdout.split()) == {*STEPS, "all"}


def test_all_models_feed_one_view_of_a_printed_table(default: Study) -> None:
    (job,) = [job for job in plan(default) if job.name == "print_table.hazard_ratios"]
    source = job.inputs["cleared_hazard_ratios"]

    assert {file.stem for file in source.files} == {
        name for name, model in default.models.items() if model.family == "cox"
    }


def test_what_a_job_needs_is_all_that_leads_to_it(default: Study) -> None:
    jobs = plan(default)

    names = [job.name for job in needed_for(jobs, ["harmonise_court_appearances"])]

    assert names[0] == "make_synthetic_delivery"
    assert names[-3:] == [
        "harmonise_moj_references", "harmonise_person_keys", "harmonise_court_appearances",
    ]  # fmt: skip
    assert "ingest_court" in names
    assert not any("care_spells" in name or "offences." in name for name in names)
    order = [job.name for job in jobs]
    assert names == sorted(names, key=order.index)


def test_a_real_delivery_has_no_step_that_makes_it(tiny_study: TinyStudy) -> None:
    jobs = plan(load_study(tiny_study.config))

    assert "make_synthetic_delivery" not in {job.name for job in jobs}


def test_ingest_depends_on_each_delivered_file_of_its_table(study: TinyStudy) -> None:
    def needed(step: str) -> set[str]:
        (job,) = [j for j in plan(load_study(study.config)) if j.name == step]
        return {file.name for file in job.needed}

    assert {"Exclusions_2015.txt", "Exclusions_2016.txt", "receipt.csv", "delivery.yaml"} <= needed(
        "ingest_exclusions"
    )
    assert "MOJ_PNC.csv" not in needed("ingest_exclusions")

    study.file("MOJ_PNC.csv").unlink()  # for the step to report, with its cause
    assert "MOJ_PNC.csv" not in needed("ingest_offences")


def test_a_plan_without_a_manifest_is_refused(study: TinyStudy) -> None:
    study.manifest_file.unlink()

    with pytest.raises(ConfigError, match="Delivery manifest"):
        plan(load_study(study.config))


def test_the_rule_book_gives_each_rule_the_files_of_the_plan(study: TinyStudy) -> None:
    rules = RuleBook(study.config)
    jobs = plan(load_study(study.config))

    assert {Path(target).resolve() for target in rules.targets()} == {
        file.resolve() for job in jobs for file in job.outputs.values()
    }
    (job,) = [job for job in jobs if job.step.name == "merge_care_spells"]
    told = rules.inputs("merge_care_spells")(object())
    assert {Path(file).resolve() for files in told.values() for file in files} == set(job.needed)
    assert rules.job("merge_care_spells")(object()) == "merge_care_spells"
