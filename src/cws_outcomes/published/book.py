"""From a file of published counts to a folder with table, figures, notes and page."""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cws_outcomes.figures.caterpillar import draw_caterpillar
from cws_outcomes.figures.funnel import draw_funnel
from cws_outcomes.figures.gradient import draw_gradient
from cws_outcomes.published.cells import SHOWN
from cws_outcomes.published.charts import Charts, charts
from cws_outcomes.published.columns import Columns
from cws_outcomes.published.equity_table import DEPRIVATION, Fit, equity_table, pooled
from cws_outcomes.published.notes import notes
from cws_outcomes.published.page import Block, Shown, page
from cws_outcomes.published.read import ALL, Counts, read_counts
from cws_outcomes.published.reference import reference

_DRAWN_BY = "Drawn by cws-outcomes."


@dataclass(frozen=True)
class Book:
    """
    What a run wrote.

    Attributes
    ----------
    files : list of str
        Names in the folder, sorted.
    shown, rows : int
        Rows of the table that are shown, and in all.
    """

    files: list[str]
    shown: int
    rows: int


def write_book(path: Path, out: Path, asked: Columns) -> Book:
    """
    Make equity tables and figures from published counts.

    Parameters
    ----------
    path : Path
        CSV of counts.
    out : Path
        Folder to write to; files of an earlier run are replaced.
    asked : Columns
        Named columns, labels and choices.

    Returns
    -------
    Book
        Everything is made beside `out` and moved in at the end: a run that fails writes nothing.

    Raises
    ------
    CwsError
        As `read_counts`, and `EstimationError` where counts contradict what is expected.
    """
    counts = read_counts(path, asked)
    found = reference(counts)
    rows = pooled(found.rows) if _pools(counts) else found.rows
    table, fits = equity_table(counts, rows)
    title = _title(counts.columns)
    text = notes(title, counts, found, table, fits)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        made = Path(folder)
        table.write_csv(made / "la_equity.csv")
        blocks = [_block(made, table, pair, counts.columns) for pair in _pairs(fits)]
        (made / "notes.md").write_text(text, encoding="utf-8", newline="\n")
        html = page(title, _lead(counts), blocks, text)
        (made / "index.html").write_text(html, encoding="utf-8", newline="\n")
        out.mkdir(exist_ok=True)
        files = sorted(one.name for one in made.iterdir())
        for name in files:
            (made / name).replace(out / name)
    return Book(files, table.filter(status=SHOWN).height, table.height)


def _pools(counts: Counts) -> bool:
    return counts.columns.pool_years and counts.columns.year is not None


def _pairs(fits: list[Fit]) -> list[tuple[Fit, Fit | None]]:
    """Of each group its last year that is shown: without and with deprivation; all first."""
    found: dict[str, tuple[Fit, Fit | None]] = {}
    for fit in fits:
        if fit.authorities and fit.adjustment != DEPRIVATION:
            adjusted = [
                other
                for other in fits
                if other.adjustment == DEPRIVATION
                and (other.group, other.year) == (fit.group, fit.year)
            ]
            if fit.group not in found or fit.year > found[fit.group][0].year:
                found[fit.group] = (fit, adjusted[0] if adjusted else None)
    return [found[group] for group in sorted(found, key=lambda group: (group != ALL, group))]


def _block(
    folder: Path, table: pl.DataFrame, pair: tuple[Fit, Fit | None], columns: Columns
) -> Block:
    plain, adjusted = pair
    drawn = charts(plain, adjusted, columns.per)
    slug = "" if plain.group == ALL else "_" + re.sub(r"[^a-z0-9]+", "_", plain.group.casefold())
    of = {"group": plain.group, "adjustment": plain.adjustment}
    rows = table.filter(**of, **({"year": plain.year} if columns.year else {}))
    heading = ", ".join(one for one in (plain.group, plain.year) if one)
    figures = _draw(folder, drawn, slug, plain, columns)
    return Block(heading[:1].upper() + heading[1:], figures, rows)


def _draw(folder: Path, drawn: Charts, slug: str, fit: Fit, columns: Columns) -> list[Shown]:
    of_group = "" if fit.group == ALL else f"{fit.group}. "
    by = f"by {columns.la_kind} local authority" if columns.la_kind else "by local authority"
    persons = columns.population or "persons"
    rate = f"Rate per {columns.per:,} {persons}"
    around = {
        "title": ", ".join(one for one in (_title(columns), fit.year) if one),
        "source": " ".join(one for one in (columns.source, _DRAWN_BY) if one),
    }
    shown = []

    def put(
        name: str, data: pl.DataFrame, caption: str, draw: Callable[..., None], **more: str
    ) -> None:
        data.write_csv(folder / f"{name}{slug}.csv")
        png = folder / f"{name}{slug}.png"
        draw(data, png, subtitle=of_group + caption, **around, **more)
        shown.append(Shown(png, of_group + caption, f"{name}{slug}.csv"))

    outside = "Named: outside the 99.8 % limits with the usual spread."
    caption = f"Observed over expected events {by}. {outside}"
    put("funnel", drawn.funnel, caption, draw_funnel, unit="Expected events (log scale)")
    caption = f"Shrunken rate and 95 % interval {by}; tick: rate before shrinkage."
    put("caterpillar", drawn.caterpillar, caption, draw_caterpillar, unit=rate)
    if drawn.gradient is not None:
        label = columns.deprivation_label
        caption = f"Rate and {label} {by}. Area: {persons}. Line: logit, with 95 % band."
        axis = label[:1].upper() + label[1:]
        put("gradient", drawn.gradient, caption, draw_gradient, unit=rate, characteristic=axis)
    return shown


def _title(columns: Columns) -> str:
    named = columns.outcome or columns.numerator or columns.rate or "Events"
    return columns.title or named


def _lead(counts: Counts) -> str:
    columns = counts.columns
    what = columns.population or columns.denominator
    number = counts.rows["la_code"].n_unique()
    return (
        f"{number} local authorities compared with what is expected of them. Persons: {what}. "
        f"{columns.source or ''}"
    ).strip()
