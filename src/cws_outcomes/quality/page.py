"""The report as one page that needs no other file, and as tables."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

from cws_outcomes.quality.found import MOST_CODES, Found, Subject
from cws_outcomes.quality.places import Cell, Grid
from cws_outcomes.quality.published import LABELS, ratio, shown

_SHADES = 5
_NO_REPAIRS = ("delivered", "kept")  # what the rules are counted against
_TOO_MANY_CODES = "too many to list: is it the right column?"
_TABLES = {
    "data_quality": ("table", "measure", "item", "value"),
    "flags": (
        "name", "table", "column", "year", "found", "expected", "threshold", "known_cause",
    ),
    "coverage": ("table", "la_code", "la_name", "year", "rows", "children", "state", "known_cause"),
    "published_totals": ("measure", "year", "delivered", "england", "ratio", "source"),
    "repairs": ("table", "rule", "rows"),
}  # fmt: skip


def write(found: Found, folder: Path) -> Path:
    """
    Write the report.

    Parameters
    ----------
    found : Found
    folder : Path
        Made if need be.

    Returns
    -------
    Path
        ``data_quality.html``; a CSV of each of its parts stands beside it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, Iterable[Sequence[str]]] = {
        "data_quality": _measures(found),
        "flags": _flags(found),
        "coverage": _coverage(found),
        "published_totals": _published(found),
        "repairs": _repairs(found),
    }
    for name, header in _TABLES.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows[name])
    path = folder / "data_quality.html"
    path.write_text(html(found), encoding="utf-8")
    return path


