"""What was asked of a Cox or Fine-Gray model, and the arrays that answer it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.codes import Begins, Codes, combined
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.covariates import covariates
from cws_outcomes.estimators.design import Design, arranged
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.event_grid import Grid, event_grid, places
from cws_outcomes.estimators.inputs import Flags, Floats, Integers, Names
from cws_outcomes.estimators.ordering import in_order
from cws_outcomes.estimators.partial_likelihood import PartialLikelihood
from cws_outcomes.estimators.parts import FEWEST_ROWS, even_parts, fetched
from cws_outcomes.estimators.risk_sums import Rows
from cws_outcomes.estimators.subdistribution import tails

NONE = np.int32(-1)  # no grid time


@dataclass(frozen=True, eq=False)
class Question:
    """
    A table and the roles of its columns.

    Attributes
    ----------
    frame : polars.DataFrame
        Complete rows, only the columns in use.
    event : str
        Flags; or, with ``cause``, whole numbers of which 0 means censored.
    cause : int or None
        Which number is the event, the others competing; None for a Cox model.
    """

    frame: pl.DataFrame
    stop: str
    event: str
    covariates: Sequence[str]
    start: str | None
    strata: Names | None
    weights: str | None
    offset: str | None
    efron: bool
    threads: int
    cluster: Names | None = None
    cause: int | None = None

    def endings(self) -> tuple[Flags, Flags]:
        """Rows that end with the event, and those that end with a competing one."""
        if self.cause is None:
            event = inputs.flags(self.frame, self.event)
            return event, np.zeros(0, dtype=np.bool_)
        cause = inputs.counts(self.frame, self.event)
        event = cause == self.cause
        return event, (cause > 0) ^ event

    def strata_codes(self) -> tuple[Codes, pl.DataFrame]:
        """Stratum of each row, and the strata."""
        names = inputs.as_names(self.strata)
        if not names:
            return np.zeros(self.frame.height, dtype=np.int32), pl.DataFrame()
        return combined(self.frame.select(names).get_columns())


@dataclass(frozen=True, eq=False)
class Prepared:
    """
    The likelihood of a question and how its rows relate to those of the table.

    Attributes
    ----------
    kept : (rows,) integers
        Row of the table for each row of the likelihood.
    strata : polars.DataFrame
        Strata in the order of the grid; empty for one.
    stratum_rows : (strata,) integers
        Rows of the table in each.
    """

    likelihood: PartialLikelihood
    design: Design
    kept: Codes
    strata: pl.DataFrame
    stratum_rows: Integers

    @property
    def terms(self) -> list[str]:
        """Names of the terms: the likelihood has no intercept."""
        return self.design.terms[1:]

    @property
    def centres(self) -> Floats:
        """What was taken off each term."""
        return self.design.centres[1:]

    @property
    def ranges(self) -> Floats:
        """What each term was divided by then."""
        return self.design.ranges[1:]


class Timing(NamedTuple):
    """
    Rows of the table on the grid of event times.

    Attributes
    ----------
    grid, strata
        Event times; what each stratum is.
    stratum, first, last : (rows,) integers
        At risk at the grid times in (first, last]; ``first`` is None where nobody enters late.
    event : (rows,) bool
        Whether the row ends with the event.
    tail : (rows,) floats
        Of `Tails`; empty in a Cox model.
    keep : (times,) floats or None
        Of `Tails`.
    """

    grid: Grid
    strata: pl.DataFrame
    stratum: Codes
    first: Codes | None
    last: Codes
    event: Flags
    tail: Floats
    keep: Floats | None

    def order(self, threads: int) -> tuple[Codes, Begins]:
        """
        Sort rows by stratum and last grid time, without those that are never at risk.

        Returns
        -------
        order : (kept,) integers
            Rows of the table.
        begins : (strata + 1,) integers
            Where each stratum begins in it.
        """
        strata = len(self.grid.begins) - 1
        keys, grid_begins = np.empty(len(self.last), dtype=np.int32), self.grid.begins

        def part(span: tuple[int, int]) -> None:
            some = slice(*span)
            first = self.first
            first = np.take(grid_begins, self.stratum[some]) if first is None else first[some]
            stays = first < self.last[some]
            if len(self.tail):
                stays |= self.tail[some] > 0
            # A row that is gone before the first time of its stratum (it has a tail) is still its
            # own.
            keys[some] = np.where(stays, self.last[some] + self.stratum[some], NONE)

        in_parts(part, even_parts(len(keys), FEWEST_ROWS), threads)
        order, begins = in_order(keys, len(self.grid.time) + strata, threads)
        return order, begins[np.append(grid_begins[:-1] + np.arange(strata), -1)]

    def stretches(
        self, order: Codes, row_begins: Begins, threads: int
    ) -> tuple[Codes, Codes, Codes, Codes]:
        """Return ``at``, ``before``, ``tied`` and ``tail_at`` of `Rows`, which are in `order`."""
        grid_begins = np.repeat(self.grid.begins[:-1].astype(np.int32), np.diff(row_begins))
        at, before, tied = np.empty((3, len(order)), dtype=np.int32)
        tail_at = np.empty(len(order) if len(self.tail) else 0, dtype=np.int32)

        def part(span: tuple[int, int]) -> None:
            some = slice(*span)
            rows = order[some].astype(np.intp)
            last, begin = np.take(self.last, rows), grid_begins[some]
            first = begin if self.first is None else np.take(self.first, rows)
            lives = first < last
            at[some] = np.where(lives, last - 1, NONE)
            before[some] = np.where(lives & (first > begin), first - 1, NONE)
            tied[some] = np.where(np.take(self.event, rows), at[some], NONE)
            if len(self.tail):
                tail_at[some] = np.where(np.take(self.tail, rows) > 0, last, NONE)

        in_parts(part, even_parts(len(order), FEWEST_ROWS), threads)
        return at, before, tied, tail_at


def timing(question: Question) -> Timing:
    """
    Place every row of the table on the grid of event times.

    Raises
    ------
    EstimationError
        Rows with start >= stop, values that are no flags, or no events at all.
    """
    frame, threads = question.frame, question.threads
    starts, stops = inputs.intervals(frame, question.start, question.stop)
    event, competing = question.endings()
    if not np.any(event):
        raise EstimationError(f"`{question.event}`: no events in {frame.height} rows")
    stratum, strata = question.strata_codes()
    grid = event_grid(stratum, stops, event, max(1, strata.height))
    last = places(grid, stratum, stops, threads)
    first = None if question.start is None else places(grid, stratum, starts, threads)
    if question.cause is None:
        return Timing(grid, strata, stratum, first, last, event, np.zeros(0), None)
    late = None if question.start is None else starts.astype(np.float64)
    weights = tails(grid, stratum, late, stops.astype(np.float64), event, competing, last)
    return Timing(grid, strata, stratum, first, last, event, weights.tail, weights.keep)


def prepare(question: Question) -> Prepared:
    """Build the likelihood: rows that say something, in the order in which they leave."""
    frame, threads = question.frame, question.threads
    times, read = timing(question), covariates(frame, question.covariates, threads)
    order, row_begins = times.order(threads)
    given = arranged(frame, read, rows=order, threads=threads)
    at, before, tied, tail_at = times.stretches(order, row_begins, threads)
    rows = Rows(
        given.layout, at, before, tied, _weights_of(question, order), _offsets_of(question, order),
        tail_at, fetched(times.tail, order, threads),
    )  # fmt: skip
    likelihood = PartialLikelihood(
        rows, row_begins, times.grid, given,
        efron=question.efron, keep=times.keep, threads=threads,
    )  # fmt: skip
    several = len(row_begins) > 2
    stratum_rows = np.bincount(times.stratum) if several else np.array([frame.height])
    return Prepared(likelihood, given, order, times.strata, stratum_rows)


def _weights_of(question: Question, order: Codes) -> Floats:
    if question.weights is None:
        return np.ones(len(order))
    return fetched(inputs.positive(question.frame, question.weights), order, question.threads)


def _offsets_of(question: Question, order: Codes) -> Floats:
    """Offsets of the rows in use; empty without any."""
    if question.offset is None:
        return np.zeros(0)
    return fetched(inputs.numbers(question.frame, question.offset), order, question.threads)
