r"""
Kaplan-Meier and Aalen-Johansen curves, exact with ties and with late entry.

With risk set :math:`Y(t)` of rows with start < t <= stop and :math:`dN_k(t)` events of cause k:

.. math:: S(t) = \prod_{u \le t} (1 - dN(u)/Y(u)), \quad F_k(t) = \sum_{u \le t} S(u-) dN_k(u)/Y(u)

Ties need no breaking: all events of one time leave together, whatever the order of the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from cws_outcomes.estimators.counted import Counted, by_group, count, stretches
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.influence import influence, variance
from cws_outcomes.estimators.inputs import Floats, Integers, Names
from cws_outcomes.estimators.limits import Limits, check_limits, limited

if TYPE_CHECKING:
    from cws_outcomes.estimators.restricted_mean import RestrictedMean


@dataclass(frozen=True, eq=False)
class Curve:
    """
    Step curves by group (and cause).

    Attributes
    ----------
    table : polars.DataFrame
        The ``by`` columns under their own names, ``cause`` (1 for Kaplan-Meier), ``time``,
        ``estimate``, ``std_error``, ``lower``, ``upper``, ``at_risk`` (rows at risk at that time)
        and ``events`` (of that cause). A row for each time at which the group has an event, and
        one for the end of its follow-up. Sorted by group, cause and time. With weights
        ``at_risk`` and ``events`` are sums of weights, as in R, and ``rows_at_risk`` and
        ``event_rows`` the numbers of rows.
    by : list of str
        Names of the group columns.
    origin : float
        Value before the first event: 1 for survival, 0 for incidence.
    robust : bool
        Whether errors are those of the infinitesimal jackknife (else Greenwood's).
    level : float
        Of the limits.
    """

    table: pl.DataFrame
    by: list[str]
    origin: float
    robust: bool = True
    level: float = 0.95
    counted: Counted | None = field(default=None, repr=False)

    def at(self, times: float | Sequence[float]) -> pl.DataFrame:
        """
        Read the curves at given times.

        Parameters
        ----------
        times : float or sequence of float
            In the unit of the data.

        Returns
        -------
        polars.DataFrame
            ``by``, ``cause``, ``time``, ``estimate``, ``std_error``, ``lower``, ``upper``: null
            after the group's last follow-up, where the data say nothing.
        """
        keys = [*self.by, "cause"]
        wanted = np.unique(np.atleast_1d(np.asarray(times, dtype=np.float64)))
        ends = self.table.group_by(keys, maintain_order=True).agg(pl.col("time").max().alias("end"))
        asked = ends.join(pl.DataFrame({"time": wanted}), how="cross").sort("time")
        values = {"estimate": self.origin, "std_error": 0.0, "lower": self.origin}
        values["upper"] = self.origin
        steps = self.table.select(*keys, "time", *values, step="time").sort("time")
        read = asked.join_asof(steps, on="time", by=keys, check_sortedness=False)
        return (
            read.with_columns(
                pl.when(pl.col("time") > pl.col("end"))
                .then(None)
                .when(pl.col("step").is_null())
                .then(pl.lit(value))
                .otherwise(pl.col(name))
                .alias(name)
                for name, value in values.items()
            )
            .drop("end", "step")
            .sort(*keys, "time")
        )

    def rmst(self, until: float) -> "RestrictedMean":
        """Restricted means up to a horizon, and their differences; see `restricted_mean`."""
        from cws_outcomes.estimators.restricted_mean import restricted_mean

        return restricted_mean(self, until)

    def quantiles(self, shares: float | Sequence[float] = 0.5) -> pl.DataFrame:
        """
        Times by which given shares have had the event (of each cause): 0.5 is the median.

        Where a curve is level at exactly that share, the middle of the level stretch, as in R's
        ``quantile.survfit``. Limits are the times at which the limits of the curve get there.

        Parameters
        ----------
        shares : float or sequence of float
            Between 0 and 1.

        Returns
        -------
        polars.DataFrame
            ``by``, ``cause``, ``share``, ``estimate``, ``lower``, ``upper``: null where the curve
            does not get that far.
        """
        wanted = np.unique(np.asarray(shares, dtype=np.float64))
        near, far = ("lower", "upper") if self.origin else ("upper", "lower")
        sides = {"estimate": "estimate", "lower": near, "upper": far}
        keys, found = [*self.by, "cause"], []
        for levels, curve in self.table.group_by(keys, maintain_order=True):
            time = curve["time"].to_numpy()
            for share in wanted:
                row = dict(zip(keys, levels, strict=True)) | {"share": float(share)}
                for name, side in sides.items():
                    row[name] = _first(np.abs(self.origin - curve[side].to_numpy()), time, share)
                found.append(row)
        schema = {key: self.table.schema[key] for key in keys} | {"share": pl.Float64()}
        return pl.DataFrame(found, schema=schema | dict.fromkeys(sides, pl.Float64()))


def _first(reached: Floats, time: Floats, share: float) -> float | None:
    close = 1.5e-8  # square root of the rounding unit, R's tolerance for equality
    reached, time = reached[~np.isnan(reached)], time[~np.isnan(reached)]
    there = np.flatnonzero(reached > share - close)
    if not len(there):
        return None
    first = there[0]
    beyond = np.flatnonzero(reached > reached[first])
    if abs(reached[first] - share) < close and len(beyond):
        return float(time[first] + time[beyond[0]]) / 2
    return float(time[first])


def kaplan_meier(
    data: object, *, stop: str, event: str, start: str | None = None, by: Names | None = None,
    weights: str | None = None, cluster: Names | None = None, robust: bool | None = None,
    limits: Limits = "log", level: float = 0.95, threads: int = 1,
) -> Curve:  # fmt: skip
    """
    Estimate survival by Kaplan and Meier's product, equal to R's ``survfit`` (survival).

    Parameters
    ----------
    data : polars.DataFrame, pandas.DataFrame or path
        One row for each stretch at risk; of a Parquet file, by its path, only the columns named are
        read.
    stop, start : str
        At risk in (start, stop]; without ``start``, from the beginning of time.
    event : str
        Whether the row ends with the event: boolean or 0/1.
    by : str or sequence of str, optional
        One curve for each combination.
    weights : str, optional
        Case weights above zero.
    cluster : str or sequence of str, optional
        Rows of one cluster (person, school) may depend on each other.
    robust : bool, optional
        Infinitesimal jackknife errors, else Greenwood's. By default as R: with a cluster, or
        with weights that are not all whole numbers. Without a cluster each row is a unit.
    limits : {"log", "log-log", "logit", "plain"}
        Scale of the confidence limits. ``"log"``: exp(log S -+ z se / S), at most 1.
    level : float
        Of the limits.
    threads : int
        Of a scan in DuckDB; the result has the same bits for any number, and any order of rows.

    Returns
    -------
    Curve
        ``estimate``: probability of being free of the event. Error and limits are null where S
        is zero (an infinitesimal jackknife error is zero there).

    Raises
    ------
    EstimationError
        Missing values, rows with start >= stop, weights of zero or less.
    """
    check_limits(limits, level)
    if cluster and robust is False:
        raise EstimationError("robust=False leaves no use for a cluster")
    counted = count(data, stop=stop, cause=event, start=start, by=by, weights=weights,
                    cluster=cluster, flag=True, threads=threads)  # fmt: skip
    before, survival = survivals(counted)
    jackknife = cluster is not None or not counted.whole if robust is None else robust
    if jackknife:
        error = np.sqrt(variance(influence(counted, -1, before, 1 - survival)))
        error[survival == 0] = 0.0  # but for rounding
    else:
        with np.errstate(invalid="ignore"):
            # 0 x inf: nothing is known once nobody is left.
            error = survival * np.sqrt(by_group(greenwood(counted), counted.group))
    table = _table(counted, [limited(survival, error, limits, level)])
    return Curve(table, counted.levels.columns, 1.0, jackknife, level, counted)


def aalen_johansen(
    data: object, *, stop: str, cause: str, start: str | None = None, by: Names | None = None,
    weights: str | None = None, cluster: Names | None = None, limits: Limits = "log",
    level: float = 0.95, threads: int = 1,
) -> Curve:  # fmt: skip
    """
    Estimate cumulative incidence with competing events, equal to R's ``survfit`` (survival).

    Parameters
    ----------
    data : polars.DataFrame, pandas.DataFrame or path
        One row for each stretch at risk; of a Parquet file, by its path, only the columns named are
        read.
    stop, start : str
        At risk in (start, stop]; without ``start``, from the beginning of time.
    cause : str
        Whole number: 0 censored, else which event ends the row.
    by : str or sequence of str, optional
        Curves for each combination; every group gets every cause that occurs in the data.
    weights : str, optional
        Case weights above zero.
    cluster : str or sequence of str, optional
        Rows of one cluster may depend on each other. Name the person where persons have several
        rows: without a cluster each row is its own unit.
    limits : {"log", "log-log", "logit", "plain"}
        Scale of the confidence limits. ``"log"``: exp(log F -+ z se / F), at most 1.
    level : float
        Of the limits.
    threads : int
        Of a scan in DuckDB; the result has the same bits for any number, and any order of rows.

    Returns
    -------
    Curve
        ``estimate`` is the probability that this cause has come first, with infinitesimal
        jackknife errors. Limits are null where F is zero.

    Raises
    ------
    EstimationError
        Missing values, rows with start >= stop, weights of zero or less, or no event of any cause.
    """
    check_limits(limits, level)
    counted = count(data, stop=stop, cause=cause, start=start, by=by, weights=weights,
                    cluster=cluster, threads=threads)  # fmt: skip
    if not np.any(counted.event_rows):
        raise EstimationError(f"`{cause}`: no events in {counted.rows} rows")
    before, _ = survivals(counted)
    values = []
    for place, incidence in enumerate(incidences(counted, before).T):
        error = np.sqrt(variance(influence(counted, place, before, incidence)))
        values.append(limited(incidence, error, limits, level))
    return Curve(_table(counted, values), counted.levels.columns, 0.0, True, level, counted)


def survivals(counted: Counted) -> tuple[Floats, Floats]:
    """Probability of being free of any event just before, and at, each grid time."""
    stay = 1 - counted.any_events / counted.at_risk
    stay[counted.emptied] = 0.0
    before, survival = np.ones(counted.size), np.empty(counted.size)
    for part in stretches(counted.group):
        survival[part] = np.cumprod(stay[part])
        before[part][1:] = survival[part][:-1]
    return before, survival


def incidences(counted: Counted, before: Floats) -> Floats:
    """Cumulative incidence of each cause (times, causes)."""
    return by_group(before[:, None] * counted.events / counted.at_risk[:, None], counted.group)


def greenwood(counted: Counted) -> Floats:
    """Steps of Greenwood's variance of log S: infinite where all leave."""
    at_risk, events = counted.at_risk, counted.any_events
    left = np.where(counted.emptied, 0.0, at_risk - events)
    with np.errstate(divide="ignore"):
        return np.asarray(events / (at_risk * left), dtype=np.float64)


def _table(counted: Counted, values: Sequence[list[pl.Series]]) -> pl.DataFrame:
    counts: dict[str, Floats | Integers] = {"at_risk": counted.at_risk, "events": counted.events}
    names = ("rows_at_risk", "event_rows") if counted.weighted else ("at_risk", "events")
    counts |= dict(zip(names, (counted.rows_at_risk, counted.event_rows), strict=True))
    parts = []
    for place, (cause, columns) in enumerate(zip(counted.causes, values, strict=True)):
        own = {name: n if n.ndim == 1 else n[:, place] for name, n in counts.items()}
        codes = np.full(counted.size, cause, dtype=np.int64)
        named = [pl.Series("cause", codes), pl.Series("time", counted.time), *columns]
        parts.append(pl.DataFrame([*named, *(pl.Series(name, n) for name, n in own.items())]))
    group = np.tile(counted.group, len(parts))
    order = np.argsort(group, kind="stable")  # within it by cause and time, as they come
    levels = counted.levels[group[order]] if counted.levels.width else pl.DataFrame()
    return pl.concat([levels, pl.concat(parts)[order]], how="horizontal")
