"""Curves on public data that only R packages ship: run where R, survival and cmprsk are present."""

import shutil
import subprocess

import polars as pl
import pytest

from cws_outcomes.estimators import aalen_johansen, gray_test, kaplan_meier, log_rank, rmst


@pytest.fixture(scope="module")
def public(golden_folder, tmp_path_factory):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed; it ships these data")
    folder = tmp_path_factory.mktemp("public")
    run = subprocess.run(
        ["Rscript", golden_folder / "public_curves.R", folder], capture_output=True, text=True
    )
    if run.returncode:
        pytest.skip("R lacks survival or cmprsk, which ship these data")
    golden = pl.read_csv(folder / "golden.csv")
    tables = {name: pl.read_csv(folder / f"{name}.csv") for name in ("lung", "lung_inst", "mgus2")}
    return tables, dict(zip(golden["name"], golden["value"], strict=True))


def test_lung(public):
    tables, golden = public
    lung, asked = tables["lung"], {"stop": "time", "event": "event"}
    curve = kaplan_meier(lung, **asked)
    read = curve.at(365)
    assert read["estimate"].item() == pytest.approx(golden["km 365"], abs=1e-8)
    assert read["std_error"].item() == pytest.approx(golden["km_error 365"], abs=1e-6)
    # Printed in many books: 0.409, median 310 days (285 to 363); 10.33; 241.5 and 297.5 days.
    assert read["estimate"].item() == pytest.approx(0.4092416, abs=1e-7)
    assert read["std_error"].item() == pytest.approx(0.0358236, abs=1e-7)
    assert curve.quantiles().select("estimate", "lower", "upper").row(0) == (310, 285, 363)
    test = log_rank(lung, **asked, by="sex")
    assert test.statistic == pytest.approx(golden["log_rank"], rel=1e-8)
    assert test.statistic == pytest.approx(10.3267, abs=1e-4)
    mean = rmst(lung, **asked, by="sex", until=365).table
    for sex, place in ((1, 0), (2, 1)):
        assert mean["estimate"][place] == pytest.approx(golden[f"rmst {sex}"], rel=1e-8)
        assert mean["std_error"][place] == pytest.approx(golden[f"rmst_error {sex}"], rel=1e-6)
    assert mean["estimate"].to_list() == pytest.approx([241.495, 297.465], abs=1e-3)


def test_lung_on_the_age_clock_and_by_institution(public):
    tables, golden = public
    born = pl.col("age") * 365.25
    aged = tables["lung"].with_columns(
        stop=born + pl.col("time"), start=pl.max_horizontal(born, 20088.75)
    )
    aged = aged.filter(pl.col("stop") > 20088.75)
    read = kaplan_meier(aged, start="start", stop="stop", event="event").at([22000, 25000])
    clustered = kaplan_meier(tables["lung_inst"], stop="time", event="event", cluster="inst")
    for name, part in {"age": read, "inst": clustered.at([100, 365])}.items():
        for row in part.iter_rows(named=True):
            time = f"{row['time']:g}"
            assert row["estimate"] == pytest.approx(golden[f"{name} {time}"], abs=1e-8)
            assert row["std_error"] == pytest.approx(golden[f"{name}_error {time}"], abs=1e-6)


def test_mgus2(public):
    tables, golden = public
    mgus2 = tables["mgus2"]
    read = aalen_johansen(mgus2, stop="months", cause="cause").at([60, 120, 240, 360])
    for row in read.iter_rows(named=True):
        place = f"{row['cause']} {row['time']:g}"
        assert row["estimate"] == pytest.approx(golden[f"aj {place}"], abs=1e-8)
        assert row["std_error"] == pytest.approx(golden[f"aj_error {place}"], abs=1e-6)
    assert read.filter(cause=1)["estimate"].to_list() == pytest.approx(
        [0.034103712974, 0.063722168013, 0.099813715935, 0.13404164433], abs=1e-8
    )
    assert read.filter(cause=2)["std_error"].to_list() == pytest.approx(
        [0.012567371548, 0.014059645162, 0.015606345068, 0.020933469536], abs=1e-8
    )
    # What censoring the competing event makes of it: more than twice as much.
    first = mgus2.with_columns(event=pl.col("cause") == 1)
    wrong = 1 - kaplan_meier(first, stop="months", event="event").at(240)["estimate"].item()
    assert wrong == pytest.approx(golden["one_minus_km 240"], abs=1e-8)
    assert wrong == pytest.approx(0.20956162449, abs=1e-8)
    tests = gray_test(mgus2, stop="months", cause="cause", by="sex")
    for cause, (statistic, p_value) in {
        1: (1.1945078251, 0.27442215679),
        2: (11.651259012, 0.00064159097641),
    }.items():
        assert tests[cause].statistic == pytest.approx(golden[f"gray {cause}"], rel=1e-8)
        assert tests[cause].statistic == pytest.approx(statistic, rel=1e-8)
        assert tests[cause].p_value == pytest.approx(p_value, rel=1e-8)


def test_bone_marrow_transplants():
    """Scrucca's 35 patients, as scikit-survival ships them; numbers of R's cuminc (cmprsk)."""
    datasets = pytest.importorskip("sksurv.datasets", reason="scikit-survival ships these data")
    covariates, outcome = datasets.load_bmt()
    rows = pl.DataFrame(
        {
            "dis": covariates["dis"].astype(str).to_list(),
            "time": outcome["ftime"].astype(float),
            "cause": outcome["status"].astype(int),
        }
    )
    read = aalen_johansen(rows, stop="time", cause="cause").at([6, 12, 24])
    for cause, expected in {
        1: [0.20492610837, 0.27283898781, 0.27283898781],
        2: [0.17579169599, 0.34076014642, 0.44614220072],
    }.items():
        assert read.filter(cause=cause)["estimate"].to_list() == pytest.approx(expected, abs=1e-8)
    tests = gray_test(rows, stop="time", cause="cause", by="dis")
    assert tests[1].statistic == pytest.approx(1.3016345436, rel=1e-8)
    assert tests[2].statistic == pytest.approx(7.0822780251, rel=1e-8)
