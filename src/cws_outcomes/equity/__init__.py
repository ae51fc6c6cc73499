"""Measures of equity on counts: rates, expected numbers, ratios, shrinkage, funnels.

Purely numeric: arrays in, arrays out. It knows no table, no authority and no study.
"""

from cws_outcomes.equity.funnel import Z_95, Z_998, Funnel, funnel, funnel_limits
from cws_outcomes.equity.gradient import Gradient, gradient
from cws_outcomes.equity.intervals import (
    Ratio,
    byar_limits,
    standardised_ratio,
    wilson_limits,
)
from cws_outcomes.equity.shrinkage import Shrunken, shrink

__all__ = [
    "Z_95",
    "Z_998",
    "Funnel",
    "Gradient",
    "Ratio",
    "Shrunken",
    "byar_limits",
    "funnel",
    "funnel_limits",
    "gradient",
    "shrink",
    "standardised_ratio",
    "wilson_limits",
]
