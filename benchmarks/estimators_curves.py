"""
Time curves, tests between them and regressions against R, statsmodels and scikit-learn.

Invented pupils of England: 1.7 (start, stop] rows each on a clock of 96 months (or of days), ten
groups, 3,500 schools, 5 % events, 1 % competing; 31 covariates, of which 15 are flags and levels.
Each job runs in its own process on the same files; R reads a CSV, which is not counted, and ours
reads its Parquet file, which is. Both hold the columns of the question and no others; as R spends
less on collecting garbage where its memory has grown before, ``--whole`` has it hold all of them.
Times are medians of the calls that fit in some seconds, ours after the first, which compiles.

    python benchmarks/estimators_curves.py --pupils 100000 1000000 --ours-only 5000000
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

GROUPS, SCHOOLS, MONTHS, DAYS_A_MONTH = 10, 3_500, 96, 30
FLAGS = [f"flag_{place}" for place in range(12)]
NUMBERS = [f"number_{place}" for place in range(10)]
SECONDS, LEAST, MOST = 5.0, 3, 25  # a job is repeated for so long, and so often
HEAD = "| job | ours CPU s | wall s | first CPU s | GB above start | R CPU s | R GB | ratio |"
COVARIATES = [*FLAGS, "band", "route", "term", *NUMBERS]  # 31 terms


def simulate(pupils: int, folder: Path, seed: int = 1) -> None:
    """Write rows.parquet (start, stop], people.parquet (one row each), and CSVs for R."""
    rng = np.random.default_rng(seed)
    flags = rng.random((pupils, len(FLAGS)), dtype=np.float32) < np.linspace(0.05, 0.5, len(FLAGS))
    people = pl.DataFrame(flags, schema=FLAGS).with_columns(
        pl.Series("group", rng.integers(0, GROUPS, pupils, dtype=np.int8)),
        pl.Series("school", rng.integers(0, SCHOOLS, pupils, dtype=np.int16)),
        *(
            pl.Series(name, rng.integers(0, levels, pupils, dtype=np.int8))
            for name, levels in (("band", 5), ("route", 4), ("term", 3))
        ),
        *(pl.Series(name, rng.normal(size=pupils)) for name in NUMBERS),
        pl.Series("weight", rng.uniform(0.5, 2, pupils).round(3)),
    )
    people = people.with_columns(pl.col("band", "route", "term").cast(pl.String))
    eta = -2.5 + flags @ np.linspace(-0.3, 0.4, len(FLAGS)) + 0.2 * people["number_0"].to_numpy()
    cause = rng.choice(3, pupils, p=[0.94, 0.05, 0.01]).astype(np.int8)
    days = rng.integers(1, MONTHS * DAYS_A_MONTH + 1, pupils)
    days[cause == 0] = np.where(rng.random((cause == 0).sum()) < 0.7, MONTHS * DAYS_A_MONTH,
                                days[cause == 0])  # fmt: skip
    entry = np.where(rng.random(pupils) < 0.3, rng.integers(0, 1_000, pupils), 0)
    days = np.maximum(days, entry + 1)
    month = np.ceil(days / DAYS_A_MONTH).astype(np.int16)
    people = people.with_columns(
        pl.Series("month", month), pl.Series("day", days.astype(np.int32)),
        pl.Series("cause", cause),
        pl.Series("event", (cause == 1).astype(np.int8)),
        pl.Series("contact", (rng.random(pupils) < 1 / (1 + np.exp(-eta))).astype(np.int8)),
    )  # fmt: skip
    people.write_parquet(folder / "people.parquet")
    split = np.flatnonzero((rng.random(pupils) < 0.7) & (days > entry + 1))
    cut = entry[split] + 1 + (rng.random(len(split)) * (days[split] - entry[split] - 1)).astype(int)
    begin = np.concatenate([entry, cut])
    end = np.concatenate([days, days[split]])
    end[split] = cut
    place = np.concatenate([np.arange(pupils), split])
    last = np.ones(len(place), dtype=bool)
    last[split] = False
    rows = people.select("group", "school", "weight")[place].with_columns(
        pl.Series("start", begin.astype(np.int32)), pl.Series("stop", end.astype(np.int32)),
        pl.Series("pupil", place.astype(np.int32)),
        pl.Series("cause", np.where(last, cause[place], 0).astype(np.int8)),
    )  # fmt: skip
    rows.write_parquet(folder / "rows.parquet")


R: dict[str, str] = {
    "km": "survfit(Surv(month, cause > 0) ~ group, people)",
    "aj": "survfit(Surv(month, factor(cause, 0:2)) ~ group, people)",
    "km_days": "survfit(Surv(day, cause > 0) ~ group, people)",
    "aj_days": "survfit(Surv(day, factor(cause, 0:2)) ~ group, people)",
    "km_entry_days": "survfit(Surv(start, stop, cause > 0) ~ group, rows)",
    "km_school": "survfit(Surv(month, cause > 0) ~ group, people, weight, cluster = school)",
    "log_rank": "survdiff(Surv(month, cause > 0) ~ group, people)",
    "gray": "cuminc(people$month, people$cause, people$group)",
    "logit": f"glm(contact ~ {' + '.join(COVARIATES)}, binomial(), people)",
    "logit_flags": f"glm(contact ~ {' + '.join(FLAGS[:8])} + band, binomial(), people)",
}


def ours(job: str, folder: Path, threads: int) -> Callable[[], object]:
    """Return one fit of ours, from the file."""
    from cws_outcomes import estimators as e

    people, rows = folder / "people.parquet", folder / "rows.parquet"
    flagged = folder / "rows_event.parquet"
    month, day = {"stop": "month", "by": "group"}, {"stop": "day", "by": "group"}
    span = {"start": "start", "stop": "stop", "by": "group"}
    logit = {"outcome": "contact", "family": "binomial", "threads": threads}
    jobs = {
        "km": lambda: e.kaplan_meier(people, event="event", **month),
        "aj": lambda: e.aalen_johansen(people, cause="cause", **month),
        "km_days": lambda: e.kaplan_meier(people, event="event", **day),
        "aj_days": lambda: e.aalen_johansen(people, cause="cause", **day),
        "km_entry_days": lambda: e.kaplan_meier(flagged, event="event", **span),
        "aj_entry_days": lambda: e.aalen_johansen(rows, cause="cause", **span),
        "aj_pupil_days": lambda: e.aalen_johansen(rows, cause="cause", cluster="pupil", **span),
        "aj_pupil_weights": lambda: e.aalen_johansen(
            rows, cause="cause", cluster="pupil", weights="weight", **span
        ),
        "km_school": lambda: e.kaplan_meier(
            people, event="event", weights="weight", cluster="school", **month
        ),
        "log_rank": lambda: e.log_rank(people, event="event", **month),
        "gray": lambda: e.gray_test(people, cause="cause", **month),
        "logit": lambda: e.glm(people, covariates=COVARIATES, **logit),
        "logit_flags": lambda: e.glm(people, covariates=[*FLAGS[:8], "band"], **logit),
        "logit_school": lambda: e.glm(
            people, covariates=COVARIATES, cluster="school", weights="weight", **logit
        ),
        "multinomial": lambda: e.multinomial_logit(
            people, outcome="route", covariates=[*FLAGS, *NUMBERS], threads=threads
        ),
    }  # fmt: skip
    return jobs[job]


def library(job: str, folder: Path) -> Callable[[], object]:
    """Return one fit of a Python library, on a matrix that is not counted."""
    people = pl.read_parquet(folder / "people.parquet", columns=[*COVARIATES, "contact"])
    design = people.select(COVARIATES).to_dummies(["band", "route", "term"], drop_first=True)
    matrix, outcome = design.to_numpy().astype(float), people["contact"].to_numpy().astype(float)
    if job == "sklearn":
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8)
        return lambda: model.fit(matrix, outcome)
    import statsmodels.api as sm

    given = sm.add_constant(matrix)
    return lambda: sm.GLM(outcome, given, sm.families.Binomial()).fit()


def worker(job: str, folder: Path, threads: int) -> None:
    """Run one job a few times and print its costs."""
    fit = library(job, folder) if job in ("sklearn", "statsmodels") else ours(job, folder, threads)
    before, costs = _memory("VmRSS"), []
    while len(costs) <= LEAST or (len(costs) <= MOST and np.sum(costs, axis=0)[1] < SECONDS):
        begin, wall = time.process_time(), time.perf_counter()
        fit()
        costs.append((time.process_time() - begin, time.perf_counter() - wall))
    cpu, wall = np.median(costs[1:], axis=0)
    above = (_memory("VmHWM") - before) / 2**20
    print(json.dumps({"first": costs[0][0], "cpu": cpu, "wall": wall, "above": above}))


def _memory(name: str) -> int:
    """Resident kilobytes of this process, now (VmRSS) or at most (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0


def in_r(job: str, folder: Path, *, whole: bool) -> dict[str, float]:
    """Run one fit in R; reading is not counted."""
    table = "rows" if "rows" in R[job] else "people"
    script = f"""
        suppressMessages({{library(survival); library(cmprsk)}})
        file <- "{folder}/{table}.csv"
        used <- names(read.csv(file, nrows = 1)) %in% all.vars(quote({R[job]}))
        kinds <- ifelse(used | {str(whole).upper()}, NA, "NULL")
        {table} <- read.csv(file, stringsAsFactors = TRUE, colClasses = kinds)
        costs <- c()
        spent <- 0
        while (length(costs) == 0 || (length(costs) < {MOST} && spent < {2 * SECONDS})) {{
          cost <- system.time(fit <- {R[job]})
          costs <- c(costs, cost[1] + cost[2])
          spent <- spent + cost[3]
        }}
        peak <- sum(gc()[, 6])
        cat(sprintf('{{"cpu": %f, "peak": %f}}', median(costs), peak / 1024))
    """
    run = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=True)
    return dict(json.loads(run.stdout.strip().splitlines()[-1]))


