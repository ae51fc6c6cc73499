"""How a harmonised table's contract is written."""

from collections.abc import Mapping

from cws_outcomes.contracts.columns import count, text
from cws_outcomes.contracts.table import Column, Table


def harmonised(
    name: str,
    grain: str,
    key: tuple[str, ...],
    columns: Mapping[str, Column],
    source: str,
    rules: Mapping[str, str] | None = None,
) -> Table:
    """Contract of a person-level table of the harmonise stage."""
    return Table(
        name=name,
        folder="person_level/harmonise",
        grain=grain,
        key=key,
        columns=columns,
        source=source,
        rules=rules or {},
    )


def repairs(room: str, source: str) -> Table:
    """Contract of the counts of what became of every delivered row of a room."""
    return Table(
        name=f"{room}_repairs",
        folder="unchecked/repairs",
        grain="one row per table and rule that met a row",
        key=("table", "rule"),
        columns={
            "table": text("delivered table, or table made of it"),
            "rule": text(
                "delivered = kept + every merged_… + every dropped_…; noted_… are among these"
            ),
            "rows": count("rows of the table"),
        },
        source=source,
        sensitivity="unchecked",
    )
