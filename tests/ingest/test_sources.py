"""The same rows, whatever kind of file they come in: as a delimited file would hold them."""

import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas
import pyarrow as pa
import pyarrow.parquet
import pyreadstat
import pytest

from cws_outcomes.errors import MissingTableError, ValueFormatError
from cws_outcomes.ingest.sources import Location, Source, open_source, statistical

DAY = datetime.date

# What the delimited version of the table holds, blanks cut and a blank value missing.
AS_DELIVERED = [
    ("aB3 ", "301", "1.5", "2012-01-19", "Zoë"),
    ("Ab3 ", "302", None, "1900-01-01", None),
    (None, None, "-2", None, "x"),
]
NAMES = ("PupilMatchingRefAnonymous_SPR12", "LA_SPR12", "score", "EntryDate_SPR12", "note")


@pytest.fixture
def connection():
    return duckdb.connect()


def frame() -> pandas.DataFrame:
    columns = zip(*AS_DELIVERED, strict=True)
    table = pandas.DataFrame(dict(zip(NAMES, columns, strict=True)))
    table["LA_SPR12"] = table["LA_SPR12"].astype(float)
    table["score"] = table["score"].astype(float)
    days = [None if text is None else DAY.fromisoformat(text) for text in table["EntryDate_SPR12"]]
    return table.assign(EntryDate_SPR12=pandas.Series(days, dtype=object))


def read(connection, source: Source) -> list[tuple[str | None, ...]]:
    columns = ", ".join(f"nullif(rtrim(column_{i}), '')" for i in range(len(source.header)))
    rows = connection.sql(f"select {columns} from {source.relation}").fetchall()
    return [tuple(row) for row in rows]


def write_parquet(path: Path) -> Path:
    pyarrow.parquet.write_table(pa.Table.from_pandas(frame(), preserve_index=False), path)
    return path


def write_database(path: Path, *statements: str) -> Path:
    with duckdb.connect(str(path)) as database:
        for statement in statements:
            database.execute(statement)
    return path


@pytest.mark.parametrize("kind", ["parquet", "duckdb", "stata", "spss"])
def test_every_kind_of_file_gives_the_rows_of_the_delimited_one(kind, tmp_path, connection):
    path = tmp_path / f"table.{kind}"
    relation = ""
    if kind == "parquet":
        write_parquet(path)
    elif kind == "duckdb":
        write_parquet(tmp_path / "t.parquet")
        write_database(path, f"create table census as from '{tmp_path / 't.parquet'}'")
        relation = "census"
    else:
        {"stata": pyreadstat.write_dta, "spss": pyreadstat.write_sav}[kind](frame(), path)
    source = open_source(connection, Location(kind, path, relation))
    assert source.header == NAMES
    assert source.has_rows
    trimmed = [tuple(v.rstrip() if v else v for v in row) for row in AS_DELIVERED]
    assert read(connection, source) == trimmed


def test_every_column_of_a_source_is_text(tmp_path, connection):
    source = open_source(connection, Location("parquet", write_parquet(tmp_path / "t.parquet")))
    described = connection.sql(f"describe from {source.relation}").fetchall()
    assert [(name, kind) for name, kind, *_ in described] == [
        (f"column_{place}", "VARCHAR") for place in range(5)
    ]


# Type by type, with what a delimited export of the column would say.
TYPED = {
    "whole": (pa.array([7, None], pa.int64()), ["7", None]),
    "float32": (pa.array([0.1, 3.0], pa.float32()), ["0.1", "3"]),
    "large": (pa.array([123456789012.0, 1e300], pa.float64()), ["123456789012", "1e+300"]),
    "nan": (pa.array([float("nan"), 0.0], pa.float64()), [None, "0"]),
    "decimal": (
        pa.array([Decimal("10.00"), Decimal("10.50")], pa.decimal128(18, 2)),
        ["10", "10.5"],
    ),
    "fine_decimal": (
        pa.array([Decimal("0.050"), Decimal("-100.000")], pa.decimal128(9, 3)),
        ["0.05", "-100"],
    ),
    "whole_decimal": (
        pa.array([Decimal("200"), None], pa.decimal128(18, 0)),
        ["200", None],
    ),
    "flag": (pa.array([True, False]), ["1", "0"]),
    "child_id": (pa.array([b"\x0a\xff", None], pa.binary()), ["0aff", None]),
    "day": (pa.array([DAY(1900, 1, 1), DAY(9999, 12, 31)]), ["1900-01-01", "9999-12-31"]),
    "moment": (
        pa.array([datetime.datetime(2012, 1, 19), datetime.datetime(2012, 1, 19, 23, 59)]),
        ["2012-01-19", "2012-01-19"],
    ),
    # Half past eleven in London in June is another day in UTC or is not: not ours to say.
    "instant": (
        pa.array(
            [datetime.datetime(2012, 1, 19), datetime.datetime(2012, 6, 18, 23)],
            pa.timestamp("us", tz="UTC"),
        ),
        ["2012-01-19", "2012-06-18T23:00:00Z"],
    ),
    "text": (pa.array(["0301", " "]), ["0301", " "]),
}


