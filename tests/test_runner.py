"""One job: what it may read, what it must write, and what is left when it fails."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from cws_outcomes import runner
from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.errors import (
    ConfigError,
    ContractError,
    MissingTableError,
    MixedSourcesError,
    ReleaseError,
)  # fmt: skip
from cws_outcomes.plan import Job, Source
from cws_outcomes.runner import Resources, run_job
from cws_outcomes.step import Inputs, Step

CANARY = "CANARY7Zq"
FLOW = pl.DataFrame(
    {"cohort": ["a", "a"], "step_no": [1, 0], "criterion": ["y", "x"], "persons_in": [7, 9],
     "persons_excluded": [1, 2], "persons_out": [6, 7]},
    schema_overrides={"step_no": pl.Int32},
)  # fmt: skip


def answer(inputs: Inputs, settings: Mapping[str, Any]) -> dict[str, Any]:
    return settings["answer"](inputs)


def print_file(inputs: Inputs, settings: Mapping[str, Any], paths: Mapping[str, Path]) -> None:
    paths["csv"].write_text("printed\n")
    if settings.get("fails"):
        raise RuntimeError(CANARY)


@pytest.fixture
def resources(tmp_path: Path) -> Resources:
    return Resources(threads=1, memory_mb=500, temp_folder=tmp_path / ".spill")


@pytest.fixture(autouse=True)
def _functions_are_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps name their function; those of these tests are in this file."""
    monkeypatch.setattr(runner, "_function", lambda step: globals()[step.function])


def job(folder: Path, made: Any, **changes: Any) -> Job:
    """A job that writes `flow`, as a function makes it."""
    step = Step("s", "cohort", "m", writes=("flow",), function="answer")
    settings = {"answer": made if callable(made) else lambda _: made}
    whole = Job(step, {}, {}, {"flow": folder / "flow.parquet"}, settings=settings)
    return replace(whole, **changes)


def write(folder: Path, resources: Resources, *, is_synthetic: bool = True) -> Path:
    """A `flow` as the pipeline writes it."""
    run_job(job(folder, {"flow": FLOW}), resources, is_synthetic=is_synthetic)
    return folder / "flow.parquet"


def left(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_a_table_is_written_sorted_and_marked(tmp_path: Path, resources: Resources) -> None:
    file = write(tmp_path, resources)

    assert pl.read_parquet(file)["step_no"].to_list() == [0, 1]
    assert runner._marks(duckdb.connect(), file) == {
        "contract": "flow", "sensitivity": "unchecked", "synthetic": "true",
    }  # fmt: skip
    assert left(tmp_path) == {"flow.parquet"}


def test_rows_in_any_order_give_the_same_bytes(tmp_path: Path, resources: Resources) -> None:
    expected = write(tmp_path, resources).read_bytes()

    run_job(job(tmp_path, {"flow": FLOW.reverse()}), resources, is_synthetic=True)

    assert (tmp_path / "flow.parquet").read_bytes() == expected


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (FLOW.drop("persons_out"), "missing: persons_out BIGINT"),
        (FLOW.with_columns(pl.col("step_no").cast(pl.Int64)), "step_no is BIGINT, expected INT"),
        (FLOW.with_columns(extra=1), "not promised: extra"),
        (FLOW.with_columns(step_no=pl.lit(0, pl.Int32)), "the key (step_no) is not unique"),
        (FLOW.with_columns(criterion=pl.lit(None, pl.String)), "criterion must have no missing"),
        (FLOW.with_columns(persons_out=pl.lit(6, pl.Int64)), "rule adds_up"),
    ],
)
def test_a_breach_leaves_what_was_there(
    tmp_path: Path, resources: Resources, frame: pl.DataFrame, says: str
) -> None:
    before = write(tmp_path, resources).read_bytes()
    canary = frame.with_columns(cohort=pl.lit(CANARY))

    with pytest.raises(ContractError) as caught:
        run_job(job(tmp_path, {"flow": canary}), resources, is_synthetic=True)

    assert "Table flow" in str(caught.value)
    assert says in str(caught.value)
    assert CANARY not in str(caught.value)
    assert left(tmp_path) == {"flow.parquet"}
    assert (tmp_path / "flow.parquet").read_bytes() == before


def test_an_unexpected_failure_leaves_nothing(tmp_path: Path, resources: Resources) -> None:
    def fail(_: Inputs) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run_job(job(tmp_path, fail), resources, is_synthetic=True)

    assert left(tmp_path) == set()
    assert not any((tmp_path / ".spill").iterdir())


def reading(file: Path, contract: str = "flow", stage: str = "disclosure") -> dict[str, Any]:
    """What makes a job one that reads a file."""
    return {
        "step": Step("s", stage, "m", reads=(contract,), writes=("flow",), function="answer"),
        "inputs": {contract: Source(contract, (file,))},
    }


