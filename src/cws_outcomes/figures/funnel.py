"""Ratios of observed to expected against size, inside the limits of chance and of usual spread."""

from pathlib import Path

import polars as pl
from matplotlib.axes import Axes

from cws_outcomes.figures.labels import name_points
from cws_outcomes.figures.style import BLUE, GREY, INK, SKY, VERMILLION, dress, new_figure, save

_COLOURS = {"above": VERMILLION, "below": BLUE, "within": GREY}
_MOST_NAMED = 24


def draw_funnel(
    data: pl.DataFrame,
    path: Path,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    unit: str = "Expected events",
) -> None:
    """
    Draw a funnel plot.

    Parameters
    ----------
    data : polars.DataFrame
        ``part``: ``authority`` (a point: ``label``, ``expected``, ``ratio``, ``z`` and
        ``position`` ``above``, ``below`` or ``within``) or ``limit`` (a point of the curves:
        ``expected``, ``lower_95``, ``upper_95``, ``lower_998``, ``upper_998``, and the same four
        with ``_dispersed``). Authorities outside are named, the furthest first.
    path : Path
        PNG to write.
    title, subtitle, source : str
        Text around the figure.
    unit : str
        What the horizontal axis shows.
    """
    figure, axes = new_figure(height=6.2)
    limits = data.filter(part="limit").sort("expected")
    points = data.filter(pl.col("ratio").is_not_null(), part="authority")
    _draw_limits(axes, limits)
    for position, colour in _COLOURS.items():
        some = points.filter(position=position)
        axes.scatter(
            some["expected"].to_list(),
            some["ratio"].to_list(),
            s=16,
            color=colour,
            alpha=0.6 if position == "within" else 0.95,
            linewidth=0,
            zorder=3,
        )
    axes.axhline(1, color=INK, linewidth=0.9)
    _scale(axes, limits, points)
    axes.set_xlabel(unit)
    axes.set_ylabel("Observed / expected")
    axes.grid(visible=True, axis="y")
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=2,
        frameon=False,
        fontsize=8,
        borderaxespad=0.4,
        handlelength=2.4,
    )
    # Positions are only final once title and source have taken their room.
    dress(figure, title=title, subtitle=subtitle, source=source)
    outside = points.filter(pl.col("position") != "within")
    furthest = outside.sort(pl.col("z").abs(), "label", descending=[True, False]).head(_MOST_NAMED)
    within = points.filter(position="within").select("expected", "ratio")
    named = furthest.select("expected", "ratio", "label")
    name_points(axes, named.rows(), within.rows())
    save(figure, path)


def _draw_limits(axes: Axes, limits: pl.DataFrame) -> None:
    x = limits["expected"].to_list()
    axes.fill_between(
        x,
        limits["lower_998_dispersed"].to_list(),
        limits["upper_998_dispersed"].to_list(),
        color=SKY,
        alpha=0.28,
        linewidth=0,
        label="99.8 %, with the usual spread between authorities",
    )
    axes.fill_between(
        x,
        limits["lower_95_dispersed"].to_list(),
        limits["upper_95_dispersed"].to_list(),
        color=SKY,
        alpha=0.38,
        linewidth=0,
        label="95 %, with the usual spread",
    )
    for name, style, text in (
        ("998", "-", "99.8 %, chance alone"),
        ("95", (0, (4, 3)), "95 %, chance alone"),
    ):
        for side, label in (("lower", text), ("upper", None)):
            axes.plot(
                x,
                limits[f"{side}_{name}"].to_list(),
                color=GREY,
                linewidth=0.9,
                linestyle=style,
                label=label,
            )


def _scale(axes: Axes, limits: pl.DataFrame, points: pl.DataFrame) -> None:
    expected = limits["expected"].to_list()
    low, high = min(expected), max(expected)
    ticks = [step * 10.0**power for power in range(-3, 8) for step in (1, 2, 5)]
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_xticks([tick for tick in ticks if low <= tick <= high])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}")
    axes.minorticks_off()
    ratios = points["ratio"].to_list() or [1.0]
    axes.set_ylim(max(0.0, min(ratios) - 0.12), max(ratios) + 0.12)
