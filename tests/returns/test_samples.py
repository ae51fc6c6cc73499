"""The public samples: what is read, rejected, repaired, merged, and who is looked after when.

The figures were first worked out by the slow readers below, which know nothing of the SQL.
"""

import csv
import datetime as dt
import shutil
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from support.returns import Made, run

SHARED = Path(__file__).parents[3] / "shared" / "data"
PANEL = SHARED / "ssda903" / "five_year_panel_v1.zip"
SINGLE = SHARED / "ssda903" / "single_return"
CENSUS = SHARED / "cin_census"

pytestmark = pytest.mark.skipif(
    not PANEL.is_file(), reason="needs ../shared/data, which is not part of the project"
)
Episode = tuple[dt.date, dt.date | None, str]


def read_day(text: str) -> dt.date | None:
    return dt.datetime.strptime(text, "%d/%m/%Y").date() if text else None


def read_rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def looked_after(returns: dict[int, Path]) -> dict[int, tuple[int, int]]:
    """Children on each 31 March: the last row sent for a child and first day, open that day."""
    last: dict[tuple[str, dt.date], tuple[int, dt.date | None, str]] = {}
    for year in sorted(returns):
        for row in read_rows(returns[year] / "episodes.csv"):
            start = read_day(row["DECOM"])
            assert start is not None
            last[row["CHILD"], start] = (year, read_day(row["DEC"]), row["LS"])
    counts = {}
    for year in returns:
        day = dt.date(year, 3, 31)
        children, all_children = set(), set()
        for (child, start), (sent, end, status) in last.items():
            if end is None and sent < max(returns):
                end = dt.date(sent, 4, 1)  # open, and gone from the later returns
            if start <= day and (end is None or end > day):
                all_children.add(child)
                if status not in ("V3", "V4"):
                    children.add(child)
        counts[year] = (len(children), len(all_children))
    return counts


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("panel") / "panel"
    with zipfile.ZipFile(PANEL) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def five_years(panel: Path) -> Made:
    return run(panel, panel.parent / "out", la="301")


