"""What was asked of a Cox or Fine-Gray model, and the arrays that answer it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.codes import Codes, combined, in_order
from cws_outcomes.estimators.compiled import beside
from cws_outcomes.estimators.design import Design, design
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.event_grid import Grid, event_grid, places
from cws_outcomes.estimators.inputs import Flags, Floats, Names
from cws_outcomes.estimators.partial_likelihood import PartialLikelihood
from cws_outcomes.estimators.parts import fetched
from cws_outcomes.estimators.risk_sums import Rows
from cws_outcomes.estimators.subdistribution import Tails, tails


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
        return event, (cause > 0) & ~event

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
    """

    likelihood: PartialLikelihood
    design: Design
    kept: Codes
    strata: pl.DataFrame

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
    """Rows on the grid: events in (first, last] of it, and how strata are counted."""

    grid: Grid
    stratum: Codes
    first: Codes
    last: Codes
    event: Flags
    strata: pl.DataFrame

    def keys(self, tail: Floats) -> Codes:
        """Place of each row in the order of the likelihood; -1 for one that is never at risk."""
        stays = self.first < self.last
        if len(tail):
            stays |= tail > 0
        return np.where(stays, self.last + self.stratum, NONE)

    def stretches(self) -> tuple[Codes, Codes, Codes]:
        """Last grid time at risk of each row, the one before the first, that of its event."""
        lives = self.first < self.last
        late = lives & (self.first > self.grid.begins.astype(np.int32)[self.stratum])
        at, before = self.last - np.int32(1), self.first - np.int32(1)
        at, before = np.where(lives, at, NONE), np.where(late, before, NONE)
        return at, before, np.where(self.event, at, NONE)


def timing(question: Question) -> tuple[Timing, Tails | None]:
    """
    Place every row of the table on the grid of event times.

    Raises
    ------
    EstimationError
        Rows with start >= stop, values that are no flags, or no events at all.
    """
    starts, stops = inputs.intervals(question.frame, question.start, question.stop)
    event, competing = question.endings()
    if not np.any(event):
        raise EstimationError(f"`{question.event}`: no events in {question.frame.height} rows")
    stratum, strata = question.strata_codes()
    grid = event_grid(stratum, stops, event, max(1, strata.height))
    last = places(grid, stratum, stops)
    if question.start is None:
        first = grid.begins[stratum].astype(np.int32)
    else:
        first = places(grid, stratum, starts)
    times = Timing(grid, stratum, first, last, event, strata)
    if question.cause is None:
        return times, None
    late = None if question.start is None else starts
    return times, tails(grid, stratum, late, stops, event, competing, last)


def prepare(question: Question) -> Prepared:
    """Build the likelihood: rows that say something, in the order in which they leave."""
    (times, late), given = beside(
        lambda: timing(question),
        lambda: design(question.frame, question.covariates, threads=question.threads),
        question.threads,
    )
    grid, tail = times.grid, np.zeros(0) if late is None else late.tail
    strata = len(grid.begins) - 1
    # A stratum's rows, also those whose last grid time is the stratum's beginning, stay together.
    (order, begins), columns = beside(
        lambda: in_order(times.keys(tail), len(grid.time) + strata),
        times.stretches,
        question.threads,
    )
    row_begins = begins[np.append(grid.begins[:-1] + np.arange(strata), -1)]
    given = given.taken(order)
    at, before, tied = (fetched(column, order, question.threads) for column in columns)
    rows = Rows(
        given.layout, at, before, tied, _weights_of(question, order), _offsets_of(question, order),
        *_tails_of(times, tail, order),
    )  # fmt: skip
    likelihood = PartialLikelihood(
        rows, row_begins, grid, given,
        efron=question.efron, keep=None if late is None else late.keep, threads=question.threads,
    )  # fmt: skip
    return Prepared(likelihood, given, order, times.strata)


def _weights_of(question: Question, order: Codes) -> Floats:
    if question.weights is None:
        return np.ones(len(order))
    return inputs.positive(question.frame, question.weights)[order]


def _offsets_of(question: Question, order: Codes) -> Floats:
    """Offsets of the rows in use; empty without any."""
    if question.offset is None:
        return np.zeros(0)
    return inputs.numbers(question.frame, question.offset)[order]


def _tails_of(times: Timing, tail: Floats, order: Codes) -> tuple[Codes, Floats]:
    """First grid time of each tail (-1 for none) and its weight."""
    if not len(tail):
        return np.zeros(0, dtype=np.int32), tail
    late = tail[order]
    return np.where(late > 0, times.last[order], NONE), late
