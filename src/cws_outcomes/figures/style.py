"""One look for all figures: sizes, fonts, colours, and PNG files whose bytes depend on data alone.

Figures draw from small tables that are given to them. They compute nothing.
"""

import functools
import textwrap
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe and Ito's palette: told apart with every kind of colour vision, and in grey.
INK = "#222222"
GREY = "#6f6f6f"
BLUE = "#0072b2"
VERMILLION = "#d55e00"
SKY = "#9ecae9"
ORANGE = "#e69f00"
GREEN = "#009e73"
PURPLE = "#aa4499"
BLACK = "#000000"
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, BLACK)

SYNTHETIC = "SYNTHETIC DATA - NOT REAL."

DPI = 130
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


def new_panels(height: float, columns: int, width: float = WIDTH) -> tuple[Figure, list[Axes]]:
    """
    An empty figure with pairs of axes side by side that share their vertical axis.

    Parameters
    ----------
    height, width : float
        Inches.
    columns : int
        How many.

    Returns
    -------
    figure, list of axes
    """
    with matplotlib.rc_context(_SETTINGS):
        figure = Figure(figsize=(width, height), dpi=DPI)
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, columns, sharey=True, squeeze=False)
    return figure, list(axes[0])


def dress(figure: Figure, *, title: str, subtitle: str, source: str) -> None:
    """
    Write title, subtitle and source, and fit the axes between them.

    Parameters
    ----------
    figure : Figure
        From `new_figure`.
    title, subtitle, source : str
        Wrapped to the width of the figure; subtitle and source may be empty. A source that opens
        with `SYNTHETIC` has these words on a line of their own, in colour.
    """
    width, height = figure.get_size_inches()
    mark = SYNTHETIC if source.startswith(SYNTHETIC) else ""
    source = source.removeprefix(SYNTHETIC).strip()
    fill = functools.partial(textwrap.fill, break_on_hyphens=False)
    texts = {
        "title": fill(title, int(8.5 * width)),
        "subtitle": fill(subtitle, int(12.9 * width)),
        "source": fill(source, int(15.8 * width)),
    }
    lines = {name: text.count("\n") + bool(text) for name, text in texts.items()}
    below_title = 0.14 + 0.26 * lines["title"]
    top = below_title + 0.19 * lines["subtitle"] + 0.1
    above_source = 0.15 * lines["source"] + 0.1
    bottom = above_source + (0.17 if mark else 0)
    figure.tight_layout(rect=(0, bottom / height, 1, 1 - top / height))
    left = 0.12 / width
    write = functools.partial(figure.text, left)
    write(1 - 0.12 / height, texts["title"], size=13, weight="bold", va="top", color=INK)
    write(1 - below_title / height, texts["subtitle"], size=9.5, va="top", color=GREY)
    write(0.08 / height, texts["source"], size=7.5, va="bottom", color=GREY)
    write(above_source / height, mark, size=8, weight="bold", va="bottom", color=VERMILLION)


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
