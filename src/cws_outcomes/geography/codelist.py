"""The codelists beside this file, read with their types."""

from functools import lru_cache
from importlib import resources

import polars as pl

_TYPED = {
    "valid_from": pl.col("valid_from").str.to_date("%Y-%m-%d"),
    "valid_to": pl.col("valid_to").str.to_date("%Y-%m-%d"),
    "change_date": pl.col("change_date").str.to_date("%Y-%m-%d"),
    "children_0_17": pl.col("children_0_17").cast(pl.Int64),
    "idaci_score": pl.col("idaci_score").cast(pl.Float64),
    "published": pl.col("published").str.to_date("%Y-%m-%d"),
    **{
        name: pl.col(name).cast(pl.Int64)
        for name in ("edition", "area_census", "small_areas", "first_census")
    },
}


@lru_cache
def _codelist(name: str) -> pl.DataFrame:
    source = resources.files("cws_outcomes.geography").joinpath(name)
    text = pl.read_csv(source.read_bytes(), infer_schema=False)
    return text.with_columns(_TYPED[column] for column in text.columns if column in _TYPED)


def authorities() -> pl.DataFrame:
    """
    Every upper-tier local authority of England since 1998, one row per 9-digit code.

    Returns
    -------
    polars.DataFrame
        ``la_code`` (3-digit DfE code as text: it is what identifies an authority), ``ons_code``
        (9-digit), ``la_name``, ``region``, ``valid_from``, ``valid_to`` (dates, half-open; null is
        still in force), ``children_0_17`` (persons, about 2019) and ``idaci_score`` (average score
        2019; null where the index does not list the authority). Sorted by ``la_code``,
        ``valid_from``. Sources and choices: ``local_authorities.md`` beside the code.
    """
    return _codelist("local_authorities.csv").sort("la_code", "valid_from")


def changes() -> pl.DataFrame:
    """
    Every reorganisation from 2009 on, one row per old and new authority.

    Returns
    -------
    polars.DataFrame
        ``change_date`` (first day of the new codes), ``kind`` (``split``, ``merge``, ``recode``,
        ``part_transfer``), ``old_la_code``, ``old_ons_code``, ``new_la_code``, ``new_ons_code``,
        ``note``. Sorted by date and codes.
    """
    keys = ["change_date", "old_la_code", "new_la_code", "old_ons_code"]
    return _codelist("changes.csv").sort(keys)


def not_authorities() -> pl.DataFrame:
    """
    Codes and names that published tables list beside authorities: England, regions, unknown.

    Returns
    -------
    polars.DataFrame
        ``code`` (may be null), ``name`` and ``kind``: ``england``, ``region``,
        ``outside_england`` or ``unknown``.
    """
    return _codelist("not_authorities.csv")


def name_aliases() -> pl.DataFrame:
    """
    Other names of authorities that no rule of spelling leads to, each decided by hand.

    Returns
    -------
    polars.DataFrame
        ``alias`` and the ``la_code`` it stands for.
    """
    return _codelist("name_aliases.csv")


def deprivation_indices() -> pl.DataFrame:
    """
    Editions of the English Indices of Deprivation, the IMD and the IDACI within them.

    Returns
    -------
    polars.DataFrame
        ``edition``, ``published``, ``area_census`` (census whose small areas it ranks),
        ``small_areas`` (the lowest rank; 1 is the most deprived) and ``first_census`` (first spring
        census after publication: likely, not confirmed, the first whose records carry it). Sorted
        by edition.
    """
    return _codelist("deprivation_indices.csv").sort("edition")


def deprivation_index(census_year: int) -> dict[str, object]:
    """
    Edition whose ranks a spring census is likely to carry.

    Parameters
    ----------
    census_year : int
        Year of the January census.

    Returns
    -------
    dict
        The row of `deprivation_indices`; that of 2004 for any earlier census.
    """
    editions = deprivation_indices()
    carried = editions.filter(pl.col("first_census") <= census_year)
    return (carried.tail(1) if carried.height else editions.head(1)).row(0, named=True)
