"""Contracts: the tables in which the stages meet."""

from cws_outcomes.contracts import (
    cohort,
    delivered,
    features,
    harmonised,
    released,
    results,
    spells,
)
from cws_outcomes.contracts.table import Column, Table

CONTRACTS: dict[str, Table] = {
    table.name: table
    for module in (delivered, harmonised, spells, cohort, features, results, released)
    for table in module.TABLES
}

__all__ = ["CONTRACTS", "Column", "Table"]