@pytest.mark.parametrize("name", TYPED)
def test_types_become_the_text_of_a_delimited_file(name, tmp_path, connection):
    values, expected = TYPED[name]
    pyarrow.parquet.write_table(pa.table({name: values}), tmp_path / "t.parquet")
    source = open_source(connection, Location("parquet", tmp_path / "t.parquet"))
    found = connection.sql(f"select column_0 from {source.relation}").fetchall()
    assert [value for (value,) in found] == expected


def test_names_that_differ_in_case_alone_are_kept_apart(tmp_path, connection):
    table = pa.table([pa.array(["a"]), pa.array(["b"])], names=["sex", "SEX"])
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    source = open_source(connection, Location("parquet", tmp_path / "t.parquet"))
    assert source.header == ("sex", "SEX")
    assert read(connection, source) == [("a", "b")]


def test_views_and_schemas_of_a_duckdb_file(tmp_path, connection):
    path = write_database(
        tmp_path / "extract.duckdb",
        'create schema "project 12"',
        'create table "project 12".raw as select \'M\' as "Gender", 1 as used',
        'create view "project 12"."CIN.2023" as select "Gender" from "project 12".raw',
    )
    location = Location("duckdb", path, "[project 12].[CIN.2023]")
    source = open_source(connection, location)
    assert source.header == ("Gender",)
    assert read(connection, source) == [("M",)]
    # A second table of the same file does not attach it anew, nor does a second reading.
    again = open_source(connection, location)
    assert read(connection, again) == read(connection, again) == [("M",)]


def test_an_empty_table_says_so(tmp_path, connection):
    path = write_database(tmp_path / "e.duckdb", "create table t (a integer)")
    assert open_source(connection, Location("duckdb", path, "t")).has_rows is False
    pyarrow.parquet.write_table(pa.table({"a": pa.array([], pa.int8())}), tmp_path / "e.parquet")
    assert open_source(connection, Location("parquet", tmp_path / "e.parquet")).has_rows is False
    pyreadstat.write_dta(
        pandas.DataFrame({"a": pandas.Series([], dtype=float)}), tmp_path / "e.dta"
    )
    assert open_source(connection, Location("stata", tmp_path / "e.dta")).has_rows is False


def test_stata_files_of_old_are_read_in_their_encoding(tmp_path, connection):
    path = tmp_path / "old.dta"
    pandas.DataFrame({"name": ["Zoë", "plain"]}).to_stata(path, version=114, write_index=False)
    assert b"Zo\xeb" in path.read_bytes()  # Latin-1, as Stata wrote before version 14
    assert read(connection, open_source(connection, Location("stata", path))) == [
        ("Zoë",), ("plain",),
    ]  # fmt: skip


@pytest.mark.parametrize("version", [114, 117, 118, 119])
def test_every_format_of_stata(version, tmp_path, connection):
    table = pandas.DataFrame(
        {
            "code": ["a", "bb"],
            "whole": [1, 200],
            "real": [0.5, None],
            "day": pandas.to_datetime(["2012-01-19", None]),
        }
    )
    table.to_stata(
        tmp_path / "t.dta", version=version, write_index=False, convert_dates={"day": "td"}
    )
    source = open_source(connection, Location("stata", tmp_path / "t.dta"))
    assert read(connection, source) == [
        ("a", "1", "0.5", "2012-01-19"),
        ("bb", "200", None, None),
    ]


def test_codes_are_read_and_not_their_labels(tmp_path, connection):
    table = pandas.DataFrame({"sex": [1.0, 2.0]})
    labels = {"sex": {1: "Male", 2: "Female"}}
    pyreadstat.write_dta(table, tmp_path / "t.dta", variable_value_labels=labels)
    pyreadstat.write_sav(table, tmp_path / "t.sav", variable_value_labels=labels)
    for kind, name in (("stata", "t.dta"), ("spss", "t.sav")):
        source = open_source(connection, Location(kind, tmp_path / name))
        assert read(connection, source) == [("1",), ("2",)]


