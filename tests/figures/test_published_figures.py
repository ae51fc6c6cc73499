"""Figures draw what they are given: nothing more, nothing less, the same bytes."""

from pathlib import Path

import matplotlib.axes
import polars as pl
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from cws_outcomes.figures import style
from cws_outcomes.figures.caterpillar import draw_caterpillar
from cws_outcomes.figures.funnel import draw_funnel
from cws_outcomes.figures.gradient import draw_gradient

TEXT = {"title": "A title", "subtitle": "What it shows", "source": "Made up."}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Figures as they were saved, to look inside."""
    figures: list[Figure] = []
    original = style.save

    def keep(figure: Figure, path: Path) -> None:
        figures.append(figure)
        original(figure, path)

    for module in ("caterpillar", "funnel", "gradient"):
        monkeypatch.setattr(f"cws_outcomes.figures.{module}.save", keep)
    return figures


def axes_of(figures: list[Figure]) -> matplotlib.axes.Axes:
    return figures[-1].axes[0]


def caterpillar_data(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "label": [f"Area {k}" for k in range(rows)],
            "estimate": [None if k == 0 else float(k) for k in range(rows)],
            "lower": [k - 3.0 for k in range(rows)],
            "upper": [k + 3.0 for k in range(rows)],
            "raw": [k + 0.5 for k in range(rows)],
            "reference": [20.0] * rows,
        }
    )


@pytest.mark.parametrize(("rows", "named"), [(2, 1), (30, 29), (151, 40)])
def test_caterpillar_sorts_and_names(
    rows: int, named: int, tmp_path: Path, drawn: list[Figure]
) -> None:
    draw_caterpillar(caterpillar_data(rows), tmp_path / "a.png", unit="per 100", **TEXT)
    labels = [label.get_text() for label in axes_of(drawn).get_yticklabels()]
    assert len(labels) == named
    assert labels[0] == f"Area {rows - 1}"
    assert labels[-1] == "Area 1"  # Area 0 has no estimate
    height, width, _ = imread(tmp_path / "a.png").shape
    assert width == int(style.WIDTH * style.DPI)
    assert height < 13 * style.DPI


def test_caterpillar_colours_tell_the_side_of_the_reference(
    tmp_path: Path, drawn: list[Figure]
) -> None:
    draw_caterpillar(caterpillar_data(30), tmp_path / "a.png", **TEXT)
    intervals = [line for line in axes_of(drawn).lines if len(line.get_xdata()) == 2]
    colours = {}
    for line in intervals[:-1]:  # the last is the reference
        colours.setdefault(line.get_color(), []).append(sum(line.get_xdata()) / 2)
    assert min(colours[style.VERMILLION]) == 24  # 24 - 3 > 20
    assert max(colours[style.BLUE]) == 16
    assert sorted(colours[style.GREY]) == list(range(17, 24))


def funnel_data() -> pl.DataFrame:
    points = {
        "part": ["authority"] * 4,
        "label": ["High", "Low", "Usual", "Hidden"],
        "expected": [50.0, 400.0, 90.0, 30.0],
        "ratio": [2.1, 0.5, 1.0, None],
        "z": [4.0, -5.0, 0.1, None],
        "position": ["above", "below", "within", "within"],
    }
    limits = {"part": ["limit"] * 3, "expected": [20.0, 100.0, 500.0]}
    for k, name in enumerate(["95", "998", "95_dispersed", "998_dispersed"], start=1):
        limits[f"lower_{name}"] = [1 - 0.1 * k] * 3
        limits[f"upper_{name}"] = [1 + 0.1 * k] * 3
    return pl.concat([pl.DataFrame(points), pl.DataFrame(limits)], how="diagonal")


def test_funnel_names_who_is_outside(tmp_path: Path, drawn: list[Figure]) -> None:
    draw_funnel(funnel_data(), tmp_path / "a.png", **TEXT)
    texts = [text.get_text() for text in axes_of(drawn).texts]
    assert texts == ["Low", "High"]  # the furthest first
    points = [len(one.get_offsets()) for one in axes_of(drawn).collections[-3:]]
    assert sorted(points) == [1, 1, 1]


def test_gradient_draws_points_and_line(tmp_path: Path, drawn: list[Figure]) -> None:
    data = pl.DataFrame(
        {
            "part": ["authority", "authority", "fit", "fit"],
            "label": ["A", "B", None, None],
            "deprivation": [0.1, 0.3, 0.1, 0.3],
            "rate": [5.0, 9.0, 4.0, 8.0],
            "persons": [100.0, 900.0, None, None],
            "z": [3.0, 1.0, None, None],
            "lower": [None, None, 3.0, 7.0],
            "upper": [None, None, 5.0, 9.0],
        }
    )
    draw_gradient(data, tmp_path / "a.png", unit="per 100", **TEXT)
    (line,) = axes_of(drawn).lines
    assert list(line.get_ydata()) == [4.0, 8.0]
    assert {text.get_text() for text in axes_of(drawn).texts} == {"A", "B"}


def test_png_holds_no_software_and_repeats_its_bytes(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        draw_funnel(funnel_data(), tmp_path / name, **TEXT)
    data = (tmp_path / "a.png").read_bytes()
    assert data == (tmp_path / "b.png").read_bytes()
    assert b"matplotlib" not in data.lower()


def test_long_text_is_wrapped_inside_the_figure(tmp_path: Path, drawn: list[Figure]) -> None:
    long = "many words about the counts and where they are from " * 6
    draw_funnel(funnel_data(), tmp_path / "a.png", title=long, subtitle=long, source=long)
    figure = drawn[-1]
    for text in figure.texts:
        box = text.get_window_extent(figure.canvas.get_renderer())
        assert box.x1 <= figure.bbox.x1
