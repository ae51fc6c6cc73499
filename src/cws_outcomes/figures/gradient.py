"""Rates of authorities against one of their characteristics, with the modelled line."""

from pathlib import Path

import polars as pl

from cws_outcomes.figures.labels import name_points
from cws_outcomes.figures.style import BLUE, INK, SKY, VERMILLION, dress, new_figure, save

_MOST_NAMED = 10


def draw_gradient(
    data: pl.DataFrame,
    path: Path,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    unit: str = "",
    characteristic: str = "Deprivation",
) -> None:
    """
    Draw rates against deprivation or another characteristic.

    Parameters
    ----------
    data : polars.DataFrame
        ``part``: ``authority`` (a point: ``label``, ``deprivation``, ``rate``, ``persons`` for its
        area, ``z`` for its distance from the line) or ``fit`` (a point of the line:
        ``deprivation``, ``rate``, ``lower``, ``upper``). The authorities furthest from the line
        are named.
    path : Path
        PNG to write.
    title, subtitle, source : str
        Text around the figure.
    unit : str
        What the vertical axis shows, with its unit.
    characteristic : str
        What the horizontal axis shows.
    """
    figure, axes = new_figure(height=5.6)
    points = data.filter(part="authority").drop_nulls(["deprivation", "rate"])
    line = data.filter(part="fit").sort("deprivation")
    largest = max(points["persons"].to_list(), default=1)
    axes.fill_between(
        line["deprivation"].to_list(),
        line["lower"].to_list(),
        line["upper"].to_list(),
        color=SKY,
        alpha=0.45,
        linewidth=0,
    )
    axes.plot(line["deprivation"].to_list(), line["rate"].to_list(), color=VERMILLION, linewidth=2)
    axes.scatter(
        points["deprivation"].to_list(),
        points["rate"].to_list(),
        s=[6 + 130 * persons / largest for persons in points["persons"]],
        color=BLUE,
        alpha=0.55,
        edgecolor="white",
        linewidth=0.5,
        zorder=3,
    )
    axes.set_ylim(bottom=0)
    axes.set_xlabel(characteristic)
    axes.set_ylabel(unit)
    axes.tick_params(colors=INK)
    axes.grid(visible=True)
    dress(figure, title=title, subtitle=subtitle, source=source)
    furthest = points.sort(pl.col("z").abs(), "label", descending=[True, False]).head(_MOST_NAMED)
    named = furthest.select("deprivation", "rate", "label")
    name_points(axes, named.rows(), points.select("deprivation", "rate").rows())
    save(figure, path)
