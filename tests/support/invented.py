"""Unchecked results of a study that never was: seeded, small, with tiny LAs and rare groups."""

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import numpy as np
import polars as pl

from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.step import Inputs

GROUPS = ("all", "none_observed", "referral", "cin", "cpp", "cla")
ADJUSTMENTS = ("sex_cohort", "sex_cohort_need")
INTERVENTIONS = {"any_cin": 3, "any_cpp": 4, "any_cla": 5}  # by order of the group
REGIONS = ("North", "Midlands", "London", "South")
_SHARES = np.array([0.84, 0.055, 0.07, 0.015, 0.02])
_RATES = {  # of none observed … looked after
    "first_offence": (0.035, 0.07, 0.10, 0.14, 0.19),
    "first_suspension": (0.08, 0.15, 0.20, 0.25, 0.28),
    "english_maths": (0.66, 0.45, 0.36, 0.26, 0.22),
    "first_custody": (0.001, 0.003, 0.006, 0.01, 0.02),
}
_NAMES = (
    "Aldermere", "Brackwell", "Cawsby", "Dunmarsh", "Eastholt", "Farrowdale", "Glenmoor",
    "Hartsea", "Inglewick", "Jesmere", "Kelbrook", "Langstoke", "Marlthorpe", "Nethercombe",
    "Oakhanger", "Penfold", "Quarley", "Ravenscar", "Selwick", "Thornby", "Upwater", "Velmouth",
    "Wexcombe", "Yarrowby",
)  # fmt: skip
_TYPES = {
    "VARCHAR": pl.String, "BIGINT": pl.Int64, "INTEGER": pl.Int32, "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean,
}  # fmt: skip


