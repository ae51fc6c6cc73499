"""Outcomes: what happened after the index date, in kinds that a definition fills in."""

import calendar
from datetime import date
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
        ``outcome`` (its definition), the last days covered, and ``offences_lag_months``: an
        offence is known with its disposal, so that by its own day the last months are incomplete.

    Returns
    -------
    dict
        ``outcome``: the name of the table made.
    """
    outcome = settings["outcome"]
    is_justice = outcome.get("event") in _JUSTICE_EVENTS
    covered_until = settings[f"coverage_{'offences' if is_justice else 'schools'}_end"]
    if is_justice and outcome["date"] == "offence":
        covered_until = _months_before(covered_until, settings["offences_lag_months"])
    parameters = {**outcome, "covered_until": covered_until}
    if outcome["kind"] == "first_event":
        for first in ("dated_events", "leavers"):
            create_from_sql(inputs.connection, first, _HERE / f"{first}.sql", parameters)
    kind = _HERE / f"{outcome['kind']}.sql"
    create_from_sql(inputs.connection, "measured", kind, parameters)
    return {"outcome": "measured"}


def _months_before(day: str, months: int) -> str:
    """ISO date some months earlier, on the same day of the month or the last before it."""
    end = date.fromisoformat(day)
    year, month = divmod(end.year * 12 + end.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(end.day, last)).isoformat()
