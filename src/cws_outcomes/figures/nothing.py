"""What is drawn when disclosure control left nothing to show."""

from pathlib import Path

from cws_outcomes.figures.style import GREY, dress, new_figure, save


def draw_nothing(path: Path, *, title: str, subtitle: str = "", source: str = "") -> None:
    """
    Draw an empty figure that says why it is empty.

    Parameters
    ----------
    path : Path
        PNG to write.
    title, subtitle, source : str
        Text around the figure.
    """
    figure, axes = new_figure(height=2.4)
    axes.set_axis_off()
    text = "Nothing can be shown: too few children or events."
    axes.text(0.5, 0.5, text, ha="center", va="center", color=GREY, fontsize=11)
    dress(figure, title=title, subtitle=subtitle, source=source)
    save(figure, path)
