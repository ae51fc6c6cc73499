"""Joins the tables of one entry and proposes what the manifest says of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cws_outcomes.contracts.delivered import NEEDED, SHAPES, TABLES
from cws_outcomes.ingest.discovery.found import DATE_FORMATS, FoundTable, Unplaced
from cws_outcomes.ingest.discovery.recognise import (
    Candidate,
    columns_of,
    ends_in_year,
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
    tables : tuple of FoundTable
        The physical tables that it names.
    years : tuple of int
        Years to fill in for ``{year}``; none where every table is named.
    unused : tuple of str
        Columns that the study does not read, years and numbers of repeats apart.
    remarks : tuple of str
        What a person should look at.
    """

    tables: tuple[FoundTable, ...]
    years: tuple[int, ...]
    encoding: str
    date_format: str
    slots: int
    columns: dict[str, Names]
    unused: tuple[str, ...]
    remarks: tuple[str, ...]

    def place(self, part: str) -> tuple[str, ...]:
        """Names of the files (``file``) or tables inside (``relation``), with {year}."""
        names = [getattr(table, part) for table in self.tables]
        if self.years:
            names = [n.replace(str(y), "{year}") for n, y in zip(names, self.years, strict=True)]
        return tuple(dict.fromkeys(name for name in names if name))


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
            unplaced.append(Unplaced(sighting.label, reason, sighting.header))
        else:
            by_entry.setdefault(entry, []).append(sighting)
    entries = {}
    for entry in sorted(by_entry, key=list(NEEDED).index):
        kept, left_out = _one_layout(by_entry[entry])
        unplaced += left_out
        entries[entry] = _entry(entry, kept)
    placed = [table for entry in entries.values() for table in entry.tables]
    marked = [any(n.upper() == SYNTHETIC_MARK for n in table.header) for table in placed]
    mixed = "some tables are marked synthetic and some are not: they must not be mixed"
    remarks = (mixed,) if any(marked) and not all(marked) else ()
    return Proposal(all(marked) and bool(marked), entries, tuple(unplaced), remarks)


def _is_yearly(tables: Sequence[FoundTable]) -> bool:
    """Whether each table is one year of a series, rather than a span or a whole."""
    if any(len(years_of(table.name)) != 1 for table in tables):
        return False
    years = [(name, years_of(table.name)[0]) for table in tables for name in table.header]
    return len(tables) > 1 or any(ends_in_year(name, year) for name, year in years)


def _one_layout(tables: list[FoundTable]) -> tuple[list[FoundTable], list[Unplaced]]:
    """The tables that one entry can name, and the others with the reason why it cannot."""
    yearly = _is_yearly(tables)
    layouts = Counter(_layout(table, yearly, tables) for table in tables)
    layout = max(layouts, key=lambda key: layouts[key])
    kept = [table for table in tables if _layout(table, yearly, tables) == layout]
    left_out = [
        Unplaced(
            table.label,
            f"like {kept[0].label}, but named or written otherwise (delimiter, encoding, file): "
            "an entry takes one pattern",
            table.header,
        )
        for table in tables
        if table not in kept
    ]
    if not yearly:
        kept, doubles = _without_overlaps(kept)
        left_out += doubles
    return sorted(kept, key=lambda table: (years_of(table.name), table.label)), left_out


def _layout(table: FoundTable, yearly: bool, tables: list[FoundTable]) -> tuple[str, ...]:
    encoding = table.encoding if len(_encodings(tables)) > 1 else ""
    written = (table.format, table.delimiter, table.quote, encoding.replace("ascii", "utf-8"))
    if not yearly:
        # A list names files or the tables of one file, not some of each.
        return (*written, table.file if table.relation else "")
    year = str(years_of(table.name)[0])
    return (
        *written, table.file.replace(year, "{year}"), table.relation.replace(year, "{year}")
    )  # fmt: skip


def _encodings(tables: Iterable[FoundTable]) -> set[str]:
    return {table.encoding for table in tables} - {"ascii"}


def _without_overlaps(tables: list[FoundTable]) -> tuple[list[FoundTable], list[Unplaced]]:
    """The widest spans first: a later delivery of one table holds the earlier one's years."""
    kept: list[FoundTable] = []
    left_out = []
    for table in sorted(tables, key=lambda t: (-len(years_of(t.name)), t.label)):
        years = set(years_of(table.name))
        same = next((k for k in kept if not years or years & set(years_of(k.name))), None)
        if same is None:
            kept.append(table)
        else:
            reason = f"its years, as named, are those of {same.label}: rows would count twice"
            left_out.append(Unplaced(table.label, reason, table.header))
    return kept, left_out


def _entry(entry: str, tables: list[FoundTable]) -> Entry:
    years = tuple(years_of(t.name)[0] for t in tables) if _is_yearly(tables) else ()
    found = [
        columns_of(entry, table, year)
        for table, year in zip(tables, years or [None] * len(tables), strict=True)
    ]
    columns = {ours: _names(entry, ours, found) for ours in named_columns(entry)}
    remarks = [
        f"needed, but not found in {_listed(lacking)}: {ours}"
        for ours in NEEDED[entry]
        if (lacking := [t.label for t, f in zip(tables, found, strict=True) if ours not in f])
    ]
    date_format, other_dates = _date_format(entry, tables, found)
    used = {c.name for each in found for candidates in each.values() for c in candidates}
    others = {
        plain_name(name).lower(): plain_name(name)
        for table in reversed(tables)
        for name in reversed(table.header)
        if name not in used and name.upper() != SYNTHETIC_MARK
    }
    return Entry(
        tables=tuple(tables),
        years=years,
        encoding=next(iter(_encodings(tables)), "utf-8"),
        date_format=date_format,
        slots=max((c.slot for each in found for cs in each.values() for c in cs), default=0),
        columns=columns,
        unused=tuple(reversed(others.values())),
        remarks=(*remarks, *other_dates),
    )


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


def _date_format(
    entry: str, tables: list[FoundTable], found: list[dict[str, list[Candidate]]]
) -> tuple[str, list[str]]:
    """The format that most date columns fit, and a remark for those that do not."""
    (contract,) = (
        table for table in TABLES if entry in SHAPES[table.name.removeprefix("delivered_")]
    )
    fitting = {
        (ours, table.label): table.date_formats[candidate.name]
        for table, each in zip(tables, found, strict=True)
        for ours, candidates in each.items()
        if contract.columns[ours].type == "DATE"
        for candidate in candidates
        if candidate.name in table.date_formats
    }
    votes = Counter(form for forms in fitting.values() for form in forms)
    best = max(DATE_FORMATS, key=lambda form: votes[form])  # the first of equals
    others = sorted({ours for (ours, _), forms in fitting.items() if best not in forms})
    remark = f"dates written otherwise than {best}, or in several ways: {', '.join(others)}"
    return best, [remark] if others else []


def _listed(labels: list[str]) -> str:
    return ", ".join(labels) if len(labels) <= 3 else f"{labels[0]} and {len(labels) - 1} more"
