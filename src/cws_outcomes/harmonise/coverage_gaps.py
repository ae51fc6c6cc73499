"""Gaps of the study's coverage, with each LA in the study's geography."""

import datetime as dt

import polars as pl

from cws_outcomes.errors import ConfigError
from cws_outcomes.step import Inputs, Settings

_COLUMNS = {
    "source": pl.String, "la_code": pl.String, "start_date": pl.Date, "end_date": pl.Date,
    "reason": pl.String,
}  # fmt: skip


def harmonise(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Gaps as a table, so that no record can be told from no return.

    Parameters
    ----------
    inputs : Inputs
        local_authorities.
    settings : Settings
        ``coverage``.

    Returns
    -------
    dict
        ``coverage_gaps``.

    Raises
    ------
    ConfigError
        A gap names an LA that the geography does not hold.
    """
    places = dict(inputs.query("select raw_code, la_code from local_authorities").iter_rows())
    rows = [
        (
            source,
            None if gap["la"] is None else _place(places, source, gap["la"]),
            dt.date.fromisoformat(gap["start"]),
            dt.date.fromisoformat(gap["end"]),
            gap["reason"],
        )
        for source, window in settings["coverage"].items()
        for gap in (window or {}).get("gaps", ())
    ]
    return {"coverage_gaps": pl.DataFrame(rows, schema=_COLUMNS, orient="row").unique()}


def _place(places: dict[str, str], source: str, la: str) -> str:
    if la not in places:
        raise ConfigError(
            f"coverage.{source}.gaps: no local authority of the covered years has the code {la}. "
            "Expected its 3-digit code. Correct `la`, or leave it out for a gap everywhere."
        )
    return places[la]
