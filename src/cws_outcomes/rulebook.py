"""What the Snakemake rules ask of the plan: inputs, outputs and digests by rule name."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cws_outcomes.config import load_study
from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.plan import Job, plan
from cws_outcomes.provenance import job_digest
from cws_outcomes.runner import SPILL
from cws_outcomes.steps import STEPS

Asked = Callable[[Any], Any]


class RuleBook:
    """
    The study's plan, by rule.

    Parameters
    ----------
    config : str or Path
        The study's file.
    """

    def __init__(self, config: str | Path) -> None:
        self.config = Path(config).resolve()
        self.study = load_study(self.config)
        self.temp_folder = _shown(self.study.results / SPILL)
        self._jobs: dict[tuple[str, tuple[tuple[str, str], ...]], Job] = {
            (job.step.name, tuple(sorted(job.wildcards.items()))): job for job in plan(self.study)
        }

    def inputs(self, rule: str) -> Asked:
        """Input function of a rule: the job's files by name."""

        def of(wildcards: Any) -> dict[str, list[str]]:
            job = self._job(rule, wildcards)
            tables = {n: [_shown(f) for f in s.files] for n, s in job.inputs.items()}
            others = [_shown(file) for file in job.files]
            return tables | ({"files": others} if others else {})

        return of

    def outputs(self, rule: str) -> dict[str, str]:
        """Output patterns of a rule by name, with its wildcards left open."""
        step = STEPS[rule]
        if step.stage == "synthetic":
            # A real delivery is nobody's output: the rule then makes a file that none asks for.
            made = (
                self.study.delivery if self.study.synthetic else self.study.results / "no_delivery"
            )
            return {"manifest": _shown(made)}
        tables = {name: CONTRACTS[name].path for name in step.writes}
        printed = {Path(path).suffix.lstrip("."): path for path in step.prints}
        return {
            name: _shown(self.study.results / path) for name, path in (tables | printed).items()
        }

    def job(self, rule: str) -> Asked:
        """Parameter function: the job's name."""
        return lambda wildcards: self._job(rule, wildcards).name

    def digest(self, rule: str) -> Asked:
        """Parameter function: digest of the code and settings behind the job."""
        return lambda wildcards: job_digest(self._job(rule, wildcards))

    def message(self, rule: str) -> str:
        """What a person watching is told, its wildcards left open."""
        step = STEPS[rule]
        return step.message.format(**{name: f"{{wildcards.{name}}}" for name in step.per})

    def names(self, wildcard: str) -> str:
        """Regular expression of the values that a wildcard may take."""
        names = {
            value for job in self._jobs.values() for key, value in job.wildcards.items()
            if key == wildcard
        }  # fmt: skip
        return "|".join(sorted(names)) or "none"

    def log(self, rule: str) -> str:
        """Log of a rule, its wildcards left open."""
        wildcards = "".join(f".{{{name}}}" for name in STEPS[rule].per)
        return f"{_shown(self.study.results)}/logs/{rule}{wildcards}.log"

    def targets(self) -> list[str]:
        """Every file of a finished study."""
        return [_shown(path) for job in self._jobs.values() for path in job.outputs.values()]

    def _job(self, rule: str, wildcards: Any) -> Job:
        values = {name: getattr(wildcards, name) for name in STEPS[rule].per}
        return self._jobs[rule, tuple(sorted(values.items()))]


def _shown(path: Path) -> str:
    """Relative to the working folder when inside it, as people expect to see it."""
    try:
        return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
    except ValueError:
        return str(path)
