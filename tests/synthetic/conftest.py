from pathlib import Path

import pytest

from cws_outcomes.synthetic import make_delivery

PUPILS, LAS, SEED = 3_000, 24, 7


@pytest.fixture(scope="session")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic") / "demo"
    make_delivery(folder, pupils=PUPILS, las=LAS, seed=SEED)
    return folder
