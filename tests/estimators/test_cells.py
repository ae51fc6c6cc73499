"""Cells: exact, the same bits in any order, equal from a frame and from a file, and checked."""

from dataclasses import replace
from fractions import Fraction
from importlib import import_module

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cws_outcomes.estimators.cells import cells, cells_pay
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.packed import fields, tally, unpack

FEW = settings(max_examples=30, deadline=None)
WEIGHT = st.floats(1e-6, 1e6)


@FEW
@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from("ab"), WEIGHT), min_size=1, max_size=40),
    st.randoms(),
)
def test_cells_hold_every_row_to_the_last_bit(rows, random):
    frame = pl.DataFrame(rows, schema=["event", "area", "weight"], orient="row")
    made = cells(frame, ["area"], ["event", "weight"])
    for area, count, events, weight in made.iter_rows():
        mine = frame.filter(area=area)
        assert (count, events) == (mine.height, mine["event"].sum())
        exact = sum(map(Fraction, mine["weight"]))
        assert abs(Fraction(weight) - exact) <= Fraction(2) ** -50 * exact
    shuffled = frame[random.sample(range(frame.height), frame.height)]
    assert cells(shuffled, ["area"], ["event", "weight"], threads=2).equals(made)


def test_a_file_gives_what_a_frame_gives(tmp_path):
    rng = np.random.default_rng(1)
    frame = pl.DataFrame(
        {
            "area": pl.Series(rng.choice(["x", "y"], 5_000)).cast(pl.Enum(["y", "x"])),
            "age": rng.integers(3, 8, 5_000),
            "outcome": rng.normal(size=5_000),
        }
    )
    frame.write_parquet(tmp_path / "rows.parquet")
    sums = {"total": "outcome", "squares": "outcome * outcome", "old": "age > 5"}
    made = cells(frame, ["area", "age"], sums)
    assert made.equals(cells(str(tmp_path / "rows.parquet"), ["area", "age"], sums))
    assert made.equals(cells(frame.to_pandas(), ["area", "age"], sums).with_columns(
        pl.col("area").cast(pl.Enum(["y", "x"]))).sort("area", "age"))  # fmt: skip
    assert made["area"][0] == "y"  # the order of its Enum
    assert made["old"].dtype == pl.Int64
    assert cells(frame, [], sums)["total"].item() == pytest.approx(frame["outcome"].sum())


def test_whether_cells_pay_is_measured():
    rng = np.random.default_rng(2)
    n = 60_000
    frame = pl.DataFrame({"few": rng.integers(0, 9, n), "many": rng.random(n)})
    frame = frame.with_columns(two=pl.int_range(n) // 2, twelve=pl.int_range(n) // 12)
    assert cells_pay(frame, ["few"])
    assert cells_pay(frame, ["twelve"])
    assert not cells_pay(frame, ["two"])
    assert not cells_pay(frame, ["few", "many"])


def test_refusals(tmp_path, monkeypatch):
    frame = pl.DataFrame({"area": ["a", None, "b"], "weight": [1.0, float("nan"), 2.0]})
    with pytest.raises(EstimationError, match=r"`area` 1 \(of 3 rows\)"):
        cells(frame, ["area"])
    with pytest.raises(EstimationError, match=r"`weight` 1 \(of 3 rows\)"):
        cells(frame, [], ["weight"])
    with pytest.raises(EstimationError, match="no column `place`"):
        cells(frame, ["place"])
    with pytest.raises(EstimationError, match="no such Parquet file"):
        cells(tmp_path / "none.parquet", ["area"])
    with pytest.raises(EstimationError, match="empty table"):
        cells(frame.clear(), ["area"])
    module = import_module("cws_outcomes.estimators.cells")  # the package exports its function
    monkeypatch.setattr(module, "_sum", lambda name, number, scale: f"count(*) as {name}")
    with pytest.raises(EstimationError, match=r"do not add up to the rows.*`weight`"):
        cells(frame.drop_nulls().fill_nan(5.0), ["area"], ["weight"])


TYPES = {
    "whole": pl.Series([-3, 4, 4, -3, 900, 4], dtype=pl.Int16),
    "large": pl.Series([2**40, 0, 0, 2**40, -(2**40), 0]),
    "flag": pl.Series([True, False, False, True, True, False]),
    "area": pl.Series(["y", "x", "x", "y", "y", "x"], dtype=pl.Enum(["y", "x"])),
    "day": pl.Series([3, 1, 1, 3, 2, 1], dtype=pl.Int32).cast(pl.Date),
    "text": pl.Series(["é", "", "", "é", "z", ""]),
    "number": pl.Series([0.5, -1.0, -1.0, 0.5, 1e300, -1.0]),
    "beyond": pl.Series([1, 2**63, 2**63, 1, 5, 2**63], dtype=pl.UInt64),
}


@pytest.mark.parametrize("keys", [[name] for name in TYPES] + [list(TYPES)[:5], list(TYPES)[2:]])
def test_packed_cells_are_those_of_a_query(keys, monkeypatch, tmp_path):
    frame = pl.DataFrame(TYPES)
    frame.write_parquet(tmp_path / "rows.parquet")
    module = import_module("cws_outcomes.estimators.cells")
    monkeypatch.setattr(module, "_many", lambda data, keys: True)
    packed = [cells(data, keys) for data in (frame, tmp_path / "rows.parquet")]
    monkeypatch.setattr(module, "fields", lambda frame, keys: None)
    queried = cells(frame, keys)
    assert packed[0].equals(queried)
    assert packed[1].equals(queried)
    assert packed[0].schema == queried.schema
    assert queried["_rows"].sum() == frame.height > queried.height


@FEW
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 5)), min_size=1, max_size=40))
def test_a_table_of_counts_and_a_sort_give_the_same(rows):
    frame = pl.DataFrame(rows, schema=["age", "need"], orient="row")
    packed = fields(frame, ["age", "need"])
    by_table, by_sort = tally(packed), tally([replace(packed[0], bits=40), packed[1]])
    for one, other in zip(by_table, by_sort, strict=True):
        assert one.tolist() == other.tolist()
    expected = frame.group_by("age", "need").len().sort("age", "need")
    assert unpack(by_table[0], packed).equals(expected.drop("len"))
    assert by_table[1].tolist() == expected["len"].to_list()


def test_cells_made_a_part_at_a_time_are_the_same(monkeypatch):
    rng = np.random.default_rng(3)
    pupil = rng.permutation(np.repeat(np.arange(60), 2))
    frame = pl.DataFrame({"pupil": pupil, "weight": rng.uniform(1, 2, 120)}).with_columns(
        month=pl.col("pupil") % 7 + pl.int_range(120) % 5
    )
    module = import_module("cws_outcomes.estimators.cells")
    monkeypatch.setattr(module, "_many", lambda data, keys: True)
    whole = cells(frame, ["pupil", "month"], ["weight"])
    monkeypatch.setattr(module, "MOST_ROWS", 10)
    assert cells(frame, ["pupil", "month"], ["weight"]).equals(whole)
    assert 60 < whole.height < 120


def test_keys_of_too_many_bits_are_left_to_a_query():
    frame = pl.DataFrame({"one": [0, 2**40, 2**40], "two": [0, 2**30, 2**30]})
    assert fields(frame, ["one", "two"]) is None
    assert cells(frame, ["one", "two"])["_rows"].to_list() == [1, 2]
