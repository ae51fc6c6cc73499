"""A small delivery, and copies of the project that run on it."""

from pathlib import Path

import pytest
from support.project_copy import Project

from cws_outcomes.synthetic import make_delivery


@pytest.fixture(scope="session")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery") / "synthetic"
    make_delivery(folder, pupils=2500, las=6, seed=3, births=(1999, 2001))
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, delivery: Path) -> Project:
    """A project whose study has run through Snakemake; work on a copy to change it."""
    project = Project(tmp_path_factory.mktemp("finished"), delivery)
    done = project.run("run", "--cores", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    return project
