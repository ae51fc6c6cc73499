"""Text of any length has room: nothing is written over its neighbour or its frame."""

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from matplotlib.figure import Figure

from cws_outcomes.figures import caterpillar, flow


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that would have been saved."""
    figures: list[Figure] = []
    for module in (caterpillar, flow):
        monkeypatch.setattr(module, "save", lambda figure, _: figures.append(figure))
    return figures


@pytest.mark.parametrize("authorities", [1, 2, 5, 24, 45, 150])
def test_names_of_authorities_do_not_overlap(drawn: list[Figure], authorities: int) -> None:
    data = pl.DataFrame(
        [
            {"label": f"Authority {k}", "estimate": k, "lower": k - 1, "upper": k + 1}
            for k in range(authorities)
        ]
    ).with_columns(reference=1.0)
    two_lines = "Of what and of whom, given what " * 4

    caterpillar.draw_caterpillar(
        data, Path("x.png"), title="A title", subtitle=two_lines, source=two_lines, unit="per 100"
    )

    labels = [label.get_window_extent() for label in drawn[0].axes[0].get_yticklabels()]
    # An eighth of a line is the room that fonts leave above and below their letters.
    assert all(a.y0 > b.y1 - a.height / 8 for a, b in pairwise(labels))


def test_criteria_that_were_joined_stay_inside_their_box(drawn: list[Figure]) -> None:
    joined = "; ".join(f"Criterion {k} of the cohort, said in several words" for k in range(6))
    rows = pl.DataFrame(
        {
            "criterion": ["Persons in the delivery", joined, "Short", joined],
            "persons_in": [900, 900, 800, 790],
            "persons_excluded": [None, 100, 10, 90],
            "persons_out": [900, 800, 790, 700],
        }
    )

    flow.draw_flow(rows, Path("x.png"), title="Flow", subtitle="Of whom", source="Rounded")

    axes = drawn[0].axes[0]
    frames = [line.get_window_extent() for line in axes.lines]
    texts = [text.get_window_extent() for text in axes.texts if text.get_text()]
    inside = [
        sum(f.y0 < t.y0 and t.y1 < f.y1 and f.x0 < t.x0 and t.x1 < f.x1 for f in frames)
        for t in texts
    ]
    assert inside == [1] * 7
