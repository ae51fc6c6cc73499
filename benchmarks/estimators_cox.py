"""
Time our Cox and Fine-Gray fits beside R's survival, on the same rows in the same run.

A made-up nation: pupils in 3,500 schools in 150 authorities, 31 terms, an exposure that switches on
and splits rows (1.7 for each pupil), about 5 % events and 1 % competing ones over 96 months. The
``months`` table has 15 text covariates and whole months; ``days`` has ten continuous covariates in
place of three of them, case weights and whole days. Every model runs in a process of its own: CPU
seconds (user and system, all threads) from a table in memory to the result, the median of seven
and the least, and the peak of memory above that table; how much sooner two threads are done, the
median of eleven pairs, and in brackets what this machine gave at the time to a loop of which no
part needs another; and what the first fit of all takes, which compiles. R gets the same columns
as binary files, once.

    python benchmarks/estimators_cox.py --pupils 100000 1000000 --ours-only 5000000
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import polars as pl

from cws_outcomes.estimators import cox, fine_gray
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.cox import LARGE

AUTHORITIES, SCHOOLS, MONTHS, DAYS_A_MONTH = 150, 3_500, 96, 30
# Share and log hazard ratio of the levels of each text covariate.
LEVELS = {
    "sex": ([0.5, 0.5], [0, 0.9]),
    "free_meals": ([0.75, 0.25], [0, 0.6]),
    "special_needs": ([0.83, 0.13, 0.04], [0, 0.5, 0.8]),
    "language": ([0.8, 0.2], [0, -0.25]),
    "deprivation": ([0.2] * 5, [0, 0.1, 0.2, 0.3, 0.45]),
    "attainment": ([0.2] * 5, [0, -0.15, -0.3, -0.45, -0.7]),
    "was_in_care": ([0.98, 0.02], [0, 0.7]),
    "town": ([0.2, 0.8], [0, 0.15]),
    "lone_parent": ([0.8, 0.2], [0, 0.1]),
    "excluded": ([0.96, 0.04], [0, 0.8]),
    "early_help": ([0.9, 0.1], [0, 0.2]),
    "moves": ([0.8, 0.15, 0.05], [0, 0.1, 0.3]),
}
ONLY_MONTHS = {
    "ethnicity": ([0.68, 0.11, 0.06, 0.06, 0.05, 0.04], [0, -0.3, 0.2, 0.1, -0.2, 0.3]),
    "absence": ([0.6, 0.2, 0.12, 0.08], [0, 0.3, 0.6, 1.0]),
    "birth_term": ([0.34, 0.33, 0.33], [0, 0.03, 0.06]),
}
CONTINUOUS = {f"score_{place}": 0.06 * (place % 5 - 2) for place in range(1, 11)}
EXPOSED = 0.5
REPEATS, PAIRS = 7, 11
R_CODE = """
suppressMessages(library(survival))
arguments <- commandArgs(TRUE); folder <- arguments[1]; model <- arguments[2]
schema <- read.csv(file.path(folder, "schema.csv"))
data <- as.data.frame(setNames(lapply(seq_len(nrow(schema)), function(i) {
  file <- file.path(folder, paste0(schema$name[i], ".bin"))
  values <- readBin(file, schema$kind[i], schema$rows[i])
  if (schema$is_text[i]) factor(values) else values
}), schema$name))
terms <- setdiff(schema$name, c("pupil", "authority", "school", "start", "stop", "event", "cause",
                                "weight"))
right <- paste(terms, collapse = " + ")
invisible(gc()); begin <- proc.time()
if (model == "fine_gray") {
  data$cause <- factor(data$cause)
  long <- finegray(as.formula(paste("Surv(stop, cause) ~ school +", right)), data, etype = "1")
  fit <- coxph(as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", right)), long,
               weights = fgwt, cluster = school)
} else {
  right <- paste(right, "+ strata(authority)")
  left <- "Surv(start, stop, event) ~"
  fit <- if (model == "days") {
    coxph(as.formula(paste(left, right)), data, weights = weight, cluster = school)
  } else coxph(as.formula(paste(left, right)), data, cluster = school)
}
used <- proc.time() - begin
peak <- as.integer(gsub("[^0-9]", "", grep("VmHWM", readLines("/proc/self/status"), value = TRUE)))
naive <- if (is.null(fit$naive.var)) fit$var else fit$naive.var
cat(sprintf('{"cpu": %.3f, "wall": %.3f, "peak_gb": %.3f, "estimate": [%s], "error": [%s]}\\n',
            used[1] + used[2], used[3], peak / 1048576,
            paste(sprintf("%.12g", coef(fit)), collapse = ","),
            paste(sprintf("%.12g", sqrt(diag(fit$var))), collapse = ",")))
