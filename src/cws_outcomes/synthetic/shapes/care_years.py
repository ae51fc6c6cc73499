"""Children looked after, the annual shape: one row a child and year, the latest period in it."""

import polars as pl

from cws_outcomes.synthetic.shapes.frames import MARK

FILE = "CLA_2006_to_2020.txt"
FIRST, LAST = 2006, 2020
"""Returns by the year in which they end."""

_CHILD = ["CLA_LA", "CLA_CHILD_LA_CODE_ANON"]
_AS_DELIVERED = [
    "CLA_SEX", "CLA_ETHNIC", "CLA_YEAR_OF_BIRTH", "CLA_MONTH_OF_BIRTH", "CLA_POC_START",
    "CLA_POC_LENGTH", "CLA_DATE_EPI_COMM", "CLA_DATE_EPI_CEASED", "CLA_REC", "CLA_LEGAL_STATUS",
    "CLA_PLACEMENT", "CLA_CAT_NEED",
]  # fmt: skip


def care_years(episodes: pl.DataFrame) -> pl.DataFrame:
    """
    The annual table of a table of episodes.

    Parameters
    ----------
    episodes : polars.DataFrame
        All episodes, as delivered.

    Returns
    -------
    polars.DataFrame
        Days of a period count both ends, up to the end of the return year; an episode that goes
        on then is open.
    """
    until = pl.col("CLA_DATE_EPI_CEASED").fill_null(pl.date(LAST, 4, 1))
    in_years = (
        episodes.with_columns(until=until)
        .with_columns(
            year=pl.int_ranges(
                _ending_year(pl.col("CLA_DATE_EPI_COMM")).clip(FIRST),
                _ending_year(pl.col("until")).clip(None, LAST) + 1,
            )
        )
        .explode("year")
        .filter(pl.col("year").is_not_null())
    )
    year_end = pl.date(pl.col("year"), 4, 1)
    latest = (
        in_years.sort(*_CHILD, "year", "CLA_POC_START", "CLA_DATE_EPI_COMM")
        .group_by(*_CHILD, "year", maintain_order=True)
        .last()
    )
    goes_on = pl.col("until") >= year_end
    day_after = pl.min_horizontal("until", year_end)
    return latest.with_columns(
        CLA_ACADYR=(pl.col("year") - 1).cast(pl.String) + "/" + pl.col("year").cast(pl.String),
        CLA_POC_LENGTH=(day_after - pl.col("CLA_POC_START")).dt.total_days(),
        CLA_DATE_EPI_CEASED=pl.when(goes_on).then(None).otherwise("CLA_DATE_EPI_CEASED"),
        CLA_REC=pl.when(goes_on).then(pl.lit("-10")).otherwise("CLA_REC"),
    ).select("CLA_PupilMatchingRefAnonymous", *_CHILD, "CLA_ACADYR", *_AS_DELIVERED, MARK)


def _ending_year(day: pl.Expr) -> pl.Expr:
    """Year in which the return year of a day ends."""
    return day.dt.year() + (day.dt.month() >= 4).cast(pl.Int32)
