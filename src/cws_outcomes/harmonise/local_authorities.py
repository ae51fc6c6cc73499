"""LA codes of the delivery, mapped to the study's geography."""

import polars as pl

from cws_outcomes import geography
from cws_outcomes.step import Inputs, Settings


def harmonise(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Every code that data of the covered years may hold, and the LA it is shown under.

    Parameters
    ----------
    inputs : Inputs
        None.
    settings : Settings
        Geography mode and year; first and last day covered.

    Returns
    -------
    dict
        ``local_authorities``, and ``authority_codes``: which codes are one LA at any time.
    """
    table = geography.harmonised(
        mode=settings["geography_mode"],
        year=settings["geography_year"],
        first_year=int(settings["coverage_children_in_need_start"][:4]),
        last_year=int(settings["coverage_schools_end"][:4]),
    )
    listed = geography.authorities()
    codes = pl.concat(
        [listed.select(code="la_code", authority="la_code").unique(),
         listed.select(code="ons_code", authority="la_code")]
    )  # fmt: skip
    return {"local_authorities": table, "authority_codes": codes.sort("code")}
