"""How often each rule was met, and what became of the rows of each table."""

from collections.abc import Mapping
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from cws_outcomes.returns.rules import NOT_SPLIT, RULES, Rule


@dataclass(frozen=True)
class Counted:
    """A rule and the rows it met."""

    rule: str
    table: str
    rows: int
    kind: str
    meaning: str


@dataclass(frozen=True)
class TableCounts:
    """What became of the rows of one table: read = rejected + merged + kept."""

    table: str
    read: int
    rejected: int
    merged: int
    kept: int
    repaired: int
    imputed: int
    flagged: int


def count_rules(
    connection: DuckDBPyConnection, tables: tuple[str, ...], unsplit: Mapping[str, int]
) -> tuple[Counted, ...]:
    """
    Count what every rule met.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Holds what the SQL files made.
    tables : tuple of str
        Tables of which a file was read.
    unsplit : mapping of str to int
        Table to lines that could not be split into columns.

    Returns
    -------
    tuple of Counted
        By table, then in the order of the rules; a rule that met nothing has 0 rows.
    """
    asked = [rule for rule in RULES if rule.table in (*tables, "children")]
    rows = _rows_met(connection, asked)
    found = [
        Counted(rule.name, rule.table, rows[rule.name, rule.table], rule.kind, rule.meaning)
        for rule in asked
    ]
    found += [
        Counted("rejected_line_not_split", table, unsplit.get(table, 0), "rejected", NOT_SPLIT)
        for table in tables
    ]
    # What is odd about a child, whichever return it is in, follows what was read.
    places = {table: place for place, table in enumerate((*tables, "children"))}
    return tuple(sorted(found, key=lambda one: places[one.table]))


def _rows_met(connection: DuckDBPyConnection, rules: list[Rule]) -> dict[tuple[str, str], int]:
    """One pass over each relation counts all of its rules."""
    relations: dict[str, list[Rule]] = {}
    for rule in rules:
        relations.setdefault(rule.relation, []).append(rule)
    rows = {}
    for relation, together in relations.items():
        counts = ", ".join(rule.count for rule in together)
        found = connection.sql(f"select {counts} from {relation}").fetchall()[0]
        for rule, value in zip(together, found, strict=True):
            rows[rule.name, rule.table] = int(value)
    return rows


def table_counts(
    connection: DuckDBPyConnection, tables: tuple[str, ...], counted: tuple[Counted, ...]
) -> tuple[TableCounts, ...]:
    """What became of the rows of each table."""
    totals = []
    for table in tables:
        rows = int(connection.sql(f"select count(*) from raw_{table}").fetchall()[0][0])
        by_kind: dict[str, int] = {}
        for one in counted:
            if one.table == table:
                by_kind[one.kind] = by_kind.get(one.kind, 0) + one.rows
                rows += one.rows if one.rule == "rejected_line_not_split" else 0
        rejected, merged = by_kind.get("rejected", 0), by_kind.get("merged", 0)
        totals.append(
            TableCounts(
                table, rows, rejected, merged, rows - rejected - merged,
                by_kind.get("repaired", 0), by_kind.get("imputed", 0), by_kind.get("flagged", 0),
            )
        )  # fmt: skip
    return tuple(totals)
