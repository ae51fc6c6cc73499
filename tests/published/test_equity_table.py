"""The equity table and the reference, by hand and by their properties."""

from pathlib import Path

import polars as pl
import pytest

from cws_outcomes.equity import shrink, wilson_limits
from cws_outcomes.published.columns import Columns
from cws_outcomes.published.equity_table import equity_table, pooled
from cws_outcomes.published.read import Counts, read_counts
from cws_outcomes.published.reference import reference

STUDY = [
    "la_code",
    "la_name",
    "region",
    "outcome",
    "group",
    "adjustment",
    "group_share",
    "persons",
    "events",
    "rate_per_100",
    "expected",
    "ratio",
    "ratio_lower",
    "ratio_upper",
    "shrunken_rate",
    "shrunken_lower",
    "shrunken_upper",
    "status",
]
LAS = ["Kent", "Surrey", "Essex", "Barnet", "Camden", "Leeds"]
PERSONS = [1000, 900, 2000, 400, 300, 1500]
EVENTS = [50, 20, 90, 30, 12, 70]


def counts_of(
    tmp_path: Path, rows: list[str], header: str = "la,persons,events", **columns
) -> Counts:
    path = tmp_path / "counts.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return read_counts(path, Columns(**columns))


def plain_rows() -> list[str]:
    return [f"{la},{n},{o}" for la, n, o in zip(LAS, PERSONS, EVENTS, strict=True)]


def table_of(counts: Counts, **_: object) -> pl.DataFrame:
    return equity_table(counts, reference(counts).rows)[0]


def test_by_hand_with_england_as_reference(tmp_path: Path) -> None:
    table = table_of(counts_of(tmp_path, [*plain_rows(), "England,100000,4000"]))
    assert table.columns == STUDY
    kent = table.row(by_predicate=pl.col("la_name") == "Kent", named=True)
    # 4 per 100 of England times 1,000 = 40 expected; 50 observed.
    assert (kent["expected"], kent["ratio"], kent["rate_per_100"]) == (40, 1.25, 5)
    lower, upper = wilson_limits(50, 1000)
    assert kent["ratio_lower"] == pytest.approx(lower.item() * 1000 / 40, abs=1e-4)
    assert kent["ratio_upper"] == pytest.approx(upper.item() * 1000 / 40, abs=1e-4)
    assert (kent["group"], kent["adjustment"], kent["group_share"]) == ("all", "none", 1)
    expected = [n * 0.04 for n in PERSONS]
    found = shrink(EVENTS, PERSONS, expected)
    assert kent["shrunken_rate"] == pytest.approx(100 * found.rate[0], abs=1e-4)


def test_without_england_the_expected_add_up_to_the_observed(tmp_path: Path) -> None:
    table = table_of(counts_of(tmp_path, plain_rows()))
    assert table["expected"].sum() == pytest.approx(sum(EVENTS), abs=0.05)


def test_hidden_rows_are_empty_and_take_no_part(tmp_path: Path) -> None:
    alone = table_of(counts_of(tmp_path, plain_rows()))
    table = table_of(counts_of(tmp_path, [*plain_rows(), "Brent,700,c", "Bexley,,8"]))
    hidden = table.filter(pl.col("status") != "shown")
    assert hidden.select("la_name", "status").rows() == [
        ("Bexley", "not_applicable"),
        ("Brent", "suppressed"),
    ]
    figures = STUDY[6:17]
    assert hidden.select(figures).null_count().row(0) == (2,) * len(figures)
    assert table.filter(status="shown").equals(alone)


def test_england_is_not_used_to_undo_suppression(tmp_path: Path) -> None:
    # One authority is hidden: England minus the others would be its count.
    england = f"England,{sum(PERSONS) + 700},{sum(EVENTS) + 7}"
    hidden = reference(counts_of(tmp_path, [*plain_rows(), "Brent,700,c", england])).rates
    assert hidden.select("persons_over", "events_over").row(0) == (None, None)
    open_ = reference(counts_of(tmp_path, [*plain_rows(), "Brent,700,7", england])).rates
    assert open_.select("persons_over", "events_over").row(0) == (0, 0)


