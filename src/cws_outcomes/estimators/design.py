"""Covariates kept small: a column of few values is a byte for each row, and a table."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl

from cws_outcomes.estimators import column_loops, inputs
from cws_outcomes.estimators.codes import Codes
from cws_outcomes.estimators.column_loops import Layout
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.covariates import Covariate, Levels, covariates
from cws_outcomes.estimators.inputs import Floats, Integers
from cws_outcomes.estimators.parts import FEWEST_ROWS, MOST_PARTS, even_parts, fetched
from cws_outcomes.estimators.products import product_of

INTERCEPT = "(Intercept)"
FEW = 64  # most distinct values of a number that is kept as codes
COMBINATIONS = 32  # of values that share a code: sums over pairs of codes stay near
ROWS_EACH = 40_000  # of a part, at least


@dataclass(frozen=True, eq=False)
class Design:
    """
    The columns of a regression, never whole in memory: less their least value, over their range.

    A coefficient is then the most that a term can move a linear predictor, and a level on its way
    to infinity does not move the intercept. Without an intercept nothing is taken off.

    Attributes
    ----------
    covariates : list of Covariate
        As asked for.
    terms : list of str
        ``column`` or ``column[level]``, first ``(Intercept)`` if there is one.
    layout : Layout
        The rows.
    centres, ranges : (columns,) floats
        What was taken off and divided by.
    threads : int
        Most parts at work at once.
    parts : sequence of (first, last)
        Stretches of rows, whatever the threads.
    """

    covariates: list[Covariate]
    terms: list[str]
    layout: Layout
    centres: Floats
    ranges: Floats
    threads: int
    parts: Sequence[tuple[int, int]]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.layout.codes)

    @property
    def _begin(self) -> int:
        """First column that is a term: 1 without an intercept."""
        return len(self.ranges) - len(self.terms)

    def predictor(self, beta: Floats) -> Floats:
        """Return the linear predictor of each row."""
        beta = np.append(np.zeros(self._begin), beta)
        eta = np.empty(self.rows)
        values, slopes = self.layout.table @ beta, beta[self.layout.dense]

        def part(rows: tuple[int, int]) -> None:
            column_loops.predict(self.layout, values, slopes, eta[:0], eta, *rows)

        in_parts(part, self.parts, self.threads)
        return eta

    def project(self, by_row: Floats) -> Floats:
        """Return X'v."""

        def part(rows: tuple[int, int]) -> Floats:
            return column_loops.place_sums(self.layout, by_row, *rows)

        total = np.sum(in_parts(part, self.parts, self.threads), axis=0) @ self.layout.by_place()
        return np.asarray(total[self._begin :])

    def gram(self, weights: Floats) -> Floats:
        """Return X' diag(weights) X."""

        def part(rows: tuple[int, int]) -> Floats:
            return column_loops.pair_sums(self.layout, weights[slice(*rows)], *rows)

        pairs = np.sum(in_parts(part, self.parts, self.threads), axis=0)
        return self.of_pairs(pairs)[self._begin :, self._begin :]

    def of_pairs(self, pairs: Floats) -> Floats:
        """Turn sums over pairs of places into sums over pairs of columns."""
        both, spread = pairs + np.tril(pairs, -1).T, self.layout.by_place()
        return product_of(spread, product_of(both, spread))

    def matrix(self, rows: Integers) -> Floats:
        """Columns of some rows, that of the intercept too."""
        block = np.zeros((len(rows), len(self.ranges)))
        column_loops.expand(self.taken(rows).layout, 0, len(rows), block)
        return block

    def taken(self, rows: Integers | Codes) -> "Design":
        """Return some rows in an order of their own, undivided."""
        layout = self.layout.taken(rows, self.threads)
        return replace(self, layout=layout, parts=[(0, len(rows))])

    def by_group(self, by_row: Floats, group: Integers, groups: int) -> Floats:
        """Return X'v of the rows of each group."""
        total = np.zeros((groups, len(self.ranges)))
        column_loops.by_group(self.layout, by_row, group, total)
        return np.asarray(total[:, self._begin :])

    def back(self) -> Floats:
        """Matrix from coefficients of these columns to those of the columns as given."""
        back = np.diag(1 / self.ranges)
        back[0, 1:] = -self.centres[1:] / self.ranges[1:]
        return np.asarray(back[self._begin :, self._begin :])


