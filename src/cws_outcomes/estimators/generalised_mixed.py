"""Fit a multilevel model of successes or counts: where to begin, and the climb from there."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.laplace import Laplace, Rows
from cws_outcomes.estimators.linear_mixed import LinearMixed, Solution, sums
from cws_outcomes.estimators.maximise import Summit, bfgs, information, maximise
from cws_outcomes.estimators.newton import climb
from cws_outcomes.estimators.quadrature import Quadrature
from cws_outcomes.estimators.regression import Regression
from cws_outcomes.estimators.row_loops import NEGATIVE_BINOMIAL, POISSON

FIRST_SD = 0.4  # of every effect, on the scale of the link
LEAST_SD = 0.1  # at the start: the likelihood is flat at zero
MOST_ROUNDS = 4


@dataclass(frozen=True, eq=False)
class Generalised:
    """A fit: model, where it ended, the equations of the effects, theta, what the value lacks."""

    model: Laplace
    summit: Summit
    solution: Solution
    theta: float | None
    constant: float = 0.0


def fit(rows: Rows, points: int) -> Generalised:
    """
    Fit by Laplace approximation (one point) or by quadrature.

    Raises
    ------
    EstimationError
        Collinear columns, separation, or no maximum.
    """
    model = Laplace(rows) if points == 1 else Quadrature(rows, points)
    plain = _without_effects(rows)
    flat = climb(plain.evaluate, rows.columns.terms, weight=float(np.sum(rows.size)))
    start, scale = _start(model, flat.estimate)
    endless = len(start) - 1 if model.dispersed else None
    summit = maximise(model.evaluate, start, scale, model.groups, model.terms, endless)
    if summit is None:
        return _without_dispersion(rows, points)
    theta = model.split(summit.parameters)[2] if model.dispersed else None
    return Generalised(model, summit, _working_model(model, summit.parameters)[1], theta)


def _without_effects(rows: Rows) -> Regression:
    """Return the likelihood without random effects; of a negative binomial, as Poisson's."""
    kind, y = rows.kind, rows.y
    if kind == NEGATIVE_BINOMIAL:
        kind, y = POISSON, y * rows.size
    return Regression(rows.columns, kind, y, rows.size, rows.shift)


def _without_dispersion(rows: Rows, points: int) -> Generalised:
    """Fit a negative binomial whose theta runs to infinity: Poisson's, its limit."""
    shift = np.zeros(len(rows.y)) if rows.shift is None else rows.shift
    size = rows.size * np.exp(shift)
    limit = Rows(POISSON, rows.y * rows.size, size, None, rows.columns, rows.groups, rows.slopes)
    found = fit(limit, points)
    constant = float(np.sum(rows.size * (rows.y * shift - special.gammaln(rows.y + 1))))
    return Generalised(found.model, found.summit, found.solution, np.inf, constant)


def _start(model: Laplace, beta: Floats) -> tuple[Floats, Floats]:
    """
    Return a place near the top, and coordinates in which the likelihood is about round.

    Penalised quasi-likelihood (Breslow and Clayton 1993): a linear mixed model of the working
    response, in a few rounds. It understates variances, so it is a start and no more.
    """
    groups = model.groups
    theta = groups.theta(FIRST_SD)
    last = _first_dispersion(model, beta) if model.dispersed else []
    height = model.evaluate(np.concatenate([beta, theta, last]))[0]
    for _ in range(MOST_ROUNDS):
        try:
            linear, _ = _working_model(model, np.concatenate([beta, theta, last]))
            better, _ = bfgs(linear.evaluate, theta, np.eye(len(theta)) * LEAST_SD)
            fixed, better = linear.solve(better).beta, _raised(model, better)
            reached = model.evaluate(np.concatenate([fixed, better, last]))[0]
        except EstimationError:
            break
        if not reached > height:
            break
        moved = float(np.max(np.abs(better - theta)))
        beta, theta, height = fixed, better, reached
        if moved < LEAST_SD / 5:
            break
    linear, solution = _working_model(model, np.concatenate([beta, theta, last]))
    start = np.concatenate([beta, theta, last])
    scale = np.zeros((len(start), len(start)))
    scale[: len(beta), : len(beta)] = _root(solution.bread)
    inner = slice(len(beta), len(beta) + len(theta))
    scale[inner, inner] = _root(information(linear.evaluate, theta, np.eye(len(theta))))
    if model.dispersed:
        scale[-1, -1] = _last_scale(model, start)
    return start, scale


def _raised(model: Laplace, theta: Floats) -> Floats:
    """Lift standard deviations off zero, where the likelihood is flat."""
    groups, scales = model.groups, model.groups.scales(theta)
    for factor, width in enumerate(groups.widths):
        for place in range(width):
            size = abs(scales[factor, place, place])
            scales[factor, place, place] = max(size, LEAST_SD)
    return groups.thetas_of(scales)


def _root(given: Floats) -> Floats:
    """Triangle of the inverse of a matrix, made positive definite where it is not."""
    values, vectors = linalg.eigh((given + given.T) / 2)
    values = np.maximum(np.abs(values), np.max(np.abs(values)) * 1e-8)
    return np.asarray(linalg.cholesky((vectors / values) @ vectors.T, lower=True))


def _first_dispersion(model: Laplace, beta: Floats) -> list[float]:
    """Log theta by the method of moments, without random effects."""
    rows = model.rows
    mean = np.exp(rows.predictor(beta))
    beyond = np.sum(rows.size * ((rows.y - mean) ** 2 - mean))
    return [float(np.log(np.clip(2 * np.sum(rows.size * mean**2) / max(beyond, 1e-9), 0.1, 20)))]


def _last_scale(model: Laplace, start: Floats) -> float:
    move = np.zeros(len(start))
    move[-1] = 1e-3
    ahead, behind = model.evaluate(start + move)[1][-1], model.evaluate(start - move)[1][-1]
    return float(1 / np.sqrt(max(abs(ahead - behind) / 2e-3, 1e-2)))


def _working_model(model: Laplace, parameters: Floats) -> tuple[LinearMixed, Solution]:
    """Linear mixed model of the working response at the mode, and its solution there."""
    response, weights = model.working(parameters)
    rows = model.rows
    added = sums(model.groups, rows.columns, rows.slopes, response, weights)
    linear = LinearMixed(model.groups, added, len(response), restricted=False, variance=1.0)
    theta = parameters[model.terms : model.terms + model.groups.thetas]
    return linear, linear.solve(theta)
