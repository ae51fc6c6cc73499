"""Order of levels in models: the reference first, the level that is unknown last."""

from typing import cast

import polars as pl

LEVELS: dict[str, tuple[str, ...]] = {
    "contact_state": ("none", "referral", "cin", "cpp", "cla", "post"),
    "ever_in_contact": ("no", "yes"),
    "sex": ("female", "male", "unknown"),
    "ethnic_group": ("white", "mixed", "asian", "black", "other", "unknown"),
    "language": ("english", "other", "unknown"),
    "is_fsm_eligible": ("no", "yes"),
    "sen_group": ("none", "support", "plan", "unknown"),
    "idaci_fifth": ("5", "4", "3", "2", "1", "unknown"),
    "prior_attainment": ("middle", "low", "high", "unknown"),
}


def with_levels(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """
    Give the text and yes/no columns of a model their order of levels.

    Parameters
    ----------
    frame : polars.DataFrame
    columns : list of str
        Columns of the model; numbers stay as they are.

    Returns
    -------
    polars.DataFrame
        Columns as ``Enum`` of the levels that occur, the reference first.
    """
    return frame.with_columns(
        _ordered(frame[column]) for column in columns if not frame[column].dtype.is_float()
    )


def _ordered(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Boolean:
        values = column.cast(pl.Int8).cast(pl.String).replace({"0": "no", "1": "yes"})
    else:
        values = column.cast(pl.String)
    there = set(values.unique())
    listed = LEVELS.get(column.name, tuple(sorted(there)))
    return values.cast(pl.Enum([level for level in listed if level in there]))


def without_empty_levels(
    frame: pl.DataFrame, columns: list[str], event: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """
    Leave out rows of levels in which nobody, or everybody, has the event.

    Such a level has no finite estimate. It is returned, so that it can be listed as not estimated.

    Parameters
    ----------
    frame : polars.DataFrame
        As made by `with_levels`.
    columns : list of str
    event : str
        Boolean column.

    Returns
    -------
    frame : polars.DataFrame
        The rows that stay, with only the levels that stay.
    left_out : polars.DataFrame
        ``covariate``, ``level``.
    """
    named = [column for column in columns if not frame[column].dtype.is_float()]
    dropped: list[tuple[str, str]] = []
    # Rows that go with a level of one covariate may have been the events of another's.
    while empty := _first_empty_levels(frame, named, event):
        dropped += empty
        column, levels = empty[0][0], [level for _, level in empty]
        frame = frame.filter(~pl.col(column).cast(pl.String).is_in(levels))
    left_out = pl.DataFrame(dropped, schema=["covariate", "level"], orient="row")
    kept = frame.with_columns(_levels_that_occur(frame[column]) for column in named)
    return kept, left_out.cast(pl.String)


def _first_empty_levels(
    frame: pl.DataFrame, columns: list[str], event: str
) -> list[tuple[str, str]]:
    """Levels to leave out, with their column, of the first column that has any."""
    for column in columns:
        counts = frame.group_by(column).agg(pl.col(event).sum(), rows=pl.len())
        empty = counts.filter((pl.col(event) == 0) | (pl.col(event) == pl.col("rows")))
        if empty.height:
            return [(column, str(level)) for level in empty[column].sort()]
    return []


def _levels_that_occur(column: pl.Series) -> pl.Series:
    """The same values in the same order of levels, without those that no row has."""
    order = cast(pl.Enum, column.dtype).categories
    values = column.cast(pl.String)
    there = set(values)
    return values.cast(pl.Enum([level for level in order if level in there]))
