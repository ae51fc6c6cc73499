"""Compiled loops from runs to the levels of their factors, and back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cws_outcomes.estimators.compiled import compiled

Array = NDArray[Any]


@compiled
def assemble(
    by_run: Array, column: Array, pair: Array, widths: Array, places: Array, own: Array,
    pairs: Array, others: Array,
) -> None:  # fmt: skip
    """Add up Z'WZ from sums by run; of the dense part, the lower triangle."""
    width = widths[0]
    first = len(own) * width
    for r in range(len(column)):
        level = column[r, 0] // width
        for a in range(width):
            row = by_run[r, places[0, a]]
            for b in range(width):
                own[level, a, b] += row[places[0, b]]
            for k in range(1, len(widths)):
                for b in range(widths[k]):
                    pairs[pair[r, k - 1], a, b] += row[places[k, b]]
        for k in range(1, len(widths)):
            for a in range(widths[k]):
                row = by_run[r, places[k, a]]
                target = others[column[r, k] - first + a]
                for j in range(1, k + 1):
                    for b in range(widths[j]):
                        target[column[r, j] - first + b] += row[places[j, b]]


@compiled
def _reach(
    j: int, k: int, column: Array, pair: Array, widths: Array, places: Array, scales: Array,
    first: int, own: Array, pairs: Array, dense: Array, reach: Array,
) -> None:  # fmt: skip
    """Add one block of the inverse, scaled from the left, for a run's levels of two factors."""
    for a in range(widths[j]):
        for c in range(widths[k]):
            if j == 0 and k == 0:
                value = own[column[0] // widths[0], a, c]
            elif j == 0:
                value = pairs[pair[k - 1], a, c]
            elif k == 0:
                value = pairs[pair[j - 1], c, a]
            else:
                value = dense[column[j] - first + a, column[k] - first + c]
            for i in range(a, widths[j]):
                reach[places[j, i], c] += scales[j, i, a] * value


@compiled
def by_run(
    weights: Array, column: Array, pair: Array, widths: Array, places: Array, scales: Array,
    first: int, own: Array, pairs: Array, dense: Array, spread: Array, slopes: Array,
) -> None:  # fmt: skip
    """Covariance of each run's effects, and half the slopes of log|M| in the scales."""
    reach = np.zeros((spread.shape[1], places.shape[1]))
    for r in range(len(column)):
        for k in range(len(widths)):
            for x in range(len(reach)):
                for c in range(widths[k]):
                    reach[x, c] = 0.0
            for j in range(len(widths)):
                _reach(j, k, column[r], pair[r], widths, places, scales, first, own, pairs,
                       dense, reach)  # fmt: skip
            for i in range(widths[k]):
                for c in range(widths[k]):
                    for x in range(len(reach)):
                        slopes[k, i, c] += weights[r, places[k, i], x] * reach[x, c]
                        spread[r, x, places[k, i]] += reach[x, c] * scales[k, i, c]


@compiled
def to_runs(
    effects: Array, column: Array, widths: Array, places: Array, scales: Array, total: Array
) -> None:
    """Effects of each run on the columns of z."""
    for r in range(len(column)):
        for k in range(len(widths)):
            for a in range(widths[k]):
                for c in range(a + 1):
                    scale = scales[k, a, c]
                    for x in range(effects.shape[1]):
                        total[r, places[k, a], x] += scale * effects[column[r, k] + c, x]


@compiled
def to_levels(by_run: Array, column: Array, widths: Array, places: Array, total: Array) -> None:
    """Sums of levels from sums of runs."""
    for r in range(len(column)):
        for k in range(len(widths)):
            for a in range(widths[k]):
                for x in range(by_run.shape[2]):
                    total[column[r, k] + a, x] += by_run[r, places[k, a], x]
