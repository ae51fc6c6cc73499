"""The equity table of published counts: the columns of the study's `la_equity`."""

from dataclasses import dataclass

import polars as pl

from cws_outcomes.equity import Funnel, Gradient, funnel, gradient, shrink, standardised_ratio
from cws_outcomes.errors import EstimationError
from cws_outcomes.published.cells import NOT_APPLICABLE, SHOWN, SUPPRESSED
from cws_outcomes.published.read import ALL, Counts

DEPRIVATION = "deprivation"
_FIGURES = ["group_share", "persons", "events", "rate_per_100", "expected"]
_RATIOS = ["ratio", "ratio_lower", "ratio_upper"]
_SHRUNKEN = ["shrunken_rate", "shrunken_lower", "shrunken_upper"]
_NAMES = ["la_code", "la_name", "region", "outcome", "group", "adjustment"]
# Decimals shown: enough that rounding moves no rate of a large authority, and few enough that
# bytes do not depend on the last bits of a library's arithmetic.
_DECIMALS = dict.fromkeys([*_FIGURES, *_RATIOS, *_SHRUNKEN], 4)
_DECIMALS |= dict.fromkeys(["persons", "events", "expected"], 2)


@dataclass(frozen=True)
class Fit:
    """
    What was estimated over the authorities of one group, year and adjustment.

    Attributes
    ----------
    group, year, adjustment : str
        `year` is empty without years.
    authorities : int
        How many are shown.
    rate : float
        Reference rate (proportion): expected over persons of the authorities shown.
    tau : float
        Spread between authorities, logit scale; NaN when not estimable.
    funnel : Funnel
        In the order of `rows`.
    gradient : Gradient or None
        On deprivation.
    rows : polars.DataFrame
        The authorities' counts, with ``expected``, one row each.
    """

    group: str
    year: str
    adjustment: str
    authorities: int
    rate: float
    tau: float
    funnel: Funnel
    gradient: Gradient | None
    rows: pl.DataFrame


def equity_table(counts: Counts, expected: pl.DataFrame) -> tuple[pl.DataFrame, list[Fit]]:
    """
    Compare every authority with what is expected.

    Parameters
    ----------
    counts : Counts
        Published counts.
    expected : polars.DataFrame
        Rows of the counts with ``expected`` filled in (see `reference`), years pooled if asked.

    Returns
    -------
    table : polars.DataFrame
        One row an authority, group, adjustment and year, sorted by outcome, group, adjustment,
        year and code. Columns of the study's ``la_equity``, then ``year`` and ``deprivation`` when
        the file gives them. Figures are null unless ``status`` is ``shown``. Rates are per 100.
    fits : list of Fit
        One a group, year and adjustment, in the same order.
    """
    columns = counts.columns
    first = "given" if columns.expected else "none"
    tables, fits = [], []
    for _, rows in _shares(expected).group_by("group", "year", maintain_order=True):
        pairs = [_fit(rows, first, None)]
        if columns.deprivation:
            pairs += _fit_deprivation(rows)
        for table, fit in pairs:
            tables.append(table)
            fits.append(fit)
    outcome = columns.outcome or columns.numerator or columns.rate or "events"
    whole = pl.concat(tables).with_columns(outcome=pl.lit(outcome))
    given = ["year"] if columns.year else []
    given += ["deprivation"] if columns.deprivation else []
    whole = whole.select([*_NAMES, *_FIGURES, *_RATIOS, *_SHRUNKEN, "status", *given])
    keys = ["outcome", "group", "adjustment", *(["year"] if columns.year else []), "la_code"]
    return whole.with_columns(_whole_numbers(whole)).sort(keys), fits


def _whole_numbers(table: pl.DataFrame) -> list[pl.Expr]:
    """Counts as integers, unless the file (or a rate) gives fractions."""
    counted = ("persons", "events")
    whole = [name for name in counted if (table[name].drop_nulls() % 1 == 0).all()]
    return [pl.col(name).cast(pl.Int64) for name in whole]


def _shares(rows: pl.DataFrame) -> pl.DataFrame:
    """Share of a group among the children of its authority, where the file has the whole."""
    whole = rows.filter(group=ALL).select("la_code", "year", whole="persons")
    joined = rows.join(whole, on=["la_code", "year"], how="left", nulls_equal=True)
    return joined.with_columns(group_share=pl.col("persons") / pl.col("whole")).drop("whole")