@pytest.fixture(scope="module")
def one_year(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return run(SINGLE, tmp_path_factory.mktemp("single") / "out")


def test_children_looked_after_in_the_single_return(one_year: Made) -> None:
    assert one_year.march() == {("unknown", 2018): (1201, 1419)}
    assert looked_after({2018: SINGLE}) == {2018: (1201, 1419)}


def test_rows_of_the_single_return(one_year: Made) -> None:
    assert {one.table: (one.read, one.rejected, one.merged) for one in one_year.book.totals} == {
        "episodes": (5050, 0, 0),
        "header": (2675, 0, 0),
        "reviews": (12582, 0, 2),
        "uasc": (132, 0, 0),
        "oc2": (2675, 0, 0),
        "oc3": (53, 0, 0),
        "ad1": (29, 0, 0),
        "missing": (43, 0, 0),
        "placed_for_adoption": (59, 0, 1),
        "previous_permanence": (2675, 0, 0),
        "sw_episodes": (1, 0, 0),
        "dolo": (1, 0, 0),
    }
    for table in ("episodes", "header", "reviews", "missing", "oc2"):
        rows = read_rows(SINGLE / f"{table}.csv")
        assert one_year.counts(table)["read"] == len(rows)
        repeats = len(rows) - len({tuple(row.values()) for row in rows})
        assert one_year.counts(table)["merged"] == repeats
    assert one_year.met() == {"repaired_overlap_cut": 45}


def test_flags_of_the_single_return(one_year: Made) -> None:
    firsts: dict[str, tuple[dt.date, str]] = {}
    births = {row["CHILD"]: read_day(row["DOB"]) for row in read_rows(SINGLE / "header.csv")}
    ends_late = open_with_reason = adults = 0
    for row in read_rows(SINGLE / "episodes.csv"):
        start = read_day(row["DECOM"])
        assert start is not None
        first = (start, row["RNE"])
        firsts[row["CHILD"]] = min(firsts.get(row["CHILD"], first), first)
        # Ten open episodes have a later one: those that are cut are open no more.
        open_with_reason += not row["DEC"] and bool(row["REC"])
        end = read_day(row["DEC"])
        ends_late += end is not None and end > dt.date(2018, 4, 1)
        birth = births[row["CHILD"]]
        assert birth is not None
        adults += (start.year - 18, start.month, start.day) >= (birth.year, birth.month, birth.day)
    flags = one_year.flagged()

    assert flags["first_not_started"] == sum(reason != "S" for _, reason in firsts.values())
    assert flags.get("ended_after_return", 0) == ends_late
    assert flags.get("adult", 0) == adults
    assert open_with_reason - 10 <= flags["open_with_reason"] <= open_with_reason
    without = len(births.keys() - firsts.keys())
    assert one_year.flagged("children")["without_episode"] == without == 552


def test_the_panel_is_named_by_the_year_that_starts(five_years: Made) -> None:
    assert [(one.year, one.label) for one in five_years.book.returns] == [
        (2018, "2017"), (2019, "2018"), (2020, "2019"), (2021, "2020"), (2022, "2021"),
    ]  # fmt: skip
    assert all("year that starts" in one.settled_by for one in five_years.book.returns)


def test_children_looked_after_in_the_panel(five_years: Made, panel: Path) -> None:
    counts = {
        2018: (466, 550),
        2019: (288, 341),
        2020: (181, 214),
        2021: (119, 137),
        2022: (55, 62),
    }
    assert five_years.march() == {("301", year): found for year, found in counts.items()}
    assert looked_after({year + 1: panel / str(year) for year in range(2017, 2022)}) == counts


def test_rows_of_the_panel(five_years: Made, panel: Path) -> None:
    rows = [
        (year, row["CHILD"], row["DECOM"], row["DEC"])
        for year in range(2017, 2022)
        for row in read_rows(panel / str(year) / "episodes.csv")
    ]
    last = {(child, start): (year, end) for year, child, start, end in rows}
    gone = [key for key, (year, end) in last.items() if not end and year < 2021]

    assert five_years.counts("episodes") | {"flagged": 0} == {
        "read": 3737, "rejected": 0, "merged": 910, "kept": 2827, "repaired": 14, "imputed": 24,
        "flagged": 0,
    }  # fmt: skip
    assert five_years.counts("episodes")["read"] == len(rows)
    assert len(five_years.episodes()) == five_years.counts("episodes")["kept"] == len(last)
    assert five_years.met() == {
        "merged_sent_again_closed": len(rows) - len(last),
        "imputed_end_after_last_return": len(gone),
        "repaired_overlap_cut": 14,
    }
    assert five_years.counts("header")["kept"] == len(five_years.table("children")) == 820
    assert five_years.met("header") == {"repaired_code": 1, "merged_sent_again": 1303}


def test_one_folder_of_the_panel_alone(panel: Path, tmp_path: Path) -> None:
    made = run(panel / "2017", tmp_path / "out")
    assert made.march() == {("unknown", 2018): looked_after({2018: panel / "2017"})[2018]}
    assert made.march() == {("unknown", 2018): (367, 434)}


def test_authorities_beside_one_another_do_not_meet(
    panel: Path, five_years: Made, tmp_path: Path
) -> None:
    shutil.copytree(panel, tmp_path / "in" / "202")
    for year in (2020, 2021):
        shutil.copytree(panel / str(year), tmp_path / "in" / "Barnet" / str(year))
    made = run(tmp_path / "in", tmp_path / "out")

    alone = {year: children for (_, year), children in five_years.march().items()}
    assert {year: n for (la, year), n in made.march().items() if la == "202"} == alone
    two = looked_after({year + 1: panel / str(year) for year in (2020, 2021)})
    assert {year: n for (la, year), n in made.march().items() if la == "302"} == two


def test_the_census_samples(tmp_path: Path) -> None:
    made = run(None, tmp_path / "out", CENSUS)

    found: Counter[str] = Counter()
    late = 0
    for file in CENSUS.glob("*.xml"):
        root = ET.parse(file).getroot()
        found.update(element.tag for element in root.iter())
        reference = root.findtext(".//ReferenceDate") or ""
        year = int(reference[:4] if reference.endswith("-03-31") else root.findtext(".//Year") or 0)
        late += sum(
            (element.text or "") > f"{year}-03-31" for element in root.iter("CINreferralDate")
        )
    assert {one.table: one.read for one in made.book.totals} == {
        "cin_children": found["Child"],
        "disabilities": found["Disability"],
        "referrals": found["CINdetails"],
        "assessments": found["Assessments"],
        "cin_plans": found["CINPlanDates"],
        "section_47": found["Section47"],
        "plans": found["ChildProtectionPlans"],
        "plan_reviews": found["Reviews"],
    }
    assert {one.table: (one.read, one.rejected, one.merged) for one in made.book.totals} == {
        "cin_children": (335, 0, 1),
        "disabilities": (122, 0, 5),
        "referrals": (405, 47, 0),
        "assessments": (3, 0, 0),
        "cin_plans": (2, 0, 0),
        "section_47": (2, 0, 0),
        "plans": (2, 0, 0),
        "plan_reviews": (2, 0, 0),
    }
    assert made.met("referrals") == {"rejected_starts_after_return": late}
    assert [(one.la_code, one.year) for one in made.book.returns] == [
        ("201", 2023), ("201", 2024), ("975", 2022),
    ]  # fmt: skip
    assert len(made.table("referrals")) == 405 - late
