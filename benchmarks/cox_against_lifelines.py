"""
Time our Cox fit against lifelines' CoxTimeVaryingFitter, and show what statsmodels makes of it.

Children at risk on a day clock; a state of care that begins on the day it begins, which splits
their row in two; a planted log hazard ratio of 0.5. All three engines get the same rows in the
same run, so the ratio means something on any machine.

    python benchmarks/cox_against_lifelines.py --children 4000
"""

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import polars as pl
from lifelines import CoxTimeVaryingFitter
from statsmodels.duration.hazard_regression import PHReg

from cws_outcomes.estimators import cox

PLANTED = 0.5
DAYS = 2_900  # from the 10th to the 18th birthday
FIXED = [f"x{place}" for place in range(1, 9)]


def simulate(children: int, seed: int) -> pl.DataFrame:
    """Rows (start, stop] in whole days; about one in four children has the event."""
    rng = np.random.default_rng(seed)
    fixed = (rng.random((children, len(FIXED))) < np.linspace(0.1, 0.5, len(FIXED))).astype(float)
    into_care = np.where(rng.random(children) < 0.4, rng.integers(1, DAYS, children), DAYS)
    rate = 1e-4 * np.exp(fixed @ np.linspace(-0.4, 0.4, len(FIXED)))
    # Invert the cumulative hazard, which bends where care begins.
    needed = rng.exponential(size=children) / rate
    late = into_care + (needed - into_care) / np.exp(PLANTED)
    event = np.ceil(np.where(needed < into_care, needed, late))
    end = np.minimum(event, DAYS)
    base = pl.DataFrame(fixed, schema=FIXED).with_columns(
        child=np.arange(children), into=into_care, end=end, died=event <= DAYS
    )
    before = base.with_columns(
        start=pl.lit(0.0),
        stop=pl.min_horizontal("into", "end").cast(pl.Float64),
        in_care=pl.lit(0.0),
        event=pl.col("died") & (pl.col("end") <= pl.col("into")),
    )
    after = base.filter(pl.col("end") > pl.col("into")).with_columns(
        start=pl.col("into").cast(pl.Float64),
        stop=pl.col("end"),
        in_care=pl.lit(1.0),
        event=pl.col("died"),
    )
    return pl.concat([before, after]).drop("into", "end", "died").sort("child", "start")


def ours(rows: pl.DataFrame) -> float:
    """Fit with the estimator of this package."""
    fit = cox(
        rows, start="start", stop="stop", event="event", covariates=[*FIXED, "in_care"],
        cluster="child",
    )  # fmt: skip
    return float(fit.table.filter(term="in_care")["estimate"].item())


def lifelines(rows: pl.DataFrame) -> float:
    """Fit with lifelines; it has no robust errors for such rows."""
    fitter = CoxTimeVaryingFitter()
    fitter.fit(
        rows.to_pandas(), id_col="child", event_col="event", start_col="start", stop_col="stop"
    )
    return float(fitter.params_["in_care"])


def statsmodels(rows: pl.DataFrame) -> float:
    """Fit with statsmodels, which takes rows as at risk at their own start: a known error."""
    exog = rows.select(*FIXED, "in_care").to_numpy()
    model = PHReg(
        rows["stop"].to_numpy(), exog, rows["event"].to_numpy(),
        entry=rows["start"].to_numpy(), ties="efron",
    )  # fmt: skip
    return float(model.fit().params[-1])


def timed(fit: Callable[[pl.DataFrame], float], rows: pl.DataFrame, repeats: int) -> tuple:
    """Return the estimate and the best time of some repeats."""
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        estimate = fit(rows)
        seconds.append(time.perf_counter() - begin)
    return estimate, min(seconds)


def main() -> None:
    """Run all three and print a small table."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--children", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # of the other engines
    rows = simulate(asked.children, asked.seed)
    print(f"{rows.height} rows, {rows['event'].sum()} events; planted {PLANTED}")
    print(f"{'engine':<14}{'in_care':>12}{'seconds':>10}{'times ours':>12}")
    results = {"ours": timed(ours, rows, 3)}
    results |= {fit.__name__: timed(fit, rows, 1) for fit in (lifelines, statsmodels)}
    for engine, (estimate, seconds) in results.items():
        ratio = seconds / results["ours"][1]
        print(f"{engine:<14}{estimate:>12.6f}{seconds:>10.3f}{ratio:>12.0f}")


if __name__ == "__main__":
    main()
