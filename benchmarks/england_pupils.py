"""Simulated pupils in schools in local authorities, with planted effects, for the benchmarks."""

import numpy as np
import polars as pl

AUTHORITIES, SCHOOLS = 150, 3_500
# Share of each level but the first, and its effect on a linear predictor.
LEVELS = {
    "sex": ([0.5], [0.3]),
    "free_meals": ([0.25], [0.4]),
    "need": ([0.13, 0.04], [0.3, 0.5]),
    "ethnicity": ([0.11, 0.06, 0.06, 0.05, 0.04], [-0.2, 0.1, 0.1, -0.1, 0.2]),
    "language": ([0.2], [-0.15]),
    "deprivation": ([0.2] * 4, [0.05, 0.1, 0.15, 0.25]),
    "term_of_birth": ([1 / 3, 1 / 3], [0.02, 0.04]),
    "in_care": ([0.02], [0.4]),
    "attainment": ([0.2] * 4, [-0.1, -0.2, -0.3, -0.4]),
    "absence": ([0.2, 0.12, 0.08], [0.2, 0.3, 0.5]),
    "urban": ([0.8], [0.1]),
    "household": ([0.2], [0.05]),
    "excluded": ([0.04], [0.5]),
    "early_help": ([0.1], [0.1]),
    "moves": ([0.15, 0.05], [0.05, 0.15]),
}
COVARIATES = [*LEVELS, "idaci"]
SLOPE = 0.6  # of idaci, the 31st covariate
SDS = {"la": 0.3, "la_slope": 0.4, "school": 0.25, "residual": 1.0}
THETA = 1.5  # of the negative binomial
RANDOM = {"la": ["idaci"], "school": []}


def pupils(
    n: int, seed: int, *, crossed: float = 0.0, base: float = -2.8, planted: bool = False
) -> pl.DataFrame:
    """
    Return pupils with a gaussian ``score``, a binary ``outcome`` and a count of ``contacts``.

    Parameters
    ----------
    n : int
        Pupils.
    seed : int
        Of the random numbers.
    crossed : float
        Share of the pupils of an authority who go to another one's school.
    base : float
        Log odds of the outcome with all covariates at their first level.
    planted : bool
        Whether to add the effect of each pupil's authority where idaci is zero.
    """
    rng = np.random.default_rng(seed)
    schools = min(SCHOOLS, max(AUTHORITIES * 2, n // 30))
    authority_of = np.sort(np.concatenate(
        [np.arange(AUTHORITIES), rng.integers(0, AUTHORITIES, schools - AUTHORITIES)]
    ))  # fmt: skip
    school = rng.integers(0, schools, n)
    la = authority_of[school]
    elsewhere = rng.random(n) < crossed
    la = np.where(elsewhere, rng.integers(0, AUTHORITIES, n), la)
    columns, eta = _covariates(rng, n)
    level = rng.normal(0, SDS["la"], AUTHORITIES)[la]
    eta += level + rng.normal(0, SDS["school"], schools)[school]
    eta += rng.normal(0, SDS["la_slope"], AUTHORITIES)[la] * columns["idaci"].to_numpy()
    mean = np.exp(base + eta)
    outcomes = {
        "score": 10 + eta + rng.normal(0, SDS["residual"], n),
        "outcome": (rng.random(n) < mean / (1 + mean)).astype(np.int8),
        "contacts": rng.negative_binomial(THETA, THETA / (THETA + mean)),
    }
    more = {"planted": level} if planted else {}
    return pl.DataFrame({"la": la, "school": school, **columns, **outcomes, **more})


def _covariates(rng: np.random.Generator, n: int) -> tuple[dict[str, pl.Series], np.ndarray]:
    """15 columns of text and a number, and what they add to the linear predictor."""
    columns, eta = {}, np.zeros(n)
    for name, (shares, effects) in LEVELS.items():
        edges = np.concatenate([[1 - sum(shares)], shares]).cumsum()
        level = np.minimum(np.searchsorted(edges, rng.random(n)), len(shares))
        names = [f"level {place}" for place in range(len(shares) + 1)]
        columns[name] = pl.Series(names, dtype=pl.Enum(names)).gather(level)
        eta += np.concatenate([[0.0], effects])[level]
    columns["idaci"] = pl.Series(np.round(rng.beta(2, 6, n), 3))
    return columns, eta + SLOPE * columns["idaci"].to_numpy()
