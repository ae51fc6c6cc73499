"""
Estimators that other people can use: Cox, Kaplan-Meier, Aalen-Johansen, a multilevel logit.

A room of its own: it takes polars (or pandas) tables and returns small result objects, and knows
nothing of cohorts, local authorities or files. Every family is held to R in ``tests/golden``.
"""

from cws_outcomes.estimators.cox import cox
from cws_outcomes.estimators.cox_fit import CoxFit
from cws_outcomes.estimators.curves import Curve, aalen_johansen, kaplan_meier
from cws_outcomes.estimators.errors import EstimationError, EstimationWarning
from cws_outcomes.estimators.fine_gray import fine_gray
from cws_outcomes.estimators.multilevel import MultilevelFit, multilevel

__all__ = [
    "CoxFit",
    "Curve",
    "EstimationError",
    "EstimationWarning",
    "MultilevelFit",
    "aalen_johansen",
    "cox",
    "fine_gray",
    "kaplan_meier",
    "multilevel",
]
