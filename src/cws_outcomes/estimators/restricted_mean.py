"""Restricted means: the area under (or over) a curve up to a horizon, by group and between."""

import warnings
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import stats

from cws_outcomes.estimators.counted import Counted, stretches
from cws_outcomes.estimators.curves import Curve, greenwood, incidences, kaplan_meier, survivals
from cws_outcomes.estimators.errors import EstimationError, EstimationWarning
from cws_outcomes.estimators.influence import influence, lost_time
from cws_outcomes.estimators.inputs import Flags, Floats, Names


@dataclass(frozen=True, eq=False)
class RestrictedMean:
    """
    Areas by group.

    Attributes
    ----------
    table : polars.DataFrame
        The ``by`` columns, ``cause``, ``until``, ``estimate``, ``std_error``, ``lower``, ``upper``
        in the unit of time. Null for groups whose follow-up ends before ``until``.
    differences : polars.DataFrame
        The same of each group but the first less the first, with ``z`` and ``p_value``.
    """

    table: pl.DataFrame
    differences: pl.DataFrame


def rmst(
    data: object, *, stop: str, event: str, until: float, start: str | None = None,
    by: Names | None = None, weights: str | None = None, cluster: Names | None = None,
    robust: bool | None = None, level: float = 0.95, threads: int = 1,
) -> RestrictedMean:  # fmt: skip
    """
    Restricted mean survival time: mean time free of the event, of the first ``until``.

    Parameters
    ----------
    data, stop, event, start, by, weights, cluster, robust, level, threads
        As for `kaplan_meier`.
    until : float
        The horizon, in the unit of time; the area begins at 0.

    Returns
    -------
    RestrictedMean
        See `restricted_mean`.

    Raises
    ------
    EstimationError
        As `kaplan_meier`; or ``until`` is not above zero.
    """
    curve = kaplan_meier(
        data, stop=stop, event=event, start=start, by=by, weights=weights, cluster=cluster,
        robust=robust, level=level, threads=threads,
    )  # fmt: skip
    return restricted_mean(curve, until)


def restricted_mean(curve: Curve, until: float) -> RestrictedMean:
    r"""
    Area under a Kaplan-Meier curve, or the mean time lost to each cause (under its incidence).

    .. math::
        \mu = \int_0^\tau S(u) du, \quad
        \operatorname{var} = \sum_{t \le \tau} \Big(\int_t^\tau S(u) du\Big)^2
            \frac{dN(t)}{Y(t) (Y(t) - dN(t))}

    for a curve with Greenwood's errors (Klein and Moeschberger 2003, 4.5; R's ``survfit`` with
    ``rmean``); else the sum of squares of the influence of rows or clusters on the area. A cluster
    with rows in several groups makes their means depend on each other; differences know of it.

    Parameters
    ----------
    curve : Curve
        Of `kaplan_meier` or `aalen_johansen`.
    until : float
        The horizon, in the unit of time.
    """
    counted = curve.counted
    if counted is None:
        raise EstimationError("expected a curve that kaplan_meier or aalen_johansen has returned")
    if not until > 0:
        raise EstimationError("until: expected a time above zero")
    before, survival = survivals(counted)
    paths = 1 - survival[:, None] if curve.origin else incidences(counted, before)
    short = _too_short(counted, survival, until)
    tables, differences = [], []
    for place, cause in enumerate(counted.causes):
        total, ahead = _areas(counted, paths[:, place], until)
        mean = np.where(short, np.nan, until - total if curve.origin else total)
        if curve.robust:
            row = influence(counted, -1 if curve.origin else place, before, paths[:, place])
            covariance = _jackknife(counted, lost_time(row, until, ahead))
        else:
            covariance = _greenwood(counted, np.maximum(until - counted.time, 0) - ahead)
        levels = counted.levels if curve.by else pl.DataFrame({"_": [0]})
        names = levels.with_columns(cause=pl.lit(cause, pl.Int64), until=pl.lit(float(until)))
        names = names.select(*curve.by, "cause", "until")
        error = np.sqrt(np.diag(covariance))
        tables.append(names.with_columns(_limited(mean, error, curve.level)))
        differences.append(_differences(names[1:], mean, covariance, curve.level))
    order = [*curve.by, "cause"]
    return RestrictedMean(pl.concat(tables).sort(order), pl.concat(differences).sort(order))


