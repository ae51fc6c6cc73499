"""Codes of a delivered table against the study's codelists and the list of authorities."""

import polars as pl
from duckdb import DuckDBPyConnection

from cws_outcomes import geography
from cws_outcomes.contracts.delivered import CODED_COLUMNS
from cws_outcomes.errors import UnknownAuthorityError, UnknownCodeError

AUTHORITIES = "local_authorities"
ELSEWHERE = "outside_england"
# Offence groups begin with their number, followed by words.
_CODE_OF = {"offence_group": "left(offence_group, 2)"}


def require_known_codes(connection: DuckDBPyConnection, table: str) -> None:
    """
    Refuse a staged table with codes that no codelist holds.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Holds ``staged`` and the tables ``codelist_<name>``.
    table : str
        Contract of the table.

    Raises
    ------
    UnknownAuthorityError
        A local authority code that was never in force.
    UnknownCodeError
        Any other code; names the column, the codelist and the number of codes.
    """
    for column, codelist in coded_columns(table):
        unknown = len(unknown_codes(connection, column, codelist))
        if not unknown:
            continue
        where = f"Table {table.removeprefix('delivered_')}, column {column}"
        if codelist == AUTHORITIES:
            raise UnknownAuthorityError(
                f"{where}: {unknown} code(s) belong to no local authority. Expected 3-digit or "
                "9-digit codes of English authorities since 1998. The page that `cws check` writes "
                "lists them inside the secure area: for a place outside England, or none, add a "
                f"line `code,group,label` to codelists/{ELSEWHERE}.csv, with an empty group for "
                "missing. Correct the manifest if another column was meant."
            )
        raise UnknownCodeError(
            f"{where}: {unknown} code(s) are not in codelists/{codelist}.csv. Expected only listed "
            "codes. The page that `cws check` writes lists them: add "
            "a line `code,group,label` for each to the codelist, with an empty group for missing."
        )


def coded_columns(table: str) -> list[tuple[str, str]]:
    """Columns of a delivered table that must be coded, each with its codelist."""
    return [(column, codelist) for name, column, codelist in CODED_COLUMNS if name == table]


def code_of(column: str) -> str:
    """SQL of the code in a column, as codelists write it."""
    return _CODE_OF.get(column, f"upper({column})")


def unknown_codes(
    connection: DuckDBPyConnection, column: str, codelist: str, relation: str = "staged"
) -> list[tuple[str, int]]:
    """
    Codes of a column of ``relation`` that its codelist lacks, each with its rows, in order.

    For the data-quality report inside the secure area only: codes are values of rows.
    """
    code = code_of(column)
    if codelist == AUTHORITIES:
        listed = geography.authorities()
        codes = pl.concat([listed["la_code"], listed["ons_code"]]).unique().sort()
        connection.register("known_authorities", codes.alias("code").to_frame().to_arrow())
        known = (
            f"select code from known_authorities union all select code from codelist_{ELSEWHERE}"
        )
    else:
        known = f"select code from codelist_{codelist}"
    query = (
        f"select {code} as code, count(*) as row_count from {relation} "
        f"where {column} is not null group by 1 having {code} not in ({known}) order by 1"
    )
    return [(str(code), int(rows)) for code, rows in connection.sql(query).fetchall()]
