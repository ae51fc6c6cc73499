"""A small made cohort for the models: two LAs, two sexes, two groups, everything countable."""

import numpy as np
import polars as pl
from support.text_tables import table

LAS = """
raw_code | la_code | la_name   | region
301      | 301     | Aldermere | North
302      | 302     | Brackwell | South
303      | 303     | Cawsby    | South
"""


def covariates(persons: int = 600, seed: int = 4) -> pl.DataFrame:
    """Members of three LAs with seeded covariates; no LA or level is empty."""
    rng = np.random.default_rng(seed)
    made = pl.DataFrame(
        {
            "person_id": range(1, persons + 1),
            "la_code": rng.choice(["301", "302", "303"], persons, p=[0.5, 0.3, 0.2]),
            "birth_cohort": rng.choice(["1999", "2000"], persons),
            "sex": rng.choice(["female", "male"], persons),
            "sen_group": rng.choice(["none", "support", "plan"], persons, p=[0.7, 0.2, 0.1]),
            "idaci_ridit": rng.uniform(size=persons).round(3),
        }
    )
    return table("covariates", made)


def exposure(people: pl.DataFrame, seed: int = 5) -> pl.DataFrame:
    """Groups as levels of the highest state: none observed, referral, cin, cpp, cla."""
    rng = np.random.default_rng(seed)
    level_no = rng.choice([0, 1, 2, 3, 4], people.height, p=[0.5, 0.2, 0.15, 0.1, 0.05])
    states = ["none_observed", "referral", "cin", "cpp", "cla"]
    made = pl.DataFrame(
        {
            "person_id": people["person_id"],
            "value": level_no.astype(float),
            "level_no": level_no,
            "level": [states[number] for number in level_no],
        }
    )
    return table("exposure", made)


def outcome(people: pl.DataFrame, groups: pl.DataFrame, seed: int = 6) -> pl.DataFrame:
    """Events likelier in LA 302, among boys and in higher groups; some are not observed."""
    rng = np.random.default_rng(seed)
    score = (
        -1.2
        + 0.5 * (people["la_code"] == "302").to_numpy()
        + 0.6 * (people["sex"] == "male").to_numpy()
        + 0.3 * groups["level_no"].to_numpy()
    )
    has_event = rng.uniform(size=people.height) < 1 / (1 + np.exp(-score))
    is_observed = has_event | (rng.uniform(size=people.height) > 0.1)
    made = pl.DataFrame(
        {
            "person_id": people["person_id"],
            "is_at_risk": rng.uniform(size=people.height) > 0.05,
            "is_observed": is_observed,
            "has_event": has_event,
            "status": ["event" if event else "complete" for event in has_event],
        }
    )
    return table("outcome", made)
