"""What became of every delivered row of social care, recounted beside the tables made of them."""

from dataclasses import dataclass
from pathlib import Path

from cws_outcomes.sql import create_from_sql
from cws_outcomes.step import Inputs, Settings

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class _Table:
    name: str
    rows: str
    """The SQL file that judges its delivered rows."""
    key: str
    """Columns by which delivered rows are one record."""
    made: str
    """What was made of them, with `is_imputed`."""
    later: str
    """Why a record may still be left out, seen only beside others."""


_EPISODES = "select is_end_imputed as is_imputed from care_episodes where source_shape ="
_TABLES = (
    _Table(
        "referrals", "referral_rows.sql", "person_id, referral_date",
        "select is_closure_imputed as is_imputed from referrals", "dropped_without_time",
    ),
    _Table(
        "plans", "plan_rows.sql", "person_id, start_date",
        "select is_end_imputed as is_imputed from plans", "dropped_without_time",
    ),
    _Table(
        "disabilities", "disability_rows.sql", "person_id, return_year, disability",
        "select false as is_imputed from disabilities", "dropped_none_beside_others",
    ),
    _Table(
        "assessment_factors", "assessment_factor_rows.sql", "person_id, return_year, factor",
        "select false as is_imputed from assessment_factors", "dropped_none_beside_others",
    ),
    _Table(
        "care_episodes", "care_episode_rows.sql", "person_id, start_date",
        f"{_EPISODES} 'episodes'", "dropped_without_time",
    ),
    _Table(
        "care_years", "care_year_rows.sql", "person_id, start_date",
        f"{_EPISODES} 'years'", "merged_into_episodes",
    ),
)  # fmt: skip


def count(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """
    Count the rows that each rule met.

    Rows are judged anew by the queries that the tables were made with, so that for every table
    the rows delivered are those kept, merged and dropped.

    Parameters
    ----------
    inputs : Inputs
        The delivered tables of social care, the tables made of them, person_keys, people and
        local_authorities.
    settings : Settings
        Ends of coverage, ``care_full_from``.

    Returns
    -------
    dict
        ``social_care_repairs``: the name of the table made.
    """
    connection = inputs.connection
    for table in _TABLES:
        create_from_sql(connection, "judged_rows", _HERE / table.rows, settings)
        connection.execute(
            "create or replace temp view judged as "
            f"select verdict, repair, ({table.key}) as settled_key from judged_rows"
        )
        connection.execute(f"create or replace temp view settled as {table.made}")
        named = {"name": table.name, "later": table.later}
        create_from_sql(connection, f"tally_{table.name}", _HERE / "social_care_tally.sql", named)
        # One table's rows at a time: together they need not fit in memory.
        connection.execute("drop table judged_rows")
    tallies = " union all ".join(f"from tally_{table.name}" for table in _TABLES)
    connection.execute(f"create temp table social_care_tallies as {tallies}")
    return {"social_care_repairs": "social_care_tallies"}
