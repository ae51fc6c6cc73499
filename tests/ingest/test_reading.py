"""What a delivered file holds arrives as it is: in whatever spelling, order and dialect."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from support.tiny import Commands, TinyStudy

CENSUS, NEED = "Spring_Census_2015.txt", "CIN_2009_to_2020.txt"
WIDE, LONG = "Exclusions_2015.txt", "Exclusions_2016.txt"
Read = Callable[..., pl.DataFrame]


@pytest.fixture
def study(lean_study: TinyStudy, tmp_path: Path) -> TinyStudy:
    """A study with one file of each kind, to be changed."""
    return lean_study.copied(tmp_path / "study")


def reader(study: TinyStudy, cws: Commands) -> Read:
    """Ingest one table and give it back."""

    def table(name: str) -> pl.DataFrame:
        said = cws("step", f"ingest_{name}", "--config", study.config)
        assert said.code == 0, said.err
        return pl.read_parquet(study.table(name))

    return table


@pytest.fixture
def read(study: TinyStudy, cws: Commands) -> Read:
    return reader(study, cws)


@pytest.fixture(scope="module")
def delivered_census(
    lean_study: TinyStudy, tmp_path_factory: pytest.TempPathFactory
) -> pl.DataFrame:
    """The census of the lean study as it was delivered, read once for all who compare with it."""
    study = lean_study.copied(tmp_path_factory.mktemp("delivered"))
    words = ["step", "ingest_school_census", "--config", str(study.config)]
    subprocess.run([sys.executable, "-m", "cws_outcomes", *words], check=True)
    return pl.read_parquet(study.table("school_census"))


def rewrite(file: Path, change: Callable[[bytes], bytes]) -> None:
    file.write_bytes(change(file.read_bytes()))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda held: held.replace(b"\n", b"\r\n"), id="lines end as on Windows"),
        pytest.param(lambda held: b"\xef\xbb\xbf" + held, id="a byte order mark"),
        pytest.param(lambda held: held + b"\n\n", id="blank lines at the end"),
        pytest.param(lambda held: held.replace(b"\tM\t", b"\t M \t"), id="blanks around values"),
        pytest.param(lambda held: held.replace(b"\tM\t", b"\tM\0\0\t"), id="padded with NUL"),
        pytest.param(lambda held: held.replace(b"\tM\t", b'\t"M"\t'), id="quoted values"),
        pytest.param(
            lambda held: held.partition(b"\n")[0].upper() + b"\n" + held.partition(b"\n")[2],
            id="header in capitals",
        ),
        pytest.param(
            lambda held: b"\n".join(b"x\t" + line for line in held.splitlines()) + b"\n",
            id="one more column in front",
        ),
        pytest.param(lambda held: held.replace(b"Estab_SPR15", b""), id="a column without a name"),
        pytest.param(
            lambda held: held.replace(b"Estab_SPR15", b"EthnicGroupMajor_SPR15"),
            id="a name twice that is not read",
        ),
    ],
)
def test_the_same_rows_in_another_dialect(
    study: TinyStudy, read: Read, delivered_census: pl.DataFrame, change: Callable[[bytes], bytes]
) -> None:
    before = study.file(CENSUS).read_bytes()
    rewrite(study.file(CENSUS), change)

    assert study.file(CENSUS).read_bytes() != before
    assert read("school_census").equals(delivered_census)


def test_columns_go_by_name_in_whatever_order(
    study: TinyStudy, read: Read, delivered_census: pl.DataFrame
) -> None:
    turned = ["\t".join(reversed(line.split("\t"))) for line in study.lines(CENSUS)]
    study.write_lines(CENSUS, turned)

    assert read("school_census").equals(delivered_census)


def test_references_that_differ_only_in_case_are_two_pupils(study: TinyStudy, read: Read) -> None:
    column = "PupilMatchingRefAnonymous_SPR15"
    study.set_cell(CENSUS, column, "SYNTHETICaaaaaaaaa", 0)
    study.set_cell(CENSUS, column, "SYNTHETICaaaaaaaaA", 1)
    study.set_cell(CENSUS, column, "SYNTHETICaaaaaaaaA   ", 2)  # char(18) columns pad

    found = read("school_census").filter(pl.col("pupil_reference").str.contains("(?i)^syntheticaa"))

    assert found["pupil_reference"].sort().to_list() == [
        "SYNTHETICaaaaaaaaA", "SYNTHETICaaaaaaaaA", "SYNTHETICaaaaaaaaa",
    ]  # fmt: skip


def test_values_keep_marks_that_other_readers_eat(study: TinyStudy, read: Read) -> None:
    for row, school in enumerate(("#90", '9"0', "N/A", "NULL", "0090", "1e5", "é")):
        study.set_cell(CENSUS, "URN_SPR15", school, row)
    study.set_cell(CENSUS, "URN_SPR15", '"9 ""0"""', 7)

    found = set(read("school_census")["school_urn"])

    assert found >= {"#90", '9"0', "N/A", "NULL", "0090", "1e5", "é", '9 "0"'}


