import csv
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from support.invented import frame, inputs, unchecked

from cws_outcomes import disclosure
from cws_outcomes.config import load_study
from cws_outcomes.errors import MissingTableError, ReleaseError
from cws_outcomes.figures.draw import draw_figure
from cws_outcomes.plan import plan
from cws_outcomes.report.book import Book, Printed
from cws_outcomes.report.captions import paragraphs
from cws_outcomes.report.fill import write_report
from cws_outcomes.report.findings import findings, verdict
from cws_outcomes.tables.print import print_table

RULE = {"disclosure_threshold": 10, "disclosure_round_to": 10}
CONFIG = Path(__file__).parents[2] / "config"


def cleared() -> dict[str, pl.DataFrame]:
    exact = inputs(**unchecked(las=8, children=9000))
    made = [getattr(disclosure, name)(exact, RULE) for name in disclosure.__all__]
    frames = {name: held for tables in made for name, held in tables.items()}
    ratios = frames["cleared_hazard_ratios"]
    ever = ratios.filter(covariate="contact_state").head(2).with_columns(
        model=pl.lit("offence_hazard_ever_never"), covariate=pl.lit("ever_in_contact")
    )  # fmt: skip
    other = ratios.with_columns(model=pl.lit("offence_hazard_not_truncated"))
    flow = frames["cleared_flow"]
    return frames | {
        "cleared_hazard_ratios": pl.concat([ratios, other, ever]),
        "cleared_flow": pl.concat([flow, flow.with_columns(cohort=pl.lit("from_10"))]),
    }


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> dict:
    """The default study's report settings, over printed files of an invented study."""
    folder = tmp_path_factory.mktemp("releasable")
    study = load_study(CONFIG / "study.yaml")
    job = next(job for job in plan(study) if job.step.name == "write_report")
    given = dict(job.settings)
    report = given["report"] = dict(given["report"])
    frames = cleared()
    report["tables"] = {name: str(folder / f"{name}.csv") for name in report["tables"]}
    for name, path in report["tables"].items():
        table = {"name": name, **report["table_definitions"][name]}
        contract = f"cleared_{table['layout']}"
        given_frame = inputs(**{contract: frames[contract]})
        print_table(given_frame, {"table": table}, {"csv": Path(path)})
    report["figures"] = {
        name: figure | {end: str(folder / f"figure_{name}.{end}") for end in ("png", "csv")}
        for name, figure in report["figures"].items()
    }
    for name, figure in report["figures"].items():
        table = report["table_definitions"][figure["table"]]
        contract = f"cleared_{table['layout']}"
        draw_figure(
            inputs(**{contract: frames[contract]}),
            {"figure": {**figure, "name": name}, "table": table, "labels": {}, "synthetic": True},
            {end: Path(figure[end]) for end in ("png", "csv")},
        )
    return given | {"synthetic": True}


def written(settings, folder) -> dict[str, Path]:
    paths = {"html": folder / "report.html", "csv": folder / "manifest.csv"}
    write_report(inputs(cleared_flow=frame("cleared_flow", [])), settings, paths)
    return paths


