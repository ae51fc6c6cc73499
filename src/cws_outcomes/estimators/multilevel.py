"""Multilevel binomial logit: fixed effects and a random intercept, by Laplace approximation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy import linalg, optimize, special, stats

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Flags, Floats
from cws_outcomes.estimators.laplace import LaplaceLogit
from cws_outcomes.estimators.newton import Maximum, climb, covariance

Z = float(stats.norm.ppf(0.975))
LOGIT_VARIANCE = np.pi**2 / 3  # of the standard logistic distribution: level 1 on the logit scale
# What a variance must add to the log-likelihood to be told from zero.
NO_GAIN = 1e-7


@dataclass(frozen=True, eq=False)
class MultilevelFit:
    """
    A fitted multilevel model.

    Attributes
    ----------
    table : polars.DataFrame
        Fixed effects: ``term``, ``estimate`` (log odds ratio), ``std_error``, ``lower``, ``upper``
        (95 %, normal), ``z``, ``p_value``. The first term is ``(Intercept)``.
    variances : polars.DataFrame
        Random effects: ``group``, ``term``, ``variance``, ``sd``.
    covariance : (terms, terms) floats
        Of the fixed effects.
    log_likelihood : float
        Laplace approximation, binomial coefficients of the rows as given included.
    at_boundary : bool
        Whether the variance was estimated as zero: groups differ no more than by chance.
    n, trials, cells : int
        Rows given, trials in them, and distinct cells that were fitted.
    levels : dict of str to int
        Number of levels of each grouping factor.
    """

    table: pl.DataFrame
    variances: pl.DataFrame
    covariance: Floats
    log_likelihood: float
    at_boundary: bool
    n: int
    trials: int
    cells: int
    levels: dict[str, int]
    _effects: dict[str, pl.DataFrame] = field(repr=False)

    def effects(self, group: str) -> pl.DataFrame:
        """
        Return the effect of each level of a grouping factor.

        Returns
        -------
        polars.DataFrame
            ``level``, ``term``, ``estimate`` (mode, on the logit scale), ``std_error``, ``lower``,
            ``upper`` (95 %). The error is that of the level given the parameters, as lme4's
            ``condVar``: it leaves out that these are estimated.
        """
        if group not in self._effects:
            raise EstimationError(f"no such group; there is {inputs.listed(list(self._effects))}")
        return self._effects[group]

    def vpc(self) -> dict[str, float]:
        """Share of the latent variance between groups: var / (var + pi^2 / 3), by group."""
        between = dict(self.variances.select("group", "variance").iter_rows())
        total = sum(between.values()) + LOGIT_VARIANCE
        return {group: variance / total for group, variance in between.items()}

    def median_odds_ratio(self) -> dict[str, float]:
        """Median odds ratio of two groups drawn at random: exp(sqrt(2) sd 0.6745), by group.

        Larsen and Merlo (2005), American Journal of Epidemiology 161, 81-88.
        """
        factor = np.sqrt(2) * stats.norm.ppf(0.75)
        rows = self.variances.select("group", "sd").iter_rows()
        return {group: float(np.exp(factor * sd)) for group, sd in rows}


def multilevel(
    data: object,
    *,
    outcome: str,
    covariates: Sequence[str],
    random: Mapping[str, Sequence[str]],
    family: str = "binomial",
    trials: str | None = None,
    method: str = "laplace",
) -> MultilevelFit:
    """
    Fit a multilevel logit, equal to R's ``glmer(..., binomial, nAGQ = 1)`` (lme4).

    Rows that share group and covariates are first added up: the likelihood is the same, and a
    million rows become some thousand cells.

    Parameters
    ----------
    data : polars.DataFrame or pandas.DataFrame
        One row for each person, or for each group of persons when ``trials`` is named.
    outcome : str
        Boolean or 0/1; with ``trials``, the number of successes.
    covariates : sequence of str
        As in :func:`cws_outcomes.estimators.cox`; may be empty.
    random : mapping of str to sequence of str
        Grouping factor, and the covariates whose slope varies with it. For now one factor and
        no slopes: ``{"school": []}``.
    family : {"binomial"}
        Logit link.
    trials : str, optional
        Column with the number of trials of each row.
    method : {"laplace"}
        Laplace approximation, maximised over fixed effects and standard deviation together.

    Raises
    ------
    EstimationError
        Missing values, a choice that is not available, collinear columns, separation, or a fit
        that does not converge. A variance of zero is no error: see ``at_boundary``.
    """
    group = _only_group(random, family, method)
    frame = inputs.complete(data, outcome, covariates, group, trials)
    cells, constant = _cells(frame, outcome, covariates, group, trials)
    codes, levels = inputs.groups(cells, group)
    if levels.height < 2:
        raise EstimationError(f"`{group}`: expected two levels or more, found one")
    columns = inputs.design(cells, covariates, intercept=True)
    centres, ranges = inputs.standardise(columns.matrix[:, 1:])
    successes, tried = cells["_successes"].to_numpy(), cells["_trials"].to_numpy()
    model = LaplaceLogit(columns.matrix, successes, tried, codes, levels.height)
    flat = climb(model.fixed, columns.terms, weight=float(tried.sum()))
    parameters, value, spread, at_boundary = _maximise(model, flat)
    sigma = float(parameters[-1])
    back = _back(centres, ranges)
    errors = back @ spread @ back.T
    fixed = columns.matrix @ parameters[:-1]
    effects = _effects(model, fixed, sigma, levels[group])
    return MultilevelFit(
        table=_table(columns.terms, back @ parameters[:-1], errors),
        variances=pl.DataFrame(
            {"group": [group], "term": ["(Intercept)"], "variance": [sigma**2], "sd": [sigma]}
        ),
        covariance=errors,
        log_likelihood=value + constant,
        at_boundary=at_boundary,
        n=frame.height,
        trials=int(tried.sum()),
        cells=cells.height,
        levels={group: levels.height},
        _effects={group: effects},
    )


def _only_group(random: Mapping[str, Sequence[str]], family: str, method: str) -> str:
    if family != "binomial":
        raise EstimationError('family: "binomial" is available')
    if method != "laplace":
        raise EstimationError('method: "laplace" is available')
    if len(random) != 1 or any(len(slopes) for slopes in random.values()):
        raise EstimationError('random: one factor with an intercept is available, {"factor": []}')
    return next(iter(random))


def _cells(
    frame: pl.DataFrame, outcome: str, covariates: Sequence[str], group: str, trials: str | None
) -> tuple[pl.DataFrame, float]:
    """Add up identical rows; return cells and the log binomial coefficients of the rows."""
    if trials is None:
        successes, tried = inputs.flags(frame, outcome).astype(float), np.ones(frame.height)
    else:
        successes = inputs.counts(frame, outcome).astype(float)
        tried = inputs.counts(frame, trials).astype(float)
        _refuse(tried < 1, f"`{trials}`: expected one trial or more in every row")
        _refuse(successes > tried, f"expected `{outcome}` to be at most `{trials}`")
    if successes.sum() in (0, tried.sum()):
        raise EstimationError(f"`{outcome}`: expected some successes and some failures")
    keys = list(dict.fromkeys([group, *covariates]))
    counted = frame.select(keys).with_columns(_successes=successes, _trials=tried)
    cells = counted.group_by(keys).agg(pl.sum("_successes", "_trials")).sort(keys)
    missed = tried - successes
    coefficients = (
        special.gammaln(tried + 1) - special.gammaln(successes + 1) - special.gammaln(missed + 1)
    )
    return cells, float(np.sum(coefficients))


def _refuse(wrong: Flags, expected: str) -> None:
    if np.any(wrong):
        raise EstimationError(f"{expected}, found {int(np.sum(wrong))} rows where it is not so")


def _maximise(model: LaplaceLogit, flat: Maximum) -> tuple[Floats, float, Floats, bool]:
    """Return (beta, sigma), the log-likelihood, the covariance of beta and whether sigma is 0."""
    start = np.append(flat.estimate, 0.5)
    # Coordinates in which the likelihood is about round, for BFGS.
    scale = np.zeros((len(start), len(start)))
    scale[:-1, :-1] = linalg.cholesky(covariance(flat.end.information), lower=True)
    scale[-1, -1] = 1 / np.sqrt(2 * model.groups)

    def descend(moved: Floats) -> tuple[float, Floats]:
        value, gradient = model.evaluate(start + scale @ moved)
        return -value, -(scale.T @ gradient)

    found = optimize.minimize(descend, np.zeros(len(start)), jac=True, method="BFGS")
    if -found.fun < flat.end.value + NO_GAIN:
        if model.variance_score(flat.estimate) > 1e-3:
            raise EstimationError("no maximum found: the climb stopped at a variance of zero")
        # The likelihood is even in sigma, so there its Hessian is that of the fixed effects alone.
        inverse = covariance(flat.end.information)
        return np.append(flat.estimate, 0.0), flat.end.value, inverse, True
    parameters, value, inverse = _polish(model, start + scale @ found.x, scale)
    parameters[-1] = abs(parameters[-1])
    return parameters, value, inverse[:-1, :-1], False


def _polish(model: LaplaceLogit, near: Floats, scale: Floats) -> tuple[Floats, float, Floats]:
    """Take Newton steps with the exact Hessian to the top; return its inverse as well."""
    for _ in range(10):
        value, gradient = model.evaluate(near)
        information = _information(model, near, scale)
        try:
            step = linalg.solve(information, gradient, assume_a="pos")
        except linalg.LinAlgError:
            break
        if float(np.sum(step * gradient)) < 1e-9:
            return near, value, covariance(information)
        near = near + step
    raise EstimationError("no maximum found: the likelihood of the multilevel model is too flat")


def _information(model: LaplaceLogit, at: Floats, scale: Floats) -> Floats:
    """Differentiate the exact gradient, in steps of a thousandth of a standard error."""
    inverse = linalg.inv(scale)
    rows = []
    for direction in scale.T * 1e-3:
        ahead, behind = model.evaluate(at + direction)[1], model.evaluate(at - direction)[1]
        rows.append((behind - ahead) / 2e-3)
    # Row d holds scale[:, d]' times the Hessian.
    information = inverse.T @ np.array(rows)
    return np.asarray((information + information.T) / 2, dtype=np.float64)


def _back(centres: Floats, ranges: Floats) -> Floats:
    """Matrix from coefficients of standardised columns to those of the columns as given."""
    back = np.diag(np.concatenate([[1.0], 1 / ranges]))
    back[0, 1:] = -centres / ranges
    return back


def _table(terms: list[str], estimate: Floats, errors: Floats) -> pl.DataFrame:
    error = np.sqrt(np.diag(errors))
    return pl.DataFrame(
        {
            "term": terms,
            "estimate": estimate,
            "std_error": error,
            "lower": estimate - Z * error,
            "upper": estimate + Z * error,
            "z": estimate / error,
            "p_value": 2 * stats.norm.sf(np.abs(estimate / error)),
        }
    )


def _effects(model: LaplaceLogit, fixed: Floats, sigma: float, levels: pl.Series) -> pl.DataFrame:
    estimate = sigma * model.modes(fixed, sigma)
    error = model.spread(fixed, sigma)
    return pl.DataFrame(
        {
            "level": levels,
            "term": ["(Intercept)"] * len(levels),
            "estimate": estimate,
            "std_error": error,
            "lower": estimate - Z * error,
            "upper": estimate + Z * error,
        }
    )
