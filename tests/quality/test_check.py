"""The data-quality report: counts only, small ones masked, every cause in one go."""

import csv
import re
from pathlib import Path

import polars as pl
import pytest
from support.corruptions import CANARY, CARE, CENSUS, NEED, OFFENCES, cell
from support.tiny import Commands, TinyStudy

from cws_outcomes.errors import UnknownCodeError
from cws_outcomes.quality.check import _masked

FOLDER = Path("person_level") / "data_quality"


def rows(study: TinyStudy) -> list[dict[str, str]]:
    with (study.results / FOLDER / "data_quality.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def value(study: TinyStudy, table: str, measure: str, item: str) -> str:
    (row,) = [
        row for row in rows(study)
        if (row["table"], row["measure"], row["item"]) == (table, measure, item)
    ]  # fmt: skip
    return row["value"]


def delivered(study: TinyStudy, name: str) -> pl.DataFrame:
    separator = "," if name.endswith(".csv") else "\t"
    return pl.read_csv(study.file(name), separator=separator, infer_schema=False)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0"), (1, "fewer than 10"), (9, "fewer than 10"), (10, "10"), (12345, "12,345")],
)
def test_small_counts_are_masked(count: int, shown: str) -> None:
    assert _masked(count) == shown


def test_a_good_delivery_is_counted(study: TinyStudy, cws: Commands) -> None:
    said = cws("check", "--config", study.config)

    assert said.code == 0
    assert "The delivery can be used." in said.out
    offences = delivered(study, OFFENCES)
    assert value(study, "offences", "rows", "") == f"{len(offences):,}"
    assert value(study, "offences", "persons", "moj_id") == str(offences["mojuid"].n_unique())
    missing = offences["disposaldate"].null_count()
    assert value(study, "offences", "rows without a value", "disposal_date") == _masked(missing)
    need = delivered(study, NEED)
    years = need["CIN_CINReferralDate"].str.slice(0, 4)
    assert value(study, "children_in_need", "years", "referral_date") == (
        f"{years.min()} to {years.max()}"
    )
    tables = {row["table"] for row in rows(study)}
    assert len(tables) == 8
    assert list((study.results / ".spill").iterdir()) == []


def test_no_value_of_a_row_is_shown(study: TinyStudy, cws: Commands) -> None:
    cws("check", "--config", study.config)

    shown = "".join(file.read_text() for file in (study.results / FOLDER).iterdir())
    assert not re.search(r"SYNTHETIC[A-Za-z]{9}|SYN[A-Z]\d", shown)  # a reference, an id
    assert not re.search(r"\d{4}-\d{2}-\d{2}", shown)  # a date
    exact = {int(row["value"]) for row in rows(study) if row["value"].isdigit()}
    assert not exact & set(range(1, 10))


def test_page_and_table_say_the_same(study: TinyStudy, cws: Commands) -> None:
    cws("check", "--config", study.config)

    page = (study.results / FOLDER / "data_quality.html").read_text(encoding="utf-8")
    assert "SYNTHETIC DATA - NOT REAL" in page
    assert "<script" not in page
    cells = re.findall(r"<td>(.*?)</td><td>(.*?)</td><td>(.*?)</td>", page)
    assert cells == [(row["measure"], row["item"], row["value"]) for row in rows(study)]


def test_every_cause_is_found_in_one_go(study: TinyStudy, cws: Commands) -> None:
    cell(CENSUS, "EthnicGroupMinor_SPR15")(study)
    cell(CENSUS, "YearOfBirth_SPR15")(study)
    cell(CARE, "CLA_LA")(study)
    study.file(NEED).unlink()

    said = cws("check", "--config", study.config)

    causes = [(row["table"], row["item"]) for row in rows(study) if row["measure"] == "failure"]
    assert causes == [
        ("school_census", "ValueFormatError"),
        ("school_census", "UnknownCodeError"),
        ("children_in_need", "MissingTableError"),
        ("care_episodes", "UnknownAuthorityError"),
    ]
    assert said.code == 8  # the first
    assert "Reasons why it cannot be used: 4" in said.out
    assert (
        value(study, "school_census", "unknown code in ethnicity", CANARY.upper())
        == "fewer than 10"
    )
    assert value(study, "care_episodes", "unknown code in la", CANARY.upper()) == "fewer than 10"


def test_a_column_mapped_to_identifiers_does_not_print_them(
    study: TinyStudy, cws: Commands
) -> None:
    columns = {"sex": "PupilMatchingRefAnonymous_SPR{yy}"}
    study.change_manifest(lambda m: m["tables"]["school_census"]["columns"].update(columns))

    said = cws("check", "--config", study.config)

    listed = [row for row in rows(study) if row["measure"] == "unknown code in sex"]
    assert said.code == UnknownCodeError.exit_code
    assert [row["item"] for row in listed] == ["too many to list: is it the right column?"]
    shown = "".join(file.read_text() for file in (study.results / FOLDER).iterdir())
    reference = delivered(study, CENSUS)["PupilMatchingRefAnonymous_SPR15"][0]
    assert reference.upper() not in shown.upper()


def test_a_report_is_written_anew(study: TinyStudy, cws: Commands) -> None:
    cell(CENSUS, "EthnicGroupMinor_SPR15")(study)
    assert cws("check", "--config", study.config).code == 9
    cell(CENSUS, "EthnicGroupMinor_SPR15", "WBRI")(study)

    assert cws("check", "--config", study.config).code == 0
    assert not [row for row in rows(study) if row["measure"] == "failure"]
