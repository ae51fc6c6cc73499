"""The proposed manifest as a YAML file that a person corrects."""

import json
import re

import yaml

from cws_outcomes.contracts.delivered import NEEDED
from cws_outcomes.ingest.discovery.propose import Entry, Names, Proposal
from cws_outcomes.ingest.manifest import DeliveredTable

_PLAIN = re.compile(r"[A-Za-z][\w.{}/]*( [\w.{}/]+)*")
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
    lines = [f"{entry}:", *(f"  # {remark}" for remark in told.remarks)]
    first = told.tables[0]
    if files := told.place("file"):
        lines += _named("file", files)
    if first.format == "odbc":
        lines.append("  format: odbc")
    if relations := told.place("relation"):
        lines += _named("relation", relations)
    if told.years:
        lines.append(f"  years: [{', '.join(map(str, told.years))}]")
    lines += [f"  {line}" for line in _layout_lines(told)]
    lines.append("  columns:")
    for ours, names in told.columns.items():
        comment = "  # not found" + (", but needed" if ours in NEEDED[entry] else "")
        lines += [f"  {line}{comment if names is None else ''}" for line in _named(ours, names)]
    return lines


def _layout_lines(told: Entry) -> list[str]:
    """What is not as it is unless said."""
    first = told.tables[0]
    layout: dict[str, object] = {"date_format": told.date_format, "slots": max(told.slots, 1)}
    if first.format == "text":
        text = {"delimiter": first.delimiter, "quote": first.quote, "encoding": told.encoding}
        layout = {**text, **layout}
    return [
        f"{key}: {json.dumps(value)}"
        for key, value in layout.items()
        if value != DeliveredTable.model_fields[key].default
    ]


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
