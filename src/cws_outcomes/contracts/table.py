"""What a table promises: grain, key, columns, source, sensitivity; and how that is checked.

Checks are SQL over the written file, so that no table has to fit in Python's memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cws_outcomes.errors import ContractError


def quoted(name: str) -> str:
    """A column's name as SQL, safe where it is a word of the language (``group``)."""
    return f'"{name}"'


Sensitivity = Literal["person_level", "unchecked", "releasable"]


@dataclass(frozen=True)
class Column:
    """
    One column of a table contract.

    Parameters
    ----------
    type : str
        DuckDB type as it is written, e.g. ``BIGINT``, ``DATE``, ``VARCHAR``.
    meaning : str
        What the column holds, with its unit.
    nullable : bool
        Whether a value may be missing; the meaning then says what missing stands for.
    allowed : tuple of str
        The only values a text column may hold; empty for any.
    minimum, maximum : float or None
        Inclusive bounds of a number.
    """

    type: str
    meaning: str
    nullable: bool = False
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    def breach(self, column: str) -> str:
        """SQL condition that is true for a row whose value breaks the promise."""
        name = quoted(column)
        tests = []
        if not self.nullable:
            tests.append(f"{name} is null")
        if self.allowed:
            listed = ", ".join(f"'{value}'" for value in self.allowed)
            tests.append(f"{name} not in ({listed})")
        if self.minimum is not None:
            tests.append(f"{name} < {self.minimum}")
        if self.maximum is not None:
            tests.append(f"{name} > {self.maximum}")
        return " or ".join(tests) or "false"


@dataclass(frozen=True)
class Table:
    """
    The contract of one table: the interface at which two stages meet.

    Parameters
    ----------
    name : str
        Name in SQL and, with ``folder``, the file it is kept in.
    folder : str
        Folder below the results folder; may hold ``{cohort}``, ``{exposure}``, ``{outcome}``
        or ``{model}``.
    grain : str
        What one row is.
    key : tuple of str
        Columns that together are unique; also the sort order of the file.
    columns : mapping of str to Column
        Every column, in order.
    source : str
        The tables, or the rule, it comes from.
    sensitivity : {"person_level", "unchecked", "releasable"}
        Who may see it. Written into the file and checked on reading.
    rules : mapping of str to str
        Name and SQL condition of further promises that each row keeps; one that a missing value
        leaves undecided is broken.
    file : str
        File name without ending; the table's name unless a wildcard stands in it.
    """

    name: str
    folder: str
    grain: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    source: str
    sensitivity: Sensitivity = "person_level"
    rules: Mapping[str, str] = field(default_factory=dict)
    file: str = ""

    @property
    def path(self) -> str:
        """Path below the results folder, with its wildcards unfilled."""
        return f"{self.folder}/{self.file or self.name}.parquet"

    def breach_query(self, relation: str, *, in_order: bool = False) -> str:
        """
        SQL that counts the rows breaking each promise.

        Parameters
        ----------
        relation : str
            Where the rows are.
        in_order : bool
            The rows should be in the order of the key, as this pipeline writes them: each is then
            compared with the one before, which takes no memory, where counting distinct keys
            takes as much as the table. A row out of order counts as one that repeats a key.

        Returns
        -------
        str
            Makes one row with a column for each promise: ``key`` (rows beyond the first of a
            key), ``column:<name>`` and ``rule:<name>``.
        """
        keys = ", ".join(quoted(name) for name in self.key)
        repeats = f"count(*) - count(distinct ({keys}))"
        if in_order:
            before = ", ".join(f"lag({quoted(name)}) over ()" for name in self.key)
            repeats = (
                "(select count(*) filter (where has_row_before and key_before >= key_here) from "
                f"(select lag(true) over () as has_row_before, row({before}) as key_before, "
                f"row({keys}) as key_here from {relation}))"
            )
        counts = [f'{repeats} as "key"' if keys else '0 as "key"']
        counts += [
            f'count(*) filter (where {column.breach(name)}) as "column:{name}"'
            for name, column in self.columns.items()
        ]
        counts += [
            f'count(*) filter (where ({rule}) is not true) as "rule:{name}"'
            for name, rule in self.rules.items()
        ]
        return f"select {', '.join(counts)} from {relation}"

    def require_columns(self, found: Mapping[str, str]) -> None:
        """
        Refuse a table whose names or types differ from the contract's.

        Parameters
        ----------
        found : mapping of str to str
            Column name to DuckDB type, in any order: what is written is in the contract's.
        """
        promised = {name: column.type for name, column in self.columns.items()}
        if dict(found) == promised:
            return
        missing = [f"{n} {t}" for n, t in promised.items() if n not in found]
        extra = [f"{n} {t}" for n, t in found.items() if n not in promised]
        changed = [
            f"{n} is {found[n]}, expected {t}"
            for n, t in promised.items()
            if n in found and found[n] != t
        ]
        parts = [
            f"missing: {', '.join(missing)}" if missing else "",
            f"not promised: {', '.join(extra)}" if extra else "",
            f"type: {'; '.join(changed)}" if changed else "",
        ]
        raise ContractError(
            f"Table {self.name}: columns differ from the contract. "
            f"{' | '.join(part for part in parts if part)}. "
            f"Expected grain: {self.grain}. Change the step or the contract, not the file."
        )

    def require_no_breach(self, counts: Mapping[str, int]) -> None:
        """
        Refuse a table with rows that break a promise.

        Parameters
        ----------
        counts : mapping of str to int
            Promise to number of rows that break it, as `breach_query` returns them.
        """
        broken = [name for name, count in counts.items() if count]
        if broken:
            raise ContractError(
                f"Table {self.name}: {'; '.join(self._explain(name) for name in broken)}. "
                f"Grain: {self.grain}. Look at the step that writes it and at its input."
            )

    def _explain(self, promise: str) -> str:
        kind, _, name = promise.partition(":")
        if kind == "key":
            return f"the key ({', '.join(self.key)}) is not unique"
        if kind == "rule":
            return f"rows break the rule {name} ({self.rules[name]})"
        column = self.columns[name]
        limits = [
            "" if column.nullable else "no missing values",
            f"one of {', '.join(column.allowed)}" if column.allowed else "",
            f"at least {column.minimum:g}" if column.minimum is not None else "",
            f"at most {column.maximum:g}" if column.maximum is not None else "",
        ]
        return f"column {name} must have {', '.join(limit for limit in limits if limit)}"
