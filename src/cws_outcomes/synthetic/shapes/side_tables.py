"""Disabilities and assessment factors: plain tables beside the flat one of children in need."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from cws_outcomes.synthetic.draws import Streams, pick
from cws_outcomes.synthetic.shapes.frames import MARK, File

DISABILITY_FILE = "CIN_2009_to_2020_Disabilities.txt"
FACTOR_FILE = "CIN_2013_to_2020_AssessmentFactors.txt"
FACTORS_FROM = "2012/2013"  # DATA_MODEL 9.6: not collected before

# Codes: DATA_MODEL 9.6, with rough shares.
DISABILITIES = {"LD": 45, "AUT": 30, "BEH": 20, "COMM": 20, "MOB": 15, "PC": 10, "INC": 6, "VIS": 4}
FACTORS = {
    "3B": 30, "4B": 25, "1B": 12, "2B": 14, "16A": 14, "17A": 14, "18A": 9, "4A": 10, "14A": 6,
    "15A": 4, "10A": 3, "11A": 3, "13A": 2, "24A": 2, "21": 6, "20": 8,
}  # fmt: skip
_CHILD = ["CIN_PupilMatchingRefAnonymous", "CIN_LAchildID_Anon", "CIN_LA"]
_KEY = ["CIN_LA", "CIN_LAchildID_Anon", "CIN_ACADYR"]


def side_files(need: pl.DataFrame, streams: Streams) -> Iterator[File]:
    """
    The side tables of a flat table.

    Parameters
    ----------
    need : polars.DataFrame
        The flat table, as delivered.
    streams : Streams
    """
    yield File(DISABILITY_FILE, _disabilities(need, streams))
    yield File(FACTOR_FILE, _factors(need, streams))


def _disabilities(need: pl.DataFrame, streams: Streams) -> pl.DataFrame:
    """Each disabled child's disability, the same in every return."""
    rows = need.filter(pl.col("CIN_Disability") == 1).unique(_KEY, keep="first").sort(_KEY)
    children = rows.select(_KEY[:2]).unique().sort(_KEY[:2])
    code = pick(streams("disabilities"), DISABILITIES, len(children))
    found = rows.join(children.with_columns(CIN_Disability=pl.Series(code)), on=_KEY[:2])
    return (
        found.sort(_KEY)
        .select(*_CHILD, "CIN_ACADYR", "CIN_Disability_right", MARK)
        .rename({"CIN_Disability_right": "CIN_DisabilityCode"})
    )


def _factors(need: pl.DataFrame, streams: Streams) -> pl.DataFrame:
    """One or two factors of each referral that was assessed, in its first return."""
    stream = streams("assessment factors")
    assessed = (
        need.filter(
            pl.col("CIN_AssessmentAuthorisationDate").is_not_null()
            & (pl.col("CIN_ACADYR") >= FACTORS_FROM)
        )
        .unique(["CIN_LA", "CIN_LAchildID_Anon", "CIN_CINReferralDate"], keep="first")
        .sort([*_KEY, "CIN_CINReferralDate"])
    )
    factors = assessed[
        np.repeat(np.arange(len(assessed)), 1 + stream.integers(0, 2, len(assessed)))
    ]
    code = pl.Series("CIN_AssessmentFactor", pick(stream, FACTORS, len(factors)))
    named = factors.with_columns(code)
    columns = [*_CHILD, "CIN_ACADYR", "CIN_CINReferralDate", "CIN_AssessmentFactor"]
    return named.select(*columns, MARK).unique().sort([*_KEY, *columns[-2:]])
