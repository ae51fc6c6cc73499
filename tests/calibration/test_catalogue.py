"""The figures: all there, each measured or apart; slips in their files are named."""

import re
import shutil
from pathlib import Path

import pytest

from cws_outcomes.calibration import load_catalogue
from cws_outcomes.calibration.catalogue import ROOM, SECTIONS, UNITS, Unit, listed_figures
from cws_outcomes.calibration.measure import views, words_of
from cws_outcomes.errors import ConfigError

ONE = """
F002:
  title: Any offence
  population: six_cohorts
  confidence: S
  source: DASH
  unit: percent
  period: KS4 2012/13
  measure: offending
  parts:
    any_offence: {published: 4.05, kind: rate, rounding: 0.005}
"""


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A room with one figure."""
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "some.yaml").write_text(ONE, encoding="utf-8")
    shutil.copytree(ROOM / "measures", tmp_path / "measures")
    return tmp_path


def write(room: Path, old: str, new: str) -> None:
    assert old in ONE
    (room / "figures" / "some.yaml").write_text(ONE.replace(old, new), encoding="utf-8")


def test_the_list_holds_125_figures_in_nine_sections():
    listed = listed_figures()

    assert len(listed) == 125
    assert {one.section for one in listed.values()} == SECTIONS.keys()
    assert UNITS.keys() == set(Unit.__args__)


def test_every_listed_figure_is_measured_or_apart_with_a_reason():
    catalogue = load_catalogue()

    assert list(catalogue.figures) == list(listed_figures())
    for name, figure in catalogue.figures.items():
        assert figure.parts or len(figure.apart.split()) >= 2, name


def test_every_measure_and_every_view_is_used():
    asked = {figure.measure for figure in load_catalogue().figures.values()}
    files = sorted((ROOM / "measures").glob("*.sql"))
    used = set().union(*(words_of(file) for file in [*files, *views()]))

    assert {file.stem for file in files} == asked - {None}
    assert {re.sub(r"^\d+_", "", file.stem) for file in views()} <= used


def test_figures_from_memory_are_never_measured():
    figures = load_catalogue().figures

    assert [n for n, f in figures.items() if f.confidence == "M" and f.measure] == []


def test_a_room_without_slips_is_read(room: Path):
    part = load_catalogue(room).figures["F002"].parts["any_offence"]

    assert (part.published, part.rule, part.allowed) == (4.05, pytest.approx(0.405), 0.405)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("F002:", "F999:", "F999: not in figure_ids.csv"),
        ("source: DASH", "source: LAIT", "F002: source: expected DASH"),
        ("confidence: S", "confidence: A", "F002: confidence: expected S"),
        ("measure: offending", "measure: offences", "there is no measures/offences.sql"),
        ("measure: offending", "apart: not needed", "that stands apart has no parts"),
        ("  measure: offending\n", "", "expected either measure or apart"),
        ("kind: rate", "kind: odds", "some.yaml: F002: parts.any_offence.kind"),
        ("kind: rate", "kind: timing", "state tolerance and because"),
        ("rounding: 0.005", "rounding: 0", "parts.any_offence.rounding"),
        ("rounding: 0.005", "rounding: 0.005, tolerance: 0.3, because: x", "not wider than"),
        ("rounding: 0.005", "rounding: 0.005, tolerance: 2", "tolerance and because belong"),
        ("rounding: 0.005", "rounding: 0.005, band: [5, 6]", "outside its own band"),
        ("rounding: 0.005", "roundings: 0.005", "parts.any_offence.roundings"),
        ("unit: percent", "unit: points\n  note: x", ""),
        ("kind: rate", "kind: share, unit: points", "parts.any_offence: a share is in percent"),
        ("population: six_cohorts", "population: pupils", "F002: population"),
        ("period: KS4 2012/13", "period: KS4\n  implied_by: [F000]", "F000 is not listed"),
    ],
)
def test_slips_are_named(room: Path, old: str, new: str, told: str):
    write(room, old, new)
    if not told:
        assert load_catalogue(room).figures
        return

    with pytest.raises(ConfigError) as caught:
        load_catalogue(room)

    assert told in str(caught.value)


def test_all_slips_are_told_at_once_and_a_figure_stands_once(room: Path):
    write(room, "kind: rate", "kind: odds")
    (room / "figures" / "other.yaml").write_text(
        ONE + ONE.replace("F002", "F003").replace("six_cohorts", "nobody"), encoding="utf-8"
    )
    (room / "figures" / "third.yaml").write_text(ONE, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load_catalogue(room)

    for told in ("some.yaml: F002: parts.any_offence.kind", "F003: population", "stands 2 times"):
        assert told in str(caught.value)
