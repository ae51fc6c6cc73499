"""The page, its table and the summary tell the same; nothing but synthetic data is calibrated."""

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cws_outcomes.calibration import calibrate
from cws_outcomes.calibration.catalogue import Catalogue, Figure, Listed, Part
from cws_outcomes.calibration.judge import JudgedFigure, Measured, judge
from cws_outcomes.calibration.report import Made, summary, write
from cws_outcomes.errors import CalibrationError

MADE = Made((("seed", "7"), ("pupils", "3,000,000")))


def figure(title: str, population: str = "six_cohorts", **changes: object) -> Figure:
    values = {
        "title": title,
        "population": population,
        "confidence": "S",
        "source": "DASH",
        "unit": "percent",
        "period": "2015",
        "measure": "offending",
        "parts": {"one": Part(published=10, kind="rate", rounding=0.5)},
    }
    return Figure.model_validate({**values, **changes})


@pytest.fixture
def judged() -> tuple[JudgedFigure, ...]:
    """One figure inside, one missed, one apart."""
    figures = {
        "F002": figure("Any offence"),
        "F052": figure("In need <by 18>", "residents", known_miss="need ends too soon"),
        "F054": figure("Old estimate", "residents", measure=None, parts={}, apart="superseded"),
    }
    listed = {
        name: Listed(section, "S", "DASH")
        for name, section in (("F002", "A"), ("F052", "C"), ("F054", "C"))
    }
    values = {
        ("F002", "one"): Measured(10.4, 104, 1000),
        ("F052", "one"): Measured(25.31, 2531, 10000),
    }
    return judge(Catalogue(figures, listed), values)


class Tags(HTMLParser):
    """Opened and closed elements, and all text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta",):
            self.open.append(tag)
        self.outside += [v for k, v in attrs if k in ("src", "href") and not v.startswith("#")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_whole_marked_and_needs_no_other_file(judged, tmp_path: Path):
    page = Tags()
    page.feed(write(judged, MADE, tmp_path).read_text(encoding="utf-8"))

    text = re.sub(r"\s+", " ", page.text)
    assert page.open == []
    assert page.outside == []
    for told in (
        "SYNTHETIC DATA - NOT REAL",
        "1 of 2 figures that count are within tolerance",
        "In need <by 18>",
        "need ends too soon",
        "superseded",
        "8.66 to 12.4",
        "+15.3",
        "3,000,000",
    ):
        assert told in text


def test_the_table_holds_every_part_and_every_figure_apart(judged, tmp_path: Path):
    write(judged, MADE, tmp_path)

    with (tmp_path / "calibration.csv").open(encoding="utf-8", newline="") as lines:
        rows = {row["figure"]: row for row in csv.DictReader(lines)}

    assert [row["verdict"] for row in rows.values()] == ["inside", "outside", "apart"]
    assert {row["data"] for row in rows.values()} == {"synthetic"}
    assert (rows["F002"]["synthetic"], rows["F002"]["lower"]) == ("10.4", "8.6571")
    assert rows["F052"]["reason"] == "need ends too soon"
    assert (rows["F054"]["published"], rows["F054"]["reason"]) == ("", "superseded")


def test_the_summary_tells_verdicts_misses_and_what_stands_apart(judged):
    told = summary(judged, MADE)

    assert "**1 of 2 figures that count are within tolerance (50 %; goal 85 %).**" in told
    assert "| F002 | Any offence: one | 10 % | 10.4 | ± 1 | inside |" in told
    assert "| F052 | In need <by 18> | need ends too soon |" in told
    assert "| F054 | Old estimate | superseded |" in told
    assert "- seed: 7" in told


def test_what_is_no_synthetic_delivery_is_refused(tmp_path: Path):
    with pytest.raises(CalibrationError, match="holds no synthetic delivery with its truth"):
        calibrate(tmp_path, progress=lambda text: None)


def test_a_figure_that_is_not_known_is_named(tmp_path: Path):
    with pytest.raises(CalibrationError, match="F999"):
        calibrate(tmp_path, only=["F002", "F999"], progress=lambda text: None)
