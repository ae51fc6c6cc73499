r"""
Multinomial logit: probabilities of several outcomes, for weights of exposures with many levels.

.. math:: \log (p_k / p_0) = x^T \beta_k

for every level k but the first (McFadden 1974). The log-likelihood is concave; its information has
a block :math:`\sum_i w_i p_k (\delta_{kl} - p_l) x_i x_i^T` for each pair of levels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from scipy import stats

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.blocks import Columns, columns
from cws_outcomes.estimators.cells import ROWS, cells, cells_pay
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.errors import EstimationError
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
    _covariates: Sequence[str] = field(repr=False)
    _levels: Mapping[str, list[str]] = field(repr=False)

    def predict(self, data: object) -> pl.DataFrame:
        """
        Probabilities at given covariates: a column for each level of the outcome.

        Raises
        ------
        EstimationError
            A column is absent or has gaps, or a level occurs that the model does not know.
        """
        frame = inputs.complete(data, self._covariates)
        given = columns(frame, self._covariates, levels=self._levels)
        beta = self.table["estimate"].to_numpy().reshape(len(self.outcomes) - 1, -1)
        chances = [np.exp(_log_chances(beta, given.block(rows), 0.0)) for rows in given.blocks()]
        return pl.DataFrame(np.concatenate(chances, axis=1).T, schema=self.outcomes)


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
    design = columns(frame, covariates)
    share = np.bincount(codes, weight, len(names))
    model = _Multinomial(design, codes, weight, np.log(share[1:] / share[0]), threads)
    labels = [f"{name}: {term}" for name in names[1:] for term in design.terms]
    best = climb(model.evaluate, labels, weight=float(np.sum(weight)))
    back = np.kron(np.eye(len(names) - 1), design.unscaled())
    estimate = back @ best.estimate
    estimate[:: len(design.terms)] += model.base
    spread = back @ covariance(best.end.information) @ back.T
    error = np.sqrt(np.diag(spread))
    reach = float(stats.norm.ppf((1 + level) / 2)) * error
    table = pl.DataFrame(
        {
            "outcome": [name for name in names[1:] for _ in design.terms],
            "term": design.terms * (len(names) - 1),
            "estimate": estimate,
            "std_error": error,
            "lower": estimate - reach,
            "upper": estimate + reach,
            "z": estimate / error,
            "p_value": 2 * stats.norm.sf(np.abs(estimate / error)),
        }
    )
    rows, many = collapsed
    return MultinomialFit(table, spread, names, best.end.value, rows, many, best.iterations,
                          covariates, design.levels)  # fmt: skip


def _rows(
    data: object, outcome: str, covariates: Sequence[str], weights: str | None,
    compress: bool | None, threads: int,
) -> tuple[pl.DataFrame, Floats, tuple[int, int | None]]:  # fmt: skip
    """Rows or cells, their weights, and how many rows and cells there are."""
    keys = list(dict.fromkeys([*covariates, outcome]))
    added = [weights] if weights else []
    source = data if isinstance(data, str | Path) else inputs.as_frame(data)
    if compress or (compress is None and not weights and cells_pay(source, keys, threads=threads)):
        found = cells(source, keys, added, threads=threads)
        weight = inputs.positive(found, weights or ROWS)
        return found, weight, (int(found[ROWS].sum()), found.height)
    if isinstance(source, pl.DataFrame):
        frame = inputs.complete(source, keys, weights)
    else:
        frame = inputs.complete(pl.read_parquet(source, columns=[*keys, *added]), keys, weights)
    return frame, inputs.positive(frame, weights), (frame.height, None)


def _log_chances(beta: Floats, block: Floats, base: Floats | float) -> Floats:
    """Log probabilities (outcomes, rows)."""
    eta = np.einsum("kt,tr->kr", beta, block) + np.reshape(base, (-1, 1))
    every = np.concatenate([np.zeros((1, block.shape[1])), eta])
    return np.asarray(every - np.logaddexp.reduce(every, axis=0), dtype=np.float64)


class _Multinomial:
    """The log-likelihood and its derivatives, a block of rows at a time."""

    def __init__(
        self, design: Columns, codes: Integers, weight: Floats, base: Floats, threads: int
    ) -> None:
        self.design, self.base = design, base
        self._codes, self._weight, self._threads = codes, weight, threads

    def evaluate(self, beta: Floats) -> Evaluation:
        """Value, score and information."""
        terms, many = len(self.design.terms), len(self.base)

        def part(rows: slice) -> Evaluation:
            block, weight, codes = self.design.block(rows), self._weight[rows], self._codes[rows]
            chances = _log_chances(beta.reshape(many, terms), block, self.base)
            value = float(np.sum(weight * chances[codes, np.arange(len(codes))]))
            mean = np.exp(chances[1:])
            happened = codes == np.arange(1, many + 1)[:, None]
            score = np.einsum("kr,tr->kt", weight * (happened - mean), block).ravel()
            information = np.empty((many, terms, many, terms))
            for one in range(many):
                for other in range(one + 1):
                    spread = weight * mean[one] * ((one == other) - mean[other])
                    information[one, :, other] = (block * spread) @ block.T
                    information[other, :, one] = information[one, :, other].T
            return Evaluation(value, score, information.reshape(many * terms, many * terms))

        parts = in_parts(part, self.design.blocks(), self._threads)
        score = np.sum([found.score for found in parts], axis=0)
        information = np.sum([found.information for found in parts], axis=0)
        return Evaluation(float(sum(found.value for found in parts)), score, information)
