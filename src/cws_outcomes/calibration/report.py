"""The report: one page that needs no other file, one CSV, and the summary kept in docs/."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from cws_outcomes.calibration.catalogue import POPULATIONS, SECTIONS
from cws_outcomes.calibration.judge import JudgedFigure, JudgedPart, Tally, tally

GOAL = 85.0  # percent of the figures that count
_UNITS = {
    "percent": "%",
    "per_10000": "per 10,000",
    "per_100000": "per 100,000",
    "children": "children",
    "days": "days",
    "months": "months",
    "points": "points",
    "ratio": "ratio",
    "sd": "SD",
}
_COLUMNS = (
    "figure", "part", "section", "title", "population", "period", "confidence", "source", "unit",
    "kind", "published", "synthetic", "lower", "upper", "difference", "tolerance", "numerator",
    "denominator", "verdict", "figure_verdict", "counts", "reason", "data",
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """How a report was made: name of the delivery, children in it, seed and the like, in words."""

    lines: tuple[tuple[str, str], ...]


def write(judged: Sequence[JudgedFigure], made: Made, folder: Path) -> Path:
    """
    Write ``calibration.html`` and ``calibration.csv``.

    Parameters
    ----------
    judged : sequence of JudgedFigure
    made : Made
    folder : Path
        Made if need be.

    Returns
    -------
    Path
        The page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "calibration.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(_csv_rows(judged))
    page = folder / "calibration.html"
    page.write_text(html(judged, made), encoding="utf-8")
    return page


def html(judged: Sequence[JudgedFigure], made: Made) -> str:
    """The page."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("calibration.html.j2").render(
        goal=GOAL,
        total=tally(judged),
        sets=list(_sets(judged)),
        sections=list(_sections(judged)),
        misses=[one for one in judged if one.verdict == "outside"],
        apart=[one for one in judged if one.verdict == "apart"],
        made=made.lines,
        shown=_part_cells,
    )


def summary(judged: Sequence[JudgedFigure], made: Made) -> str:
    """The same as Markdown, for docs/: verdict of each figure, misses and what stands apart."""
    total = tally(judged)
    lines = [
        "# Calibration of the synthetic delivery",
        "",
        "Written by `cws calibrate --summary`; do not edit. SYNTHETIC DATA: every number in the "
        "column synthetic is of invented children.",
        "",
        f"**{total.inside} of {total.judged} figures that count are within tolerance "
        f"({total.percent:.0f} %; goal {GOAL:.0f} %).**",
        "",
        "A figure is inside when all its parts are. Tolerance: 10 % of the published value for "
        "rates, margins, means, counts and spreads; 3 points for shares; stated for timing; never "
        "less than the printed rounding. Counted are figures read in a source (confidence S, A, "
        "D) that no other figure implies. What each is, and how it is measured, stands in "
        "`calibration/figures` and `calibration/measures` of the package; `cws calibrate` writes "
        "95 % Monte Carlo limits beside it.",
        "",
        *_markdown_table(
            ("set", "inside", "judged"),
            [(text, str(t.inside), str(t.judged)) for text, t in _sets(judged)],
        ),
        "",
        "How it was made, with `cws synth` and then `cws calibrate --delivery FOLDER --summary "
        "docs/calibration.md`:",
        "",
        *(f"- {name}: {value}" for name, value in made.lines),
        "",
    ]
    for letter, heading, figures in _sections(judged):
        rows = [row for figure in figures for row in _summary_rows(figure)]
        head = ("figure", "what", "published", "synthetic", "tolerance", "verdict")
        lines += [f"## {letter}. {heading}", "", *_markdown_table(head, rows), ""]
    for heading, verdict in (("Misses", "outside"), ("Apart", "apart")):
        told = [
            (one.name, one.figure.title, one.reason or "not yet explained")
            for one in judged
            if one.verdict == verdict
        ]
        lines += [f"## {heading}", "", *_markdown_table(("figure", "what", "reason"), told), ""]
    return "\n".join(lines).rstrip() + "\n"


def _sets(judged: Sequence[JudgedFigure]) -> Iterator[tuple[str, Tally]]:
    for population, text in POPULATIONS.items():
        yield text, tally(one for one in judged if one.figure.population == population)


def _sections(judged: Sequence[JudgedFigure]) -> Iterator[tuple[str, str, list[JudgedFigure]]]:
    for letter, heading in SECTIONS.items():
        figures = [one for one in judged if one.section == letter and one.parts]
        if figures:
            yield letter, heading, figures


def _part_cells(part: JudgedPart) -> dict[str, str]:
    measured = part.measured
    between = "" if part.limits is None else " to ".join(number(end) for end in part.limits)
    difference = part.difference
    return {
        "part": part.name.replace("_", " "),
        "published": f"{number(part.part.published)} {_UNITS[part.unit]}",
        "synthetic": "" if measured is None or measured.value is None else number(measured.value),
        "limits": between,
        "difference": "" if difference is None else f"{difference:+.3g}",
        "tolerance": tolerance(part),
        "verdict": part.verdict,
        "reason": part.reason,
        "because": part.part.because or "",
    }


def tolerance(part: JudgedPart) -> str:
    """Tolerance in words: the greatest difference, or the band of published roundings."""
    said = f"± {number(part.part.allowed)}"
    if part.part.band is None:
        return said
    return f"{said}, or {number(part.part.band[0])} to {number(part.part.band[1])}"


def number(value: float) -> str:
    """A number with three or so digits that mean something."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _summary_rows(judged: JudgedFigure) -> Iterator[tuple[str, ...]]:
    for position, part in enumerate(judged.parts):
        cells = _part_cells(part)
        mark = "" if judged.counts else " (not counted)"
        yield (
            judged.name if position == 0 else "",
            f"{judged.figure.title}{mark}: {cells['part']}" if position == 0 else cells["part"],
            cells["published"],
            cells["synthetic"],
            cells["tolerance"],
            cells["verdict"],
        )


def _markdown_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    names = list(head)
    lines = [names, ["---"] * len(names), *(list(row) for row in rows)]
    return [f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines]


def _csv_rows(judged: Iterable[JudgedFigure]) -> Iterator[list[Any]]:
    for one in judged:
        figure = one.figure
        start = [figure.title, figure.population, figure.period, figure.confidence, figure.source]
        end = [one.verdict, _yes(one.counts)]
        if not one.parts:
            blank = [""] * 9
            yield [one.name, "", one.section, *start, figure.unit, *blank, one.verdict, *end,
                   one.reason, "synthetic"]  # fmt: skip
        for part in one.parts:
            yield [one.name, part.name, one.section, *start, part.unit, *_csv_part(part), *end,
                   part.reason or one.reason, "synthetic"]  # fmt: skip


def _csv_part(part: JudgedPart) -> list[Any]:
    measured, ends = part.measured, part.limits or (None, None)
    values = [
        part.part.published,
        measured and measured.value,
        *ends,
        part.difference,
        part.part.allowed,
        measured and measured.numerator,
        measured and measured.denominator,
    ]
    return [part.part.kind, *("" if v is None else f"{v:.6g}" for v in values), part.verdict]


def _yes(value: bool) -> str:
    return "yes" if value else "no"
