"""Covariates kept small: a column of few values is a byte for each row, and a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.estimators import column_loops, inputs
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Floats, Integers

FEW = 64  # most distinct values of a number that is kept as codes
Codes = NDArray[np.uint8 | np.uint16]


@dataclass(frozen=True, eq=False)
class Columns:
    """
    The columns of a regression, an intercept first, each centred and divided by its range.

    Attributes
    ----------
    terms : list of str
        ``column`` or ``column[level]``, beginning with ``(Intercept)``.
    codes : (rows, coded) small integers
        Covariates of few values, as places in their part of ``table``.
    offset : (coded,) integers
        Where the part of each coded covariate begins.
    span : (coded, 2) integers
        First term of each coded covariate, and the first that is no longer its own.
    table : (places, terms) floats
        What each place adds to each term.
    numbers : (dense, rows) floats
        The other covariates.
    dense : (dense,) integers
        Their terms.
    centres, ranges : (terms,) floats
        What was taken off and divided by.
    """

    terms: list[str]
    codes: Codes
    offset: Integers
    span: NDArray[np.intp]
    table: Floats
    numbers: Floats
    dense: Integers
    centres: Floats
    ranges: Floats
    threads: int = 1
    parts: list[tuple[int, int]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.codes)

    def predictor(self, beta: Floats) -> Floats:
        """Return the linear predictor of each row."""
        eta = np.empty(self.rows)
        values = self.table @ beta
        slopes = beta[self.dense]

        def part(rows: tuple[int, int]) -> None:
            column_loops.predict(
                self.codes, self.offset, values, self.numbers, slopes, beta[0], eta, *rows
            )

        in_parts(part, self.parts, self.threads)
        return eta

    def project(self, by_row: Floats) -> Floats:
        """Return X'v."""

        def part(rows: tuple[int, int]) -> Floats:
            total = np.zeros(len(self.terms))
            places = np.zeros(len(self.table))
            column_loops.project(
                self.codes, self.offset, self.numbers, self.dense, by_row, places, total, *rows
            )
            return np.asarray(total + np.sum(places[:, None] * self.table, axis=0))

        return np.asarray(np.sum(in_parts(part, self.parts, self.threads), axis=0))

    def gram(self, weights: Floats) -> Floats:
        """Return X' diag(weights) X."""

        def part(rows: tuple[int, int]) -> Floats:
            return column_loops.gram(self.codes, self.offset, self.span, self.table, self.numbers,
                         self.dense, weights, *rows)  # fmt: skip

        return np.asarray(np.sum(in_parts(part, self.parts, self.threads), axis=0))

    def back(self) -> Floats:
        """Matrix from coefficients of these columns to those of the columns as given."""
        back = np.diag(1 / self.ranges)
        back[0, 1:] = -self.centres[1:] / self.ranges[1:]
        return back


def encode(frame: pl.DataFrame, covariates: Sequence[str]) -> Columns:
    """
    Take covariates as codes where they have few values, as numbers where they have many.

    Raises
    ------
    EstimationError
        A constant column, a column named twice, too many levels.
    """
    coded: list[tuple[list[str], Integers, Floats]] = []
    numbers: list[tuple[str, Floats]] = []
    order: list[tuple[bool, int]] = []
    for name in covariates:
        few = _coded(frame, name)
        order.append((few is not None, len(coded) if few is not None else len(numbers)))
        if few is not None:
            coded.append(few)
        else:
            numbers.append((name, inputs.numbers(frame, name)))
    return _joined(frame.height, coded, numbers, order)


def _coded(frame: pl.DataFrame, name: str) -> tuple[list[str], Integers, Floats] | None:
    """Terms, code of each row, and values (codes, terms); nothing for a number of many values."""
    values = frame[name]
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        given = inputs.numbers(frame, name)
        codes, found = column_loops.few_values(given, FEW)
        if len(found) > FEW:
            return None
        order = np.argsort(found)
        return [name], np.argsort(order).astype(np.uint8)[codes], found[order][:, None]
    if not isinstance(values.dtype, pl.String | pl.Enum):
        raise EstimationError(f"`{name}`: expected numbers, flags or text, found {values.dtype}")
    levels = _levels(values)
    if len(levels) > inputs.MOST_LEVELS:
        raise EstimationError(
            f"`{name}` has {len(levels)} levels, at most {inputs.MOST_LEVELS} are fitted as terms"
        )
    if isinstance(values.dtype, pl.String):
        values = values.cast(pl.Enum(levels))
    categories = cast(pl.Enum, values.dtype).categories
    place = {level: code for code, level in enumerate(categories)}
    codes = np.zeros(len(place), dtype=_smallest(len(levels)))
    codes[[place[level] for level in levels]] = np.arange(len(levels))
    terms = [f"{name}[{level}]" for level in levels[1:]] or [name]
    return terms, codes[values.to_physical().to_numpy()], np.eye(len(levels))[:, 1:]


