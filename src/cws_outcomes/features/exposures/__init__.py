"""Exposures: what contact had been by the index date, in kinds that a definition fills in."""

from collections.abc import Callable
from itertools import pairwise
from math import inf
from pathlib import Path

import polars as pl

from cws_outcomes.sql import create_from_sql
from cws_outcomes.step import Inputs, Settings

_HERE = Path(__file__).parent
# Number, name, lower limit (none for values that are missing) and upper limit.
Level = tuple[int, str, float | None, float]
_STATES = ("none_observed", "referral", "cin", "cpp", "cla")


def measure(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """
    Measure one exposure on every member and put it into levels.

    Only histories are read, so nothing after the index date can enter.

    Parameters
    ----------
    inputs : Inputs
        members, spell_history.
    settings : Settings
        ``exposure``: its definition, with the kind of timing.

    Returns
    -------
    dict
        ``exposure``: the name of the table made.
    """
    exposure = settings["exposure"]
    connection = inputs.connection
    parameters = {
        "state": exposure.get("state", ""),
        "in_look_back": exposure.get("window", "ever") == "look_back",
    }
    create_from_sql(connection, "state_spells", _HERE / "state_spells.sql", parameters)
    create_from_sql(connection, "measured", _HERE / f"{exposure['kind']}.sql", parameters)
    connection.register("levels", levels(exposure).to_arrow())
    create_from_sql(connection, "levelled", _HERE / "levels.sql", {})
    return {"exposure": "levelled"}


def levels(exposure: Settings) -> pl.DataFrame:
    """
    The levels of an exposure, in order.

    Parameters
    ----------
    exposure : Settings
        Its definition.

    Returns
    -------
    polars.DataFrame
        level_no, level, lower_limit (null for values that are missing: never), upper_limit.
    """
    rows: list[Level]
    if exposure["kind"] == "highest_state":
        rows = [(n, state, float(n), n + 1.0) for n, state in enumerate(_STATES)]
    elif exposure["kind"] == "any_contact":
        rows = [(0, "no", 0.0, 1.0), (1, "yes", 1.0, 2.0)]
    elif exposure["kind"] == "number_of_spells":
        rows = _banded(exposure["bands"], _count_name)
    else:
        rows = _banded(exposure["bands"], _band_name)
    schema = {
        "level_no": pl.Int32, "level": pl.String,
        "lower_limit": pl.Float64, "upper_limit": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _banded(bands: list[float], name: Callable[[float, float], str]) -> list[Level]:
    limits = [0.0, *bands, inf]
    rows: list[Level] = [(0, "never", None, inf)]
    for number, (lower, upper) in enumerate(pairwise(limits), start=1):
        rows.append((number, name(lower, upper), lower, upper))
    return rows


def _band_name(lower: float, upper: float) -> str:
    if lower == 0:
        return f"under {upper:g}"
    if upper == inf:
        return f"{lower:g} or more"
    return f"{lower:g} to under {upper:g}"


def _count_name(lower: float, upper: float) -> str:
    """Name of a band of whole numbers; none at all is a level of its own."""
    first, last = max(lower, 1), upper - 1
    if upper == inf:
        return f"{first:g} or more"
    return f"{first:g}" if first == last else f"{first:g} to {last:g}"