def design(
    frame: pl.DataFrame, names: Sequence[str], *, intercept: bool = True, threads: int = 1
) -> Design:
    """
    Take covariates as codes where they have few values, as numbers where they have many.

    Parameters
    ----------
    frame : polars.DataFrame
        Complete rows.
    names : sequence of str
        As in `covariates`.
    intercept : bool
        Whether to begin with ``(Intercept)``.
    threads : int
        Most parts at work at once.

    Raises
    ------
    EstimationError
        As `covariates`.
    """
    return arranged(frame, covariates(frame, names, threads), intercept=intercept, threads=threads)


def arranged(
    frame: pl.DataFrame,
    read: Sequence[tuple[Covariate, Levels | None]],
    *,
    rows: Codes | None = None,
    intercept: bool = True,
    threads: int = 1,
) -> Design:
    """
    Put what `covariates` has read side by side.

    Parameters
    ----------
    rows : (kept,) integers, optional
        Which rows of the frame, and in which order: so numbers are never there twice.
    frame, read, intercept, threads
        As in `design`.
    """
    asked = [known for known, _ in read]
    edges = np.cumsum([1, *(len(known.terms) for known in asked)]).tolist()
    spans = list(pairwise(edges))

    def kept(place: int) -> _Coded | _Number:
        (known, codes), span = read[place], spans[place]
        if codes is None:
            return _kept(span, known.name, inputs.numbers(frame, known.name))
        return _Coded(span, codes, np.eye(1 + len(known.terms))[:, 1:])

    each = in_parts(kept, range(len(read)), threads)
    centres, ranges = np.zeros(edges[-1]), np.ones(edges[-1])
    for own in each:
        columns = slice(*own.span)
        centres[columns], ranges[columns] = own.values.min(axis=0), np.ptp(own.values, axis=0)
    centres *= intercept
    coded = [own for own in each if isinstance(own, _Coded)]
    numbers = [own for own in each if isinstance(own, _Number)]
    height = frame.height if rows is None else len(rows)
    layout = Layout(
        *_coded_part(coded, frame.height, rows, centres, ranges, threads),
        *_numbers_part(numbers, frame, rows, centres, ranges, threads),
    )
    terms = [INTERCEPT] * intercept + [term for known in asked for term in known.terms]
    return Design(asked, terms, layout, centres, ranges, threads, even_parts(height, ROWS_EACH))


class _Coded(NamedTuple):
    """Columns of a covariate of few values, the code of each row, and values (codes, columns)."""

    span: tuple[int, int]
    codes: Levels
    values: Floats


class _Number(NamedTuple):
    """Column of a covariate of many values, and the lowest and highest of them."""

    span: tuple[int, int]
    name: str
    values: Floats


def _kept(span: tuple[int, int], name: str, given: Floats) -> _Coded | _Number:
    """Keep numbers as codes of ascending values, unless these are many."""
    codes, found = column_loops.few_values(given, FEW)
    if len(found) > FEW:
        return _Number(span, name, np.array([given.min(), given.max()]))
    order = np.argsort(found)
    return _Coded(span, np.argsort(order).astype(np.uint8)[codes], found[order][:, None])


