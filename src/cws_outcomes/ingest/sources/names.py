"""Names of tables and columns, quoted as each kind of database wants them."""

import re
from typing import Literal

from cws_outcomes.errors import ConfigError

Dialect = Literal["tsql", "ansi"]

# A part in brackets or quotation marks, where the closing mark is doubled to stand for itself,
# or a plain one without any of them.
_PART = re.compile(r"""\[((?:[^\]]|\]\])+)\]|"((?:[^"]|"")+)"|([^."\[\]]+)""")
_MOST_PARTS = 3


def name_parts(relation: str) -> tuple[str, ...]:
    """
    Parts of a name: table, schema and table, or database, schema and table.

    Parameters
    ----------
    relation : str
        ``table``, ``schema.table`` or ``database.schema.table``; a part with a dot inside is
        written ``[a.b]`` or ``"a.b"``, with the closing mark doubled where the name has one.

    Raises
    ------
    ConfigError
        It is not such a name.
    """
    parts: list[str] = []
    place = 0
    while match := _PART.match(relation, place):
        bracketed, marked, plain = match.groups()
        parts.append(
            bracketed.replace("]]", "]")
            if bracketed
            else marked.replace('""', '"')
            if marked
            else plain.strip()
        )
        place = match.end()
        if relation[place : place + 1] != ".":
            break
        place += 1
    if place < len(relation) or relation.endswith(".") or not 1 <= len(parts) <= _MOST_PARTS:
        raise ConfigError(
            f"`relation: {relation}` is not the name of a table. Expected table, schema.table or "
            "database.schema.table, with a part in [brackets] where a dot or a blank is in it."
        )
    return tuple(parts)


def quoted(name: str, dialect: Dialect) -> str:
    """
    One name, quoted: in brackets for SQL Server, else in quotation marks.

    Parameters
    ----------
    name : str
    dialect : {"tsql", "ansi"}
    """
    if dialect == "tsql":
        return "[" + name.replace("]", "]]") + "]"
    return '"' + name.replace('"', '""') + '"'


def quoted_relation(relation: str, dialect: Dialect) -> str:
    """
    Name of a table with every part quoted.

    Parameters
    ----------
    relation : str
        As in `name_parts`.
    dialect : {"tsql", "ansi"}
    """
    return ".".join(quoted(part, dialect) for part in name_parts(relation))


def written(parts: tuple[str, ...]) -> str:
    """
    A name as a manifest writes it: brackets only where a part needs them.

    Parameters
    ----------
    parts : tuple of str
    """
    return ".".join(
        part if re.fullmatch(r"[^.\"\[\]\s]+", part) else quoted(part, "tsql") for part in parts
    )


def select_statement(columns: tuple[str, ...], relation: str, dialect: Dialect) -> str:
    """
    The query that reads a table or a view.

    Parameters
    ----------
    columns : tuple of str
        Names, in order; none for all.
    relation : str
        As in `name_parts`.
    dialect : {"tsql", "ansi"}
    """
    listed = ", ".join(quoted(column, dialect) for column in columns) or "*"
    return f"select {listed} from {quoted_relation(relation, dialect)}"
