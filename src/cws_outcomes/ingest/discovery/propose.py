"""Proposes what a manifest says of the tables that were found."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cws_outcomes.contracts.delivered import NEEDED, SHAPES, TABLES
from cws_outcomes.ingest.discovery.found import DATE_FORMATS, FoundTable, Unplaced
from cws_outcomes.ingest.discovery.grouping import Group, grouped, is_yearly, whole_of_part
from cws_outcomes.ingest.discovery.recognise import (
    Candidate,
    columns_of,
    plain_name,
    recognise,
    years_of,
)
from cws_outcomes.ingest.files import SYNTHETIC_MARK
from cws_outcomes.ingest.promises import named_columns

Names = str | tuple[str | None, ...] | None


@dataclass(frozen=True)
class Entry:
    """
    One entry of the proposed manifest, and what there is to say of it.

    Attributes
    ----------
    groups : tuple of Group
        The physical tables that it names; more than one where some are written otherwise.
    slots : int
        Repeats of a column in a wide table.
    unused : tuple of str
        Columns that the study does not read, years and numbers of repeats apart.
    remarks : tuple of str
        What a person should look at.
    """

    groups: tuple[Group, ...]
    slots: int
    columns: dict[str, Names]
    unused: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def tables(self) -> tuple[FoundTable, ...]:
        """Every physical table."""
        return tuple(table for group in self.groups for table in group.tables)


@dataclass(frozen=True)
class Proposal:
    """What the manifest should say, and what it leaves out."""

    synthetic: bool
    entries: dict[str, Entry]
    unplaced: tuple[Unplaced, ...]
    remarks: tuple[str, ...]


def propose(sightings: Iterable[FoundTable | Unplaced]) -> Proposal:
    """
    Propose a manifest for what was found.

    Parameters
    ----------
    sightings : iterable of FoundTable or Unplaced
    """
    unplaced: list[Unplaced] = []
    by_entry: dict[str, list[FoundTable]] = {}
    for sighting in sightings:
        if isinstance(sighting, Unplaced):
            unplaced.append(sighting)
            continue
        entry, reason = recognise(sighting)
        if entry is None:
            unplaced.append(_without_place(sighting, reason))
        else:
            by_entry.setdefault(entry, []).append(sighting)
    entries = {}
    for entry in sorted(by_entry, key=list(NEEDED).index):
        entries[entry], doubles = _entry(entry, by_entry[entry])
        unplaced += doubles
    marked = [
        any(name.upper() == SYNTHETIC_MARK for name in table.header)
        for entry in entries.values()
        for table in entry.tables
    ]
    mixed = "some tables are marked synthetic and some are not: they must not be mixed"
    remarks = (mixed,) if any(marked) and not all(marked) else ()
    return Proposal(all(marked) and bool(marked), entries, tuple(unplaced), remarks)


def _without_place(table: FoundTable, reason: str) -> Unplaced:
    if table.has_names:
        return Unplaced(table.label, reason, table.header)
    return Unplaced(
        table.label,
        f"{reason}; its first line may be a row and is not shown: a first line of names is needed",
    )


def _entry(entry: str, tables: list[FoundTable]) -> tuple[Entry, list[Unplaced]]:
    yearly = is_yearly(tables)
    columns = {
        table.label: columns_of(entry, table, years_of(table.name)[0] if yearly else None)
        for table in tables
    }
    date_formats, remarks = _date_formats(entry, tables, columns)
    groups, doubles = grouped(tables, date_formats)
    kept = [table for group in groups for table in group.tables]
    found = [columns[table.label] for table in kept]
    missing = [
        f"needed, but not found in {_listed(lacking)}: {ours}"
        for ours in NEEDED[entry]
        if (lacking := [table.label for table in kept if ours not in columns[table.label]])
    ]
    proposed = Entry(
        groups=tuple(groups),
        slots=max((c.slot for each in found for cs in each.values() for c in cs), default=0),
        columns={ours: _names(entry, ours, found) for ours in named_columns(entry)},
        unused=_unused(kept, found),
        remarks=(*missing, *remarks, *_parts(kept)),
    )
    return proposed, doubles


def _parts(tables: list[FoundTable]) -> list[str]:
    sizes = Counter(whole_of_part(table) for table in tables)
    return [
        f"taken for {number} parts of one table, not for versions of it: {whole}"
        for whole, number in sizes.items()
        if whole and number > 1
    ]


def _names(entry: str, ours: str, found: list[dict[str, list[Candidate]]]) -> Names:
    """Names of all tables, better ones first; null among them where a table has none."""
    ranked = sorted((c for each in found for c in each.get(ours, ())), key=lambda c: c.rank)
    # Case does not matter in a manifest: names that differ in nothing else are one.
    templates = list({c.template.lower(): c.template for c in reversed(ranked)}.values())[::-1]
    if not templates:
        return None
    if ours not in NEEDED[entry] and any(ours not in each for each in found):
        return (*templates, None)
    return templates[0] if len(templates) == 1 else tuple(templates)


def _unused(tables: list[FoundTable], found: list[dict[str, list[Candidate]]]) -> tuple[str, ...]:
    used = {c.name for each in found for candidates in each.values() for c in candidates}
    others = {
        plain_name(name).lower(): plain_name(name)
        for table in reversed(tables)
        for name in reversed(table.header)
        if name not in used and name.upper() != SYNTHETIC_MARK
    }
    return tuple(reversed(others.values()))


def _date_formats(
    entry: str, tables: list[FoundTable], columns: dict[str, dict[str, list[Candidate]]]
) -> tuple[dict[str, str], list[str]]:
    """How each table writes dates, and a remark on columns that do so in no one way."""
    (contract,) = (
        table for table in TABLES if entry in SHAPES[table.name.removeprefix("delivered_")]
    )
    fitting = {
        table.label: {
            ours: table.date_formats[candidate.name]
            for ours, candidates in columns[table.label].items()
            if contract.columns[ours].type == "DATE"
            for candidate in candidates
            if candidate.name in table.date_formats
        }
        for table in tables
    }
    votes = Counter(f for told in fitting.values() for forms in told.values() for f in forms)
    by_votes = sorted(DATE_FORMATS, key=lambda form: -votes[form])  # the first of equals first
    chosen = {
        label: max(by_votes, key=lambda form: sum(form in forms for forms in told.values()))
        for label, told in fitting.items()
    }
    others = sorted(
        {
            ours
            for label, told in fitting.items()
            for ours in told
            if chosen[label] not in told[ours]
        }
    )
    return chosen, [f"dates written in several or unknown ways: {', '.join(others)}"] * bool(others)


def _listed(labels: list[str]) -> str:
    return ", ".join(labels) if len(labels) <= 3 else f"{labels[0]} and {len(labels) - 1} more"
