"""From a synthetic delivery to judged figures, by the project's own steps."""

import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from cws_outcomes.calibration.catalogue import Catalogue, load_catalogue
from cws_outcomes.calibration.judge import JudgedFigure, judge
from cws_outcomes.calibration.measure import measure, needed, register
from cws_outcomes.calibration.report import Made
from cws_outcomes.config import Study, load_study
from cws_outcomes.errors import CalibrationError
from cws_outcomes.ingest.manifest import load_manifest
from cws_outcomes.plan import Job, needed_for, plan
from cws_outcomes.run.lock import locked
from cws_outcomes.run.serial import run_one
from cws_outcomes.run.stamps import is_current
from cws_outcomes.runner import SPILL
from cws_outcomes.sql import connect

_STAGES = ("ingest", "harmonise", "spells")
_MEMORY_MB = 4000
# What the head of a delivery's truth says, and the name it is shown under.
_SHOWN = {
    "world": "world",
    "seed": "seed",
    "births": "academic years of birth",
    "pupils": "pupils",
    "las": "local authorities",
}


def calibrate(
    delivery: Path,
    *,
    only: Collection[str] = (),
    cores: int = 2,
    progress: Callable[[str], object],
) -> tuple[Made, tuple[JudgedFigure, ...]]:
    """
    Measure and judge published figures on a synthetic delivery.

    Parameters
    ----------
    delivery : Path
        Folder as `cws synth` writes it: delivery.yaml, study.yaml and truth/.
    only : collection of str
        Figures to look at; all when empty.
    cores : int
    progress : callable
        Told each step that runs; what is up to date is not made again.

    Returns
    -------
    made : Made
    judged : tuple of JudgedFigure

    Raises
    ------
    CalibrationError
        The folder holds no synthetic delivery with its truth, or a figure is not known.
    """
    everything = load_catalogue()
    catalogue = _chosen(everything, only)
    study = _synthetic_study(delivery)
    measures = sorted({f.measure for f in catalogue.figures.values() if f.measure})
    _, words = needed(measures)
    with locked(study.results, delivery / "study.yaml"):
        tables = _tables(study, words, cores, progress)
        spill = study.results / SPILL / "calibration"
        spill.mkdir(parents=True, exist_ok=True)
        connection = connect(spill, threads=cores, memory_mb=_MEMORY_MB)
        try:
            register(connection, tables, delivery / "truth" / "population.parquet")
            found = measure(connection, everything, measures)
        finally:
            connection.close()
            shutil.rmtree(spill, ignore_errors=True)
    told = _told(delivery)
    first, last = told.get("births", (None, None))
    births = None if first is None else (int(first), int(last))
    return _made(study, told), judge(catalogue, found, births)


def _chosen(catalogue: Catalogue, only: Collection[str]) -> Catalogue:
    unknown = [name for name in only if name not in catalogue.figures]
    if unknown:
        raise CalibrationError(
            f"Figures not known: {', '.join(unknown)}. Expected ids of calibration/figures, "
            "for example F002."
        )
    figures = {n: f for n, f in catalogue.figures.items() if not only or n in only}
    return Catalogue(figures, catalogue.listed)


def _synthetic_study(delivery: Path) -> Study:
    config = delivery / "study.yaml"
    expected = (
        "Expected a folder that `cws synth` wrote, with delivery.yaml, study.yaml and truth/: "
        "published figures are compared with a synthetic delivery only."
    )
    if not config.is_file() or not (delivery / "truth").is_dir():
        raise CalibrationError(f"{delivery} holds no synthetic delivery with its truth. {expected}")
    study = load_study(config)
    if not load_manifest(study.delivery).synthetic:
        raise CalibrationError(f"{study.delivery} is not marked as synthetic. {expected}")
    return study


def _told(delivery: Path) -> dict[str, Any]:
    """What the delivery says of itself, at the head of its truth."""
    truth = delivery / "truth.json"
    told: dict[str, Any] = json.loads(truth.read_text("utf-8")) if truth.is_file() else {}
    return told


def _made(study: Study, told: Mapping[str, Any]) -> Made:
    lines = [("delivery", load_manifest(study.delivery).name)]
    lines += [(text, _shown(told[key])) for key, text in _SHOWN.items() if key in told]
    return Made(tuple(lines))


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " to ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


def _tables(
    study: Study, words: set[str], cores: int, progress: Callable[[str], object]
) -> dict[str, Path]:
    jobs = [job for job in plan(study) if job.step.stage in _STAGES]
    wanted = [job for job in jobs if words.intersection(job.outputs)]
    _bring_up_to_date(study, needed_for(jobs, [job.name for job in wanted]), cores, progress)
    return {name: file for job in wanted for name, file in job.outputs.items() if name in words}


def _bring_up_to_date(
    study: Study, jobs: Sequence[Job], cores: int, progress: Callable[[str], object]
) -> None:
    for job in jobs:
        if not is_current(study, job):
            progress(job.message)
            run_one(study, job, threads=cores, memory_mb=job.step.memory_mb, temp_folder=None)