def test_a_step_sees_the_tables_it_declared(tmp_path: Path, resources: Resources) -> None:
    file = write(tmp_path, resources)
    (tmp_path / "out").mkdir()

    run_job(
        job(tmp_path / "out", lambda inputs: {"flow": inputs.frame("flow")}, **reading(file)),
        resources,
        is_synthetic=True,
    )

    assert (tmp_path / "out" / "flow.parquet").read_bytes() == file.read_bytes()


def test_no_table_but_those_declared(tmp_path: Path, resources: Resources) -> None:
    FLOW_IN_PYTHON = FLOW  # noqa: F841 - DuckDB would find a variable of this name
    with pytest.raises(duckdb.CatalogException):
        run_job(
            job(tmp_path, lambda inputs: inputs.query("from FLOW_IN_PYTHON")),
            resources,
            is_synthetic=True,
        )


def not_there(file: Path) -> None:
    file.unlink()


def not_parquet(file: Path) -> None:
    file.write_text(CANARY)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def somebody_elses(file: Path) -> None:
    FLOW.write_parquet(file)


def of_an_earlier_contract(file: Path) -> None:
    marks = "{contract: 'flow', sensitivity: 'unchecked', synthetic: 'true'}"
    duckdb.execute(f"copy (select 1 as step_no) to '{file}' (format parquet, kv_metadata {marks})")


@pytest.mark.parametrize(
    ("damage", "error", "says"),
    [
        (not_there, MissingTableError, "Expected it before step s. Run the study from the start"),
        (not_parquet, ContractError, "was not written under this contract"),
        (cut, ContractError, "was not written under this contract"),
        (somebody_elses, ContractError, "was not written under this contract"),
        (of_an_earlier_contract, ContractError, "columns differ from the contract"),
    ],
)
def test_an_input_that_cannot_be_used(
    tmp_path: Path, resources: Resources, damage: Any, error: type[Exception], says: str
) -> None:
    file = write(tmp_path, resources)
    damage(file)

    with pytest.raises(error) as caught:
        run_job(job(tmp_path / "out", {}, **reading(file)), resources, is_synthetic=True)

    assert "Table flow" in str(caught.value)
    assert says in str(caught.value)
    assert CANARY not in str(caught.value)
    assert not left(tmp_path / "out")


@pytest.mark.parametrize("is_synthetic", [True, False])
def test_synthetic_and_real_tables_do_not_mix(
    tmp_path: Path, resources: Resources, is_synthetic: bool
) -> None:
    file = write(tmp_path, resources, is_synthetic=is_synthetic)

    with pytest.raises(MixedSourcesError, match=f"Expected {'real' if is_synthetic else 'synth'}"):
        run_job(
            job(tmp_path / "out", {}, **reading(file)), resources, is_synthetic=not is_synthetic
        )

    assert not left(tmp_path / "out")


@pytest.mark.parametrize("stage", ["tables", "figures", "report"])
def test_what_is_not_cleared_is_not_printed(
    tmp_path: Path, resources: Resources, stage: str
) -> None:
    file = write(tmp_path, resources)
    step = Step("s", stage, "m", prints=("x.csv",), function="print_file")
    printing = Job(step, {}, {"flow": Source("flow", (file,))}, {"csv": tmp_path / "x.csv"})

    with pytest.raises(ReleaseError, match="given flow, which disclosure has not cleared") as told:
        run_job(printing, resources, is_synthetic=True)

    assert told.value.exit_code == 13
    assert left(tmp_path) == {"flow.parquet"}


def test_a_printed_file_appears_whole_or_not_at_all(tmp_path: Path, resources: Resources) -> None:
    step = Step("s", "tables", "m", prints=("x.csv",), function="print_file")
    printing = Job(step, {}, {}, {"csv": tmp_path / "x.csv"})

    with pytest.raises(RuntimeError):
        run_job(replace(printing, settings={"fails": True}), resources, is_synthetic=True)
    assert left(tmp_path) == set()

    run_job(printing, resources, is_synthetic=True)
    assert left(tmp_path) == {"x.csv"}


@pytest.mark.parametrize(
    "text",
    [
        None,
        "code,label\nM,male\n",
        f"code,group,label\n{CANARY},a,b\n{CANARY},c,d\n",
        f"code,group,label\n,a,{CANARY}\n",
    ],
)
def test_a_codelist_that_is_none(tmp_path: Path, resources: Resources, text: str | None) -> None:
    file = tmp_path / "codelists" / "sex.csv"
    file.parent.mkdir()
    if text is not None:
        file.write_text(text)

    with pytest.raises(ConfigError, match=r"sex\.csv.*Expected a CSV") as caught:
        run_job(job(tmp_path, {"flow": FLOW}, files=(file,)), resources, is_synthetic=True)

    assert CANARY not in str(caught.value)


def test_only_disclosure_writes_what_may_be_released() -> None:
    """The folder, the mark and the stage that writes it agree for every contract."""
    from cws_outcomes.steps import STEPS

    for step in STEPS.values():
        for name in step.writes:
            is_releasable = CONTRACTS[name].sensitivity == "releasable"
            assert is_releasable == (step.stage == "disclosure"), (step.name, name)
