"""
Time multilevel models against lme4 and glmmTMB on the same simulated pupils of England.

Each fit has a process of its own, after a fit of little data that compiles (ours) or loads
libraries (R's); CPU seconds of all threads and the peak of memory are those of the fit, the data
already in memory. Memory is read from /proc, so it needs Linux.

    python benchmarks/estimators_multilevel.py --pupils 100000 --ours-only 5000000 --threads 2

R needs minutes to hours at a million rows: name the models, and how long each may take.

    python benchmarks/estimators_multilevel.py --pupils 1000000 --r-minutes 120
        --models "binomial rows, Laplace" "binomial cells, Laplace"
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import polars as pl
from england_pupils import COVARIATES, LEVELS, RANDOM, pupils

FEW = ["sex", "free_meals", "need", "ethnicity", "language", "deprivation"]
BINOMIAL = {"outcome": "outcome", "family": "binomial"}
LINEAR = {"outcome": "score", "family": "gaussian", "covariates": COVARIATES, "random": RANDOM}
# The model, the share of pupils at another authority's school, and R's fitting function.
MODELS = {
    "linear, nested": (LINEAR, 0.0, "lmer({}, d)"),
    "linear, crossed": (LINEAR, 0.1, "lmer({}, d)"),
    "binomial rows, Laplace": (
        BINOMIAL | {"covariates": COVARIATES, "random": RANDOM},
        0.0,
        "glmer({}, d, binomial, nAGQ = 0)",
    ),
    "binomial cells, Laplace": (
        BINOMIAL | {"covariates": FEW, "random": {"la": ["meals"], "school": []}},
        0.0,
        "glmmTMB({}, d, binomial, weights = trials)",
    ),
}
R_FIT = """
suppressMessages({{library(lme4); library(glmmTMB)}})
d <- read.csv("{data}", stringsAsFactors = TRUE)
d$la <- factor(d$la); d$school <- factor(d$school)
gigabytes <- function(kind) {{
  status <- grep(kind, readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", status)) / 1e6
}}
invisible(gc())
cat("5", file = "/proc/self/clear_refs")  # the peak so far was that of reading
held <- gigabytes("VmRSS")
before <- proc.time()
fit <- {fit}
spent <- proc.time() - before
varied <- if (inherits(fit, "glmmTMB")) VarCorr(fit)$cond else VarCorr(fit)
names <- c("cpu", "wall", "above", "in_all", "log_likelihood", "school_sd")
form <- paste0("{{", paste0('"', names, '": %.6f', collapse = ", "), "}}")
cat(sprintf(form,
  spent[["user.self"]] + spent[["sys.self"]], spent[["elapsed"]], gigabytes("VmHWM") - held,
  gigabytes("VmHWM"), as.numeric(logLik(fit)), sqrt(varied$school[1])))
"""


def data_for(model: str, n: int, seed: int) -> pl.DataFrame:
    """Pupils, or the cells of the model that is fitted to cells."""
    frame = pupils(n, seed, crossed=MODELS[model][1])
    frame = frame.with_columns(meals=(pl.col("free_meals") == "level 1").cast(pl.Int8))
    if "cells" not in model:
        return frame
    cells = frame.group_by(["la", "school", *FEW, "meals"]).agg(pl.sum("outcome"), trials=pl.len())
    return cells.sort("la", "school", *FEW)


def formula(model: str) -> str:
    """Return the model as R writes it."""
    call = MODELS[model][0]
    outcome = "outcome / trials" if "cells" in model else call["outcome"]
    groups = [
        f"({' + '.join(['1', *slopes])} | {group})" for group, slopes in call["random"].items()
    ]
    return f"{outcome} ~ {' + '.join([*call['covariates'], *groups])}"


def fit_ours(model: str, frame: pl.DataFrame, threads: int) -> dict[str, float]:
    """Fit, and return what it took."""
    from cws_outcomes.estimators import multilevel

    warnings.simplefilter("ignore")  # of the small data
    call = MODELS[model][0] | ({"trials": "trials"} if "cells" in model else {})
    multilevel(data_for(model, 20_000, 9), **call, threads=threads)
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far was that of reading
    held = gigabytes("VmRSS")
    cpu, wall = time.process_time(), time.perf_counter()
    fit = multilevel(frame, **call, threads=threads)
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "above": gigabytes("VmHWM") - held,
        "in_all": gigabytes("VmHWM"),
        "log_likelihood": fit.log_likelihood,
        "school_sd": fit.variances.filter(group="school")["sd"].item(),
    }


def gigabytes(kind: str) -> float:
    """Memory of this process: ``VmRSS`` now, ``VmHWM`` at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(kind)).split()[1]) / 1e6


