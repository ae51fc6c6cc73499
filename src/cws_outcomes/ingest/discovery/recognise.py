"""Recognises tables and columns by their names, as `known_names.yaml` lists them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cws_outcomes.contracts.delivered import NEEDED
from cws_outcomes.documents import read_yaml
from cws_outcomes.ingest.discovery.found import FoundTable

_NAMES = Path(__file__).with_name("known_names.yaml")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
# What names of columns end in: the term of a census or the module, and two digits of the year.
_ENDING = re.compile(r"_(?:SPR|AUT|SUM|EX|AB)(\d\d)$", re.IGNORECASE)
_SLOT = "#"
# A table named like an entry is one where it has at least this share of the needed columns.
_SHARE_OF_NEEDED = 0.5


@dataclass(frozen=True)
class Known:
    """Names by which one entry of the manifest is recognised."""

    tables: tuple[re.Pattern[str], ...]
    excluded: tuple[re.Pattern[str], ...]
    prefix: str
    columns: Mapping[str, tuple[re.Pattern[str], ...]]
    shared: frozenset[str]  # columns of which every name counts, not only the first there is

    def is_named(self, name: str) -> bool:
        """Whether a table's name is one of the entry's."""
        plain = re.sub(r"[^0-9a-z]+", "_", name.lower())
        found = any(pattern.search(plain) for pattern in self.tables)
        return found and not any(pattern.search(plain) for pattern in self.excluded)


@dataclass(frozen=True)
class Candidate:
    """A physical column that may hold one of ours: better ones have lower ranks."""

    rank: int
    name: str  # as in the file
    template: str  # with {yy} and {slot}, as a manifest writes it
    slot: int = 0


@cache
def known_names() -> Mapping[str, Known]:
    """Every entry's names."""
    raw = read_yaml(_NAMES)
    return {entry: _known(told) for entry, told in raw.items() if not entry.startswith("_")}


def _known(told: Mapping[str, Any]) -> Known:
    stems = {
        ours: names["all"] if isinstance(names, dict) else names
        for ours, names in told["columns"].items()
    }
    return Known(
        tables=tuple(re.compile(pattern) for pattern in told["tables"]),
        excluded=tuple(re.compile(pattern) for pattern in told.get("not", ())),
        prefix=told.get("prefix", ""),
        columns={ours: tuple(_pattern(stem) for stem in names) for ours, names in stems.items()},
        shared=frozenset(o for o, names in told["columns"].items() if isinstance(names, dict)),
    )


def _pattern(stem: str) -> re.Pattern[str]:
    return re.compile(re.escape(stem).replace(re.escape(_SLOT), r"(\d+)"), re.IGNORECASE)


def years_of(name: str) -> tuple[int, ...]:
    """
    Years that a table covers, by its name.

    ``X_2012`` is one year, ``X_2009_to_2021`` and ``X_2009_2021`` are a span, and whatever year
    follows (``X_1998_to_2019_and_2022``) counts by itself.
    """
    told = [int(year) for year in _YEAR.findall(name)]
    if len(told) < 2:
        return tuple(told)
    first, last, *others = told
    return (*range(first, last + 1), *others)


def ends_in_year(name: str, year: int) -> bool:
    """Whether a column's name ends in two digits of a year, as of a term or a module."""
    ending = _ENDING.search(name) or re.search(r"_(\d\d)$", name)
    return ending is not None and ending[1] == f"{year % 100:02}"


def plain_name(name: str) -> str:
    """A column's name without what tells years and repeats apart, for listings."""
    return re.sub(r"_\d\d?(?=_|$)", "_#", _ENDING.sub("", name))


def recognise(table: FoundTable) -> tuple[str | None, str]:
    """
    Entry of the manifest that a table belongs to.

    Returns
    -------
    str or None
        None where there is none.
    str
        Why there is none; else empty.
    """
    named = [entry for entry, known in known_names().items() if known.is_named(table.name)]
    if not named:
        return None, "no known name"
    # Two shapes of a table have one name: the columns tell them apart.
    best = max(named, key=lambda entry: _likeness(entry, table))
    share, _ = _likeness(best, table)
    if share < _SHARE_OF_NEEDED:
        return None, f"named like {best}, but most of the columns needed for it are not there"
    return best, ""


def _likeness(entry: str, table: FoundTable) -> tuple[float, int]:
    found = columns_of(entry, table, None)
    needed = NEEDED[entry]
    return sum(name in found for name in needed) / len(needed), len(found)


def columns_of(entry: str, table: FoundTable, year: int | None) -> dict[str, list[Candidate]]:
    """
    Physical columns that hold ours.

    Parameters
    ----------
    entry : str
        Entry of the manifest.
    table : FoundTable
    year : int or None
        Year to be written as ``{yy}``; None where names stay as they are.

    Returns
    -------
    dict
        Our column to its candidates, the best first; columns without any are left out.
    """
    known = known_names()[entry]
    # Of a span no column ends in a year: CIN_LA_09 of 2009 to 2023 is the LA as it was in 2009.
    years = years_of(table.name)
    plain_year = years[0] if len(years) == 1 else None
    stems = {name: _stem(name, known.prefix, plain_year) for name in table.header}
    found = {}
    for ours, patterns in known.columns.items():
        candidates = [
            _candidate(rank, name, match, year)
            for rank, pattern in enumerate(patterns)
            for name, stem in stems.items()
            if (match := pattern.fullmatch(stem))
        ]
        if candidates and ours not in known.shared:
            candidates = [c for c in candidates if c.rank == candidates[0].rank]
        if candidates:
            found[ours] = candidates
    return found


def _stem(name: str, prefix: str, year: int | None) -> str:
    """Without the ending and, once, without the prefix: `CIN_CIN_LA` is not `CIN_LA`."""
    stem = _ENDING.sub("", name)
    if stem == name and year is not None:
        stem = name.removesuffix(f"_{year % 100:02}")
    stem = stem[len(prefix) :] if stem.lower().startswith(prefix.lower()) else stem
    return re.sub(r"^s\.", "", stem, flags=re.IGNORECASE)  # an alias left from the query


def _candidate(rank: int, name: str, match: re.Match[str], year: int | None) -> Candidate:
    template, slot = name, 0
    if year is not None and ends_in_year(name, year):
        template = template[:-2] + "{yy}"
    if match.re.groups:
        slot = int(match[1])
        start = name.lower().index(match[0].lower()) + match.start(1)
        template = template[:start] + "{slot}" + template[start + len(match[1]) :]
    return Candidate(rank, name, template, slot)
