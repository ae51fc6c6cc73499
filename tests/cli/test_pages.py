"""Pages that follow from the code are fresh, and what they say is so."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from support.tiny import PROJECT, TinyStudy

from cws_outcomes.cli import pages
from cws_outcomes.config import load_study
from cws_outcomes.config.definitions import KINDS
from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.contracts.delivered import CODED_COLUMNS, NEEDED, SHAPES, TABLES
from cws_outcomes.ingest.manifest import DeliveredTable, load_manifest
from cws_outcomes.steps import STEPS

DOCS = PROJECT / "docs"


@pytest.mark.parametrize("name", pages.PAGES)
def test_a_page_is_fresh(name: str) -> None:
    fresh = {page.name: text for page, text in pages.renewed(DOCS)}

    assert (DOCS / name).read_text(encoding="utf-8") == fresh[name], "write it anew: make docs"


def test_each_cause_has_a_code_of_its_own() -> None:
    codes = [error.exit_code for error in pages._errors()]

    assert len(codes) == len(set(codes))
    assert min(codes) >= 2


def test_every_contract_is_in_the_dictionary() -> None:
    page = (DOCS / "outputs.md").read_text(encoding="utf-8")

    for table in CONTRACTS.values():
        assert f"\n### {table.name}\n" in page
        assert f"`{table.path}`" in page


def test_every_key_of_a_manifest_is_explained() -> None:
    page = (DOCS / "delivery.md").read_text(encoding="utf-8")

    for key in DeliveredTable.model_fields:
        assert re.search(rf"^\| `{key}` \|", page, re.MULTILINE), key


def test_the_manifest_of_the_page_is_one(study: TinyStudy) -> None:
    """The example, with every column named, is read without a slip."""
    page = (DOCS / "delivery.md").read_text(encoding="utf-8")
    example = yaml.safe_load(re.search(r"```yaml\n(.*?)```", page, re.DOTALL)[1])
    whole = study.manifest()["tables"]
    for name, table in example["tables"].items():
        table["columns"] = whole[name]["columns"] | table["columns"]
    study.write_manifest(example)

    manifest = load_manifest(study.manifest_file)

    assert manifest.tables["school_census"].columns["language"] is None
    assert manifest.synthetic is False


def test_the_definitions_of_the_page_are_definitions(tmp_path: Path) -> None:
    page = (DOCS / "definitions.md").read_text(encoding="utf-8")
    config = shutil.copytree(PROJECT / "config", tmp_path / "config")
    examples = re.findall(r"```yaml\n# (config/.*?)\n(.*?)```", page, re.DOTALL)
    for path, text in examples:
        (tmp_path / path).write_text(text, encoding="utf-8")

    study = load_study(config / "study.yaml")

    assert len(examples) == 2
    for path, _ in examples:
        assert Path(path).stem in getattr(study, Path(path).parent.name)


def test_every_folder_of_definitions_is_on_the_page() -> None:
    page = (DOCS / "definitions.md").read_text(encoding="utf-8")

    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == list(KINDS)


def test_needed_and_coded_columns_are_columns() -> None:
    for table in TABLES:
        for entry in SHAPES[table.name.removeprefix("delivered_")]:
            assert set(NEEDED[entry]) <= set(table.columns)
    for table, column, _ in CODED_COLUMNS:
        assert column in CONTRACTS[table].columns
    assert {entry for shapes in SHAPES.values() for entry in shapes} == set(NEEDED)


def test_every_codelist_of_the_study_is_used() -> None:
    there = {file.stem for file in (PROJECT / "config" / "codelists").glob("*.csv")}

    assert there == {name for step in STEPS.values() for name in step.codelists} - {
        "local_authorities"
    }
