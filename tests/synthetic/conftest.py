from dataclasses import replace
from pathlib import Path

import pytest

from cws_outcomes.synthetic import worlds
from cws_outcomes.synthetic.blocks import SIX_COHORTS
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.order import Order

PUPILS, LAS, SEED = 3_000, 24, 7

BRIEF = replace(Dials(), truth_children=0)
"""The default world, but nobody's life is lived again under other policies."""


@pytest.fixture(scope="session")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from cws_outcomes.synthetic import make_delivery

    folder = tmp_path_factory.mktemp("synthetic") / "demo"
    make_delivery(folder, pupils=PUPILS, las=LAS, seed=SEED)
    return folder


@pytest.fixture(scope="session")
def england() -> Order:
    """Two blocks and a bit of all authorities."""
    return Order(41_000, 152, SEED, SIX_COHORTS, worlds.load("default"))