def _too_short(counted: Counted, survival: Floats, until: float) -> Flags:
    """Groups that nobody is followed in to the horizon, though some are still free of events."""
    parts = stretches(counted.group)
    short = np.array([counted.time[part][-1] < until and survival[part][-1] > 0 for part in parts])
    if np.any(short):
        warnings.warn(
            f"follow-up ends before `until` in {short.sum()} of {len(short)} groups: no mean there",
            EstimationWarning, stacklevel=3,
        )  # fmt: skip
    return short


def _differences(
    names: pl.DataFrame, mean: Floats, covariance: Floats, level: float
) -> pl.DataFrame:
    """Of each group but the first less the first."""
    spread = np.diag(covariance) + covariance[0, 0] - 2 * covariance[0]
    gap, error = (mean - mean[0])[1:], np.sqrt(np.maximum(spread[1:], 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = gap / error
    return names.with_columns(
        *_limited(gap, error, level),
        pl.Series("z", z).fill_nan(None),
        pl.Series("p_value", 2 * stats.norm.sf(np.abs(z))).fill_nan(None),
    )


def _areas(counted: Counted, path: Floats, until: float) -> tuple[Floats, Floats]:
    """Area under an incidence to the horizon by group, and what is left of it at each time."""
    total, ahead = [], np.zeros(counted.size)
    for part in stretches(counted.group):
        time = np.minimum(counted.time[part], until)
        pieces = path[part] * np.diff(time, append=until)
        ahead[part] = np.cumsum(pieces[::-1])[::-1]
        total.append(ahead[part][0])
    return np.array(total), ahead


def _greenwood(counted: Counted, ahead: Floats) -> Floats:
    steps = np.where(ahead > 0, greenwood(counted), 0.0)
    squares = np.where(counted.emptied, 0.0, ahead**2) * np.where(counted.emptied, 0.0, steps)
    return np.diag([np.float64(np.sum(squares[part])) for part in stretches(counted.group)])


def _jackknife(counted: Counted, rows: Floats) -> Floats:
    """Covariance of the groups' areas from the influence of rows, or of clusters."""
    cell_group = counted.group[np.maximum(counted.end, 0)]
    groups = int(counted.group[-1]) + 1
    if counted.cluster is None:
        alone = np.bincount(cell_group, counted.squares * rows**2, groups)
        return np.asarray(np.diag(alone), dtype=np.float64)
    code = counted.cluster.astype(np.int64) * groups + cell_group
    pairs, place = np.unique(code, return_inverse=True)
    values = np.bincount(place, counted.weight * rows)
    covariance = np.diag(np.bincount(pairs % groups, values**2, groups).astype(np.float64))
    # Clusters in several groups: pairs are sorted by cluster, so partners lie within reach.
    for reach in range(1, groups):
        same = pairs[reach:] // groups == pairs[:-reach] // groups
        first, second = pairs[:-reach][same] % groups, pairs[reach:][same] % groups
        np.add.at(covariance, (first, second), (values[:-reach] * values[reach:])[same])
        np.add.at(covariance, (second, first), (values[:-reach] * values[reach:])[same])
    return np.asarray(covariance, dtype=np.float64)


def _limited(estimate: Floats, error: Floats, level: float) -> list[pl.Series]:
    error = np.where(np.isnan(estimate), np.nan, error)
    reach = float(stats.norm.ppf((1 + level) / 2)) * error
    columns = {"estimate": estimate, "std_error": error}
    columns |= {"lower": estimate - reach, "upper": estimate + reach}
    return [pl.Series(name, values).fill_nan(None) for name, values in columns.items()]