def html(found: Found) -> str:
    """The page."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("data_quality.html.j2").render(
        found=found,
        few=found.masking.few,
        cards=_cards(found),
        first=_first_things(found),
        lines={name: _lines(codes) for name, codes in found.lines_to_add().items()},
        subjects=[_subject(found, subject) for subject in found.subjects],
        published=list(_published(found)),
        repairs=list(_repairs(found)),
    )


def _cards(found: Found) -> list[tuple[str, str]]:
    total = sum(rows for subject in found.subjects for _, rows in subject.files)
    codes = sum(len(codes) for codes in found.lines_to_add().values())
    mended = "not counted"
    if found.repairs is not None:
        mended = found.masking.count(
            sum(repair.rows for repair in found.repairs if repair.rule not in _NO_REPAIRS)
        )
    return [
        ("tables with rows", f"{len(found.subjects)}"),
        ("rows", found.masking.size(total)),
        ("causes of refusal", f"{len(found.failures)}"),
        ("unknown codes", f"{codes}"),
        ("flags", f"{len(found.open_flags)}"),
        ("known gaps", f"{len(found.flags) - len(found.open_flags)}"),
        ("rows repaired", mended),
    ]


def _first_things(found: Found) -> list[str]:
    """What to do, in order."""
    steps = []
    tables = list(dict.fromkeys(table for table, _ in found.failures))
    if tables:
        steps.append(
            f"Put right what makes the delivery unusable ({', '.join(tables)}): causes are below."
        )
    if found.lines_to_add():
        steps.append(
            "Look at the unknown codes. Paste their lines into the codelists, with the group of a "
            "code that means the same, or leave the group empty for missing."
        )
    flagged = list(dict.fromkeys(flag.table for flag in found.open_flags))
    if flagged:
        steps.append(
            f"Look at the flags: {', '.join(flagged)}. A flag is a question, not a verdict: ask "
            "the data owner, or note a known cause as a gap in the study's coverage."
        )
    steps.append("Compare rows, persons and years with what the data owner told you to expect.")
    if found.repairs is None:
        steps.append("Count the repairs by rule: cws check --repairs.")
    return steps


def _lines(codes: Iterable[str]) -> list[str]:
    return [f"{_csv_field(code)},,label" for code in codes]


def _csv_field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text


def _subject(found: Found, subject: Subject) -> dict[str, Any]:
    held, masking = subject.profile, found.masking
    most = max((held.at(year, "rows") for year in held.known_years()), default=0) or 1
    return {
        "name": subject.name,
        "grain": held.contract.grain,
        "rows": masking.size(held.rows),
        "persons": [(key, masking.count(number)) for key, number in held.persons.items()],
        "repeats": masking.count(held.total("repeats")),
        "files": [(name, masking.size(rows)) for name, rows in subject.files],
        "years": [
            (year, masking.count(int(rows)), round(100 * masking.rounded(int(rows)) / most))
            for year in held.known_years()
            for rows in [held.at(year, "rows")]
        ],
        "columns": list(_columns(found, subject)),
        "codes": [
            {
                "column": codes.column,
                "codelist": codes.codelist,
                "groups": [
                    (group or "missing", masking.count(rows))
                    for group, rows in codes.total().items()
                ],
                "unknown": len(codes.unknown),
                "listed": len(codes.unknown) <= MOST_CODES,
                "rows": [(code, masking.count(rows)) for code, rows in codes.unknown],
            }
            for codes in subject.codes
            if codes.groups or codes.unknown
        ],
        "grid": None if subject.grid is None else _grid(found, subject.grid),
        "flags": [flag for flag in found.open_flags if flag.table == subject.name],
    }


def _columns(found: Found, subject: Subject) -> Iterator[dict[str, Any]]:
    held, masking = subject.profile, found.masking
    for name in (c for c in held.contract.columns if c != "file_year"):
        filled = held.total(f"filled:{name}")
        if not filled:
            continue
        span = held.span.get(name)
        rounded = 100 * masking.rounded(filled) / max(1, masking.rounded(held.rows))
        yield {
            "name": name,
            "missing": masking.count(held.rows - filled),
            "share": masking.share(held.rows - filled, held.rows),
            "filled": min(100, round(rounded)),
            "years": f"{span[0]} to {span[1]}" if span else "",
        }


def _grid(found: Found, grid: Grid) -> dict[str, Any]:
    most: dict[str, int] = {}
    for (la, _), cell in grid.cells.items():
        most[la] = max(most.get(la, 1), cell.rows)
    return {
        "years": grid.years,
        "rows": [
            (
                la,
                name,
                [_cell(found, year, grid.cells[la, year], most[la]) for year in grid.years],
            )
            for la, name in grid.names.items()
        ],
    }


def _cell(found: Found, year: int, cell: Cell, most: int) -> dict[str, str]:
    masking = found.masking
    shade = 0 if not cell.rows else 1 + round((_SHADES - 1) * masking.rounded(cell.rows) / most)
    count = f"{masking.count(cell.rows)} rows, {masking.count(cell.children)} children"
    words = {"hole": "; flagged: far fewer than around", "known": f"; {cell.reason}"}
    return {
        "kind": cell.state if cell.state in ("hole", "known") else f"s{min(shade, _SHADES)}",
        "title": f"{year}: {count}{words.get(cell.state, '')}",
        "mark": {"hole": "!", "known": "-"}.get(cell.state, ""),
    }


def _measures(found: Found) -> Iterator[tuple[str, str, str, str]]:
    for table, failure in found.failures:
        yield table, "failure", type(failure).__name__, str(failure)
    for table in found.absent:
        yield table, "not in the manifest", "", ""
    masking = found.masking
    for subject in found.subjects:
        name, held = subject.name, subject.profile
        yield name, "rows", "", masking.size(held.rows)
        for file, rows in subject.files:
            yield name, "rows of a file", file, masking.size(rows)
        for key, number in held.persons.items():
            yield name, "persons", key, masking.count(number)
        yield name, "rows that repeat another", "", masking.count(held.total("repeats"))
        for year in held.known_years():
            yield name, "rows of a year", f"{year}", masking.count(int(held.at(year, "rows")))
        for column in (c for c in held.contract.columns if c != "file_year"):
            missing = held.rows - held.total(f"filled:{column}")
            yield name, "rows without a value", column, masking.count(missing)
        for column, span in held.span.items():
            yield name, "years", column, f"{span[0]} to {span[1]}" if span else "none"
        yield from _coded(found, subject)


def _coded(found: Found, subject: Subject) -> Iterator[tuple[str, str, str, str]]:
    """Codes by group; the unknown ones by code, for those who extend the codelist."""
    for codes in subject.codes:
        for group, rows in codes.total().items():
            item = f"{codes.column}: {group or 'missing'}"
            yield subject.name, "rows of a group of codes", item, found.masking.count(rows)
        measure = f"unknown code in {codes.column}"
        if len(codes.unknown) > MOST_CODES:
            yield subject.name, measure, _TOO_MANY_CODES, f"{len(codes.unknown):,}"
            continue
        for code, rows in codes.unknown:
            yield subject.name, measure, code, found.masking.count(rows)
        for line in _lines(code for code, _ in codes.unknown):
            file = f"line to add to codelists/{codes.codelist}.csv"
            yield subject.name, file, codes.column, line


def _flags(found: Found) -> Iterator[tuple[str, ...]]:
    for flag in found.flags:
        yield (
            flag.name, flag.table, flag.column, flag.year, flag.found, flag.expected, flag.rule,
            flag.explained,
        )  # fmt: skip


def _coverage(found: Found) -> Iterator[tuple[str, ...]]:
    masking = found.masking
    for subject in found.subjects:
        if subject.grid is not None:
            for (la, year), cell in subject.grid.cells.items():
                yield (
                    subject.name, la, subject.grid.names[la], f"{year}", masking.count(cell.rows),
                    masking.count(cell.children), cell.state, cell.reason,
                )  # fmt: skip


def _published(found: Found) -> Iterator[tuple[str, ...]]:
    for one in found.published:
        england = f"{one.england:,.0f}" if one.england > 100 else f"{one.england:g}"
        yield (
            LABELS[one.measure], f"{one.year}", shown(one, found.masking), england,
            ratio(one, found.masking), one.source,
        )  # fmt: skip


def _repairs(found: Found) -> Iterator[tuple[str, str, str]]:
    for repair in found.repairs or ():
        yield repair.table, repair.rule, found.masking.count(repair.rows)
