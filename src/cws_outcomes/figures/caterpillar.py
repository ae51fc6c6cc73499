"""Authorities sorted by their estimate, each with its interval, against one reference."""

from pathlib import Path

import polars as pl
from matplotlib.axes import Axes

from cws_outcomes.figures.style import BLUE, GREY, INK, VERMILLION, dress, new_figure, save

_ALL_NAMED = 45  # up to here every row has room for its name
_ENDS_NAMED = 20  # beyond, the names of so many rows at each end
_ROW, _THIN_ROW = 0.145, 0.034  # inches
_AROUND = 2.35  # inches for title, subtitle, reference, axis and source


def draw_caterpillar(
    data: pl.DataFrame,
    path: Path,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    unit: str = "",
) -> None:
    """
    Draw a caterpillar plot.

    With many authorities the twenty at each end are named and the rows between are thin.

    Parameters
    ----------
    data : polars.DataFrame
        One row an authority: ``label``, ``estimate``, ``lower``, ``upper``, ``reference`` (the
        same in every row) and optionally ``raw`` (the estimate before shrinkage, drawn as a tick).
        Rows without an estimate are left out.
    path : Path
        PNG to write.
    title, subtitle, source : str
        Text around the figure.
    unit : str
        What the axis shows, with its unit.
    """
    shown = data.filter(pl.col("estimate").is_not_null()).sort(
        "estimate", "label", descending=[True, False]
    )
    places, named = _places(shown.height)
    figure, axes = new_figure(height=max(places, default=0) + _AROUND)
    reference = shown["reference"][0] if shown.height else None
    for y, row in zip(places, shown.iter_rows(named=True), strict=True):
        colour = _colour(row)
        axes.plot([row["lower"], row["upper"]], [y, y], color=colour, linewidth=1.3, alpha=0.75)
        if row.get("raw") is not None:
            axes.plot(row["raw"], y, marker="|", color=INK, markersize=4, markeredgewidth=0.7)
        axes.plot(row["estimate"], y, marker="o", color=colour, markersize=3.2)
    if reference is not None:
        axes.axvline(reference, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        axes.annotate(
            f"reference {reference:.3g}",
            (reference, 1),
            xycoords=("data", "axes fraction"),
            xytext=(4, 3),
            textcoords="offset points",
            fontsize=8,
            color=INK,
        )
    labels = shown["label"].to_list()
    axes.set_yticks([places[k] for k in named], [labels[k] for k in named], fontsize=7.5)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(max(places, default=0) + 0.15, -0.15)
    axes.set_xlabel(unit)
    axes.grid(visible=True, axis="x")
    _name_the_middle(axes, places, named)
    dress(figure, title=title, subtitle=subtitle, source=source)
    save(figure, path)


def _places(rows: int) -> tuple[list[float], list[int]]:
    """Distance of each row from the top, in inches, and which rows have a name."""
    if rows <= _ALL_NAMED:
        return [_ROW * k for k in range(rows)], list(range(rows))
    ends = {*range(_ENDS_NAMED), *range(rows - _ENDS_NAMED, rows)}
    places, y = [], 0.0
    for k in range(rows):
        places.append(y)
        y += _ROW if k in ends and k + 1 in ends else _THIN_ROW
    return places, sorted(ends)


def _colour(row: dict[str, float]) -> str:
    """Above the reference, below it, or not to be told from it."""
    if row["lower"] > row["reference"]:
        return VERMILLION
    return BLUE if row["upper"] < row["reference"] else GREY


def _name_the_middle(axes: Axes, places: list[float], named: list[int]) -> None:
    between = len(places) - len(named)
    if between > 0:
        middle = (places[_ENDS_NAMED - 1] + places[-_ENDS_NAMED]) / 2
        axes.annotate(
            f"{between} authorities\nbetween",
            (0, middle),
            xycoords=("axes fraction", "data"),
            xytext=(-6, 0),
            textcoords="offset points",
            fontsize=8,
            color=GREY,
            ha="right",
            va="center",
        )
