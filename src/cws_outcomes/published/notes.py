"""What was read, left out, matched and estimated, in words: `notes.md`."""

import math
from collections.abc import Iterator

import numpy as np
import polars as pl

from cws_outcomes.equity import Z_998, Gradient
from cws_outcomes.geography import authorities, changes
from cws_outcomes.published.cells import NOT_APPLICABLE, SUPPRESSED
from cws_outcomes.published.columns import Columns
from cws_outcomes.published.equity_table import DEPRIVATION, Fit
from cws_outcomes.published.places import calendar_year
from cws_outcomes.published.read import Counts
from cws_outcomes.published.reference import Reference

_OUTSIDE_BY_CHANCE = 0.002  # share beyond 99.8 % limits, both sides


def notes(
    title: str, counts: Counts, found: Reference, table: pl.DataFrame, fits: list[Fit]
) -> str:
    """
    Notes on one run, as Markdown.

    Parameters
    ----------
    title : str
        Heading.
    counts : Counts
        What was read.
    found : Reference
        Reference rates.
    table : polars.DataFrame
        The equity table.
    fits : list of Fit
        What was estimated.

    Returns
    -------
    str
        The same bytes for the same input: no date, no path.
    """
    sections = {
        "Read": _read(counts),
        "Authorities": _authorities(counts),
        "Not shown": _not_shown(counts, table),
        "Reference": _reference(counts, found),
        "Estimates": _estimates(fits, counts.columns),
        "Mind": _mind(counts),
    }
    text = [f"# {title}\n"]
    for heading, lines in sections.items():
        text += [f"## {heading}\n", *(f"- {line}" for line in lines), ""]
    return "\n".join(text)


def _read(counts: Counts) -> Iterator[str]:
    log, columns = counts.log, counts.columns
    yield f"File `{log.file}`, SHA-256 `{log.sha256}`: {log.lines:,} rows."
    named = ("la", "denominator", "numerator", "rate", "group", "year", "expected", "deprivation")
    used = [(role, getattr(columns, role)) for role in named]
    yield "Columns: " + ", ".join(f"{role} `{name}`" for role, name in used if name) + "."
    if columns.keep or columns.years:
        asked = [f"`{name}` is {' or '.join(values)}" for name, values in columns.keep.items()]
        asked += [f"years {columns.years[0]} to {columns.years[1]}"] if columns.years else []
        yield f"{log.read:,} rows were asked for ({'; '.join(asked)})."
    yield (
        f"{counts.rows.height:,} rows are about {counts.rows['la_code'].n_unique()} local "
        f"authorities, {counts.england.height:,} about England (the reference, not an authority)."
    )
    for kind, number in sorted(log.left_out.items()):
        yield f"{number:,} rows were left out: {kind.replace('_', ' ')}."
    if columns.source:
        yield f"Source: {columns.source}"


def _authorities(counts: Counts) -> Iterator[str]:
    if counts.columns.la_kind:
        kind = _LA_KIND[counts.columns.la_kind]
        yield f"Children are counted under the authority of their {kind}."
    led = counts.log.matched
    if counts.log.by_code:
        yield "Authorities are identified by code."
    else:
        others = "the others" if led else "all"
        yield f"{len(led) or 'No'} names led to one by spelling or alias, {others} exactly."
    for label, name, code, how in led:
        yield f"'{label}' is {name} ({code}), by {how}."
    rows = counts.rows.select("la_code", "year").unique().sort("la_code", "year")
    years = [year for label in rows["year"] if (year := calendar_year(label)) is not None]
    if not years:
        return
    moved = changes().filter(
        pl.col("change_date").dt.year().is_between(min(years), max(years)),
        pl.col("old_la_code") != pl.col("new_la_code"),
    )
    codes = set(rows["la_code"])
    for row in moved.iter_rows(named=True):
        if {row["old_la_code"], row["new_la_code"]} & codes:
            yield (
                f"{row['old_la_code']} to {row['new_la_code']} on {row['change_date']} "
                f"({row['kind'].replace('_', ' ')}): each year is shown under its own codes."
            )
    yield from _out_of_force(rows)


def _out_of_force(rows: pl.DataFrame) -> Iterator[str]:
    span = (
        authorities()
        .group_by("la_code")
        .agg(
            first=pl.col("valid_from").min().dt.year(),
            last=pl.when(pl.col("valid_to").is_null().any())
            .then(None)
            .otherwise(pl.col("valid_to").max().dt.year()),
        )
    )
    year = pl.Series("calendar", [calendar_year(label) for label in rows["year"]], dtype=pl.Int64)
    dated = rows.with_columns(year).join(span, on="la_code", how="left", maintain_order="left")
    early = pl.col("calendar") < pl.col("first")
    late = (pl.col("calendar") > pl.col("last")).fill_null(value=False)
    odd = dated.filter(early | late)
    if not odd.is_empty():
        listed = ", ".join(
            f"{code} in {label}" for code, label in odd.select("la_code", "year").rows()
        )
        yield f"{odd.height} rows carry a code that was not in force in their year: {listed}."


