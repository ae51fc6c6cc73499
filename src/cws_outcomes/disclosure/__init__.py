"""Seventh stage: the only way from unchecked results to releasable tables.

One function for each result, each a step: ``(inputs, settings) -> {"cleared_…": frame}`` with
settings ``threshold`` and ``round_to``. The rules are in ``docs/disclosure.md``.
"""

from cws_outcomes.disclosure.coefficients import (
    clear_hazard_ratios,
    clear_la_effects,
    clear_multilevel_logit,
)
from cws_outcomes.disclosure.curves import clear_cumulative_incidence
from cws_outcomes.disclosure.equity_table import clear_la_equity
from cws_outcomes.disclosure.exposure_table import clear_outcome_by_exposure
from cws_outcomes.disclosure.flow import clear_flow

__all__ = [
    "clear_cumulative_incidence",
    "clear_flow",
    "clear_hazard_ratios",
    "clear_la_effects",
    "clear_la_equity",
    "clear_multilevel_logit",
    "clear_outcome_by_exposure",
]
