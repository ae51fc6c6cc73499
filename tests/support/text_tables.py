"""Worked examples: tables written as text, a step run on them, what it made shown as text.

    person_id | start_date | end_date
    ----------+------------+-----------
    1         | 2020-01-01 | 2020-03-01
    1         | 2020-03-01 |

An empty cell is a missing value, and '' an empty text. Columns that the example leaves out are
filled as `DEFAULTS` says, else they are missing. Tables that a step reads and the example leaves
out are empty. What goes in and what comes out is held to the contracts, and a step sees only the
tables that it declares.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from cws_outcomes import runner
from cws_outcomes.config import load_study
from cws_outcomes.config.study import Study
from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.contracts.table import quoted
from cws_outcomes.sql import create_from_sql
from cws_outcomes.step import Inputs, Step
from cws_outcomes.steps import STEPS

ROOT = Path(__file__).parents[2]
Written = str | pl.DataFrame
Tables = dict[str, pl.DataFrame]

# What an example need not say: a child of one LA, at one school, about whom nothing is special.
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "delivered_school_census": {
        "census": "spring", "home_la": "301", "school_la": "301", "on_roll": "1",
    },
    "delivered_absence": {"academic_year": "2011/2012"},
    "delivered_exclusions": {"category": "SUSP"},
    "delivered_key_stage_2": {"academic_year": "2011/2012", "national_results": "1"},
    "delivered_key_stage_4": {"academic_year": "2016/2017", "national_results": "1"},
    "delivered_children_in_need": {"la": "301", "la_child_id": "c1", "return_year": "2012/2013"},
    "delivered_care_episodes": {"la": "301", "la_child_id": "c1", "legal_status": "C2"},
    "delivered_offences": {"moj_id": "m1", "case_id": "1", "offence_id": "1"},
    "local_authorities": {"la_name": "Aldermere", "region": "North", "is_combined": "false"},
    "person_keys": {"la": ""},
    "people": {
        "has_pupil_reference": "true", "birth_date": "2000-05-15", "birth_cohort": "1999",
        "moj_ids": "0", "is_birth_disputed": "false", "is_sex_disputed": "false",
        "is_ethnic_group_disputed": "false", "is_language_disputed": "false",
    },
    "school_years": {"census": "spring", "is_on_roll": "true", "home_la_code": "301"},
    "term_censuses": {"is_on_roll": "true"},
    "absence_years": {"measure": "terms", "registrations": "1", "sessions_possible": "300"},
    "stage_scores": {"scale": "1", "is_national": "true"},
    "attainment": {"is_comparable": "true"},
    "exclusions": {"category": "suspension"},
    "referrals": {"la_code": "301", "is_no_further_action": "false", "is_closure_imputed": "false"},
    "plans": {"la_code": "301", "is_end_imputed": "false"},
    "delivered_disabilities": {"la": "301", "la_child_id": "c1", "return_year": "2012/2013"},
    "delivered_assessment_factors": {"la": "301", "la_child_id": "c1", "return_year": "2012/2013"},
    "delivered_care_years": {"la": "301", "la_child_id": "c1", "return_year": "2012/2013"},
    "care_episodes": {
        "la_code": "301", "is_respite": "false", "is_remand": "false",
        "has_justice_marker": "false", "is_unaccompanied": "false", "is_end_imputed": "false",
        "source_shape": "episodes",
    },
    "offences": {
        "offence_no": "1", "is_date_of_offence": "true", "is_proven": "true", "is_custody": "false",
        "may_be_activation": "false", "is_before_birth": "false", "is_before_age_10": "false",
        "is_after_disposal": "false", "is_age_disputed": "false",
    },
    "custody_stays": {"stays": "1"},
    "care_spells": {"episodes": "1"},
    "placements": {
        "period_start_date": "2010-01-01", "period_end_date": "2020-04-01", "la_code": "301",
        "episodes": "1", "is_open": "false", "is_respite": "false", "is_remand": "false",
    },
    "care_periods": {
        "la_code": "301", "episodes": "1", "placements": "1", "is_respite": "false",
        "has_remand": "false", "is_open": "false",
    },
    "linkage_by_group": {
        "persons": "0", "persons_with_reference": "0", "in_need": "0",
        "in_need_with_reference": "0", "in_care": "0", "in_care_with_reference": "0",
        "persons_with_moj_id": "0",
    },
    "eligibility": {"is_left_truncated": "false"},
    "members": {
        "index_date": "2014-05-15", "look_back_start_date": "2012-05-15",
        "birth_date": "2000-05-15", "birth_cohort": "1999", "la_code": "301",
        "last_date": "2018-09-01", "is_left_truncated": "false",
    },
    "covariates": {
        "la_code": "301", "birth_cohort": "1999", "sex": "female", "ethnic_group": "white",
        "language": "english", "is_fsm_eligible": "false", "sen_group": "none",
        "idaci_ridit": "0.5", "idaci_fifth": "3", "prior_attainment": "middle",
        "is_left_truncated": "false",
    },
    "exposure": {"level_no": "0", "level": "no"},
    "outcome": {
        "is_at_risk": "true", "start_date": "2014-05-15", "stop_date": "2018-09-01",
        "status": "complete", "reason": "window_closed", "is_observed": "true",
        "has_event": "false",
    },
    "risk_intervals": {"has_event": "false", "competing": "", "ever_in_contact": "false"},
    **{
        f"{kind}_{when}": {"index_date": "2014-05-15", **columns}
        for when in ("history", "follow_up")
        for kind, columns in {
            "contact": {}, "spell": {}, "result": {}, "exit": {},
            "offence": {"offence_no": "1", "is_proven": "true", "is_custody": "false"},
            "exclusion": {"category": "suspension"},
            "school": {"is_on_roll": "true"},
        }.items()
    },
}  # fmt: skip


def parsed(text: str) -> pl.DataFrame:
    """The table as it stands, every cell text; nothing where a cell is empty."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    rows = [line.split("|") for line in lines if not re.fullmatch(r"[-+]+", line)]
    header, *cells = [[_value(cell.strip()) for cell in row] for row in rows]
    wrong = [row for row in cells if len(row) != len(header)]
    assert not wrong, f"a row with another number of cells than {header}: {wrong}"
    return pl.DataFrame(cells, schema=dict.fromkeys(map(str, header), pl.String), orient="row")


