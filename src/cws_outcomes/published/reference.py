"""The reference: the rate of England, or of all authorities shown, of the same group and year."""

from dataclasses import dataclass

import polars as pl

from cws_outcomes.published.cells import SHOWN
from cws_outcomes.published.read import Counts

_KEY = ["group", "year"]


@dataclass(frozen=True)
class Reference:
    """
    Reference rates, one a group and year.

    Attributes
    ----------
    rates : polars.DataFrame
        ``group``, ``year``, ``rate`` (proportion), ``is_england``; and where England has a row and
        no authority is hidden, ``persons_over`` and ``events_over``: England over the sum of the
        authorities, as a proportion of England. Null otherwise: beside one hidden authority that
        difference would be its count.
    rows : polars.DataFrame
        The authorities' rows, ``expected`` filled in with the rate times persons unless the file
        gives it.
    """

    rates: pl.DataFrame
    rows: pl.DataFrame


def reference(counts: Counts) -> Reference:
    """
    Reference rates and expected events.

    Parameters
    ----------
    counts : Counts
        Published counts. An England row is the reference, not an authority; where a group or year
        has none, or it is itself suppressed, the sum of the authorities shown stands in.

    Returns
    -------
    Reference
    """
    shown = pl.col("status") == SHOWN
    sums = counts.rows.group_by(_KEY, maintain_order=True).agg(
        las_persons=pl.col("persons").filter(shown).sum(),
        las_events=pl.col("events").filter(shown).sum(),
        all_shown=shown.all(),
    )
    england = counts.england.filter(shown).select(*_KEY, e_persons="persons", e_events="events")
    both = sums.join(england, on=_KEY, how="left", nulls_equal=True, maintain_order="left")
    rates = both.select(
        *_KEY,
        rate=pl.coalesce(
            pl.col("e_events") / pl.col("e_persons"), pl.col("las_events") / pl.col("las_persons")
        ),
        is_england=pl.col("e_persons").is_not_null(),
        persons_over=_over("persons"),
        events_over=_over("events"),
    )
    rows = counts.rows
    if counts.columns.expected is None:
        joined = rows.join(
            rates.select(*_KEY, "rate"),
            on=_KEY,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        rows = joined.with_columns(expected=pl.col("rate") * pl.col("persons")).drop("rate")
    return Reference(rates, rows)


def _over(name: str) -> pl.Expr:
    difference = (pl.col(f"e_{name}") - pl.col(f"las_{name}")) / pl.col(f"e_{name}")
    return pl.when("all_shown").then(difference)
