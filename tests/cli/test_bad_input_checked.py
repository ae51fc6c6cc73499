"""Checks of bad input: the cause told as a run tells it, and noted in the data-quality report."""

from pathlib import Path

import pytest
from support.corruptions import CORRUPTIONS, Corruption
from support.explained import assert_explained, assert_unseen
from support.tiny import Commands, TinyStudy


@pytest.fixture
def study(lean_study: TinyStudy, tmp_path: Path) -> TinyStudy:
    """One table is damaged: the others are as few as can be."""
    return lean_study.copied(tmp_path / "study")


@pytest.mark.parametrize(
    "corruption", CORRUPTIONS, ids=[corruption.name.replace(" ", "_") for corruption in CORRUPTIONS]
)
def test_check_explains(study: TinyStudy, cws: Commands, corruption: Corruption) -> None:
    corruption.damage(study)

    said = cws("check", "--config", study.config)

    assert_explained(said, corruption)
    # The report lists unknown codes, for those who extend the codelists: it stays inside.
    listed = "data_quality" if corruption.error.__name__.startswith("Unknown") else "none"
    assert_unseen(said, study.results, but=listed)
    report = study.results / "person_level" / "data_quality" / "data_quality.csv"
    if corruption.table:
        assert f",failure,{corruption.error.__name__}," in report.read_text(encoding="utf-8")
