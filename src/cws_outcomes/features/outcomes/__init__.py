"""Outcomes: what happened after the index date, in kinds that a definition fills in."""

from pathlib import Path

from cws_outcomes.sql import create_from_sql
from cws_outcomes.step import Inputs, Settings

_HERE = Path(__file__).parent
_JUSTICE_EVENTS = ("proven_offence", "custody")


def measure(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """
    Measure one outcome on every member.

    Parameters
    ----------
    inputs : Inputs
        members, the follow-ups, and the histories that tell who had the event before.
    settings : Settings
        ``outcome`` (its definition) and the last days covered.

    Returns
    -------
    dict
        ``outcome``: the name of the table made.
    """
    outcome = settings["outcome"]
    is_justice = outcome.get("event") in _JUSTICE_EVENTS
    covered_until = settings[f"coverage_{'offences' if is_justice else 'schools'}_end"]
    parameters = {**outcome, "covered_until": covered_until}
    if outcome["kind"] == "first_event":
        events = _HERE / "dated_events.sql"
        create_from_sql(inputs.connection, "dated_events", events, parameters)
    kind = _HERE / f"{outcome['kind']}.sql"
    create_from_sql(inputs.connection, "measured", kind, parameters)
    return {"outcome": "measured"}
