"""Coverage by authority and year: who sent how much, and where there is a hole."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

from cws_outcomes import geography
from cws_outcomes.config.study import Coverage
from cws_outcomes.quality.flags import Flag
from cws_outcomes.quality.masking import Masking
from cws_outcomes.quality.profile import Profile

# Source of the study's coverage that a table's years are held against, and the month in which
# these years begin. The others are those of the schools.
_SOURCES = {
    "children_in_need": ("children_in_need", 4),
    "disabilities": ("children_in_need", 4),
    "assessment_factors": ("children_in_need", 4),
    "care_episodes": ("care", 4),
    "care_years": ("care", 4),
    "offences": ("offences", 1),
    "prison": ("offences", 1),
    "court": ("offences", 1),
    "probation": ("offences", 1),
    "school_census_summer": ("summer_census", 9),
    "absence": ("absence", 9),
    "key_stage_1": ("key_stage_1", 9),
    "key_stage_2": ("key_stage_2", 9),
    "key_stage_2_exams": ("key_stage_2", 9),
}
_HALF = 0.5
_SURE = 5.0


@dataclass(frozen=True)
class Cell:
    """
    One authority in one year.

    Attributes
    ----------
    rows, children : int
    state : {"sent", "hole", "known", "none"}
        A hole: no rows, or less than half of what its share in the years around leads to expect.
        Known: a hole with a reason in the study. None: nothing sent, nothing expected.
    reason : str
        Of a known hole.
    """

    rows: int
    children: int
    state: str
    reason: str = ""


@dataclass(frozen=True)
class Grid:
    """Coverage of one table: authorities by their 3-digit code, with name, by year."""

    table: str
    years: tuple[int, ...]
    names: Mapping[str, str]
    cells: Mapping[tuple[str, int], Cell]


def grid(held: Profile, coverage: Coverage) -> Grid | None:
    """
    Coverage of a table; None where its rows name no authority.

    Parameters
    ----------
    held : Profile
    coverage : Coverage
        Known gaps.
    """
    sent = _sent(held)
    if not sent:
        return None
    span = {year for _, year in sent}
    years = tuple(range(min(span), max(span) + 1))
    totals = {y: sum(rows for (_, year), (rows, _) in sent.items() if year == y) for y in years}
    names, in_force = _authorities()
    cells = {}
    for la in sorted({la for la, _ in sent}):
        for year in years:
            rows, children = sent.get((la, year), (0, 0))
            state, reason = "sent" if rows else "none", ""
            if in_force(la, year) and _is_hole(sent, totals, la, year):
                reason = known_gap(coverage, held.name, la, year)
                state = "known" if reason else "hole"
            cells[la, year] = Cell(rows, children, state, reason)
    return Grid(held.name, years, {la: names.get(la, "") for la, _ in cells}, cells)


def _sent(held: Profile) -> dict[tuple[str, int], tuple[int, int]]:
    listed = geography.authorities()
    code = {ons: la for ons, la in listed.select("ons_code", "la_code").iter_rows() if ons}
    known = set(listed["la_code"])
    found: dict[tuple[str, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for (year, raw), (rows, children) in held.places.items():
        la = code.get(raw, raw)
        if year is not None and la in known:
            before = found[la, year]
            found[la, year] = (before[0] + rows, before[1] + children)
    return dict(found)


def _authorities() -> tuple[dict[str, str], "_InForce"]:
    listed = geography.authorities().sort("la_code", "valid_from")
    names = dict(listed.select("la_code", "la_name").iter_rows())
    spans = defaultdict(list)
    for la, start, end in listed.select("la_code", "valid_from", "valid_to").iter_rows():
        spans[la].append((start, end or dt.date.max))
    return names, _InForce(spans)


@dataclass(frozen=True)
class _InForce:
    spans: Mapping[str, list[tuple[dt.date, dt.date]]]

    def __call__(self, la: str, year: int) -> bool:
        """Whether an authority was there all through the year and the one before it."""
        first, last = dt.date(year - 1, 4, 1), dt.date(year, 8, 31)
        return any(start <= first and end >= last for start, end in self.spans[la])


def _is_hole(
    sent: Mapping[tuple[str, int], tuple[int, int]],
    totals: Mapping[int, int],
    la: str,
    year: int,
) -> bool:
    """Against its share of all rows in the years around: cohorts grow and shrink everywhere."""
    around = [y for y in (year - 1, year + 1) if totals.get(y)]
    if not around or not totals[year]:
        return False  # nothing at all was sent that year: the table's own flag says so
    shares = [sent.get((la, y), (0, 0))[0] / totals[y] for y in around]
    expected = min(shares) * totals[year] if len(shares) == 2 and min(shares) else 0.0
    expected = expected or sum(shares) / len(shares) * totals[year]
    rows = sent.get((la, year), (0, 0))[0]
    return rows < _HALF * expected and expected - rows > _SURE * sqrt(expected)


def known_gap(coverage: Coverage, table: str, la: str, year: int) -> str:
    """
    Why a table has no rows of an authority in a year, as the study knows; empty if it does not.

    Parameters
    ----------
    coverage : Coverage
    table : str
    la : str
        3-digit code; empty for the table as a whole.
    year : int
        By the year in which it ends.
    """
    source, month = _SOURCES.get(table, ("schools", 9))
    start = dt.date(year if month == 1 else year - 1, month, 1)
    end = dt.date(start.year + 1, month, 1)
    for gap in coverage.of(source).gaps:
        # The day in the middle: a year's return is made once, and a gap may cut a term.
        middle = start + (end - start) * 0.75
        if gap.la in (None, la) and gap.start <= middle < gap.end:
            return gap.reason
    return ""


def flags(found: Grid, masking: Masking) -> Iterator[Flag]:
    """Holes, the known ones with their reason."""
    for (la, year), cell in found.cells.items():
        if cell.state in ("hole", "known"):
            yield Flag(
                "rows of an authority", found.table, "la", str(year),
                f"{la} {found.names[la]}: {masking.count(cell.rows)}",
                "its share of the years around", "less than half of it", cell.reason,
            )  # fmt: skip
