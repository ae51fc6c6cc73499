"""Short ways to write the columns of delivered tables: typed, and always allowed to be missing."""

from collections.abc import Mapping

from cws_outcomes.contracts.columns import day, text, whole
from cws_outcomes.contracts.table import Column, Table

PUPIL = text("pupil matching reference, 18 characters, case-sensitive", nullable=True)
MOJ_ID = text("person of the justice records, where the table bears it", nullable=True)


def delivered(name: str, grain: str, columns: Mapping[str, Column]) -> Table:
    """Contract of a delivered table: exact repeats occur and are kept until harmonise."""
    return Table(
        name=f"delivered_{name}",
        folder="person_level/ingest",
        file=name,
        grain=grain,
        key=(),
        columns={
            "file_year": whole(
                "year in the file's name; missing for one-file tables", nullable=True
            ),
            **columns,
        },
        source=f"delivered table {name}, as the manifest names it",
    )


def code(meaning: str) -> Column:
    """Text that a codelist, or nothing but the reader, explains."""
    return text(f"{meaning}, as delivered but for outer blanks", nullable=True)


def number_of(meaning: str) -> Column:
    """Real number."""
    return Column("DOUBLE", meaning, nullable=True)


def day_of(meaning: str) -> Column:
    """Calendar date."""
    return day(meaning, nullable=True)


def whole_of(meaning: str) -> Column:
    """Whole number."""
    return whole(meaning, nullable=True)
