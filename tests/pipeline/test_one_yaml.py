"""A new outcome, exposure or model is one YAML file: nothing else is touched but the list of the
small study, which the default study does without."""

import polars as pl
import pytest
from support.project_copy import Project


@pytest.fixture(scope="module")
def widened(finished: Project) -> Project:
    finished.write(
        "config/outcomes/offence_by_disposal.yaml",
        {
            "kind": "first_event",
            "label": "First proven offence, by the date of its disposal",
            "event": "proven_offence",
            "date": "disposal",
        },
    )
    finished.write(
        "config/exposures/age_at_first_care.yaml",
        {
            "kind": "age_at_first",
            "label": "Age at first care",
            "state": "cla",
            "bands": [5, 10],
        },
    )
    finished.write(
        "config/models/offence_hazard_by_sex.yaml",
        {
            "family": "cox",
            "label": "Hazard of a first proven offence, baselines by sex",
            "cohort": "from_10",
            "outcome": "first_offence",
            "covariates": ["idaci_ridit"],
            "strata": ["sex", "la_code"],
        },
    )
    finished.use("outcomes", "offence_by_disposal")
    finished.use("exposures", "age_at_first_care")
    finished.use("models", "offence_hazard_by_sex")
    done = finished.run("run", "--cores", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    return finished


def printed(project: Project, table: str) -> pl.DataFrame:
    return pl.read_csv(
        project.results / "releasable" / "tables" / f"{table}.csv", infer_schema=False
    )


def test_a_new_outcome_stands_in_the_equity_table(widened: Project) -> None:
    rows = printed(widened, "la_equity").filter(pl.col("outcome") == "offence_by_disposal")

    exact = pl.read_parquet(
        widened.results / "person_level/features/landmark_14/outcome/*.parquet",
        include_file_paths="file",
    )
    events = exact.filter("has_event").group_by(pl.col("file").str.extract(r"(\w+)\.parquet$"))
    counted = dict(events.agg(pl.len()).iter_rows())
    assert rows.height > 0
    assert rows["status"].is_in(["shown", "suppressed", "not_applicable"]).all()
    # A disposal comes after its offence, so fewer fall into the same window.
    assert 0 < counted["offence_by_disposal"] <= counted["first_offence"]


def test_a_new_exposure_stands_in_the_gradients(widened: Project) -> None:
    rows = printed(widened, "outcome_by_exposure").filter(
        pl.col("exposure") == "age_at_first_care"
    )

    levels = rows.filter(pl.col("outcome") == "english_maths")["level"].to_list()
    assert levels == ["never", "under 5", "5 to under 10", "10 or more"]


def test_a_new_model_stands_in_the_hazard_ratios(widened: Project) -> None:
    rows = printed(widened, "hazard_ratios").filter(pl.col("model") == "offence_hazard_by_sex")

    assert set(rows["covariate"]) == {"contact_state", "idaci_ridit"}
    assert rows.filter(pl.col("covariate") == "idaci_ridit")["hazard_ratio"].item() is not None