def measure(folder: Path, jobs: list[str], *, with_r: bool, whole: bool, threads: int) -> None:
    """Print one line of a markdown table for each job."""
    for job in jobs:
        command = [
            sys.executable,
            __file__,
            "--worker",
            job,
            str(folder),
            "--threads",
            str(threads),
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        own = json.loads(run.stdout.strip().splitlines()[-1])
        other = in_r(job, folder, whole=whole) if with_r and job in R else None
        told = (
            f"| {other['cpu']:.2f} | {other['peak']:.2f} | **{other['cpu'] / own['cpu']:.0f} x** |"
            if other
            else "| | | |"
        )
        mine = (f"{own[name]:.3f}" for name in ("cpu", "wall", "first", "above"))
        print(f"| {job} | {' | '.join(mine)} {told}", flush=True)


def main() -> None:
    """Simulate, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--pupils", type=int, nargs="*", default=[100_000])
    parser.add_argument("--ours-only", type=int, nargs="*", default=[])
    parser.add_argument("--jobs", nargs="*")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--whole", action="store_true", help="R holds all columns of the table")
    parser.add_argument("--worker", nargs=2, metavar=("JOB", "FOLDER"))
    asked = parser.parse_args()
    if asked.worker:
        worker(asked.worker[0], Path(asked.worker[1]), asked.threads)
        return
    every = [*R, "aj_entry_days", "aj_pupil_days", "aj_pupil_weights", "logit_school",
             "multinomial", "sklearn", "statsmodels"]  # fmt: skip
    for pupils in [*asked.pupils, *asked.ours_only]:
        with tempfile.TemporaryDirectory() as name:
            folder, with_r = Path(name), pupils in asked.pupils
            simulate(pupils, folder)
            rows = pl.read_parquet(folder / "rows.parquet")
            rows.with_columns(event=(pl.col("cause") > 0)).write_parquet(
                folder / "rows_event.parquet"
            )
            if with_r:
                pl.read_parquet(folder / "people.parquet").with_columns(
                    pl.col(FLAGS).cast(pl.Int8)
                ).write_csv(folder / "people.csv")
                rows.write_csv(folder / "rows.csv")
            print(f"\n{pupils:,} pupils, {rows.height:,} rows\n")
            print(HEAD)
            print("| --- " * 8 + "|", flush=True)
            jobs = asked.jobs or every
            if not with_r:
                jobs = [job for job in jobs if job not in ("sklearn", "statsmodels")]
            measure(folder, jobs, with_r=with_r, whole=asked.whole, threads=asked.threads)


if __name__ == "__main__":
    main()
