r"""
Kaplan-Meier and Aalen-Johansen curves, exact with ties and with late entry.

With risk set :math:`Y(t)` of rows with start < t <= stop and :math:`dN_k(t)` events of cause k:

.. math:: S(t) = \prod_{u \le t} (1 - dN(u)/Y(u)), \quad F_k(t) = \sum_{u \le t} S(u-) dN_k(u)/Y(u)

Ties need no breaking: all events of one time leave together, so the answer does not depend on
row order or on chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import stats

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.influence import incidence_variance
from cws_outcomes.estimators.inputs import Floats, Names
from cws_outcomes.estimators.risk_sets import EventCounts, count_events

Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True, eq=False)
class Curve:
    """
    Step curves by group (and cause).

    Attributes
    ----------
    table : polars.DataFrame
        The ``by`` columns under their own names, ``cause`` (1 for Kaplan-Meier), ``time``,
        ``estimate``, ``std_error``, ``lower``, ``upper`` (95 %), ``at_risk`` (rows at risk at that
        time) and ``events`` (of that cause). A row for each time at which the group has an event,
        and one for the end of its follow-up. Sorted by group, cause and time.
    by : list of str
        Names of the group columns.
    origin : float
        Value before the first event: 1 for survival, 0 for incidence.
    """

    table: pl.DataFrame
    by: list[str]
    origin: float

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
        steps = self.table.drop("at_risk", "events").with_columns(step=pl.col("time")).sort("time")
        read = asked.join_asof(steps, on="time", by=keys, check_sortedness=False)
        before = pl.col("step").is_null()
        values = {"estimate": self.origin, "std_error": 0.0, "lower": self.origin}
        values["upper"] = self.origin
        return (
            read.with_columns(
                pl.when(pl.col("time") > pl.col("end"))
                .then(None)
                .when(before)
                .then(pl.lit(value))
                .otherwise(pl.col(name))
                .alias(name)
                for name, value in values.items()
            )
            .drop("end", "step")
            .sort(*keys, "time")
        )


def kaplan_meier(
    data: object, *, stop: str, event: str, start: str | None = None, by: Names | None = None
) -> Curve:
    """
    Estimate survival by Kaplan and Meier's product, equal to R's ``survfit`` (survival).

    Parameters
    ----------
    data : polars.DataFrame or pandas.DataFrame
        One row for each stretch at risk.
    stop, start : str
        At risk in (start, stop]; without ``start``, from the beginning of time.
    event : str
        Whether the row ends with the event: boolean or 0/1.
    by : str or sequence of str, optional
        One curve for each combination.

    Returns
    -------
    Curve
        ``estimate`` is the probability of being free of the event. Greenwood's variance; 95 %
        limits on the log scale, exp(log S +- 1.96 se / S), at most 1. Null where S is zero.

    Raises
    ------
    EstimationError
        Missing values, or rows with start >= stop.
    """
    frame = inputs.complete(data, stop, event, start, by)
    group, levels = inputs.groups(frame, by)
    cause = inputs.flags(frame, event).astype(np.intp)
    counts = count_events(group, *inputs.intervals(frame, start, stop), cause, 1)
    survival, variance = np.empty(counts.sets.size), np.empty(counts.sets.size)
    for part in counts.stretches:
        at_risk, events = counts.at_risk[part], counts.any_events[part]
        survival[part] = np.cumprod(1 - events / at_risk)
        with np.errstate(divide="ignore"):
            variance[part] = np.cumsum(events / (at_risk * (at_risk - events)))
    with np.errstate(invalid="ignore"):
        error = survival * np.sqrt(variance)  # 0 x inf: nothing is known once nobody is left
    return Curve(
        _table(counts, levels, [1], survival[:, None], error[:, None]), levels.columns, 1.0
    )


def aalen_johansen(
    data: object, *, stop: str, cause: str, start: str | None = None, by: Names | None = None
) -> Curve:
    """
    Estimate cumulative incidence with competing events, equal to R's ``survfit`` (survival).

    Parameters
    ----------
    data : polars.DataFrame or pandas.DataFrame
        One row for each stretch at risk.
    stop, start : str
        At risk in (start, stop]; without ``start``, from the beginning of time.
    cause : str
        Whole number: 0 censored, else which event ends the row.
    by : str or sequence of str, optional
        Curves for each combination; every group gets every cause that occurs in the data.

    Returns
    -------
    Curve
        ``estimate`` is the probability that this cause has come first. Infinitesimal jackknife
        variance, each row its own unit (merge the rows of a person that differ in nothing but
        time); 95 % limits on the log scale, exp(log F +- 1.96 se / F), at most 1. Null where
        F is zero.

    Raises
    ------
    EstimationError
        Missing values, rows with start >= stop, or no event of any cause.
    """
    frame = inputs.complete(data, stop, cause, start, by)
    codes = inputs.counts(frame, cause)
    causes = [int(code) for code in np.unique(codes) if code]
    if not causes:
        raise EstimationError(f"`{cause}`: no events in {frame.height} rows")
    group, levels = inputs.groups(frame, by)
    places = np.searchsorted([0, *causes], codes)
    counts = count_events(group, *inputs.intervals(frame, start, stop), places, len(causes))
    incidence = np.empty((counts.sets.size, len(causes)))
    before = np.empty(counts.sets.size)
    for part in counts.stretches:
        survival = np.cumprod(1 - counts.any_events[part] / counts.at_risk[part])
        before[part] = np.concatenate([[1.0], survival[:-1]])
        hazard = counts.events[part] / counts.at_risk[part, None]
        incidence[part] = np.cumsum(before[part, None] * hazard, axis=0)
    error = np.empty_like(incidence)
    for place in range(len(causes)):
        variance = incidence_variance(counts, place, before, incidence[:, place])
        error[:, place] = np.sqrt(np.maximum(variance, 0.0))
    return Curve(_table(counts, levels, causes, incidence, error), levels.columns, 0.0)


def _table(
    counts: EventCounts, levels: pl.DataFrame, causes: list[int], estimate: Floats, error: Floats
) -> pl.DataFrame:
    sets = counts.sets
    steps = pl.DataFrame({"group": sets.group, "time": sets.time, "at_risk": counts.at_risk})
    table = pl.concat(
        steps.with_columns(
            _limits(estimate[:, place], error[:, place]),
            cause=pl.lit(cause, dtype=pl.Int64),
            events=pl.Series(counts.events[:, place]),
        )
        for place, cause in enumerate(causes)
    ).sort("group", "cause", "time")
    return table.select(
        *(levels[name].gather(table["group"]).alias(name) for name in levels.columns),
        *("cause", "time", "estimate", "std_error", "lower", "upper", "at_risk", "events"),
    )


def _limits(estimate: Floats, error: Floats) -> list[pl.Series]:
    """Limits on the log scale, as R's survfit (conf.type "log"); nothing where log is not."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        reach = np.where(estimate > 0, Z * error / estimate, np.nan)
    columns = {
        "estimate": estimate,
        "std_error": error,
        "lower": estimate * np.exp(-reach),
        "upper": np.minimum(1.0, estimate * np.exp(reach)),
    }
    return [pl.Series(name, values).fill_nan(None) for name, values in columns.items()]
