"""A study's files: every slip of all of them at once, each with file and key."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.tiny import PROJECT

from cws_outcomes.config import Study, load_study
from cws_outcomes.errors import ConfigError


class Files:
    """A copy of the project's configuration, to be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(PROJECT / "config", folder)

    def load(self) -> Study:
        return load_study(self.folder / "study.yaml")

    def change(self, name: str, change: Callable[[dict[str, Any]], object]) -> None:
        file = self.folder / name
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        change(content)
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def slips(self) -> str:
        with pytest.raises(ConfigError) as caught:
            self.load()
        return str(caught.value)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "config")


def test_the_default_study_is_whole() -> None:
    study = load_study(PROJECT / "config" / "study.yaml")

    assert study.disclosure.threshold == 10
    assert set(study.cohorts) == {"landmark_14", "from_10"}


def test_slips_of_several_files_are_told_at_once(files: Files) -> None:
    files.change("study.yaml", lambda s: s.update(geografy=1, people={"birth_day": 31}))
    files.change("outcomes/first_offence.yaml", lambda o: o.update(evnt=o.pop("event")))
    files.change("models/offence_hazard.yaml", lambda m: m.update(strata=["la_codes"]))
    files.change("exposures/any_cin.yaml", lambda e: e.update(state="cinn"))

    slips = files.slips().splitlines()

    def told(file: str, *words: str) -> bool:
        return any(file in slip and all(word in slip for word in words) for slip in slips)

    assert told("study.yaml", "geografy: unknown key; did you mean geography?")
    assert told("study.yaml", "people.birth_day", "less than or equal to 28")
    assert told("first_offence.yaml", "evnt: unknown key; did you mean event?")
    assert told("first_offence.yaml", "event: field required")
    assert told("offence_hazard.yaml", "strata.0", "'la_code', 'birth_cohort' or 'sex'")
    assert told("any_cin.yaml", "state", "'referral', 'cin', 'cpp' or 'cla'")


@pytest.mark.parametrize(
    ("file", "change", "says"),
    [
        ("models/la_equity.yaml", {"cohort": "landmark_15"}, "cohort: 'landmark_15'"),
        ("models/la_equity.yaml", {"group": "any_sin"}, "group: 'any_sin'"),
        ("models/la_equity.yaml", {"outcomes": ["x"]}, "outcomes: 'x' is not among outcomes"),
        ("models/la_equity.yaml", {"interventions": ["y"]}, "interventions: 'y'"),
        ("outcomes/first_offence.yaml", {"cohorts": ["from_11"]}, "cohorts: 'from_11'"),
        ("tables/hazard_ratios.yaml", {"models": ["z"]}, "models: 'z' is not among models"),
        ("tables/cohort_flow.yaml", {"models": ["z"]}, "models: 'z' is not among cohorts"),
        ("figures/la_funnel.yaml", {"table": "funnel"}, "table: 'funnel' is not among tables"),
    ],
)
def test_a_name_that_nothing_answers_to_is_told_with_what_there_is(
    files: Files, file: str, change: dict[str, Any], says: str
) -> None:
    files.change(file, lambda definition: definition.update(change))

    slips = files.slips()

    assert file in slips
    assert says in slips
    assert "is not among" in slips


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"threshold": 9}, "disclosure.threshold: input should be greater than or equal to 10"),
        ({"round_to": 4}, "disclosure.round_to: input should be greater than or equal to 5"),
        ({"round_to": 50}, "disclosure: value error, threshold must be a multiple of round_to"),
        ({"threshold": 12, "round_to": 7}, "threshold must be a multiple of round_to"),
        ({"treshold": 10}, "disclosure.treshold: unknown key; did you mean threshold?"),
    ],
)
def test_disclosure_is_never_laxer(files: Files, change: dict[str, int], says: str) -> None:
    files.change("study.yaml", lambda study: study["disclosure"].update(change))

    assert says in files.slips()


def test_disclosure_may_be_stricter(files: Files) -> None:
    files.change("study.yaml", lambda study: study["disclosure"].update(threshold=20, round_to=5))

    assert files.load().disclosure.threshold == 20


def test_whoever_agreed_the_disclosure_rules_must_be_named(files: Files) -> None:
    files.change("study.yaml", lambda study: study["disclosure"].pop("agreed_with"))

    assert "disclosure.agreed_with: field required" in files.slips()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"coverage": {"care": {"start": "2020-01-01", "end": "2020-01-01"}}}, "before end"),
        ({"geography": {"mode": "fixed", "year": 2020}}, "year goes with mode as_at"),
        ({"geography": {"mode": "as_at"}}, "year goes with mode as_at"),
        ({"synthetic": {"pupils": 10, "las": 24}}, "synthetic.pupils"),
        ({"outcomes": ["first_ofence"]}, "outcomes asks for 'first_ofence'"),
        ({"outcomes": "all"}, "outcomes: expected a list of names"),
        ({"delivery": 3}, "delivery"),
    ],
)
def test_what_does_not_go_together_is_refused(
    files: Files, change: dict[str, Any], says: str
) -> None:
    files.change("study.yaml", lambda study: study.update(change))

    assert says in files.slips()


def test_a_list_chooses_definitions_and_none_takes_all(files: Files) -> None:
    files.change("study.yaml", lambda study: study.update(figures=[], models=["la_equity"]))
    files.change("study.yaml", lambda study: study.update(tables=["la_equity"]))

    study = files.load()

    assert (list(study.models), list(study.tables), list(study.figures)) == (
        ["la_equity"], ["la_equity"], [],
    )  # fmt: skip
    assert set(study.outcomes) == {f.stem for f in (files.folder / "outcomes").iterdir()}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("study.yaml", "title: ]", "study.yaml, line 1: not YAML"),
        ("study.yaml", "- a\n- b\n", "study.yaml: expected keys and values"),
        ("study.yaml", "", "study.yaml: expected keys and values"),
        ("outcomes/x.yaml", "kind: first_event\nlabel: a\nlabel: b\n", "x.yaml, line 3: not YAML"),
        ("outcomes/x.yaml", "label: a\n", "x.yaml: kind: field required"),
        ("outcomes/x.yaml", "kind: twice\nlabel: a\n", "'first_event', 'attainment'"),
        ("outcomes/x.yml", "kind: first_event\n", "x.yml: definitions end in .yaml"),
    ],
)
def test_a_file_that_is_no_definition_is_told_with_its_line(
    files: Files, name: str, text: str, says: str
) -> None:
    (files.folder / name).write_text(text, encoding="utf-8")

    assert says in files.slips()


def test_a_study_copied_away_from_its_definitions_is_told_to_name_them(files: Files) -> None:
    away = files.folder.parent / "secure" / "my_study.yaml"
    away.parent.mkdir()
    shutil.copy(files.folder / "study.yaml", away)

    with pytest.raises(ConfigError, match=r"definitions: .*has no codelists") as told:
        load_study(away)

    assert "field required" not in str(told.value)


def test_a_study_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"study\.yaml: there is no such file"):
        load_study(tmp_path / "study.yaml")
