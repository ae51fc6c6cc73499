"""Estimates of models, and the effects of LAs, as they may be shown."""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

import polars as pl

from cws_outcomes.contracts import Table
from cws_outcomes.contracts.released import (
    CLEARED_HAZARD_RATIOS,
    CLEARED_LA_EFFECTS,
    CLEARED_MULTILEVEL_LOGIT,
)
from cws_outcomes.disclosure.cleared import cleared, significant
from cws_outcomes.disclosure.counts import Rule
from cws_outcomes.disclosure.la_effects import Effect, from_rounded_counts
from cws_outcomes.disclosure.secondary import Counted, with_partners
from cws_outcomes.step import Inputs, Settings

Row = dict[str, Any]

SMALLEST_P_VALUE = 0.001  # printed as "<0.001"
FEWEST_RESIDUAL_DF = 10  # ESSnet handbook of output checking (2010), rule of thumb for models
_SPREADS = ("la_sd", "la_variance_share", "median_odds_ratio")


def clear_hazard_ratios(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Clear the hazard ratios of one model.

    Parameters
    ----------
    inputs : Inputs
        View ``hazard_ratios``.
    settings : mapping
        ``threshold`` and ``round_to``.

    Returns
    -------
    dict
        ``cleared_hazard_ratios``. A level with too few is suppressed; the counts (not the
        estimate) of a level that would give it back by subtraction are empty.
    """
    rows = inputs.frame("hazard_ratios").sort("term_no").to_dicts()
    return _cleared_terms(CLEARED_HAZARD_RATIOS, rows, "hazard_ratio", "model_events", settings)


def clear_multilevel_logit(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Clear the fixed part of one multilevel logit, and the spread of its LAs.

    Parameters
    ----------
    inputs : Inputs
        View ``multilevel_logit``.
    settings : mapping
        ``threshold`` and ``round_to``.

    Returns
    -------
    dict
        ``cleared_multilevel_logit``, by the rules of `clear_hazard_ratios`.
    """
    rows = inputs.frame("multilevel_logit").sort("term_no").to_dicts()
    return _cleared_terms(CLEARED_MULTILEVEL_LOGIT, rows, "odds_ratio", "model_persons", settings)


def clear_la_effects(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Clear the LA effects of one multilevel logit.

    Each effect is moved to what the LA's rounded counts would have given (`la_effects`): with the
    spread of the LAs, an exact effect gives the exact number of events back.

    Parameters
    ----------
    inputs : Inputs
        Views ``la_effects`` and ``multilevel_logit`` of the same model.
    settings : mapping
        ``threshold`` and ``round_to``.

    Returns
    -------
    dict
        ``cleared_la_effects``: an LA with too few persons, events or complement is suppressed,
        with another when it is alone; all are when the model itself is.
    """
    rule = Rule.of(settings)
    terms = inputs.frame("multilevel_logit").to_dicts()
    may_show, la_sd = _may_show_model(terms, "model_persons", rule), terms[0]["la_sd"]
    rows = inputs.frame("la_effects").sort("la_code").to_dicts()
    parts = {row["la_code"]: Counted(row["persons"], row["events"]) for row in rows}
    small = {la for la, part in parts.items() if rule.hides(part.persons, part.events)}
    hidden = with_partners(parts, _whole(parts.values(), terms[0]), small, rule)
    hidden = hidden if may_show else set(parts)
    shown = [_effect_row(row, la_sd, rule, is_hidden=row["la_code"] in hidden) for row in rows]
    return cleared(CLEARED_LA_EFFECTS, shown)


def _effect_row(row: Row, la_sd: float, rule: Rule, *, is_hidden: bool) -> Row:
    names = {name: row[name] for name in ("model", "outcome", "cohort", "la_code")}
    names |= {"la_name": row["la_name"], "region": row["region"]}
    if is_hidden:
        return {**names, "status": "suppressed"}
    counted = Counted(row["persons"], row["events"])
    effect = from_rounded_counts(
        Effect(row["log_odds_ratio"], row["std_error"]), counted, la_sd, rule
    )
    ratios = zip(("odds_ratio", "lower", "upper"), effect.odds_ratios(), strict=True)
    return {
        **names,
        "persons": rule.rounded(counted.persons),
        "events": rule.rounded(counted.events),
        **{name: significant(value) for name, value in ratios},
        "status": "shown",
    }


def _cleared_terms(
    table: Table, rows: Sequence[Row], estimate: str, size: str, settings: Settings
) -> dict[str, pl.DataFrame]:
    rule = Rule.of(settings)
    if not rows or not _may_show_model(rows, size, rule):
        return cleared(table, [_suppressed(row, estimate, in_model=False) for row in rows])
    shown: list[Row] = []
    for _, of_covariate in groupby(rows, key=lambda row: row["covariate"]):
        shown += _covariate_rows(list(of_covariate), estimate, rule)
    return cleared(table, shown)


def _may_show_model(rows: Sequence[Row], size: str, rule: Rule) -> bool:
    """Enough events and others, and residual degrees of freedom: a table is not a model."""
    persons, events = rows[0]["model_persons"], rows[0]["model_events"]
    estimated = sum(not row["is_reference"] for row in rows)
    residual = rows[0][size] - estimated
    return not rule.hides(persons, events) and residual >= FEWEST_RESIDUAL_DF


def _covariate_rows(rows: Sequence[Row], estimate: str, rule: Rule) -> list[Row]:
    small = {row["level"] for row in rows if rule.hides(row["persons"], row["events"])}
    reference = {row["level"] for row in rows if row["is_reference"]}
    if small & reference:
        return [_suppressed(row, estimate, in_model=True, rule=rule) for row in rows]
    parts = {row["level"]: Counted(row["persons"], row["events"]) for row in rows}
    without_counts = with_partners(parts, _whole(parts.values(), rows[0]), small, rule)
    return [
        _suppressed(row, estimate, in_model=True, rule=rule)
        if row["level"] in small
        else _shown_term(row, estimate, rule, with_counts=row["level"] not in without_counts)
        for row in rows
    ]


def _whole(parts: Collection[Counted], model: Row) -> Counted:
    """
    What the parts could be subtracted from.

    A person can have been in several states of contact, which then add up to more than the model's
    persons: their own sum is the whole that matters.
    """
    return Counted(
        max(model["model_persons"], sum(part.persons for part in parts)),
        max(model["model_events"], sum(part.events for part in parts)),
    )


def _shown_term(row: Row, estimate: str, rule: Rule, *, with_counts: bool) -> Row:
    counts = {
        name: rule.rounded(row[name]) if with_counts else None for name in ("persons", "events")
    }
    p_value = row["p_value"]
    return {
        **row,
        **_model_figures(row, rule),
        **counts,
        **{name: significant(row[name]) for name in (estimate, "lower", "upper")},
        "p_value": None if p_value is None else max(round(p_value, 3), SMALLEST_P_VALUE),
        "status": "shown",
    }


def _suppressed(row: Row, estimate: str, *, in_model: bool, rule: Rule | None = None) -> Row:
    names = ("persons", "events", estimate, "lower", "upper", "p_value")
    figures = (
        _model_figures(row, rule)
        if in_model and rule
        else dict.fromkeys(("model_persons", "model_events", *_SPREADS))
    )
    return {**row, **dict.fromkeys(names), **figures, "status": "suppressed"}


def _model_figures(row: Row, rule: Rule) -> Row:
    """Figures of the whole model, which stand on each of its rows."""
    spreads = {name: significant(row[name]) for name in _SPREADS if name in row}
    counts = {name: rule.rounded(row[name]) for name in ("model_persons", "model_events")}
    return {**counts, **spreads}