def _smallest(levels: int) -> type[np.uint8] | type[np.uint16]:
    return np.uint8 if levels <= 256 else np.uint16


def _levels(values: pl.Series) -> list[str]:
    """Levels of a text column that occur, in the order of its Enum or sorted."""
    return [str(level) for level in values.unique().sort()]


def _joined(
    rows: int,
    coded: list[tuple[list[str], Integers, Floats]],
    numbers: list[tuple[str, Floats]],
    order: list[tuple[bool, int]],
) -> Columns:
    terms, span, dense = ["(Intercept)"], [(0, 0)] * len(coded), [0] * len(numbers)
    for is_coded, place in order:
        names = coded[place][0] if is_coded else [numbers[place][0]]
        if is_coded:
            span[place] = (len(terms), len(terms) + len(names))
        else:
            dense[place] = len(terms)
        terms += names
    _refuse_repeated(terms)
    _refuse_constant(coded)
    sizes = [len(values) for _, _, values in coded]
    codes = np.empty((rows, len(coded)), dtype=_smallest(max(sizes, default=0)))
    counts = np.zeros((len(coded), max(sizes, default=0)))
    for place, (_, own, _) in enumerate(coded):
        column_loops.put(own, codes, place, counts[place])
    table = np.zeros((sum(sizes), len(terms)))
    centres, ranges = np.zeros(len(terms)), np.ones(len(terms))
    offset = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.intp)
    for place, (_, _, values) in enumerate(coded):
        mine = slice(*span[place])
        centres[mine] = counts[place, : len(values)] @ values / rows
        ranges[mine] = np.ptp(values, axis=0) if len(values) else 0.0
        table[offset[place] : offset[place] + len(values), mine] = values - centres[mine]
    matrix = np.empty((len(numbers), rows))
    for place, (_, given) in enumerate(numbers):
        centres[dense[place]], ranges[dense[place]] = given.mean(), np.ptp(given)
        np.subtract(given, centres[dense[place]], out=matrix[place])
    table /= ranges
    matrix /= ranges[dense][:, None]
    return Columns(
        terms, codes, offset, np.array(span, dtype=np.intp).reshape(-1, 2), table, matrix,
        np.array(dense, dtype=np.intp), centres, ranges,
    )  # fmt: skip


def _refuse_repeated(terms: list[str]) -> None:
    repeated = sorted({name for name in terms if terms.count(name) > 1})
    if repeated:
        raise EstimationError(f"covariates named twice: {inputs.listed(repeated)}")


def _refuse_constant(coded: list[tuple[list[str], Integers, Floats]]) -> None:
    constant = [names[0] for names, _, values in coded if len(values) == 1]
    if constant:
        raise EstimationError(
            f"the same value in every row: {inputs.listed(constant)}; leave these out"
        )


def sorted_rows(columns: Columns, order: Integers, threads: int, breaks: Integers) -> Columns:
    """Return some rows in an order of their own, divided in parts at some of the ``breaks``."""
    numbers = np.empty((len(columns.numbers), len(order)))
    for place, own in enumerate(columns.numbers):
        numbers[place] = own[order]
    return Columns(
        columns.terms, columns.codes[order], columns.offset, columns.span, columns.table, numbers,
        columns.dense, columns.centres, columns.ranges, threads, parts(breaks),
    )  # fmt: skip


def parts(breaks: Integers, rows_each: int = 40_000, most: int = 16) -> list[tuple[int, int]]:
    """Divide rows at some of the ``breaks`` in about equal parts, whatever the threads."""
    rows = int(breaks[-1])
    wanted = int(np.clip(rows // rows_each, 1, most))
    at = breaks[np.searchsorted(breaks, np.linspace(0, rows, wanted + 1)[1:-1])]
    edges = np.unique(np.concatenate([[0], at, [rows]])).tolist()
    return list(pairwise(edges))
