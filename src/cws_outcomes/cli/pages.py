"""Pages of docs/ that follow from the code: ``python -m cws_outcomes.cli.pages`` writes them anew.

Between the marks of a page stands what is written here; the rest of the page is written by hand.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path

from cws_outcomes.cli.definition_keys import definition_keys
from cws_outcomes.config import load_study
from cws_outcomes.contracts import CONTRACTS, Column, Table
from cws_outcomes.contracts import returns as returns_contracts
from cws_outcomes.contracts.delivered import (
    CODED_COLUMNS,
    NEEDED,
    REQUIRED,
    SHAPES,
    TABLES,
)
from cws_outcomes.errors import CwsError
from cws_outcomes.returns.layout import LAYOUTS
from cws_outcomes.returns.rules import NOT_SPLIT, RULES
from cws_outcomes.run.snakemake import WorkflowError, find_project
from cws_outcomes.synthetic import worlds
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.policy import POLICIES
from cws_outcomes.synthetic.truth.parameters import meanings
from cws_outcomes.tables.print import printed_columns

BEGIN = "<!-- made by python -m cws_outcomes.cli.pages: do not edit -->"
END = "<!-- end -->"
_SENSITIVITY = {
    "person_level": "Rows are, or can be traced to, persons. Never leaves the secure setting.",
    "unchecked": "Aggregate and exact, not cleared. Stays inside too.",
    "releasable": "Written by disclosure. Still subject to the data owner's output checking.",
}
# A word of each type for those who read tables and not SQL.
_TYPES = {
    "VARCHAR": "text",
    "DATE": "date",
    "BOOLEAN": "yes/no",
    "INTEGER": "whole number",
    "BIGINT": "whole number",
    "DOUBLE": "number",
}


def exit_codes() -> str:
    """Table of every exit code with its cause, from the classes of errors."""
    rows = [("0", "", "Done."), ("1", "", "Unexpected: a fault of this package or the machine.")]
    rows += [("2", "", "The command was mistyped: `cws COMMAND --help` says what it takes.")]
    rows += [
        (str(error.exit_code), error.__name__, (error.__doc__ or "").strip().splitlines()[0])
        for error in sorted(_errors(), key=lambda error: error.exit_code)
    ]
    return _table(("code", "error", "cause"), rows)


def _errors() -> set[type[CwsError]]:
    found: set[type[CwsError]] = {WorkflowError}
    waiting = [CwsError]
    while waiting:
        waiting += waiting.pop().__subclasses__()
        found.update(error for error in waiting if error.__module__.startswith("cws_outcomes"))
    return found


def definitions() -> str:
    """Every key of every kind of definition."""
    head = ("key", "values", "default", "meaning")
    return "\n\n".join(
        "\n\n".join([heading, purpose, *([_table(head, rows)] if rows else [])])
        for heading, purpose, rows in definition_keys()
    )


def delivered_columns() -> str:
    """Every table and column that a manifest names, with what the study needs."""
    return "\n\n".join(_delivered(table) for table in TABLES)


def _delivered(table: Table) -> str:
    shapes = SHAPES[table.name.removeprefix("delivered_")]
    needed = set.intersection(*(set(NEEDED[entry]) for entry in shapes))
    codelists = {column: codelist for name, column, codelist in CODED_COLUMNS if name == table.name}
    rows = [
        (
            f"`{name}`",
            _TYPES[column.type],
            "yes" if name in needed else "",
            column.meaning,
            f"`{codelists[name]}`" if name in codelists else "",
        )
        for name, column in table.columns.items()
        if name != "file_year"
    ]
    name = table.name.removeprefix("delivered_")
    alternatives = next((names for names in REQUIRED if name in names.split(" or ")), "")
    duty = f"Needed: {alternatives}." if alternatives else "May be left out."
    entries = "" if len(shapes) == 1 else f" Entries: {', '.join(f'`{e}`' for e in shapes)}."
    heading = f"### {name}\n\n{_sentence(table.grain)} {duty}{entries}\n\n"
    return heading + _table(("our name", "type", "needed", "meaning", "codelist"), rows)


def outputs() -> str:
    """Data dictionary of everything a run writes."""
    parts = ["## Printed tables", printed_tables()]
    for sensitivity, meaning in reversed(_SENSITIVITY.items()):
        parts += [f"## Tables: {sensitivity}", meaning]
        parts += [_described(t) for t in CONTRACTS.values() if t.sensitivity == sensitivity]
    return "\n\n".join(parts)


def printed_tables() -> str:
    """The printed CSVs of the default study, and the columns of each."""
    study = load_study(find_project() / "config" / "study.yaml")
    rows = []
    for name, definition in sorted(study.tables.items()):
        contract = CONTRACTS[f"cleared_{definition.layout}"]
        columns = printed_columns(contract, {"name": name, **definition.model_dump()})
        path = f"`releasable/tables/{name}.csv`"
        rows.append((path, definition.title, f"`{contract.name}`", ", ".join(columns)))
    return _table(("file", "what it shows", "columns are those of", "columns"), rows)


def _described(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in table.key) or "none: repeats are kept"
    rules = "".join(f"\n- rule {name}: `{rule}`" for name, rule in table.rules.items())
    rows = [
        (f"`{name}`", _TYPES[column.type], column.meaning, _values(column))
        for name, column in table.columns.items()
    ]
    return (
        f"### {table.name}\n\n{_sentence(table.grain)}\n\n"
        f"- file: `{table.path}`\n- key: {key}\n- source: {table.source}{rules}\n\n"
        + _table(("column", "type", "meaning", "values"), rows)
    )


def returns() -> str:
    """Every column that `cws returns` writes, and every rule by which it does."""
    parts = ["## Columns"]
    for table in returns_contracts.TABLES:
        ending = "csv" if table.sensitivity == "unchecked" else "parquet"
        rows = [
            (f"`{name}`", _TYPES[column.type], column.meaning, _values(column))
            for name, column in table.columns.items()
        ]
        parts.append(f"### {table.name}.{ending}\n\n{_sentence(table.grain)} From {table.source}.")
        parts.append(_table(("column", "type", "meaning", "values"), rows))
    return "\n\n".join([*parts, "## Rules", _table(("rule", "tables", "meaning"), _rules())])


def _rules() -> list[tuple[str, str, str]]:
    """Each rule once, with the tables that it is counted in."""
    met: dict[tuple[str, str], list[str]] = {}
    for rule in RULES:
        name = re.sub(r"^(flagged)_\w+_(not_read)$", r"\1_COLUMN_\2", rule.name)
        met.setdefault((name, rule.meaning), []).append(rule.table)
    met["rejected_line_not_split", NOT_SPLIT] = list(LAYOUTS)
    kinds = ("rejected", "merged", "repaired", "imputed", "flagged")
    rows = []
    for (name, meaning), tables in met.items():
        named = "all" if len({*tables}) == len(LAYOUTS) else ", ".join(dict.fromkeys(tables))
        rows.append((f"`{name}`", named, meaning))
    return sorted(rows, key=lambda row: kinds.index(row[0].strip("`").partition("_")[0]))


def synthetic() -> str:
    """Built-in worlds and what they change, and every dial with its default."""
    worlds_of = [worlds.load(name) for name in worlds.names()]
    changed = [
        (f"`{world.name}`", world.description, ", ".join(map("`{}`".format, _overridden(world))))
        for world in worlds_of
    ]
    meaning = meanings()
    dials = [
        (f"`{field.name}`", _default(getattr(Dials(), field.name)), meaning[field.name])
        for field in fields(Dials)
    ]
    policies = [(f"`{policy.name}`", policy.meaning) for policy in POLICIES]
    return "\n\n".join(
        [
            "## Worlds",
            _table(("world", "what it is for", "dials it changes"), changed),
            "## Policies",
            _table(("policy", "what is done"), policies),
            "## Dials",
            _table(("dial", "default", "meaning"), dials),
        ]
    )


def _overridden(world: worlds.Planted) -> list[str]:
    return [f"{name}: {_default(value)}" for name, value in worlds.overridden(world.dials).items()]


def _default(value: object) -> str:
    """A number as short as it is exact; levels by name, one number where all are the same."""
    if not isinstance(value, Mapping):
        return f"{value:g}" if isinstance(value, float) else f"{value:,}"
    if len(set(value.values())) == 1:
        return f"{next(iter(value.values())):g}"
    return ", ".join(f"{level} {number:g}" for level, number in value.items())


def _values(column: Column) -> str:
    parts = [
        ", ".join(column.allowed),
        "" if column.minimum is None else f"at least {column.minimum:g}",
        "" if column.maximum is None else f"at most {column.maximum:g}",
        "may be missing" if column.nullable else "",
    ]
    return "; ".join(part for part in parts if part)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(c.replace('|', '&#124;') for c in line)} |" for line in lines)


PAGES: dict[str, Callable[[], str]] = {
    "exit_codes.md": exit_codes,
    "definitions.md": definitions,
    "delivery.md": delivered_columns,
    "outputs.md": outputs,
    "returns.md": returns,
    "synthetic.md": synthetic,
}


def renewed(docs: Path) -> Iterator[tuple[Path, str]]:
    """
    Each page with its text as it should be now.

    Parameters
    ----------
    docs : Path
        The project's docs folder.
    """
    for name, make in PAGES.items():
        page = docs / name
        between = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
        text = f"{BEGIN}\n\n{make()}\n\n{END}"
        yield page, between.sub(lambda _, text=text: text, page.read_text(encoding="utf-8"))  # type: ignore[misc]


def main() -> None:
    """Write the pages anew."""
    for page, text in renewed(find_project() / "docs"):
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