def test_a_quotation_mark_can_be_a_character_like_any_other(study: TinyStudy, read: Read) -> None:
    study.set_cell(CENSUS, "URN_SPR15", '"90', 0)
    study.set_cell(CENSUS, "URN_SPR15", '"91"', 1)
    study.change_manifest(lambda m: m["tables"]["school_census"].update(quote=""))

    assert {'"90', '"91"'} <= set(read("school_census")["school_urn"])


def test_latin_1_is_read_when_the_manifest_says_so(study: TinyStudy, read: Read) -> None:
    study.set_cell(CENSUS, "URN_SPR15", "é", 0)
    rewrite(study.file(CENSUS), lambda held: held.decode("utf-8").encode("latin-1"))
    study.change_manifest(lambda m: m["tables"]["school_census"].update(encoding="latin-1"))

    assert "é" in set(read("school_census")["school_urn"])


def test_blanks_are_missing(study: TinyStudy, read: Read) -> None:
    for row, blank in enumerate(("", " ", "  \0 ")):
        study.set_cell(CENSUS, "EntryDate_SPR15", blank, row)
        study.set_cell(CENSUS, "PupilMatchingRefAnonymous_SPR15", blank, row)

    census = read("school_census").filter(file_year=2015)

    assert census["pupil_reference"].null_count() == 3
    assert census["entry_date"].null_count() >= 3
    assert "" not in set(census["pupil_reference"])


def test_dates_are_read_as_the_manifest_writes_them(study: TinyStudy, read: Read) -> None:
    expected = read("children_in_need")
    british = [
        "\t".join(
            "/".join(reversed(cell.split("-"))) if cell.count("-") == 2 else cell
            for cell in line.split("\t")
        )
        for line in study.lines(NEED)
    ]
    study.write_lines(NEED, british)
    study.change_manifest(lambda m: m["tables"]["children_in_need"].update(date_format="%d/%m/%Y"))

    assert read("children_in_need").equals(expected)


def test_names_are_tried_in_turn(thin_study: TinyStudy, tmp_path: Path, cws: Commands) -> None:
    study = thin_study.copied(tmp_path / "thin")
    read = reader(study, cws)
    # IDACIRank_SPR15 in one year, IDACIRank_15_SPR18 in another: the manifest lists both.
    listed = ["IDACIRank_SPR{yy}", "IDACIRank_15_SPR{yy}"]
    study.change_manifest(
        lambda m: m["tables"]["school_census"]["columns"].update(idaci_rank=listed)
    )
    filled = read("school_census").group_by("file_year").agg(pl.col("idaci_rank").count())
    assert dict(filled.iter_rows())[2012] > 0
    assert dict(filled.iter_rows())[2018] > 0

    # Where both are there, the first of the list counts.
    study.rename_column(CENSUS, "Estab_SPR15", "URN_new_SPR15")
    columns = {"school_urn": ["URN_new_SPR{yy}", "URN_SPR{yy}"]}
    study.change_manifest(lambda m: m["tables"]["school_census"]["columns"].update(columns))
    census = read("school_census").filter(file_year=2015)
    header, *rows = (line.split("\t") for line in study.lines(CENSUS))
    expected = {cells[header.index("URN_new_SPR15")] for cells in rows}
    assert set(census["school_urn"].drop_nulls()) == expected - {""}


