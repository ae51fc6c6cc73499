"""
Which levels of which factors the rows belong to, and the matrices that scale their effects.

Rows that share a level of every factor are a *run*. All that the random effects need from the rows
are sums by run, so their algebra is independent of the number of rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Floats, Integers

# The factors beside the largest are solved as one dense matrix; above this it has over 800 MB.
MOST_BESIDE = 10_000
MOST_SPAN = 10_000_000  # of integer levels that are numbered by a table


@dataclass(frozen=True, eq=False)
class Grouping:
    """
    Factors in the order of elimination: that with the most effects first.

    Attributes
    ----------
    names : list of str
        The factors.
    slopes : list of list of str
        Covariates whose slope varies with each factor.
    levels : list of polars.Series
        Levels of each factor, sorted.
    variables : list of str
        Distinct covariates among the slopes: with the constant, the columns of z.
    places : (factors, widest) integers
        Which columns of z each factor's effects multiply.
    widths, sizes : (factors,) integers
        Effects of each level, and levels.
    starts : (runs + 1,) integers
        Rows of each run, in sorted order.
    column : (runs, factors) integers
        Where the effects of the run's level of each factor begin.
    pair : (runs, factors - 1) integers
        Number of the pair of levels of the first and each other factor.
    pair_start : (levels of the first factor + 1,) integers
        Pairs of each level of the first factor.
    pair_column, pair_factor : (pairs,) integers
        First column, beyond those of the first factor, and factor of each pair.
    """

    names: list[str]
    slopes: list[list[str]]
    levels: list[pl.Series]
    variables: list[str]
    places: Integers
    widths: Integers
    sizes: Integers
    starts: Integers
    column: Integers
    pair: Integers
    pair_start: Integers
    pair_column: Integers
    pair_factor: Integers

    @property
    def first(self) -> int:
        """Effects of the first factor."""
        return int(self.sizes[0] * self.widths[0])

    @property
    def effects(self) -> int:
        """Effects of all factors."""
        return int(np.sum(self.sizes * self.widths))

    @property
    def dimension(self) -> int:
        """Columns of z."""
        return 1 + len(self.variables)

    def begin(self, factor: int) -> int:
        """Return the first column of a factor."""
        return int(np.sum((self.sizes * self.widths)[:factor]))

    def of(self, vector: Floats, factor: int) -> Floats:
        """Return the part of a vector of effects that is a factor's: (levels, width, ...)."""
        size, width = int(self.sizes[factor]), int(self.widths[factor])
        begin = self.begin(factor)
        return vector[begin : begin + size * width].reshape(size, width, *vector.shape[1:])

    @property
    def thetas(self) -> int:
        """Parameters: the lower triangle of each factor's scale."""
        return int(np.sum(self.widths * (self.widths + 1) // 2))

    def scales(self, theta: Floats) -> Floats:
        """Lower triangles (factors, widest, widest) from their elements, row by row."""
        scales = np.zeros((len(self.names), *([int(self.widths.max())] * 2)))
        begin = 0
        for factor, width in enumerate(self.widths):
            rows, columns = np.tril_indices(width)
            scales[factor, rows, columns] = theta[begin : begin + len(rows)]
            begin += len(rows)
        return scales

    def theta(self, size: float) -> Floats:
        """Parameters of equal, uncorrelated effects of one standard deviation."""
        return self.thetas_of(size * np.array([np.eye(self.places.shape[1])] * len(self.names)))

    def thetas_of(self, scales: Floats) -> Floats:
        """Return the elements of lower triangles; the inverse of ``scales``."""
        return np.concatenate(
            [scales[factor][np.tril_indices(w)] for factor, w in enumerate(self.widths)]
        )


def grouped(
    frame: pl.DataFrame, random: Mapping[str, Sequence[str]]
) -> tuple[list[str], list[list[str]], list[Integers], list[pl.Series]]:
    """
    Number the levels of each factor, and put the factor with the most effects first.

    Returns
    -------
    names, slopes, codes, levels : lists, one entry for each factor
    """
    coded = {name: _coded(frame, name) for name in random}
    for name, (_, levels) in coded.items():
        if len(levels) < 2:
            raise EstimationError(f"`{name}`: expected two levels or more, found one")
    effects = {name: len(levels) * (1 + len(random[name])) for name, (_, levels) in coded.items()}
    names = sorted(random, key=lambda name: (-effects[name], name))
    beside = sum(effects[name] for name in names[1:])
    if beside > MOST_BESIDE:
        raise EstimationError(
            f"{inputs.listed(names[1:])}: {beside} effects beside those of `{names[0]}`, at most "
            f"{MOST_BESIDE} can be solved together; leave a factor out"
        )
    return (
        names,
        [list(random[name]) for name in names],
        [coded[name][0] for name in names],
        [coded[name][1] for name in names],
    )


def _coded(frame: pl.DataFrame, name: str) -> tuple[Integers, pl.Series]:
    """Return the code of each row, and the levels, sorted; small integers need no search."""
    values = frame[name]
    levels = values.unique().sort()
    if values.dtype.is_integer():
        low, high = int(levels[0]), int(levels[-1])
        if high - low < MOST_SPAN:
            codes = np.zeros(high - low + 1, dtype=np.intp)
            codes[levels.to_numpy().astype(np.int64) - low] = np.arange(len(levels))
            return codes[values.to_numpy().astype(np.int64) - low], levels
    codes, table = inputs.groups(frame, name)
    return codes, table[name]


def run_of(codes: Sequence[Integers], levels: Sequence[pl.Series]) -> NDArray[np.int64]:
    """Return one number for each combination of levels, ordered as the combinations are."""
    total = codes[0].astype(np.int64)
    for own, names in zip(codes[1:], levels[1:], strict=True):
        total *= len(names)
        total += own
    return total


def grouping(
    names: list[str],
    slopes: list[list[str]],
    codes: Sequence[Integers],
    levels: list[pl.Series],
    number: NDArray[np.int64],
    rows: Integers,
) -> Grouping:
    """Describe ``rows`` of the data, which are sorted by their ``run_of`` (``number``)."""
    variables = list(dict.fromkeys(name for own in slopes for name in own))
    widths = np.array([1 + len(own) for own in slopes], dtype=np.intp)
    sizes = np.array([len(own) for own in levels], dtype=np.intp)
    places = np.zeros((len(names), int(widths.max())), dtype=np.intp)
    for factor, own in enumerate(slopes):
        places[factor, 1 : 1 + len(own)] = [1 + variables.index(name) for name in own]
    changes = np.flatnonzero(np.diff(number)) + 1
    starts = np.concatenate([[0], changes, [len(number)]]).astype(np.intp)
    first = rows[starts[:-1]]
    begins = np.concatenate([[0], np.cumsum(sizes * widths)])[:-1]
    level = np.column_stack([own[first] for own in codes]).astype(np.intp)
    column = level * widths + begins
    _refuse_equal(names, level, sizes)
    pair, pair_start, pair_column, pair_factor = _pairs(level, column, sizes, begins)
    return Grouping(
        names, slopes, levels, variables, places, widths, sizes, starts, column,
        pair, pair_start, pair_column, pair_factor,
    )  # fmt: skip


def _refuse_equal(names: list[str], level: Integers, sizes: Integers) -> None:
    """Two factors with one partition of the rows share a variance that nothing can divide."""
    for k, size in enumerate(sizes):
        for j in np.flatnonzero(sizes[:k] == size):
            if len(np.unique(level[:, j].astype(np.int64) * size + level[:, k])) == size:
                raise EstimationError(
                    f"the levels of `{names[j]}` and `{names[k]}` are the same; leave one out"
                )


def _pairs(
    level: Integers, column: Integers, sizes: Integers, begins: Integers
) -> tuple[Integers, Integers, Integers, Integers]:
    """Number the pairs of a level of the first factor and one of another that occur."""
    runs, factors = level.shape
    span = int(begins[-1] + 1 + column.max())
    keys = level[:, :1].astype(np.int64) * span + column[:, 1:]
    found, pair = np.unique(keys, return_inverse=True)
    first, at = np.divmod(found, span)
    starts = np.searchsorted(first, np.arange(int(sizes[0]) + 1))
    factor = np.searchsorted(begins, at, side="right") - 1
    beyond = int(begins[1]) if factors > 1 else 0
    return (
        pair.reshape(runs, factors - 1).astype(np.intp),
        np.asarray(starts, dtype=np.intp),
        (at - beyond).astype(np.intp),
        np.asarray(factor, dtype=np.intp),
    )


def added(frame: pl.DataFrame, groups: Grouping, effects: Sequence[Floats]) -> Floats:
    """Return what the levels of each row add: nothing, where the fit has not seen the level."""
    total = np.zeros(frame.height)
    for place, own in enumerate(effects):
        known = groups.levels[place]
        table = pl.DataFrame({"level": known, "code": np.arange(len(known))})
        asked = frame.select(level=pl.col(groups.names[place]).cast(known.dtype, strict=False))
        codes = asked.join(table, on="level", how="left", maintain_order="left")["code"]
        seen = codes.is_not_null().to_numpy()
        slopes = [inputs.numbers(frame, name)[seen] for name in groups.slopes[place]]
        z = np.column_stack([np.ones(int(seen.sum())), *slopes])
        total[seen] += np.sum(own[codes.drop_nulls().to_numpy()] * z, axis=1)
    return total
