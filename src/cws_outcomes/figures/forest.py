"""Ratios of models on one logarithmic axis, by covariate and level, models side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.axes import Axes

from cws_outcomes.figures.style import GREY, INK, SERIES, dress, new_figure, save

_ROW, _OFFSET = 0.27, 0.085  # inches between levels, and between the models of a level
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
    spread = _OFFSET * max(len(models) - 1, 0)
    step = _ROW + spread
    places = {key: step * number for number, key in enumerate(lines)}
    figure, axes = new_figure(height=step * len(lines) + 2.2)
    for number, model in enumerate(models):
        offset = spread / 2 if len(models) == 1 else _OFFSET * number
        for row in rows.filter(model=model).iter_rows(named=True):
            y = places[row["covariate"], row["level"]] + offset - spread / 2
            _draw_row(axes, row, y, number)
    _dress_axes(axes, rows, places, step)
    if len(models) > 1:
        _legend(axes, models)
    dress(figure, title=title, subtitle=subtitle, source=source)
    save(figure, path)


def _lines(rows: pl.DataFrame) -> list[tuple[str, str | None]]:
    """A heading for each covariate with levels, then its levels; one line for a number."""
    lines: list[tuple[str, str | None]] = []
    for covariate in rows["covariate"].unique(maintain_order=True):
        levels = rows.filter(covariate=covariate)["level"].unique(maintain_order=True).to_list()
        if any(levels):
            lines.append((covariate, None))
        lines += [(covariate, level) for level in levels]
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
    axes: Axes, rows: pl.DataFrame, places: Mapping[tuple[str, str | None], float], step: float
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
    names = [covariate if level in (None, "") else f"{level}   " for covariate, level in places]
    axes.set_yticks(list(places.values()), names)
    for label, (_, level) in zip(axes.get_yticklabels(), places, strict=True):
        if level in (None, ""):
            label.set_fontweight("bold")
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(max(places.values(), default=0) + step * 0.7, -step * 0.7)
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
