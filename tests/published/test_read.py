"""Reading published counts: columns, cells, places, errors."""

from pathlib import Path

import pytest

from cws_outcomes.errors import (
    ConfigError,
    CountsError,
    EmptyTableError,
    MissingTableError,
    UnknownAuthorityError,
)
from cws_outcomes.published.cells import read_cells
from cws_outcomes.published.columns import Columns, find_columns, read_columns
from cws_outcomes.published.places import calendar_year
from cws_outcomes.published.read import Counts, read_counts


def read(tmp_path: Path, text: str, **columns: object) -> Counts:
    path = tmp_path / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return read_counts(path, Columns(**columns))


BASE = "la_name,persons,events\nKent,1000,50\nSurrey,900,20\nEngland,30000,1200\n"


def test_usual_column_names_are_found(tmp_path: Path) -> None:
    counts = read(tmp_path, BASE)
    assert counts.rows.select("la_code", "region", "persons", "events", "status").rows() == [
        ("886", "South East", 1000, 50, "shown"),
        ("936", "South East", 900, 20, "shown"),
    ]
    assert counts.england.select("persons", "events").rows() == [(30000, 1200)]


def test_the_nine_digit_code_goes_before_the_other_keys() -> None:
    header = ["la_name", "old_la_code", "new_la_code", "persons", "events"]
    assert find_columns(header, Columns()).la == "new_la_code"


@pytest.mark.parametrize(
    ("header", "named", "message"),
    [
        (["la", "persons", "count", "events"], {}, r"--numerator: 2 columns fit \(count, events\)"),
        (["la", "n", "events"], {}, "--denominator: not given, and no column has a usual name"),
        (["la", "persons"], {}, r"--numerator \(or --rate\): not given"),
        (["la", "persons", "events"], {"year": "jahr"}, "--year: no column 'jahr'"),
        (["la", "persons", "events"], {"keep": {"kind": ["a"]}}, "keep: no column 'kind'"),
        (["la", "persons", "events"], {"rate": "r", "numerator": "events"}, "not both"),
    ],
)
def test_unclear_columns_are_refused(header: list[str], named: dict, message: str) -> None:
    with pytest.raises(CountsError, match=message):
        find_columns(header, Columns(**named))


def test_unclear_columns_are_told_with_those_there_are() -> None:
    with pytest.raises(CountsError, match=r"The file has: la, n, m\."):
        find_columns(["la", "n", "m"], Columns())


def test_options_go_before_the_yaml(tmp_path: Path) -> None:
    path = tmp_path / "columns.yaml"
    path.write_text("la: LA\nper: 1000\nyears: [2016, 2020]\n")
    found = read_columns(path, {"per": 100, "la": None})
    assert (found.la, found.per, found.years) == ("LA", 100, (2016, 2020))


def test_all_slips_of_a_yaml_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "columns.yaml"
    path.write_text("lla: LA\nper: 7\nyears: [2016]\n")
    with pytest.raises(ConfigError, match=r"3 slips in columns\.yaml") as error:
        read_columns(path, {})
    assert all(key in str(error.value) for key in ("lla", "per", "years", "deprivation_label"))


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [\n", ""])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "columns.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"columns\.yaml"):
        read_columns(path, {})


def test_symbols_are_never_zero() -> None:
    texts = [
        "12",
        "c",
        "[c]",
        "x",
        "z",
        "u",
        "*",
        "-",
        "k",
        "[low]",
        "",
        None,
        "0",
        " 1,234 ",
        "3.5%",
    ]
    cells = read_cells("n", texts, range(len(texts)))
    assert [value for value in cells.values if value is not None] == [12, 0, 1234, 3.5]
    assert [status[0] for status in cells.status] == list("sssnnsssssnnsss")
    assert cells.status.count("suppressed") == 7
    assert cells.status.count("not_applicable") == 4
    assert cells.symbols["c"] == cells.symbols["blank"] == 2


def test_other_symbols_can_be_named() -> None:
    assert read_cells("n", ["~"], [2], ["~"]).status == ["suppressed"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["5", "many", "1,2"], r"Column 'n': 2 cells are neither numbers .* \(line 3, 4\)"),
        (["5", "-7", "1"], r"Column 'n': 1 cells are negative \(line 3\)"),
    ],
)
def test_other_cells_are_refused_without_their_value(texts: list[str], message: str) -> None:
    with pytest.raises(CountsError, match=message) as error:
        read_cells("n", texts, [2, 3, 4])
    assert "many" not in str(error.value)


def test_suppression_is_kept_and_the_row_is_empty(tmp_path: Path) -> None:
    counts = read(tmp_path, BASE + "Essex,500,c\nBarnet,x,4\nCamden,x,c\nBrent,0,0\n")
    status = dict(counts.rows.select("la_name", "status").rows())
    assert status == {
        "Kent": "shown",
        "Surrey": "shown",
        "Essex": "suppressed",
        "Barnet": "not_applicable",
        "Camden": "suppressed",
        "Brent": "not_applicable",
    }


