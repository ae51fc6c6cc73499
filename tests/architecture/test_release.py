"""Nothing becomes releasable but through disclosure, and nothing else is printed."""

from dataclasses import replace
from pathlib import Path

import pytest

from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.errors import ReleaseError
from cws_outcomes.plan import Job
from cws_outcomes.runner import Resources, run_job
from cws_outcomes.steps import STEPS

PRINTING = ("tables", "figures", "report")


def test_only_disclosure_writes_releasable_tables() -> None:
    writers = {
        step.stage
        for step in STEPS.values()
        for name in step.writes
        if CONTRACTS[name].sensitivity == "releasable"
    }

    assert writers == {"disclosure"}


def test_the_folder_says_the_sensitivity() -> None:
    folders = {(table.folder.split("/")[0], table.sensitivity) for table in CONTRACTS.values()}

    assert folders == {
        ("person_level", "person_level"),
        ("unchecked", "unchecked"),
        ("releasable", "releasable"),
    }


def test_only_the_stages_after_disclosure_print_and_only_into_releasable() -> None:
    for step in STEPS.values():
        assert (step.stage in PRINTING) == bool(step.prints), step.name
        assert all(path.startswith("releasable/") for path in step.prints), step.name


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("fit_cox", {"writes": ("cleared_hazard_ratios",)}),
        ("fit_cox", {"writes": (), "prints": ("releasable/tables/{model}.csv",)}),
    ],
)
def test_the_runner_refuses_a_stage_that_would_release(
    name: str, change: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    step = replace(STEPS[name], **change)  # type: ignore[arg-type]
    job = Job(step, {"model": "m"}, inputs={}, outputs={"out": tmp_path / "out.parquet"})

    with pytest.raises(ReleaseError, match="fit_cox"):
        run_job(job, Resources(1, 500, tmp_path), is_synthetic=True)

    assert list(tmp_path.iterdir()) == []
