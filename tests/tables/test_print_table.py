import csv
from pathlib import Path

import polars as pl
import pytest
import yaml
from support.invented import inputs, unchecked

from cws_outcomes import disclosure
from cws_outcomes.contracts.released import STATUSES
from cws_outcomes.errors import ConfigError, ReleaseError
from cws_outcomes.tables.print import print_table

SETTINGS = {"disclosure_threshold": 10, "disclosure_round_to": 10}
TABLES = Path(__file__).parents[2] / "config" / "tables"


@pytest.fixture(scope="module")
def cleared() -> dict[str, pl.DataFrame]:
    exact = inputs(**unchecked(las=8, children=9000))
    made = [getattr(disclosure, name)(exact, SETTINGS) for name in disclosure.__all__]
    return {name: frame for tables in made for name, frame in tables.items()}


def printed(cleared, tmp_path, **definition) -> list[dict[str, str]]:
    path = tmp_path / "table.csv"
    contract = f"cleared_{definition['layout']}"
    given = inputs(**{contract: cleared.get(contract, pl.DataFrame({"a": [1]}))})
    print_table(given, {"table": {"name": "t", **definition}}, {"csv": path})
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_la_equity_has_the_columns_that_programs_read(cleared, tmp_path):
    rows = printed(cleared, tmp_path, layout="la_equity")

    assert list(rows[0]) == [
        "la_code", "la_name", "region", "outcome", "group", "adjustment", "group_share", "persons",
        "events", "rate_per_100", "expected", "ratio", "ratio_lower", "ratio_upper",
        "shrunken_rate", "shrunken_lower", "shrunken_upper", "status",
    ]  # fmt: skip
    assert {row["status"] for row in rows} == set(STATUSES)


def test_missing_values_are_empty_counts_whole_and_rates_have_two_decimals(cleared, tmp_path):
    rows = printed(cleared, tmp_path, layout="la_equity")
    shown = next(row for row in rows if row["status"] == "shown")

    assert shown["persons"].isdigit()
    assert len(shown["rate_per_100"].partition(".")[2]) == 2
    assert all(row["persons"] == row["ratio"] == "" for row in rows if row["status"] != "shown")


def test_rows_come_in_the_order_of_the_contract_whatever_the_order_they_arrive_in(
    cleared, tmp_path
):
    contract = "cleared_la_equity"
    shuffled = {contract: cleared[contract].sample(fraction=1, shuffle=True, seed=2)}
    rows = printed(shuffled, tmp_path, layout="la_equity")

    assert rows == printed(cleared, tmp_path, layout="la_equity")
    codes = [row["la_code"] for row in rows[:8]]
    assert codes == sorted(codes)
    groups = list(dict.fromkeys(row["group"] for row in rows))
    assert groups == ["all", "none_observed", "referral", "cin", "cpp", "cla"]


def test_where_and_columns_choose(cleared, tmp_path):
    rows = printed(
        cleared,
        tmp_path,
        layout="la_equity",
        where={"outcome": ["first_offence", "english_maths"], "group": ["all"]},
        columns=["la_name", "outcome", "ratio"],
    )

    assert list(rows[0]) == ["la_name", "outcome", "ratio"]
    assert {row["outcome"] for row in rows} == {"first_offence", "english_maths"}
    assert len(rows) == 8 * 2 * 2  # LAs, outcomes, adjustments


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({"columns": ["rate"]}, "columns: rate is not there"),
        ({"where": {"colour": ["red"]}}, "where: colour is not there"),
        (
            {"where": {"outcome": ["first_offense"]}},
            r"where: outcome: first_offense .*english_maths",
        ),
    ],
)
def test_a_slip_in_a_definition_is_told_with_what_there_is(cleared, tmp_path, definition, message):
    with pytest.raises(ConfigError, match=message):
        printed(cleared, tmp_path, layout="la_equity", **definition)
    assert not list(tmp_path.iterdir())


def test_a_layout_that_disclosure_does_not_clear_is_refused(cleared, tmp_path):
    with pytest.raises(ReleaseError, match="no releasable contract"):
        printed(cleared, tmp_path, layout="people")


@pytest.mark.parametrize("path", sorted(TABLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_table_of_the_default_study_prints(cleared, tmp_path, path):
    definition = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = printed(cleared, tmp_path, **definition)
    text = (tmp_path / "table.csv").read_bytes()

    assert rows
    assert not any(name.endswith("_no") for name in rows[0])
    assert b"\r" not in text
    assert b"nan" not in text.lower().replace(b"nancy", b"")
