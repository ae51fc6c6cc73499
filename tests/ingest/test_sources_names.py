"""T-SQL by parsing: what a SQL Server is sent means what the manifest says."""

from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from cws_outcomes.errors import ConfigError
from cws_outcomes.ingest.sources import Location, odbc, open_source
from cws_outcomes.ingest.sources.names import (
    name_parts,
    quoted,
    quoted_relation,
    select_statement,
    written,
)

DIALECTS = {"tsql": "tsql", "ansi": "postgres"}
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


# To SQL Server a table whose name begins with # is a temporary one, quoted or not.
TABLE_NAMES = NAMES.filter(lambda name: not name.startswith("#"))


def parsed(statement: str, dialect: str) -> exp.Expression:
    (tree,) = sqlglot.parse(statement, dialect=DIALECTS[dialect])
    assert tree is not None
    return tree


@pytest.mark.parametrize(
    ("relation", "parts"),
    [
        ("Spring_Census_2012", ("Spring_Census_2012",)),
        ("dbo.Spring_Census_2012", ("dbo", "Spring_Census_2012")),
        ("[NPD].[2012-345].[Spring_Census_2011]", ("NPD", "2012-345", "Spring_Census_2011")),
        ('npd_i2."project 7".cin_2009_to_2021', ("npd_i2", "project 7", "cin_2009_to_2021")),
        ("[a]]b]", ("a]b",)),
        ("[a.b].c", ("a.b", "c")),
        ('"say ""hi"""', ('say "hi"',)),
    ],
)
def test_parts_of_a_name(relation, parts):
    assert name_parts(relation) == parts


@pytest.mark.parametrize("relation", ["", ".", "a.", ".a", "a..b", "a.b.c.d", "[a", 'a"b', "a]b"])
def test_what_is_no_name_is_refused(relation):
    with pytest.raises(ConfigError, match="not the name of a table"):
        name_parts(relation)


@given(st.lists(NAMES, min_size=1, max_size=3))
def test_a_name_survives_being_written(parts):
    assert name_parts(written(tuple(parts))) == tuple(parts)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(
    columns=st.lists(NAMES, min_size=1, max_size=4),
    parts=st.lists(TABLE_NAMES, min_size=1, max_size=3),
)
def test_any_name_is_one_identifier_to_a_parser(dialect, columns, parts):
    statement = select_statement(tuple(columns), written(tuple(parts)), dialect)
    tree = parsed(statement, dialect)
    assert isinstance(tree, exp.Select)
    assert [column.name for column in tree.expressions] == columns
    table = tree.args["from_"].this if "from_" in tree.args else tree.args["from"].this
    found = [table.catalog, table.db, table.name]
    assert [part for part in found if part] == parts
    assert tree.args.get("where") is None


def test_quoting_of_each_dialect():
    assert quoted("a]b", "tsql") == "[a]]b]"
    assert quoted('a"b', "ansi") == '"a""b"'
    assert quoted_relation("NPD.[p 1].t", "tsql") == "[NPD].[p 1].[t]"
    assert quoted_relation("NPD.[p 1].t", "ansi") == '"NPD"."p 1"."t"'


def test_a_name_with_a_statement_inside_is_only_a_name():
    tree = parsed(select_statement(("x] from t; drop table t --",), "t", "tsql"), "tsql")
    assert [column.name for column in tree.expressions] == ["x] from t; drop table t --"]


@pytest.mark.parametrize("query", [odbc._SQL_SERVER, odbc._INFORMATION_SCHEMA])
def test_what_the_server_is_asked_is_t_sql(query):
    assert isinstance(parsed(query, "tsql"), exp.Select)


def test_a_sql_server_is_sent_nothing_but_a_whole_table_by_its_columns(monkeypatch):
    """What goes to a server of that dialect, taken down instead of sent."""
    sent: list[str] = []
    schema = pa.schema([("PupilMatchingRefAnonymous", pa.string()), ("odd]name", pa.int32())])
    batch = pa.record_batch([pa.array(["aB"]), pa.array([7], pa.int32())], schema=schema)

    class Reader(list[pa.RecordBatch]):
        def __init__(self, query: str) -> None:
            sent.append(query)
            super().__init__([batch])
            self.schema = schema

    monkeypatch.setattr(odbc, "_read", lambda _string, query, _schema=None: Reader(query))
    monkeypatch.setattr(odbc, "_library", lambda: SimpleNamespace(Error=OSError))
    odbc.dialect_of.cache_clear()
    location = Location("odbc", relation="NPD.[2012-345].Spring", connection_string="a SQL Server")
    connection = duckdb.connect()
    source = open_source(connection, location)
    assert connection.sql(f"from {source.relation}").fetchall() == [("aB", "7")]
    assert source.header == ("PupilMatchingRefAnonymous", "odd]name")
    assert sent == [
        odbc._SQL_SERVER,
        "select * from [NPD].[2012-345].[Spring] where 1 = 0",
        "select [PupilMatchingRefAnonymous], [odd]]name] from [NPD].[2012-345].[Spring]",
    ]
    assert all(isinstance(parsed(query, "tsql"), exp.Select) for query in sent)
    odbc.dialect_of.cache_clear()
