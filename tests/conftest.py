"""What tests of the machinery share: a tiny delivery, and the commands."""

import shutil
from pathlib import Path

import pytest
from support.tiny import PROJECT, Commands, TinyStudy, make_tiny

# Files that take longest, first: a worker that begins one of them last works on alone.
LONGEST = (
    "pipeline/test_whole_road.py",
    "verify/test_recovery.py",
    # Compile most loops, one file after another while the first of all is at work: later, and side
    # by side, each worker would compile them.
    "estimators/test_multilevel_laws.py",
    "estimators/test_cox.py",
    "estimators/test_fine_gray.py",
    "estimators/test_curves.py",
    "estimators/test_glm.py",
    "run/test_resume.py",
    "spells/test_calendars.py",
    "verify/test_persons.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the longest files first."""
    order = {f"tests/{name}": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.nodeid.split("::")[0], len(order)))


@pytest.fixture(scope="session")
def tiny_study(tmp_path_factory: pytest.TempPathFactory) -> TinyStudy:
    """A study with every year. Copy it before you change or run it."""
    folder = tmp_path_factory.mktemp("tiny") / "study"
    make_tiny(folder)
    return TinyStudy(folder)


@pytest.fixture(scope="session")
def thin_study(tiny_study: TinyStudy, tmp_path_factory: pytest.TempPathFactory) -> TinyStudy:
    """A study with few years, for tests that end with reading. Copy it before you change it."""
    return tiny_study.copied(tmp_path_factory.mktemp("thin")).thinned()


@pytest.fixture(scope="session")
def lean_study(tiny_study: TinyStudy, tmp_path_factory: pytest.TempPathFactory) -> TinyStudy:
    """A study of what must be there, for one table to be damaged. Copy it before you change it."""
    return tiny_study.copied(tmp_path_factory.mktemp("lean")).leaned()


@pytest.fixture
def study(thin_study: TinyStudy, tmp_path: Path) -> TinyStudy:
    """A study with few years, to be changed."""
    return thin_study.copied(tmp_path / "study")


@pytest.fixture
def cws(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Commands:
    """The command ``cws`` in this process."""
    return Commands(monkeypatch, capfd)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run Snakemake in, with the project's rules and no state of its own."""
    folder = tmp_path / "clone"
    folder.mkdir()
    shutil.copy(PROJECT / "Snakefile", folder)
    shutil.copytree(PROJECT / "workflow", folder / "workflow")
    monkeypatch.chdir(folder)
    return folder
