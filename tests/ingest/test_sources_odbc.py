"""Tables and views over ODBC, in SQLite and PostgreSQL: no SQL Server was reached."""

import sys
from collections.abc import Iterator

import duckdb
import pytest
from support.databases import Postgres, postgres, sqlite_database

from cws_outcomes.errors import ConfigError, MissingTableError, UnreachableError
from cws_outcomes.ingest.sources import Location, odbc, open_source
from cws_outcomes.ingest.sources.odbc import dialect_of, odbc_relations

Rows = list[tuple[str | None, ...]]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        running.execute(
            """
            create schema "project 12";
            create table "project 12"."Spring_Census_2012" (
                "PupilMatchingRefAnonymous_SPR12" char(18), "LA_SPR12" numeric(10, 2),
                "EntryDate_SPR12" timestamp, birth date, on_roll boolean, child bytea,
                score double precision, "odd "" name" text
            );
            insert into "project 12"."Spring_Census_2012" values
                ('aB3', 301, '2012-01-19 00:00', '1996-02-29', true, '\\x0AFF', 1.5, 'Zoë, #1'),
                ('Ab3', 301.50, '9999-12-31', null, false, null, -2, ''),
                (null, null, null, null, null, null, null, null);
            create view "project 12".cin_2009_to_2021 as
                select "LA_SPR12" as la from "project 12"."Spring_Census_2012";
            """
        )
        yield running


def read(connection_string: str, relation: str) -> tuple[tuple[str, ...], Rows]:
    connection = duckdb.connect()
    location = Location("odbc", relation=relation, connection_string=connection_string)
    source = open_source(connection, location)
    return source.header, connection.sql(f"from {source.relation}").fetchall()


def test_a_table_of_postgresql_gives_the_text_of_a_delimited_file(server):
    header, rows = read(server.connection_string, "[project 12].Spring_Census_2012")
    assert header == (
        "PupilMatchingRefAnonymous_SPR12", "LA_SPR12", "EntryDate_SPR12", "birth", "on_roll",
        "child", "score", 'odd " name',
    )  # fmt: skip
    places = [i for i, name in enumerate(header) if name != "on_roll"]
    assert [tuple(row[i] for i in places) for row in rows] == [
        (f"{'aB3':<18}", "301", "2012-01-19", "1996-02-29", "0aff", "1.5", "Zoë, #1"),
        (f"{'Ab3':<18}", "301.5", "9999-12-31", None, None, "-2", ""),
        (None,) * 7,
    ]


def test_views_are_listed_and_read_as_tables_are_whatever_their_schema(server):
    assert odbc_relations(server.connection_string) == [
        "[project 12].Spring_Census_2012",
        "[project 12].cin_2009_to_2021",
    ]
    assert read(server.connection_string, "[project 12].cin_2009_to_2021")[1] == [
        ("301",), ("301.5",), (None,),
    ]  # fmt: skip


def test_a_refused_login_is_told_without_the_password(server):
    with pytest.raises(UnreachableError) as refused:
        odbc_relations(server.string_for("wrong-and-secret"))
    assert "secret" not in str(refused.value)
    assert "keeper" not in str(refused.value)


SQLITE = (
    """
    create table "Spring_Census_2012" (
        "PupilMatchingRefAnonymous_SPR12" char(18), "LA_SPR12" real, n bigint, entry date,
        child blob, "odd ]""name" varchar )
    """,
    "insert into Spring_Census_2012 values ('aB3', 301, 5, '2012-01-19', x'0AFF', 'Zoë')",
    "insert into Spring_Census_2012 values (null, null, null, null, null, null)",
    "create view census as select n from Spring_Census_2012",
)


def test_a_table_and_a_view_of_sqlite(tmp_path):
    text = sqlite_database(tmp_path / "t.sqlite", *SQLITE)
    assert odbc_relations(text) == ["Spring_Census_2012", "census"]
    header, rows = read(text, "Spring_Census_2012")
    assert header[-1] == 'odd ]"name'
    assert rows == [("aB3", "301", "5", "2012-01-19", "0aff", "Zoë"), (None,) * 6]
    assert read(text, "census") == (("n",), [("5",), (None,)])


def test_a_table_comes_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(odbc, "_ROWS_IN_BATCH", 100)
    many = "with recursive r(i) as (select 1 union all select i + 1 from r where i < 1001)"
    text = sqlite_database(tmp_path / "t.sqlite", f"create table t as {many} select i from r")
    rows = read(text, "t")[1]
    assert sorted(int(value) for (value,) in rows) == list(range(1, 1002))


def test_only_sql_server_takes_brackets(tmp_path):
    assert dialect_of(sqlite_database(tmp_path / "t.sqlite", "create table t (a)")) == "ansi"


def test_a_missing_table_is_told(tmp_path):
    text = sqlite_database(tmp_path / "t.sqlite", "create table t (a)")
    with pytest.raises(MissingTableError, match=r"no table or view u .*cws discover"):
        read(text, "u")
    with pytest.raises(ConfigError, match="not the name of a table"):
        read(text, "a.b.c.d")


def test_a_value_too_long_is_an_error_and_never_cut(tmp_path):
    text = sqlite_database(
        tmp_path / "t.sqlite",
        "create table t (a text)",
        "insert into t values (replace(hex(zeroblob(2500)), '0', 'x'))",
    )
    with pytest.raises(duckdb.Error, match="without truncation"):
        read(text, "t")


@pytest.mark.parametrize(
    ("string", "hint"),
    [
        ("Driver=No Such Driver;PWD=hush", "no such driver"),
        ("DSN=no_such_source;PWD=hush", "no such driver or data source"),
    ],
)
def test_what_is_not_installed_is_told_and_nothing_of_the_connection(string, hint, tmp_path):
    sqlite_database(tmp_path / "t.sqlite")  # skips where there is no ODBC at all
    with pytest.raises(UnreachableError, match=hint) as failed:
        read(string, "t")
    assert "hush" not in str(failed.value)
    assert failed.value.__suppress_context__  # nor by way of the driver's own message


def test_a_server_that_is_not_up_is_told(server):
    string = server.connection_string.replace(f"Port={server.port}", "Port=1")
    with pytest.raises(UnreachableError, match="server, port and database") as failed:
        read(string, "t")
    assert server.password not in str(failed.value)


@pytest.mark.parametrize("string", ["Driver=X;PWD=hush"])
def test_without_the_package_it_is_named(string, monkeypatch):
    monkeypatch.setitem(sys.modules, "arrow_odbc", None)
    with pytest.raises(UnreachableError, match=r"cws-outcomes\[odbc\]"):
        read(string, "t")


def test_a_location_does_not_show_its_connection_string():
    location = Location("odbc", relation="dbo.t", connection_string="PWD=hush")
    assert "hush" not in f"{location!r} {location} {location.label}"
