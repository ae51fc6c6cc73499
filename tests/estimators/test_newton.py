"""The climb on likelihoods of our own making."""

import numpy as np
import pytest

from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.newton import Evaluation, climb


def test_a_step_that_overshoots_is_halved():
    """-log cosh(b - 3) is nearly straight at 0: a full Newton step lands at 101 and diverges."""

    def evaluate(beta):
        distance = float(beta[0]) - 3
        height = -np.logaddexp(distance, -distance)
        slope = -np.tanh(distance)
        return Evaluation(height, np.array([slope]), np.array([[1 - slope**2]]))

    assert climb(evaluate, ["b"], weight=1).estimate == pytest.approx([3])


def test_a_likelihood_that_only_rises_is_refused():
    """1 - exp(-b) rises towards 1 for ever."""

    def evaluate(beta):
        left = np.exp(-beta)
        return Evaluation(float(1 - left[0]), left, left[:, None])

    with pytest.raises(EstimationError, match="the coefficient of `b` runs to infinity"):
        climb(evaluate, ["b"], weight=1)


def test_a_likelihood_that_no_step_improves_is_refused():
    def evaluate(beta):
        return Evaluation(-abs(float(beta[0])), np.ones(1), np.eye(1))

    with pytest.raises(EstimationError, match="no step improves the fit"):
        climb(evaluate, ["b"], weight=1)