def in_a_process(command: list[str], seconds: float | None = None) -> dict[str, float]:
    """Run a command whose last line is JSON; return what it had taken if it is stopped."""
    began = time.perf_counter()
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            told, failed = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            _, process.returncode, spent = os.wait4(process.pid, 0)
            return {
                "cpu": spent.ru_utime + spent.ru_stime,
                "wall": time.perf_counter() - began,
                "in_all": spent.ru_maxrss / 1e6,
            }
    if process.returncode:
        raise RuntimeError(failed)
    return dict(json.loads(told.strip().splitlines()[-1]))


def fit_r(model: str, data: Path, folder: Path, minutes: float | None) -> dict[str, float]:
    """Fit with R, and return what it took."""
    script = folder / "fit.R"
    script.write_text(R_FIT.format(data=data, fit=MODELS[model][2].format(formula(model))))
    return in_a_process(["Rscript", str(script)], minutes and 60 * minutes)


def report(model: str, size: int, asked: argparse.Namespace) -> None:
    """Print the rows of one model."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        frame = data_for(model, size, asked.seed)
        frame.write_parquet(folder / "data.parquet")
        command = [sys.executable, __file__, "--one", model, "--data", str(folder / "data.parquet")]
        ours = in_a_process([*command, "--threads", str(asked.threads)])
        _row(model, frame.height, "ours", ours, ours)
        if size in asked.pupils and shutil.which("Rscript"):
            frame.write_csv(folder / "data.csv")
            engine = MODELS[model][2].split("(")[0]
            theirs = fit_r(model, folder / "data.csv", folder, asked.r_minutes)
            _row(model, frame.height, engine, theirs, ours)


def _row(
    model: str, rows: int, engine: str, took: dict[str, float], ours: dict[str, float]
) -> None:
    numbers = [
        f"{took[name]:.{digits}f}" if name in took else ""
        for name, digits in (
            ("cpu", 2), ("wall", 2), ("above", 2), ("in_all", 2), ("log_likelihood", 4),
            ("school_sd", 5),
        )
    ]  # fmt: skip
    is_whole = "log_likelihood" in took
    shown = [
        model,
        f"{rows:,}",
        engine if is_whole else f"{engine}, stopped",
        *numbers,
        f"{'' if is_whole else 'over '}{took['cpu'] / ours['cpu']:.0f}",
    ]
    print(f"| {' | '.join(shown)} |", flush=True)


def main() -> None:
    """Fit every model, or one of them in this process."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--pupils", type=int, nargs="*", default=[100_000])
    parser.add_argument("--ours-only", type=int, nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--r-minutes", type=float, help="stop each fit of R after so long")
    parser.add_argument("--models", nargs="*", default=list(MODELS))
    parser.add_argument("--one", choices=list(MODELS))
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(fit_ours(asked.one, pl.read_parquet(asked.data), asked.threads)))
        return
    covariates = sum(len(shares) for shares, _ in LEVELS.values()) + 1
    for size in [*asked.pupils, *asked.ours_only]:
        print(f"\n{size:,} pupils, {covariates} covariates, {asked.threads} threads\n")
        print("| model | rows | engine | CPU s | wall s | GB above the data | GB in all ", end="")
        print("| log-likelihood | school sd | times ours |")
        print("| --- | --: | --- | --: | --: | --: | --: | --: | --: | --: |")
        for model in asked.models:
            report(model, size, asked)


if __name__ == "__main__":
    main()
