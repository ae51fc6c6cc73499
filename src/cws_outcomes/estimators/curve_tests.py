"""Tests that curves are the same in all groups: log-rank, and Gray's for cumulative incidence."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import linalg, stats

from cws_outcomes.estimators.counted import count, departures, risk, stretches
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Floats, Names
from cws_outcomes.estimators.products import product_of

# Share of the largest variance below which differences of groups do not vary but for rounding.
SINGULAR = 1e-9


@dataclass(frozen=True, eq=False)
class CurveTest:
    """
    A test that groups have the same curve.

    Attributes
    ----------
    table : polars.DataFrame
        The ``by`` columns, ``rows``, and, log-rank only, ``observed`` and ``expected`` events.
    statistic : float
        Chi-square.
    degrees : int
        Degrees of freedom: the rank of the variance; groups less one where all can be compared.
    p_value : float
    """

    table: pl.DataFrame
    statistic: float
    degrees: int
    p_value: float


@dataclass(frozen=True, eq=False)
class _Compared:
    """Rows at risk, and events (times, groups) on the common times of each stratum."""

    groups: pl.DataFrame
    causes: list[int]
    parts: list[slice]
    at_risk: Floats
    events: list[Floats]


def log_rank(
    data: object, *, stop: str, event: str, by: Names, start: str | None = None,
    strata: Names | None = None, rho: float = 0.0, threads: int = 1,
) -> CurveTest:  # fmt: skip
    r"""
    Log-rank test, equal to R's ``survdiff`` (survival), also with delayed entry.

    At each event time d of Y at risk have the event; under equality their split over groups is
    hypergeometric, and :math:`\sum_t w(t) (d_g - d Y_g / Y)` has the variance
    :math:`\sum_t w^2 d (Y - d)/(Y - 1) (\delta_{gh} Y_g/Y - Y_g Y_h / Y^2)` (Mantel 1966). Sums
    run over the strata too.

    Parameters
    ----------
    data, stop, event, start, threads
        As for `kaplan_meier`.
    by : str or sequence of str
        Groups to compare: their combinations.
    strata : str or sequence of str, optional
        Compared within each combination only.
    rho : float
        Weight S(t-) ** rho of the pooled curve of the stratum (Harrington and Fleming 1982): 0 is
        the log-rank test, 1 gives early differences more weight.

    Raises
    ------
    EstimationError
        As `kaplan_meier`; or fewer than two groups with somebody at risk at an event.
    """
    found = _compared(data, stop, event, start, by, strata, True, threads)
    many = found.groups.height
    observed, expected, variance = np.zeros(many), np.zeros(many), np.zeros((many, many))
    for part in found.parts:
        rows, events = found.at_risk[part], found.events[0][part]
        at_risk, total = rows.sum(axis=1), events.sum(axis=1)
        before = np.concatenate([[1.0], np.cumprod(1 - total / at_risk)[:-1]])
        weight, share = before**rho, rows / at_risk[:, None]
        spread = weight**2 * total * (at_risk - total) / np.maximum(at_risk - 1, 1)
        observed += np.sum(weight[:, None] * events, axis=0)
        expected += np.sum((weight * total)[:, None] * share, axis=0)
        spread_out = spread[:, None] * share
        variance += np.diag(np.sum(spread_out, axis=0)) - product_of(share, spread_out)
    table = found.groups.with_columns(observed=pl.Series(observed), expected=pl.Series(expected))
    return _tested(table, observed - expected, variance)


def gray_test(
    data: object, *, stop: str, cause: str, by: Names, strata: Names | None = None,
    rho: float = 0.0, threads: int = 1,
) -> dict[int, CurveTest]:  # fmt: skip
    """
    Gray's test that the cumulative incidence of a cause is the same in all groups.

    Gray, Annals of Statistics 1988, 16: 1141-1154, with the treatment of ties of R's ``cuminc``
    (cmprsk), whose numbers these are. Not defined for delayed entry.

    Parameters
    ----------
    data, stop, cause, threads
        As for `aalen_johansen`.
    by : str or sequence of str
        Groups to compare: their combinations.
    strata : str or sequence of str, optional
        Compared within each combination only.
    rho : float
        Weight (1 - F(t-)) ** rho of the pooled incidence.

    Returns
    -------
    dict of int to CurveTest
        One for each cause that occurs.

    Raises
    ------
    EstimationError
        As `aalen_johansen`; or fewer than two groups.
    """
    found = _compared(data, stop, cause, None, by, strata, False, threads)
    many, all_events = found.groups.height, np.sum(found.events, axis=0)
    results = {}
    for code, events in zip(found.causes, found.events, strict=True):
        difference, variance = np.zeros(many), np.zeros((many, many))
        for part in found.parts:
            others = all_events[part] - events[part]
            score, spread = _gray(found.at_risk[part], events[part], others, rho)
            difference, variance = difference + score, variance + spread
        results[code] = _tested(found.groups, difference, variance)
    return results


def _compared(
    data: object, stop: str, cause: str, start: str | None, by: Names, strata: Names | None,
    flag: bool, threads: int,
) -> _Compared:  # fmt: skip
    counted = count(data, stop=stop, cause=cause, start=start, by=strata, cluster=by, flag=flag,
                    threads=threads)  # fmt: skip
    if not np.any(counted.event_rows):
        raise EstimationError(f"`{cause}`: no events in {counted.rows} rows")
    if counted.clusters.height < 2 or counted.cluster is None:
        raise EstimationError("expected two groups or more to compare, found one")
    many, causes = counted.clusters.height, len(counted.causes)
    at_risk = np.zeros((counted.size, many))
    events = [np.zeros((counted.size, many)) for _ in counted.causes]
    for group in range(many):
        mine = counted.cluster == group
        last, rows = counted.last[mine], counted.weight[mine]
        at_risk[:, group] = risk(counted.first[mine], last, counted.group, rows)
        left = departures(last, counted.cause[mine], causes, counted.size, rows)
        for place in range(causes):
            events[place][:, group] = left[:, place]
    rows = np.bincount(counted.cluster, counted.row_count, many).astype(np.intp)
    groups = counted.clusters.with_columns(rows=pl.Series(rows))
    return _Compared(groups, counted.causes, stretches(counted.group), at_risk, events)


def _tested(table: pl.DataFrame, difference: Floats, variance: Floats) -> CurveTest:
    """Chi-square of the differences, which add up to zero within groups that are compared."""
    size, axes = linalg.eigh(variance)
    apart = size > SINGULAR * np.max(size)
    if np.max(size) <= 0:
        raise EstimationError("expected events while two groups or more are at risk")
    along = (axes.T @ difference)[apart]
    statistic, degrees = float(np.sum(along**2 / size[apart])), int(np.sum(apart))
    return CurveTest(table, statistic, degrees, float(stats.chi2.sf(statistic, degrees)))


def _gray(at_risk: Floats, events: Floats, others: Floats, rho: float) -> tuple[Floats, Floats]:
    r"""
    Score of one stratum and its variance.

    With :math:`R_g = Y_g / S_g(t-)` and the pooled :math:`dF = dN / \sum_g R_g`, the score sums
    :math:`w (dN_g - dN R_g (1 - F_g) / \sum_h R_h (1 - F_h))`. Its variance is that of a sum of
    martingales of each group: an event of group k at t moves the score by what it weighs then
    (``own``), and by what it does to the curves of k that weigh all later events (``later``). What
    is later is not known on the way: its share enters at the end, by ``crossed`` and ``squared``.
    """
    many = at_risk.shape[1]
    score, incidence, squared = np.zeros(many), np.zeros(many), np.zeros(many)
    variance, later, crossed = (np.zeros((many, many)) for _ in range(3))
    before, pooled = np.ones(many), 0.0
    for all_rows, failed, other in zip(at_risk, events, others, strict=True):
        happened, present = float(np.sum(failed)), all_rows > 0
        rows = np.where(present, all_rows, 1.0)
        risk = np.where(present, all_rows / np.where(before > 0, before, 1.0), 0.0)
        total, free = float(np.sum(risk)), risk * (1 - incidence)
        weight = (1 - pooled) ** rho
        after = np.where(present, before * (1 - (failed + other) / rows), before)
        if happened:
            score += weight * (failed - happened * free / np.sum(free))
            own = weight * (np.diag(risk) - np.outer(risk, risk) / total)
            later += own * happened / (total * (1 - pooled))
            pooled += happened / total
        rest = np.where(after > 0, (1 - pooled) / np.where(after > 0, after, 1.0), 0.0)
        moves = []
        if happened:
            ties = 1 - (happened - 1) / np.maximum(total * before - 1, 1e-300) * (happened > 1)
            size = np.where(present, ties * before * happened / (total * rows), 0.0)
            moves.append((own - (1 - rest) * later, 1 - rest, size))
        if np.any(other):
            ties = 1 - np.maximum(other - 1, 0) / np.maximum(rows - 1, 1)
            moves.append(
                (-rest * later, rest, np.where(present, ties * before**2 * other / rows**2, 0))
            )
        for move, shift, size in moves:
            variance += (move * size) @ move.T
            crossed += move * (size * shift)
            squared += size * shift**2
        incidence = incidence + np.where(present, before * failed / rows, 0.0)
        before = after
    cross = later @ crossed.T
    return score, variance + (later * squared) @ later.T + cross + cross.T
