"""How rows and times are divided for threads: a function of the data, never of the threads."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cws_outcomes.estimators.codes import Begins, Codes
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.inputs import Integers

Value = TypeVar("Value", bound=np.generic)

MOST_PARTS = 16
FEWEST_ROWS = 2**13  # for a part
LEAST_SAVED = 16  # rows for each grid time before one stratum is worth several tables


class Part(NamedTuple):
    """
    Rows low to high - 1, and the grid times that they may touch.

    The first of several parts that touch the same times adds to the tables of all, the others
    to tables of their own, which are added in the order of the parts.
    """

    low: int
    high: int
    origin: int
    size: int
    is_first: bool

    @property
    def is_crowded(self) -> bool:
        """Whether many rows meet at each of its times."""
        return self.high - self.low >= LEAST_SAVED * self.size


def row_parts(row_begins: Begins, grid_begins: Begins) -> list[Part]:
    """
    Divide rows where strata end, and a large stratum that is worth it into several parts.

    A function of the data alone, so that sums in this order do not depend on threads.
    """
    rows = int(row_begins[-1])
    target = max(-(-rows // MOST_PARTS), FEWEST_ROWS)
    edges = np.unique(np.searchsorted(row_begins, np.arange(0, rows, target)))
    large = np.flatnonzero(np.diff(row_begins) > target)
    edges = np.unique(np.concatenate([[0], edges, large, large + 1, [len(row_begins) - 1]]))
    parts = []
    for first, after in pairwise(edges):
        low, high = int(row_begins[first]), int(row_begins[after])
        origin, size = int(grid_begins[first]), int(grid_begins[after] - grid_begins[first])
        several = min(MOST_PARTS // 2, (high - low) // max(LEAST_SAVED * size, FEWEST_ROWS))
        cuts = np.linspace(low, high, max(1, several if after - first == 1 else 1) + 1).astype(int)
        parts += [
            Part(int(begin), int(end), origin, size, bool(begin == low))
            for begin, end in pairwise(cuts)
            if begin < end
        ]
    return parts


def even_parts(size: int, fewest: int) -> Sequence[tuple[int, int]]:
    """
    Divide 0 to size - 1 into at most `MOST_PARTS` stretches of ``fewest`` or more.

    Their number is a power of two, so that no thread waits for the last of an odd number.
    """
    count = 1 << (max(1, min(MOST_PARTS, size // fewest)).bit_length() - 1)
    cuts = [size * part // count for part in range(count + 1)]
    return list(pairwise(cuts))


def fetched(table: NDArray[Value], rows: Codes | Integers, threads: int = 1) -> NDArray[Value]:
    """Return some rows of a table or column, in their order; of an empty one nothing."""
    if not len(table):
        return table
    # Much faster than by index, and free of the interpreter.
    found = np.empty((len(rows), *table.shape[1:]), table.dtype)

    def part(span: tuple[int, int]) -> None:
        own = slice(*span)
        np.take(table, rows[own], axis=0, out=found[own], mode="clip")

    in_parts(part, even_parts(len(rows), FEWEST_ROWS), threads)
    return found
