"""Tolerance, rounding and verdict, by worked examples."""

from collections.abc import Mapping

import pytest

from cws_outcomes.calibration.catalogue import Catalogue, Figure, Listed, Part
from cws_outcomes.calibration.judge import (
    NOBODY,
    JudgedFigure,
    Measured,
    is_inside,
    judge,
    limits,
    tally,
)

ONE = {"one": Part(published=10, kind="rate", rounding=0.5)}


def figure(parts: Mapping[str, Part] = ONE, **changes: object) -> Figure:
    values = {
        "title": "A figure",
        "population": "six_cohorts",
        "confidence": "S",
        "source": "DASH",
        "unit": "percent",
        "period": "2015",
        "measure": "offending",
        "parts": parts,
    }
    return Figure.model_validate({**values, **changes})


def judged(
    figures: Mapping[str, Figure],
    measured: Mapping[tuple[str, str], Measured],
    births: tuple[int, int] | None = None,
) -> dict[str, JudgedFigure]:
    listed = {name: Listed("A", one.confidence, one.source) for name, one in figures.items()}
    return {one.name: one for one in judge(Catalogue(figures, listed), measured, births)}


@pytest.mark.parametrize(
    ("part", "inside", "outside"),
    [
        # 4.05 %: a tenth of it is 0.405.
        ({"published": 4.05, "kind": "rate", "rounding": 0.005}, [3.645, 4.455], [3.64, 4.46]),
        # Printed as 2 %: a tenth is 0.2, but 1.5 to 2.5 all print as 2.
        ({"published": 2, "kind": "rate", "rounding": 0.5}, [1.5, 2.5], [1.49, 2.51]),
        # A share: 3 points, whether of 5 or of 80.
        ({"published": 5, "kind": "share", "rounding": 0.5}, [2, 8], [1.9, 8.1]),
        ({"published": 80, "kind": "share", "rounding": 0.5}, [77, 83], [76.9, 83.1]),
        # Derived from rounded shares: inside the band, or a tenth around the value.
        (
            {"published": 30, "kind": "rate", "rounding": 0.5, "band": [24, 42]},
            [24, 33, 42],
            [23.9, 42.1],
        ),
        ({"published": 6.1, "kind": "rate", "rounding": 0.05, "band": [6.0, 6.2]}, [5.5], [5.4]),
        # Timing states its own.
        (
            {"published": 50, "kind": "timing", "rounding": 5, "tolerance": 15, "because": "half"},
            [35, 65],
            [34.9, 65.1],
        ),
        ({"published": -2.0, "kind": "mean", "rounding": 0.05}, [-2.2, -1.8], [-2.21, -1.79]),
    ],
)
def test_a_value_is_inside_within_the_tolerance_of_its_kind(part, inside, outside):
    made = Part.model_validate(part)

    assert [is_inside(made, value) for value in inside] == [True] * len(inside)
    assert [is_inside(made, value) for value in outside] == [False] * len(outside)


def test_a_figure_is_inside_when_all_its_parts_are():
    parts = {name: Part(published=10, kind="rate", rounding=0.5) for name in ("one", "two")}
    inside, outside = Measured(10.9), Measured(11.1)

    found = judged(
        {"F1": figure(parts), "F2": figure(parts)},
        {
            ("F1", "one"): inside,
            ("F1", "two"): inside,
            ("F2", "one"): inside,
            ("F2", "two"): outside,
        },
    )

    assert [found[name].verdict for name in ("F1", "F2")] == ["inside", "outside"]
    assert [part.verdict for part in found["F2"].parts] == ["inside", "outside"]


def test_a_part_without_anybody_leaves_its_figure_undecided():
    parts = {name: Part(published=10, kind="rate", rounding=0.5) for name in ("one", "two")}

    found = judged(
        {"F1": figure(parts), "F2": figure(parts)},
        {("F1", "one"): Measured(10), ("F2", "one"): Measured(20)},
    )

    assert (found["F1"].verdict, found["F1"].reason) == ("apart", NOBODY)
    assert found["F2"].verdict == "outside"


def test_a_part_that_stands_apart_is_not_asked_for():
    parts = {
        "one": Part(published=10, kind="rate", rounding=0.5),
        "two": Part(published=10, kind="rate", rounding=0.5, apart="not delivered"),
    }

    found = judged({"F1": figure(parts)}, {("F1", "one"): Measured(10)})

    assert found["F1"].verdict == "inside"
    assert found["F1"].parts[1].reason == "not delivered"


def test_a_figure_about_children_whom_the_delivery_does_not_hold_stands_apart():
    figures = {
        "F1": figure(),
        "F2": figure(population="annual"),
        "F3": figure(population="annual", births=(1998, 2000)),
        "F4": figure({}, measure=None, apart="superseded", population="annual"),
    }
    values = {(name, "one"): Measured(10) for name in figures}

    six_cohorts = judged(figures, values, (1996, 2001))
    everybody = judged(figures, values, (1994, 2018))

    assert [one.verdict for one in six_cohorts.values()] == ["inside", "apart", "inside", "apart"]
    assert six_cohorts["F2"].parts[0].reason == (
        "needs all children born in the academic years 1994 to 2017: not in this delivery"
    )
    assert six_cohorts["F4"].reason == "superseded"
    assert everybody["F2"].verdict == "inside"


def test_only_figures_that_were_read_and_that_none_implies_count():
    figures = {
        "F1": figure(),
        "F2": figure(confidence="R"),
        "F3": figure(implied_by=("F1",)),
        "F4": figure(confidence="D"),
        "F5": figure({}, measure=None, apart="superseded"),
    }
    values = {(name, "one"): Measured(10) for name in figures} | {("F4", "one"): Measured(20)}

    found = judged(figures, values)
    total = tally(found.values())

    assert (total.inside, total.judged, total.percent) == (1, 2, 50)
    assert [one.verdict for one in found.values()] == [
        "inside", "inside", "inside", "outside", "apart",
    ]  # fmt: skip


def test_the_reason_of_a_known_miss_is_told_only_when_it_is_missed():
    figures = {name: figure(known_miss="care is too short") for name in ("F1", "F2")}

    found = judged(figures, {("F1", "one"): Measured(10), ("F2", "one"): Measured(20)})

    assert [found[name].reason for name in ("F1", "F2")] == ["", "care is too short"]


def test_limits_are_those_of_wilson_in_the_unit():
    """10 of 100: 5.52 to 17.44 % (Newcombe 1998, Stat Med 17:857, method 3)."""
    lower, upper = limits(Measured(1000, 10, 100), "per_10000")

    assert (round(lower, 0), round(upper, 0)) == (552, 1744)
    assert limits(Measured(10, 10, 100), "points") is None
    assert limits(Measured(None, 0, 0), "percent") is None
    assert limits(Measured(150, 150, 100), "percent") is None
