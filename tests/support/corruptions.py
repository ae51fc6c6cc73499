"""Ways in which a delivery goes wrong. To add one, add a line to `CORRUPTIONS`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from support.tiny import TinyStudy

from cws_outcomes.errors import (
    ConfigError,
    CwsError,
    EmptyTableError,
    MissingColumnError,
    MissingTableError,
    MixedSourcesError,
    TruncatedFileError,
    UnknownAuthorityError,
    UnknownCodeError,
    ValueFormatError,
)  # fmt: skip

# Stands in for a value of a row: it may be seen nowhere but in the delivery.
CANARY = "CANARY7Zq"
CENSUS, NEED, CARE = (
    "Spring_Census_2015.txt",
    "CIN_2009_to_2020.txt",
    "CLA_Episodes_2006_to_2020.txt",
)
WIDE, LONG, OFFENCES = "Exclusions_2015.txt", "Exclusions_2016.txt", "MOJ_PNC.csv"


@dataclass(frozen=True)
class Corruption:
    """
    One way to go wrong, and what must be said of it.

    Attributes
    ----------
    name : str
    damage : callable
        Changes a copy of the tiny study.
    error : type of CwsError
        Its exit code is the command's.
    says : tuple of str
        What the message must hold: table, column, what was expected, what to do.
    table : str
        The table that must not be written; empty where nothing runs at all.
    """

    name: str
    damage: Callable[[TinyStudy], object]
    error: type[CwsError]
    says: tuple[str, ...]
    table: str = "school_census"


def cell(name: str, column: str, value: str = CANARY, row: int = 40) -> Callable[[TinyStudy], None]:
    return lambda study: study.set_cell(name, column, value, row)


def manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[TinyStudy], None]:
    return lambda study: study.change_manifest(change)


def receipt(name: str, difference: int) -> Callable[[TinyStudy], None]:
    def damage(study: TinyStudy) -> None:
        rows = study.receipt()
        study.write_receipt(rows | {name: int(rows[name]) + difference})

    return damage


def lines(name: str, change: Callable[[list[str]], list[str]]) -> Callable[[TinyStudy], None]:
    return lambda study: study.write_lines(name, change(study.lines(name)))


def content(name: str, change: Callable[[bytes], bytes]) -> Callable[[TinyStudy], None]:
    return lambda study: study.file(name).write_bytes(change(study.file(name).read_bytes()))


def all_dates_british(study: TinyStudy) -> None:
    for row in range(len(study.lines(CENSUS)) - 1):
        study.set_cell(CENSUS, "EntryDate_SPR15", f"31/12/{CANARY}", row)


def unmark(study: TinyStudy) -> None:
    """Make the delivery look real: no file is marked, and the manifest says so."""
    for file in study.file("").iterdir():
        study.rename_column(file.name, "SYNTHETIC", "Remark")
    study.change_manifest(lambda m: m.update(synthetic=False))


def one_marked_among_real(study: TinyStudy) -> None:
    unmark(study)
    study.rename_column(CENSUS, "Remark", "synthetic")


def last_but_one_field(line: str) -> str:
    return line.rpartition("\t")[0]


CORRUPTIONS = (
    Corruption(
        "a file is gone", lambda s: s.file(CENSUS).unlink(), MissingTableError,
        ("school_census", CENSUS, "Expected every file", "Deliver it"),
    ),
    Corruption(
        "a table is not in the manifest", manifest(lambda m: m["tables"].pop("key_stage_2")),
        MissingTableError, ("key_stage_2", "not in the manifest", "Expected", "Add it"),
        "key_stage_2",
    ),
    Corruption(
        "both shapes of exclusions are not in the manifest",
        manifest(lambda m: [m["tables"].pop(f"exclusions_{s}") for s in ("wide", "long")]),
        MissingTableError, ("exclusions_wide or exclusions_long", "Add it"), "exclusions",
    ),
    Corruption(
        "a column is gone", lambda s: s.rename_column(CENSUS, "NCyearActual_SPR15", "Year_SPR15"),
        MissingColumnError, ("school_census", CENSUS, "nc_year", "NCyearActual_SPR15", "Correct"),
    ),
    Corruption(
        "another delimiter than the file's",
        manifest(lambda m: m["tables"]["school_census"].update(delimiter=";")), MissingColumnError,
        ("school_census", "Spring_Census_", "a single column", "Expected", "Correct `delimiter`"),
    ),
    Corruption(
        "a column is there twice",
        lambda s: s.rename_column(CENSUS, "RecordStatus_SPR15", "gender_spr15"),
        MissingColumnError, ("school_census", "more than one", "sex", "Expected each once"),
    ),
    Corruption(
        "an unknown code", cell(CENSUS, "EthnicGroupMinor_SPR15"), UnknownCodeError,
        ("school_census", "ethnicity", "ethnicity.csv", "Expected only listed", "add a line"),
    ),
    Corruption(
        "an unknown code in a repeated column", cell(WIDE, "Category_1_ex15", row=0),
        UnknownCodeError, ("exclusions", "category", "exclusion_category.csv"), "exclusions",
    ),
    Corruption(
        "an impossible authority", cell(CENSUS, "LA_SPR15"), UnknownAuthorityError,
        ("school_census", "school_la", "Expected 3-digit or 9-digit codes",
         "codelists/outside_england.csv", "Correct the manifest"),
    ),
    Corruption(
        "an authority that never was", cell(CARE, "CLA_LA", "999"), UnknownAuthorityError,
        ("care_episodes", "column la", "1 code(s)"), "care_episodes",
    ),
    Corruption(
        "every date of a file written otherwise", all_dates_british, ValueFormatError,
        ("school_census", "entry_date", "EntryDate_SPR{yy}", "dates written as %Y-%m-%d", "about"),
    ),
    Corruption(
        "one wrong date", cell(NEED, "CIN_CINClosureDate", f"31/12/{CANARY}", row=57),
        ValueFormatError,
        ("children_in_need", "closure_date", "%Y-%m-%d", "fewer than 10 rows", "Correct"),
        "children_in_need",
    ),
    Corruption(
        "a day that is in no calendar", cell(CENSUS, "EntryDate_SPR15", "2015-02-30"),
        ValueFormatError, ("school_census", "entry_date"),
    ),
    Corruption(
        "a number that is none", cell(CENSUS, "YearOfBirth_SPR15"), ValueFormatError,
        ("school_census", "birth_year", "whole numbers", "fewer than 10 rows"),
    ),
    Corruption(
        "a year written otherwise", cell(CENSUS, "AcademicYear_SPR15", "2014"), ValueFormatError,
        ("school_census", "academic_year", "years written 2011/2012"),
    ),
    Corruption(
        "an empty file", content(CENSUS, lambda _: b""), EmptyTableError,
        ("school_census", CENSUS, "Expected a header and at least one row", "Ask for it again"),
    ),
    Corruption(
        "only a header", lines(CENSUS, lambda held: held[:1]), EmptyTableError,
        ("school_census", CENSUS, "no rows"),
    ),
    Corruption(
        "only a header and blank lines", lines(CENSUS, lambda held: [held[0], "", "  "]),
        EmptyTableError, ("school_census", CENSUS, "no rows"),
    ),
    Corruption(
        "cut in the middle of a line", content(CENSUS, lambda held: held[: len(held) // 2]),
        TruncatedFileError, ("school_census", CENSUS, "is cut", "Expected", "Copy or request"),
    ),
    Corruption(
        "cut at the end of a line", lines(CENSUS, lambda held: held[:-30]), TruncatedFileError,
        ("school_census", CENSUS, "fewer rows than its receipt says", "Expected", "Copy"),
    ),
    Corruption(
        "the last line is short",
        lines(CENSUS, lambda held: [*held[:-1], last_but_one_field(held[-1])]),
        TruncatedFileError, ("school_census", CENSUS, "its last line is not whole"),
    ),
    Corruption(
        "the receipt promises more rows", receipt(CENSUS, 1), TruncatedFileError,
        ("school_census", CENSUS, "fewer rows than its receipt"),
    ),
    Corruption(
        "the receipt promises fewer rows", receipt(WIDE, -1), TruncatedFileError,
        ("exclusions_wide", WIDE, "more rows than its receipt", "correct it"), "exclusions",
    ),
    Corruption(
        "the receipt is gone", lambda s: s.receipt_file.unlink(), MissingTableError,
        ("receipt.csv", "Expected a CSV", "Restore it"),
    ),
    Corruption(
        "the receipt is something else", lambda s: s.receipt_file.write_text(f"name\n{CANARY}\n"),
        ConfigError, ("receipt.csv", "columns file and rows", "Correct it"),
    ),
    Corruption(
        "a line with too few fields",
        lines(CENSUS, lambda held: [*held[:50], f"{CANARY}\tM", *held[50:]]), ValueFormatError,
        ("school_census", CENSUS, "cannot be split into its 27 columns", "Correct `delimiter`"),
    ),
    Corruption(
        "a line with too many fields",
        lines(CENSUS, lambda held: [*held[:50], f"{held[50]}\t{CANARY}", *held[51:]]),
        ValueFormatError, ("school_census", CENSUS, "cannot be split"),
    ),
    Corruption(
        "a quotation mark that is never closed", cell(CENSUS, "URN_SPR15", f'"{CANARY}'),
        ValueFormatError, ("school_census", CENSUS, "`quote`"),
    ),
    Corruption(
        "another encoding",
        content(CENSUS, lambda held: held.replace(b"WBRI", CANARY.encode() + b"\xe9", 1)),
        ValueFormatError, ("school_census", CENSUS, "Expected text in utf-8", "`encoding`"),
    ),
    Corruption(
        "an unmarked file among marked ones",
        lambda s: s.rename_column(CENSUS, "SYNTHETIC", "Remark"), MixedSourcesError,
        ("school_census", CENSUS, "not marked synthetic", "must not be mixed", "keep each"),
    ),
    Corruption(
        "a marked file among unmarked ones", one_marked_among_real, MixedSourcesError,
        ("school_census", CENSUS, "is marked synthetic", "synthetic: false"),
    ),
    Corruption(
        "an unknown key in the manifest", manifest(lambda m: m.update(foldr="x")), ConfigError,
        ("delivery.yaml", "foldr: unknown key; did you mean folder?"), "",
    ),
    Corruption(
        "a column's name misspelt in the manifest",
        manifest(lambda m: m["tables"]["offences"]["columns"].update(
            disposal_dat=m["tables"]["offences"]["columns"].pop("disposal_date"))),
        ConfigError, ("tables.offences.columns.disposal_date", "is disposal_dat a slip?"), "",
    ),
    Corruption(
        "a needed column is null in the manifest",
        manifest(lambda m: m["tables"]["offences"]["columns"].update(offence_date=None)),
        ConfigError, ("tables.offences.columns.offence_date", "cannot do without it"), "",
    ),
    Corruption(
        "a table's name misspelt in the manifest",
        manifest(lambda m: m["tables"].update(offnces=m["tables"].pop("offences"))),
        ConfigError, ("tables.offnces", "did you mean offences?"), "",
    ),
    Corruption(
        "several slips in the manifest",
        manifest(lambda m: (
            m["tables"]["absence"].pop("years"), m["tables"]["offences"].update(encoding="koi8"),
            m["tables"]["key_stage_4"].update(date_format="%Q"))),
        ConfigError, ("offences.encoding", "key_stage_4.date_format"), "",
    ),
    Corruption(
        "years without a place for them",
        manifest(lambda m: m["tables"]["absence"].pop("years")),
        ConfigError, ("tables.absence", "`years` goes with {year}"), "",
    ),
    Corruption(
        "the manifest is gone", lambda s: s.manifest_file.unlink(), ConfigError,
        ("delivery.yaml", "Expected a YAML file", "docs/delivery.md", "Set `delivery:`"), "",
    ),
    Corruption(
        "the manifest is not YAML", lambda s: s.manifest_file.write_text("name: [\n"), ConfigError,
        ("delivery.yaml, line 2", "not YAML"), "",
    ),
)  # fmt: skip
