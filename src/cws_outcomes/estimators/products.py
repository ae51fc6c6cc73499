"""Sums over rows that come out the same to the last bit, on one core or on many."""

import numpy as np

from cws_outcomes.estimators.inputs import Floats

# OpenBLAS multiplies matrices of fewer scalar products than this on one thread, whatever the
# number of cores: blocks this small keep results identical to the last bit. (The border lies below
# 2**20; beyond it two cores that are busy with other work wait for one another, 100 x longer.)
ONE_THREAD = 2**19


def product_of(left: Floats, right: Floats) -> Floats:
    """Multiply the transpose of a table with another of as many rows, in blocks of rows."""
    total = np.zeros((left.shape[1], right.shape[1]))
    block = max(16, ONE_THREAD // (total.size + 1))
    for begin in range(0, len(left), block):
        some = right[begin : begin + block]
        # The product of a table with itself is another routine of OpenBLAS, which shares out much
        # smaller ones, and whose threads then spin on the other cores for a twentieth of a second.
        other = some.copy() if right is left else some
        total += left[begin : begin + block].T @ other
    return total
