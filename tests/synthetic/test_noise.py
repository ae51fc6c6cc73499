"""Noise without state: what it must be good for."""

import numpy as np
import pytest
from scipy import stats

from cws_outcomes.synthetic.noise import Noise

UNITS = np.arange(200_000)


def test_a_unit_meets_the_same_luck_whoever_else_is_simulated() -> None:
    everyone = Noise(7, UNITS).uniform("offence", 2014)
    block = Noise(7, UNITS[1_000:1_500]).uniform("offence", 2014)
    asked = Noise(7, UNITS).uniform("offence", 2014, rows=np.array([1_200, 3, 1_200]))
    assert np.array_equal(block, everyone[1_000:1_500])
    assert np.array_equal(asked, everyone[[1_200, 3, 1_200]])


def test_a_step_for_each_row_is_the_step_of_each_row() -> None:
    noise, rows = Noise(7, UNITS), np.array([5, 5, 9])
    steps = np.array([0, 1, 4])
    one_by_one = [
        noise.uniform("round", int(s), np.array([r]))[0] for s, r in zip(steps, rows, strict=True)
    ]
    assert np.array_equal(noise.uniform("round", steps, rows), one_by_one)


@pytest.mark.parametrize("topic", ["offence", "referral 3"])
@pytest.mark.parametrize("step", [0, 2014])
def test_numbers_are_uniform(topic: str, step: int) -> None:
    found = Noise(1, UNITS).uniform(topic, step)
    assert found.min() > 0
    assert found.max() < 1
    assert stats.kstest(found, "uniform").pvalue > 1e-4


def test_topics_steps_seeds_and_neighbours_do_not_go_together() -> None:
    one = Noise(1, UNITS)
    base = one.normal("a", 0)
    others = {
        "topic": one.normal("b", 0),
        "step": one.normal("a", 1),
        "seed": Noise(2, UNITS).normal("a", 0),
        "neighbour": np.roll(base, 1),
        "neighbour by four": np.roll(base, 4),
    }
    # Correlation of independent numbers has standard error 1/sqrt(n): 0.0022.
    found = {name: float(np.corrcoef(base, other)[0, 1]) for name, other in others.items()}
    assert all(abs(value) < 0.011 for value in found.values()), found


def test_exponential_and_normal_numbers_have_their_moments() -> None:
    noise = Noise(3, UNITS)
    waits, marks = noise.exponential("wait"), noise.normal("mark")
    assert waits.mean() == pytest.approx(1, abs=0.012)
    assert waits.var() == pytest.approx(1, abs=0.04)
    assert marks.mean() == pytest.approx(0, abs=0.012)
    assert marks.var() == pytest.approx(1, abs=0.02)
    assert stats.kstest(marks, "norm").pvalue > 1e-4
