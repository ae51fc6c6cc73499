"""Rates by level of exposure, a panel for each outcome: age at first contact, duration, degree."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.axes import Axes

from cws_outcomes.figures.style import BLUE, GREY, dress, new_panels, save

_ROW = 0.2  # inches
_TITLE = 72  # letters of all panel titles together


def draw_levels(
    rows: pl.DataFrame, path: Path, *, title: str, subtitle: str = "", source: str = ""
) -> None:
    """
    Draw rates with their limits by level.

    Parameters
    ----------
    rows : polars.DataFrame
        outcome, exposure, level, rate, lower, upper (per 100), status; in order.
    path : Path
        PNG to write.
    title, subtitle, source : str
        Text around the figure.
    """
    outcomes = rows["outcome"].unique(maintain_order=True).to_list()
    places = _places(rows)
    tallest = max(places.values(), default=0)
    figure, panels = new_panels(tallest + 2.0, len(outcomes) or 1)
    for axes, outcome in zip(panels, outcomes, strict=False):
        _draw_panel(axes, rows.filter(outcome=outcome), places)
        axes.set_title(textwrap.fill(outcome, _TITLE // len(outcomes)), fontsize=9, loc="left")
        axes.set_xlabel("per 100 children")
    _name_rows(panels[0], places)
    for axes in panels:
        axes.set_ylim(tallest + _ROW * 0.8, -_ROW * 0.8)
    dress(figure, title=title, subtitle=subtitle, source=source)
    save(figure, path)


def _places(rows: pl.DataFrame) -> dict[tuple[str, str | None], float]:
    """Distance from the top of each heading (an exposure) and level."""
    places: dict[tuple[str, str | None], float] = {}
    y = 0.0
    for exposure in rows["exposure"].unique(maintain_order=True):
        places[exposure, None] = y
        of_exposure = rows.filter(exposure=exposure)
        for level in of_exposure["level"].unique(maintain_order=True):
            y += _ROW
            places[exposure, level] = y
        y += _ROW * 1.5
    return places


def _draw_panel(
    axes: Axes, rows: pl.DataFrame, places: Mapping[tuple[str, str | None], float]
) -> None:
    for exposure in rows["exposure"].unique(maintain_order=True):
        for row in rows.filter(exposure=exposure).iter_rows(named=True):
            _draw_level(axes, row, places[exposure, row["level"]])
    axes.set_xlim(left=0)
    axes.grid(visible=True, axis="x")
    axes.tick_params(axis="y", length=0)


def _draw_level(axes: Axes, row: Mapping[str, Any], y: float) -> None:
    if row["status"] == "shown":
        axes.plot([row["lower"], row["upper"]], [y, y], color=BLUE, linewidth=1.5, alpha=0.7)
        axes.plot(row["rate"], y, marker="o", color=BLUE, markersize=4)
    else:
        axes.annotate(
            "[c]", (0, y), xytext=(4, 0), textcoords="offset points", fontsize=7.5, color=GREY,
            va="center",
        )  # fmt: skip


def _name_rows(axes: Axes, places: Mapping[tuple[str, str | None], float]) -> None:
    axes.set_yticks(list(places.values()), [level or exposure for exposure, level in places])
    for label, (_, level) in zip(axes.get_yticklabels(), places, strict=True):
        label.set_fontsize(8)
        if level is None:
            label.set_fontweight("bold")
