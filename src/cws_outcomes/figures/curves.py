"""Cumulative incidence with bands, names at the ends, and numbers at risk below."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from matplotlib.axes import Axes

from cws_outcomes.figures.style import GREY, INK, SERIES, dress, new_figure, save

_TICK = 12  # months
_ROW = 0.19  # inches of a line of numbers at risk


def draw_curves(
    rows: pl.DataFrame, path: Path, *, title: str, subtitle: str = "", source: str = ""
) -> None:
    """
    Draw cumulative incidence curves.

    Parameters
    ----------
    rows : polars.DataFrame
        group, label, month, at_risk, events, estimate, lower, upper (percent), status; in order.
    path : Path
        PNG to write.
    title, subtitle, source : str
        Text around the figure. Groups with too few are named after the source.
    """
    shown = rows.filter(status="shown")
    groups = shown["label"].unique(maintain_order=True).to_list()
    figure, axes = new_figure(height=5.4 + _ROW * len(groups))
    series = {group: shown.filter(label=group).sort("month") for group in groups}
    for group, colour in zip(groups, SERIES, strict=False):
        _draw_curve(axes, series[group], colour)
    last = max([_TICK, *shown["month"].to_list()])
    axes.set_xlim(0, last)
    axes.set_ylim(bottom=0)
    axes.set_xticks(range(0, last + 1, _TICK))
    axes.set_xlabel("Months since the window opened")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g} %")
    axes.grid(visible=True, axis="y")
    _name_ends(axes, list(series.items()))
    _numbers_at_risk(axes, list(series.items()))
    dress(figure, title=title, subtitle=subtitle, source=f"{source} {_left_out(rows)}".strip())
    save(figure, path)


def _draw_curve(axes: Axes, curve: pl.DataFrame, colour: str) -> None:
    """Straight lines between the ends of steps (dots): inside a step the curve is not known."""
    months = curve["month"].to_list()
    lower, upper = curve["lower"].to_list(), curve["upper"].to_list()
    axes.fill_between(months, lower, upper, color=colour, alpha=0.14, linewidth=0)
    axes.plot(months, curve["estimate"].to_list(), color=colour, linewidth=1.6)
    ends = curve.filter(pl.col("events").is_not_null())
    axes.plot(
        ends["month"].to_list(), ends["estimate"].to_list(), "o", color=colour, markersize=2.6
    )


def _name_ends(axes: Axes, series: Sequence[tuple[str, pl.DataFrame]]) -> None:
    """Names at the right ends, pushed apart until lines of text do not touch."""
    top = axes.get_ylim()[1]
    gap = top * 0.052
    ends = sorted(
        (curve["estimate"].to_list()[-1], curve["month"].to_list()[-1], name, colour)
        for (name, curve), colour in zip(series, SERIES, strict=False)
    )
    place = -gap
    for estimate, _, name, colour in ends:
        place = max(estimate, place + gap)
        axes.annotate(
            f"{name}  {estimate:.1f} %", (1, place), xycoords=("axes fraction", "data"),
            xytext=(6, 0), textcoords="offset points", color=colour, fontsize=9,
            fontweight="bold", va="center", annotation_clip=False,
        )  # fmt: skip


def _numbers_at_risk(axes: Axes, series: Sequence[tuple[str, pl.DataFrame]]) -> None:
    """A line of numbers for each group below the axis, at full years; few are left out."""
    _below(axes, "At risk, rounded", 0, -46, GREY)
    for line, ((name, curve), colour) in enumerate(zip(series, SERIES, strict=False), start=1):
        height = -46 - 14 * line
        _below(axes, name, 0, height, colour)
        at_years = curve.filter(pl.col("month") % _TICK == 0, pl.col("at_risk").is_not_null())
        for month, at_risk in at_years.select("month", "at_risk").iter_rows():
            axes.annotate(
                f"{at_risk:,}", (month, 0), xycoords=("data", "axes fraction"),
                xytext=(0, height), textcoords="offset points", fontsize=8, color=INK,
                ha="center", va="center",
            )  # fmt: skip


def _below(axes: Axes, text: str, x: float, height: float, colour: str) -> None:
    axes.annotate(
        text, (x, 0), xycoords="axes fraction", xytext=(-24, height), textcoords="offset points",
        fontsize=8, color=colour, ha="right", va="center",
    )  # fmt: skip


def _left_out(rows: pl.DataFrame) -> str:
    hidden = rows.filter(status="suppressed")["label"].unique(maintain_order=True).to_list()
    return f"Not shown, too few: {', '.join(hidden)}." if hidden else ""