@pytest.fixture(scope="module")
def paths(settings, tmp_path_factory) -> dict[str, Path]:
    return written(settings, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def page(paths) -> str:
    return paths["html"].read_text(encoding="utf-8")


class Outline(HTMLParser):
    """Elements of a page with their attributes, and how they are nested."""

    VOID = ("meta", "img", "br", "link", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements, self.open, self.unclosed = [], [], []
        self.feed(text)
        self.unclosed += self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unclosed.append(tag)

    def of(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]


def test_the_report_is_one_file_that_needs_nothing_else(page, settings):
    outline = Outline(page)

    assert outline.unclosed == []
    assert not outline.of("script", "link", "iframe")
    assert all(image["src"].startswith("data:image/png;base64,") for image in outline.of("img"))
    assert len(outline.of("img")) == len(settings["report"]["figures"])
    assert all(link["href"].startswith("#") for link in outline.of("a"))
    assert "http" not in page
    assert str(Path(settings["report"]["tables"]["la_equity"]).parent) not in page


def test_the_report_can_be_read_without_seeing_it(page):
    outline = Outline(page)
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]

    assert outline.of("html")[0]["lang"] == "en-GB"
    assert all(len(image["alt"]) > 30 for image in outline.of("img"))
    assert len(outline.of("caption")) == len(outline.of("table")) > 10
    assert all("scope" in heading for heading in outline.of("th"))
    assert len(ids) == len(set(ids))
    assert {link["href"].removeprefix("#") for link in outline.of("a")} <= set(ids)
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_synthetic_data_are_called_so_and_real_ones_are_not(page, settings, tmp_path):
    real = written(settings | {"synthetic": False}, tmp_path)["html"].read_text(encoding="utf-8")

    assert page.count("SYNTHETIC DATA") == 1
    assert "SYNTHETIC DATA" not in real
    assert "Synthetic data" not in real


def test_two_reports_of_one_study_are_the_same_bytes(paths, settings, tmp_path):
    again = written(settings, tmp_path)

    assert again["html"].read_bytes() == paths["html"].read_bytes()
    assert again["csv"].read_bytes() == paths["csv"].read_bytes()


def test_the_manifest_lists_every_file_with_its_digest_and_smallest_count(paths, settings):
    with paths["csv"].open(encoding="utf-8", newline="") as file:
        listed = {row["path"]: row for row in csv.DictReader(file)}
    report = settings["report"]
    equity = listed["tables/la_equity.csv"]

    assert len(listed) == len(report["tables"]) + 2 * len(report["figures"]) + 1
    assert equity["sha256"] == hashlib.sha256(
        Path(report["tables"]["la_equity"]).read_bytes()
    ).hexdigest()  # fmt: skip
    assert equity["contract"] == "cleared_la_equity"
    assert equity["smallest_count"] == "10"
    assert listed["figures/la_caterpillar.png"]["smallest_count"] == ""
    assert listed["figures/hazard_ratios.png"]["smallest_count"].isdigit()
    assert listed["report.html"]["sha256"] == hashlib.sha256(
        paths["html"].read_bytes()
    ).hexdigest()  # fmt: skip


@pytest.mark.parametrize("count", ["7", "0", "23"])
def test_a_printed_file_with_a_small_or_exact_count_stops_the_report(settings, tmp_path, count):
    tampered = tmp_path / "flow.csv"
    tampered.write_text(f"cohort,criterion,persons_in,status\nc,x,{count},shown\n")
    report = settings["report"]
    tables = report["tables"] | {"cohort_flow": str(tampered)}

    with pytest.raises(ReleaseError, match="below 10 or not rounded to 10") as told:
        written(settings | {"report": report | {"tables": tables}}, tmp_path)
    assert count not in re.sub("10|1 counts", "", str(told.value))
    assert not (tmp_path / "report.html").exists()


def test_an_input_that_is_not_cleared_is_refused(settings, tmp_path):
    with pytest.raises(ReleaseError, match="flow, which disclosure has not cleared"):
        write_report(inputs(flow=pl.DataFrame({"a": [1]})), settings, {"html": tmp_path / "r.html"})


def test_a_missing_table_is_named(settings, tmp_path):
    report = settings["report"]
    tables = report["tables"] | {"la_equity": str(tmp_path / "gone.csv")}

    with pytest.raises(MissingTableError, match=r"Table la_equity: gone\.csv is not there"):
        written(settings | {"report": report | {"tables": tables}}, tmp_path)


def test_hidden_rows_hold_no_number_and_say_why(page, settings):
    hidden = [
        row for row in csv.DictReader(
            Path(settings["report"]["tables"]["la_equity"]).read_text(encoding="utf-8").splitlines()
        )
        if row["status"] == "suppressed" and row["outcome"] == "first_offence"
        and row["group"] == "all"
    ]  # fmt: skip
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', page)
    gaps = [cells for name, cells in rows if "[c]" in cells
            and any(name == row["la_name"] for row in hidden)]  # fmt: skip

    assert gaps
    assert all(set(re.findall("<td>([^<]*)</td>", cells)) == {"[c]"} for cells in gaps)


def book_of(settings) -> Book:
    report = settings["report"]
    tables = {name: Printed.read(name, Path(path)) for name, path in report["tables"].items()}
    return Book(tables, {n: d["layout"] for n, d in report["table_definitions"].items()})


def test_every_number_of_a_finding_is_in_its_table(settings):
    book = book_of(settings)
    found = findings(book, {})

    assert {finding.question for finding in found} == {"contact", "authorities", "timing"}
    for finding in found:
        table = book[finding.source]
        cells = {cell for row in table.rows for cell in row.values()}
        cells |= {f"{round(100 * float(c), 2):.1f}" for c in cells if re.fullmatch(r"0\.\d+", c)}
        cells |= {f"{100 * float(c):.2g}" for c in cells if re.fullmatch(r"0\.\d+", c)}
        counts = {str(n) for n in range(len(table.values("la_code")) + 1)} if (
            finding.source == "la_equity") else set()  # fmt: skip
        labels = set(re.findall(r"\d+", finding.text.partition("hazard")[0])) if (
            finding.source == "outcome_by_exposure") else set()  # fmt: skip
        numbers = set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?", finding.text))
        assert numbers <= cells | counts | labels, finding.text


def test_findings_follow_their_table():
    row = {"model": "m", "outcome": "o", "covariate": "contact_state", "level": "cla",
           "status": "shown", "is_reference": "false", "hazard_ratio": "2.41", "lower": "1.8",
           "upper": "3.2"}  # fmt: skip

    def told(**changes):
        table = Printed("t", ({**row, **changes},))
        return findings(Book({"t": table}, {"t": "hazard_ratios"}), {"m": "A model"})

    assert [f.verdict for f in told()] == ["more"]
    assert "A model. State “looked after” against none: hazard ratio 2.41 (1.8 to 3.2)." in [
        f.text for f in told()
    ]
    assert "hazard ratio 9.99" in told(hazard_ratio="9.99")[0].text
    assert told(lower="0.4", upper="0.9")[0].verdict == "fewer"
    assert told(lower="0.9")[0].verdict == "inconclusive"
    assert told(status="suppressed") == []


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ((1.01, 2), "more"),
        ((0.5, 0.99), "fewer"),
        ((1, 2), "inconclusive"),
        ((0.5, 1), "inconclusive"),
    ],
)
def test_a_verdict_needs_an_interval_that_leaves_out_no_difference(interval, said):
    assert verdict(*interval, 1) == said


def test_a_study_without_tables_finds_nothing():
    assert findings(Book({}, {}), {}) == []


def test_captions_are_paragraphs_lists_and_strong_words_and_nothing_else():
    text = "A **bold** word & <b>\nsecond line\n\n- one\n- two\n  more"

    assert paragraphs(text) == (
        "<p>A <strong>bold</strong> word &amp; &lt;b&gt;\nsecond line</p>\n"
        "<ul><li>one</li><li>two\n  more</li></ul>"
    )


def test_captions_fill_in_the_rules_of_the_study(page):
    assert "Counts below 10, zero included, are not shown" in page
    assert "{{" not in page
