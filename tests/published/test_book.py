"""The whole of `cws equity`: its files, on made-up counts and on real ones."""

import re
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from cws_outcomes.cli.equity import equity_command
from cws_outcomes.errors import CountsError
from cws_outcomes.geography import authorities
from cws_outcomes.published import Columns, read_columns, write_book

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT.parent / "shared/data/la_published"
ALWAYS = ["caterpillar.csv", "caterpillar.png", "funnel.csv", "funnel.png", "index.html",
          "la_equity.csv", "notes.md"]  # fmt: skip


def counts_file(folder: Path) -> Path:
    """Fifty authorities, two years, one hidden, with deprivation and groups."""
    las = authorities().filter(pl.col("valid_to").is_null()).head(50)
    rows = ["la_code,year,group,persons,events,deprivation"]
    for k, code in enumerate(las["ons_code"]):
        for year in (2021, 2022):
            for group, persons, rate in (("all", 2000 + 100 * k, 0.03), ("cla", 200 + k, 0.2)):
                events = round(persons * rate * (0.7 + 0.01 * k))
                shown = "c" if k == 7 and group == "cla" else str(events)
                rows.append(f"{code},{year},{group},{persons},{shown},{0.1 + k / 300:.3f}")
    path = folder / "made_up.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the counts and one run's files in `out`."""
    folder = tmp_path_factory.mktemp("equity")
    asked = Columns(per=1000, group="group", source="Made up <for a test>.")
    write_book(counts_file(folder), folder / "out", asked)
    return folder


def read_table(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, schema_overrides={"la_code": pl.String})


def test_files_are_the_same_bytes_on_repeat(made: Path, tmp_path: Path) -> None:
    asked = Columns(per=1000, group="group", source="Made up <for a test>.")
    book = write_book(made / "made_up.csv", tmp_path / "again", asked)
    groups = [f"{kind}{g}.{e}" for kind in ("caterpillar", "funnel", "gradient")
              for g in ("", "_cla") for e in ("csv", "png")]  # fmt: skip
    assert book.files == sorted({*ALWAYS, *groups})
    assert book.files == sorted(one.name for one in (made / "out").iterdir())
    for name in book.files:
        assert (made / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_the_figures_data_are_the_tables(made: Path) -> None:
    table = read_table(made / "out/la_equity.csv")
    last = table.filter(group="cla", adjustment="none", year=2022)
    assert last.filter(status="suppressed").height == 1
    drawn = read_table(made / "out/caterpillar_cla.csv").join(last, on="la_code")
    assert drawn.height == 49
    assert (drawn["estimate"] - 10 * drawn["shrunken_rate"]).abs().max() < 0.006
    points = read_table(made / "out/funnel_cla.csv").filter(part="authority")
    points = points.join(last, on="la_code", suffix="_table")
    assert (points["ratio"] - points["ratio_table"]).abs().max() < 1e-9
    assert points.height == 49


def test_the_page_needs_nothing_else_and_tells_no_date_or_path(made: Path) -> None:
    page = (made / "out/index.html").read_text()
    assert page.count("data:image/png;base64,") == 6
    assert not re.search(r"https?://|<script|" + re.escape(str(made)), page)
    assert "Made up &lt;for a test&gt;." in page
    assert str(made) not in (made / "out/notes.md").read_text()


def test_a_failed_run_writes_nothing(tmp_path: Path) -> None:
    counts = counts_file(tmp_path)
    counts.write_text(counts.read_text() + "E10000016,2021,all,5,6,0.1\n")
    with pytest.raises(CountsError):
        write_book(counts, tmp_path / "out", Columns(group="group"))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["made_up.csv"]


def test_the_command_names_columns_and_tells_where_to_look(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(equity_command)
    path = tmp_path / "counts.csv"
    rows = [f"{name},{year},900,{40 + k}" for k, name in enumerate(["Kent", "Essex", "Leeds"])
            for year in (2021, 2022)]  # fmt: skip
    path.write_text("\n".join(["who,year,n,o", *rows, "Brent,2021,c,c"]) + "\n")
    arguments = [str(path), "--out", str(tmp_path / "out"), "--la", "who", "--denominator", "n"]
    result = CliRunner().invoke(app, [*arguments, "--numerator", "o", "--pool-years"])
    assert result.exit_code == 0, result.output
    assert "3 of 4 rows shown" in result.output
    assert read_table(tmp_path / "out/la_equity.csv")["year"].unique().item() == "2021 to 2022"
    assert "person-years" in (tmp_path / "out/notes.md").read_text()


def published(name: str) -> Path:
    path = PUBLISHED / name
    if not path.exists():
        pytest.skip("needs ../shared/data/la_published, which is not part of the project")
    return path


def test_the_dfe_and_moj_counts_by_school_la(tmp_path: Path) -> None:
    asked = read_columns(ROOT / "config/equity/school_la_offending.yaml", {})
    path = published("moj_dfe_offending_2023/_flat_counts_by_la.csv")
    book = write_book(path, tmp_path / "out", asked)
    assert (book.shown, book.rows, book.files) == (150, 150, ALWAYS)
    table = read_table(tmp_path / "out/la_equity.csv")
    # England's 128,277 of 3,165,037 are the reference; 150 authorities hold a little less.
    assert table.select("persons", "events").sum().row(0) == (3_164_570, 128_267)
    rate = table["expected"].sum() / table["persons"].sum()
    assert rate == pytest.approx(128_277 / 3_165_037, rel=1e-6)
    ratios = table.sort("ratio")["la_name"].to_list()
    assert (ratios[0], ratios[-1]) == ("Surrey", "Nottingham")
    notes = (tmp_path / "out/notes.md").read_text()
    assert "spread tau 0.256" in notes
    assert "'Medway Towns' is Medway (887), by alias." in notes


def test_the_looked_after_panel_of_2016_to_2020(tmp_path: Path) -> None:
    asked = read_columns(ROOT / "config/equity/looked_after_2016_2020.yaml", {})
    book = write_book(published("la_year_panel_2013_2025.csv"), tmp_path / "out", asked)
    assert book.files == sorted([*ALWAYS, "gradient.csv", "gradient.png"])
    table = read_table(tmp_path / "out/la_equity.csv")
    plain = table.filter(adjustment="none")
    by_year = plain.group_by("year").len().sort("year").rows()
    assert by_year == [(2016, 152), (2017, 152), (2018, 152), (2019, 152), (2020, 151)]
    hidden = plain.filter(pl.col("status") != "shown")
    assert hidden.filter(status="suppressed").select("la_code", "year").rows() == [("420", 2020)]
    # No population is published for three authorities that ended in 2019.
    assert set(hidden.filter(status="not_applicable")["la_code"]) == {"835", "836", "837"}
    rate = plain.filter(year=2020, status="shown").select(
        10_000 * pl.col("events").sum() / pl.col("persons").sum()
    )
    assert rate.item() == pytest.approx(67.85, abs=0.005)