def test_values_that_spss_users_call_missing_are_missing(tmp_path, connection):
    pyreadstat.write_sav(
        pandas.DataFrame({"score": [1.0, 99.0]}), tmp_path / "t.sav", missing_ranges={"score": [99]}
    )
    source = open_source(connection, Location("spss", tmp_path / "t.sav"))
    assert read(connection, source) == [("1",), (None,)]


@pytest.mark.parametrize(
    ("kind", "formatted", "expected"),
    [
        ("stata", "%td", "2012-01-19"),
        ("stata", "%tdDD/NN/CCYY", "2012-01-19"),
        ("stata", "%tm", "19011"),
        ("spss", "DATE11", "2012-01-19"),
        ("spss", "EDATE10", "2012-01-19"),
        ("spss", "SDATE10", "2012-01-19"),
        ("spss", "F8.0", "13546310400"),
    ],
)
def test_formats_tell_dates_from_numbers(kind, formatted, expected, tmp_path, connection):
    day = DAY(2012, 1, 19)
    first = DAY(1960, 1, 1) if kind == "stata" else DAY(1582, 10, 14)
    number = (day - first).days * (1.0 if kind == "stata" else 86_400.0)
    write = pyreadstat.write_dta if kind == "stata" else pyreadstat.write_sav
    write(pandas.DataFrame({"d": [number]}), tmp_path / "t", variable_format={"d": formatted})
    source = open_source(connection, Location(kind, tmp_path / "t"))
    assert read(connection, source) == [(expected,)]


def test_moments_of_statistical_files_are_days(tmp_path, connection):
    table = pandas.DataFrame({"at": [datetime.datetime(1959, 12, 31, 23, 59), None]})
    pyreadstat.write_dta(table, tmp_path / "t.dta")
    pyreadstat.write_sav(table, tmp_path / "t.sav")
    for kind, name in (("stata", "t.dta"), ("spss", "t.sav")):
        source = open_source(connection, Location(kind, tmp_path / name))
        assert read(connection, source) == [("1959-12-31",), (None,)]


@pytest.mark.parametrize("kind", ["stata", "spss"])
def test_chunks_join_without_a_gap_or_an_overlap(kind, tmp_path, connection, monkeypatch):
    # 7 columns a row and 14,000 values a chunk: 1,000 rows, twice 2,000 and the rest.
    monkeypatch.setattr(statistical, "_VALUES_IN_CHUNK", 14_000)
    table = pandas.DataFrame({f"c{i}": [float(row) for row in range(6_001)] for i in range(7)})
    write = pyreadstat.write_dta if kind == "stata" else pyreadstat.write_sav
    write(table, tmp_path / "t")
    source = open_source(connection, Location(kind, tmp_path / "t"))
    query = (
        f"select count(*), count(distinct column_0), min(column_0::int), max(column_6::int) "
        f"from {source.relation} where column_0 = column_6"
    )
    assert connection.sql(query).fetchall() == [(6_001, 6_001, 0, 6_000)]


@pytest.mark.parametrize(
    ("kind", "ending"),
    [("parquet", "parquet"), ("duckdb", "duckdb"), ("stata", "dta"), ("spss", "sav")],
)
def test_a_file_of_another_kind_is_refused(kind, ending, tmp_path, connection):
    path = tmp_path / f"table.{ending}"
    path.write_text("pupil\tsex\nSECRET\tM\n")
    with pytest.raises(ValueFormatError, match=f"table.{ending}") as refused:
        open_source(connection, Location(kind, path, "t" if kind == "duckdb" else ""))
    assert "SECRET" not in str(refused.value)


def test_a_cut_file_is_refused(tmp_path, connection):
    path = write_parquet(tmp_path / "t.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueFormatError, match="whole Parquet"):
        open_source(connection, Location("parquet", path))


def test_a_missing_file_is_told(tmp_path, connection):
    with pytest.raises(MissingTableError, match=r"none\.dta"):
        open_source(connection, Location("stata", tmp_path / "none.dta"))


def test_a_missing_table_is_told_with_the_way_to_the_names(tmp_path, connection):
    path = write_database(tmp_path / "e.duckdb", "create table t (a integer)")
    with pytest.raises(MissingTableError, match=r"no table or view u .*cws discover"):
        open_source(connection, Location("duckdb", path, "u"))
