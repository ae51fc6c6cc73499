"""The cohort flow as boxes: who is left on the left, who is excluded on the right."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.axes import Axes

from cws_outcomes.figures.style import BLUE, GREY, INK, dress, new_figure, save

_BOX, _SPACE = 0.52, 0.46  # inches
_LEFT, _RIGHT = 0.02, 0.56  # where the two columns begin, as fractions of the width
_WIDE = 0.42


def draw_flow(
    rows: pl.DataFrame, path: Path, *, title: str, subtitle: str = "", source: str = ""
) -> None:
    """
    Draw the flow of a cohort.

    Parameters
    ----------
    rows : polars.DataFrame
        criterion, persons_in, persons_excluded, persons_out; in order. The first row is the start.
    path : Path
        PNG to write.
    title, subtitle, source : str
        Text around the figure.
    """
    step = _BOX + _SPACE
    figure, axes = new_figure(height=step * rows.height + 1.3)
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(step * rows.height - _SPACE + 0.05, -0.05)
    last = rows.height - 1
    for number, row in enumerate(rows.iter_rows(named=True)):
        top = step * number
        _draw_left(axes, row, top, is_start=number == 0, is_end=number == last)
        if number:
            _draw_excluded(axes, row, top)
    dress(figure, title=title, subtitle=subtitle, source=source)
    save(figure, path)


def _draw_left(
    axes: Axes, row: Mapping[str, Any], top: float, *, is_start: bool, is_end: bool
) -> None:
    colour = BLUE if is_end else GREY
    what = row["criterion"] if is_start else "analysed" if is_end else "left"
    _box(axes, _LEFT, top, colour)
    axes.text(
        _LEFT + _WIDE / 2, top + _BOX / 2, f"{_number(row['persons_out'])}  {what}",
        ha="center", va="center", fontsize=10, fontweight="bold" if is_end else "normal", color=INK,
    )  # fmt: skip
    if not is_end:
        _arrow(axes, (_LEFT + _WIDE / 2, top + _BOX), (_LEFT + _WIDE / 2, top + _BOX + _SPACE))


def _draw_excluded(axes: Axes, row: Mapping[str, Any], top: float) -> None:
    """Beside the arrow that leads to this row: who went, and the criterion they did not meet."""
    middle = top - _SPACE / 2
    start = top - _SPACE / 2 - _BOX / 2
    _box(axes, _RIGHT, start, "#bbbbbb")
    text = f"{_number(row['persons_excluded'])} do not meet: {row['criterion']}"
    axes.text(
        _RIGHT + 0.012, middle, textwrap.fill(text, 52), ha="left", va="center", fontsize=8,
        color=INK,
    )  # fmt: skip
    _arrow(axes, (_LEFT + _WIDE / 2, middle), (_RIGHT, middle))


def _box(axes: Axes, left: float, top: float, colour: str) -> None:
    x, y = [left, left + _WIDE, left + _WIDE, left, left], [top, top, top + _BOX, top + _BOX, top]
    axes.fill(x, y, color="white", zorder=2)
    axes.plot(x, y, color=colour, linewidth=1.2, zorder=3, solid_joinstyle="round")


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "", end, xytext=start,
        arrowprops={"arrowstyle": "-|>", "color": GREY, "linewidth": 1, "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip


def _number(count: int | None) -> str:
    return "[c]" if count is None else f"{count:,}"
