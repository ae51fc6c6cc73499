"""Public data with published answers that only R packages ship: checked where R is present."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from cws_outcomes.estimators import cox, fine_gray

has_survival = (
    shutil.which("Rscript") is not None
    and subprocess.run(
        ["Rscript", "-e", 'q(status = !requireNamespace("survival", quietly = TRUE))'],
        check=False, capture_output=True,
    ).returncode == 0
)  # fmt: skip
needs_r = pytest.mark.skipif(not has_survival, reason="R with the package survival is not present")


@pytest.fixture(scope="module")
def r_data(golden_folder, tmp_path_factory):
    """Tables that R wrote, and the numbers that it found on the way."""
    folder = tmp_path_factory.mktemp("r_data")
    script = golden_folder / "r_data_cox.R"
    told = subprocess.run(
        ["Rscript", str(script), str(folder)], check=True, capture_output=True, text=True
    ).stdout
    numbers: dict[str, list[float]] = {}
    for line in told.split("\n"):
        if line.strip():
            name, value = line.split()
            numbers.setdefault(name, []).append(float(value))
    read = {
        file.stem: pl.read_csv(file, infer_schema_length=None).with_columns(
            pl.col(pl.String).replace({"TRUE": "1", "FALSE": "0"})
        )
        for file in folder.glob("*.csv")
    }
    tables = {
        name: table.with_columns(pl.col("died").cast(pl.Int64))
        if "died" in table.columns
        else table
        for name, table in read.items()
    }
    return tables, numbers


@pytest.fixture(scope="module")
def lung():
    """Shipped by lifelines too; status 1 is a death there."""
    package = find_spec("lifelines")
    if package is None or package.origin is None:
        pytest.skip("lifelines, which ships this table, is not installed")
    table = pl.read_csv(
        Path(package.origin).parent / "datasets" / "lung.csv", infer_schema_length=None
    ).rename({"ph.ecog": "ecog"})
    return table.with_columns(pl.col("ecog").cast(pl.Float64, strict=False)).drop_nulls("ecog")


def _is(fit, estimates, errors=None, robust=None, rel=2e-6):
    assert fit.table["estimate"].to_list() == pytest.approx(estimates, rel=rel, abs=5e-9)
    if errors is not None:
        assert fit.table["std_error"].to_list() == pytest.approx(errors, rel=2e-6)
    if robust is not None:
        assert fit.table["robust_std_error"].to_list() == pytest.approx(robust, rel=2e-6)


LUNG = {"stop": "time", "event": "status"}
THREE = ["age", "sex", "ecog"]


def test_lung(lung):
    fit = cox(lung, **LUNG, covariates=THREE)
    _is(
        fit,
        [0.011066764560, -0.55261239570, 0.46372847537],
        [0.0092674110137, 0.16773905379, 0.11357726616],
    )
    assert fit.log_likelihood == pytest.approx(-729.23012137, abs=1e-6)
    assert fit.concordance.estimate == pytest.approx(0.637135, abs=5e-7)
    assert fit.concordance.std_error == pytest.approx(0.025068, abs=5e-7)


@pytest.mark.filterwarnings("ignore:`inst`. 18 clusters", "ignore:strata of `inst`")
def test_lung_by_institution(lung):
    known = lung.drop_nulls("inst")
    _is(
        cox(known, **LUNG, covariates=THREE, cluster="inst"),
        [0.011232164215, -0.55659341398, 0.46921639708],
        [0.0092621054052, 0.16807103088, 0.11429040216],
        [0.0068887270587, 0.11228667993, 0.11761595325],
    )
    _is(
        cox(known, **LUNG, covariates=THREE, strata="inst"),
        [0.0095613416966, -0.54735667685, 0.59725324468],
        [0.010291850906, 0.18184471921, 0.13782283300],
    )


@pytest.mark.filterwarnings("ignore:`start`, `stop`. .* between the whole numbers")
def test_lung_with_age_as_the_clock(lung):
    aged = lung.with_columns(start=pl.col("age") * 365.25).with_columns(
        stop=pl.col("start") + pl.col("time")
    )
    fit = cox(aged, start="start", stop="stop", event="status", covariates=["sex", "ecog"])
    _is(fit, [-0.46116149472, 0.40836000374], [0.18528366942, 0.12555738559])
    assert fit.log_likelihood == pytest.approx(-283.63503799, abs=1e-6)


def test_lung_with_weights(lung):
    weighted = lung.with_columns(w=pl.when(pl.col("sex") == 1).then(1.3).otherwise(0.8))
    fit = cox(weighted.with_row_index("row"), **LUNG, covariates=THREE, weights="w", cluster="row")
    _is(
        fit,
        [0.013400301425, -0.54594179181, 0.44762119040],
        [0.0087161053378, 0.17535370559, 0.10503492857],
        [0.010094362334, 0.16299012429, 0.12547933935],
    )


@needs_r
def test_veteran(r_data):
    order = pl.Enum(["squamous", "smallcell", "adeno", "large"])
    data = r_data[0]["veteran"].with_columns(pl.col("celltype").cast(order))
    terms = ["trt", "celltype", "karno", "diagtime", "age", "prior"]
    fit = cox(data, stop="time", event="status", covariates=terms)
    expected = [0.29460282151, 0.86156046275, 1.1960663742, 0.40129165433, -0.032815326194]
    _is(fit, [*expected, 8.1320513046e-05, -0.0087064749458, 0.0071593601895])
    assert fit.log_likelihood == pytest.approx(-474.39711171, abs=1e-6)
    test = fit.ph_test().filter(term="GLOBAL")
    assert test["chi2"].item() == pytest.approx(34.552, abs=5e-4)
    assert test["df"].item() == 8


@needs_r
def test_primary_biliary_cirrhosis(r_data):
    terms = ["age", "edema", "bili", "protime", "albumin"]
    fit = cox(r_data[0]["pbc"], stop="time", event="died", covariates=terms)
    assert (fit.n, fit.events) == (416, 160)
    _is(fit, [0.0396091, 0.8963114, 0.8635507, 2.3868393, -2.5069232], rel=2e-6)
    visits = {"start": "start", "stop": "stop", "event": "died", "covariates": ["bili", "protime"]}
    _is(
        cox(r_data[0]["pbcseq"], **visits),
        [1.2412143, 3.9833998],
        [0.0969694, 0.4358863],
    )
    # What the first visit alone makes of it.
    first = cox(
        r_data[0]["pbc_first_visit"], stop="time", event="died", covariates=["bili", "protime"]
    )
    _is(first, [0.9724914, 4.3291931])


@needs_r
def test_monoclonal_gammopathy(r_data):
    tables, numbers = r_data
    data = tables["mgus2"]
    one = cox(data.with_columns(hit=pl.col("cause") == 1), stop="stop", event="hit",
              covariates=["age", "sex"])  # fmt: skip
    _is(one, [0.013038569825, -0.025137789294], [0.0082586859117, 0.18845584819])
    assert one.log_likelihood == pytest.approx(-720.59507311, abs=1e-6)
    two = cox(data.with_columns(hit=pl.col("cause") == 2), stop="stop", event="hit",
              covariates=["age", "sex"])  # fmt: skip
    _is(two, [0.064823663563, 0.39322586373], [0.0036202755681, 0.069698104580])
    fit = fine_gray(data, stop="stop", cause="cause", event_of_interest=1,
                    covariates=["age", "sex"])  # fmt: skip
    _is(fit, numbers["fine_gray"][:2], robust=numbers["fine_gray"][2:])


@needs_r
@pytest.mark.parametrize(
    ("way", "events", "estimates", "errors", "robust"),
    [
        ((1, 2), 106, [0.011165994565, -0.050845345726], [0.0085471194082, 0.1963758072],
         [0.0067125984953, 0.19694056323]),
        ((1, 3), 869, [0.064507260391, 0.39213187507], [0.0035976345911, 0.069331550883],
         [0.0036621972984, 0.065723770074]),
        ((2, 3), 94, [0.042612924868, 0.039375961554], [0.014232933341, 0.21594990837],
         [0.013254470834, 0.23110270712]),
    ],
)  # fmt: skip
def test_ways_from_gammopathy_to_death(r_data, way, events, estimates, errors, robust):
    """An illness-death model: R fits its transitions at once, and they share nothing."""
    paths = r_data[0]["mgus2_paths"].filter(pl.col("from") == way[0])
    fit = cox(
        paths.with_columns(hit=pl.col("to") == way[1]), start="start", stop="stop", event="hit",
        covariates=["age", "sex"], cluster="id",
    )  # fmt: skip
    assert fit.events == events
    _is(fit, estimates, errors, robust)


@needs_r
@pytest.mark.parametrize("cause", [1, 2])
def test_bone_marrow_transplants(r_data, cause):
    tables, numbers = r_data
    if "bmt" not in tables:
        pytest.skip("R has no timereg, which ships these data")
    fit = fine_gray(tables["bmt"], stop="time", cause="cause", event_of_interest=cause,
                    covariates=["platelet", "age", "tcell"])  # fmt: skip
    _is(fit, numbers[f"bmt_{cause}"][:3], robust=numbers[f"bmt_{cause}"][3:])


@needs_r
def test_matched_sets_of_the_infertility_study(r_data):
    """One case in each set, so Efron is the exact conditional likelihood of clogit."""
    tables, numbers = r_data
    data = tables["infert"].with_columns(time=pl.lit(1))
    fit = cox(data, stop="time", event="case", covariates=["spontaneous", "induced"],
              strata="stratum")  # fmt: skip
    _is(fit, numbers["infert_efron"])
    _is(fit, [1.9858755167, 1.4090116319], [0.35244353981, 0.36071243625])
    assert fit.log_likelihood == pytest.approx(-64.202236924, abs=1e-6)