def _fit_deprivation(rows: pl.DataFrame) -> list[tuple[pl.DataFrame, Fit]]:
    """The second adjustment; its rows are not applicable where no deprivation is given."""
    usable = rows.with_columns(
        status=pl.when((pl.col("status") == SHOWN) & pl.col("deprivation").is_null())
        .then(pl.lit(NOT_APPLICABLE))
        .otherwise("status")
    )
    seen = usable.filter(status=SHOWN)
    try:
        fitted = gradient(seen["events"], seen["persons"], seen["deprivation"])
    except EstimationError:
        hidden = usable.with_columns(
            expected=None,
            status=pl.when(status=SHOWN).then(pl.lit(NOT_APPLICABLE)).otherwise("status"),
        )
        return [_fit(hidden, DEPRIVATION, None)]
    expected = seen.select("la_code", modelled=fitted.expected)
    joined = usable.join(expected, on="la_code", how="left", maintain_order="left")
    return [_fit(joined.with_columns(expected="modelled").drop("modelled"), DEPRIVATION, fitted)]


def _fit(rows: pl.DataFrame, adjustment: str, fitted: Gradient | None) -> tuple[pl.DataFrame, Fit]:
    shown = rows.filter(status=SHOWN)
    events, persons, expected = (
        shown[name].cast(pl.Float64).to_numpy() for name in ("events", "persons", "expected")
    )
    ratio = standardised_ratio(events, persons, expected)
    shrunk = shrink(events, persons, expected)
    values = {
        **dict(zip(_RATIOS, ratio, strict=True)),
        **{
            name: 100 * rate
            for name, rate in zip(_SHRUNKEN, (shrunk.rate, shrunk.lower, shrunk.upper), strict=True)
        },
    }
    figures = shown.with_columns(
        **{name: pl.Series(column).fill_nan(None) for name, column in values.items()},
        rate_per_100=100 * pl.col("events") / pl.col("persons"),
    )
    hidden = rows.filter(pl.col("status") != SHOWN).with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in _FIGURES + _RATIOS + _SHRUNKEN
    )
    whole = pl.concat([figures, hidden.select(figures.columns)]).with_columns(
        pl.lit(adjustment).alias("adjustment"),
        *(pl.col(name).round(digits) for name, digits in _DECIMALS.items()),
    )
    key = rows.row(0, named=True)
    reference = float(expected.sum() / persons.sum()) if len(persons) else float("nan")
    fit = Fit(
        group=key["group"],
        year=key["year"] or "",
        adjustment=adjustment,
        authorities=len(events),
        rate=reference,
        tau=shrunk.tau,
        funnel=funnel(events, persons, expected),
        gradient=fitted,
        rows=figures,
    )
    return whole, fit


def pooled(rows: pl.DataFrame) -> pl.DataFrame:
    """
    All years of an authority and group together.

    Parameters
    ----------
    rows : polars.DataFrame
        Rows with ``expected`` of their own year.

    Returns
    -------
    polars.DataFrame
        Sums over the years in which the authority is shown, ``year`` as "first to last",
        ``deprivation`` weighted by persons. An authority shown in no year keeps the status of its
        rows, suppressed before not applicable.
    """
    years = sorted(set(rows["year"]))
    label = f"{years[0]} to {years[-1]}"
    seen = pl.col("status") == SHOWN
    weight = pl.when(pl.col("deprivation").is_not_null()).then("persons")
    sums = [pl.col(name).filter(seen).sum() for name in ("persons", "events", "expected")]
    status = (
        pl.when(seen.any())
        .then(pl.lit(SHOWN))
        .when((pl.col("status") == SUPPRESSED).any())
        .then(pl.lit(SUPPRESSED))
        .otherwise(pl.lit(NOT_APPLICABLE))
    )
    summed = rows.group_by("group", "la_code", maintain_order=True).agg(
        pl.col("la_name", "region").last(),
        *sums,
        deprivation=(pl.col("deprivation") * weight).filter(seen).sum() / weight.filter(seen).sum(),
        status=status,
    )
    none_shown = pl.col("status") != SHOWN
    return summed.with_columns(
        *(
            pl.when(none_shown).then(None).otherwise(name).alias(name)
            for name in ("persons", "events", "expected")
        ),
        deprivation=pl.col("deprivation").fill_nan(None),
        year=pl.lit(label),
    ).sort("group", "la_code")
