"""What is written: whole, in order, the same each time, and nothing of a row where it may leave."""

import html
import re
from pathlib import Path

import duckdb
import polars as pl
import pytest
from support.returns import EPISODE, HEADER, episode, run, write_csv, write_episodes
from support.tiny import Commands

from cws_outcomes.contracts.returns import TABLES
from cws_outcomes.errors import ConfigError
from cws_outcomes.returns.rules import RULES


@pytest.fixture
def returns(tmp_path: Path) -> Path:
    """Two returns of one authority."""
    for year, rows in {
        "2018": [
            episode("Jo Bloggs", "01/06/2017", "01/12/2017"),
            episode("b", "01/02/2018", LS="V4"),
            episode("c", "03/01/2018"),
        ],
        "2019": [episode("b", "01/02/2018", "01/12/2018", LS="V4"), episode("d", "01/01/2019")],
    }.items():
        write_episodes(tmp_path / "in" / "301" / year, *rows)
        children = sorted({row[0] for row in rows})
        header = [(child, "1", "01/02/2010", "WBRI", "", "", "") for child in children]
        write_csv(tmp_path / "in" / "301" / year / "header.csv", HEADER, header)
    return tmp_path / "in"


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_a_second_run_writes_the_same_bytes(returns: Path, tmp_path: Path) -> None:
    first = contents(run(returns, tmp_path / "out").folder)
    again = contents(run(returns, tmp_path / "out").folder)
    elsewhere = contents(run(returns, tmp_path / "elsewhere").folder)

    assert first == again == elsewhere
    assert set(first) == {
        "care_episodes.parquet", "care_periods.parquet", "children.parquet", "counts.csv",
        "data_quality.csv", "data_quality.html", "looked_after_31_march.csv", "repairs.csv",
        "returns.json",
    }  # fmt: skip


def test_files_of_an_earlier_run_go_and_foreign_ones_stay(returns: Path, tmp_path: Path) -> None:
    out = run(returns, tmp_path / "out").folder
    (out / "mine.txt").write_text("kept")
    need = tmp_path / "need"
    need.mkdir()
    (need / "a.xml").write_text(
        "<Message><Header><Year>2018</Year></Header><Children><Child><ChildIdentifiers>"
        "<LAchildID>a</LAchildID></ChildIdentifiers></Child></Children></Message>"
    )
    run(None, out, need)

    assert "care_episodes.parquet" not in contents(out)
    assert (out / "mine.txt").read_text() == "kept"


def test_a_file_of_somebody_else_is_not_written_over(returns: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "repairs.csv").write_text("of a car")

    with pytest.raises(ConfigError, match=r"repairs\.csv, which this command did not write"):
        run(returns, tmp_path / "out")
    assert contents(tmp_path / "out") == {"repairs.csv": b"of a car"}


def test_a_failed_run_leaves_the_earlier_results(returns: Path, tmp_path: Path) -> None:
    before = contents(run(returns, tmp_path / "out").folder)
    write_csv(returns / "301" / "2020" / "episodes.csv", ("CHILD",), [("a",)])

    with pytest.raises(Exception, match="other columns"):
        run(returns, tmp_path / "out")
    assert contents(tmp_path / "out") == before


def test_tables_keep_their_contracts(returns: Path, tmp_path: Path) -> None:
    out = run(returns, tmp_path / "out").folder
    for table in TABLES:
        file = out / f"{table.name}.parquet"
        if not file.exists():
            continue
        frame = pl.read_parquet(file)
        assert frame.columns == list(table.columns)
        assert frame.select(table.key).rows() == sorted(frame.select(table.key).rows())
        marks = duckdb.sql(f"select key, value from parquet_kv_metadata('{file}')").fetchall()
        assert (b"sensitivity", b"person_level") in marks


def test_counts_by_year_are_as_the_issue_writes_them(returns: Path, tmp_path: Path) -> None:
    out = run(returns, tmp_path / "out").folder
    assert (out / "looked_after_31_march.csv").read_text() == (
        "la_code,year,children,children_including_respite\n301,2018,1,2\n301,2019,1,1\n"
    )
    assert (out / "repairs.csv").read_text().startswith("rule,table,rows\nrejected_")


def test_every_row_read_is_kept_merged_or_rejected(returns: Path, tmp_path: Path) -> None:
    made = run(returns, tmp_path / "out")
    kept = {"episodes": len(made.episodes()), "header": len(made.table("children"))}
    for table, rows in kept.items():
        counts = made.counts(table)
        assert counts["read"] == counts["rejected"] + counts["merged"] + rows


def test_the_quality_page_masks_small_counts_and_shows_no_row(
    returns: Path, tmp_path: Path
) -> None:
    out = run(returns, tmp_path / "out").folder
    page = html.unescape((out / "data_quality.html").read_text(encoding="utf-8"))
    table = pl.read_csv(out / "data_quality.csv")

    assert "Jo Bloggs" not in page
    assert "2010-02-01" not in page
    assert "01/02/2010" not in page
    counted = table.filter(pl.col("measure").str.starts_with("rows")).get_column("value")
    assert set(counted) <= {"0", "fewer than 10"}
    assert not re.search(r"<td>[1-9]</td></tr>", page)


def test_a_rule_has_one_name_in_a_table_that_says_what_is_done() -> None:
    assert len({(rule.name, rule.table) for rule in RULES}) == len(RULES)
    assert {rule.kind for rule in RULES} == {
        "rejected", "merged", "repaired", "imputed", "flagged",
    }  # fmt: skip


def test_the_command_tells_what_it_did_and_that_it_stays(
    cws: Commands, returns: Path, tmp_path: Path
) -> None:
    done = cws("returns", "--ssda903", str(returns), "--out", str(tmp_path / "out"))

    assert done.code == 0
    assert "ssda903 301 2018: named as the year that ends" in done.out
    assert "episodes: 5 rows read, 0 rejected, 1 merged, 4 kept" in done.out
    assert "must not leave the secure area" in done.out
    assert "Bloggs" not in done.out + done.err


def test_the_command_refuses_with_the_code_of_the_cause(cws: Commands, tmp_path: Path) -> None:
    write_csv(tmp_path / "in" / "301" / "2018" / "episodes.csv", EPISODE[:3], [("a", "b", "c")])
    done = cws("returns", "--ssda903", str(tmp_path / "in"), "--out", str(tmp_path / "out"))

    assert (done.code, "episodes.csv is named as episodes" in done.err) == (5, True)
