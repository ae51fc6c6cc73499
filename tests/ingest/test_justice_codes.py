"""Codes of offences: what is not in a codelist stops the run, by the list that lacks it."""

from pathlib import Path

import duckdb
import pytest

from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.errors import UnknownCodeError
from cws_outcomes.ingest.codes import coded_columns, require_known_codes
from cws_outcomes.runner import load_codelist

CODELISTS = Path(__file__).parents[2] / "config" / "codelists"
KNOWN = {"adjudication": "g", "offence_group": "04 Theft offences", "disposal": "1507"}


def staged(**codes: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    values = {**KNOWN, **codes}
    columns = ", ".join(
        (f"'{values[name]}'" if name in values else "null") + f" as {name}"
        for name in CONTRACTS["delivered_offences"].columns
    )
    connection.execute(f"create table staged as select {columns}")
    for _, codelist in coded_columns("delivered_offences"):
        load_codelist(connection, CODELISTS / f"{codelist}.csv")
    return connection


def test_listed_codes_pass():
    require_known_codes(staged(), "delivered_offences")


@pytest.mark.parametrize(
    ("column", "code"),
    [("offence_group", "22 A new group"), ("disposal", "1599"), ("adjudication", "Q")],
)
def test_a_code_that_no_codelist_holds_stops_the_run(column: str, code: str):
    with pytest.raises(UnknownCodeError, match=f"column {column}.*codelists/{column}.csv") as told:
        require_known_codes(staged(**{column: code}), "delivered_offences")

    assert code not in str(told.value)
