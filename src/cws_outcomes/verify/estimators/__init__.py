"""
The same small simulated data, fitted with ours and with the libraries people know.

To compare one more estimator write one function that yields `Comparison`s from the tables of
`simulate`, and name it in `COMPARISONS`.
"""

import warnings
from collections.abc import Callable, Iterator

import polars as pl

from cws_outcomes.verify.estimators.comparison import Comparison, as_markdown, unexplained
from cws_outcomes.verify.estimators.multilevel import (
    compare_multilevel_counts,
    compare_multilevel_gaussian,
    compare_multilevel_logit,
    compare_without_variance,
)
from cws_outcomes.verify.estimators.regressions import compare_multinomial, compare_regressions
from cws_outcomes.verify.estimators.simulation import simulate
from cws_outcomes.verify.estimators.survival import (
    compare_cox,
    compare_curve_tests,
    compare_curves,
    compare_fine_gray,
)

__all__ = ["COMPARISONS", "Comparison", "as_markdown", "compare", "simulate", "unexplained"]

COMPARISONS: tuple[Callable[[pl.DataFrame], Iterator[Comparison]], ...] = (
    compare_cox,
    compare_fine_gray,
    compare_curves,
    compare_curve_tests,
    compare_regressions,
    compare_multinomial,
    compare_multilevel_gaussian,
    compare_multilevel_logit,
    compare_multilevel_counts,
    compare_without_variance,
)


def compare(seed: int = 1, children: int = 400) -> list[Comparison]:
    """
    Fit everything.

    Parameters
    ----------
    seed, children : int
        Of the simulated data.
    """
    rows = simulate(seed, children)
    # Of the other libraries: some put their own filter before ours when they are imported.
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("ignore")
        return [found for comparison in COMPARISONS for found in comparison(rows)]
