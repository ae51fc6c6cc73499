"""The data-quality report: counts only, small ones masked, every cause in one go."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from support.corruptions import CANARY, CARE, CENSUS, NEED, OFFENCES, cell
from support.tiny import Commands, TinyStudy

from cws_outcomes.errors import FlaggedError, UnknownCodeError
from cws_outcomes.quality.masking import NOTHING, Masking

FOLDER = Path("person_level") / "data_quality"
MASKING = Masking(threshold=10, base=10)


def rows(study: TinyStudy, name: str = "data_quality") -> list[dict[str, str]]:
    with (study.results / FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
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


def page(study: TinyStudy) -> str:
    return (study.results / FOLDER / "data_quality.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def good(thin_study: TinyStudy, tmp_path_factory: pytest.TempPathFactory) -> TinyStudy:
    """A good delivery of some years that was checked, to be looked at and not to be changed."""
    study = thin_study.copied(tmp_path_factory.mktemp("good"))
    words = ["-m", "cws_outcomes", "check", "--config", str(study.config)]
    said = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "The delivery can be used." in said.stdout
    return study


@pytest.fixture
def study(lean_study: TinyStudy, tmp_path: Path) -> TinyStudy:
    """What must be delivered, to be changed."""
    return lean_study.copied(tmp_path / "study")


def test_a_good_delivery_is_counted(good: TinyStudy) -> None:
    offences = delivered(good, OFFENCES)
    assert value(good, "offences", "rows", "") == f"{len(offences):,}"
    assert value(good, "offences", "rows of a file", OFFENCES) == f"{len(offences):,}"
    persons = offences["mojuid"].n_unique()
    assert value(good, "offences", "persons", "moj_id") == MASKING.count(persons)
    missing = offences["disposaldate"].null_count()
    assert value(good, "offences", "rows without a value", "disposal_date") == MASKING.count(
        missing
    )
    need = delivered(good, NEED)
    years = need["CIN_CINReferralDate"].str.slice(0, 4)
    assert value(good, "children_in_need", "years", "referral_date") == (
        f"{years.min()} to {years.max()}"
    )
    census = delivered(good, CENSUS)
    assert value(good, "school_census", "rows of a year", "2015") == MASKING.count(len(census))
    male = (census["Gender_SPR15"].str.to_uppercase().is_in(["M", "1", "MALE"])).sum()
    assert male > 10
    assert list((good.results / ".spill").iterdir()) == []


def test_coverage_is_counted_by_authority_and_year(good: TinyStudy) -> None:
    counted = {
        row["la_code"]: (row["rows"], row["children"])
        for row in rows(good, "coverage")
        if (row["table"], row["year"]) == ("school_census", "2015")
    }
    census = delivered(good, CENSUS)
    expected = {
        la: (MASKING.count(number), MASKING.count(pupils))
        for la, number, pupils in census.group_by("LA_SPR15")
        .agg(pl.len(), pl.col("PupilMatchingRefAnonymous_SPR15").n_unique().alias("pupils"))
        .iter_rows()
    }
    assert counted.items() >= expected.items()
    assert {la for la, (number, _) in counted.items() if number != "0"} == set(expected)


def test_no_value_of_a_row_is_shown(good: TinyStudy) -> None:
    shown = "".join(file.read_text() for file in (good.results / FOLDER).iterdir())
    assert not re.search(r"SYNTHETIC[A-Za-z]{9}|SYN[A-Z]\d", shown)  # a reference, an id
    assert not re.search(r"\d{4}-\d{2}-\d{2}", shown)  # a date


def test_no_small_count_is_shown_and_none_can_be_found_by_subtraction(good: TinyStudy) -> None:
    exact = ("rows", "rows of a file")  # sizes of whole files, which come with the delivery
    for row in rows(good):
        count = row["value"].replace(",", "")
        if count.isdigit():
            assert not 0 < int(count) < 10, row
            assert row["measure"] in exact or int(count) % 10 == 0, row
    for row in rows(good, "coverage"):
        for count in (row["rows"], row["children"]):
            assert count == "fewer than 10" or int(count.replace(",", "")) % 10 == 0


def test_the_page_is_one_file_that_tells_the_same(good: TinyStudy) -> None:
    told = page(good)
    assert "SYNTHETIC DATA - NOT REAL" in told
    assert "<script" not in told
    assert not re.search(r"(src|href)=\"(?!#)", told)
    for row in rows(good):
        if row["measure"] in ("rows", "rows of a file", "rows of a year"):
            assert f">{row['value']}<" in told, row


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
    code = CANARY.upper()
    assert value(study, "school_census", "unknown code in ethnicity", code) == "fewer than 10"
    assert value(study, "care_episodes", "unknown code in la", code) == "fewer than 10"


def test_lines_for_the_codelists_are_ready_to_paste(study: TinyStudy, cws: Commands) -> None:
    cell(CENSUS, "EthnicGroupMinor_SPR15")(study)
    cell(CARE, "CLA_LA", "Z99, ABROAD")(study)

    assert cws("check", "--config", study.config).code == 9

    told = page(study)
    assert f"config/codelists/ethnicity.csv</h3>\n<pre>{CANARY.upper()},,label</pre>" in told
    line = value(study, "care_episodes", "line to add to codelists/outside_england.csv", "la")
    for name, text in (("ethnicity", f"{CANARY.upper()},,label"), ("outside_england", line)):
        codelist = study.folder / "definitions" / "codelists" / f"{name}.csv"
        codelist.write_text(codelist.read_text(encoding="utf-8") + text + "\n", encoding="utf-8")
    assert cws("check", "--config", study.config).code == 0


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


def test_flags_fail_a_strict_check_only(study: TinyStudy, cws: Commands) -> None:
    header, *held = study.lines(CENSUS)
    study.write_lines(CENSUS, [header, *held, *held])  # twice in one file
    study.write_receipt({n: r for n, r in study.receipt().items() if n != CENSUS})

    said = cws("check", "--config", study.config)
    strict = cws("check", "--strict", "--config", study.config)

    assert said.code == 0
    assert "stand out and should be looked at" in said.out
    assert strict.code == FlaggedError.exit_code
    names = {(row["name"], row["table"], row["year"]) for row in rows(study, "flags")}
    assert ("rows that repeat another", "school_census", "2015") in names


def test_repairs_are_counted_when_asked_for(
    good: TinyStudy, study: TinyStudy, cws: Commands
) -> None:
    assert "Not counted" in page(good)

    said = cws("check", "--repairs", "--config", study.config)

    assert said.code == 0, said
    assert "Not counted" not in page(study)
    tables = {row["table"] for row in rows(study, "repairs")}
    assert all(re.fullmatch("[a-z_0-9]+", table) for table in tables)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0"), (1, "fewer than 10"), (9, "fewer than 10"), (10, "10"), (14, "10"), (15, "20"),
     (12345, "12,350")],
)  # fmt: skip
def test_counts_of_parts_are_rounded_and_small_ones_masked(count: int, shown: str) -> None:
    assert MASKING.count(count) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 100, "0.0 %"), (3, 100, "fewer than 10"), (97, 100, "all but fewer than 10"),
        (100, 100, "100.0 %"), (33, 100, "30.0 %"), (2, 9, NOTHING), (996, 2004, "50.0 %"),
    ],
)  # fmt: skip
def test_shares_tell_no_more_than_the_rounded_counts(part: int, whole: int, shown: str) -> None:
    assert MASKING.share(part, whole) == shown
