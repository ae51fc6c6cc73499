"""What a source is: where one physical table lies, and how it looks once it is open."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["parquet", "duckdb", "stata", "spss", "odbc"]


@dataclass(frozen=True)
class Location:
    """
    Where one physical table lies.

    Parameters
    ----------
    kind : {"parquet", "duckdb", "stata", "spss", "odbc"}
    path : Path or None
        The file; None over ODBC.
    relation : str
        Table or view inside a DuckDB file or a database: ``table``, ``schema.table`` or
        ``database.schema.table``; a part with a dot or a blank inside is written ``[a.b]`` or
        ``"a.b"``. Empty for other files.
    connection_string : str
        How to reach the database over ODBC. It may hold a password: never shown.
    """

    kind: Kind
    path: Path | None = None
    relation: str = ""
    connection_string: str = ""

    def __repr__(self) -> str:
        """Without the connection string: representations end up in logs."""
        return f"Location({self.kind}, {self.path}, {self.relation})"

    @property
    def label(self) -> str:
        """What messages call the table."""
        place = "the database" if self.path is None else self.path.name
        return f"{self.relation} of {place}" if self.relation else place


@dataclass(frozen=True)
class Source:
    """
    One physical table, opened.

    Attributes
    ----------
    header : tuple of str
        Physical names of the columns, in order.
    relation : str
        View in DuckDB with the columns ``column_0`` to ``column_{n-1}``, all text: dates as
        ``YYYY-MM-DD``, whole numbers without a point, flags as 1 and 0, bytes in lower-case hex,
        what is missing as null. It can be read once; open the source again for a second reading.
    has_rows : bool or None
        None where only reading would tell.
    """

    header: tuple[str, ...]
    relation: str
    has_rows: bool | None
