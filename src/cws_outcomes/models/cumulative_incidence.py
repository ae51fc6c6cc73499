"""Cumulative incidence from a landmark, by group, with competing events."""

import polars as pl

from cws_outcomes.contracts.results import CUMULATIVE_INCIDENCE
from cws_outcomes.estimators import aalen_johansen
from cws_outcomes.models.estimating import estimating
from cws_outcomes.step import Inputs, Settings

DAYS_A_MONTH = 30.4375  # 365.25 / 12


def fit(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Aalen-Johansen curves on days, read and counted by month.

    Parameters
    ----------
    inputs : Inputs
        ``outcome__<name>`` and ``exposure__<name>`` of the model.
    settings : Settings
        ``model``.

    Returns
    -------
    dict
        ``cumulative_incidence``.
    """
    model = settings["model"]
    people = _people(inputs, model)
    with estimating(model):
        curve = aalen_johansen(people, stop="day", cause="cause", by="group")
    months = _months(people).with_columns(_reading_time(people))
    read = curve.at(months["time"].unique().sort().to_list()).filter(pl.col("cause") == 1)
    table = (
        months.join(read, on=["group", "time"], how="inner")
        .sort("group_no", "month")
        .with_columns(
            model=pl.lit(model["name"]),
            outcome=pl.lit(model["outcome"]),
            cohort=pl.lit(model["cohort"]),
        )
    )
    return {"cumulative_incidence": table.select(list(CUMULATIVE_INCIDENCE.columns))}


def _people(inputs: Inputs, model: Settings) -> pl.DataFrame:
    outcome, exposure = f"outcome__{model['outcome']}", f"exposure__{model['exposure']}"
    return inputs.query(
        f"""
        select
            level as "group", level_no as group_no,
            -- The day the window opens is day 1, so that an event on it has time at risk.
            stop_date - start_date + 1 as day,
            case status when 'event' then 1 when 'competing' then 2 else 0 end as cause
        from {outcome}
        inner join {exposure} using (person_id)
        where is_at_risk
        order by group_no, day, cause
        """
    ).with_columns(pl.col("day").cast(pl.Float64))


def _months(people: pl.DataFrame) -> pl.DataFrame:
    """Persons at risk when each month opens, and how many leave in it and why."""
    month = (pl.col("day") / DAYS_A_MONTH).ceil().cast(pl.Int32).alias("month")
    leaving = people.group_by("group", "group_no", month).agg(
        *(
            (pl.col("cause") == cause).sum().cast(pl.Int64).alias(name)
            for name, cause in (("events", 1), ("competing", 2), ("censored", 0))
        )
    )
    grid = (
        leaving.select("group", "group_no")
        .unique()
        .join(
            pl.DataFrame({"month": range(1, people.select(month).max().item() + 1)}).cast(pl.Int32),
            how="cross",
        )
    )
    filled = grid.join(leaving, on=["group", "group_no", "month"], how="left").with_columns(
        pl.col("events", "competing", "censored").fill_null(0)
    )
    left = pl.sum_horizontal("events", "competing", "censored")
    return (
        filled.sort("group_no", "month")
        .with_columns(at_risk=left.cum_sum(reverse=True).over("group_no"))
        .filter(pl.col("at_risk") > 0)
    )


def _reading_time(people: pl.DataFrame) -> pl.Expr:
    """End of the month; in the month in which a group's follow-up ends, that last day."""
    last = people.group_by("group").agg(pl.col("day").max())
    ends = pl.col("group").replace_strict(last["group"], last["day"], return_dtype=pl.Float64)
    return pl.min_horizontal(pl.col("month") * DAYS_A_MONTH, ends).alias("time")
