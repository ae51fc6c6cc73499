"""Child protection plans that recur in the returns, settled to one row each."""

from pathlib import Path

from cws_outcomes.sql import create_from_sql
from cws_outcomes.step import Inputs, Settings

_HERE = Path(__file__).parent


def settle(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """
    Settle plans over all returns that hold them.

    Parameters
    ----------
    inputs : Inputs
        delivered_children_in_need, person_keys, people, local_authorities.
    settings : Settings
        ``coverage_children_in_need_end``.

    Returns
    -------
    dict
        ``plans``: the name of the table made.
    """
    connection = inputs.connection
    create_from_sql(connection, "plan_rows", _HERE / "plan_rows.sql", settings)
    connection.execute(
        "create temp view returns_made as select distinct la_code, return_year from plan_rows"
    )
    create_from_sql(connection, "la_returns", _HERE / "la_returns.sql", settings)
    create_from_sql(connection, "settled_plans", _HERE / "plans.sql", settings)
    return {"plans": "settled_plans"}
