"""Cumulative incidence curves as they may be shown: few steps, rounded counts, estimates from them.

A curve that steps at every event gives each event's day; one that is computed from exact numbers
gives the numbers. So months are joined until each step holds the threshold of events, and the
curve is computed again from rounded counts of the joined steps.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import polars as pl

from cws_outcomes.contracts.released import CLEARED_CUMULATIVE_INCIDENCE
from cws_outcomes.disclosure.cleared import cleared, decimals
from cws_outcomes.disclosure.counts import Rule
from cws_outcomes.disclosure.grouped_incidence import Estimate, Exits, grouped_incidence
from cws_outcomes.disclosure.secondary import Counted, with_partners
from cws_outcomes.step import Inputs, Settings

Row = dict[str, Any]


@dataclass(frozen=True)
class Month:
    """
    Exact state of a group at the end of a month.

    Attributes
    ----------
    month : int
        Months since the window opened.
    at_risk, left : int
        Persons at risk when the month opens and when it ends.
    events, competing : int
        Since the window opened.
    incidence : float
        Exact cumulative incidence.
    staying : float
        Exact probability of neither event so far (product limit).
    """

    month: int
    at_risk: int
    left: int
    events: int
    competing: int
    incidence: float
    staying: float


def clear_cumulative_incidence(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Clear the curves of one model.

    Parameters
    ----------
    inputs : Inputs
        View ``cumulative_incidence``.
    settings : mapping
        ``threshold`` and ``round_to``.

    Returns
    -------
    dict
        ``cleared_cumulative_incidence``: for each group a row at month 0, one at the end of each
        step and one at each full year, interpolated, which gives the number at risk; or one
        suppressed row. `at_risk` is the number at the end of the month, empty when small.
    """
    rule = Rule.of(settings)
    rows = inputs.frame("cumulative_incidence").sort("group_no", "month").to_dicts()
    groups = {no: list(of) for no, of in groupby(rows, key=lambda row: row["group_no"])}
    histories = {no: list(_history(of)) for no, of in groups.items()}
    hidden = _hidden_groups(histories, rule)
    shown: list[Row] = []
    for no, of_group in groups.items():
        labels = {
            name: of_group[0][name] for name in ("model", "outcome", "cohort", "group", "group_no")
        }
        curve = [_SUPPRESSED] if no in hidden else _curve_rows(histories[no], rule)
        shown += [{**labels, **row} for row in curve]
    return cleared(CLEARED_CUMULATIVE_INCIDENCE, shown)


_SUPPRESSED: Row = {"month": 0, "status": "suppressed"}


def _history(rows: Sequence[Row]) -> Iterator[Month]:
    """The opening state, then the state after each month."""
    start = rows[0]["at_risk"]
    yield Month(0, start, start, 0, 0, 0.0, 1.0)
    events = competing = 0
    staying = 1.0
    for row in rows:
        events += row["events"]
        competing += row["competing"]
        exits = row["events"] + row["competing"]
        left = row["at_risk"] - exits - row["censored"]
        staying *= 1 - exits / row["at_risk"] if row["at_risk"] else 1.0
        reached = (row["estimate"], staying)
        yield Month(row["month"], row["at_risk"], left, events, competing, *reached)


def _hidden_groups(histories: Mapping[int, Sequence[Month]], rule: Rule) -> set[int]:
    parts = {no: Counted(months[0].left, months[-1].events) for no, months in histories.items()}
    whole = Counted(
        sum(part.persons for part in parts.values()), sum(part.events for part in parts.values())
    )
    small = {
        no
        for no, part in parts.items()
        if rule.hides(part.persons, part.events) or len(_steps(histories[no], rule)) < 2
    }
    return with_partners(parts, whole, small, rule)


def _steps(months: Sequence[Month], rule: Rule) -> list[Month]:
    """
    The opening state and the ends of the joined steps.

    A step ends with the month that brings its events to the threshold. Months that open with fewer
    persons at risk than the threshold are left out. Events after the last full step are folded
    back into it.
    """
    usable = [months[0], *(m for m in months[1:] if not rule.is_small(m.at_risk))]
    ends = [usable[0]]
    for month in usable[1:]:
        if month.events - ends[-1].events >= rule.threshold:
            ends.append(month)
    if len(ends) > 1:
        ends[-1] = usable[-1]
    return ends


def _curve_rows(months: Sequence[Month], rule: Rule) -> list[Row]:
    ends = _steps(months, rule)
    steps = [_rounded_exits(start, end, rule) for start, end in pairwise(ends)]
    estimates = [Estimate(0.0, 0.0, 0.0), *grouped_incidence(steps)]
    rows = {0: _row(ends[0], estimates[0], None, rule)}
    for end, step, estimate in zip(ends[1:], steps, estimates[1:], strict=True):
        rows[end.month] = _row(end, estimate, step.events, rule)
    for month in months:
        if month.month % 12 == 0 and month.month not in rows and month.month < ends[-1].month:
            reached = sum(end.month <= month.month for end in ends) - 1
            since, until = ends[reached].month, ends[reached + 1].month
            share = (month.month - since) / (until - since)
            between = _between(estimates[reached], estimates[reached + 1], share)
            rows[month.month] = _row(month, between, None, rule)
    return [rows[month] for month in sorted(rows)]


def _between(start: Estimate, end: Estimate, share: float) -> Estimate:
    """Inside a step the curve is not known: it is taken as straight."""
    return Estimate(*(a + share * (b - a) for a, b in zip(start, end, strict=True)))


def _rounded_exits(start: Month, end: Month, rule: Rule) -> Exits:
    """
    Rounded counts of a step.

    Counts since the start are rounded and then differenced: rounding errors do not add up along
    the curve, and a step of at least the threshold is never shown as less.
    """
    events = end.events - start.events
    taken = (end.incidence - start.incidence) / start.staying
    return Exits(
        at_risk=rule.rounded(round(events / taken)),
        events=rule.rounded(end.events) - rule.rounded(start.events),
        competing=rule.rounded(end.competing) - rule.rounded(start.competing),
    )


def _row(month: Month, estimate: Estimate, events: int | None, rule: Rule) -> Row:
    return {
        "month": month.month,
        "at_risk": rule.shown(month.left),
        "events": events,
        "estimate": decimals(estimate.incidence, 4),
        "lower": decimals(estimate.lower, 4),
        "upper": decimals(estimate.upper, 4),
        "status": "shown",
    }
