"""The small tables behind the figures: all that the figures are drawn from."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from cws_outcomes.equity import Z_95, Z_998, funnel_limits
from cws_outcomes.published.equity_table import Fit

_CURVE = 121  # points of a curve
_LIMITS = [
    f"{side}_{z}{d}" for d in ("", "_dispersed") for z in (95, 998) for side in ("lower", "upper")
]


@dataclass(frozen=True)
class Charts:
    """
    Data of the figures of one group and year.

    Attributes
    ----------
    caterpillar, funnel : polars.DataFrame
        As `figures.draw_caterpillar` and `figures.draw_funnel` take them.
    gradient : polars.DataFrame or None
        As `figures.draw_gradient` takes it; None without deprivation.
    """

    caterpillar: pl.DataFrame
    funnel: pl.DataFrame
    gradient: pl.DataFrame | None


def charts(plain: Fit, adjusted: Fit | None, per: int) -> Charts:
    """
    Tables of the figures of one group and year.

    Parameters
    ----------
    plain : Fit
        Without adjustment, or with the expected counts of the file.
    adjusted : Fit or None
        Adjusted for deprivation.
    per : int
        Persons in a shown rate.

    Returns
    -------
    Charts
    """
    modelled = adjusted if adjusted is not None and adjusted.gradient is not None else None
    return Charts(
        caterpillar=_caterpillar(plain, per),
        funnel=_funnel(plain),
        gradient=_gradient(modelled, per) if modelled else None,
    )


def _caterpillar(fit: Fit, per: int) -> pl.DataFrame:
    scale = per / 100
    return fit.rows.select(
        "la_code",
        "region",
        label="la_name",
        estimate=(pl.col("shrunken_rate") * scale).round(4),
        lower=(pl.col("shrunken_lower") * scale).round(4),
        upper=(pl.col("shrunken_upper") * scale).round(4),
        raw=(pl.col("rate_per_100") * scale).round(4),
        reference=pl.lit(round(fit.rate * per, 4)),
    ).sort("estimate", "la_code", descending=[True, False])


def _funnel(fit: Fit) -> pl.DataFrame:
    place = fit.funnel
    points = fit.rows.select("la_code", label="la_name").with_columns(
        part=pl.lit("authority"),
        expected=pl.Series(place.effective_expected).round(3),
        ratio=pl.Series(place.ratio).round(4),
        z_chance=pl.Series(place.z).round(3),
        z=pl.Series(place.z_dispersed).round(3),
        position=_position(place.z_dispersed),
    )
    usable = place.effective_expected[np.isfinite(place.effective_expected)]
    low, high = (float(usable.min()), float(usable.max())) if len(usable) else (1.0, 10.0)
    base = np.geomspace(low / 1.15, high * 1.15, _CURVE)
    curves = [
        limit
        for tau in (0.0, place.tau)
        for z in (Z_95, Z_998)
        for limit in funnel_limits(base, place.share, tau, z)
    ]
    lines = pl.DataFrame({"part": ["limit"] * _CURVE, "expected": base.round(3)}).with_columns(
        pl.Series(name, curve).round(4) for name, curve in zip(_LIMITS, curves, strict=True)
    )
    whole = pl.concat([points.sort("la_code"), lines], how="diagonal")
    return whole.select(
        "part", "la_code", "label", "expected", "ratio", "z_chance", "z", "position", *_LIMITS
    )


def _position(z: np.ndarray) -> pl.Series:
    """Outside the 99.8 % limits that allow for the usual spread, or within."""
    return pl.Series(np.where(z > Z_998, "above", np.where(z < -Z_998, "below", "within")))


def _gradient(fit: Fit, per: int) -> pl.DataFrame:
    fitted = fit.gradient
    assert fitted is not None
    rows = fit.rows
    points = rows.select(
        "la_code",
        "deprivation",
        "persons",
        label="la_name",
        part=pl.lit("authority"),
        rate=(pl.col("rate_per_100") * per / 100).round(4),
    ).with_columns(z=pl.Series(fit.funnel.z_dispersed).round(3))
    across = rows["deprivation"].to_numpy()
    x = np.linspace(float(across.min()), float(across.max()), _CURVE)
    lower, upper = (fitted.limit(x, z) for z in (-Z_95, Z_95))
    line = pl.DataFrame(
        {
            "part": ["fit"] * _CURVE,
            "deprivation": x.round(5),
            "rate": (per * fitted.rate(x)).round(4),
            "lower": (per * lower).round(4),
            "upper": (per * upper).round(4),
        }
    )
    whole = pl.concat([points.sort("la_code"), line], how="diagonal")
    return whole.select(
        "part", "la_code", "label", "deprivation", "rate", "persons", "z", "lower", "upper"
    )
