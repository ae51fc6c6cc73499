"""The proposed manifest as a YAML file that a person corrects."""

import json
import re
from collections.abc import Mapping

import yaml

from cws_outcomes.contracts.delivered import NEEDED
from cws_outcomes.ingest.discovery.grouping import Group
from cws_outcomes.ingest.discovery.propose import Entry, Names, Proposal
from cws_outcomes.ingest.manifest import DeliveredFiles

_PLAIN = re.compile(r"[A-Za-z][\w.{}/]*( [\w.{}/]+)*")
# What a manifest takes for granted.
_USUAL = {key: field.default for key, field in DeliveredFiles.model_fields.items()}
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def as_yaml(proposal: Proposal, *, name: str, folder: str, odbc: str | None) -> str:
    """
    Write a proposal as a manifest.

    Parameters
    ----------
    proposal : Proposal
    name : str
        Shown in reports.
    folder : str
        Where the files are, from the manifest's own folder.
    odbc : str or None
        Environment variable or data source of a database.
    """
    lines = [
        "# Proposed by `cws discover` from names alone. Go through it: docs/delivery.md tells what",
        "# each column should hold, docs/sources.md how each kind of table is named.",
        f"name: {_scalar(name)}",
        f"synthetic: {str(proposal.synthetic).lower()}",
    ]
    lines.append(f"odbc: {_scalar(odbc)}" if odbc else f"folder: {_scalar(folder)}")
    lines.append("tables:" if proposal.entries else "tables: {}")
    for entry, told in proposal.entries.items():
        lines += [f"  {line}" for line in _entry_lines(entry, told)]
    return "\n".join(lines) + "\n"


def _entry_lines(entry: str, told: Entry) -> list[str]:
    first, *others = told.groups
    lines = [f"{entry}:", *(f"  # {remark}" for remark in told.remarks)]
    lines += [f"  {line}" for line in _group_lines(first, _USUAL)]
    if told.slots > 1:
        lines.append(f"  slots: {told.slots}")
    lines.append("  columns:")
    for ours, names in told.columns.items():
        comment = "  # not found" + (", but needed" if ours in NEEDED[entry] else "")
        lines += [f"  {line}{comment if names is None else ''}" for line in _named(ours, names)]
    lines += ["  also:"] * bool(others)
    for group in others:
        start, *more = _group_lines(group, _layout(first))
        lines += [f"    - {start}", *(f"      {line}" for line in more)]
    return lines


def _group_lines(group: Group, unless: Mapping[str, object]) -> list[str]:
    """Where a group's tables are, and what of their layout differs from what holds unless said."""
    lines = []
    for part in ("file", "relation"):
        if names := group.place(part):
            lines += [line.removeprefix("  ") for line in _named(part, names)]
        elif part == "relation" and unless.get("has_relation"):
            lines.append("relation: null")
    if group.years:
        lines.append(f"years: [{', '.join(map(str, group.years))}]")
    layout = _layout(group)
    lines += [
        f"{key}: {json.dumps(value)}"
        for key, value in layout.items()
        if key != "has_relation" and value != unless.get(key)
    ]
    return lines


def _layout(group: Group) -> dict[str, object]:
    table = group.tables[0]
    layout: dict[str, object] = {
        "has_relation": bool(table.relation), "date_format": group.date_format
    }  # fmt: skip
    if table.format == "odbc":
        layout["format"] = "odbc"
    if table.format == "text":
        layout |= {
            "delimiter": table.delimiter, "quote": table.quote, "encoding": group.encoding
        }  # fmt: skip
    return layout


def _named(key: str, names: Names) -> list[str]:
    """A key with one name, or with several below it."""
    several = names if isinstance(names, tuple) else (names,)
    if len(several) == 1:
        return [f"  {key}: {_scalar(several[0])}"]
    return [f"  {key}:", *(f"    - {_scalar(name)}" for name in several)]


def _scalar(value: str | None) -> str:
    if value is None:
        return "null"
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    written: str = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=10_000)
    return written.strip()
