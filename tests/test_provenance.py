"""An edit changes the digests of exactly the steps that depend on what was edited."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from support.tiny import PROJECT

from cws_outcomes import provenance
from cws_outcomes.config import load_study
from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.plan import plan
from cws_outcomes.provenance import job_digest
from cws_outcomes.steps import STEPS

# What is known of a text stays known: whatever else is remembered may have been edited since.
CACHES = [
    value
    for name, value in vars(provenance).items()
    if callable(getattr(value, "cache_clear", None)) and name != "_import_nodes"
]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of package and configuration."""
    folder = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / "src", folder / "src", ignore=ignored)
    shutil.copytree(PROJECT / "config", folder / "config")
    return folder


@pytest.fixture(scope="module")
def unedited(original: Path) -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "PACKAGE", original / "src" / "cws_outcomes")
        return digests(original)


@pytest.fixture
def copy(
    original: Path, unedited: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The copy, which digests then look at; edits are taken back."""
    monkeypatch.setattr(provenance, "PACKAGE", original / "src" / "cws_outcomes")
    before = {file: file.read_bytes() for file in original.rglob("*") if file.is_file()}
    yield original
    for file, content in before.items():
        if file.read_bytes() != content:
            file.write_bytes(content)
    for cached in CACHES:
        cached.cache_clear()


def digests(copy: Path) -> dict[str, str]:
    for cached in CACHES:
        cached.cache_clear()
    return {job.name: job_digest(job) for job in plan(load_study(copy / "config" / "study.yaml"))}


@pytest.fixture
def changed_by(copy: Path, unedited: dict[str, str]) -> Callable[[Callable[[], object]], set[str]]:
    """Steps whose digest an edit changes, by the step's name."""

    def changed(edit: Callable[[], object]) -> set[str]:
        edit()
        after = digests(copy)
        assert unedited.keys() == after.keys()
        return {name.partition(".")[0] for name in after if after[name] != unedited[name]}

    return changed


Changed = Callable[[Callable[[], object]], set[str]]


def append(file: Path, text: str) -> Callable[[], object]:
    return lambda: file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


INGEST = {name for name in STEPS if name.startswith("ingest_")}


@pytest.mark.parametrize(
    ("file", "steps"),
    [
        ("spells/care_spells.sql", {"merge_care_spells"}),
        ("harmonise/linkage.sql", {"count_linkage"}),
        ("harmonise/absence_years.sql", {"harmonise_absence_years"}),
        ("features/risk_intervals.sql", {"build_risk_intervals"}),
        ("features/exposures/age_at_first.sql", {"measure_exposure"}),
        ("features/outcomes/first_event.sql", {"measure_outcome"}),
        ("cohort/flow.sql", {"select_members"}),
        ("ingest/types.py", INGEST),
        ("models/la_equity.py", {"fit_la_equity"}),
        ("models/terms.py", {"fit_cox", "fit_multilevel_logit"}),
        ("contracts/selection.py", {"print_table", "draw_figure"}),
        ("contracts/words.py", {"draw_figure", "write_report"}),
        ("tables/print.py", {"print_table"}),
        ("cli/app.py", set()),
        ("run/lock.py", set()),
        ("plan.py", set()),
    ],
)
def test_an_edited_file_concerns_the_steps_that_use_it(
    copy: Path, changed_by: Changed, file: str, steps: set[str]
) -> None:
    comment = "\n-- An edit.\n" if file.endswith(".sql") else "\n# An edit.\n"

    assert changed_by(append(copy / "src" / "cws_outcomes" / file, comment)) == steps


@pytest.mark.parametrize("file", ["runner.py", "step.py", "sql.py", "contracts/table.py"])
def test_the_engine_concerns_every_step(
    copy: Path, changed_by: Changed, unedited: dict[str, str], file: str
) -> None:
    edit = append(copy / "src" / "cws_outcomes" / file, "\n# An edit.\n")

    assert changed_by(edit) == {name.partition(".")[0] for name in unedited}


def test_an_estimator_concerns_the_models_that_import_it(
    copy: Path,
    changed_by: Changed,
) -> None:
    edit = append(copy / "src" / "cws_outcomes" / "estimators" / "cox.py", "\n# An edit.\n")

    changed = changed_by(edit)

    assert "fit_cox" in changed
    assert {name.partition("_")[0] for name in changed} == {"fit"}
    assert "fit_la_equity" not in changed


def test_data_beside_a_module_concerns_those_who_import_it(
    copy: Path,
    changed_by: Changed,
) -> None:
    edit = append(copy / "src" / "cws_outcomes" / "geography" / "changes.csv", "\n")

    changed = changed_by(edit)

    assert "harmonise_local_authorities" in changed
    assert changed >= INGEST  # LA codes are checked on reading
    assert "merge_care_spells" not in changed


@pytest.mark.parametrize(
    ("codelist", "steps"),
    [
        (
            "closure_reason",
            {"ingest_children_in_need", "harmonise_referrals", "count_social_care_repairs"},
        ),
        (
            "placement",
            {
                "ingest_care_episodes",
                "ingest_care_years",
                "harmonise_care_episodes",
                "count_social_care_repairs",
            },
        ),
        ("language", {"ingest_school_census", "harmonise_characteristics"}),
    ],
)
def test_a_codelist_concerns_the_steps_that_declare_it(
    copy: Path, changed_by: Changed, codelist: str, steps: set[str]
) -> None:
    edit = append(copy / "config" / "codelists" / f"{codelist}.csv", "ZZ,,an edit\n")

    assert changed_by(edit) == steps


def test_a_contract_concerns_those_who_read_or_write_the_table(
    copy: Path, changed_by: Changed, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = CONTRACTS["care_spells"]

    changed = changed_by(
        lambda: monkeypatch.setitem(CONTRACTS, table.name, replace(table, grain="one row, edited")),
    )

    assert changed == {
        "merge_care_spells", "merge_contact_states", "merge_contact_states_dfe", "cut_histories",
    }  # fmt: skip


def test_a_delivered_contract_does_not_concern_other_tables(
    copy: Path, changed_by: Changed, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = CONTRACTS["delivered_offences"]

    changed = changed_by(
        lambda: monkeypatch.setitem(CONTRACTS, table.name, replace(table, grain="one row, edited")),
    )

    assert changed == {
        "ingest_offences", "harmonise_moj_references", "harmonise_disposals", "count_linkage",
        "count_linkage_by_group", "count_justice_repairs",
    }  # fmt: skip


def change_yaml(file: Path, key: str, value: object) -> Callable[[], object]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content[key] = value
    return lambda: file.write_text(yaml.safe_dump(content), encoding="utf-8")


def test_one_models_yaml_concerns_that_model_and_the_report(
    copy: Path, unedited: dict[str, str]
) -> None:
    change_yaml(copy / "config" / "models" / "offence_hazard.yaml", "covariates", ["sex"])()
    after = digests(copy)

    changed = {name for name in after if after[name] != unedited[name]}
    assert changed == {"fit_cox.offence_hazard", "write_report"}


def test_a_setting_concerns_the_steps_that_use_it(
    copy: Path,
    changed_by: Changed,
) -> None:
    edit = change_yaml(copy / "config" / "study.yaml", "contact", {"assessment_days": 64})

    assert changed_by(edit) == {"merge_need_spells", "write_report"}


def test_a_comment_in_yaml_concerns_nobody(
    copy: Path,
    changed_by: Changed,
) -> None:
    edit = append(copy / "config" / "models" / "offence_hazard.yaml", "# An edit.\n")

    assert changed_by(edit) == set()


@pytest.mark.parametrize(
    ("library", "concerned", "not_concerned"),
    [
        ("duckdb", "merge_care_spells", None),
        ("polars", "clear_flow", None),
        ("scipy", "fit_cox", "merge_care_spells"),
        ("matplotlib", "draw_figure", "print_table"),
        ("statsmodels", "fit_la_equity", "fit_cox"),
        ("jinja2", "write_report", "print_table"),
    ],
)
def test_a_librarys_version_concerns_the_steps_that_import_it(
    copy: Path,
    changed_by: Changed,
    monkeypatch: pytest.MonkeyPatch,
    library: str,
    concerned: str,
    not_concerned: str | None,
) -> None:
    real = provenance.version
    later = lambda name: "999" if name == library else real(name)  # noqa: E731

    changed = changed_by(lambda: monkeypatch.setattr(provenance, "version", later))

    assert concerned in changed
    assert not_concerned not in changed


def test_digests_do_not_depend_on_where_the_clone_stands(unedited: dict[str, str]) -> None:
    """Apart from paths in settings, which name where results are."""
    here = {
        job.name: job_digest(job)
        for job in plan(load_study(PROJECT / "config" / "study.yaml"))
        if str(PROJECT) not in job.settings_text()
    }

    assert len(here) > 60
    assert {name: unedited[name] for name in here} == here
