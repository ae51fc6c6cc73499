"""Rows of a published table by what they are about: an authority, England, or neither."""

import re
from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from cws_outcomes.geography import kind_of_place, match_codes, match_names

_CODE = re.compile(r"\d{3}|[ENSW]\d{8}", re.IGNORECASE)
_LEVELS = {
    "national": "england",
    "country": "england",
    "regional": "region",
    "region": "region",
    "local authority": "authority",
    "la": "authority",
}


@dataclass
class Places:
    """
    Rows told apart.

    Attributes
    ----------
    authorities : polars.DataFrame
        Rows of authorities with ``la_code``, ``la_name``, ``region`` and ``matched_by``.
    england : polars.DataFrame
        Rows of the reference.
    left_out : Counter
        Rows of other kinds: ``region``, ``outside_england``, ``unknown``, ``other``.
    """

    authorities: pl.DataFrame
    england: pl.DataFrame
    left_out: Counter[str] = field(default_factory=Counter)


def tell_apart(rows: pl.DataFrame, england: str | None) -> Places:
    """
    Split rows into authorities, England and others, and identify the authorities.

    Parameters
    ----------
    rows : polars.DataFrame
        With ``place`` (name or code), ``level`` (geographic level or null) and ``year``.
    england : str or None
        Label of the reference row, when it is not a usual one.

    Returns
    -------
    Places

    Raises
    ------
    UnknownAuthorityError
        When a name or code is of no authority, or of more than one.
    """
    pairs = rows.select("place", "level").iter_rows()
    kinds = [_kind(place or "", level, england) for place, level in pairs]
    rows = rows.with_columns(pl.Series("kind", kinds, dtype=pl.String))
    left_out = Counter(kind for kind in kinds if kind not in ("authority", "england"))
    named = rows.filter(kind="authority").drop("kind")
    return Places(_identified(named), rows.filter(kind="england").drop("kind"), left_out)


def calendar_year(label: str | None) -> int | None:
    """
    Calendar year in which a published period ends.

    Parameters
    ----------
    label : str or None
        ``2016``, ``201516``, ``2015/16`` or ``2015-16``.

    Returns
    -------
    int or None
        2016 for all of these; None for anything else.
    """
    single = re.fullmatch(r"\s*(\d{4})\s*", label or "")
    double = re.fullmatch(r"\s*(\d{4})\D?(\d\d|\d{4})\s*", label or "")
    if single:
        return int(single[1])
    return int(double[1]) + 1 if double else None


def _kind(place: str, level: str | None, england: str | None) -> str:
    if england and place.strip().casefold() == england.strip().casefold():
        return "england"
    if level:
        return _LEVELS.get(level.strip().casefold(), "other")
    if not place.strip():
        return "unknown"
    return kind_of_place(place) or "authority"


def _identified(rows: pl.DataFrame) -> pl.DataFrame:
    if rows.is_empty():
        return rows
    found = []
    for (label,), part in rows.group_by("year", maintain_order=True):
        names = part["place"].to_list()
        if all(_CODE.fullmatch(name.strip()) for name in names):
            matched = match_codes(names)
        else:
            matched = match_names(names, calendar_year(label))
        found.append(part.join(matched.rename({"name": "place"}), on="place", how="left"))
    return pl.concat(found).sort("line")
