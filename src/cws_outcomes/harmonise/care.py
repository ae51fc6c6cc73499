"""Episodes of care from either shape in which they are delivered."""

from pathlib import Path

from cws_outcomes.sql import create_from_sql
from cws_outcomes.step import Inputs, Settings

_HERE = Path(__file__).parent


def settle(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """
    Settle episodes; periods of the annual shape fill what the episodes lack.

    Parameters
    ----------
    inputs : Inputs
        delivered_care_episodes, delivered_care_years, person_keys, local_authorities.
    settings : Settings
        ``coverage_care_end``, ``care_full_from``.

    Returns
    -------
    dict
        ``care_episodes``: the name of the table made.
    """
    connection = inputs.connection
    create_from_sql(connection, "care_episode_rows", _HERE / "care_episode_rows.sql", settings)
    create_from_sql(connection, "care_year_rows", _HERE / "care_year_rows.sql", settings)
    connection.execute(
        "create temp view returns_made as select distinct la_code, return_year from care_year_rows"
    )
    create_from_sql(connection, "la_returns", _HERE / "la_returns.sql", settings)
    periods = _HERE / "care_periods_of_years.sql"
    create_from_sql(connection, "care_periods_of_years", periods, settings)
    create_from_sql(connection, "settled_care_episodes", _HERE / "care_episodes.sql", settings)
    return {"care_episodes": "settled_care_episodes"}
