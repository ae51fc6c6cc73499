"""
Estimators that other people can use: Cox, Kaplan-Meier, Aalen-Johansen, a multilevel logit.

A room of its own: it takes polars (or pandas) tables and returns small result objects, and knows
nothing of cohorts, local authorities or files. Every family is held to R in ``tests/golden``.
"""

from cws_outcomes.estimators.cox import CoxFit, cox
from cws_outcomes.estimators.curves import Curve, aalen_johansen, kaplan_meier
from cws_outcomes.estimators.errors import EstimationError, EstimationWarning
from cws_outcomes.estimators.multilevel import multilevel
from cws_outcomes.estimators.multilevel_fit import MultilevelFit

__all__ = [
    "CoxFit",
    "Curve",
    "EstimationError",
    "EstimationWarning",
    "MultilevelFit",
    "aalen_johansen",
    "cox",
    "kaplan_meier",
    "multilevel",
]
