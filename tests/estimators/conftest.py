"""Golden numbers, and the public data that lifelines ships."""

from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="session")
def golden_folder() -> Path:
    return GOLDEN


@pytest.fixture(scope="session")
def spells() -> pl.DataFrame:
    return pl.read_csv(GOLDEN / "data" / "spells.csv")


@pytest.fixture(scope="session")
def competing() -> pl.DataFrame:
    return pl.read_csv(GOLDEN / "data" / "competing.csv")


@pytest.fixture(scope="session")
def episodes() -> pl.DataFrame:
    episodes = pl.read_csv(GOLDEN / "data" / "episodes.csv")
    return episodes.with_columns(event=pl.col("cause") > 0, row=pl.int_range(episodes.height))


@pytest.fixture(scope="session")
def pupils() -> pl.DataFrame:
    return pl.read_csv(GOLDEN / "data" / "pupils.csv")


@pytest.fixture(scope="session")
def schools() -> pl.DataFrame:
    table = pl.read_csv(GOLDEN / "data" / "schools.csv")
    return table.with_columns(log_years=pl.col("years").log())


@pytest.fixture(scope="session")
def rossi() -> pl.DataFrame:
    return _shipped("rossi.csv")


@pytest.fixture(scope="session")
def heart() -> pl.DataFrame:
    return _shipped("stanford_heart.csv")


def _shipped(name: str) -> pl.DataFrame:
    package = find_spec("lifelines")
    if package is None or package.origin is None:
        pytest.skip("lifelines, which ships this table, is not installed")
    return pl.read_csv(Path(package.origin).parent / "datasets" / name)
