"""Which rows of a cleared table a printed table or figure asks for."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from cws_outcomes.errors import ConfigError


def selected(frame: pl.DataFrame, where: Mapping[str, Sequence[str]], file: str) -> pl.DataFrame:
    """
    Rows that hold one of the values asked for in every column named.

    Parameters
    ----------
    frame : polars.DataFrame
        A cleared table.
    where : mapping of str to sequence of str
        Column to values, as text.
    file : str
        The definition's file, for the message.

    Returns
    -------
    polars.DataFrame

    Raises
    ------
    ConfigError
        When a column is not there, or a value is in no row: a slip must not pass as an empty table.
    """
    require_known(where, frame.columns, f"{file}: where")
    for column, values in where.items():
        held = pl.col(column).cast(pl.String)
        known = frame.select(held.unique()).to_series().drop_nulls().sort().to_list()
        require_known(values, known, f"{file}: where: {column}")
        frame = frame.filter(held.is_in(list(values)))
    return frame


def require_known(asked: Iterable[str], known: Iterable[str], place: str) -> None:
    """
    Refuse names that are not there, and say which are.

    Raises
    ------
    ConfigError
        With the place, the unknown names and the known ones.
    """
    there = list(known)
    unknown = [name for name in asked if name not in there]
    if unknown:
        raise ConfigError(
            f"{place}: {', '.join(unknown)} is not there. There: {', '.join(there) or 'none'}."
        )
