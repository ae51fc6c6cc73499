"""Local authority and year of a return, as people write them into folders and file names."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from cws_outcomes.geography import authorities
from cws_outcomes.geography.match import normalised

UNKNOWN = "unknown"
FIRST_YEAR, LAST_YEAR = 1992, 2059  # SSDA903 is older than every file, younger than its children

_CODE = re.compile(r"(?<![A-Z0-9])(?:LA|LEA)?[ _-]?(\d{3})(?![A-Z0-9])|(?<![A-Z0-9])(E\d{8})(?!\d)")
_WORDS = re.compile(r"\b(?:ssda|cla|lac|cin|census|returns?|xml|csv|data|council|903|la)\b")
_DAY = re.compile(r"(?<!\d)(20\d\d|19\d\d)([-_. ]?)(0[1-9]|1[0-2])\2([0-3]\d)(?!\d)")
_SPAN = re.compile(r"(?<!\d)((?:19|20)?\d\d)(?:[-_/ ]|[ _]*to[ _]*)?((?:19|20)?\d\d)(?!\d)", re.I)
_YEAR = re.compile(r"(?<!\d)(19\d\d|20\d\d)(?!\d)")
_FY = re.compile(r"(?<![A-Z])FY[ _-]?(\d\d)(?!\d)", re.I)


@dataclass(frozen=True, order=True)
class YearLabel:
    """
    The year that a folder, file name or message gives a return.

    Attributes
    ----------
    year : int
    is_end : bool
        It says the year of the 31 March (2017-18, a reference date, an XML header); a bare year
        may be the one in which the return starts.
    """

    year: int
    is_end: bool


def year_of(text: str) -> YearLabel | None:
    """
    Year written in one part of a path.

    Parameters
    ----------
    text : str
        Name of a folder or file: ``2018``, ``2017-18``, ``201718``, ``FY18``, ``2018-03-31``.

    Returns
    -------
    YearLabel or None
        None where no year is written; days other than 31 March are not years of a return.
    """
    for day in _DAY.finditer(text):
        if (day[3], day[4]) == ("03", "31"):
            return YearLabel(int(day[1]), is_end=True)
    rest = _DAY.sub(" ", text)
    for span in _SPAN.finditer(rest):
        first, last = int(span[1]) % 100, int(span[2]) % 100
        is_year = len(span[1]) == len(span[2]) == 2 and _is_possible(int(span[1] + span[2]))
        if last == (first + 1) % 100 and not (is_year and span[0].isdigit()):
            return YearLabel((1900 if last > 60 else 2000) + last, is_end=True)
    if found := _FY.search(rest):
        return YearLabel(2000 + int(found[1]), is_end=True)
    years = [int(year) for year in _YEAR.findall(rest) if _is_possible(int(year))]
    return YearLabel(years[-1], is_end=False) if years else None


def _is_possible(year: int) -> bool:
    return FIRST_YEAR <= year <= LAST_YEAR


def authorities_in(text: str) -> tuple[str, ...]:
    """
    Authorities that one part of a path names, by code or by name.

    Returns
    -------
    tuple of str
        3-digit codes: one where it is certain, several where a name has been that of more than
        one authority, none where the text names none or contradicts itself.
    """
    known = _known_codes()
    codes = {known[a or b] for a, b in _CODE.findall(text.upper()) if (a or b) in known}
    if codes:
        return tuple(codes) if len(codes) == 1 else ()
    words = re.sub(r"[\d_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))
    name = normalised(_WORDS.sub(" ", words.casefold().replace("-", " ")))
    return _codes_by_name().get(name, ())


def bare_code(text: str) -> str | None:
    """A folder's name that is three digits and nothing else, though no list holds the code."""
    is_code = re.fullmatch(r"\d{3}", text) and text != "903"  # the return, not an authority
    return text if is_code else None


def authority_code(text: str) -> str | None:
    """
    The 3-digit code that a value of an LA column or an XML header stands for.

    A 3-digit code that no list holds is kept: it keeps one authority's children apart from
    another's. Anything else unknown is None.
    """
    value = text.strip().upper().removesuffix(".0")
    if value in _known_codes():
        return _known_codes()[value]
    if re.fullmatch(r"\d{3}", value):
        return value
    named = _codes_by_name().get(normalised(text), ())
    return named[-1] if named else None


def is_listed(code: str) -> bool:
    """Whether a 3-digit code is that of an English authority of any time."""
    return _known_codes().get(code) == code


def in_force(codes: Iterable[str], year: int | None) -> str:
    """Of authorities that share a name the one in force on 31 March of a year, else the last."""
    listed = tuple(codes)
    day = dt.date(year or LAST_YEAR, 3, 31)
    for row in authorities().iter_rows(named=True):
        is_then = row["valid_from"] <= day < (row["valid_to"] or dt.date.max)
        if row["la_code"] in listed and is_then:
            return str(row["la_code"])
    return listed[-1]


@cache
def _known_codes() -> dict[str, str]:
    """3-digit and 9-digit codes to 3-digit codes."""
    pairs = authorities().select("ons_code", "la_code").rows()
    return {code: code for _, code in pairs} | {ons: code for ons, code in pairs if ons}


@cache
def _codes_by_name() -> dict[str, tuple[str, ...]]:
    named: dict[str, set[str]] = {}
    for code, name in authorities().select("la_code", "la_name").iter_rows():
        named.setdefault(normalised(name), set()).add(code)
    return {name: tuple(sorted(codes)) for name, codes in named.items()}
