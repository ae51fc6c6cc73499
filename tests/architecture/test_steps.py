"""Declarations of steps are honest: what runs is there, and reads what the step says it reads."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from support.text_tables import definition, run, study

from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.contracts.cohort import FOLLOW_UPS, HISTORIES
from cws_outcomes.runner import PACKAGE
from cws_outcomes.step import Step
from cws_outcomes.steps import STEPS

# Stages whose steps are queries. Ingest reads files; models and disclosure name tables in Python.
IN_SQL = {
    step.name: step for step in STEPS.values() if step.sql or step.stage in ("cohort", "features")
}
# What a step that stands for several jobs is run with here.
EXAMPLES = {
    "cohort": definition("cohorts", "landmark_14"),
    "exposure": definition("exposures", "contact_group"),
    "outcome": definition("outcomes", "first_suspension"),
}


def sql_files(step: Step) -> list[Path]:
    """Files a step runs; one that picks by the kind of a definition may run any beside it."""
    if step.sql:
        return [PACKAGE / file for file in step.sql]
    module = Path(import_module(step.function.partition(":")[0]).__file__)
    named = re.findall(r'"(\w+\.sql)"', module.read_text(encoding="utf-8"))
    picks = module.name == "__init__.py"
    return sorted(module.parent.glob("*.sql")) if picks else [module.parent / n for n in named]


def tables_read(sql: str) -> set[str]:
    """Names after ``from`` and ``join`` that the query does not define itself."""
    bare = re.sub(r"--.*|'[^']*'", "", sql)
    read = set(re.findall(r"\b(?:from|join)\s+([a-z_0-9]+)", re.sub(r"distinct\s+from", "", bare)))
    return read - set(re.findall(r"\b([a-z_0-9]+)\s+as\s+\(\s*select", bare))


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("with a as (select x from b) select x from a inner join c on true", {"b", "c"}),
        ("select x from (select y from b) as d where x is distinct from y -- from e", {"b"}),
    ],
)
def test_tables_that_a_query_reads_are_found(sql: str, tables: set[str]):
    assert tables_read(sql) == tables


@pytest.mark.parametrize("name", STEPS)
def test_what_a_step_runs_is_there(name: str):
    step = STEPS[name]

    assert bool(step.sql) != bool(step.function)
    assert all((PACKAGE / file).is_file() for file in step.sql)
    assert len(step.sql) in (0, len(step.writes))
    if step.function:
        module, _, function = step.function.partition(":")
        assert callable(getattr(import_module(module), function))
        assert module.split(".")[1] == step.stage
    assert {*step.reads, *step.writes} <= CONTRACTS.keys()


@pytest.mark.parametrize("name", IN_SQL)
def test_queries_read_what_their_step_declares_and_nothing_else(name: str):
    step = IN_SQL[name]
    read = set().union(*(tables_read(file.read_text(encoding="utf-8")) for file in sql_files(step)))
    contracts = {table for table in read if table in CONTRACTS}
    codelists = {table.removeprefix("codelist_") for table in read if table.startswith("codelist_")}

    assert contracts - set(step.writes) == set(step.reads) - set(step.writes)
    assert codelists == set(step.codelists)


@pytest.mark.parametrize("name", sorted(set(IN_SQL) - {"select_members"}))
def test_a_step_runs_where_only_its_tables_are_and_nobody_is_in_them(name: str):
    """A query that reads more than is declared fails here, whatever way it names it."""
    settings = {key: EXAMPLES[key] for key in IN_SQL[name].settings if key in EXAMPLES}

    for table, frame in run(name, settings=settings).items():
        assert frame.is_empty() or table == "linkage"


@pytest.mark.parametrize("outcome", sorted(study().outcomes))
def test_every_outcome_of_the_study_can_be_measured_on_nobody(outcome: str):
    settings = {"outcome": definition("outcomes", outcome)}

    assert run("measure_outcome", settings=settings)["outcome"].is_empty()


@pytest.mark.parametrize("name", ["measure_exposure", "describe_members"])
def test_exposures_and_covariates_read_histories_only(name: str):
    follow_ups = {table.name for table in FOLLOW_UPS}
    histories = {table.name for table in HISTORIES}

    assert not follow_ups & set(STEPS[name].reads)
    assert {read for read in STEPS[name].reads if "history" in read} <= histories
    # And no record that is not cut: people tell nothing that has a date after birth.
    assert set(STEPS[name].reads) <= histories | {"members", "people"}


def test_every_history_is_cut_by_one_step():
    writers = {
        table.name: [step.name for step in STEPS.values() if table.name in step.writes]
        for table in (*HISTORIES, *FOLLOW_UPS)
    }

    assert set(map(tuple, writers.values())) == {("cut_histories",)}
