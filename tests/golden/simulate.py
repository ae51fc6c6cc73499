"""Write the small simulated tables that R and our tests both read."""

from pathlib import Path

import numpy as np
import polars as pl

DATA = Path(__file__).parent / "data"


def spells(rng: np.random.Generator) -> pl.DataFrame:
    """Heavily tied (start, stop] rows: several for each child, children in clusters, late entry."""
    rows = []
    for child in range(250):
        area, cohort, cluster = rng.integers(3), rng.integers(2), rng.integers(20)
        begin, group = int(rng.integers(0, 6)), ["amber", "blue", "coral"][rng.integers(3)]
        need, weight = round(float(rng.normal()), 3), round(float(rng.uniform(0.4, 2.5)), 2)
        for _ in range(int(rng.integers(1, 5))):
            end, in_care = begin + int(rng.integers(1, 7)), int(rng.random() < 0.35)
            event = int(rng.random() < 0.12 * np.exp(0.6 * in_care + 0.3 * need + 0.2 * area))
            rows.append(
                {
                    "child": child,
                    "cluster": int(cluster),
                    "area": int(area),
                    "cohort": int(cohort),
                    "start": begin,
                    "stop": end,
                    "event": event,
                    "in_care": in_care,
                    "need": need,
                    "group": group,
                    "weight": weight,
                    "copies": int(rng.integers(1, 4)),
                }
            )
            if event:
                break
            begin = end + int(rng.random() < 0.2)  # now and then a gap
    return pl.DataFrame(rows)


def competing(rng: np.random.Generator) -> pl.DataFrame:
    """Two causes and censoring in whole months, with late entry, in three groups."""
    n = 400
    start = np.where(rng.random(n) < 0.5, 0, rng.integers(0, 12, n))
    return pl.DataFrame(
        {
            "id": np.arange(n),
            "area": rng.choice(["north", "south", "west"], n),
            "start": start,
            "stop": start + rng.integers(1, 25, n),
            "cause": rng.choice([0, 1, 2], n, p=[0.4, 0.4, 0.2]),
        }
    )


def episodes(rng: np.random.Generator) -> pl.DataFrame:
    """Rows of persons in clusters that cut across areas: two causes, late entry, weights, ties."""
    rows = []
    for person in range(300):
        cluster, begin = int(rng.integers(25)), float(rng.integers(0, 8))
        area = ["east", "west"][rng.integers(2)]
        for _ in range(int(rng.integers(1, 4))):
            end = begin + float(rng.integers(1, 13)) / 2
            cause = int(rng.choice(3, p=[0.7, 0.2, 0.1]))
            weight = round(float(rng.uniform(0.3, 3)), 3)
            rows.append((person, cluster, area, begin, end, cause, weight))
            if cause:
                break
            begin = end
    names = ["person", "cluster", "area", "start", "stop", "cause", "weight"]
    return pl.DataFrame(rows, schema=names, orient="row")


def subdistribution(rng: np.random.Generator) -> pl.DataFrame:
    """Two causes in whole months with covariates, censoring and late entry, in 25 areas."""
    n = 300
    start = np.where(rng.random(n) < 0.4, 0, rng.integers(0, 10, n))
    need, in_care = rng.normal(size=n).round(3), rng.integers(0, 2, n)
    wait = rng.exponential(16 / np.exp(0.5 * need + 0.4 * in_care))
    other, gone = rng.exponential(25 / np.exp(0.6 * in_care)), rng.exponential(22, n)
    time = np.minimum(np.minimum(wait, other), gone)
    cause = np.where(wait == time, 1, np.where(other == time, 2, 0))
    return pl.DataFrame(
        {
            "id": np.arange(n),
            "area": rng.integers(0, 25, n),
            "cohort": rng.integers(0, 2, n),
            "start": start,
            "stop": start + np.ceil(time).astype(int),
            "cause": cause,
            "need": need,
            "in_care": in_care,
            "group": rng.choice(["amber", "blue", "coral"], n),
            "weight": rng.uniform(0.4, 2.5, n).round(2),
        }
    )


