"""A study's jobs in the order they run: each step with its wildcards filled in."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from cws_outcomes.config.definitions import (
    Cox,
    CumulativeIncidence,
    LaEquity,
    Model,
    MultilevelLogit,
    OutcomeByExposure,
)  # fmt: skip
from cws_outcomes.config.study import Study
from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.ingest.manifest import delivered_paths, load_manifest
from cws_outcomes.step import Step
from cws_outcomes.steps import STEPS

Wildcards = Mapping[str, str]
FAMILY_RESULTS = {
    "cumulative_incidence": ("cumulative_incidence",),
    "cox": ("hazard_ratios",),
    "multilevel_logit": ("multilevel_logit", "la_effects"),
    "la_equity": ("la_equity", "la_funnel"),
    "outcome_by_exposure": ("outcome_by_exposure",),
}


@dataclass(frozen=True)
class Source:
    """Files of one contract, seen by a step as one table."""

    contract: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Job:
    """
    One step with its wildcards, files and settings.

    Attributes
    ----------
    step : Step
    wildcards : mapping of str to str
    inputs : mapping of str to Source
        Name of the view to the files behind it.
    outputs : mapping of str to Path
        Contract, or name of a printed file, to the file written.
    files : tuple of Path
        Other files it depends on: codelists, manifest, delivered files, printed tables.
    settings : mapping
        The study's values it uses; JSON values only.
    """

    step: Step
    wildcards: Wildcards
    inputs: Mapping[str, Source]
    outputs: Mapping[str, Path]
    files: tuple[Path, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Unique name, e.g. ``measure_outcome.landmark_14.first_offence``."""
        return ".".join((self.step.name, *self.wildcards.values()))

    @property
    def message(self) -> str:
        """The step's message with its wildcards filled in."""
        return self.step.message.format(**self.wildcards)

    @property
    def needed(self) -> tuple[Path, ...]:
        """Every file it reads."""
        tables = (file for source in self.inputs.values() for file in source.files)
        return (*tables, *self.files)

    def settings_text(self) -> str:
        """Settings as one line of JSON, for rules and digests."""
        return json.dumps(self.settings, sort_keys=True, default=str)


def plan(study: Study) -> tuple[Job, ...]:
    """
    All jobs of a study, in an order in which each finds its inputs made.

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of Job
        In the order of `steps.STEPS`, and within a step by wildcard.

    Raises
    ------
    ConfigError
        The manifest of a real delivery cannot be read.
    """
    delivered = _delivered(study)
    return tuple(
        _job(study, step, wildcards, delivered.get(step.name, ()))
        for step in STEPS.values()
        for wildcards in _combinations(study, step)
    )


def needed_for(jobs: Iterable[Job], names: Iterable[str]) -> tuple[Job, ...]:
    """
    The named jobs and all that they depend on, in the order of the plan.

    Parameters
    ----------
    jobs : iterable of Job
        A plan.
    names : iterable of str
        Names of jobs in it.
    """
    in_order = tuple(jobs)
    wanted = set(names)
    files: set[Path] = set()
    for job in reversed(in_order):
        if job.name in wanted or files.intersection(job.outputs.values()):
            wanted.add(job.name)
            files.update(job.needed)
    return tuple(job for job in in_order if job.name in wanted)


def table_path(study: Study, contract: str, wildcards: Wildcards) -> Path:
    """File of a table, its wildcards filled in."""
    return study.results / CONTRACTS[contract].path.format(**wildcards)


def _combinations(study: Study, step: Step) -> Iterator[Wildcards]:
    if step.stage == "models":
        family = step.name.removeprefix("fit_")
        names = [name for name, model in study.models.items() if model.family == family]
        yield from ({"model": name} for name in names)
    elif step.stage == "disclosure" and step.per == ("model",):
        result = step.reads[0]
        names = [n for n, m in study.models.items() if result in FAMILY_RESULTS[m.family]]
        yield from ({"model": name} for name in names)
    elif step.per in (("cohort", "exposure"), ("cohort", "outcome")):
        kind = step.per[1]
        intervals = step.writes == ("risk_intervals",)
        pairs = {
            pair
            for model in study.models.values()
            for pair in _pairs(study, model, kind, intervals)
        }
        yield from ({"cohort": cohort, kind: name} for cohort, name in sorted(pairs))
    elif step.per:
        names_of = [sorted(getattr(study, f"{wildcard}s")) for wildcard in step.per]
        yield from (dict(zip(step.per, names, strict=True)) for names in product(*names_of))
    elif step.stage != "synthetic" or study.synthetic is not None:
        yield {}


