"""Prints one CSV from cleared results: rows in order, numbers always written alike."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from cws_outcomes.contracts import CONTRACTS, Table
from cws_outcomes.contracts.released import LA_EQUITY_COLUMNS
from cws_outcomes.contracts.selection import require_known, selected
from cws_outcomes.errors import ReleaseError
from cws_outcomes.step import Inputs, Settings

# The LA equity table is the one others read by program: its columns are fixed by name and order.
_FIXED: Mapping[str, Sequence[str]] = {"la_equity": tuple(LA_EQUITY_COLUMNS)}
# Numbers that only put rows in order.
_TECHNICAL = ("step_no", "group_no", "term_no", "level_no", "point_no")
_DECIMALS = {
    "group_share": 4, "rate_per_100": 2, "rate_lower": 2, "rate_upper": 2, "expected": 1,
    "ratio": 3, "ratio_lower": 3, "ratio_upper": 3, "shrunken_rate": 2, "shrunken_lower": 2,
    "shrunken_upper": 2, "estimate": 4, "p_value": 3,
}  # fmt: skip


def print_table(inputs: Inputs, settings: Settings, paths: Mapping[str, Path]) -> None:
    """
    Print one table of the study.

    Parameters
    ----------
    inputs : Inputs
        The one view ``cleared_<layout>``, over the models the table names.
    settings : mapping
        ``table``: its definition, with ``layout``, ``where`` (column to values, all must hold)
        and ``columns`` (empty for all but the technical ones).
    paths : mapping of str to Path
        ``csv``: file to write, UTF-8 with LF line ends; empty for what is missing.

    Raises
    ------
    ReleaseError
        When the layout's contract is not a releasable one.
    ConfigError
        When ``where`` or ``columns`` name a column that the layout lacks, or ``where`` a value
        that no row holds.
    """
    definition = settings["table"]
    contract = _releasable(f"cleared_{definition['layout']}")
    file = f"tables/{definition['name']}.yaml"
    chosen = selected(inputs.frame(contract.name), definition.get("where") or {}, file)
    leading = [name for name in ("model", "cohort") if name in contract.columns]
    order = list(dict.fromkeys([*leading, *contract.key]))
    rows = chosen.sort(order).select(printed_columns(contract, definition))
    _write(rows, paths["csv"])


def _releasable(name: str) -> Table:
    contract = CONTRACTS.get(name)
    if contract is None or contract.sensitivity != "releasable":
        layouts = [n.removeprefix("cleared_") for n in CONTRACTS if n.startswith("cleared_")]
        raise ReleaseError(
            f"Table {name} has no releasable contract. Expected a layout that disclosure clears: "
            f"{', '.join(layouts)}."
        )
    return contract


def printed_columns(contract: Table, definition: Mapping[str, Any]) -> list[str]:
    """
    Columns of a printed table, in order.

    Parameters
    ----------
    contract : Table
        Cleared table it is printed from.
    definition : mapping
        The printed table's definition, with its ``name``.

    Raises
    ------
    ConfigError
        When the definition asks for a column that the contract lacks.
    """
    usual = [name for name in contract.columns if name not in _TECHNICAL]
    columns = definition.get("columns") or _FIXED.get(definition["layout"], usual)
    require_known(columns, contract.columns, f"tables/{definition['name']}.yaml: columns")
    return list(columns)


def _write(rows: pl.DataFrame, path: Path) -> None:
    places = [_DECIMALS.get(name) for name in rows.columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows.columns)
        for row in rows.iter_rows():
            writer.writerow(_text(value, p) for value, p in zip(row, places, strict=True))


def _text(value: Any, places: int | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value) if places is None else f"{value:.{places}f}"
    return str(value)
