"""Copies of the project in which it is safe to edit and run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[2]
# A study of a few definitions, one of each family, so that a whole run takes seconds.
SMALL = {
    "outcomes": ["first_offence", "english_maths"],
    "exposures": ["contact_group", "any_cin", "age_at_first_referral"],
    "models": [
        "offence_incidence", "offence_hazard", "english_maths_multilevel", "small_equity",
        "exposure_gradients",
    ],
    "tables": ["cohort_flow", "la_equity", "hazard_ratios", "outcome_by_exposure"],
    "figures": ["flow_landmark_14"],
}  # fmt: skip
SMALL_EQUITY = {
    "family": "la_equity",
    "label": "Equity, small",
    "cohort": "landmark_14",
    "group": "contact_group",
    "outcomes": "all",
    "interventions": ["any_cin"],
    "adjustments": {"sex_cohort": ["sex", "birth_cohort"]},
}


class Project:
    """A copy of the Snakefile, rules, configuration and package, with its own results."""

    def __init__(self, folder: Path, delivery: Path) -> None:
        self.folder = folder
        for name in ("Snakefile", "workflow", "config", "src", "reports"):
            source = PROJECT / name
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, folder / name)
        study = yaml.safe_load(self.config.read_text())
        study.pop("synthetic")
        study |= SMALL | {"delivery": str(delivery / "delivery.yaml")}
        self.write("config/models/small_equity.yaml", SMALL_EQUITY)
        self.write("config/study.yaml", study)

    @property
    def results(self) -> Path:
        return self.folder / "results"

    @property
    def config(self) -> Path:
        return self.folder / "config" / "study.yaml"

    def write(self, path: str, content: object) -> None:
        (self.folder / path).write_text(yaml.safe_dump(content, sort_keys=False))

    def use(self, kind: str, name: str) -> None:
        """Add a name to one of the study's lists: the lists are there to keep the run small."""
        study = yaml.safe_load(self.config.read_text())
        study[kind].append(name)
        self.write("config/study.yaml", study)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "cws_outcomes", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A ``cws`` command in this copy."""
        return self._run(self.command(*words))

    def snakemake(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run([sys.executable, "-m", "snakemake", "--cores", "2", *words])

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment(), capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {**os.environ, "PYTHONPATH": str(self.folder / "src"), "PATH": path}

    def tables(self) -> dict[str, bytes]:
        """Bytes of every Parquet and CSV file made."""
        return {
            str(file.relative_to(self.results)): file.read_bytes()
            for file in sorted(self.results.rglob("*"))
            if file.suffix in (".parquet", ".csv")
        }
