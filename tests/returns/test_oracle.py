"""Random returns against a slow reading of the rules: one child, one day, one return at a time."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st
from support.returns import CODELISTS

import cws_outcomes.returns
from cws_outcomes.runner import load_codelist
from cws_outcomes.sql import connect, create_from_sql

SQL = Path(cws_outcomes.returns.__file__).parent
YEARS = (2018, 2019, 2020, 2021)
OPEN = dt.date(9999, 12, 31)

Row = tuple[int, str, dt.date, dt.date | None, str, str]  # year, child, start, end, RNE, LS
# Days a month apart, so that many rows meet: one start in several returns, ends on starts.
months = st.integers(-1, 24).map(lambda n: dt.timedelta(days=30 * n))


@st.composite
def rows(draw: st.DrawFn) -> Row:
    year = draw(st.sampled_from(YEARS))
    start = dt.date(2018, 3, 31) + dt.timedelta(days=360 * (year - 2018)) - draw(months)
    length = draw(st.one_of(st.none(), months))
    return (
        year,
        draw(st.sampled_from("abc")),
        start,
        None if length is None else start + length,
        draw(st.sampled_from("SPL")),
        draw(st.sampled_from(("V2", "V3", "J1"))),
    )


def settled_slowly(sent: list[Row]) -> dict[tuple[str, dt.date], tuple[dt.date, str]]:
    """Child and first day to the day it ended and the legal status, as the rules say."""
    held: dict[tuple[str, dt.date], dict[int, list[tuple[dt.date, str, str]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for year, child, start, end, reason, status in sent:
        if start <= dt.date(year, 3, 31) and (end is None or end > start):
            held[child, start][year].append((end or OPEN, status, reason))
    latest = {}
    for key, returns in held.items():
        year = max(returns)
        best = sorted(returns[year], key=lambda v: (-v[0].toordinal(), v[1], v[2]))[0]
        latest[key] = (year, *best)
    last_year = max(year for year, *_ in sent)
    settled = {}
    for (child, start), (year, end, status, _) in latest.items():
        if end == OPEN and year < last_year:
            end = dt.date(year, 4, 1)
            later = sorted(other for who, other in latest if who == child and other > start)
            if later and later[0] >= end and latest[child, later[0]][3] in "PLTUB":
                end = later[0]
        settled[child, start] = (end, status)
    return settled


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBPyConnection]:
    with connect(tmp_path_factory.mktemp("spill"), threads=1, memory_mb=500) as connection:
        for name in ("legal_status", "placement", "reason_ceased"):
            load_codelist(connection, CODELISTS / f"{name}.csv")
        yield connection


def settle(database: DuckDBPyConnection, sent: list[Row]) -> None:
    """Run the rules on rows as they come out of episodes_read."""
    schema = {
        "return_year": pl.Int32, "child_id": pl.String, "start_date": pl.Date,
        "end_date": pl.Date, "reason_new_code": pl.String, "legal_status_code": pl.String,
    }  # fmt: skip
    frame = pl.DataFrame(sent, schema=schema, orient="row").with_row_index("row_no")
    returns = (
        frame.select("return_year")
        .unique()
        .with_columns(pl.lit("ssda903").alias("collection"), pl.lit("301").alias("la_code"))
    )
    made = ("episodes_sent", "episodes_settled", "care_episodes", "care_periods")
    for name in ("episodes_read", "returns", *made, "looked_after_31_march"):
        database.execute(f"drop table if exists {name}")
    database.register("rows", frame.to_arrow())
    database.register("return_rows", returns.to_arrow())
    database.execute("create temp table returns as select * from return_rows")
    database.execute("""
        create temp table episodes_read as
        select
            *, '301' as la_code, 1 as file_no, 'U4' as placement_code, 'E8' as reason_ceased_code,
            'N1' as need_code, 'PR1' as provider_code, null::varchar as placement_change_code,
            case
                when start_date > make_date(return_year, 3, 31) then 'starts_after_return'
                when end_date <= start_date then 'ends_before_start'
            end as rejection
        from rows
    """)
    for name in (*made, "looked_after_31_march"):
        create_from_sql(database, name, SQL / f"{name}.sql", {})


def marked(intervals: list[tuple[str, dt.date, dt.date]]) -> set[tuple[str, dt.date]]:
    """Every child and day of some intervals, to the end of the last year."""
    last = dt.date(YEARS[-1] + 1, 4, 1)
    return {
        (child, start + dt.timedelta(days=n))
        for child, start, end in intervals
        for n in range((min(end, last) - start).days)
    }


@settings(max_examples=60, deadline=None)
@given(sent=st.lists(rows(), min_size=1, max_size=40))
def test_counts_and_periods_agree_with_the_slow_reading(
    database: DuckDBPyConnection, sent: list[Row]
) -> None:
    settle(database, sent)
    settled = settled_slowly(sent)

    for year in sorted({row[0] for row in sent}):
        day = dt.date(year, 3, 31)
        on_day = {
            child: set() for (child, start), (end, _) in settled.items() if start <= day < end
        }
        for (child, start), (end, status) in settled.items():
            if start <= day < end:
                on_day[child].add(status)
        expected = (sum(1 for found in on_day.values() if found - {"V3"}), len(on_day))
        counted = database.sql(
            f"select children, children_including_respite from looked_after_31_march "
            f"where year = {year}"
        ).fetchall()
        assert counted == [expected]

    for kind, statuses in (("looked_after", {"V2", "J1"}), ("short_break", {"V3"})):
        periods = database.sql(
            f"select child_id, start_date, coalesce(end_date, date '9999-12-31') "
            f"from care_periods where kind = '{kind}' order by all"
        ).fetchall()
        episodes = [(c, s, e) for (c, s), (e, status) in settled.items() if status in statuses]
        assert all(a[0] != b[0] or a[2] < b[1] for a, b in pairwise(periods))
        if kind == "looked_after":  # cutting an overlap takes no day in care away
            assert marked(periods) == marked(episodes)
        else:
            assert marked(periods) <= marked(episodes)
    assert {(c, s) for c, s, _ in database.sql(
        "select child_id, start_date, end_date from care_episodes"
    ).fetchall()} == set(settled)  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(sent=st.lists(rows(), min_size=2, max_size=40), data=st.data())
def test_the_order_of_rows_makes_no_difference(
    database: DuckDBPyConnection, sent: list[Row], data: st.DataObject
) -> None:
    query = "select * exclude (la_code) from care_episodes order by all"
    settle(database, sent)
    once = database.sql(query).fetchall()
    settle(database, data.draw(st.permutations(sent)))
    assert database.sql(query).fetchall() == once
