"""What stands out in a delivery that could be read: for a person to look at, never a verdict.

A flag is raised where a value differs from what stands beside it (the year before, the years around
it, another table) by more than its threshold and by more than chance: small deliveries differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt

from cws_outcomes.quality.agreement import Absentees, Agreement, Link
from cws_outcomes.quality.masking import Masking
from cws_outcomes.quality.profile import MONTHS, Codes, Profile
from cws_outcomes.quality.subjects import AUTHORITIES, LASTING, STANDING_DATES, odd_rows

_SURE = 5.0  # standard errors: thousands of comparisons, hardly any by chance
STEP = 0.15  # of a share, from one year to the next
_LEAST_ROWS = 50  # behind a comparison of years
_DRIFT = 1.0  # of a mean, in standard deviations
_LATE = 120  # days by which the middle of a year's dates may move
_PROFILE = 0.30  # distance of two profiles over the months
_REPEATS = 0.02
_AWAY = 0.12
_ALIKE_PLACE = 0.50
_ONE_AUTHORITY = 0.97
_ENOUGH = 200  # rows of a column that should not hold one value only
_MAY_BE_ONE = ("on_roll", "national_results", "enrolment_status", "is_uasc", *AUTHORITIES)
# Their mix changes with the ages of a cohort, their sum with its size.
_OF_AGE = ("nc_year", "offence_age", "age_at_start")


@dataclass(frozen=True)
class Flag:
    """
    One thing that stands out.

    Attributes
    ----------
    name : str
    table, column : str
        ``column`` is empty where a table as a whole is meant.
    year : str
    found, expected : str
        Shares and rounded counts only.
    rule : str
        The threshold, in words.
    explained : str
        A known cause, where the study names one.
    """

    name: str
    table: str
    column: str
    year: str
    found: str
    expected: str
    rule: str
    explained: str = ""


def differ(part: float, whole: float, other_part: float, other_whole: float) -> bool:
    """Whether two shares differ by more than chance."""
    if not whole or not other_whole:
        return False
    pooled = (part + other_part) / (whole + other_whole)
    error = sqrt(pooled * (1 - pooled) * (1 / whole + 1 / other_whole))
    return abs(part / whole - other_part / other_whole) > _SURE * error


def _steps(held: Profile, part: str, whole: str = "rows") -> Iterator[tuple[int, int]]:
    """Years whose share moves by a step from the year before, each with that year."""
    for before, year in pairwise(held.known_years()):
        p, w = held.at(year, part), held.at(year, whole)
        q, v = held.at(before, part), held.at(before, whole)
        if w and v and abs(p / w - q / v) >= STEP and differ(p, w, q, v):
            yield before, year


def of_rows(held: Profile, masking: Masking) -> Iterator[Flag]:
    """Years with far fewer or more rows than the years around them, and rows that repeat others."""
    table, years = held.name, held.known_years()
    if not years:
        return
    empty = [year for year in range(years[0], years[-1]) if year not in years]
    for year in empty:
        yield Flag(
            "no rows of a year", table, "", str(year), "0", "rows before and after",
            "rows of every year from the first to the last",
        )  # fmt: skip
    for place, year in enumerate(years):
        around = [held.at(y, "rows") for y in (*years[:place][-1:], *years[place + 1 :][:1])]
        rows = held.at(year, "rows")
        if len(years) < 3 or max(rows, min(around)) < _LEAST_ROWS:
            continue
        # At either end a cohort comes in or goes out: more than half must be gone.
        is_hole = rows < (0.5 if len(around) == 2 else 0.3) * min(around)
        if is_hole or (len(around) == 2 and rows > 2 * max(around)):
            yield Flag(
                "rows of a year", table, "", str(year), masking.count(int(rows)),
                " and ".join(masking.count(int(n)) for n in around) + " in the years around it",
                "less than half (a third at an end), or more than twice, the years around it",
            )  # fmt: skip
    for year in years:
        repeats, rows = held.at(year, "repeats"), held.at(year, "rows")
        if rows >= _LEAST_ROWS and repeats > _REPEATS * rows:
            yield Flag(
                "rows that repeat another", table, "", str(year),
                masking.share(int(repeats), int(rows)), "hardly any", f"at most {_REPEATS:.0%}",
            )  # fmt: skip


def of_same_pupils(held: Profile) -> Iterator[Flag]:
    """Years with exactly the same pupils: one file under two years."""
    first: dict[int, int] = {}
    for year in held.known_years():
        if held.at(year, "filled:pupil_reference") < _LEAST_ROWS:
            continue
        same = first.setdefault(held.years[year]["pupils"], year)
        if same != year:
            yield Flag(
                "same pupils as in another year", held.name, "pupil_reference",
                str(year), f"exactly the pupils of {same}", "other pupils", "no two years alike",
            )  # fmt: skip


def of_missing(held: Profile, named: Sequence[str], masking: Masking) -> Iterator[Flag]:
    """Columns that lose or gain their values in a year, or have none although they were named."""
    table = held.name
    for column in named:
        part = f"filled:{column}"
        if held.rows >= _LEAST_ROWS and not held.total(part):
            yield Flag(
                "named, but without any value", table, column, "all", "no value", "values",
                "a column that the manifest names has values",
            )  # fmt: skip
        for before, year in _steps(held, part):
            yield _share(
                "values missing", held, column, (before, year), part, "rows", masking, missing=True
            )


def _share(
    name: str,
    held: Profile,
    column: str,
    years: tuple[int, int],
    part: str,
    whole: str,
    masking: Masking,
    *,
    missing: bool = False,
) -> Flag:
    before, year = years

    def shown(of: int) -> str:
        p, w = int(held.at(of, part)), int(held.at(of, whole))
        return masking.share(w - p if missing else p, w)

    return Flag(
        name, held.name, column, str(year), shown(year), f"{shown(before)} in {before}",
        f"a step of {STEP:.0%} or more",
    )  # fmt: skip


def of_days(held: Profile, masking: Masking) -> Iterator[Flag]:
    """Dates that move in the year, the month or the week."""
    for column in (name for name, c in held.contract.columns.items() if c.type == "DATE"):
        whole = f"dated:{column}"
        kinds = (("first", "first days of a month"), ("weekend", "days at a weekend"))
        for kind, name in kinds if column not in STANDING_DATES else kinds[:1]:
            for years in _steps(held, f"{kind}:{column}", whole):
                yield _share(name, held, column, years, f"{kind}:{column}", whole, masking)
        for before, year in pairwise(held.known_years()):
            m, n = held.at(before, whole), held.at(year, whole)
            if min(m, n) < _LEAST_ROWS:
                continue
            distance = sum(
                abs(held.at(year, f"month{k}:{column}") / n
                    - held.at(before, f"month{k}:{column}") / m)
                for k in MONTHS
            ) / 2  # fmt: skip
            if distance > _PROFILE + 1.5 * sqrt(1 / m + 1 / n):
                yield Flag(
                    "months of the dates", held.name, column, str(year),
                    f"{distance:.0%} of dates in other months", f"the months of {before}",
                    f"at most {_PROFILE:.0%}, and chance",
                )  # fmt: skip
            if column in STANDING_DATES:
                continue
            moved = held.at(year, f"lag:{column}") - held.at(before, f"lag:{column}")
            spread = max(held.at(y, f"lagsd:{column}") for y in (before, year))
            if abs(moved) > _LATE and abs(moved) > _SURE * spread * sqrt(1 / m + 1 / n):
                yield Flag(
                    "dates against their year", held.name, column, str(year),
                    f"{moved:+.0f} days on average", f"as in {before}", f"at most {_LATE} days",
                )  # fmt: skip


def of_numbers(held: Profile, masking: Masking) -> Iterator[Flag]:
    """Numbers whose mean moves, or that turn into zeros."""
    columns = [name.removeprefix("mean:") for name in _named(held) if name.startswith("mean:")]
    for column in (name for name in columns if name not in _OF_AGE):
        whole = f"filled:{column}"
        for years in _steps(held, f"zeros:{column}", whole):
            yield _share("zeros", held, column, years, f"zeros:{column}", whole, masking)
        for before, year in pairwise(held.known_years()):
            m, n = held.at(before, whole), held.at(year, whole)
            if min(m, n) < _LEAST_ROWS:
                continue
            was, now = held.at(before, f"mean:{column}"), held.at(year, f"mean:{column}")
            spread = min(held.at(y, f"sd:{column}") for y in (before, year))
            if abs(now - was) > max(_DRIFT, _SURE * sqrt(1 / m + 1 / n)) * spread and now != was:
                yield Flag(
                    "mean of the numbers", held.name, column, str(year),
                    masking.mean(now, int(n)), f"{masking.mean(was, int(m))} in {before}",
                    "within one standard deviation of the year before",
                )  # fmt: skip


def _named(held: Profile) -> list[str]:
    return list(next(iter(held.years.values()), {}))


def of_odd_rows(held: Profile, masking: Masking) -> Iterator[Flag]:
    """Years in which more rows than a few contradict themselves, or else the table as a whole."""
    for rule in odd_rows(held.contract):
        name = f"odd:{rule.name}"
        by_year = [(f"{y}", held.at(y, name), held.at(y, "rows")) for y in held.known_years()]
        every = ("all", held.total(name), held.rows)
        told = [one for one in by_year if _is_odd(one, rule.most, masking)]
        for year, odd, rows in told or [one for one in [every] if _is_odd(one, rule.most, masking)]:
            yield Flag(
                rule.name, held.name, ", ".join(rule.columns), year,
                masking.share(int(odd), int(rows)), "hardly any",
                f"at most {rule.most:.1%} of rows",
            )  # fmt: skip


def _is_odd(one: tuple[str, float, float], most: float, masking: Masking) -> bool:
    _, odd, rows = one
    return odd >= masking.threshold and odd > most * rows


def of_codes(table: str, codes: Codes, masking: Masking) -> Iterator[Flag]:
    """Groups of codes whose share moves by a step."""
    if codes.column in _OF_AGE:
        return
    rows = sum(codes.groups.values())
    if len(codes.total()) == 1 and rows >= _ENOUGH and codes.column not in _MAY_BE_ONE:
        yield Flag(
            "one value in all rows", table, codes.column, "all",
            next(iter(codes.total())) or "missing", "several",
            "more than one group of codes",
        )  # fmt: skip
    years = sorted({year for year, _ in codes.groups if year is not None})
    total = {y: sum(n for (at, _), n in codes.groups.items() if at == y) for y in years}
    for group in codes.total():
        for before, year in pairwise(years):
            p, q = codes.groups.get((year, group), 0), codes.groups.get((before, group), 0)
            w, v = total[year], total[before]
            if abs(p / w - q / v) >= STEP and differ(p, w, q, v):
                yield Flag(
                    "share of a code", table, codes.column, str(year),
                    f"{group or 'missing'}: {masking.share(p, w)}",
                    f"{masking.share(q, v)} in {before}", f"a step of {STEP:.0%} or more",
                )  # fmt: skip


def of_agreement(found: Sequence[Agreement], masking: Masking) -> Iterator[Flag]:
    """What the same pupils should have kept, and did not: in a year, or else in all together."""
    flagged = set()
    for one in found:
        if _is_apart(one):
            flagged.add((one.table, one.column))
            yield _apart(one, f"{one.year}", masking)
    totals: dict[tuple[str, str], Agreement] = {}
    for one in (one for one in found if not one.place):
        key = (one.table, one.column)
        sofar = totals.get(key, replace(one, beside="other rows of theirs", both=0, alike=0))
        totals[key] = replace(sofar, both=sofar.both + one.both, alike=sofar.alike + one.alike)
    for key, total in totals.items():
        if key not in flagged and _is_apart(total):
            yield _apart(total, "all", masking)


def _is_apart(one: Agreement) -> bool:
    least = _ALIKE_PLACE if one.place else LASTING[one.column]
    enough = _LEAST_ROWS // 2 if one.place else _LEAST_ROWS
    expected = least * one.both
    return one.both >= enough and one.alike < expected - 2 * sqrt(expected * (1 - least))


def _apart(one: Agreement, year: str, masking: Masking) -> Flag:
    least = _ALIKE_PLACE if one.place else LASTING[one.column]
    return Flag(
        "same pupils, another value", one.table, one.column, year,
        f"{masking.share(one.alike, one.both)} as in {one.beside}"
        + (f", of those in {one.place} there" if one.place else ""),
        "the same value", f"at least {least:.0%}",
    )  # fmt: skip


def of_links(
    found: Sequence[Link], masking: Masking, *, where: str = "a census", least: float = 0.5
) -> Iterator[Flag]:
    """References that the table they should lead to does not know."""
    for before, one in pairwise([None, *found]):
        assert one is not None
        if one.rows < _LEAST_ROWS:
            continue
        is_step = (
            before is not None
            and before.rows > 0
            and abs(one.found / one.rows - before.found / before.rows) >= STEP
            and differ(one.found, one.rows, before.found, before.rows)
        )
        if is_step or one.found < least * one.rows - 2 * sqrt(one.rows * least * (1 - least)):
            yield Flag(
                f"references found in {where}", one.table, "", str(one.year),
                masking.share(one.found, one.rows),
                "most" if before is None
                else f"{masking.share(before.found, before.rows)} in {before.year}",
                f"at least {least:.0%}, no step of {STEP:.0%}",
            )  # fmt: skip


def of_rows_for_pupils(found: Sequence[Link], least: float, masking: Masking) -> Iterator[Flag]:
    """Years in which too many of the pupils who should have a row have none."""
    for one in found:
        expected = least * one.rows
        if one.rows >= _LEAST_ROWS and one.found < expected - 3 * sqrt(expected * (1 - least)):
            yield Flag(
                "census pupils with a row", one.table, "pupil_reference", str(one.year),
                masking.share(one.found, one.rows), "nearly all",
                f"at least {least:.0%} of the pupils of its curriculum years",
            )  # fmt: skip


def of_schools(found: Sequence[Link], masking: Masking) -> Iterator[Flag]:
    """Schools whose pupils do not name one authority."""
    for one in found:
        if one.rows >= _LEAST_ROWS and one.found < _ONE_AUTHORITY * one.rows:
            yield Flag(
                "pupils of a school in one authority", one.table, "school_la", str(one.year),
                masking.share(one.found, one.rows), "all", f"at least {_ONE_AUTHORITY:.0%}",
            )  # fmt: skip


def of_absentees(found: Sequence[Absentees], masking: Masking) -> Iterator[Flag]:
    """Pupils of the years around a year who are not in it."""
    for one in found:
        if one.around >= _LEAST_ROWS and one.away > _AWAY * one.around:
            yield Flag(
                "pupils gone for one year", one.table, "pupil_reference", str(one.year),
                masking.share(one.away, one.around), "a few",
                f"at most {_AWAY:.0%} of those in the years around it",
            )  # fmt: skip


def in_table(held: Profile, named: Sequence[str], masking: Masking) -> Iterator[Flag]:
    """Every flag that a table raises by itself, but for those of its codes and authorities."""
    yield from of_rows(held, masking)
    if "pupil_reference" in held.contract.columns:
        yield from of_same_pupils(held)
    yield from of_missing(held, [c for c in named if c in held.contract.columns], masking)
    yield from of_days(held, masking)
    yield from of_numbers(held, masking)
    yield from of_odd_rows(held, masking)