"""


def simulate(pupils: int, seed: int, *, days: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """
    Make up a nation.

    Returns
    -------
    rows : polars.DataFrame
        (start, stop] rows with ``event``, and ``exposed`` from some time on.
    people : polars.DataFrame
        One row for each pupil with ``cause``: 0 censored, 1 event, 2 competing.
    """
    rng = np.random.default_rng(seed)
    school = rng.integers(0, SCHOOLS, pupils)
    authority = np.sort(rng.integers(0, AUTHORITIES, SCHOOLS))[school]
    base = pl.DataFrame({"pupil": np.arange(pupils, dtype=np.int32)}).with_columns(
        authority=pl.Series(authority.astype(np.int16)), school=pl.Series(school.astype(np.int16))
    )
    eta = np.zeros(pupils)
    for name, (shares, effects) in (LEVELS if days else LEVELS | ONLY_MONTHS).items():
        level = rng.choice(len(shares), pupils, p=shares).astype(np.uint32)
        eta += np.array(effects)[level]
        words = pl.Enum([f"level_{place}" for place in range(len(shares))])
        base = base.with_columns(pl.Series(name, level).cat.to(words))
    for name, effect in CONTINUOUS.items() if days else ():
        values = rng.normal(size=pupils)
        eta += effect * values
        base = base.with_columns(pl.Series(name, values))
    base = base.with_columns(weight=pl.Series(rng.uniform(0.5, 2, pupils)))
    eta += rng.normal(0, 0.3, AUTHORITIES)[authority]
    return _histories(base, eta, rng, DAYS_A_MONTH if days else 1)


def _histories(
    base: pl.DataFrame, eta: np.ndarray, rng: np.random.Generator, unit: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    pupils, end = base.height, MONTHS * unit
    since = np.where(rng.random(pupils) < 0.75, rng.integers(1, end, pupils), 2 * end)
    rate = 0.051 / end * np.exp(eta) / np.mean(np.exp(eta)) * 0.85
    target = rng.exponential(size=pupils) / rate
    time_ = np.ceil(np.where(target < since, target, since + (target - since) / np.exp(EXPOSED)))
    other = np.ceil(rng.exponential(size=pupils) * end / 0.0105)
    gone = np.where(rng.random(pupils) < 0.15, rng.integers(6 * unit, end + 1, pupils), end)
    stop = np.minimum(np.minimum(time_, other), gone)
    cause = np.where(time_ <= stop, 1, np.where(other <= stop, 2, 0)).astype(np.int32)
    base = base.with_columns(
        start=pl.lit(0, pl.Int32), stop=pl.Series(stop.astype(np.int32)), cause=pl.Series(cause)
    )
    switch, is_split = pl.Series(since.astype(np.int32)), pl.Series(since < stop)
    before = base.with_columns(
        stop=pl.min_horizontal("stop", switch),
        event=(pl.col("cause") == 1) & ~is_split, exposed=pl.lit(0, pl.Int32),
    )  # fmt: skip
    after = base.with_columns(
        start=switch, event=pl.col("cause") == 1, exposed=pl.lit(1, pl.Int32)
    ).filter(is_split)
    rows = pl.concat([before, after.select(before.columns)]).sort("pupil", "start")
    return rows.drop("cause"), base.drop("start")


def terms_of(frame: pl.DataFrame) -> list[str]:
    """Names of the covariates."""
    roles = {"pupil", "authority", "school", "start", "stop", "event", "cause", "weight"}
    return [name for name in frame.columns if name not in roles]


def fit_ours(frame: pl.DataFrame, model: str, threads: int):
    """Fit one of the models of this benchmark."""
    call = {"stop": "stop", "covariates": terms_of(frame), "threads": threads}
    if model == "fine_gray":
        return fine_gray(frame, cause="cause", event_of_interest=1, cluster="school", **call)
    call |= {"start": "start", "event": "event", "strata": "authority", "cluster": "school"}
    return cox(frame, weights="weight" if model == "days" else None, **call)


def ours(table: Path, model: str) -> None:
    """Read, fit a little to have the loops compiled, fit, and print what it took."""
    warnings.simplefilter("ignore")
    frame = pl.read_parquet(table)
    # Two times an authority's pupils, so that every kind of column occurs; large tables begin
    # otherwise.
    for threads in (1, 2):
        for few in (20_000, LARGE + 1):
            fit_ours(frame.head(few), model, threads)
    Path("/proc/self/clear_refs").write_text("5")
    before = _memory("VmRSS")
    fit, cpu, _ = _timed(frame, model, 1)
    peak = _memory("VmHWM")
    alone = [cpu] + [_timed(frame, model, 1)[1] for _ in range(REPEATS - 1)]
    # By turns: a machine that others share changes its speed.
    pairs, machine = [], []
    for _ in range(PAIRS):
        pairs.append([_timed(frame, model, threads) for threads in (1, 2)])
        machine.append(_apart(1) / _apart(2))
    used = {
        "cpu": np.median(alone), "least": np.min(alone), "rows": frame.height,
        "speed": np.median([one[2] / two[2] for one, two in pairs]),
        "machine": np.median(machine),
        "same": all(fit.table.equals(two[0].table) for _, two in pairs),
        "above_gb": (peak - before) / 2**20,
        "estimate": fit.table["estimate"].to_list(),
        "error": fit.table["robust_std_error"].to_list(),
    }  # fmt: skip
    print(json.dumps(used))


def _timed(frame: pl.DataFrame, model: str, threads: int) -> tuple:
    """Fit, and return the fit with its CPU and its wall seconds."""
    cpu, wall = _cpu(), time.perf_counter()
    fit = fit_ours(frame, model, threads)
    return fit, _cpu() - cpu, time.perf_counter() - wall


def _apart(threads: int) -> float:
    """Wall seconds of work of which no part needs another: reading here and there."""
    rng = np.random.default_rng(1)
    values, places = rng.random(2**17), rng.integers(0, 2**17, 2**21)
    begin = time.perf_counter()
    in_parts(lambda _: np.take(values, places, mode="clip").sum(), range(16), threads)
    return time.perf_counter() - begin


def first_call(table: Path, model: str) -> None:
    """Print CPU seconds of a process's first fit, which compiles."""
    warnings.simplefilter("ignore")
    print(json.dumps(_timed(pl.read_parquet(table).head(LARGE + 1), model, 1)[1]))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory(kind: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(kind))