def frame(contract: str, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as the frame that a contract promises."""
    table = CONTRACTS[contract]
    schema = {name: _TYPES[column.type] for name, column in table.columns.items()}
    return pl.DataFrame(
        [{name: row.get(name) for name in schema} for row in rows], schema=schema
    ).sort(table.key)


def inputs(**frames: pl.DataFrame) -> Inputs:
    """A step's inputs over frames in memory."""
    connection = duckdb.connect()
    for name, held in frames.items():
        connection.register(name, held.to_arrow())
    return Inputs(connection, tuple(frames))


def broken_promises(contract: str, held: pl.DataFrame) -> dict[str, int]:
    """Promises of a contract that a frame breaks, as the runner would find them."""
    table = CONTRACTS[contract]
    given = inputs(held=held)
    found = given.connection.sql("describe held").fetchall()
    table.require_columns({row[0]: row[1] for row in found})
    counts = given.query(table.breach_query("held")).to_dicts()[0]
    return {name: count for name, count in counts.items() if count}


def unchecked(seed: int = 1, las: int = 24, children: int = 24_000) -> dict[str, pl.DataFrame]:
    """Every unchecked table of one invented study, by contract name."""
    rng = np.random.default_rng(seed)
    return {
        "flow": _flow(rng),
        "la_equity": la_equity(rng, las, children),
        "cumulative_incidence": cumulative_incidence(rng),
        "hazard_ratios": _hazard_ratios(rng),
        "multilevel_logit": multilevel_logit(rng, persons=24_000),
        "la_effects": la_effects(rng, las),
        "outcome_by_exposure": _outcome_by_exposure(rng),
    }


def la_equity(rng: np.random.Generator, las: int = 24, children: int = 24_000) -> pl.DataFrame:
    """The exact LA equity table; two LAs are tiny."""
    sizes = rng.dirichlet(np.full(las, 4.0)) * children
    sizes[:2] = (35, 160)
    spread = {outcome: rng.normal(0, 0.25, las) for outcome in (*_RATES, *INTERVENTIONS)}
    rows = []
    for la, size in enumerate(sizes):
        groups = rng.multinomial(int(size), _SHARES)
        place = {
            "model": "la_equity", "la_code": f"{901 + la}", "la_name": _NAMES[la % len(_NAMES)],
            "region": REGIONS[la % len(REGIONS)], "la_children": int(groups.sum()),
        }  # fmt: skip
        for outcome, rates in _RATES.items():
            rows += _outcome_rows(rng, place, outcome, groups, rates, spread[outcome][la])
        for outcome, first in INTERVENTIONS.items():
            rows += _intervention_rows(rng, place, outcome, groups, first)
    return frame("la_equity", rows)


def _outcome_rows(rng, place, outcome, groups, rates, effect):
    seen = [rng.binomial(size, 0.985) for size in groups]
    chances = [1 / (1 + (1 / p - 1) * np.exp(-effect)) for p in rates]
    events = [rng.binomial(n, p) for n, p in zip(seen, chances, strict=True)]
    expected = [n * p for n, p in zip(seen, rates, strict=True)]
    columns = (groups, seen, events, expected)
    for no, group in enumerate(GROUPS):
        part = slice(None) if no == 0 else slice(no - 1, no)
        held, persons, observed, base = (sum(column[part]) for column in columns)
        for adjustment, factor in zip(ADJUSTMENTS, (1.0, np.exp(0.6 * effect)), strict=True):
            yield {
                **place, "outcome": outcome, "group": group, "group_no": no,
                "adjustment": adjustment, "group_children": int(held), "persons": int(persons),
                "events": int(observed), "expected": float(min(base * factor, persons)),
                "is_applicable": True,
            }  # fmt: skip


def _intervention_rows(rng, place, outcome, groups, first):
    children = int(groups.sum())
    # Ever in the state: everyone whose highest state it is, and some who went higher.
    events = int(groups[first - 1] + sum(rng.binomial(size, 0.7) for size in groups[first:]))
    for no, group in enumerate(GROUPS):
        held = children if no == 0 else int(groups[no - 1])
        for adjustment in ADJUSTMENTS:
            yield {
                **place, "outcome": outcome, "group": group, "group_no": no,
                "adjustment": adjustment, "group_children": held,
                "persons": children if no == 0 else 0, "events": events if no == 0 else 0,
                "expected": children * float(_SHARES[first - 1 :].sum()) if no == 0 else 0.0,
                "is_applicable": no == 0,
            }  # fmt: skip


def cumulative_incidence(
    rng: np.random.Generator,
    sizes: Mapping[str, int] | None = None,
    hazards: Mapping[str, float] | None = None,
    months: int = 60,
) -> pl.DataFrame:
    """Exact monthly curves, with a rise and fall of the hazard and late censoring."""
    sizes = sizes or {"none_observed": 20_000, "referral": 1300, "cin": 1700, "cpp": 380, "cla": 52}
    hazards = hazards or {
        "none_observed": 0.0008, "referral": 0.0016, "cin": 0.0024, "cpp": 0.0035, "cla": 0.0055,
    }  # fmt: skip
    rows = []
    for no, (group, size) in enumerate(sizes.items()):
        left, estimate, staying = size, 0.0, 1.0
        for month in range(1, months + 1):
            shape = 0.6 + 0.8 * np.sin(np.pi * month / months)
            events = rng.binomial(left, hazards[group] * shape)
            competing = rng.binomial(left - events, 0.0002)
            gone = 0.0008 if month <= 48 else min(1.0, 1.02 / (61 - month))
            censored = rng.binomial(left - events - competing, gone)
            if left:
                estimate += staying * events / left
                staying *= 1 - (events + competing) / left
            rows.append({
                "model": "offence_incidence", "outcome": "first_offence",
                "cohort": "landmark_14", "group": group, "group_no": no, "month": month,
                "at_risk": left, "events": events, "competing": competing, "censored": censored,
                "estimate": estimate,
            })  # fmt: skip
            left -= events + competing + censored
    return frame("cumulative_incidence", rows)


_TERMS = (  # covariate, level, share of persons, log ratio; the first level is the reference
    ("contact_state", "none", 0.80, 0.0), ("contact_state", "referral", 0.06, 0.45),
    ("contact_state", "cin", 0.08, 0.72), ("contact_state", "cpp", 0.012, 1.05),
    ("contact_state", "cla", 0.014, 1.38), ("contact_state", "post", 0.034, 0.55),
    ("sex", "female", 0.49, 0.0), ("sex", "male", 0.5095, 0.95), ("sex", "unknown", 0.0005, 0.2),
    ("idaci_ridit", "", 1.0, 0.8),
)  # fmt: skip


def _terms(rng, persons, rate, prefix):
    total = round(persons * rate)
    for no, (covariate, level, share, log_ratio) in enumerate(_TERMS):
        size = round(persons * share)
        reference = log_ratio == 0.0
        events = round(total * share)
        error = 0.0 if reference else 1.3 / np.sqrt(max(events, 1))
        noisy = 0.0 if reference else log_ratio + rng.normal(0, error / 2)
        yield {
            "term_no": no, "covariate": covariate, "level": level, "is_reference": reference,
            "persons": size, "events": events, f"log_{prefix}_ratio": noisy,
            "std_error": None if reference else error, f"{prefix}_ratio": np.exp(noisy),
            "lower": None if reference else np.exp(noisy - 1.96 * error),
            "upper": None if reference else np.exp(noisy + 1.96 * error),
            "p_value": None if reference else float(np.exp(-((noisy / error) ** 2) / 2)),
            "model_persons": persons, "model_events": total,
            "cohort": "from_10",
        }  # fmt: skip


def _hazard_ratios(rng):
    names = {"model": "offence_hazard", "outcome": "first_offence", "clusters": 24, "strata": 96}
    return frame("hazard_ratios", [{**row, **names} for row in _terms(rng, 23_410, 0.06, "hazard")])


def multilevel_logit(rng, persons):
    names = {
        "model": "english_maths_multilevel", "outcome": "english_maths", "cohort": "landmark_14",
        "authorities": 24, "la_sd": 0.2134, "la_variance_share": 0.01366,
        "median_odds_ratio": 1.2257,
    }  # fmt: skip
    rows = [{**row, **names} for row in _terms(rng, persons, 0.6, "odds")]
    return frame("multilevel_logit", rows)


def la_effects(rng, las):
    rows = []
    for la in range(las):
        persons = 14 if la == 0 else int(rng.integers(200, 1900))
        effect = rng.normal(0, 0.2)
        events = rng.binomial(persons, 1 / (1 + np.exp(-0.4 - effect)))
        error = (persons * 0.24 + 0.2134**-2) ** -0.5
        rows.append({
            "model": "english_maths_multilevel", "outcome": "english_maths",
            "cohort": "landmark_14", "la_code": f"{901 + la}", "la_name": _NAMES[la % len(_NAMES)],
            "region": REGIONS[la % len(REGIONS)], "persons": persons, "events": events,
            "log_odds_ratio": effect, "std_error": error, "odds_ratio": np.exp(effect),
            "lower": np.exp(effect - 1.96 * error), "upper": np.exp(effect + 1.96 * error),
        })  # fmt: skip
    return frame("la_effects", rows)


_AGES = {"never": 0.85, "under 10": 0.08, "10 to under 12": 0.04, "12 or more": 0.03}
_DAYS = {"never": 0.97, "under 183": 0.008, "183 to under 365": 0.007,
         "365 to under 1096": 0.0148, "1096 or more": 0.0002}  # fmt: skip
_EXPOSURES = {
    "contact_group": {"none_observed": 0.84, "referral": 0.055, "cin": 0.07, "cpp": 0.015,
                      "cla": 0.02},
    **{f"age_at_first_{state}": _AGES for state in ("referral", "cin", "cpp", "cla")},
    "days_in_need": _DAYS,
    "days_looked_after": _DAYS,
    "spells_in_need": {"never": 0.85, "1": 0.1, "2": 0.03, "3 or more": 0.02},
}  # fmt: skip


def _outcome_by_exposure(rng):
    rows = []
    for outcome in ("first_offence", "first_suspension", "english_maths"):
        base, top = _RATES[outcome][0], _RATES[outcome][-1]
        for exposure, levels in _EXPOSURES.items():
            for no, (level, share) in enumerate(levels.items()):
                persons = round(22_000 * share)
                rate = base + (top - base) * no / (len(levels) - 1)
                rows.append({
                    "model": "exposure_gradients", "cohort": "landmark_14", "outcome": outcome,
                    "exposure": exposure, "level": level, "level_no": no, "persons": persons,
                    "events": rng.binomial(persons, rate),
                })  # fmt: skip
    return frame("outcome_by_exposure", rows)


def _flow(rng):
    criteria = {
        "Children in the extract": 0,
        "Born in a cohort whose whole window is covered": 4210,
        "On roll at a state school on the 14th birthday": 1873,
        "Look-back inside coverage of children in need": 960,
        "Index local authority known": 4,
        "Not recorded dead or adopted before the landmark": 31,
    }
    left, rows = 30_017, []
    for no, (criterion, excluded) in enumerate(criteria.items()):
        rows.append({
            "cohort": "landmark_14", "step_no": no, "criterion": criterion, "persons_in": left,
            "persons_excluded": excluded, "persons_out": left - excluded,
        })  # fmt: skip
        left -= excluded
    return frame("flow", rows)
