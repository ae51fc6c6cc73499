"""A child followed through a change of authorities: one area over time, whatever the codes say."""

import pytest
from support.text_tables import assert_shows, only, run

KEYS = "key_kind | la | key | person_id\npupil | '' | AAA | 1\nla_child | {old} | c1 | 1\n"
# At home and at school in the county that was, then in an area that followed it; in need in both.
CENSUS = """
    pupil_reference | file_year | academic_year | home_la | school_la
    AAA             | 2019      | 2018/2019     | {old}   | {old}
    AAA             | 2024      | 2023/2024     | {new}   | {other}
    """
NEED = """
    la    | la_child_id | return_year | referral_date | closure_date
    {old} | c1          | 2018/2019   | 2018-05-01    | 2018-09-01
    {new} | c7          | 2023/2024   | 2023-05-01    | 2023-09-01
    """
NORTHAMPTONSHIRE = {"old": "928", "new": "940", "other": "941"}
CUMBRIA = {"old": "909", "new": "942", "other": "943"}
NINE_DIGITS = {"old": "E10000006", "new": "E06000063", "other": "E06000064"}


def areas(mode: str, year: int | None, first: int):
    made = run(
        "harmonise_local_authorities",
        settings={
            "geography_mode": mode, "geography_year": year,
            "coverage_children_in_need_start": f"{first}-04-01",
            "coverage_schools_end": "2024-09-01",
        },
    )  # fmt: skip
    return made["local_authorities"]


def followed(codes: dict[str, str], mode: str, year: int | None, first: int = 2011):
    """LAs of home and school at each census; LA responsible at each referral."""
    given = {
        "local_authorities": areas(mode, year, first),
        "person_keys": f"{KEYS}la_child | {{new}} | c7 | 1".format(**codes),
    }
    census, need = CENSUS.format(**codes), NEED.format(**codes)
    schools = only(run("harmonise_school_years", delivered_school_census=census, **given))
    referrals = only(run("harmonise_referrals", delivered_children_in_need=need, **given))
    return schools.select("home_la_code", "school_la_code").hstack(referrals.select("la_code"))


@pytest.mark.parametrize("codes", [NORTHAMPTONSHIRE, CUMBRIA, NINE_DIGITS])
@pytest.mark.parametrize(("mode", "year"), [("fixed", None), ("as_at", 2020), ("as_at", 2024)])
def test_a_child_of_a_split_county_stays_in_one_area(codes, mode, year):
    """As at a year after the split the parts cannot be told apart either: data are older."""
    parent = "928" if codes is NORTHAMPTONSHIRE else "909"

    assert_shows(
        followed(codes, mode, year),
        f"""
        home_la_code | school_la_code | la_code
        {parent}     | {parent}       | {parent}
        {parent}     | {parent}       | {parent}
        """,
    )


def test_a_study_that_starts_after_the_split_tells_the_parts_apart():
    """And the county's code, of before the study, is no area of it."""
    table = areas("fixed", None, 2024)

    names = dict(table.select("raw_code", "la_name").iter_rows())
    assert names["940"] == names["E06000061"] == "North Northamptonshire"
    assert names["941"] == "West Northamptonshire"
    assert "928" not in names


def test_every_area_has_the_region_of_its_parts():
    table = areas("fixed", None, 2011)

    regions = dict(table.select("raw_code", "region").iter_rows())
    assert regions["928"] == regions["940"] == regions["E06000062"] == "East Midlands"
    assert regions["909"] == regions["942"] == regions["943"] == "North West"
