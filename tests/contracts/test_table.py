"""Each kind of breach is refused with table, column and rule, and no value."""

import duckdb
import pytest

from cws_outcomes.contracts import CONTRACTS, Column, Table
from cws_outcomes.errors import ContractError

CANARY = "CANARY7Zq"
SPELLS = Table(
    name="spells",
    folder="person_level/spells",
    grain="one row per person and spell",
    key=("person_id", "start_date"),
    columns={
        "person_id": Column("BIGINT", "person"),
        "start_date": Column("DATE", "first day"),
        "end_date": Column("DATE", "first day after; missing while open", nullable=True),
        "state": Column("VARCHAR", "state", allowed=("cin", "cla")),
        "days": Column("INTEGER", "days", nullable=True, minimum=1, maximum=6000),
        "group": Column("VARCHAR", "a word of SQL", nullable=True),
    },
    source="tests",
    rules={"ends_after_start": "end_date is null or end_date > start_date"},
)
GOOD = "1, date '2015-01-01', date '2015-02-01', 'cin', 31, 'x'"


def breaches(*rows: str) -> dict[str, int]:
    names = ", ".join(f'"{name}"' for name in SPELLS.columns)
    with duckdb.connect() as connection:
        connection.execute(
            f"create table spells as select * from (values {', '.join(f'({r})' for r in rows)}) "
            f"t({names})"
        )
        found = connection.sql(SPELLS.breach_query("spells"))
        return dict(zip(found.columns, found.fetchall()[0], strict=True))


@pytest.mark.parametrize(
    ("days", "repeats"),
    [
        ("", 0),
        ("(1, 5)", 0),
        ("(1, 5), (1, 6), (2, 1)", 0),
        ("(1, 5), (1, 5), (1, 5)", 2),
        ("(1, 5), (2, 1), (1, 6)", 1),
        ("(1, null), (2, 1), (2, null), (2, null)", 1),
    ],
)
def test_keys_of_rows_in_order_are_compared_with_the_row_before(days: str, repeats: int) -> None:
    table = Table("t", "f", "grain", ("a", "b"), {"a": Column("INTEGER", "a")}, "tests")
    rows = f"(values {days})" if days else "(select 1, 1 limit 0)"
    query = table.breach_query(f"(from {rows} t(a, b))", in_order=True)

    with duckdb.connect() as connection:
        assert connection.sql(query).fetchall()[0][0] == repeats


def refusal(*rows: str) -> str:
    with pytest.raises(ContractError) as caught:
        SPELLS.require_no_breach(breaches(*rows))
    return str(caught.value)


def test_good_rows_break_nothing() -> None:
    second = "2, date '2015-01-01', null, 'cla', null, null"

    counts = breaches(GOOD, second)

    assert set(counts.values()) == {0}
    SPELLS.require_no_breach(counts)


@pytest.mark.parametrize(
    ("row", "promise", "says"),
    [
        (GOOD, "key", "the key (person_id, start_date) is not unique"),
        (
            "null, date '2016-01-01', null, 'cin', 1, null", "column:person_id",
            "column person_id must have no missing values",
        ),
        (
            f"2, date '2016-01-01', null, '{CANARY}', 1, null", "column:state",
            "column state must have no missing values, one of cin, cla",
        ),
        (
            "2, date '2016-01-01', null, 'cin', 0, null", "column:days",
            "column days must have at least 1, at most 6000",
        ),
        (
            "2, date '2016-01-01', null, 'cin', 76543, null", "column:days",
            "column days must have at least 1, at most 6000",
        ),
        (
            "2, date '2016-01-01', date '2016-01-01', 'cin', 1, null", "rule:ends_after_start",
            "rows break the rule ends_after_start (end_date is null or end_date > start_date)",
        ),
    ],
)  # fmt: skip
def test_each_breach_is_counted_and_explained(row: str, promise: str, says: str) -> None:
    counts = breaches(GOOD, row)
    message = refusal(GOOD, row)

    assert counts[promise] == 1
    assert [name for name, count in counts.items() if count] == [promise]
    assert "Table spells" in message
    assert says in message
    assert "Grain: one row per person and spell" in message
    assert CANARY not in message
    assert "76543" not in message


def test_a_rule_that_cannot_be_decided_is_a_breach() -> None:
    """A missing value must not slip through a comparison."""
    table = Table("t", "f", "g", (), {"a": Column("INTEGER", "a", nullable=True)}, "s",
                  rules={"positive": "a > 0"})  # fmt: skip
    with duckdb.connect() as connection:
        query = table.breach_query("(select null::integer as a)")
        found = connection.sql(query)
        counts = dict(zip(found.columns, found.fetchall()[0], strict=True))

    assert counts["rule:positive"] == 1


def test_a_missing_part_of_a_key_does_not_hide_a_repeat() -> None:
    counts = breaches(
        "null, date '2015-01-01', null, 'cin', 1, null",
        "null, date '2015-01-01', null, 'cin', 1, null",
    )

    assert counts["key"] == 1
    assert counts["column:person_id"] == 2


def test_several_breaches_are_one_message() -> None:
    message = refusal(GOOD, GOOD, "2, date '2016-01-01', date '2015-01-01', 'x', 0, null")

    for words in ("the key", "column state", "column days", "rule ends_after_start"):
        assert words in message


COLUMNS = {name: column.type for name, column in SPELLS.columns.items()}


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({n: t for n, t in COLUMNS.items() if n != "days"}, "missing: days INTEGER"),
        (COLUMNS | {"extra": "DATE"}, "not promised: extra DATE"),
        (COLUMNS | {"days": "BIGINT"}, "type: days is BIGINT, expected INTEGER"),
    ],
)
def test_columns_are_those_promised(found: dict[str, str], says: str) -> None:
    with pytest.raises(ContractError, match="Table spells: columns differ") as caught:
        SPELLS.require_columns(found)
    assert says in str(caught.value)
    assert "Expected grain" in str(caught.value)


def test_columns_may_come_in_any_order() -> None:
    SPELLS.require_columns(dict(reversed(COLUMNS.items())))


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_contract_says_what_it_is(name: str) -> None:
    table = CONTRACTS[name]

    assert table.grain.startswith("one row")
    assert table.source
    assert set(table.key) <= set(table.columns)
    assert all(column.meaning for column in table.columns.values())
    assert table.path.startswith(f"{table.sensitivity}/"), "the folder tells who may see it"


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_contract_can_be_checked(name: str) -> None:
    """The query of every table's promises runs, and an empty table breaks none of them."""
    table = CONTRACTS[name]
    columns = ", ".join(f'null::{c.type} as "{n}"' for n, c in table.columns.items())
    with duckdb.connect() as connection:
        found = connection.sql(table.breach_query(f"(select {columns} limit 0)"))
        counts = found.fetchall()[0]

    assert set(counts) == {0}
