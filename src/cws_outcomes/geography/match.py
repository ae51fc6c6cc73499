"""Published names and codes of authorities, led back to the authority they mean.

Spelling is normalised by rule (case, "&", punctuation, "St.", "upon", "City of"); every other name
is an alias that somebody decided on. Nothing is guessed: a name that leads nowhere, or to more than
one authority, is an error that names the closest ones.

Unlike elsewhere, these errors hold values: names and codes of authorities in published aggregates.
"""

import datetime as dt
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from cws_outcomes.errors import UnknownAuthorityError
from cws_outcomes.geography.codelist import authorities, name_aliases, not_authorities

_FOREVER = dt.date(9999, 1, 1)
_STYLE = (
    r"(?:city and county|city|county|royal borough|london borough|metropolitan borough|borough)"
)


@dataclass(frozen=True)
class _Authority:
    la_code: str
    la_name: str
    region: str
    valid_from: dt.date
    valid_to: dt.date


def match_names(names: Iterable[str], year: int | None = None) -> pl.DataFrame:
    """
    Lead published authority names to codes.

    Parameters
    ----------
    names : iterable of str
        As published; repeats are looked up once.
    year : int, optional
        Calendar year of the table, for names that two authorities have had (Dorset before and
        after 2019). Without it such a name means the authority that was in force together with
        all the others named.

    Returns
    -------
    polars.DataFrame
        ``name`` (as given), ``la_code``, ``la_name``, ``region`` and ``matched_by``: ``name``,
        ``spelling`` or ``alias``. In the order in which names first appear.

    Raises
    ------
    UnknownAuthorityError
        When names lead to no authority, or to more than one. The message lists the names and the
        closest ones known.
    """
    found = {name: _candidates(name) for name in names}
    unknown = [name for name, (candidates, _) in found.items() if not candidates]
    if unknown:
        raise UnknownAuthorityError(_unknown_message(unknown))
    together = _years_together([candidates for candidates, _ in found.values()], year)
    rows = []
    for name, (candidates, matched_by) in found.items():
        one = _only_one(name, candidates, together)
        rows.append((name, one.la_code, one.la_name, one.region, matched_by))
    schema = ["name", "la_code", "la_name", "region", "matched_by"]
    return pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.String), orient="row")


def match_codes(codes: Iterable[str]) -> pl.DataFrame:
    """
    Lead 3-digit and 9-digit codes to authorities.

    Parameters
    ----------
    codes : iterable of str
        3-digit DfE or 9-digit ONS codes of any time since 1998; repeats are looked up once.

    Returns
    -------
    polars.DataFrame
        ``name`` (the code as given), ``la_code`` (3-digit), ``la_name``, ``region`` and
        ``matched_by`` (``code``), in the order in which codes first appear.

    Raises
    ------
    UnknownAuthorityError
        When a code is of no authority. The message lists the codes.
    """
    latest = authorities().unique("la_code", keep="last", maintain_order=True)
    facts = {row["la_code"]: row for row in latest.to_dicts()}
    area = {code: code for code in facts} | dict(
        authorities().select("ons_code", "la_code").iter_rows()
    )
    wanted = list(dict.fromkeys(codes))
    unknown = [code for code in wanted if code.strip().upper() not in area]
    if unknown:
        raise UnknownAuthorityError(
            f"{len(unknown)} codes are of no English local authority: {', '.join(unknown)}. "
            "Expected 3-digit DfE codes or 9-digit ONS codes."
        )
    rows = [facts[area[code.strip().upper()]] for code in wanted]
    return pl.DataFrame(
        {
            "name": wanted,
            **{key: [row[key] for row in rows] for key in ("la_code", "la_name", "region")},
            "matched_by": ["code"] * len(wanted),
        },
        schema=dict.fromkeys(["name", "la_code", "la_name", "region", "matched_by"], pl.String),
    )


def kind_of_place(label: str) -> str | None:
    """
    What a code or name that is no authority stands for.

    Parameters
    ----------
    label : str
        Code or name, as published.

    Returns
    -------
    str or None
        ``england``, ``region``, ``outside_england`` or ``unknown``; None for anything else.
    """
    return _places().get(label.strip()) or _places().get(normalised(label))