def test_each_group_and_year_has_its_own_reference(tmp_path: Path) -> None:
    rows = [
        f"{la},{group},{year},{n},{round(n * rate)}"
        for la, n in zip(LAS, PERSONS, strict=True)
        for group, rate in (("All", 0.1), ("CLA", 0.4))
        for year in (2018, 2019)
    ]
    rows.append("England,CLA,2019,1000,500")
    counts = counts_of(
        tmp_path, rows, "la,group,year,persons,events", group="group", all_group="All"
    )
    table = table_of(counts)
    assert table.columns == [*STUDY, "year"]
    kent = table.filter(la_name="Kent")
    keys = kent.select("group", "year", "expected").rows()
    assert keys[:2] == [("CLA", "2018", pytest.approx(400)), ("CLA", "2019", pytest.approx(500))]
    assert keys[2:] == [("all", "2018", pytest.approx(100)), ("all", "2019", pytest.approx(100))]
    assert kent["group_share"].to_list() == [1, 1, 1, 1]
    order = ["outcome", "group", "adjustment", "year", "la_code"]
    assert table.equals(table.sort(order))


def test_share_of_a_group_needs_the_whole(tmp_path: Path) -> None:
    rows = ["Kent,all,100,9", "Kent,CLA,20,4", "Essex,CLA,30,4"]
    table = table_of(counts_of(tmp_path, rows, "la,group,persons,events", group="group"))
    shares = dict(table.filter(group="CLA").select("la_name", "group_share").rows())
    assert shares == {"Kent": 0.2, "Essex": None}


def test_given_expected_counts_are_used(tmp_path: Path) -> None:
    rows = [f"{row},{n / 20}" for row, n in zip(plain_rows(), PERSONS, strict=True)]
    table = table_of(counts_of(tmp_path, rows, "la,persons,events,expected"))
    assert set(table["adjustment"]) == {"given"}
    assert table.filter(la_name="Kent")["ratio"].item() == 1


def test_deprivation_is_a_second_adjustment(tmp_path: Path) -> None:
    scores = ["10", "5", "20", "25", "", "15"]
    rows = [f"{row},{score}" for row, score in zip(plain_rows(), scores, strict=True)]
    counts = counts_of(tmp_path, rows, "la,persons,events,deprivation")
    table, fits = equity_table(counts, reference(counts).rows)
    assert [fit.adjustment for fit in fits] == ["none", "deprivation"]
    adjusted = table.filter(adjustment="deprivation")
    camden = adjusted.row(by_predicate=pl.col("la_name") == "Camden", named=True)
    assert camden["status"] == "not_applicable"
    assert camden["expected"] is camden["events"] is None
    shown = adjusted.filter(status="shown")
    assert shown["expected"].sum() == pytest.approx(shown["events"].sum(), abs=0.05)
    assert table.filter(la_name="Camden", adjustment="none")["status"].item() == "shown"


def test_pooling_adds_years_with_their_own_reference(tmp_path: Path) -> None:
    rows = [
        "Kent,2018,1000,40", "Essex,2018,1000,60", "Leeds,2018,1000,50",
        "Kent,2019,2000,200", "Essex,2019,c,c", "Leeds,2019,2000,400",
        "Brent,2018,c,4", "Brent,2019,,",
    ]  # fmt: skip
    counts = counts_of(tmp_path, rows, "la,year,persons,events", pool_years=True)
    summed = pooled(reference(counts).rows)
    kent, essex, brent = (
        summed.row(by_predicate=pl.col("la_name") == name, named=True)
        for name in ("Kent", "Essex", "Brent")
    )
    # 5 per 100 in 2018 and 15 in 2019: 50 + 300 expected of Kent; 50 of Essex, hidden in 2019.
    assert (kent["persons"], kent["events"], kent["expected"]) == (3000, 240, pytest.approx(350))
    assert (essex["persons"], essex["events"], essex["expected"]) == (1000, 60, pytest.approx(50))
    assert (brent["status"], brent["persons"]) == ("suppressed", None)
    assert set(summed["year"]) == {"2018 to 2019"}


def test_two_authorities_are_shown_without_shrinkage(tmp_path: Path) -> None:
    table = table_of(counts_of(tmp_path, plain_rows()[:2]))
    assert table["ratio"].null_count() == 0
    assert table["shrunken_rate"].null_count() == 2
    assert table["status"].to_list() == ["shown", "shown"]
