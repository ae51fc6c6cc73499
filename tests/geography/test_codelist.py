"""The list is complete and consistent, by itself and against the DfE's own list."""

import csv
import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from cws_outcomes.geography import authorities, changes, not_authorities

SHARED = Path(__file__).parents[3] / "shared" / "data" / "la_geo"
REGIONS = {
    "East Midlands": 10,
    "East of England": 11,
    "London": 33,
    "North East": 12,
    "North West": 24,
    "South East": 19,
    "South West": 15,
    "West Midlands": 14,
    "Yorkshire and The Humber": 15,
}


def rows_of(name: str) -> list[dict[str, str]]:
    path = SHARED / name
    if not path.exists():
        pytest.skip("needs ../shared/data/la_geo, which is not part of the project")
    with path.open(encoding="utf-8-sig") as handle:
        return list(csv.DictReader(handle))


def in_force(day: dt.date) -> pl.DataFrame:
    until = pl.col("valid_to").fill_null(dt.date.max)
    return authorities().filter((pl.col("valid_from") <= day) & (until > day))


@pytest.mark.parametrize(
    ("day", "count"),
    [
        ("2008-12-31", 150),
        ("2009-12-31", 152),
        ("2018-12-31", 152),
        ("2019-12-31", 151),
        ("2021-12-31", 152),
        ("2023-12-31", 153),
    ],
)
def test_number_of_upper_tier_authorities_by_year(day: str, count: int) -> None:
    # 150 before the reorganisation of 2009 (149 and the Isles of Scilly), 153 since 2023.
    present = in_force(dt.date.fromisoformat(day))
    assert present["la_code"].n_unique() == present.height == count


def test_regions_hold_their_present_authorities() -> None:
    present = in_force(dt.date(2023, 12, 31))
    assert dict(present.group_by("region").len().iter_rows()) == REGIONS


def test_versions_of_an_authority_follow_each_other_without_gap_or_overlap() -> None:
    for _, versions in authorities().group_by("la_code"):
        ordered = versions.sort("valid_from")
        assert (ordered["valid_to"][:-1] == ordered["valid_from"][1:]).all()


def test_codes_are_keys() -> None:
    assert authorities()["ons_code"].is_unique().all()
    assert authorities()["la_code"].str.contains(r"^[2-9]\d\d$").all()
    assert authorities()["ons_code"].str.contains(r"^E(06|08|09|10)0000\d\d$").all()


def test_every_end_and_every_later_start_is_a_change() -> None:
    ends = authorities().filter(pl.col("valid_to").is_not_null())
    old = changes().select(ons_code="old_ons_code", valid_to="change_date").unique()
    assert ends.join(old, on=["ons_code", "valid_to"], how="anti").is_empty()
    starts = authorities().filter(pl.col("valid_from") > dt.date(1998, 4, 1))
    new = changes().select(ons_code="new_ons_code", valid_from="change_date").unique()
    assert starts.join(new, on=["ons_code", "valid_from"], how="anti").is_empty()


def test_changes_name_listed_codes_in_force_on_either_side_of_the_day() -> None:
    for side, day in (("old", "valid_to"), ("new", "valid_from")):
        codes = changes().select(
            pl.col(f"{side}_la_code").alias("la_code"),
            pl.col(f"{side}_ons_code").alias("ons_code"),
            pl.col("change_date").alias(day),
        )
        assert codes.join(authorities(), on=["la_code", "ons_code", day], how="anti").is_empty()


def test_parts_of_a_split_keep_the_region_and_are_smaller() -> None:
    facts = {row["la_code"]: row for row in authorities().to_dicts()}
    for row in changes().filter(kind="split").iter_rows(named=True):
        old, new = facts[row["old_la_code"]], facts[row["new_la_code"]]
        assert old["region"] == new["region"]
        assert new["children_0_17"] < old["children_0_17"]


def test_dfe_history_is_accounted_for() -> None:
    known = set(authorities().select("la_code", "ons_code").iter_rows())
    names = dict(authorities().select("ons_code", "la_name").iter_rows())
    for row in rows_of("dfe_las_history.csv"):
        if row["new_la_code"] == "z":
            assert row["old_la_code"] in set(not_authorities()["code"])
            continue
        pairs = zip(row["old_la_code"].split(" / "), row["new_la_code"].split(" / "), strict=False)
        for la_code, ons_code in pairs:
            assert ons_code in names
            assert la_code == "x" or (la_code, ons_code) in known
        if " / " not in row["new_la_code"] and row["new_la_code"] != "E10000005":
            assert names[row["new_la_code"]] == row["la_name"]


def test_reorganisations_are_accounted_for() -> None:
    columns = ["old_la_code", "old_ons_code", "new_la_code", "new_ons_code", "kind"]
    known = {(str(row[0]), *row[1:]) for row in changes().select("change_date", *columns).rows()}
    for row in rows_of("la_reorganisations.csv"):
        fields = ("old_dfe", "old_ons", "new_dfe", "new_ons", "change")
        assert (row["effective_date"], *(row[field] for field in fields)) in known


def test_regions_agree_with_the_dfe_hierarchy() -> None:
    region = dict(authorities().select("ons_code", "region").iter_rows())
    for row in rows_of("dfe_region_la_hierarchy.csv"):
        if (row["new_la_code"] or "").startswith("E") and "/" not in row["new_la_code"]:
            assert region[row["new_la_code"]] == row["region_name"]
