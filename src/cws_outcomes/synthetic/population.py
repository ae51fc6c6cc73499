"""Children resident in England on 1 July of each year: the stand-in for mid-year estimates."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.synthetic.days import Whole, calendar, day
from cws_outcomes.synthetic.dials import ETHNIC_GROUPS
from cws_outcomes.synthetic.people import People
from cws_outcomes.synthetic.places import Places, code_on

YEARS = tuple(range(1996, 2021))
AGES, DECILES, SEXES = 18, 10, 2


class Population:
    """
    Counts by year, authority, age, decile of deprivation, ethnic group and sex.

    One number for each cell that could be: the size does not depend on the children counted.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        groups = len(ETHNIC_GROUPS)
        self._shape = (len(YEARS), len(places.la_code), AGES, DECILES, groups, SEXES)
        self._children = np.zeros(int(np.prod(self._shape)), dtype=np.int64)

    def add(self, cells: Whole, children: Whole) -> None:
        """Add the counts of a block, as `counted` gives them."""
        self._children[cells] += children

    def table(self) -> pl.DataFrame:
        """One row per cell with anybody in it; codes are those in force on 1 July of the year."""
        cell = np.flatnonzero(self._children)
        year, la, age, decile, group, sex = np.unravel_index(cell, self._shape)
        on = np.array([day(one, 7, 1) for one in YEARS], dtype=np.int32)[year]
        keys = ["year", "la_code", "age", "idaci_decile", "ethnic_group", "is_male"]
        rows = pl.DataFrame(
            {
                "year": np.array(YEARS)[year],
                "la_code": code_on(self._places, la, on),
                "age": age,
                "idaci_decile": decile + 1,
                "ethnic_group": np.array(ETHNIC_GROUPS)[group],
                "is_male": sex == 1,
                "children": self._children[cell],
            }
        )
        # Two authorities that merged share a code.
        return rows.group_by(keys).agg(pl.col("children").sum()).sort(keys)


def _age_on_1_july(people: People, year: int) -> Whole:
    born, month, of_month = calendar(people.birth)
    found: Whole = year - born - ((month > 7) | ((month == 7) & (of_month > 1)))
    return found


def counted(people: People, places: Places) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """
    Count the children of a block.

    Returns
    -------
    tuple of array
        Numbers of the cells with anybody in them, and children in each.
    """
    parts = []
    everyone = np.arange(people.count)
    shape = (len(YEARS), len(places.la_code), AGES, DECILES, len(ETHNIC_GROUPS), SEXES)
    decile = places.idaci_decile - 1
    for place, year in enumerate(YEARS):
        on, age = day(year, 7, 1), _age_on_1_july(people, year)
        here = (people.present_from <= on) & (people.present_until > on)
        row = np.flatnonzero(here & (age >= 0) & (age < AGES))
        home = people.home_on(everyone[row], on)
        keys = (
            np.full(len(row), place),
            places.neighbourhood_la[home],
            age[row],
            decile[home],
            people.group[row],
            people.is_male[row].astype(np.int64),
        )
        parts.append(np.ravel_multi_index(keys, shape))
    cells, children = np.unique(np.concatenate(parts), return_counts=True)
    return cells, children
