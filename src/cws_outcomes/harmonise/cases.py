"""Referrals that recur in the returns, settled to one row each."""

from pathlib import Path

from cws_outcomes.sql import create_from_sql
from cws_outcomes.step import Inputs, Settings

_HERE = Path(__file__).parent


def settle(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """
    Settle referrals over all returns that hold them.

    Parameters
    ----------
    inputs : Inputs
        delivered_children_in_need, person_keys, people, local_authorities.
    settings : Settings
        ``coverage_children_in_need_end``.

    Returns
    -------
    dict
        ``referrals``: the name of the table made.
    """
    connection = inputs.connection
    create_from_sql(connection, "referral_rows", _HERE / "referral_rows.sql", settings)
    connection.execute(
        "create temp view returns_made as select distinct la_code, return_year from referral_rows"
    )
    create_from_sql(connection, "la_returns", _HERE / "la_returns.sql", settings)
    create_from_sql(connection, "referrals_settled", _HERE / "referrals_settled.sql", settings)
    create_from_sql(connection, "referral_attributes", _HERE / "referral_attributes.sql", settings)
    create_from_sql(connection, "settled_referrals", _HERE / "referrals.sql", settings)
    return {"referrals": "settled_referrals"}
