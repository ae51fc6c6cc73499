"""Disabilities and assessment factors, which stand in tables beside children_in_need."""

from pathlib import Path

from cws_outcomes.sql import create_from_sql
from cws_outcomes.step import Inputs, Settings

_HERE = Path(__file__).parent


def settle(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """
    Settle both side tables to one row per person, return year and code.

    Parameters
    ----------
    inputs : Inputs
        delivered_disabilities, delivered_assessment_factors, person_keys.
    settings : Settings
        None.

    Returns
    -------
    dict
        ``disabilities`` and ``assessment_factors``: the names of the tables made.
    """
    connection = inputs.connection
    create_from_sql(connection, "disability_rows", _HERE / "disability_rows.sql", settings)
    create_from_sql(connection, "settled_disabilities", _HERE / "disabilities.sql", settings)
    rows = _HERE / "assessment_factor_rows.sql"
    create_from_sql(connection, "assessment_factor_rows", rows, settings)
    create_from_sql(connection, "settled_factors", _HERE / "assessment_factors.sql", settings)
    return {"disabilities": "settled_disabilities", "assessment_factors": "settled_factors"}
