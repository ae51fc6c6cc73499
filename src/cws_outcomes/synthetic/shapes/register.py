"""What school tables say of a pupil, ready to be gathered by row."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.synthetic.days import Days, Text, Whole, calendar
from cws_outcomes.synthetic.people import birth_month
from cws_outcomes.synthetic.shapes.frames import column, whole
from cws_outcomes.synthetic.world import World

MAJOR = {"W": "WHIT", "M": "MIXD", "A": "ASIA", "B": "BLAC", "C": "CHIN", "O": "AOEG"}


def coded(labels: tuple[str | None, ...], codes: NDArray[Any]) -> pl.Series:
    """Text by its place in a short table of labels; far faster than arrays of text."""
    return pl.Series(list(labels), dtype=pl.String).gather(np.asarray(codes).astype(np.uint32))


def flagged(flags: NDArray[Any], yes: str | None, no: str | None) -> pl.Series:
    """One of two labels."""
    return coded((no, yes), flags)


def same(value: str, size: int) -> pl.Series:
    """One text for all rows."""
    return pl.Series([value]).new_from_index(0, size)


@cache
def _small_areas(number: int) -> pl.Series:
    """Labels of neighbourhoods."""
    return pl.Series([f"SYN{place:06d}" for place in range(number)])


@dataclass(frozen=True)
class Register:
    """One row per child: text and numbers that do not change over the years."""

    references: pl.Series
    """First references of all children, then their later ones."""
    change: Days
    is_male: NDArray[np.bool_]
    year: Whole
    month: Whole
    has_month: NDArray[np.bool_]
    """Whether censuses tell the month of birth."""
    minor: pl.Series
    major: pl.Series
    language: pl.Series
    small_areas: pl.Series
    """One row per neighbourhood."""

    @classmethod
    def of(cls, world: World) -> "Register":
        """Look the children of a world up."""
        people, references = world.people, world.references
        year, month = birth_month(people)
        return cls(
            pl.concat([column(references.first), column(references.second)]),
            references.change,
            people.is_male,
            year,
            month,
            is_birth_month_told(world),
            column(people.ethnicity),
            major_group(people.ethnicity),
            column(people.language),
            _small_areas(len(world.places.idaci_rank)),
        )

    def reference(self, child: Whole, on: Days | int) -> pl.Series:
        """Reference under which each child is known on a day; empty where it has none."""
        later = (self.change[child] <= on) * len(self.change)
        return self.references.gather((child + later).astype(np.uint32))

    def told_month(self, child: Whole) -> pl.Series:
        """Month of birth of each child as censuses tell it."""
        return whole(np.where(self.has_month[child], self.month[child], -1))

    def gathered(self, values: pl.Series, child: Whole) -> pl.Series:
        """Values of the given children."""
        return values.gather(child.astype(np.uint32))

    def age_at_start(self, child: Whole, census: int) -> Whole:
        """Completed years on 31 August before a census."""
        found: Whole = census - 1 - self.year[child] - (self.month[child] >= 9)
        return found


def is_birth_month_told(world: World) -> NDArray[np.bool_]:
    """Whether censuses tell each child's month of birth."""
    draw = world.block.noise.uniform("unknown birth month")
    found: NDArray[np.bool_] = draw >= world.dials.unknown_birth_month_share
    return found


def major_group(minor: Text) -> pl.Series:
    """Major ethnic group of each minor one."""
    codes, place = np.unique(minor, return_inverse=True)
    return coded(tuple(MAJOR[str(code)[0]] for code in codes), place)


def academic_year(census: Whole) -> pl.Series:
    """Academic year of each census, written 2011/2012."""
    labels = tuple(f"{year - 1}/{year}" for year in range(1990, 2030))
    return coded(labels, census - 1990)


def month_of(days: Days) -> Whole:
    """Month of each day, 1 to 12."""
    return calendar(days)[1]
