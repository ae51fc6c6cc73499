"""Delivered tables after ingest: typed and renamed, nothing judged, nothing dropped."""

from collections.abc import Mapping

from cws_outcomes.contracts.delivered import justice, school, social_care

_ROOMS = (school, social_care, justice)

TABLES = tuple(table for room in _ROOMS for table in room.TABLES)

# A table may be delivered in several shapes; each is an entry of the manifest, with the values
# that all its rows have in common. A table without shapes has one entry of its own name.
SHAPES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    table.name.removeprefix("delivered_"): shapes
    for room in _ROOMS
    for table in room.TABLES
    for name in [table.name.removeprefix("delivered_")]
    for shapes in [room.SHAPES.get(name, {name: {}})]
}

# Columns that no study can do without, by entry of the manifest. The others may be null there:
# what rests on them is then missing, and the data-quality report says so.
NEEDED: Mapping[str, tuple[str, ...]] = {
    entry: columns for room in _ROOMS for entry, columns in room.NEEDED.items()
}

# Tables that a delivery must hold, alternatives apart by " or "; the others are empty where the
# manifest has no entry for them.
REQUIRED: tuple[str, ...] = tuple(name for room in _ROOMS for name in room.REQUIRED)

# Columns whose values must be listed in a codelist: table, column, codelist.
CODED_COLUMNS = tuple(
    (f"delivered_{table}", column, codelist)
    for room in _ROOMS
    for table, columns in room.CODED.items()
    for column, codelist in columns.items()
)

__all__ = ["CODED_COLUMNS", "NEEDED", "REQUIRED", "SHAPES", "TABLES"]
