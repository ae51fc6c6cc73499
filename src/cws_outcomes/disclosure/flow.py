"""The cohort flow as it may be shown."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from cws_outcomes.contracts.released import CLEARED_FLOW
from cws_outcomes.disclosure.cleared import cleared
from cws_outcomes.disclosure.counts import Rule
from cws_outcomes.step import Inputs, Settings

Row = dict[str, Any]


def clear_flow(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Clear the flow of one cohort.

    Criteria that exclude fewer than the threshold are joined to the next (the last ones to the one
    before), so that no two shown numbers differ by a small count. The numbers left after each are
    rounded and the excluded are their differences: what is shown adds up.

    Parameters
    ----------
    inputs : Inputs
        View ``flow``.
    settings : mapping
        ``threshold`` and ``round_to``.

    Returns
    -------
    dict
        ``cleared_flow``; a joined row has the number of its last criterion. Numbers of persons
        below the threshold are empty, as is the number that the opening row excludes.
    """
    rule = Rule.of(settings)
    rows = inputs.frame("flow").sort("step_no").to_dicts()
    return cleared(CLEARED_FLOW, [_shown_row(row, rule) for row in _joined(rows, rule)])


def _joined(rows: Sequence[Row], rule: Rule) -> list[Row]:
    joined: list[Row] = []
    waiting: Row | None = None
    for position, row in enumerate(rows):
        row = _together(waiting, row) if waiting else row
        # The opening row of a flow excludes nobody by definition: it is a start, not a criterion.
        is_start = position == 0 and row["persons_excluded"] == 0
        waiting = row if rule.is_small(row["persons_excluded"]) and not is_start else None
        if waiting is None:
            joined.append(row)
    if waiting:
        last = joined.pop() if joined else None
        joined.append(_together(last, waiting) if last else waiting)
    return joined


def _together(first: Row, second: Row) -> Row:
    return {
        **second,
        "criterion": f"{first['criterion']}; {second['criterion']}",
        "persons_in": first["persons_in"],
        "persons_excluded": first["persons_excluded"] + second["persons_excluded"],
    }


def _shown_row(row: Row, rule: Rule) -> Row:
    persons_in, persons_out = rule.shown(row["persons_in"]), rule.shown(row["persons_out"])
    if 0 < row["persons_excluded"] < rule.threshold:
        # A flow whose criteria together exclude too few says only how many are left.
        persons_in = None
    excluded = None
    if row["persons_excluded"] and persons_in is not None and persons_out is not None:
        excluded = persons_in - persons_out
    return {
        **row,
        "persons_in": persons_in,
        "persons_excluded": excluded,
        "persons_out": persons_out,
        "status": "suppressed" if persons_out is None else "shown",
    }
