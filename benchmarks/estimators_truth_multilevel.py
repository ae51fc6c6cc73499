"""
Fit multilevel models to pupils with planted effects: bias and coverage.

Once at the size of England, where an estimate that is off by more than its error shows at once;
and many times at small size, where the share of 95 % intervals that hold the truth is counted.

    python benchmarks/estimators_truth_multilevel.py --pupils 1000000 --repetitions 200
    python benchmarks/estimators_truth_multilevel.py --pupils 0 --families negative_binomial
"""

import argparse
import warnings

import numpy as np
import polars as pl
from england_pupils import COVARIATES, LEVELS, RANDOM, SDS, SLOPE, THETA, pupils

from cws_outcomes.estimators import MultilevelFit, multilevel

SMALL = 9_000
OUTCOMES = {"gaussian": "score", "binomial": "outcome", "negative_binomial": "contacts"}
TRUE_SDS = [SDS["la"], SDS["la_slope"], SDS["school"]]


def planted() -> dict[str, float]:
    """Return the true effect of each term but the intercept."""
    effects = {
        f"{name}[level {place}]": effect
        for name, (_, own) in LEVELS.items()
        for place, effect in enumerate(own, start=1)
    }
    return effects | {"idaci": SLOPE}


def fit(family: str, frame: pl.DataFrame, covariates: list[str]) -> MultilevelFit:
    """Fit with a slope for each authority and a level for each school."""
    return multilevel(
        frame, outcome=OUTCOMES[family], covariates=covariates, random=RANDOM, family=family
    )


def once(family: str, n: int) -> None:
    """Print how far the estimates of a national fit are from what was planted."""
    found = fit(family, pupils(n, 7, base=-1.5), COVARIATES)
    truth = planted()
    rows = found.table.filter(pl.col("term") != "(Intercept)")
    true = np.array([truth[term] for term in rows["term"]])
    off = ((rows["estimate"] - true) / rows["std_error"]).to_numpy()
    sds = ", ".join(
        f"{sd:.3f} ({true:.2f})" for sd, true in zip(found.variances["sd"], TRUE_SDS, strict=False)
    )
    print(
        f"| {family} | {n:,} | {np.sqrt(np.mean(off**2)):.2f} | {np.abs(off).max():.2f} | {sds} |"
        f" {'' if found.theta is None else f'{found.theta:.3f} ({THETA})'} |"
    )


def repeated(family: str, repetitions: int) -> None:
    """Print bias, spread and coverage over many small samples, from the few covariates planted."""
    truth = np.array([planted()[term] for term in ("sex[level 1]", "free_meals[level 1]", "idaci")])
    estimates, errors, sds, thetas, held = [], [], [], [], []
    for seed in range(repetitions):
        frame = pupils(SMALL, 1_000 + seed, base=-1.0, planted=True)
        found = fit(family, frame, COVARIATES)
        rows = found.table.filter(
            pl.col("term").is_in(["sex[level 1]", "free_meals[level 1]", "idaci"])
        )
        estimates.append(rows["estimate"].to_numpy())
        errors.append(rows["std_error"].to_numpy())
        sds.append(found.variances["sd"].to_numpy()[:3])
        thetas.append(found.theta)
        held.append(_holds(found, frame))
    off, error = np.array(estimates) - truth, np.array(errors)
    covered = np.mean(np.abs(off) < 1.96 * error, axis=0)
    for place, term in enumerate(("sex", "free_meals", "idaci")):
        print(
            f"| {family} | {term} | {off[:, place].mean():+.4f} "
            f"({off[:, place].std() / np.sqrt(repetitions):.4f}) | "
            f"{error[:, place].mean() / off[:, place].std():.2f} | {covered[place]:.3f} |"
        )
    names = ("la sd", "la slope sd", "school sd")
    others = {
        name: (own, true)
        for name, own, true in zip(names, np.transpose(sds), TRUE_SDS, strict=True)
    }
    if thetas[0] is not None:
        others["log theta"] = np.log(thetas), np.log(THETA)
    for name, (own, true) in others.items():
        bias, noise = own.mean() - true, own.std() / np.sqrt(repetitions)
        print(f"| {family} | {name} | {bias:+.4f} ({noise:.4f}) | | |")
    print(f"| {family} | level of an authority | | | {np.mean(held):.3f} |")


def _holds(found: MultilevelFit, frame: pl.DataFrame) -> float:
    """Share of authorities whose planted level lies in the interval of its effect."""
    true = frame.group_by("la").agg(pl.first("planted")).rename({"la": "level"})
    rows = found.effects("la").filter(term="(Intercept)").join(true, on="level")
    return float(rows.select(pl.col("planted").is_between("lower", "upper").mean()).item())


def main() -> None:
    """Run all families."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--pupils", type=int, default=1_000_000, help="0: no national fit")
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--families", nargs="*", default=list(OUTCOMES))
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    if asked.pupils:
        print("| family | pupils | rms of (estimate - truth) / error, 31 terms | largest |", end="")
        print(" sds of authorities, slopes, schools (truth) | theta |")
        print("| --- | --: | --: | --: | --- | --- |")
    for family in asked.families if asked.pupils else ():
        once(family, asked.pupils)
    print(f"\n{asked.repetitions} samples of {SMALL:,} pupils; Monte Carlo errors in brackets\n")
    print("| family | what | bias | mean error / spread | covered |")
    print("| --- | --- | --: | --: | --: |")
    for family in asked.families:
        repeated(family, asked.repetitions)


if __name__ == "__main__":
    main()
