"""The small simulated data that ours and the libraries are given."""

import numpy as np
import polars as pl

SCHOOLS = 20


def simulate(seed: int = 1, children: int = 400) -> pl.DataFrame:
    """
    Rows (start, stop] in whole months: care begins on the way, in half of them with late entry.

    Parameters
    ----------
    seed, children : int

    Returns
    -------
    polars.DataFrame
        ``child``, ``start``, ``stop``, ``event``, ``cause`` (2 competes), ``in_care``, ``need``,
        ``area``; ``referred``, ``visits`` and ``score`` for regressions; ``school``, which moves
        ``attainment`` (with a slope of need) and ``excluded``; ``contacts``, spread more than
        Poisson.
    """
    rng, rows = np.random.default_rng(seed), []
    for child in range(children):
        area, need = "ab"[rng.integers(2)], round(float(rng.normal()), 2)
        begin, into = int(rng.integers(0, 4)) * 3, int(rng.integers(1, 40))
        for month in range(begin + 1, 61):
            risk = 0.01 * np.exp(0.5 * (month > into) + 0.3 * need)
            cause = int(rng.choice(3, p=[1 - risk - 0.005, risk, 0.005]))
            leaves = month == 60 or rng.random() < 0.015
            if cause or leaves or month == into:
                rows.append((child, begin, month, cause, int(begin >= into), need, area))
                begin = month
            if cause or leaves:
                break
    names = ["child", "start", "stop", "cause", "in_care", "need", "area"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    chance = 1 / (1 + np.exp(1 - frame["need"].to_numpy()))
    frame = frame.with_columns(
        event=(pl.col("cause") == 1).cast(pl.Int64),
        referred=pl.Series(rng.random(frame.height) < chance).cast(pl.Int64),
        visits=pl.Series(rng.poisson(np.exp(0.2 + 0.4 * frame["need"].to_numpy()))),
        score=pl.Series(100 + 3 * frame["need"].to_numpy() + rng.normal(size=frame.height)),
    )
    return frame.with_columns(**_by_school(rng, frame))


def _by_school(rng: np.random.Generator, frame: pl.DataFrame) -> dict[str, pl.Series]:
    """Outcomes of children in schools, each with a level and a slope of its own."""
    school, need = (frame["child"] % SCHOOLS).to_numpy(), frame["need"].to_numpy()
    level, slope = rng.normal(size=SCHOOLS)[school], 0.6 * rng.normal(size=SCHOOLS)[school]
    chance = 1 / (1 + np.exp(1 - need - level))
    mean = np.exp(0.2 + 0.4 * need)
    return {
        "school": pl.Series(school),
        "attainment": frame["score"] + pl.Series(level + slope * need),
        "excluded": pl.Series((rng.random(frame.height) < chance).astype(np.int64)),
        "contacts": pl.Series(rng.negative_binomial(1.5, 1.5 / (1.5 + mean))),
    }
