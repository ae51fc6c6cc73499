"""Funnels of the LA equity table, from its shown figures alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cws_outcomes.disclosure.cleared import decimals, significant
from cws_outcomes.equity import Z_95, Z_998, Funnel, funnel, funnel_limits

Row = dict[str, Any]

FEWEST_LAS = 3  # fewer do not show what is usual
_LABELS = ("model", "outcome", "group", "group_no", "adjustment")
_POINTS = 61  # of each curve
_LIMITS = tuple(
    f"{side}_{z}{spread}"
    for spread in ("", "_dispersed")
    for z in (95, 998)
    for side in ("lower", "upper")
)


def funnel_rows(rows: Sequence[Row]) -> list[Row]:
    """
    Points and limits of one funnel.

    Parameters
    ----------
    rows : sequence of dict
        Cleared rows of one outcome, group and adjustment: rounded persons, events and expected.

    Returns
    -------
    list of dict
        Rows of contract ``cleared_la_funnel``; a suppressed one for fewer than three LAs.
    """
    labels = {name: rows[0][name] for name in _LABELS}
    usable = [
        row for row in rows if row["status"] == "shown" and 0 < row["expected"] < row["persons"]
    ]
    if len(usable) < FEWEST_LAS:
        return [{**labels, "point_no": 0, "part": "none", "status": "suppressed"}]
    place = funnel(*([row[name] for row in usable] for name in ("events", "persons", "expected")))
    labels["status"] = "shown"
    points = [*_authorities(usable, place), *_limits(place)]
    return [{**labels, **point, "point_no": number} for number, point in enumerate(points)]


def _authorities(rows: Sequence[Row], place: Funnel) -> Iterator[Mapping[str, Any]]:
    for row, base, ratio, z in zip(
        rows, place.effective_expected, place.ratio, place.z_dispersed, strict=True
    ):
        yield {
            "part": "authority",
            "la_code": row["la_code"],
            "la_name": row["la_name"],
            "expected": decimals(base, 2),
            "ratio": decimals(ratio, 3),
            "z": decimals(z, 2),
            "position": "above" if z > Z_998 else "below" if z < -Z_998 else "within",
        }


def _limits(place: Funnel) -> Iterator[Mapping[str, Any]]:
    smallest, largest = place.effective_expected.min(), place.effective_expected.max()
    base = np.geomspace(smallest / 1.15, largest * 1.15, _POINTS)
    curves = [
        curve
        for tau in (0.0, place.tau)
        for z in (Z_95, Z_998)
        for curve in funnel_limits(base, place.share, tau, z)
    ]
    for values in zip(base, *curves, strict=True):
        expected, *limits = (float(value) for value in values)
        yield {
            "part": "limit",
            "expected": significant(expected, 5),
            **{name: decimals(limit, 3) for name, limit in zip(_LIMITS, limits, strict=True)},
        }