def _coded_part(
    coded: Sequence[_Coded], rows: int, order: Codes | None, centres: Floats, ranges: Floats,
    threads: int,
) -> tuple[Levels, Integers, Integers, Floats]:  # fmt: skip
    """Codes side by side, where each begins in the table, its columns, the table."""
    joint = _neighbours(coded)
    sizes = [math.prod(len(own.values) for own in group) for group in joint]
    offset = np.cumsum([0, *sizes])[:-1].astype(np.intp)
    table = np.zeros((sum(sizes), len(centres)))
    table[: sizes[0], 0] = 1.0
    for place, group in enumerate(joint):
        mine, every = table[offset[place] :], np.arange(sizes[place])
        for own, stride in _strides(group):
            columns = slice(*own.span)
            values = (own.values - centres[columns]) / ranges[columns]
            mine[every, columns] = values[every // stride % len(values)]
    codes = _joint_codes(joint, rows, np.uint8 if max(sizes) <= 2**8 else np.uint16, threads)
    ends = [(group[0].span[0], group[-1].span[1]) if group else (1, 1) for group in joint]
    if order is not None:
        codes = fetched(codes, order, threads)
    return codes, offset, np.array(ends, dtype=np.intp), table


def _strides(group: Sequence[_Coded]) -> Iterator[tuple[_Coded, int]]:
    """By how much a joint code moves when that of a covariate moves by one."""
    stride = 1
    for own in group:
        yield own, stride
        stride *= len(own.values)


def _joint_codes(
    joint: Sequence[Sequence[_Coded]], rows: int, kind: type[np.uint8 | np.uint16], threads: int
) -> Levels:
    codes: Levels = np.zeros((rows, len(joint)), dtype=kind)

    def part(span: tuple[int, int]) -> None:
        some = slice(*span)
        for place, group in enumerate(joint):
            total = np.zeros(span[1] - span[0], dtype=kind)
            for own, stride in _strides(group):
                total += own.codes[some] * kind(stride)
            codes[some, place] = total

    in_parts(part, even_parts(rows, FEWEST_ROWS), threads)
    return codes


def _neighbours(coded: Sequence[_Coded]) -> list[list[_Coded]]:
    """Share neighbours out so that those of one code have few combinations; one code at least."""
    joint: list[list[_Coded]] = [[]]
    combinations = 1
    for own in coded:
        combinations *= len(own.values)
        if joint[-1] and combinations > COMBINATIONS:
            joint.append([])
            combinations = len(own.values)
        joint[-1].append(own)
    return joint


def _numbers_part(
    numbers: Sequence[_Number], frame: pl.DataFrame, order: Codes | None, centres: Floats,
    ranges: Floats, threads: int,
) -> tuple[Floats, Integers]:  # fmt: skip
    """Return numbers side by side, and their columns: one at a time, as each may be copied."""
    rows = frame.height if order is None else len(order)
    matrix, columns = np.empty((rows, len(numbers))), [own.span[0] for own in numbers]
    for place, (column, own) in enumerate(zip(columns, numbers, strict=True)):
        _put(
            inputs.numbers(frame, own.name), order, centres[column], ranges[column],
            matrix[:, place], threads,
        )  # fmt: skip
    return matrix, np.array(columns, dtype=np.intp)


def _put(
    given: Floats, order: Codes | None, centre: float, scale: float, into: Floats, threads: int
) -> None:
    """Write the rows of a column in their order, less its centre, over its range."""

    def part(span: tuple[int, int]) -> None:
        some = slice(*span)
        values = given[some] if order is None else np.take(given, order[some])
        into[some] = (values - centre) / scale

    in_parts(part, even_parts(len(into), FEWEST_ROWS), threads)


def in_order(given: Design, order: Integers, breaks: Integers) -> Design:
    """Return some rows in an order of their own, divided in parts at some of the ``breaks``."""
    return replace(given.taken(order), parts=_parts(breaks))


def _parts(breaks: Integers) -> list[tuple[int, int]]:
    """Divide rows at some of the ``breaks`` in about equal parts, whatever the threads."""
    rows = int(breaks[-1])
    wanted = int(np.clip(rows // ROWS_EACH, 1, MOST_PARTS))
    at = breaks[np.searchsorted(breaks, np.linspace(0, rows, wanted + 1)[1:-1])]
    edges = np.unique(np.concatenate([[0], at, [rows]])).tolist()
    return list(pairwise(edges))
