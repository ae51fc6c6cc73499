"""The walls between stages hold, and stop whoever climbs them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# A package, and what a new module in it must not import.
BREACHES = [
    ("features", "cws_outcomes.spells"),
    ("figures", "cws_outcomes.models"),
    ("synthetic", "cws_outcomes.harmonise"),
    ("spells", "cws_outcomes.config"),
    ("cohort", "cws_outcomes.steps"),
    ("models", "cws_outcomes.published"),
    ("ingest", "cws_outcomes.estimators"),
    ("tables", "cws_outcomes.equity"),
    ("figures", "numpy"),
    ("report", "statsmodels"),
    ("disclosure", "snakemake"),
    ("config", "cws_outcomes.ingest"),
    ("contracts", "cws_outcomes.geography"),
    ("estimators", "cws_outcomes.contracts"),
    ("equity", "cws_outcomes.estimators"),
    ("geography", "cws_outcomes.step"),
]


def lint_imports(project: Path) -> subprocess.CompletedProcess[str]:
    """Check the walls of a project, of whichever package stands in its ``src``."""
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-logo", "--no-cache", "--config", project / "pyproject.toml"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def report_on_breaches(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter prints of a copy of the package with every breach in it."""
    project = tmp_path_factory.mktemp("breached")
    shutil.copy(ROOT / "pyproject.toml", project)
    package = project / "src" / "cws_outcomes"
    shutil.copytree(ROOT / "src" / "cws_outcomes", package)
    for place, target in BREACHES:
        module = package / place / f"breach_of_{target.rpartition('.')[2]}.py"
        module.write_text(f'"""A breach."""\n\nimport {target}\n', encoding="utf-8")
    (package / "homeless.py").write_text('"""A module without a layer."""\n', encoding="utf-8")
    checked = lint_imports(project)
    assert checked.returncode == 1
    return checked.stdout


def test_the_walls_hold():
    checked = lint_imports(ROOT)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(("place", "target"), BREACHES)
def test_a_breach_is_stopped_and_named(report_on_breaches: str, place: str, target: str):
    module = f"cws_outcomes.{place}.breach_of_{target.rpartition('.')[2]}"

    assert f"{module} -> {target} (l.3)" in report_on_breaches


def test_a_module_without_a_layer_is_stopped(report_on_breaches: str):
    assert "- cws_outcomes.homeless\n" in report_on_breaches