def normalised(name: str) -> str:
    """
    The spelling of a name that all its usual spellings share.

    Parameters
    ----------
    name : str
        Name of an authority, as published.

    Returns
    -------
    str
        Lower case words: "&" as "and", no punctuation, "st" for "saint", "on" for "upon", and
        without "city of", "county of" or "borough of" before or after. London keeps its "city of":
        the City is not the region.
    """
    text = re.sub(r"['\u2019.]", "", name.casefold().replace("&", " and "))
    text = " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())
    text = re.sub(r"\bsaint\b", "st", text)
    text = re.sub(r"\bupon\b", "on", text)
    bare = re.sub(rf"^(?:the )?{_STYLE} of |,? {_STYLE} of$| (?:county |city )?council$", "", text)
    return "city of london" if bare == "london" != text else bare


@lru_cache
def _by_spelling() -> dict[str, tuple[tuple[_Authority, ...], str]]:
    """Normalised name to the authorities that have had it, aliases after names."""
    by_code = {code: _authority(rows) for (code,), rows in authorities().group_by("la_code")}
    lookup: dict[str, set[_Authority]] = {}
    for code, name in authorities().select("la_code", "la_name").iter_rows():
        lookup.setdefault(normalised(name), set()).add(by_code[code])
    found = {
        name: (tuple(sorted(ones, key=lambda one: one.la_code)), "spelling")
        for name, ones in lookup.items()
    }
    for alias, code in name_aliases().iter_rows():
        found.setdefault(normalised(alias), ((by_code[code],), "alias"))
    return found


def _authority(versions: pl.DataFrame) -> _Authority:
    """One authority: its last name, and the whole time in which it was in force."""
    ordered = versions.sort("valid_from")
    last = ordered.row(-1, named=True)
    return _Authority(
        last["la_code"],
        last["la_name"],
        last["region"],
        ordered["valid_from"][0],
        last["valid_to"] or _FOREVER,
    )


def _candidates(name: str) -> tuple[tuple[_Authority, ...], str]:
    candidates, matched_by = _by_spelling().get(normalised(name), ((), ""))
    exact = tuple(one for one in candidates if one.la_name == name)
    return (candidates, "name") if exact else (candidates, matched_by)


def _years_together(
    found: list[tuple[_Authority, ...]], year: int | None
) -> tuple[dt.date, dt.date]:
    """The time in which every name that means one authority was in force at once."""
    certain = [candidates[0] for candidates in found if len(candidates) == 1]
    first = max((one.valid_from for one in certain), default=dt.date.min)
    until = min((one.valid_to for one in certain), default=_FOREVER)
    if year is not None:
        first, until = max(first, dt.date(year, 1, 1)), min(until, dt.date(year + 1, 1, 1))
    return first, until


def _only_one(
    name: str, candidates: tuple[_Authority, ...], together: tuple[dt.date, dt.date]
) -> _Authority:
    first, until = together
    if len(candidates) == 1:
        return candidates[0]
    possible = [one for one in candidates if one.valid_from < until and one.valid_to > first]
    if len(possible) == 1 and first < until:
        return possible[0]
    meant = "; ".join(f"{one.la_code} from {one.valid_from}" for one in candidates)
    raise UnknownAuthorityError(
        f"The name {name!r} has been that of more than one authority ({meant}). Give the year of "
        "the table, or use codes in place of names."
    )


def _unknown_message(unknown: list[str]) -> str:
    known = {normalised(name): name for name in authorities()["la_name"]}
    lines = []
    for name in unknown:
        close = difflib.get_close_matches(normalised(name), sorted(known), n=3, cutoff=0.6)
        hint = f" (closest: {', '.join(known[one] for one in close)})" if close else ""
        other = " (not an authority: leave the row out)" if kind_of_place(name) else hint
        lines.append(f"  {name!r}{other}")
    return (
        f"{len(unknown)} names are of no English local authority:\n" + "\n".join(lines) + "\n"
        "Correct the names, use codes, or add the name to geography/name_aliases.csv."
    )


@lru_cache
def _places() -> dict[str, str]:
    rows = not_authorities().select("code", "name", "kind").iter_rows()
    return {key: kind for code, name, kind in rows for key in (code, normalised(name)) if key}
