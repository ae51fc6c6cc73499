"""One HTML page that shows the figures, the table and the notes, and needs no other file."""

import base64
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import polars as pl
from jinja2 import Environment, StrictUndefined

_COLUMNS = {
    "Authority": "la_name",
    "Persons": "persons",
    "Events": "events",
    "Rate per 100": "rate_per_100",
    "Observed / expected": "ratio",
    "from": "ratio_lower",
    "to": "ratio_upper",
    "Shrunken per 100": "shrunken_rate",
    "from ": "shrunken_lower",
    "to ": "shrunken_upper",
    "Status": "status",
}


@dataclass
class Shown:
    """A figure on the page: its PNG, what it shows, and the file with its data."""

    png: Path
    caption: str
    data: str


@dataclass
class Block:
    """Figures and rows of one group and year."""

    heading: str
    figures: list[Shown] = field(default_factory=list)
    rows: pl.DataFrame = field(default_factory=pl.DataFrame)


def page(title: str, lead: str, blocks: list[Block], notes: str) -> str:
    """
    The page as HTML.

    Parameters
    ----------
    title, lead : str
        Heading and one sentence under it.
    blocks : list of Block
        Groups, in order.
    notes : str
        Markdown as `notes.notes` writes it: headings and one-line items.

    Returns
    -------
    str
        Self-contained: images are inside, no script, no address of another place.
    """
    template = resources.files("cws_outcomes.published").joinpath("page.html.j2")
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return made.from_string(template.read_text(encoding="utf-8")).render(
        title=title, lead=lead, blocks=[_block(one) for one in blocks], notes=_sections(notes)
    )


def _block(block: Block) -> dict[str, object]:
    figures = [
        {
            "caption": one.caption,
            "data": one.data,
            "base64": base64.b64encode(one.png.read_bytes()).decode("ascii"),
        }
        for one in block.figures
    ]
    cells = [[_cell(value) for value in row] for row in block.rows.select(_COLUMNS.values()).rows()]
    return {
        "heading": block.heading,
        "figures": figures,
        "header": list(_COLUMNS),
        "rows": cells,
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
    return str(value).replace("_", " ")


def _sections(notes: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in notes.splitlines():
        if line.startswith("## "):
            found.append((line[3:], []))
        elif line.startswith("- "):
            found[-1][1].append(line[2:].replace("`", ""))
    return found
