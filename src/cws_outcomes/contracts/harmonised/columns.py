"""How a harmonised table's contract is written."""

from collections.abc import Mapping

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