def _not_shown(counts: Counts, table: pl.DataFrame) -> Iterator[str]:
    for column, held in sorted(counts.log.symbols.items()):
        for symbol, number in held.items():
            yield f"Column `{column}`: {number:,} cells hold `{symbol}`; never read as zero."
    for (adjustment,), part in table.group_by("adjustment", maintain_order=True):
        hidden = part.filter(status=SUPPRESSED).height
        absent = part.filter(status=NOT_APPLICABLE).height
        yield (
            f"Adjustment `{adjustment}`: {part.height - hidden - absent:,} rows shown, {hidden:,} "
            f"suppressed in the source, {absent:,} not applicable (a number was not given)."
        )
    yield "Suppressed numbers are left empty, and nothing here was computed to find them."


def _reference(counts: Counts, found: Reference) -> Iterator[str]:
    if counts.columns.expected:
        yield f"Expected events are those of column `{counts.columns.expected}`."
        return
    per = counts.columns.per
    for row in found.rates.iter_rows(named=True):
        if row["rate"] is None:
            yield f"{_of(row['group'], row['year'])}no rate: no authority is shown."
            continue
        origin = "England's row" if row["is_england"] else "the sum of the authorities shown"
        yield f"{_of(row['group'], row['year'])}{row['rate'] * per:.4g} per {per:,}, {origin}."
        if row["persons_over"] is not None and (row["persons_over"] or row["events_over"]):
            yield (
                f"{_of(row['group'], row['year'])}England's row differs from the sum of the "
                f"authorities by {100 * row['persons_over']:.2f} % of persons and "
                f"{100 * row['events_over']:.2f} % of events."
            )


def _estimates(fits: list[Fit], columns: Columns) -> Iterator[str]:
    for fit in fits:
        where = f"{_of(fit.group, fit.year)}adjustment `{fit.adjustment}`, "
        where += f"{fit.authorities} authorities: "
        if math.isnan(fit.tau):
            yield where + "too few to estimate a spread; no shrunken rates."
            continue
        yield where + _spread(fit)
        if fit.gradient is not None:
            yield where + _slope(fit, fit.gradient, columns)
        elif fit.adjustment == DEPRIVATION:
            yield where + "deprivation could not be fitted."


def _spread(fit: Fit) -> str:
    chance = int((abs(fit.funnel.z) > Z_998).sum())
    usual = int((abs(fit.funnel.z_dispersed) > Z_998).sum())
    return (
        f"spread tau {fit.tau:.3f} (logit); over-dispersion {fit.funnel.dispersion:.1f}, funnel "
        f"tau {fit.funnel.tau:.3f} (square root scale). Outside 99.8 % limits: {chance} when "
        f"chance alone is allowed for, {usual} when the usual spread is too; "
        f"{fit.authorities * _OUTSIDE_BY_CHANCE:.1f} expected if nothing but that were at work."
    )


def _slope(fit: Fit, fitted: Gradient, columns: Columns) -> str:
    ends = np.quantile(fit.rows["deprivation"].to_numpy(), [0.1, 0.9])
    rates = fitted.rate(ends) * columns.per
    return (
        f"modelled rate {rates[0]:.3g} per {columns.per:,} at the tenth percentile of "
        f"{columns.deprivation_label} ({ends[0]:.3g}) and {rates[1]:.3g} at the ninetieth "
        f"({ends[1]:.3g}); logit slope {fitted.slope:.3g} "
        f"(standard error {fitted.slope_error:.2g})."
    )


def _mind(counts: Counts) -> Iterator[str]:
    columns = counts.columns
    if columns.rate:
        yield (
            f"Events are column `{columns.rate}` times persons over {columns.per:,}: published "
            "rates are rounded, so events, and limits of small authorities, are approximate."
        )
    if columns.pool_years:
        yield (
            "Years are pooled: persons are person-years, one child can be counted in several, and "
            "limits are then too narrow. Years in which an authority is not shown are left out."
        )
    elif columns.year:
        yield "Years are estimated one by one; the same child may be counted in several."
    if columns.deprivation:
        yield (
            "Adjusting for deprivation takes away what deprivation explains, inequity included: "
            "read both adjustments. It is an average of the authority, not of its children."
        )
    yield (
        "Limits of a ratio are Wilson limits and take the expected count as known. Shrunken rates "
        "are posterior means at the estimated spread, with 95 % limits. Both describe; neither "
        "says that an authority caused its rate."
    )
    yield "Funnel limits and flags do not allow for looking at many authorities, groups and years."


def _of(group: str, year: str | None) -> str:
    label = ", ".join(one for one in (group if group != "all" else "", year or "") if one)
    return f"{label}: " if label else ""


_LA_KIND = {"school": "school", "home": "home", "responsible": "children's services"}
