"""The cohort flow as boxes: who is left on the left, who is excluded on the right."""

import itertools
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.axes import Axes

from cws_outcomes.figures.style import BLUE, GREY, INK, dress, new_figure, save

_BOX, _SPACE, _LINE = 0.52, 0.46, 0.135  # inches
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
    texts = [_excluded_text(row) for row in rows.iter_rows(named=True)]
    spaces = [max(_SPACE, _height(text) - _BOX + 0.12) for text in texts[1:]]
    tops = list(itertools.accumulate((_BOX + space for space in spaces), initial=0.0))
    figure, axes = new_figure(height=tops[-1] + _BOX + 1.76)
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(tops[-1] + _BOX + 0.05, -0.05)
    last = rows.height - 1
    for number, row in enumerate(rows.iter_rows(named=True)):
        top = tops[number]
        _draw_left(axes, row, top, is_start=number == 0, is_end=number == last)
        if number:
            _draw_way(axes, texts[number], top, spaces[number - 1])
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


def _draw_way(axes: Axes, excluded: str, top: float, space: float) -> None:
    """The arrow that leads to a box from above; beside it who went and what they did not meet."""
    centre, middle = _LEFT + _WIDE / 2, top - space / 2
    _arrow(axes, (centre, top - space), (centre, top))
    _box(axes, _RIGHT, middle - _height(excluded) / 2, "#bbbbbb", _height(excluded))
    axes.text(_RIGHT + 0.012, middle, excluded, ha="left", va="center", fontsize=8, color=INK)
    _arrow(axes, (centre, middle), (_RIGHT, middle))


def _excluded_text(row: Mapping[str, Any]) -> str:
    text = f"{_number(row['persons_excluded'])} do not meet: {row['criterion']}"
    return textwrap.fill(text, 52)


def _height(text: str) -> float:
    """Inches of the box around a text: criteria that were joined take several lines."""
    return max(_BOX, _LINE * (text.count("\n") + 1) + 0.12)


def _box(axes: Axes, left: float, top: float, colour: str, height: float = _BOX) -> None:
    right, bottom = left + _WIDE, top + height
    x, y = [left, right, right, left, left], [top, top, bottom, bottom, top]
    axes.fill(x, y, color="white", zorder=2)
    axes.plot(x, y, color=colour, linewidth=1.2, zorder=3, solid_joinstyle="round")


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "", end, xytext=start,
        arrowprops={"arrowstyle": "-|>", "color": GREY, "linewidth": 1, "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip


def _number(count: int | None) -> str:
    return "[c]" if count is None else f"{count:,}"
