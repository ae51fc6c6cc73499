"""Rows at risk and events by group and time: all that a curve needs to know of its data."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.cells import ROWS, cells, quoted
from cws_outcomes.estimators.codes import Codes, coded, combined
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Flags, Floats, Integers, Names

TABLE = 2**24  # most places of (group, time) pairs that are looked up in a table


@dataclass(frozen=True, eq=False)
class Counted:
    """
    Counts on a grid of (group, time), one group after the other, and the rows as cells.

    Attributes
    ----------
    levels : polars.DataFrame
        The group columns, one row for each group.
    causes : list of int
        Codes of the causes, in the order of the columns of ``events``.
    group, time : (times,) arrays
        Times with an event, and the end of each group's follow-up.
    at_risk : (times,) floats
        Weight of the rows with start < time <= stop.
    events : (times, causes) floats
        Weight of the rows that end there with each cause.
    rows_at_risk, event_rows : arrays
        The same, as numbers of rows.
    first, last : (cells,) integers
        A cell is at risk at the grid times ``first`` to ``last - 1``.
    cause : (cells,) integers
        0 censored, else 1 + column of ``events``.
    row_count : (cells,) integers
        Rows of each cell.
    weight, squares : (cells,) floats
        Sums of their weights, and of the squares of these.
    unit : (cells,) integers or None
        Which cluster of which group; None where each row is its own.
    cluster : (cells,) integers or None
        Which cluster, in whatever group.
    clusters : polars.DataFrame
        The cluster columns, one row for each cluster.
    weighted, whole : bool
        Whether there are weights, and whether all are whole numbers.
    """

    levels: pl.DataFrame
    causes: list[int]
    group: Integers
    time: Floats
    at_risk: Floats
    events: Floats
    rows_at_risk: Integers
    event_rows: Integers
    first: Codes
    last: Codes
    cause: Codes
    row_count: Integers
    weight: Floats
    squares: Floats
    unit: Codes | None
    cluster: Codes | None
    clusters: pl.DataFrame
    weighted: bool
    whole: bool

    @property
    def any_events(self) -> Floats:
        """Events of all causes together at each grid time."""
        return np.asarray(self.events.sum(axis=1), dtype=np.float64)

    @property
    def size(self) -> int:
        """Number of grid times."""
        return len(self.time)

    @property
    def rows(self) -> int:
        """Number of rows counted."""
        return int(self.row_count.sum())

    @property
    def emptied(self) -> Flags:
        """Where all at risk leave at once with an event (told from rows: weights are rounded)."""
        return np.asarray(self.rows_at_risk == self.event_rows.sum(axis=1), dtype=np.bool_)

    @property
    def end(self) -> Codes:
        """Grid time at which each cell that spans one leaves."""
        return self.last - 1


def count(
    data: object, *, stop: str, cause: str, start: str | None, by: Names | None,
    weights: str | None = None, cluster: Names | None = None, flag: bool = False,
    threads: int = 1,
) -> Counted:  # fmt: skip
    """
    Scan the data once, check them, and count.

    Parameters
    ----------
    data : frame or path of a Parquet file
    stop, start, cause, by, weights, cluster
        Columns, as for `aalen_johansen`.
    flag : bool
        Whether ``cause`` is an event: boolean or 0/1.
    threads : int
        Of the scan.
    """
    groups, clusters = inputs.as_names(by), inputs.as_names(cluster)
    times = [stop] if start is None else [start, stop]
    keys = list(dict.fromkeys([*groups, *clusters, *times, cause]))
    found = cells(data, keys, _sums(weights), threads=threads)
    whole = weights is None or _whole(data, weights, threads)
    rows = found[ROWS].to_numpy()
    place, causes = _causes(found, cause, flag, rows)
    if start is not None:
        _check_intervals(found, start, stop, rows)
    many = rows.astype(np.float64)
    weight = found["_weight"].to_numpy() if weights else many
    squares = found["_squares"].to_numpy() if weights else weight
    group, levels = _runs(found, groups)
    unit, mine = _clusters(found, groups, clusters) if clusters else (None, (None, pl.DataFrame()))
    grid, size = _Grid(group, found, start, stop, place > 0), len(causes)
    del found, group  # as much again as what is kept
    span, leave = (grid.first, grid.last, grid.group), (grid.last, place, size, len(grid.group))
    at_risk, events = risk(*span, many), departures(*leave, many)
    return Counted(
        levels, causes, grid.group, grid.time,
        risk(*span, weight) if weights else at_risk,
        departures(*leave, weight) if weights else events,
        at_risk.astype(np.intp), events.astype(np.intp),
        grid.first, grid.last, place, rows, weight,
        squares, unit, mine[0], mine[1], weights is not None, whole,
    )  # fmt: skip


def _runs(found: pl.DataFrame, names: list[str]) -> tuple[Codes, pl.DataFrame]:
    """Numbers of the combinations of the columns by which cells are sorted first, and these."""
    if not names:
        return np.zeros(found.height, dtype=np.int32), pl.DataFrame()
    begins = np.ones(found.height, dtype=np.bool_)
    begins[1:] = False
    for name in names:
        begins[1:] |= (found[name][1:] != found[name][:-1]).to_numpy()
    runs = np.cumsum(begins, dtype=np.int32) - 1
    return runs, found[np.flatnonzero(begins), names]


def _clusters(
    found: pl.DataFrame, groups: list[str], clusters: list[str]
) -> tuple[Codes, tuple[Codes, pl.DataFrame]]:
    """Numbers of the clusters of each group, and of the clusters in whatever group, and these."""
    unit, levels = _runs(found, [*groups, *(name for name in clusters if name not in groups)])
    return unit, combined(found.select(clusters).get_columns()) if groups else (unit, levels)


def _sums(weights: str | None) -> dict[str, str]:
    if weights is None:
        return {}
    w = quoted(weights)
    return {"_weight": f"{w} + 0.0::double", "_squares": f"{w} * {w} + 0.0::double"}


def _whole(data: object, weights: str, threads: int) -> bool:
    """Whether all weights are whole numbers, once it is sure that they are above zero."""
    w = quoted(weights)
    wrong = {"low": f"cast({w} <= 0 as integer)", "broken": f"cast({w} <> floor({w}) as integer)"}
    found = cells(data, [], wrong, threads=threads)
    if low := int(found["low"].item()):
        raise EstimationError(
            f"`{weights}`: weights must be above zero, {low} are not; leave these rows out"
        )
    return not found["broken"].item()


def _causes(found: pl.DataFrame, cause: str, flag: bool, rows: Integers) -> tuple[Codes, list[int]]:
    """Cause of each cell, numbered, and the codes of the causes."""
    codes, levels = coded(found[cause])
    values = inputs.numbers(levels.to_frame(), cause)
    wrong = (values != 0) & (values != 1) if flag else (values < 0) | (values != np.floor(values))
    if np.any(wrong):
        wanted = "0 and 1 only" if flag else "whole numbers of 0 or more"
        raise EstimationError(
            f"`{cause}`: expected {wanted}, found {rows[wrong[codes]].sum()} other values"
        )
    causes = [int(value) for value in values if value] or [1]
    return np.searchsorted([0, *causes], values).astype(np.int32)[codes], causes


def _check_intervals(found: pl.DataFrame, start: str, stop: str, rows: Integers) -> None:
    wrong: Flags = inputs.numbers(found, start) >= inputs.numbers(found, stop)
    if np.any(wrong):
        raise EstimationError(
            f"expected `{start}` before `{stop}` in every row, "
            f"found {rows[wrong].sum()} rows where it is not"
        )


class _Grid:
    """Distinct (group, time) pairs, and where on them each cell enters and leaves."""

    def __init__(
        self, group: Codes, found: pl.DataFrame, start: str | None, stop: str, ended: Flags
    ) -> None:
        stops, levels = coded(found[stop])
        end = np.zeros(group[-1] + 1, dtype=np.int32)
        np.maximum.at(end, group, stops)
        marks = ended | (stops == end[group])
        used = np.bincount(stops[marks], minlength=len(levels)) > 0
        times = inputs.numbers(levels.to_frame(), stop)[used]
        # A (group, time) pair as one whole number, so that one look-up places every cell.
        many = len(times)
        gone = group.astype(np.int64) * many + np.cumsum(used)[stops]
        pairs = coded(pl.Series(gone[marks] - 1))[1].to_numpy()
        self.group, self.time = pairs // many, times[pairs % many]
        self.last = _places(pairs, gone)
        begun = group.astype(np.int64) * many
        if start is not None:
            starts, levels = coded(found[start])
            before = inputs.numbers(levels.to_frame(), start)
            begun += np.searchsorted(times, before, side="right")[starts]
        self.first = _places(pairs, begun)


def _places(pairs: Integers, wanted: Integers) -> Codes:
    """How many of the sorted pairs are below each number, read from a table where that is short."""
    size = int(pairs[-1]) + 2
    if size > min(len(wanted), TABLE):
        return np.searchsorted(pairs, wanted).astype(np.int32)
    table = np.searchsorted(pairs, np.arange(size)).astype(np.int32)
    return table[wanted]


def risk(first: Codes, last: Codes, group: Integers, weight: Floats) -> Floats:
    """Weight at risk, summed from the end of a group: never more than one risk set at once."""
    spans, size = first < last, len(group)
    left = np.bincount(last[spans] - 1, weight[spans], size).astype(np.float64)
    late = np.bincount(first[spans], weight[spans], size)[1:]
    left[:-1] -= np.where(np.diff(group) == 0, late, 0.0)
    return by_group(left[::-1], group[::-1])[::-1]


def departures(last: Codes, cause: Codes, causes: int, size: int, weight: Floats) -> Floats:
    """Weight that leaves with each cause (times, causes)."""
    ended = cause > 0
    places = (last[ended].astype(np.intp) - 1) * causes + cause[ended] - 1
    total = np.bincount(places, weight[ended], size * causes)
    return np.asarray(total.reshape(size, causes), dtype=np.float64)


def stretches(group: Integers) -> list[slice]:
    """Where each group lies in an array that holds one group after the other."""
    edges = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(group)]
    return [slice(begin, after) for begin, after in pairwise(edges)]


def by_group(values: Floats, group: Integers) -> Floats:
    """Cumulative sum within each group."""
    total = np.empty_like(values)
    for part in stretches(group):
        np.cumsum(values[part], axis=0, out=total[part])
    return total
