"""Outcomes by level of exposure as they may be shown."""

from itertools import groupby
from typing import Any

import polars as pl

from cws_outcomes.contracts.released import CLEARED_OUTCOME_BY_EXPOSURE
from cws_outcomes.disclosure.cleared import cleared, decimals
from cws_outcomes.disclosure.counts import Rule
from cws_outcomes.disclosure.secondary import Counted, with_partners
from cws_outcomes.equity import wilson_limits
from cws_outcomes.step import Inputs, Settings

Row = dict[str, Any]


def clear_outcome_by_exposure(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Clear persons, events and rates by level of each exposure.

    The levels of an exposure are parts of one whole, which the other exposures of the outcome give
    again: a suppressed level takes others with it until subtraction does not give it back.

    Parameters
    ----------
    inputs : Inputs
        View ``outcome_by_exposure``.
    settings : mapping
        ``threshold`` and ``round_to``.

    Returns
    -------
    dict
        ``cleared_outcome_by_exposure``.
    """
    rule = Rule.of(settings)
    rows = inputs.frame("outcome_by_exposure").sort("outcome", "exposure", "level_no").to_dicts()
    shown: list[Row] = []
    for _, alike in groupby(rows, key=lambda row: (row["outcome"], row["exposure"])):
        shown += _exposure_rows(list(alike), rule)
    return cleared(CLEARED_OUTCOME_BY_EXPOSURE, shown)


def _exposure_rows(rows: list[Row], rule: Rule) -> list[Row]:
    parts = {row["level_no"]: Counted(row["persons"], row["events"]) for row in rows}
    whole = Counted(
        sum(part.persons for part in parts.values()), sum(part.events for part in parts.values())
    )
    small = {no for no, part in parts.items() if rule.hides(part.persons, part.events)}
    hidden = with_partners(parts, whole, small, rule)
    return [_suppressed(row) if row["level_no"] in hidden else _shown(row, rule) for row in rows]


def _suppressed(row: Row) -> Row:
    return {**row, "persons": None, "events": None, "status": "suppressed"}


def _shown(row: Row, rule: Rule) -> Row:
    persons, events = rule.rounded(row["persons"]), rule.rounded(row["events"])
    lower, upper = wilson_limits([events], [persons])
    return {
        **row,
        "persons": persons,
        "events": events,
        "rate_per_100": decimals(100 * events / persons, 2),
        "rate_lower": decimals(100 * lower[0], 2),
        "rate_upper": decimals(100 * upper[0], 2),
        "status": "shown",
    }
