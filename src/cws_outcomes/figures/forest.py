"""Ratios of models on one logarithmic axis, by covariate and level, models side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.axes import Axes

from cws_outcomes.figures.style import GREY, INK, SERIES, dress, new_figure, save

_ROW, _OFFSET = 0.26, 0.15  # inches of a level with one model, and for each model more
_MARKERS = ("o", "s", "D", "^", "v", "P")
_TICKS = (0.05, 0.1, 0.2, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 5, 8, 12, 20, 35)


def draw_forest(
    rows: pl.DataFrame, path: Path, *, title: str, subtitle: str = "", source: str = ""
) -> None:
    """
    Draw a forest plot.

    Parameters
    ----------
    rows : polars.DataFrame
        model, covariate, level, is_reference, ratio, lower, upper, status, measure.
    path : Path
        PNG to write.
    title, subtitle, source : str
        Text around the figure.
    """
    models = rows["model"].unique(maintain_order=True).to_list()
    lines = _lines(rows)
    height = sum(line.height for line in lines)
    figure, axes = new_figure(height=height + 2.1 + 0.2 * len(models))
    top = 0.0
    places = []
    for line in lines:
        places.append(top + line.height / 2)
        for number, row in enumerate(line.rows):
            y = top + _ROW / 2 + _OFFSET * number
            _draw_row(axes, row, y, models.index(row["model"]))
        top += line.height
    axes.set_ylim(height + 0.05, -0.05)
    _dress_axes(axes, rows, places, [line.name for line in lines])
    if len(models) > 1:
        _legend(axes, models)
    dress(figure, title=title, subtitle=subtitle, source=source)
    save(figure, path)


@dataclass(frozen=True)
class _Line:
    """A heading (no rows), or a level with a row for each model that has it."""

    name: str
    rows: list[dict[str, Any]]

    @property
    def height(self) -> float:
        """Inches."""
        return _ROW + _OFFSET * max(len(self.rows) - 1, 0)


def _lines(rows: pl.DataFrame) -> list[_Line]:
    """A heading for each covariate with levels, then its levels; one line for a number."""
    lines = []
    for covariate in rows["covariate"].unique(maintain_order=True):
        of_covariate = rows.filter(covariate=covariate)
        levels = of_covariate["level"].unique(maintain_order=True).to_list()
        if any(levels):
            lines.append(_Line(covariate, []))
        lines += [
            _Line(
                f"{level}   " if level else covariate, of_covariate.filter(level=level).to_dicts()
            )
            for level in levels
        ]
    return lines


def _draw_row(axes: Axes, row: Mapping[str, Any], y: float, number: int) -> None:
    colour, marker = SERIES[number], _MARKERS[number]
    if row["status"] != "shown":
        axes.annotate("[c]", (1, y), fontsize=8, color=GREY, ha="center", va="center")
    elif row["is_reference"]:
        axes.plot(1, y, marker=marker, color="white", markeredgecolor=colour, markersize=5)
    else:
        axes.plot([row["lower"], row["upper"]], [y, y], color=colour, linewidth=1.6)
        axes.plot(row["ratio"], y, marker=marker, color=colour, markersize=5)
        axes.annotate(
            f"{row['ratio']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})", (1, y),
            xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
            fontsize=8, color=colour, va="center",
        )  # fmt: skip


def _dress_axes(
    axes: Axes, rows: pl.DataFrame, places: Sequence[float], names: Sequence[str]
) -> None:
    axes.axvline(1, color=INK, linewidth=0.9, zorder=0)
    axes.set_xscale("log")
    shown = rows.filter(status="shown").select(pl.col("lower").min(), pl.col("upper").max())
    low, high = (value or 1.0 for value in shown.row(0))
    low, high = min(low, 0.95) / 1.08, max(high, 1.05) * 1.08
    axes.set_xlim(low, high)
    inside = [tick for tick in _TICKS if low <= tick <= high]
    axes.set_xticks(inside, [f"{tick:g}" for tick in inside])
    axes.set_xticks([], minor=True)
    axes.set_yticks(places, names)
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        if not name.endswith(" "):
            label.set_fontweight("bold")
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x")
    measure = rows["measure"][0] if rows.height else "Ratio"
    axes.set_xlabel(f"{measure}, 95 % interval (hollow: reference)")


def _legend(axes: Axes, models: list[str]) -> None:
    handles = [
        axes.plot([], [], marker=_MARKERS[n], color=SERIES[n], label=model, markersize=5)[0]
        for n, model in enumerate(models)
    ]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 1.0), frameon=False, fontsize=8.5
    )