def write_for_r(frame: pl.DataFrame, folder: Path) -> None:
    """One binary file for each column, and a list of them."""
    folder.mkdir(parents=True)
    schema = []
    for column in frame.get_columns():
        is_text = isinstance(column.dtype, pl.Enum)
        kind = "double" if column.dtype.is_float() else "integer"
        numbers = column.to_physical().cast(pl.Float64 if kind == "double" else pl.Int32)
        numbers.to_numpy().tofile(folder / f"{column.name}.bin")
        schema.append((column.name, kind, frame.height, str(is_text).upper()))
    names = ["name", "kind", "rows", "is_text"]
    pl.DataFrame(schema, schema=names, orient="row").write_csv(folder / "schema.csv")


def run(command: list[str], **environment: str) -> dict:
    """Run a process that prints one line of JSON last."""
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | environment
    )
    if result.returncode:
        raise SystemExit(result.stderr)
    return json.loads(result.stdout.splitlines()[-1])


def compare(pupils: int, folder: Path, models: list[str], *, with_r: bool) -> None:
    """Fit every model at one size and print a line of the table for each."""
    script = folder / "fit.R"
    script.write_text(R_CODE)
    for model in models:
        rows, people = simulate(pupils, 1, days=model == "days")
        frame = people.drop("pupil") if model == "fine_gray" else rows
        table = folder / f"{model}_{pupils}.parquet"
        frame.write_parquet(table)
        del rows, people
        own = run([sys.executable, __file__, "--fit", str(table), model])
        with tempfile.TemporaryDirectory(dir=folder) as empty:
            first = run(
                [sys.executable, __file__, "--first", str(table), model], NUMBA_CACHE_DIR=empty
            )
        line = f"| {model} | {pupils} | {own['rows']} | {own['cpu']:.2f} ({own['least']:.2f}) "
        line += (
            f"| {own['above_gb']:.2f} | {own['speed']:.2f} ({own['machine']:.2f})"
            f"{'' if own['same'] else ' OTHER BITS'} "
        )
        line += f"| {first:.1f} "
        if with_r:
            write_for_r(frame, folder / f"{model}_{pupils}")
            r = run(["Rscript", str(script), str(folder / f"{model}_{pupils}"), model])
            gap = np.max(np.abs(np.array(r["estimate"]) - own["estimate"]))
            error = np.max(np.abs(np.array(r["error"]) / own["error"] - 1))
            line += f"| {r['cpu']:.1f} | {r['peak_gb']:.2f} | {r['cpu'] / own['cpu']:.0f} "
            line += f"| {gap:.0e}, {error:.0e} |"
        else:
            line += "| | | | |"
        print(line, flush=True)


def main() -> None:
    """Fit everything at every size asked for."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--pupils", type=int, nargs="*", default=[100_000])
    parser.add_argument("--ours-only", type=int, nargs="*", default=[])
    parser.add_argument("--models", nargs="*", default=["months", "days", "fine_gray"])
    parser.add_argument("--fit", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--first", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.fit:
        ours(Path(asked.fit[0]), asked.fit[1])
        return
    if asked.first:
        first_call(Path(asked.first[0]), asked.first[1])
        return
    print(
        "| model | pupils | rows | CPU s (least) | GB above table | 2 threads, wall "
        "| first call, CPU s | R CPU s | R peak GB | R / ours | apart: estimates, errors |"
    )
    print("| --- " * 11 + "|")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as place:
        for pupils in asked.pupils:
            compare(pupils, Path(place), asked.models, with_r=True)
        for pupils in asked.ours_only:
            compare(pupils, Path(place), asked.models, with_r=False)


if __name__ == "__main__":
    main()
