"""What a definition file may hold, as tables for docs/definitions.md."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from cws_outcomes.config.definitions import KINDS

Schema = Mapping[str, Any]
_TYPES = {
    "string": "text", "integer": "whole number", "number": "number", "boolean": "true or false",
}  # fmt: skip


def definition_keys() -> Iterator[tuple[str, str, list[tuple[str, str, str, str]]]]:
    """
    Every kind of definition with its keys.

    Yields
    ------
    heading, purpose, rows
        Rows are key, values, default (``needed`` where there is none) and meaning. A heading of
        level two is a folder of ``config/`` and has no rows.
    """
    kinds: Mapping[str, Any] = KINDS
    for folder, adapter in kinds.items():
        yield f"## {folder}", f"Files `config/{folder}/<name>.yaml`.", []
        schema = TypeAdapter(adapter).json_schema()
        for one in schema.get("$defs", {folder: schema}).values():
            yield _heading(one), one["description"], list(_rows(one))


def _heading(schema: Schema) -> str:
    chosen = [
        f"### `{key}: {value['const']}`"
        for key, value in schema["properties"].items()
        if "const" in value
    ]
    return chosen[0] if chosen else "### Keys"


def _rows(schema: Schema) -> Iterator[tuple[str, str, str, str]]:
    needed = schema.get("required", ())
    for key, value in schema["properties"].items():
        if "const" not in value:
            default = "needed" if key in needed else _shown(value.get("default", {}))
            yield f"`{key}`", _values(value), default, value.get("description", "")


def _values(schema: Schema) -> str:
    """Allowed values in words."""
    if "anyOf" in schema:
        return " or ".join(_values(part) for part in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema["type"] == "array":
        return f"list of {_values(schema['items'])}"
    if schema["type"] == "object":
        return f"each name with {_values(schema['additionalProperties'])}"
    limits = [
        f"{word} {schema[limit]}"
        for limit, word in (("minimum", "from"), ("maximum", "to"))
        if limit in schema
    ]
    return " ".join([_TYPES[schema["type"]], *limits])


def _shown(default: Any) -> str:
    if isinstance(default, list):
        return f"`[{', '.join(map(str, default))}]`" if default else "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`" if default not in ("", {}) else "none"
