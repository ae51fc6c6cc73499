"""Names beside points, moved until they do not cover each other."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from cws_outcomes.figures.style import INK

# Places tried around a point, in points, nearest first: right before left, up before down.
_PLACES = sorted(
    ((dx, dy) for dy in (0, 9, -9, 18, -18, 27, -27, 36, -36) for dx in (7, -7, 22, -22)),
    key=lambda place: place[0] ** 2 + place[1] ** 2,
)


def name_points(
    axes: Axes,
    points: Sequence[tuple[float, float, str]],
    others: Sequence[tuple[float, float]] = (),
    fontsize: float = 7.5,
) -> None:
    """
    Write a name beside each point.

    Parameters
    ----------
    axes : Axes
        Already with its final limits and scales.
    points : sequence of (x, y, name)
        In order of importance: the first are placed first. A name for which no place is free is
        left out, so that the others stay readable.
    others : sequence of (x, y)
        Points that have no name and should not be covered.
    fontsize : float
        Points.
    """
    canvas = axes.figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    frame = axes.get_window_extent(renderer)
    taken = [_box_of_point(axes, x, y) for x, y in [*others, *((x, y) for x, y, _ in points)]]
    for x, y, name in points:
        for dx, dy in _PLACES:
            label = _label(axes, x, y, name, dx, dy, fontsize)
            # Of the words alone: an annotation's own extent reaches along its leader.
            label.update_positions(renderer)
            box = Text.get_window_extent(label, renderer).padded(1)
            inside = frame.containsx(box.x0) and frame.containsx(box.x1)
            inside = inside and frame.containsy(box.y0) and frame.containsy(box.y1)
            if inside and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            label.remove()


def _label(
    axes: Axes, x: float, y: float, name: str, dx: float, dy: float, fontsize: float
) -> Annotation:
    far = abs(dx) > 8 or abs(dy) > 8
    return axes.annotate(
        name,
        (x, y),
        xytext=(dx, dy),
        textcoords="offset points",
        fontsize=fontsize,
        color=INK,
        ha="left" if dx > 0 else "right",
        va="center",
        arrowprops={"arrowstyle": "-", "color": "#999999", "linewidth": 0.6, "shrinkB": 3}
        if far
        else None,
    )


def _box_of_point(axes: Axes, x: float, y: float) -> Bbox:
    px, py = axes.transData.transform((x, y))
    return Bbox.from_extents(px - 5, py - 5, px + 5, py + 5)