def pupils(rng: np.random.Generator) -> pl.DataFrame:
    """Binary outcomes of pupils in 30 areas whose level varies, and in 30 that do not differ."""
    n = 3_000
    area, sex = rng.integers(0, 30, n), rng.integers(0, 2, n)
    need = rng.choice(["high", "low", "middle"], n, p=[0.2, 0.5, 0.3])
    level = rng.normal(0, 0.5, 30)
    eta = -1.2 + 0.4 * sex + 0.8 * (need == "high") - 0.5 * (need == "low")
    varied = rng.random(n) < 1 / (1 + np.exp(-(eta + level[area])))
    # Whole shares in every area: less variation between areas than chance would give.
    even = (np.argsort(np.argsort(area * 10_000 + rng.permutation(n))) % 4) == 0
    columns = {"area": area, "sex": sex, "need": need, "outcome": varied, "even": even}
    return pl.DataFrame(columns).with_columns(pl.col("outcome", "even").cast(pl.Int64))


def schools(rng: np.random.Generator) -> pl.DataFrame:
    """Pupils in schools nested in areas, crossed with their primary schools; four outcomes."""
    n, areas, each, primaries = 2_000, 20, 5, 40
    school = rng.integers(0, areas * each, n)
    area, primary = school // each, rng.integers(0, primaries, n)
    sex, need = rng.integers(0, 2, n), rng.choice(["high", "low", "middle"], n, p=[0.2, 0.5, 0.3])
    idaci, years = np.round(rng.beta(2, 5, n), 2), np.round(rng.uniform(0.5, 3, n), 1)
    level = rng.normal(0, 0.5, areas)[area] + rng.normal(0, 1.5, areas)[area] * idaci
    level += rng.normal(0, 0.4, areas * each)[school]
    fixed = 0.4 * sex + 0.6 * (need == "high") - 0.3 * (need == "low") + 0.8 * idaci
    score = 5 + fixed + level + rng.normal(0, 0.5, primaries)[primary] + rng.normal(0, 1, n)
    outcome = rng.random(n) < 1 / (1 + np.exp(1.2 - fixed - level))
    rate = years * np.exp(fixed + level - 1)
    columns = {
        "area": area,
        "school": school,
        "primary": primary,
        "sex": sex,
        "need": need,
        "idaci": idaci,
        "years": years,
        "weight": np.round(rng.uniform(0.5, 2, n), 1),
        "score": np.round(score, 3),
        "outcome": outcome.astype(np.int64),
        "visits": rng.poisson(rate),
        "contacts": rng.negative_binomial(1.5, 1.5 / (1.5 + rate)),
    }
    return pl.DataFrame(columns)


def small_schools(rng: np.random.Generator) -> pl.DataFrame:
    """
    Rare binary outcomes in schools of four pupils each, nested in areas.

    gpboost stops on its way here: at a standard deviation of schools of 0.29, which is 0.16 at the
    maximum of the likelihood that it reports itself.
    """
    n, areas, schools = 6_000, 100, 1_500
    school = rng.integers(0, schools, n)
    area = school * areas // schools
    meals, sex = (rng.random(n) < 0.25).astype(np.int64), rng.integers(0, 2, n)
    level = rng.normal(0, 0.3, areas)[area] + rng.normal(0, 0.4, schools)[school]
    outcome = rng.random(n) < 1 / (1 + np.exp(2.6 - 0.5 * sex - 0.4 * meals - level))
    columns = {"area": area, "school": school, "meals": meals, "sex": sex}
    return pl.DataFrame(columns | {"outcome": outcome.astype(np.int64)})


SEEDS = {
    spells: 1,
    competing: 2,
    pupils: 3,
    schools: 4,
    episodes: 4,
    subdistribution: 4,
    small_schools: 10,
}

if __name__ == "__main__":
    DATA.mkdir(exist_ok=True)
    for make, seed in SEEDS.items():
        make(np.random.default_rng(seed)).write_csv(DATA / f"{make.__name__}.csv")
