"""Editions of the indices of deprivation, and that the harmonised ranks know them."""

import re

import pytest

from cws_outcomes.geography import deprivation_index, deprivation_indices
from cws_outcomes.runner import PACKAGE


@pytest.mark.parametrize(
    ("census", "edition", "small_areas"),
    [
        (2002, 2004, 32_482),
        (2007, 2004, 32_482),
        (2008, 2007, 32_482),
        (2011, 2007, 32_482),
        (2012, 2010, 32_482),
        (2015, 2010, 32_482),
        (2016, 2015, 32_844),
        (2019, 2015, 32_844),
        (2020, 2019, 32_844),
        (2023, 2019, 32_844),
    ],
)
def test_the_edition_of_a_census_was_published_before_it(census, edition, small_areas):
    found = deprivation_index(census)

    assert (found["edition"], found["small_areas"]) == (edition, small_areas)
    assert found["published"].year < census or census < 2005


def test_each_edition_ranks_the_small_areas_of_one_census():
    counts = deprivation_indices().group_by("area_census").n_unique()

    assert counts["small_areas"].to_list() == [1, 1]


@pytest.mark.parametrize("file", ["school_years.sql", "census_repairs.sql"])
def test_queries_divide_ranks_by_the_small_areas_of_their_census(file: str):
    query = (PACKAGE / "harmonise" / file).read_text(encoding="utf-8")
    areas = dict(deprivation_indices().select("area_census", "small_areas").iter_rows())

    assert set(re.findall(r"idaci_rank (?:not )?between 1 and (\d+)", query)) == {str(areas[2011])}
    assert set(re.findall(r"idaci_rank_2001 (?:not )?between 1 and (\d+)", query)) == {
        str(areas[2001])
    }
