"""Areas that mean the same throughout a study window, and the raw codes that lead to them.

`fixed`  the finest areas whose boundary never changes inside the window: authorities that a change
         inside the window joins are one area.
`as_at`  the authorities of one year. A raw code whose children all lie in one of them maps to it.
         One whose children cannot be told apart (a county that was split, seen from after; a merged
         authority, seen from before) makes the authorities it may mean one combined area.

A part transfer (Christchurch, from Dorset to Bournemouth, Christchurch and Poole in 2019) cannot be
followed with codes of authorities. `fixed` joins both sides; `as_at` ignores it, an approximation
that `part_transfers` lists so that it can be stated.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Literal

import polars as pl

from cws_outcomes.errors import ConfigError
from cws_outcomes.geography.codelist import authorities, changes

GeographyMode = Literal["as_at", "fixed"]
_FOREVER = dt.date(9999, 1, 1)


def harmonised(
    mode: GeographyMode, year: int | None, first_year: int, last_year: int
) -> pl.DataFrame:
    """
    Map every raw code that data of a window may hold to an area of one meaning.

    Parameters
    ----------
    mode : {"as_at", "fixed"}
        ``fixed``: areas whose boundary does not change inside the window. ``as_at``: the
        authorities in force on 31 December of ``year``, so after that year's changes.
    year : int or None
        Calendar year; needed for ``as_at``, ignored for ``fixed``.
    first_year, last_year : int
        Calendar years of the data, both included.

    Returns
    -------
    polars.DataFrame
        One row per ``raw_code`` (3-digit and every 9-digit code of each authority in force at any
        time of the window): ``la_code``, ``la_name``, ``region`` and ``is_combined`` (true where
        the area holds several authorities that cannot be told apart). A combined area has the
        code of the authority that was split or merged, else the lowest, and the names of its
        authorities at the end of the window (`fixed`) or in the year (`as_at`). Sorted by
        ``raw_code``.

    Raises
    ------
    ConfigError
        When the window is empty, or ``as_at`` lacks a year.
    """
    if first_year > last_year:
        raise ConfigError(f"first_year {first_year} is after last_year {last_year}.")
    window = (dt.date(first_year, 1, 1), dt.date(last_year + 1, 1, 1))
    present = _in_force(*window)
    if mode == "fixed":
        areas = _fixed_areas(present, window)
    else:
        if year is None:
            raise ConfigError("Geography `as_at` needs a year: set `year`, or use `fixed`.")
        areas = _as_at_areas(present, dt.date(year, 12, 31))
    return _raw_codes(areas)


def part_transfers(first_year: int, last_year: int) -> pl.DataFrame:
    """
    Part transfers inside a window: what `as_at` ignores and a report must state.

    Parameters
    ----------
    first_year, last_year : int
        Calendar years of the data, both included.

    Returns
    -------
    polars.DataFrame
        Rows of `changes` of kind ``part_transfer``.
    """
    year = pl.col("change_date").dt.year()
    return changes().filter(kind="part_transfer").filter(year.is_between(first_year, last_year))


def _in_force(first: dt.date, until: dt.date) -> pl.DataFrame:
    """One row an authority in force at any time of [first, until), by its last name there."""
    during = (pl.col("valid_from") < until) & (pl.col("valid_to").fill_null(_FOREVER) > first)
    rows = authorities().filter(during).sort("la_code", "valid_from")
    return rows.unique("la_code", keep="last", maintain_order=True)


def _fixed_areas(present: pl.DataFrame, window: tuple[dt.date, dt.date]) -> pl.DataFrame:
    first, until = window
    inside = changes().filter(pl.col("change_date").is_between(first, until, closed="left"))
    joined = _join(present["la_code"], inside.select("old_la_code", "new_la_code").iter_rows())
    parents = set(inside.filter(kind="split")["old_la_code"])
    newest = set(_in_force(until - dt.timedelta(days=1), until)["la_code"])
    rows = []
    for area in joined:
        named = sorted(set(area) & newest)
        code = min(set(area) & parents, default=min(area))
        rows += [(member, code, named) for member in area]
    return _named(rows)


def _as_at_areas(present: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    target = set(_in_force(day, day + dt.timedelta(days=1))["la_code"])
    means = {code: _successors(code, target) for code in present["la_code"]}
    reached = sorted(set().union(*means.values()))
    pairs = ((min(codes), other) for codes in means.values() for other in codes)
    rows = []
    for area in _join(reached, pairs):
        vague = [code for code, codes in means.items() if len(codes) > 1 and codes <= set(area)]
        code = min(vague, default=min(area))
        rows += [(raw, code, sorted(area)) for raw, codes in means.items() if codes <= set(area)]
    return _named(rows)


def _successors(code: str, target: set[str]) -> set[str]:
    """Authorities in force on the day that children under `code` may belong to."""
    if code in target:
        return {code}
    whole = changes().filter(pl.col("kind") != "part_transfer")
    for here, there in (("old_la_code", "new_la_code"), ("new_la_code", "old_la_code")):
        linked = set(whole.filter(pl.col(here) == code)[there]) - {code}
        if linked & target:
            return linked & target
    raise AssertionError(f"changes.csv does not lead from {code} to the year asked for")


def _join(codes: Iterable[str], pairs: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Connected components of `codes` under `pairs`: each sorted, in order of their first."""
    area = {code: {code} for code in codes}
    for left, right in pairs:
        if left in area and right in area and area[left] is not area[right]:
            area[left] |= area[right]
            for code in area[right]:
                area[code] = area[left]
    return sorted({tuple(sorted(members)) for members in area.values()})


def _named(rows: list[tuple[str, str, list[str]]]) -> pl.DataFrame:
    """Member, area code and the authorities that name the area, as a table."""
    latest = authorities().unique("la_code", keep="last", maintain_order=True)
    name = dict(latest.select("la_code", "la_name").iter_rows())
    region = dict(latest.select("la_code", "region").iter_rows())
    records = [
        {
            "member": member,
            "la_code": code,
            "la_name": " and ".join(sorted(name[one] for one in named)),
            "region": region[named[0]],
            "is_combined": len(named) > 1,
        }
        for member, code, named in rows
    ]
    return pl.DataFrame(records)


def _raw_codes(areas: pl.DataFrame) -> pl.DataFrame:
    codes = authorities().select(member="la_code", raw_code="ons_code")
    both = pl.concat([areas.select("member", raw_code="member"), codes])
    columns = ["raw_code", "la_code", "la_name", "region", "is_combined"]
    mapped = both.join(areas, on="member", how="inner").select(columns)
    return mapped.unique().sort(pl.all())
