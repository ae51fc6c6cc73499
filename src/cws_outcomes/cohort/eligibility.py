"""Who is in a cohort: one query that tells each person's index date and first unmet criterion."""

from pathlib import Path
from typing import Any

from cws_outcomes.sql import create_from_sql
from cws_outcomes.step import Inputs, Settings


def decide(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """
    Index date, index LA and first unmet criterion of every person.

    Parameters
    ----------
    inputs : Inputs
        people, enrolments, school_years, contact_states, care_episodes, plans, referrals, exits,
        coverage_gaps, local_authorities.
    settings : Settings
        ``cohort`` (its definition) and the coverage windows.

    Returns
    -------
    dict
        ``eligibility``: the name of the table made.
    """
    cohort = settings["cohort"]
    parameters: dict[str, Any] = {
        "is_entry": cohort["kind"] == "entry",
        "age_years": cohort["age_years"],
        "look_back_months": cohort.get("look_back_months", 0),
        "until": cohort["until"],
    }
    for source in ("children_in_need", "care", "schools", "offences"):
        window = settings[f"coverage_{source}"]
        parameters |= {f"{source}_start": window["start"], f"{source}_end": window["end"]}
    here = Path(__file__).parent
    create_from_sql(inputs.connection, "index_dates", here / "index_dates.sql", parameters)
    create_from_sql(inputs.connection, "index_authority", here / "index_authority.sql", {})
    create_from_sql(inputs.connection, "eligible", here / "eligibility.sql", parameters)
    return {"eligibility": "eligible"}