def _pairs(study: Study, model: Model, kind: str, intervals: bool) -> Iterator[tuple[str, str]]:
    """Cohort and outcome, or cohort and exposure, that a model asks for."""
    if intervals and not isinstance(model, Cox):
        return
    names = _outcomes(study, model) if kind == "outcome" else _exposures(study, model)
    yield from ((model.cohort, name) for name in names)


def _outcomes(study: Study, model: Model) -> tuple[str, ...]:
    if isinstance(model, CumulativeIncidence | Cox | MultilevelLogit):
        return (model.outcome,)
    if model.outcomes != "all":
        return model.outcomes
    return tuple(n for n, o in sorted(study.outcomes.items()) if model.cohort in o.cohorts)


def _exposures(study: Study, model: Model) -> tuple[str, ...]:
    if isinstance(model, CumulativeIncidence | MultilevelLogit):
        return (model.exposure,)
    if isinstance(model, LaEquity):
        return (model.group, *model.interventions)
    if isinstance(model, OutcomeByExposure):
        if model.exposures != "all":
            return model.exposures
        return tuple(n for n, e in sorted(study.exposures.items()) if model.cohort in e.cohorts)
    return ()


def _delivered(study: Study) -> dict[str, tuple[Path, ...]]:
    """
    Delivered files that are there, by the step that reads them.

    A file that is delivered anew reruns its table. One that is missing is left to its step, which
    can say so. The built-in delivery changes only with its manifest.
    """
    if study.synthetic is not None:
        return {}
    manifest = load_manifest(study.delivery)
    receipt = () if manifest.receipt is None else (manifest.receipt,)
    paths = {
        step.name: (*delivered_paths(manifest, step.name.removeprefix("ingest_")), *receipt)
        for step in STEPS.values()
        if step.stage == "ingest"
    }
    return {name: tuple(path for path in files if path.is_file()) for name, files in paths.items()}


def _job(study: Study, step: Step, wildcards: Wildcards, delivered: tuple[Path, ...]) -> Job:
    outputs = {name: table_path(study, name, wildcards) for name in step.writes}
    outputs |= {
        Path(printed).suffix.lstrip("."): study.results / printed.format(**wildcards)
        for printed in step.prints
    }
    if step.stage == "synthetic":
        outputs = {"manifest": study.delivery}
    return Job(
        step=step,
        wildcards=wildcards,
        inputs=_inputs(study, step, wildcards),
        outputs=outputs,
        files=(*_files(study, step), *delivered),
        settings={
            key.replace(".", "_"): _setting(study, step, key, wildcards) for key in step.settings
        },
    )


def _inputs(study: Study, step: Step, wildcards: Wildcards) -> dict[str, Source]:
    if step.stage == "models":
        return _model_inputs(study, study.models[wildcards["model"]])
    if step.name in ("print_table", "draw_figure"):
        table = wildcards.get("table") or study.figures[wildcards["figure"]].table
        return _cleared(study, study.tables[table].layout, study.tables[table].models)
    if step.name == "write_report":
        return _cleared(study, "flow", "all")
    return {name: Source(name, (table_path(study, name, wildcards),)) for name in step.reads}