def _value(cell: str) -> str | None:
    return "" if cell == "''" else cell or None


def shown(frame: pl.DataFrame, columns: list[str] | None = None) -> str:
    """A frame as such a table, its rows in their order."""
    names = columns or frame.columns
    rows = [names, *([_cell(value) for value in row] for row in frame.select(names).iter_rows())]
    widths = [max(len(row[place]) for row in rows) for place in range(len(names))]
    return "\n".join(
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def assert_shows(frame: pl.DataFrame, expected: str) -> None:
    """The frame's rows, in their order and in the columns that the expected table names."""
    wanted = parsed(expected)
    _assert_same(shown(frame, wanted.columns), shown(wanted))


def assert_show_same(frame: pl.DataFrame, other: pl.DataFrame) -> None:
    """Two frames show the same, row by row."""
    _assert_same(shown(frame), shown(other))


def _assert_same(found: str, wanted: str) -> None:
    # Said in full: pytest explains comparisons in test modules only.
    assert found == wanted, f"\n{found}\n\nexpected\n{wanted}"


def table(contract: str, written: Written) -> pl.DataFrame:
    """A written table as its contract promises it, the columns it leaves out filled."""
    with _database(1).cursor() as connection:
        _create(connection, contract, contract, written)
        return connection.sql(f"from {contract}").pl()


def run(
    step: str,
    *,
    settings: Mapping[str, Any] | None = None,
    threads: int = 1,
    **tables: Written,
) -> Tables:
    """
    What a step makes of written tables, each in the order of its key.

    ``settings`` are those of the default study, except for what the example changes: a key is
    that of the study with ``_`` for dots, e.g. ``care_max_gap_days``.
    """
    declared = STEPS[step]
    with _database(threads).cursor() as connection:
        for name, contract in _read(declared, tables).items():
            _create(connection, name, contract, tables.get(name, ""))
        for codelist in declared.codelists:
            file = ROOT / "config" / "codelists" / f"{codelist}.csv"
            connection.execute(
                f"create temp table codelist_{codelist} as from read_csv('{file}', header = true, "
                "all_varchar = true, nullstr = '', quote = '\"', delim = ',')"
            )
        given = {**study_settings(declared), **(settings or {})}
        names = tuple(_read(declared, tables))
        made = _made(declared, Inputs(connection, names), given)
        return {name: _kept(connection, name, result) for name, result in made.items()}


def only(tables: Tables) -> pl.DataFrame:
    """The one table that a step makes."""
    (made,) = tables.values()
    return made


@cache
def _database(threads: int) -> duckdb.DuckDBPyConnection:
    """One empty database; every cursor of it has temporary tables of its own."""
    return duckdb.connect(config={"threads": threads, "python_enable_replacements": False})


@cache
def study() -> Study:
    return load_study(ROOT / "config" / "study.yaml")


def definition(kind: str, name: str, **changes: Any) -> dict[str, Any]:
    """A definition of the default study as a step gets it, with changes."""
    return {"name": name, **getattr(study(), kind)[name].model_dump(mode="json"), **changes}


def study_settings(step: Step) -> dict[str, Any]:
    """Settings of the default study that do not depend on a wildcard."""
    definitions = ("cohort", "outcome", "exposure", "model", "synthetic", "delivery", "writes")
    return {
        key.replace(".", "_"): _plain(study().setting(key))
        for key in step.settings
        if key not in definitions
    }


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return value.isoformat() if hasattr(value, "isoformat") else value


def _read(step: Step, tables: Mapping[str, Written]) -> dict[str, str]:
    """Name and contract of every table the step reads; a model's come with the example."""
    names = {name: name for name in step.reads}
    if step.stage == "models":
        names |= {name: name.partition("__")[0] for name in tables}
    unknown = tables.keys() - names.keys()
    assert not unknown, f"{step.name} does not read {sorted(unknown)}"
    return names


def _create(
    connection: duckdb.DuckDBPyConnection, name: str, contract: str, written: Written
) -> None:
    promised = CONTRACTS[contract]
    frame = parsed(written) if isinstance(written, str) and written else written
    frame = pl.DataFrame() if isinstance(frame, str) else frame
    unknown = set(frame.columns) - promised.columns.keys()
    assert not unknown, f"{contract} has no {sorted(unknown)}"
    default = DEFAULTS.get(contract, {})
    columns = ", ".join(
        f"cast({quoted(column) if column in frame.columns else _literal(default.get(column))} "
        f"as {kind.type}) as {quoted(column)}"
        for column, kind in promised.columns.items()
    )
    nobody = pl.DataFrame(schema={"nothing": pl.String})
    connection.register("written", (frame if frame.width else nobody).to_arrow())
    connection.execute(f"create temp table {name} as select {columns} from written")
    if frame.height:  # an empty table breaks no promise, and most tables of a chain are empty
        _hold_to_contract(connection, contract, name)


def _literal(value: str | None) -> str:
    return "null" if value is None else f"'{value}'"


def _made(step: Step, inputs: Inputs, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    if step.sql:
        for made, file in zip(step.writes, step.sql, strict=True):
            create_from_sql(inputs.connection, f"result_{made}", runner.PACKAGE / file, settings)
        return {made: f"result_{made}" for made in step.writes}
    module, _, function = step.function.partition(":")
    result: Mapping[str, Any] = getattr(import_module(module), function)(inputs, settings)
    return result


def _kept(
    connection: duckdb.DuckDBPyConnection, contract: str, result: str | pl.DataFrame
) -> pl.DataFrame:
    relation = result if isinstance(result, str) else f"result_{contract}"
    if isinstance(result, pl.DataFrame):
        connection.register(relation, result.to_arrow())
    _hold_to_contract(connection, contract, relation)
    key = ", ".join(quoted(name) for name in CONTRACTS[contract].key)
    return connection.sql(f"from {relation} order by {key}").pl()


def _hold_to_contract(connection: duckdb.DuckDBPyConnection, contract: str, relation: str) -> None:
    promised = CONTRACTS[contract]
    found = connection.sql(f"describe {relation}").fetchall()
    promised.require_columns({row[0]: row[1] for row in found})
    check = connection.sql(promised.breach_query(relation))
    promised.require_no_breach(dict(zip(check.columns, check.fetchall()[0], strict=True)))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