def test_rows_about_no_authority_are_left_out_and_counted(tmp_path: Path) -> None:
    more = "London,9,1\nSouth East,9,1\nOutside of England,9,1\nUnknown,9,1\n,9,1\n"
    counts = read(tmp_path, BASE + more)
    assert counts.rows.height == 2
    assert counts.log.left_out == {"outside_england": 1, "region": 2, "unknown": 2}


def test_a_geographic_level_tells_rows_apart(tmp_path: Path) -> None:
    text = (
        "geographic_level,new_la_code,persons,events\nNational,,30000,1200\nRegional,,900,20\n"
        "Local authority,E10000016,1000,50\n"
    )
    counts = read(tmp_path, text)
    assert counts.rows["la_code"].to_list() == ["886"]
    assert counts.england["events"].to_list() == [1200]
    assert counts.log.left_out == {"region": 1}


def test_the_label_of_the_reference_can_be_named(tmp_path: Path) -> None:
    counts = read(tmp_path, BASE.replace("England", "All areas"), england="all areas")
    assert counts.england["persons"].to_list() == [30000]


def test_names_and_codes_of_changed_authorities(tmp_path: Path) -> None:
    text = "la,year,persons,events\nDorset,2018,9,1\nPoole,2018,9,1\nDorset,2020,9,1\n"
    counts = read(tmp_path, text)
    codes = counts.rows.select("la_code", "year").rows()
    assert codes == [("835", "2018"), ("836", "2018"), ("838", "2020")]


def test_groups_and_their_whole(tmp_path: Path) -> None:
    text = "la,group,persons,events\nKent,Total,90,9\nKent,CLA,10,3\n"
    assert read(tmp_path, text).rows["group"].to_list() == ["CLA", "all"]
    whole = read(tmp_path, text.replace("Total", "Everyone"), all_group="everyone")
    assert whole.rows["group"].to_list() == ["CLA", "all"]


@pytest.mark.parametrize(
    ("extra", "error", "message"),
    [
        ("Kent,5,1\n", CountsError, r"2 rows share their la_code x year x group .*line 2, 5"),
        ("KENT,5,1\n", CountsError, "2 rows share"),
        ("England,5,1\n", CountsError, "2 rows share their year x group"),
        ("Essex,5,6\n", CountsError, "1 rows have more in 'events' than in 'persons'"),
        ("Essx,5,1\n", UnknownAuthorityError, r"'Essx' \(closest: Essex"),
        ("Essex,5,1,7\n", CountsError, "more fields than the header"),
    ],
)
def test_bad_rows_are_refused(tmp_path: Path, extra: str, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        read(tmp_path, BASE + extra)


def test_files_without_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingTableError):
        read_counts(tmp_path / "absent.csv", Columns())
    with pytest.raises(EmptyTableError, match="is empty"):
        read(tmp_path, " \n")
    with pytest.raises(EmptyTableError, match="no rows"):
        read(tmp_path, "la,persons,events\n")
    with pytest.raises(EmptyTableError, match="about a local authority"):
        read(tmp_path, "la,persons,events\nEngland,9,1\n")


def test_a_rate_stands_in_for_a_count(tmp_path: Path) -> None:
    text = "la,persons,per_10k\nKent,30000,65\nEssex,20000,c\n"
    counts = read(tmp_path, text, rate="per_10k", per=10000)
    assert counts.rows["events"].to_list() == [None, pytest.approx(195)]
    assert counts.rows["status"].to_list() == ["suppressed", "shown"]


def test_years_and_rows_to_keep(tmp_path: Path) -> None:
    text = (
        "la,year,kind,persons,events\nKent,201415,a,9,1\nKent,201516,a,9,2\nKent,201516,b,9,3\n"
        "Kent,2016/17,a,9,4\n"
    )
    counts = read(tmp_path, text, years=(2016, 2017), keep={"kind": ["a"]})
    assert counts.rows.select("year", "events").rows() == [("201516", 2), ("2016/17", 4)]


@pytest.mark.parametrize(
    ("label", "year"),
    [
        ("2016", 2016),
        ("201516", 2016),
        ("2015/16", 2016),
        ("2015-2016", 2016),
        ("199900", 2000),
        ("spring", None),
        (None, None),
    ],
)
def test_calendar_year_in_which_a_period_ends(label: str | None, year: int | None) -> None:
    assert calendar_year(label) == year


def test_windows_1252_is_read(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_bytes("la,persons,events,note\nKent,9,1,caf\u00e9\n".encode("cp1252"))
    assert read_counts(path, Columns()).rows.height == 1