def _model_inputs(study: Study, model: Model) -> dict[str, Source]:
    cohort = {"cohort": model.cohort}

    def source(contract: str, **more: str) -> Source:
        return Source(contract, (table_path(study, contract, cohort | more),))

    inputs = {"covariates": source("covariates")}
    if isinstance(model, Cox):
        return inputs | {"risk_intervals": source("risk_intervals", outcome=model.outcome)}
    inputs |= {f"outcome__{n}": source("outcome", outcome=n) for n in _outcomes(study, model)}
    inputs |= {f"exposure__{n}": source("exposure", exposure=n) for n in _exposures(study, model)}
    if isinstance(model, LaEquity | MultilevelLogit):
        inputs["local_authorities"] = source("local_authorities")
    return inputs


def _cleared(study: Study, layout: str, names: tuple[str, ...] | str) -> dict[str, Source]:
    contract = f"cleared_{layout}"
    if layout == "flow":
        wildcards = [{"cohort": n} for n in sorted(study.cohorts)]
    else:
        made = [n for n, m in sorted(study.models.items()) if layout in FAMILY_RESULTS[m.family]]
        wildcards = [{"model": n} for n in made]
    chosen = [w for w in wildcards if names == "all" or next(iter(w.values())) in names]
    return {contract: Source(contract, tuple(table_path(study, contract, w) for w in chosen))}


def _files(study: Study, step: Step) -> tuple[Path, ...]:
    files = [
        study.definitions / "codelists" / f"{name}.csv"
        for name in step.codelists
        if name != "local_authorities"
    ]
    if "delivery" in step.settings:
        files.append(study.delivery)
    if step.name == "write_report":
        printed = study.results / "releasable"
        files += [printed / "tables" / f"{name}.csv" for name in study.tables]
        files += [
            printed / "figures" / f"{name}{end}"
            for name in study.figures
            for end in (".png", ".csv")
        ]
    return tuple(files)


def _setting(study: Study, step: Step, key: str, wildcards: Wildcards) -> Any:
    if key in ("cohort", "outcome", "exposure", "model", "table", "figure"):
        name = wildcards.get(key) or study.figures[wildcards["figure"]].table
        return {"name": name, **getattr(study, f"{key}s")[name].model_dump(mode="json")}
    if key == "delivery":
        return str(study.delivery)
    if key == "writes":
        return step.writes[0]
    if key == "labels":
        return labels(study, _models_shown(study, step, wildcards))
    if key == "report":
        return _report_settings(study)
    if key == "synthetic" and step.stage != "synthetic":
        return None  # told by the data: the runner fills in the mark of the inputs
    value = study.setting(key)
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else _plain(value)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _models_shown(study: Study, step: Step, wildcards: Wildcards) -> tuple[str, ...]:
    """A figure knows the models of its table only: another model's edit must not redraw it."""
    if step.name != "draw_figure":
        return tuple(study.models)
    table = study.tables[study.figures[wildcards["figure"]].table]
    (source,) = _cleared(study, table.layout, table.models).values()
    return tuple(file.stem for file in source.files if file.stem in study.models)


def labels(study: Study, models: tuple[str, ...]) -> dict[str, str]:
    """Human label of each cohort, outcome and exposure, and of the models named."""
    shown = {name: study.models[name] for name in sorted(models)}
    named = (study.cohorts, study.outcomes, study.exposures, shown)
    return {
        name: definition.label
        for definitions in named
        for name, definition in sorted(definitions.items())
    }


def _report_settings(study: Study) -> dict[str, Any]:
    printed = study.results / "releasable"
    return {
        "title": study.title,
        "tables": {name: str(printed / "tables" / f"{name}.csv") for name in sorted(study.tables)},
        "figures": {
            name: {end: str(printed / "figures" / f"{name}.{end}") for end in ("png", "csv")}
            | definition.model_dump(mode="json")
            for name, definition in sorted(study.figures.items())
        },
        "table_definitions": {
            name: definition.model_dump(mode="json")
            for name, definition in sorted(study.tables.items())
        },
        "definitions": {
            kind: {n: d.model_dump(mode="json") for n, d in sorted(getattr(study, kind).items())}
            for kind in ("cohorts", "outcomes", "exposures", "models")
        },
        "study": study.model_dump(
            mode="json",
            include={"coverage", "geography", "people", "contact", "care", "disclosure"},
        ),
    }
