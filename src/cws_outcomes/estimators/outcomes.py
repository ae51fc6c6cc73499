"""What a regression has to know of its outcomes: totals by cell, or by row where none share one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import special

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.cells import ROWS, cells, cells_pay, quoted
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Floats


@dataclass(frozen=True, eq=False)
class Outcomes:
    """
    Outcomes by row or cell, those of a Gaussian model centred and in units of their deviation.

    Attributes
    ----------
    keys : polars.DataFrame
        Covariates, offset and clusters.
    total, weight : (cells,) floats
        Sums of weight x outcome and of weight x trials.
    squares : (cells,) floats
        Sum of weight x outcome squared (Gaussian only).
    seconds : (3, cells) floats or None
        Sums of weight squared x (outcome squared, outcome x trials, trials squared).
    rows : int
        Rows given.
    cells : int or None
        Cells, if rows were collapsed.
    constant : float
        What the log-likelihood has besides.
    centre, unit : float
        Of the outcome of a Gaussian model; 0 and 1 otherwise.
    """

    keys: pl.DataFrame
    total: Floats
    weight: Floats
    squares: Floats
    seconds: Floats | None
    rows: int
    cells: int | None
    constant: float
    centre: float = 0.0
    unit: float = 1.0

    def residual(self, eta: Floats) -> float:
        """Weighted sum of squared residuals of a Gaussian model."""
        return float(np.sum(self.squares - 2 * eta * self.total + eta**2 * self.weight))

    def centred(self, outcome: str, intercept: bool) -> "Outcomes":
        """Outcomes of a Gaussian model in units that do not matter."""
        everything = float(np.sum(self.weight))
        mean = float(np.sum(self.total)) / everything
        unit = float(np.sqrt(max(np.sum(self.squares) / everything - mean**2, 0.0)))
        if not unit > 1e-12 * abs(mean):
            raise unvaried(outcome)
        centre = mean if intercept else 0.0
        total = (self.total - centre * self.weight) / unit
        squares = (self.squares - 2 * centre * self.total + centre**2 * self.weight) / unit**2
        seconds = self.seconds
        if seconds is not None:
            yy, y, one = seconds
            seconds = np.stack([yy - 2 * centre * y + centre**2 * one, (y - centre * one) * unit,
                                one * unit**2]) / unit**2  # fmt: skip
        return Outcomes(self.keys, total, self.weight, squares, seconds, self.rows, self.cells,
                        self.constant, centre, unit)  # fmt: skip


def outcomes(
    data: pl.DataFrame | str | Path, outcome: str, keys: Sequence[str], *, family: str,
    trials: str | None, weights: str | None, robust: bool, compress: bool | None, threads: int,
) -> Outcomes:  # fmt: skip
    """
    Check outcomes and add them up by cell where that pays.

    Parameters
    ----------
    keys : sequence of str
        Columns in which the rows of a cell agree.
    compress : bool or None
        None: if `cells_pay`.

    Raises
    ------
    EstimationError
        Gaps, weights of zero or less, or outcomes outside the range of the family.
    """
    if compress or (compress is None and keys and cells_pay(data, keys, threads=threads)):
        # First under their own names, which is how gaps in them are reported.
        own = [name for name in (outcome, trials, weights) if name and name not in keys]
        sums = {name: f"cast({quoted(name)} as double)" for name in own}
        sums |= _sums(outcome, family, trials, weights, robust)
        found = cells(data, keys, sums, threads=threads)
        rows, many = int(found[ROWS].sum()), found.height
        wrong, low = int(found["_wrong"].sum()), int(found["_low"].sum())
        _refuse(outcome, weights, family, trials, wrong, low)
        names = ("_total", "_weight", "_squares")
        total, weight, squares = (inputs.numbers(found, name) for name in names)
        second = (
            [inputs.numbers(found, f"_second{power}") for power in range(3)] if robust else None
        )
        seconds = None if second is None else np.stack(second)
        constant = float(found["_constant"].sum())
        return Outcomes(found.select(keys), total, weight, squares, seconds, rows, many, constant)
    frame = inputs.complete(data, keys, outcome, trials, weights)
    return _by_row(frame, outcome, keys, family, trials, weights, robust)


def _sums(
    outcome: str, family: str, trials: str | None, weights: str | None, robust: bool
) -> dict[str, str]:
    y, n, w = (
        f"cast({quoted(name)} as double)" if name else "1.0::double"
        for name in (outcome, trials, weights)
    )
    broken = f"{y} < 0 or {y} <> floor({y})"
    wrong = {"gaussian": "false", "poisson": broken, "binomial": f"{y} not in (0, 1)"}[family]
    constant = {
        "gaussian": f"ln({w}) / 2",
        "poisson": f"-{w} * lgamma({y} + 1)",
        "binomial": "0.0::double",
    }[family]
    if trials:
        wrong = f"{broken} or {n} <> floor({n}) or {n} < 1 or {y} > {n}"
        constant = f"{w} * (lgamma({n} + 1) - lgamma({y} + 1) - lgamma({n} - {y} + 1))"
    safe = f"case when {wrong} or {w} <= 0 then 0.0 else {constant} end"
    sums = {"_total": f"{w} * {y}", "_weight": f"{w} * {n}", "_squares": f"{w} * {y} * {y}",
            "_wrong": f"cast({wrong} as integer)", "_low": f"cast({w} <= 0 as integer)",
            "_constant": safe}  # fmt: skip
    if robust:
        powers = (f"{y} * {y}", f"{y} * {n}", f"{n} * {n}")
        sums |= {f"_second{place}": f"{w} * {w} * {own}" for place, own in enumerate(powers)}
    return sums


def _by_row(
    frame: pl.DataFrame, outcome: str, keys: Sequence[str], family: str, trials: str | None,
    weights: str | None, robust: bool,
) -> Outcomes:  # fmt: skip
    y, n, w, constant = checked(frame, outcome, family, trials, weights)
    second = np.stack([w * w * y * y, w * w * y * n, w * w * n * n]) if robust else None
    return Outcomes(
        frame.select(keys), w * y, w * n, w * y * y, second, frame.height, None, constant
    )


class Checked(NamedTuple):
    """Outcomes, trials and weights by row, and what of the log-likelihood no parameter moves."""

    outcome: Floats
    trials: Floats
    weights: Floats
    constant: float


def checked(
    frame: pl.DataFrame, outcome: str, family: str, trials: str | None, weights: str | None
) -> Checked:
    """
    Read the outcomes of complete rows.

    Parameters
    ----------
    family : str
        Of a negative binomial there is no constant: its gamma functions move with theta.

    Raises
    ------
    EstimationError
        Weights of zero or less, or outcomes outside the range of the family.
    """
    y, w = inputs.numbers(frame, outcome), inputs.positive(frame, weights)
    n = np.ones(len(y)) if trials is None else inputs.numbers(frame, trials)
    if family == "gaussian":
        return Checked(y, n, w, added_up(np.log(w)) / 2 if weights else 0.0)
    outside = (y < 0) | (y != np.floor(y))
    if family == "binomial":
        outside |= (n != np.floor(n)) | (n < 1) | (y > n)
    _refuse(outcome, weights, family, trials, int(np.sum(outside)), 0)
    constant = 0.0
    if family == "poisson":
        constant = -added_up(w * special.gammaln(y + 1))
    elif trials:
        ways = special.gammaln(n + 1) - special.gammaln(y + 1) - special.gammaln(n - y + 1)
        constant = added_up(w * ways)
    return Checked(y, n, w, constant)


def added_up(values: Floats) -> float:
    """Return a sum that is right to the last bit, so that the order of rows does not matter."""
    return math.fsum(values.tolist())


def unvaried(outcome: str) -> EstimationError:
    """Return what to raise where outcomes do not vary, or a mean is at an end of its range."""
    return EstimationError(f"`{outcome}`: the same in every row, so there is nothing to explain")


def _refuse(
    outcome: str, weights: str | None, family: str, trials: str | None, wrong: int, low: int
) -> None:
    if low:
        raise EstimationError(
            f"`{weights}`: weights must be above zero, {low} are not; leave these rows out"
        )
    if wrong:
        wanted = "whole numbers of 0 or more"
        if family == "binomial":
            wanted = f"whole numbers from 0 to `{trials}`, itself 1 or more"
        if family == "binomial" and trials is None:
            wanted = "0 and 1 only"
        raise EstimationError(f"`{outcome}`: expected {wanted}, found {wrong} other values")
