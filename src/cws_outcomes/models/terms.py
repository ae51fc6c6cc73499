"""A model's terms as a table a reader can follow: reference levels, counts and limits."""

import polars as pl


def term_table(
    frame: pl.DataFrame,
    estimates: pl.DataFrame,
    *,
    covariates: list[str],
    person: str,
    event: str,
    std_error: str,
    left_out: pl.DataFrame,
) -> pl.DataFrame:
    """
    Terms of a fitted model, reference levels included, with persons and events.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows fitted.
    estimates : polars.DataFrame
        As the estimators return them: term, estimate, lower, upper, p_value and the errors.
    covariates : list of str
    person, event : str
        Columns of the frame: who, and whether the row ends in the event.
    std_error : str
        Which error column to show.
    left_out : polars.DataFrame
        Levels without an estimate: covariate, level.

    Returns
    -------
    polars.DataFrame
        term_no, covariate, level, is_reference, persons, events, estimate, std_error, lower,
        upper, p_value; in the order of the covariates and their levels.
    """
    rows = pl.concat([_levels(frame, column, person, event) for column in covariates])
    fitted = estimates.select(
        "term", "estimate", "lower", "upper", "p_value", pl.col(std_error).alias("std_error")
    )
    term = (
        pl.when(pl.col("level") == "")
        .then(pl.col("covariate"))
        .otherwise(pl.format("{}[{}]", "covariate", "level"))
    )
    shown = rows.with_columns(term=term).join(fitted, on="term", how="left", maintain_order="left")
    shown = shown.with_columns(
        pl.when("is_reference").then(0.0).otherwise("estimate").alias("estimate")
    )
    unfitted = left_out.with_columns(
        is_reference=pl.lit(False),
        persons=pl.lit(0, pl.Int64),
        events=pl.lit(0, pl.Int64),
    )
    return pl.concat([shown.drop("term"), unfitted], how="diagonal").with_columns(
        term_no=pl.int_range(pl.len(), dtype=pl.Int32)
    )


def _levels(frame: pl.DataFrame, column: str, person: str, event: str) -> pl.DataFrame:
    counted = [
        pl.col(person).n_unique().cast(pl.Int64).alias("persons"),
        pl.col(event).sum().cast(pl.Int64).alias("events"),
    ]
    if frame[column].dtype.is_float():
        return frame.select(
            pl.lit(column).alias("covariate"),
            pl.lit("").alias("level"),
            pl.lit(False).alias("is_reference"),
            *counted,
        )
    reference = frame[column].dtype
    order = reference.categories.to_list() if isinstance(reference, pl.Enum) else []
    counts = frame.group_by(column).agg(counted).sort(column)
    return counts.select(
        pl.lit(column).alias("covariate"),
        pl.col(column).cast(pl.String).alias("level"),
        (pl.col(column).cast(pl.String) == order[0]).alias("is_reference"),
        "persons",
        "events",
    )
