"""Rows behind each kind of figure, from cleared rows: columns chosen, renamed and given words.

Nothing is estimated here. The one figure worked out is the reference of a caterpillar of rates:
shown events over shown persons.
"""

from collections.abc import Mapping

import polars as pl

from cws_outcomes.contracts.words import words

Labels = Mapping[str, str]

_RATES = "shrunken_rate"
_UNITS = {
    "ratio": "Observed / expected events",
    _RATES: "Events per 100 children, drawn towards the expected rate (tick: as observed)",
    "odds_ratio": "Odds ratio against the average authority",
}


class NotOneSeriesError(ValueError):
    """The rows chosen are more than one figure can show."""


def caterpillar_unit(value: str) -> str:
    """What the axis of a caterpillar shows."""
    return _UNITS.get(value or "ratio", value)


def caterpillar(rows: pl.DataFrame, value: str, labels: Labels) -> pl.DataFrame:
    """
    Estimates of LAs.

    Parameters
    ----------
    rows : polars.DataFrame
        Cleared ``la_equity`` of one outcome, group and adjustment, or ``la_effects`` of one model.
    value : str
        ``ratio`` (default), ``shrunken_rate`` or ``odds_ratio``.
    labels : mapping
        Not used: LAs have names.

    Returns
    -------
    polars.DataFrame
        la_code, label, region, estimate, lower, upper, raw, reference; estimates of LAs that are
        not shown are empty.
    """
    value = value or "ratio"
    _require_single(rows, "model", "outcome", "group", "adjustment")
    start = {"ratio": "ratio_", _RATES: "shrunken_"}.get(value, "")
    raw = pl.col("rate_per_100") if value == _RATES else pl.lit(None, pl.Float64)
    return rows.select(
        "la_code",
        "region",
        label="la_name",
        estimate=value,
        lower=f"{start}lower",
        upper=f"{start}upper",
        raw=raw,
        reference=_reference(value),
    )


def _reference(value: str) -> pl.Expr:
    if value != _RATES:
        return pl.lit(1.0)
    return (100 * pl.col("events").sum() / pl.col("persons").sum()).round(2)


def funnel(rows: pl.DataFrame, value: str, labels: Labels) -> pl.DataFrame:
    """Points and limits of one funnel, as `draw_funnel` takes them."""
    _require_single(rows, "model", "outcome", "group", "adjustment")
    fixed = ("model", "group_no", "outcome", "group", "adjustment", "point_no", "la_name")
    return rows.with_columns(label="la_name").drop(fixed)  # status tells a funnel of too few


def curves(rows: pl.DataFrame, value: str, labels: Labels) -> pl.DataFrame:
    """Curves of one model: group, label, month, counts, estimate and limits in percent, status."""
    _require_single(rows, "model")
    percent = [(pl.col(c) * 100).round(2).alias(c) for c in ("estimate", "lower", "upper")]
    return rows.select(
        "group", _words("group", labels).alias("label"), "month", "at_risk", "events", *percent,
        "status",
    )  # fmt: skip


def forest(rows: pl.DataFrame, value: str, labels: Labels) -> pl.DataFrame:
    """
    Ratios of one or several models.

    Returns
    -------
    polars.DataFrame
        model, covariate, level (in words), is_reference, persons, events, ratio, lower, upper,
        status; in the order of the terms.
    """
    ratio = "hazard_ratio" if "hazard_ratio" in rows.columns else "odds_ratio"
    return rows.filter(pl.col("covariate") != "(intercept)").select(
        _words("model", labels),
        _words("covariate", labels),
        _words("level", labels),
        "is_reference",
        "persons",
        "events",
        pl.col(ratio).alias("ratio"),
        "lower",
        "upper",
        "status",
        measure=pl.lit("Hazard ratio" if ratio == "hazard_ratio" else "Odds ratio"),
    )


def levels(rows: pl.DataFrame, value: str, labels: Labels) -> pl.DataFrame:
    """Rates by level of exposure: outcome, exposure, level (in words), rate and limits, status."""
    _require_single(rows, "model")
    return rows.select(
        _words("outcome", labels),
        _words("exposure", labels),
        _words("level", labels),
        "persons",
        "events",
        rate="rate_per_100",
        lower="rate_lower",
        upper="rate_upper",
        status="status",
    )


def flow(rows: pl.DataFrame, value: str, labels: Labels) -> pl.DataFrame:
    """The flow of one cohort: criterion, persons_in, persons_excluded, persons_out."""
    _require_single(rows, "cohort")
    return rows.select("criterion", "persons_in", "persons_excluded", "persons_out")


def _require_single(rows: pl.DataFrame, *columns: str) -> None:
    several = [c for c in columns if c in rows.columns and rows[c].n_unique() > 1]
    if several:
        raise NotOneSeriesError(
            f"where: leaves several values of {', '.join(several)}. A figure of this kind shows "
            "one: name it under where."
        )


def _words(column: str, labels: Labels) -> pl.Expr:
    return pl.col(column).map_elements(lambda code: words(code, labels), return_dtype=pl.String)
