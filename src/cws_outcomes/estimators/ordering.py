"""Rows by a small whole number: a counting sort, in parts."""

import numpy as np

from cws_outcomes.estimators.codes import Begins, Codes
from cws_outcomes.estimators.compiled import compiled, in_parts
from cws_outcomes.estimators.parts import FEWEST_ROWS, even_parts

ROWS_A_KEY = 4  # of a part, at least: it has a table of all keys


def in_order(keys: Codes, size: int, threads: int = 1) -> tuple[Codes, Begins]:
    """
    Sort rows by a key of 0 to size - 1, rows of one key as they come.

    Returns
    -------
    order : (kept,) integers
        Rows by key; those with a negative key are left out.
    begins : (size + 1,) integers
        Where each key begins in it.
    """
    parts = even_parts(len(keys), max(FEWEST_ROWS, ROWS_A_KEY * size))
    counts = np.zeros((len(parts), size), dtype=np.int64)

    def counted(part: int) -> None:
        _count(keys, *parts[part], counts[part])

    in_parts(counted, range(len(parts)), threads)
    begins = np.append(0, np.cumsum(counts.sum(axis=0)))
    # Within a key the rows of a part come after those of the parts before it.
    places = np.cumsum(counts, axis=0) - counts + begins[:-1]
    order = np.empty(begins[-1], dtype=np.int32)

    def placed(part: int) -> None:
        _place(keys, *parts[part], places[part], order)

    in_parts(placed, range(len(parts)), threads)
    return order, begins


@compiled
def _count(keys: Codes, low: int, high: int, counts: Begins) -> None:
    for row in range(low, high):
        if keys[row] >= 0:
            counts[keys[row]] += 1


@compiled
def _place(keys: Codes, low: int, high: int, places: Begins, order: Codes) -> None:
    for row in range(low, high):
        if keys[row] >= 0:
            order[places[keys[row]]] = row
            places[keys[row]] += 1
