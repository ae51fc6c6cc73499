r"""
Multinomial logit: probabilities of several outcomes, for weights of exposures with many levels.

.. math:: \log (p_k / p_0) = x^T \beta_k

for every level k but the first (McFadden 1974). The log-likelihood is concave; its information has
a block :math:`\sum_i w_i p_k (\delta_{kl} - p_l) x_i x_i^T` for each pair of levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy import special

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.cells import ROWS, cells, cells_pay
from cws_outcomes.estimators.covariates import Covariate, predictors
from cws_outcomes.estimators.design import Design, design
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.estimates import wald
from cws_outcomes.estimators.inputs import Floats, Integers
from cws_outcomes.estimators.newton import Evaluation, climb, covariance

MOST_OUTCOMES = 50


@dataclass(frozen=True, eq=False)
class MultinomialFit:
    """
    A fitted multinomial logit.

    Attributes
    ----------
    table : polars.DataFrame
        For each level of the outcome but the first: ``outcome``, ``term``, ``estimate`` (log odds
        against the first level), ``std_error``, ``lower``, ``upper``, ``z``, ``p_value``.
    covariance : (rows of the table, same) floats
    outcomes : list of str
        Levels of the outcome; the first is the reference.
    log_likelihood : float
    n : int
        Rows given.
    cells : int or None
        Cells they were collapsed to, if that paid.
    iterations : int
        Newton steps.
    """

    table: pl.DataFrame
    covariance: Floats
    outcomes: list[str]
    log_likelihood: float
    n: int
    cells: int | None
    iterations: int
    _covariates: list[Covariate] = field(repr=False)

    def predict(self, data: object) -> pl.DataFrame:
        """
        Probabilities at given covariates: a column for each level of the outcome.

        Raises
        ------
        EstimationError
            A column is absent or has gaps, or a level occurs that the model does not know.
        """
        frame = inputs.complete(data, [known.name for known in self._covariates])
        beta = self.table["estimate"].to_numpy().reshape(len(self.outcomes) - 1, -1)
        eta = predictors(frame, self._covariates, beta.T)
        return pl.DataFrame(np.exp(_log_chances(eta.T)).T, schema=self.outcomes)


def multinomial_logit(
    data: object, *, outcome: str, covariates: Sequence[str], weights: str | None = None,
    compress: bool | None = None, level: float = 0.95, threads: int = 1,
) -> MultinomialFit:  # fmt: skip
    """
    Fit a multinomial logit by Newton's method, equal to R's ``multinom`` (nnet) at its maximum.

    Parameters
    ----------
    data : polars.DataFrame, pandas.DataFrame or path of a Parquet file
    outcome : str
        Text, flags or whole numbers; the first level (Enum order, else sorted) is the reference.
    covariates : sequence of str
        As for `glm`.
    weights : str, optional
        Case weights above zero; errors take them for numbers of rows.
    compress : bool, optional
        Whether to fit on cells of identical rows, which gives the same numbers; by default if
        their measured number makes it pay.
    level : float
        Of the limits.
    threads : int
        Most at work at once; the result has the same bits for any number.

    Raises
    ------
    EstimationError
        Missing values, fewer than two outcomes, constant or collinear columns, separation.
    """
    frame, weight, collapsed = _rows(data, outcome, covariates, weights, compress, threads)
    codes, levels = inputs.groups(frame, outcome)
    names = levels[outcome].cast(pl.String).to_list()
    if not 2 <= len(names) <= MOST_OUTCOMES:
        raise EstimationError(
            f"`{outcome}`: expected 2 to {MOST_OUTCOMES} levels, found {len(names)}"
        )
    columns = design(frame, covariates, threads=threads)
    share = np.bincount(codes, weight, len(names))
    model = _Multinomial(columns, codes, weight, np.log(share[1:] / share[0]))
    labels = [f"{name}: {term}" for name in names[1:] for term in columns.terms]
    best = climb(model.evaluate, labels, weight=float(np.sum(weight)))
    back = np.kron(np.eye(len(names) - 1), columns.back())
    estimate = back @ best.estimate
    estimate[:: len(columns.terms)] += model.base
    spread = back @ covariance(best.end.information) @ back.T
    error = np.sqrt(np.diag(spread))
    table = pl.DataFrame(
        {
            "outcome": [name for name in names[1:] for _ in columns.terms],
            "term": columns.terms * (len(names) - 1),
            "estimate": estimate,
            "std_error": error,
            **wald(estimate, error, level=level),
        }
    )
    rows, many = collapsed
    return MultinomialFit(table, spread, names, best.end.value, rows, many, best.iterations,
                          columns.covariates)  # fmt: skip


def _rows(
    data: object, outcome: str, covariates: Sequence[str], weights: str | None,
    compress: bool | None, threads: int,
) -> tuple[pl.DataFrame, Floats, tuple[int, int | None]]:  # fmt: skip
    """Rows or cells, their weights, and how many rows and cells there are."""
    keys = list(dict.fromkeys([*covariates, outcome]))
    given = inputs.source(data)
    if compress or (compress is None and not weights and cells_pay(given, keys, threads=threads)):
        found = cells(given, keys, inputs.as_names(weights), threads=threads)
        weight = inputs.positive(found, weights or ROWS)
        return found, weight, (int(found[ROWS].sum()), found.height)
    frame = inputs.complete(given, keys, weights)
    return frame, inputs.positive(frame, weights), (frame.height, None)


def _log_chances(eta: Floats) -> Floats:
    """Log probabilities (outcomes, rows) from the predictors of all outcomes but the first."""
    every = np.concatenate([np.zeros((1, eta.shape[1])), eta])
    return np.asarray(special.log_softmax(every, axis=0), dtype=np.float64)


class _Multinomial:
    """The log-likelihood and its derivatives."""

    def __init__(self, design: Design, codes: Integers, weight: Floats, base: Floats) -> None:
        self.design, self.base = design, base
        self._codes, self._weight = codes, weight

    def evaluate(self, beta: Floats) -> Evaluation:
        """Value, score and information."""
        design, weight, many = self.design, self._weight, len(self.base)
        each = beta.reshape(many, len(design.terms))
        eta = [design.predictor(own) + base for own, base in zip(each, self.base, strict=True)]
        chances = _log_chances(np.array(eta))
        value = float(np.sum(weight * chances[self._codes, np.arange(len(weight))]))
        mean = np.exp(chances[1:])
        score, information = np.empty_like(each), np.empty((*each.shape, *each.shape))
        for one in range(many):
            score[one] = design.project(weight * ((self._codes == one + 1) - mean[one]))
            for other in range(one + 1):
                spread = design.gram(weight * mean[one] * ((one == other) - mean[other]))
                information[one, :, other] = spread
                information[other, :, one] = spread.T
        return Evaluation(value, score.ravel(), information.reshape(beta.size, beta.size))
