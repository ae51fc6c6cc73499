r"""
Laplace likelihood of a binomial logit with one random intercept.

For cells with successes y of m trials in group g, :math:`\eta = x\beta + \sigma u_g` and
:math:`u_g \sim N(0, 1)`, the integral over each :math:`u_g` is replaced by the height and curvature
of its integrand at the mode (Breslow and Clayton 1993; Bates et al. 2015, glmer with nAGQ = 1):

.. math:: \ell = \sum_g [\log p(y_g \mid \hat u_g) - \hat u_g^2 / 2 - \log(1 + \sigma^2 W_g) / 2]

with :math:`W_g = \sum m \mu (1 - \mu)`. The modes are found anew at every (beta, sigma): fixing
them, as nAGQ = 0 does, shrinks the estimates. The gradient is exact: it follows the modes too.
"""

import numpy as np
from scipy import special

from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Floats, Integers
from cws_outcomes.estimators.newton import Evaluation
from cws_outcomes.estimators.products import cross_product, predictor

MOST_STEPS = 100


class LaplaceLogit:
    """
    Log-likelihood of cells, at (beta, sigma) and at beta alone.

    Parameters
    ----------
    matrix : (cells, terms) floats
        Columns of the fixed effects.
    successes, trials : (cells,) floats
        Of each cell.
    group : (cells,) integers
        0 to ``groups - 1``.
    groups : int
        Number of groups.
    """

    def __init__(
        self, matrix: Floats, successes: Floats, trials: Floats, group: Integers, groups: int
    ) -> None:
        self.matrix, self.successes, self.trials = matrix, successes, trials
        self.group, self.groups = group, groups
        self._modes = np.zeros(groups)  # where the last search ended: a good place to begin

    def fixed(self, beta: Floats) -> Evaluation:
        """Return the likelihood without random effects, for ``climb``."""
        eta = predictor(self.matrix, beta)
        mean = special.expit(eta)
        residual = self.successes - self.trials * mean
        return Evaluation(
            float(np.sum(self._heights(eta))),
            np.sum(residual[:, None] * self.matrix, axis=0),
            cross_product(self.matrix, self.trials * mean * (1 - mean)),
        )

    def variance_score(self, beta: Floats) -> float:
        """Slope of the log-likelihood in the variance, where the variance is zero."""
        mean = special.expit(predictor(self.matrix, beta))
        residual = self._by_group(self.successes - self.trials * mean)
        weight = self._by_group(self.trials * mean * (1 - mean))
        return float(np.sum(residual**2 - weight)) / 2

    def evaluate(self, parameters: Floats) -> tuple[float, Floats]:
        """Return the Laplace log-likelihood and its gradient in (beta, sigma)."""
        sigma = float(parameters[-1])
        fixed = predictor(self.matrix, parameters[:-1])
        modes = self.modes(fixed, sigma)
        eta = fixed + sigma * modes[self.group]
        mean = special.expit(eta)
        weight = self.trials * mean * (1 - mean)
        third = weight * (1 - 2 * mean)
        residual = self.successes - self.trials * mean
        residuals, weights, thirds = map(self._by_group, (residual, weight, third))
        curvature = 1 + sigma**2 * weights
        value = np.sum(self._heights(eta)) - np.sum(modes**2 + np.log(curvature)) / 2
        # The log determinant moves with eta directly, and through the mode of the group.
        pull = sigma**3 * thirds / curvature**2 / 2
        direct = sigma**2 * third / curvature[self.group] / 2
        by_cell = residual - direct + sigma * pull[self.group] * weight
        beta = np.sum(by_cell[:, None] * self.matrix, axis=0)
        slopes = modes * residuals - sigma * weights / curvature
        slopes -= sigma**2 * thirds * modes / curvature / 2
        slopes -= pull * (residuals - sigma * modes * weights)
        return float(value), np.append(beta, np.sum(slopes))

    def modes(self, fixed: Floats, sigma: float) -> Floats:
        """
        Find the most likely effect of each group, in units of sigma.

        Newton's method in all groups at once. The integrand is log-concave, so a group whose
        step overshoots gets half of it.
        """
        modes = self._modes.copy()
        height, slope, curvature = self._integrand(fixed, sigma, modes)
        for _ in range(MOST_STEPS):
            step = slope / curvature
            worse = np.ones(self.groups, dtype=np.bool_)
            while np.any(worse):
                there = self._integrand(fixed, sigma, modes + step)
                worse = there[0] < height - 1e-12 * (1 + np.abs(height))
                step = np.where(worse, step / 2, step)
            modes = modes + step
            height, slope, curvature = there
            if np.max(np.abs(step)) < 1e-8:  # quadratic: what is left is about its square
                self._modes = modes
                return modes
        raise EstimationError("the effects of the groups could not be located")

    def spread(self, fixed: Floats, sigma: float) -> Floats:
        """Conditional standard deviation of each group's effect, given the parameters."""
        curvature = self._integrand(fixed, sigma, self.modes(fixed, sigma))[2]
        return sigma / np.sqrt(curvature)

    def _integrand(
        self, fixed: Floats, sigma: float, modes: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Log integrand of each group, its slope and the negative of its curvature."""
        eta = fixed + sigma * modes[self.group]
        mean = special.expit(eta)
        height = self._by_group(self._heights(eta)) - modes**2 / 2
        slope = sigma * self._by_group(self.successes - self.trials * mean) - modes
        weights = self._by_group(self.trials * mean * (1 - mean))
        return height, slope, 1 + sigma**2 * weights

    def _heights(self, eta: Floats) -> Floats:
        return np.asarray(self.successes * eta - self.trials * np.logaddexp(0, eta))

    def _by_group(self, values: Floats) -> Floats:
        return np.asarray(np.bincount(self.group, values, self.groups), dtype=np.float64)