def test_a_column_that_the_extract_lacks_is_missing_in_every_row(
    study: TinyStudy, read: Read
) -> None:
    study.change_manifest(lambda m: m["tables"]["school_census"]["columns"].update(language=None))

    spring = read("school_census").filter(census="spring")
    assert spring["language"].null_count() == len(spring)


@pytest.mark.parametrize("slots", [26, 40])
def test_wide_exclusions_are_the_rows_of_long_ones(
    study: TinyStudy, read: Read, slots: int
) -> None:
    """The same exclusions of one year, delivered one row a pupil or one row an exclusion."""
    rows = [
        ("A" * 18, "FIXD", "VA", "2015-01-19", "2"),
        ("A" * 18, "PERM", "", "2015-03-02", ""),
        ("B" * 18, "LNCH", "DB", "2015-02-03", "0.5"),
        *[("C" * 18, "FIXD", "PP", f"2015-04-{day:02d}", "1") for day in range(1, slots + 1)][:30],
    ]
    rows = [row for row in rows if row[0][0] != "C" or int(row[3][-2:]) <= slots]
    names = ("Category", "Reason", "StartDate", "Sessions")
    wide = [
        "PupilMatchingRefAnonymous_ex15\tTotalFixedExclusions_ex15\tTotalFixedSessions_ex15"
        "\tPermanentExclusionCount_ex15"
    ]
    wide[0] += "".join(f"\t{name}_{i}_ex15" for i in range(1, slots + 1) for name in names)
    wide[0] += "\tSYNTHETIC"
    for pupil in ("A" * 18, "B" * 18, "C" * 18):
        own = [row[1:] for row in rows if row[0] == pupil]
        cells = [cell for row in own for cell in row] + [""] * 4 * (slots - len(own))
        wide.append("\t".join([pupil, "", "", "", *cells, "SYNTHETIC"]))
    long = [
        "\t".join(["PupilMatchingRefAnonymous_ex15", *(f"{n}_ex15" for n in names), "SYNTHETIC"])
    ]
    long += ["\t".join([*row, "SYNTHETIC"]) for row in rows]
    study.change_manifest(lambda m: m.update(receipt=None))

    def delivered(lines: list[str], shape: str, other: str) -> pl.DataFrame:
        study.write_lines(WIDE, lines)
        study.change_manifest(lambda m: m["tables"][shape].update(years=[2015]))
        study.change_manifest(lambda m: m["tables"][other].update(years=[2016]))
        return read("exclusions").filter(file_year=2015)

    as_wide = delivered(wide, "exclusions_wide", "exclusions_long")
    study.change_manifest(lambda m: m["tables"].pop("exclusions_wide"))
    study.change_manifest(lambda m: m["tables"]["exclusions_long"].update(years=[2015]))
    study.write_lines(WIDE, long)
    as_long = read("exclusions")

    assert len(as_wide) == len(rows)
    assert as_wide.equals(as_long)


def test_a_whole_file_without_a_last_line_break(
    study: TinyStudy, read: Read, delivered_census: pl.DataFrame
) -> None:
    rewrite(study.file(CENSUS), lambda held: held.removesuffix(b"\n"))
    study.change_manifest(lambda m: m.update(ends_with_line_break=False))

    assert read("school_census").equals(delivered_census)


def test_exact_repeats_are_kept_for_later_stages(study: TinyStudy, read: Read) -> None:
    header, first, *rest = study.lines(LONG)
    before = len(read("exclusions"))
    study.write_lines(LONG, [header, first, first, *rest])
    study.write_receipt(study.receipt() | {LONG: len(rest) + 2})

    assert len(read("exclusions")) == before + 1
