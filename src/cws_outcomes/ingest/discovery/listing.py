"""What discovery tells at the console: names, never a value."""

from collections.abc import Iterator

from cws_outcomes.contracts.delivered import REQUIRED, SHAPES
from cws_outcomes.ingest.discovery.propose import Entry, Proposal

_WIDTH = 96


def listing(proposal: Proposal) -> Iterator[str]:
    """
    Lines on what was found: placed tables, their columns, and what has no place.

    Parameters
    ----------
    proposal : Proposal
    """
    yield "Tables with a place in the manifest:"
    for entry, told in proposal.entries.items():
        yield from _placed(entry, told)
    if proposal.unplaced:
        yield ""
        yield "Without a place:"
    for table in proposal.unplaced:
        yield f"  {table.name}: {table.reason}"
        if table.columns:
            yield from _wrapped("columns", table.columns)
    if absent := list(_absent(proposal)):
        yield ""
        yield "Tables that a study cannot do without and that were not found:"
        yield from (f"  {name}" for name in absent)
    yield from (f"Note: {remark}" for remark in proposal.remarks)


def _placed(entry: str, told: Entry) -> Iterator[str]:
    tables = [table.label for table in told.tables]
    shown = tables[0] if len(tables) == 1 else f"{tables[0]} ... {tables[-1]} ({len(tables)})"
    found = sum(names is not None for names in told.columns.values())
    yield f"  {entry}: {shown}; {found} of {len(told.columns)} columns found"
    yield from (f"      ! {remark}" for remark in told.remarks)
    if nowhere := [ours for ours, names in told.columns.items() if names is None]:
        yield from _wrapped("not found", nowhere)
    if told.unused:
        yield from _wrapped("not read", told.unused)


def _absent(proposal: Proposal) -> Iterator[str]:
    for required in REQUIRED:
        entries = [entry for name in required.split(" or ") for entry in SHAPES[name]]
        if not any(entry in proposal.entries for entry in entries):
            yield " or ".join(entries)


def _wrapped(label: str, names: list[str] | tuple[str, ...]) -> Iterator[str]:
    line = f"      {label}:"
    for name in names:
        if len(line) + len(name) + 2 > _WIDTH:
            yield line
            line = "       "
        line += f" {name}"
    yield line
