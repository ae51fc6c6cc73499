"""The members of a cohort, and the flow that led to them: both from one table of decisions."""

from pathlib import Path

from cws_outcomes.cohort.criteria import criteria
from cws_outcomes.errors import ContractError, EmptyTableError
from cws_outcomes.sql import create_from_sql
from cws_outcomes.step import Inputs, Settings


def select(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """
    Members, and how many each criterion left out.

    Parameters
    ----------
    inputs : Inputs
        eligibility.
    settings : Settings
        ``cohort``.

    Returns
    -------
    dict
        ``members`` and ``flow``: the names of the tables made.

    Raises
    ------
    EmptyTableError
        Nobody is eligible.
    ContractError
        The flow does not end at the number of members.
    """
    here = Path(__file__).parent
    cohort = settings["cohort"]["name"]
    listed = criteria(settings["cohort"]["kind"])
    parameters = {
        "cohort_name": cohort,
        "numbers": list(listed),
        "criteria": list(listed.values()),
    }
    create_from_sql(inputs.connection, "selected", here / "members.sql", {})
    create_from_sql(inputs.connection, "counted_flow", here / "flow.sql", parameters)
    members = inputs.query("select count(*) as persons from selected").item()
    remaining = inputs.query("select min(persons_out) as persons from counted_flow").item()
    if members == 0:
        raise EmptyTableError(
            f"Cohort {cohort} has no members. Expected at least one eligible person. "
            "Compare the coverage windows in study.yaml with the years delivered."
        )
    if members != remaining:
        raise ContractError(
            f"Cohort {cohort}: the flow does not end at the number of members. "
            "A criterion in eligibility.sql is missing from criteria.py."
        )
    return {"members": "selected", "flow": "counted_flow"}
