"""Enrolments of random pupils, against a plain reading of their censuses, one after another."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.text_tables import only, run

PUPILS = 200  # a query
YEARS = range(2012, 2020)
DAYS_WITHOUT_A_CENSUS = 400  # more of them are a year off roll


@dataclass(frozen=True)
class Sighting:
    """A pupil on the roll of a school on a census day."""

    day: date
    school: str
    entered: date | None
    is_january: bool

    @property
    def year_began(self) -> date:
        """First day of the academic year."""
        return date(self.day.year - (self.day.month < 9), 9, 1)


def reading(seen: list[Sighting]) -> list[tuple[date, date, str]]:
    """Enrolments, as somebody would tell them who turns over one census after another."""
    stays: list[list[Sighting]] = []
    for now in sorted(seen, key=lambda sighting: sighting.day):
        is_same = bool(stays) and stays[-1][-1].school == now.school
        if is_same and not _was_away(stays[-1], now):
            stays[-1].append(now)
        else:
            stays.append([now])
    starts = [_start(stay, before) for stay, before in zip(stays, [None, *stays], strict=False)]
    # A school is left when the next is entered, or at the end of the year of its last census.
    ends = [date(stay[-1].year_began.year + 1, 9, 1) for stay in stays]
    left = [min(end, after) for end, after in zip(ends, [*starts[1:], date.max], strict=True)]
    return [
        (start, end, stay[0].school) for start, end, stay in zip(starts, left, stays, strict=True)
    ]


def _was_away(before: list[Sighting], now: Sighting) -> bool:
    return (now.day - before[-1].day).days > DAYS_WITHOUT_A_CENSUS


def _start(stay: list[Sighting], before: list[Sighting] | None) -> date:
    """Day of entry, if it can be so: not after the first census, nor in an earlier stay."""
    first = stay[0]
    entered = min([first.day, *(seen.entered for seen in stay if seen.entered)])
    if before is None:
        return entered
    if _was_away(before, first):
        return max(entered, first.year_began)
    return max(entered, before[-1].day + timedelta(1))


def pupil(random: Random) -> list[Sighting]:
    """Seen in some Januaries and some Mays and Octobers, at a few schools."""
    seen, school = [], random.choice("ABC")
    for year in YEARS:
        for month, is_january in ((10, False), (13, True), (17, False)):
            day = date(year + month // 13, (month - 1) % 12 + 1, random.randint(10, 20))
            school = random.choice([school, school, "A", "B", "C"])
            entered = random.choice([None, *(day - timedelta(n) for n in (0, 30, 400, -20))])
            if random.random() < (0.6 if is_january else 0.2):
                seen.append(Sighting(day, school, entered, is_january))
    return seen


def enrolments(pupils: list[list[Sighting]], random: Random) -> dict[int, list[tuple]]:
    """What the step makes of pupils who are numbered in their order."""
    rows = [(number, seen) for number, pupil in enumerate(pupils) for seen in pupil]
    random.shuffle(rows)
    tables = {}
    for table, is_january in (("school_years", True), ("term_censuses", False)):
        tables[table] = pl.DataFrame(
            [
                (number, seen.day, seen.school, seen.entered, "true")
                for number, seen in rows
                if seen.is_january == is_january
            ],
            schema={
                "person_id": pl.Int64, "census_date": pl.Date, "school_urn": pl.String,
                "entry_date": pl.Date, "is_on_roll": pl.String,
            },
            orient="row",
        )  # fmt: skip
    told: dict[int, list[tuple]] = {}
    for number, *enrolment in only(run("merge_enrolments", **tables)).iter_rows():
        told.setdefault(number, []).append(tuple(enrolment))
    return told


@settings(max_examples=10, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(st.integers(0, 2**32))
def test_enrolments_are_what_a_reading_of_censuses_says(seed: int) -> None:
    random = Random(seed)
    pupils = [pupil(random) for _ in range(PUPILS)]
    found = enrolments(pupils, random)

    differ = [seen for n, seen in enumerate(pupils) if found.get(n, []) != reading(seen)]

    if differ:
        seen = min(differ, key=len)
        censuses = "\n".join(map(str, seen))
        raise AssertionError(
            f"{censuses}\nfound   {enrolments([seen], random).get(0)}\nreading {reading(seen)}"
        )
