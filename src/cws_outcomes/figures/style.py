"""One look for all figures: sizes, fonts, colours, and PNG files whose bytes depend on data alone.

Figures draw from small tables that are given to them. They compute nothing.
"""

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe and Ito's palette: told apart with every kind of colour vision, and in grey.
INK = "#222222"
GREY = "#6f6f6f"
PALE = "#d9d9d9"
BLUE = "#0072b2"
VERMILLION = "#d55e00"
SKY = "#9ecae9"
ORANGE = "#e69f00"
GREEN = "#009e73"
PURPLE = "#aa4499"
BLACK = "#000000"
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, BLACK)

DPI = 150
WIDTH = 8.0
_SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": "#ececec",
    "grid.linewidth": 0.8,
}


def new_figure(height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    """
    An empty figure with one pair of axes in the house style.

    Parameters
    ----------
    height, width : float
        Inches.

    Returns
    -------
    figure, axes
        Room for title and source is made by `dress`.
    """
    with matplotlib.rc_context(_SETTINGS):
        figure = Figure(figsize=(width, height), dpi=DPI)
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
    return figure, axes


def dress(figure: Figure, *, title: str, subtitle: str, source: str) -> None:
    """
    Write title, subtitle and source, and fit the axes between them.

    Parameters
    ----------
    figure : Figure
        From `new_figure`.
    title, subtitle, source : str
        One line each, or several with line breaks; subtitle and source may be empty.
    """
    height = figure.get_figheight()
    lines = subtitle.count("\n") + 1 if subtitle else 0
    top = 0.5 + 0.19 * lines
    bottom = 0.16 * (source.count("\n") + 1) + 0.1 if source else 0.05
    figure.tight_layout(rect=(0, bottom / height, 1, 1 - top / height))
    left, y = 0.015, 1 - 0.12 / height
    figure.text(left, y, title, fontsize=13, fontweight="bold", va="top", color=INK)
    figure.text(left, y - 0.29 / height, subtitle, fontsize=9.5, color=GREY, va="top")
    figure.text(left, 0.08 / height, source, fontsize=7.5, color=GREY, va="bottom")


def save(figure: Figure, path: Path) -> None:
    """
    Write a PNG whose bytes hold no date and no version of the software.

    Parameters
    ----------
    figure : Figure
        From `new_figure`.
    path : Path
        Its folder is made when it is not there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    small = {"optimize": True, "compress_level": 9}
    plain = {"Software": None}
    figure.savefig(path, dpi=DPI, facecolor="white", metadata=plain, pil_kwargs=small)
