"""Rows at risk and events by group and time: all that a curve needs to know of its data."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.cells import ROWS, cells, quoted
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Flags, Floats, Integers, Names


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
    first: Integers
    last: Integers
    cause: Integers
    row_count: Integers
    weight: Floats
    squares: Floats
    unit: Integers | None
    cluster: Integers | None
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
    def end(self) -> Integers:
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
    rows = found[ROWS].to_numpy().astype(np.intp)
    codes = _causes(found, cause, flag, rows)
    starts, stops = _intervals(found, start, stop, rows)
    weight = found["_weight"].to_numpy() if weights else rows.astype(np.float64)
    if weights and (low := int(found["_low"].sum())):
        raise EstimationError(
            f"`{weights}`: weights must be above zero, {low} are not; leave these rows out"
        )
    causes = [int(code) for code in np.unique(codes) if code] or [1]
    group, levels = _runs(found, groups)
    unit = _runs(found, list(dict.fromkeys([*groups, *clusters])))
    place = np.searchsorted([0, *causes], codes).astype(np.intp)
    ended: Flags = np.asarray(codes > 0, dtype=np.bool_)
    grid, size = _Grid(group, starts, stops, ended), len(causes)
    span, leave = (grid.first, grid.last, grid.group), (grid.last, place, size, len(grid.group))
    many = rows.astype(np.float64)
    mine = inputs.groups(found, clusters) if groups else unit
    return Counted(
        levels, causes, grid.group, grid.time, risk(*span, weight), departures(*leave, weight),
        risk(*span, many).astype(np.intp), departures(*leave, many).astype(np.intp),
        grid.first, grid.last, place, rows, weight,
        found["_squares"].to_numpy() if weights else weight,
        unit[0] if clusters else None,
        mine[0] if clusters else None, mine[1],
        weights is not None, not weights or not found["_broken"].sum(),
    )  # fmt: skip


def _runs(found: pl.DataFrame, names: list[str]) -> tuple[Integers, pl.DataFrame]:
    """Numbers of the combinations of the columns by which cells are sorted first, and these."""
    if not names:
        return np.zeros(found.height, dtype=np.intp), pl.DataFrame()
    codes = found.select(pl.struct(names).rle_id()).to_series().to_numpy().astype(np.intp)
    return codes, found.select(names)[np.flatnonzero(np.diff(codes, prepend=-1))]


def _sums(weights: str | None) -> dict[str, str]:
    if weights is None:
        return {}
    w = quoted(weights)
    low, broken = f"cast({w} <= 0 as integer)", f"cast({w} <> floor({w}) as integer)"
    return {"_weight": f"{w} + 0.0::double", "_squares": f"{w} * {w} + 0.0::double",
            "_low": low, "_broken": broken}  # fmt: skip


def _causes(found: pl.DataFrame, cause: str, flag: bool, rows: Integers) -> Integers:
    values = inputs.numbers(found, cause)
    wrong = (values != 0) & (values != 1) if flag else (values < 0) | (values != np.floor(values))
    if np.any(wrong):
        wanted = "0 and 1 only" if flag else "whole numbers of 0 or more"
        raise EstimationError(
            f"`{cause}`: expected {wanted}, found {rows[wrong].sum()} other values"
        )
    return values.astype(np.intp)


def _intervals(
    found: pl.DataFrame, start: str | None, stop: str, rows: Integers
) -> tuple[Floats, Floats]:
    stops = inputs.numbers(found, stop)
    if start is None:
        return np.full(len(stops), -np.inf), stops
    starts = inputs.numbers(found, start)
    wrong: Flags = starts >= stops
    if np.any(wrong):
        raise EstimationError(
            f"expected `{start}` before `{stop}` in every row, "
            f"found {rows[wrong].sum()} rows where it is not"
        )
    return starts, stops


class _Grid:
    """Distinct (group, time) pairs, and where on them each cell enters and leaves."""

    def __init__(self, group: Integers, start: Floats, stop: Floats, ended: Flags) -> None:
        end = np.full(group.max() + 1, -np.inf)
        np.maximum.at(end, group, stop)
        marks = ended | (stop == end[group])
        times = np.unique(stop[marks])
        # A (group, time) pair as one whole number, so that one sorted search places every cell.
        begun = group * len(times) + np.searchsorted(times, start, side="right")
        gone = group * len(times) + np.searchsorted(times, stop, side="right")
        pairs = np.unique(gone[marks] - 1)
        self.group, self.time = pairs // len(times), times[pairs % len(times)]
        self.first, self.last = np.searchsorted(pairs, begun), np.searchsorted(pairs, gone)


def risk(first: Integers, last: Integers, group: Integers, weight: Floats) -> Floats:
    """Weight at risk, summed from the end of a group: never more than one risk set at once."""
    spans, size = first < last, len(group)
    left = np.bincount(last[spans] - 1, weight[spans], size).astype(np.float64)
    late = np.bincount(first[spans], weight[spans], size)[1:]
    left[:-1] -= np.where(np.diff(group) == 0, late, 0.0)
    return by_group(left[::-1], group[::-1])[::-1]


def departures(last: Integers, cause: Integers, causes: int, size: int, weight: Floats) -> Floats:
    """Weight that leaves with each cause (times, causes)."""
    ended = cause > 0
    places = (last[ended] - 1) * causes + cause[ended] - 1
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
