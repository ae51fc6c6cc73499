"""
Bias and coverage of Cox and Fine-Gray fits against what was planted.

Once at a million pupils: every estimate less its planted value, in standard errors. Then many small
samples: bias, mean error over spread, and coverage of 95 % intervals. There schools share a frailty
and the exposure is a school's, so that model errors must miss and cluster-robust ones must not;
times are whole months or exact. And a Fine-Gray model with a closed form.

    python benchmarks/estimators_truth_cox.py --pupils 1000000 --repetitions 200
"""

import argparse
import warnings

import numpy as np
import polars as pl
from estimators_cox import CONTINUOUS, EXPOSED, LEVELS, ONLY_MONTHS, fit_ours, simulate

from cws_outcomes.estimators import CoxFit, cox, fine_gray

PLANTED = {"x": 0.5, "z": -0.3}
SCHOOLS, PUPILS_A_SCHOOL = 60, 20


def planted(days: bool) -> dict[str, float]:
    """Log hazard ratio of each term of the made-up nation."""
    levels = LEVELS if days else LEVELS | ONLY_MONTHS
    truth = {
        f"{name}[level_{place}]": effect
        for name, (_, effects) in levels.items()
        for place, effect in enumerate(effects)
        if place
    }
    return truth | (CONTINUOUS if days else {}) | {"exposed": EXPOSED}


def at_scale(pupils: int) -> None:
    """Print how far the estimates of one large table are from the truth, in standard errors."""
    for days in (False, True):
        rows, _ = simulate(pupils, 2, days=days)
        # Weights are drawn at random, so they change nothing but the errors.
        fit = fit_ours(rows, "days" if days else "months", 2)
        truth = pl.Series([planted(days)[term] for term in fit.table["term"]])
        z = (fit.table["estimate"] - truth) / fit.table["robust_std_error"]
        exposed = fit.table.filter(term="exposed")
        print(
            f"| {'days' if days else 'months'} | {pupils} | {z.len()} | {z.abs().max():.2f} "
            f"| {(z**2).mean() ** 0.5:.2f} | {exposed['estimate'].item():.4f} "
            f"({exposed['robust_std_error'].item():.4f}) |"
        )


def small_sample(rng: np.random.Generator, *, months: bool) -> pl.DataFrame:
    """Pupils in schools that share a frailty; late entry; the exposure is a school's."""
    n = SCHOOLS * PUPILS_A_SCHOOL
    school = np.repeat(np.arange(SCHOOLS), PUPILS_A_SCHOOL)
    x, z = rng.integers(0, 2, SCHOOLS)[school], rng.normal(size=n)
    start = np.where(rng.random(n) < 0.5, 0, rng.uniform(0, 20, n))
    # A positive stable frailty keeps hazards proportional, with all effects times its index.
    index = 0.85
    frailty = _stable(rng, index, SCHOOLS)[school]
    eta = (PLANTED["x"] * x + PLANTED["z"] * z) / index
    wait = rng.exponential(size=n) / (0.01 * frailty * np.exp(eta))
    end = rng.uniform(20, 60, n)
    stop, event = np.minimum(wait, end), wait <= end
    if months:
        start, stop = np.floor(start), np.ceil(stop)
    frame = pl.DataFrame(
        {"school": school, "x": x, "z": z, "start": start, "stop": stop, "event": event}
    )
    return frame.filter(pl.col("start") < pl.col("stop"))


def _stable(rng: np.random.Generator, index: float, size: int) -> np.ndarray:
    """Positive stable numbers (Chambers, Mallows and Stuck 1976)."""
    angle, wait = rng.uniform(0, np.pi, size), rng.exponential(size=size)
    first = np.sin(index * angle) / np.sin(angle) ** (1 / index)
    return first * (np.sin((1 - index) * angle) / wait) ** ((1 - index) / index)


def subdistribution_sample(rng: np.random.Generator) -> pl.DataFrame:
    """Fine and Gray's (1999) own design: incidence 1 - (1 - p (1 - exp(-t)))^exp(eta)."""
    n, p = 600, 0.4
    x, z = rng.integers(0, 2, n), rng.normal(size=n)
    size = np.exp(PLANTED["x"] * x + PLANTED["z"] * z)
    chance = 1 - (1 - p) ** size
    first = rng.random(n) < chance
    inside = 1 - (1 - rng.random(n) * chance) ** (1 / size)
    wait = np.where(first, -np.log(1 - inside / p), rng.exponential(size=n))
    gone = rng.uniform(0.5, 3, n)
    stop = np.minimum(wait, gone)
    cause = np.where(wait > gone, 0, np.where(first, 1, 2))
    return pl.DataFrame({"x": x, "z": z, "stop": stop, "cause": cause})


def repeat(name: str, make, fit, repetitions: int) -> None:
    """Fit many samples and print a line for each term and each kind of error."""
    rng = np.random.default_rng(7)
    tables = []
    for _ in range(repetitions):
        found: CoxFit = fit(make(rng))
        tables.append(found.table)
    table = pl.concat(tables)
    for term, truth in PLANTED.items():
        own = table.filter(term=term)
        apart = own["estimate"] - truth
        monte_carlo = apart.std() / repetitions**0.5
        for kind in ("std_error", "robust_std_error"):
            covered = (apart.abs() <= 1.959964 * own[kind]).mean()
            print(
                f"| {name} | {term} | {kind} | {apart.mean():+.4f} ({monte_carlo:.4f}) "
                f"| {own[kind].mean() / apart.std():.2f} | {100 * covered:.1f} |",
                flush=True,
            )


def main() -> None:
    """Both parts."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--pupils", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=200)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    call = {"start": "start", "stop": "stop", "event": "event", "covariates": ["x", "z"]}

    def clustered(frame: pl.DataFrame) -> CoxFit:
        return cox(frame, **call, cluster="school")

    def competing(frame: pl.DataFrame) -> CoxFit:
        return fine_gray(
            frame, stop="stop", cause="cause", event_of_interest=1, covariates=["x", "z"]
        )

    print("| model | term | error | bias (Monte Carlo error) | error / spread | coverage % |")
    print("| --- " * 6 + "|")
    for months in (False, True):
        repeat(
            f"cox, {'months' if months else 'exact times'}",
            lambda rng, months=months: small_sample(rng, months=months),
            clustered,
            asked.repetitions,
        )
    repeat("fine_gray", subdistribution_sample, competing, asked.repetitions)
    print("| table | pupils | terms | largest z | root mean square z | exposed, planted 0.5 |")
    print("| --- " * 6 + "|")
    at_scale(asked.pupils)


if __name__ == "__main__":
    main()
