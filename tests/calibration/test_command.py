"""`cws calibrate` on a tiny delivery: what it needs it makes, and a miss is no failure."""

import csv
from pathlib import Path

from support.tiny import PROJECT, Commands, TinyStudy

from cws_outcomes.errors import CalibrationError
from cws_outcomes.synthetic import make_delivery


def test_a_delivery_is_measured_and_what_was_made_is_kept(cws: Commands, tmp_path: Path) -> None:
    # The figures asked for are of the six cohorts, which the study of other tests is too small for.
    folder, template = tmp_path / "study", PROJECT / "config" / "study.yaml"
    make_delivery(folder, pupils=400, las=6, seed=1, study_template=template)
    asked = ("calibrate", "--delivery", folder, "--only", "F002, f006, F001", "--out", tmp_path)

    first = cws(*map(str, asked), "--summary", str(tmp_path / "summary.md"))
    again = cws(*map(str, asked))

    with (tmp_path / "calibration.csv").open(encoding="utf-8", newline="") as lines:
        rows = {(row["figure"], row["part"]): row for row in csv.DictReader(lines)}
    pupils = int(float(rows["F002", "any_offence"]["denominator"]))
    assert first.code == again.code == 0
    assert "Building the person spine" in first.out
    assert "spine" not in again.out
    assert "figures that count are within tolerance" in again.out
    assert {name for name, _ in rows} == {"F001", "F002", "F006"}
    assert 100 < pupils < 400
    assert rows["F006", "all"]["denominator"] == str(pupils)
    assert rows["F001", ""]["verdict"] == "apart"
    assert "F001" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_a_delivery_that_is_not_marked_as_synthetic_is_refused(
    study: TinyStudy, cws: Commands
) -> None:
    (study.folder / "truth").mkdir(exist_ok=True)
    study.change_manifest(lambda manifest: manifest.update(synthetic=False))

    said = cws("calibrate", "--delivery", str(study.folder))

    assert said.code == CalibrationError.exit_code
    assert "is not marked as synthetic" in said.err
