"""
Estimators that other people can use: Cox, curves and tests between them, regressions, multilevel.

A room of its own: it takes polars (or pandas) tables and returns small result objects, and knows
nothing of cohorts, local authorities or files. Every family is held to R in ``tests/golden``.
"""

from cws_outcomes.estimators.cells import cells, cells_pay
from cws_outcomes.estimators.cox import cox
from cws_outcomes.estimators.cox_fit import CoxFit
from cws_outcomes.estimators.curve_tests import CurveTest, gray_test, log_rank
from cws_outcomes.estimators.curves import Curve, aalen_johansen, kaplan_meier
from cws_outcomes.estimators.errors import EstimationError, EstimationWarning
from cws_outcomes.estimators.fine_gray import fine_gray
from cws_outcomes.estimators.glm import GlmFit, glm
from cws_outcomes.estimators.multilevel import multilevel
from cws_outcomes.estimators.multilevel_fit import MultilevelFit
from cws_outcomes.estimators.multinomial import MultinomialFit, multinomial_logit
from cws_outcomes.estimators.restricted_mean import RestrictedMean, restricted_mean, rmst

__all__ = [
    "CoxFit",
    "Curve",
    "CurveTest",
    "EstimationError",
    "EstimationWarning",
    "GlmFit",
    "MultilevelFit",
    "MultinomialFit",
    "RestrictedMean",
    "aalen_johansen",
    "cells",
    "cells_pay",
    "cox",
    "fine_gray",
    "glm",
    "gray_test",
    "kaplan_meier",
    "log_rank",
    "multilevel",
    "multinomial_logit",
    "restricted_mean",
    "rmst",
]
