"""Families: brothers and sisters are neighbours in the row of children, and share a home."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.blocks import Block
from cws_outcomes.synthetic.days import Days, Real, Whole, day
from cws_outcomes.synthetic.places import Places


@dataclass(frozen=True)
class Families:
    """
    One row per child of the block: its family, and what birth into it means.

    ``eldest`` is the row of the child whose noise stands for the family's; ``turn`` counts the
    children of a family from 0.
    """

    family: Whole
    eldest: Whole
    turn: Whole
    birth: Days
    birth_year: Whole
    home: Whole
    """Neighbourhood of the family."""

    def uniform(self, block: Block, topic: str, step: int = 0) -> Real:
        """The family's own number, the same for all its children."""
        return block.noise.uniform(f"family {topic}", step, self.eldest)

    def normal(self, block: Block, topic: str) -> Real:
        """Standard normal of the family's own, the same for all its children."""
        return block.noise.normal(f"family {topic}", 0, self.eldest)


FAMILY_SIZES = (0.50, 0.36, 0.11, 0.03)
"""Shares of families by number of children within the years of birth of a delivery (our own)."""

SPACING_YEARS, SPACING_SLACK = 2.8, 0.12
"""Time from one birth to the next, and how far it varies either way (our own)."""

FLOOR_FAMILIES = 5
"""Families that every authority has, so that even the smallest one appears."""

# Live births in England by year, thousands, for the years from 1990 on; to the nearest five.
_BIRTHS = (
    665, 660, 650, 635, 625, 612, 614, 608, 602, 590, 572, 564, 565, 590, 607, 613, 635, 655, 673,
    671, 687, 688, 694, 665, 661, 664, 663, 647, 625, 610, 585, 595,
)  # fmt: skip
_FIRST_BIRTHS = 1990


def births_in(birth_year: int) -> float:
    """Relative number of births in an academic year; at the ends of the table, that of the end."""
    place = min(max(birth_year - _FIRST_BIRTHS, 0), len(_BIRTHS) - 1)
    return float(_BIRTHS[place])


def _grown(size: Whole, starts: tuple[int, ...]) -> tuple[Whole, Whole]:
    """Eldest child of each child's family, and whether a row begins one, walking the rows."""
    eldest = np.empty(len(size), dtype=np.int64)
    for start, after in zip(starts, (*starts[1:], len(size)), strict=True):
        row = start
        while row < after:
            until = min(row + int(size[row]), after)
            eldest[row:until] = row
            row = until
    return eldest, eldest == np.arange(len(size))


def _births(block: Block, eldest: Whole, turn: Whole, size: Whole) -> tuple[Days, Whole]:
    """
    Days of birth, spread over the years as births are.

    The children of a family lie at equal distances around a circle of all years, so that each
    birth is spread evenly however many brothers and sisters there are.
    """
    first, last = block.births
    years = np.arange(first, last + 1)
    edges = np.array([day(year, 9, 1) for year in (*years, last + 1)])
    weight = np.concatenate([[0.0], np.cumsum([births_in(int(year)) for year in years])])
    gap = np.minimum(SPACING_YEARS / len(years), 1 / size[eldest])
    jitter = SPACING_SLACK * gap * (2 * block.noise.uniform("birth spacing") - 1)
    place = (block.noise.uniform("birth", 0, eldest) + turn * gap + jitter) % 1.0
    birth = np.floor(np.interp(place, weight / weight[-1], edges)).astype(np.int32)
    birth = np.minimum(birth, edges[-1] - 1).astype(np.int32)
    return birth, first + np.searchsorted(edges, birth, side="right") - 1


def homes(block: Block, places: Places, la: Whole, topic: str, eldest: Whole) -> Whole:
    """A neighbourhood of each family's authority."""
    place = block.noise.uniform(topic, 0, eldest) * places.neighbourhood_count[la]
    found: Whole = places.neighbourhood_first[la] + np.floor(place).astype(np.int64)
    return found


def authority(places: Places, luck: Real) -> Whole:
    """Authority for each number within (0, 1), by the children of each."""
    edges = np.cumsum(places.children / places.children.sum())[:-1]
    found: Whole = np.searchsorted(edges, luck, side="right")
    return found


def make_families(block: Block, places: Places) -> Families:
    """Join the children of a block in families, date their births and give them homes."""
    edges = np.cumsum(FAMILY_SIZES)[:-1]
    size = 1 + np.searchsorted(edges, block.noise.uniform("family size"), side="right")
    starts = (0, block.pupils) if 0 < block.pupils < block.size else (0,)
    eldest, begins = _grown(size, starts)
    family = np.cumsum(begins) - 1
    turn = np.arange(block.size) - eldest
    birth, birth_year = _births(block, eldest, turn, size)
    la = authority(places, block.noise.uniform("authority", 0, eldest))
    las = len(places.la_code)
    if block.number == 0:
        # Whatever the number of pupils, the first families are those of the floor.
        la = np.where(family < FLOOR_FAMILIES * las, family % las, la)
    home = homes(block, places, la, "home", eldest)
    return Families(family, eldest, turn, birth, birth_year, home)
