"""Names and codes lead to one authority, or to an error that helps."""

import csv
from pathlib import Path

import pytest

from cws_outcomes.errors import UnknownAuthorityError
from cws_outcomes.geography import authorities, match_codes, match_names
from cws_outcomes.geography.codelist import name_aliases
from cws_outcomes.geography.match import normalised

MOJ = (
    Path(__file__).parents[3]
    / "shared/data/la_published/moj_dfe_offending_2023/_flat_counts_by_la.csv"
)


@pytest.mark.parametrize(
    ("name", "code", "matched_by"),
    [
        ("Kent", "886", "name"),
        ("Bristol", "801", "spelling"),
        ("City of Bristol", "801", "spelling"),
        ("BRISTOL,  CITY OF", "801", "spelling"),
        ("Kingston Upon Hull, City of", "810", "spelling"),
        ("Hull", "810", "alias"),
        ("Kingston-upon-Thames", "314", "spelling"),
        ("Royal Borough of Kingston upon Thames", "314", "spelling"),
        ("Newcastle-upon-Tyne", "391", "spelling"),
        ("St Helens", "342", "spelling"),
        ("Saint Helens", "342", "spelling"),
        ("Hammersmith & Fulham", "205", "spelling"),
        ("Southend on Sea", "882", "spelling"),
        ("Durham", "840", "spelling"),
        ("Herefordshire", "884", "spelling"),
        ("Telford & Wrekin", "894", "spelling"),
        ("Medway Towns", "887", "alias"),
        ("Kent County Council", "886", "spelling"),
        ("City of London", "201", "name"),
        ("London, City of", "201", "spelling"),
        ("Bournemouth Christchurch and Poole", "839", "spelling"),
    ],
)
def test_usual_spellings(name: str, code: str, matched_by: str) -> None:
    row = match_names([name]).row(0, named=True)
    assert (row["name"], row["la_code"], row["matched_by"]) == (name, code, matched_by)


@pytest.mark.parametrize(("year", "code"), [(2018, "835"), (2020, "838")])
def test_a_name_of_two_authorities_is_told_by_the_year(year: int, code: str) -> None:
    assert match_names(["Dorset"], year)["la_code"].to_list() == [code]


def test_a_name_of_two_authorities_is_told_by_its_company() -> None:
    assert match_names(["Dorset", "Poole"])["la_code"].to_list() == ["835", "836"]
    assert match_names(["Dorset", "Cumberland"])["la_code"].to_list() == ["838", "942"]


@pytest.mark.parametrize("names", [["Dorset"], ["Dorset", "Poole", "Cumberland"]])
def test_a_name_of_two_authorities_is_never_guessed(names: list[str]) -> None:
    with pytest.raises(UnknownAuthorityError, match=r"more than one authority.*Give the year"):
        match_names(names)


def test_unknown_names_are_listed_with_the_closest() -> None:
    with pytest.raises(UnknownAuthorityError) as error:
        match_names(["Kent", "Bristl", "London", "Atlantis-by-Sea"])
    message = str(error.value)
    assert message.startswith("3 names")
    assert "'Bristl' (closest: Bristol, City of" in message
    assert "'London' (not an authority" in message
    assert "'Kent'" not in message


def test_spellings_of_different_authorities_stay_different() -> None:
    spelt = {}
    for code, name in authorities().select("la_code", "la_name").iter_rows():
        spelt.setdefault(normalised(name), set()).add(code)
    assert [codes for codes in spelt.values() if len(codes) > 1] == [{"835", "838"}]
    aliases = [normalised(alias) for alias in name_aliases()["alias"]]
    assert not set(aliases) & set(spelt)
    assert len(aliases) == len(set(aliases))


def test_normalising_twice_changes_nothing() -> None:
    for name in [*authorities()["la_name"], *name_aliases()["alias"]]:
        assert normalised(normalised(name)) == normalised(name)


def test_codes_of_both_systems() -> None:
    found = match_codes(["E06000048", "929", "e10000010"])
    assert found["la_code"].to_list() == ["929", "929", "840"]
    with pytest.raises(UnknownAuthorityError, match=r"1 codes .*: 999"):
        match_codes(["886", "999"])


def test_names_of_the_dfe_and_moj_table() -> None:
    if not MOJ.exists():
        pytest.skip("needs ../shared/data/la_published, which is not part of the project")
    with MOJ.open() as handle:
        names = [row["LA"] for row in csv.DictReader(handle) if row["LA"] != "England"]
    found = match_names(names)
    assert found["la_code"].n_unique() == len(names) == 150
    assert found.filter(name="Dorset")["la_code"].item() == "835"
    assert found.filter(matched_by="alias")["name"].to_list() == ["Medway Towns"]
