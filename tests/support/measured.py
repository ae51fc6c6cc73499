"""Measures of `cws calibrate`, run on tables that are written as text."""

import polars as pl
from support.text_tables import Written, table

from cws_outcomes.calibration import load_catalogue
from cws_outcomes.calibration.judge import Measured
from cws_outcomes.calibration.measure import POPULATION, measure, needed, register_authorities
from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.sql import connect


def measured(
    *measures: str, population: pl.DataFrame | None = None, **tables: Written
) -> dict[tuple[str, str], Measured]:
    """
    What measures return on written tables; tables that the example leaves out are empty.

    ``population`` are residents by year, as the truth of a delivery gives them.
    """
    _, words = needed(measures)
    unknown = tables.keys() - words
    assert not unknown, f"{measures} do not read {sorted(unknown)}"
    connection = connect(".", threads=1, memory_mb=500)
    try:
        for name in sorted(words & CONTRACTS.keys()):
            connection.register(name, table(name, tables.get(name, "")).to_arrow())
        register_authorities(connection)
        if population is None:
            connection.execute(f"create table population ({POPULATION})")
        else:
            connection.register("population", population.to_arrow())
        return measure(connection, load_catalogue(), measures)
    finally:
        connection.close()


def shares(found: dict[tuple[str, str], Measured], figure: str) -> dict[str, tuple[float, float]]:
    """Numerator and denominator of each part of a figure."""
    return {
        part: (one.numerator, one.denominator)
        for (name, part), one in found.items()
        if name == figure
    }  # fmt: skip


def residents(children: int = 100, ethnic_group: str = "white") -> pl.DataFrame:
    """As many children of each age from 0 to 17 on 1 July of each year from 2001 to 2020."""
    return pl.DataFrame(
        [
            {
                "year": year, "la_code": "301", "age": age, "ethnic_group": ethnic_group,
                "is_male": True, "children": children,
            }
            for year in range(2001, 2021)
            for age in range(18)
        ]
    )  # fmt: skip
