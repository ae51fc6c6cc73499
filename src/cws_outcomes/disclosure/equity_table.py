"""The LA equity table as it may be shown: every figure computed from rounded ones."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import polars as pl

from cws_outcomes.contracts.released import CLEARED_LA_EQUITY, CLEARED_LA_FUNNEL
from cws_outcomes.disclosure.cleared import cleared, decimals
from cws_outcomes.disclosure.counts import Rule
from cws_outcomes.disclosure.equity_cells import ALL, Authority, hidden_cells
from cws_outcomes.disclosure.equity_funnel import funnel_rows
from cws_outcomes.disclosure.secondary import Counted
from cws_outcomes.equity import shrink, standardised_ratio
from cws_outcomes.errors import ReleaseError
from cws_outcomes.step import Inputs, Settings

Row = dict[str, Any]
_PLACE = ("model", "la_code", "la_name", "region")
_KIND = ("outcome", "group", "group_no", "adjustment")


def clear_la_equity(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Clear the LA equity table of one model.

    Parameters
    ----------
    inputs : Inputs
        View ``la_equity``.
    settings : mapping
        ``threshold`` and ``round_to``.

    Returns
    -------
    dict
        ``cleared_la_equity``: a row for each row of the exact table, and for each LA that lacks
        one that others have (a missing row would say zero). ``cleared_la_funnel``: points and
        limits of a funnel for each outcome, group and adjustment, from the shown figures.

    Raises
    ------
    ReleaseError
        When the adjustments of one cell have different counts: one of them would be hidden and
        the other shown.
    """
    rule = Rule.of(settings)
    rows = _completed(inputs.frame("la_equity"))
    _require_same_counts(rows)
    hidden = {
        (la, *cell)
        for (la,), of_la in _grouped(rows, "la_code").items()
        for cell in hidden_cells(_authority(of_la), rule)
    }
    cleared_rows = [_shown_row(row, hidden, rule) for row in rows]
    applicable = [row for row in cleared_rows if row["status"] != "not_applicable"]
    funnels: list[Row] = []
    for alike in _grouped(applicable, "outcome", "group", "adjustment").values():
        _add_shrunken([row for row in alike if row["status"] == "shown"])
        funnels += funnel_rows(alike)
    return cleared(CLEARED_LA_EQUITY, cleared_rows) | cleared(CLEARED_LA_FUNNEL, funnels)


def _completed(frame: pl.DataFrame) -> list[Row]:
    """Every LA with every outcome, group and adjustment; what an LA lacks counts zero."""
    places = frame.select(*_PLACE, "la_children").unique()
    kinds = frame.group_by(_KIND).agg(pl.col("is_applicable").any().alias("is_measured"))
    counts = ("group_children", "persons", "events", "expected")
    return (
        places.join(kinds, how="cross")
        .join(
            frame.select("model", "la_code", *_KIND, *counts),
            on=["model", "la_code", *_KIND],
            how="left",
        )
        .with_columns(pl.col(counts).fill_null(0))
        .sort(["model", *CLEARED_LA_EQUITY.key])
        .to_dicts()
    )


def _require_same_counts(rows: Sequence[Row]) -> None:
    for alike in _grouped(rows, "la_code", "outcome", "group").values():
        if len({(row["persons"], row["events"], row["group_children"]) for row in alike}) > 1:
            raise ReleaseError(
                "Table la_equity: the adjustments of one LA, outcome and group have different "
                "counts; expected the same persons and events under each. Impute or leave out "
                "missing covariates before the model, alike for all adjustments."
            )


def _authority(rows: Sequence[Row]) -> Authority:
    """Exact counts of one LA, from its rows of every adjustment."""
    groups = {
        row["group"]: row["group_children"]
        for row in sorted(rows, key=lambda row: row["group_no"])
        if row["group"] != ALL
    }
    outcomes: dict[str, dict[str, Counted]] = {}
    for row in rows:
        if row["is_measured"]:
            cell = Counted(row["persons"], row["events"])
            outcomes.setdefault(row["outcome"], {})[row["group"]] = cell
    return Authority(rows[0]["la_children"], groups, outcomes)


def _shown_row(row: Row, hidden: set[tuple[str, str, str]], rule: Rule) -> Row:
    labels = {name: row[name] for name in (*_PLACE, *_KIND)}
    if not row["is_measured"]:
        return {**labels, "status": "not_applicable"}
    if (row["la_code"], row["outcome"], row["group"]) in hidden:
        return {**labels, "status": "suppressed"}
    return {**labels, **_figures(row, rule), "status": "shown"}


def _figures(row: Row, rule: Rule) -> Row:
    """Figures of a shown row, from its rounded counts and the rounded mean probability."""
    persons, events = rule.rounded(row["persons"]), rule.rounded(row["events"])
    share = rule.rounded(row["group_children"]) / rule.rounded(row["la_children"])
    # To a tenth of a percent: finer, the mean of a few children's probabilities tells who they are.
    mean_percent = round(100 * row["expected"] / row["persons"], 1)
    expected = round(persons * mean_percent / 100, 1)
    ratio = standardised_ratio([events], [persons], [expected])
    return {
        "group_share": decimals(share, 4),
        "persons": persons,
        "events": events,
        "rate_per_100": decimals(100 * events / persons, 2),
        "expected": expected,
        "ratio": decimals(ratio.ratio[0], 3),
        "ratio_lower": decimals(ratio.lower[0], 3),
        "ratio_upper": decimals(ratio.upper[0], 3),
    }


def _add_shrunken(rows: Sequence[Row]) -> None:
    """Shrunken rates of the LAs shown for one outcome, group and adjustment, from their figures."""
    if not rows:
        return
    # An expected number of rounded persons can reach all of them; a rate of 1 has no logit.
    expected = [min(max(row["expected"], 0.1), row["persons"] - 0.1) for row in rows]
    result = shrink([row["events"] for row in rows], [row["persons"] for row in rows], expected)
    for row, rate, lower, upper in zip(rows, result.rate, result.lower, result.upper, strict=True):
        row["shrunken_rate"] = decimals(100 * rate, 2)
        row["shrunken_lower"] = decimals(100 * lower, 2)
        row["shrunken_upper"] = decimals(100 * upper, 2)


def _grouped(rows: Iterable[Row], *names: str) -> Mapping[tuple[str, ...], list[Row]]:
    """Rows by the values of some columns, each in the order given."""

    def key(row: Row) -> tuple[str, ...]:
        return tuple(row[name] for name in names)

    return {value: list(alike) for value, alike in groupby(sorted(rows, key=key), key=key)}
