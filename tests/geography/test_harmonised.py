"""Worked examples of both modes, and properties over every window."""

import itertools

import polars as pl
import pytest

from cws_outcomes.errors import ConfigError
from cws_outcomes.geography import authorities, changes, harmonised, part_transfers


def area_of(table: pl.DataFrame, code: str) -> tuple[str, str, bool]:
    row = table.row(by_predicate=pl.col("raw_code") == code, named=True)
    return row["la_code"], row["la_name"], row["is_combined"]


def test_as_at_2020_follows_the_merge_of_2019() -> None:
    table = harmonised("as_at", 2020, 2011, 2020)
    bcp = ("839", "Bournemouth, Christchurch and Poole", False)
    assert area_of(table, "836") == area_of(table, "E06000028") == area_of(table, "839") == bcp
    # Christchurch's children stay with Dorset: stated, not hidden.
    assert area_of(table, "835") == area_of(table, "838") == ("838", "Dorset", False)
    assert part_transfers(2011, 2020)["old_la_code"].to_list() == ["835"]


def test_as_at_cannot_tell_children_of_a_split_county_apart() -> None:
    table = harmonised("as_at", 2020, 2006, 2020)
    both = ("820", "Bedford and Central Bedfordshire", True)
    assert area_of(table, "820") == area_of(table, "822") == area_of(table, "E06000056") == both


def test_as_at_shows_the_parts_when_no_data_are_older_than_the_split() -> None:
    table = harmonised("as_at", 2020, 2010, 2020)
    assert area_of(table, "822") == ("822", "Bedford", False)
    assert "820" not in table["raw_code"]


def test_as_at_before_a_split_shows_the_county() -> None:
    table = harmonised("as_at", 2020, 2015, 2023)
    assert area_of(table, "942") == area_of(table, "909") == ("909", "Cumbria", False)


def test_as_at_before_a_merge_cannot_tell_the_merged_authority_apart() -> None:
    table = harmonised("as_at", 2018, 2011, 2020)
    assert area_of(table, "837") == area_of(table, "839") == ("839", "Bournemouth and Poole", True)
    assert area_of(table, "838") == ("835", "Dorset", False)


def test_as_at_is_the_end_of_the_year() -> None:
    assert area_of(harmonised("as_at", 2019, 2018, 2019), "836")[0] == "839"


def test_fixed_joins_what_a_change_in_the_window_joins() -> None:
    table = harmonised("fixed", None, 2018, 2020)
    one = ("835", "Bournemouth, Christchurch and Poole and Dorset", True)
    assert {area_of(table, code) for code in ("835", "836", "837", "838", "839")} == {one}
    assert area_of(table, "928") == ("928", "Northamptonshire", False)


def test_fixed_leaves_authorities_apart_when_the_change_is_outside() -> None:
    assert area_of(harmonised("fixed", None, 2011, 2018), "836") == ("836", "Poole", False)
    assert area_of(harmonised("fixed", None, 2024, 2024), "942") == ("942", "Cumberland", False)


def test_both_codes_of_a_recode_are_one_area() -> None:
    table = harmonised("fixed", None, 2012, 2020)
    codes = ("929", "E10000022", "E06000048", "E06000057")
    assert {area_of(table, code) for code in codes} == {("929", "Northumberland", False)}


WINDOWS = [(a, b) for a, b in itertools.product(range(2006, 2025, 3), repeat=2) if a <= b]


@pytest.mark.parametrize(("first", "last"), WINDOWS)
def test_every_window_maps_every_code_once_and_keeps_regions(first: int, last: int) -> None:
    region = dict(authorities().select("la_code", "region").iter_rows())
    region |= dict(authorities().select("ons_code", "region").iter_rows())
    tables = [harmonised("fixed", None, first, last)]
    tables += [harmonised("as_at", year, first, last) for year in (2005, 2018, 2020, 2024)]
    assert all(table["raw_code"].is_unique().all() for table in tables)
    assert len({tuple(table["raw_code"]) for table in tables}) == 1
    for table in tables:
        assert table.null_count().sum_horizontal().item() == 0
        assert all(region[raw] == area for raw, area in table.select("raw_code", "region").rows())
        names = table.group_by("la_code").agg(pl.col("la_name", "is_combined").n_unique())
        assert names["la_name"].max() == names["is_combined"].max() == 1


@pytest.mark.parametrize(("first", "last"), WINDOWS)
def test_fixed_areas_are_the_components_of_the_changes(first: int, last: int) -> None:
    # Slow oracle: relabel both ends of every change to the smaller label until nothing moves.
    table = harmonised("fixed", None, first, last).filter(pl.col("raw_code").str.len_chars() == 3)
    inside = changes().filter(pl.col("change_date").dt.year().is_between(first, last))
    label = {code: code for code in table["raw_code"]}
    for _ in range(len(label)):
        for old, new in inside.select("old_la_code", "new_la_code").iter_rows():
            label[old] = label[new] = min(label[old], label[new])
    groups = {}
    for code, area in table.select("raw_code", "la_code").iter_rows():
        groups.setdefault(area, set()).add(label[code])
    assert all(len(labels) == 1 for labels in groups.values())
    assert len(groups) == len(set(label.values()))


def test_bad_windows_are_refused() -> None:
    with pytest.raises(ConfigError, match="after"):
        harmonised("fixed", None, 2020, 2011)
    with pytest.raises(ConfigError, match="needs a year"):
        harmonised("as_at", None, 2011, 2020)
