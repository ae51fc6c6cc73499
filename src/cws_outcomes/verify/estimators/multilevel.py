"""Multilevel models, beside what statsmodels and scipy have of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.estimators import multilevel
from cws_outcomes.verify.estimators.comparison import Comparison
from cws_outcomes.verify.estimators.simulation import SCHOOLS

TERMS = ["in_care", "need"]
Floats = NDArray[np.float64]


def compare_multilevel_gaussian(rows: pl.DataFrame) -> Iterator[Comparison]:
    """A level and a slope of each school: MixedLM agrees, if it is made to climb to the top."""
    import statsmodels.api as sm

    random = {"school": ["need"]}
    fit = multilevel(rows, outcome="attainment", covariates=TERMS, random=random, family="gaussian")
    design = _design(rows)
    model = sm.MixedLM(
        rows["attainment"].to_numpy(), design, rows["school"].to_numpy(), exog_re=design[:, [0, 2]]
    )
    theirs = model.fit(reml=True, method="bfgs", gtol=1e-9)
    ours, spread = fit.table, fit.covariances["school"]
    # Its own errors are those of coefficients and variances together; ours, as lme4's, are given
    # the variances.
    joint, _ = model.hessian(theirs.params_object)
    error = np.sqrt(np.linalg.inv(-joint[:3, :3])[2, 2])
    for number, one, other in (
        ("coefficient, need", ours["estimate"][2], theirs.fe_params[2]),
        ("error, need", ours["std_error"][2], error),
        ("log-likelihood, REML", fit.log_likelihood, theirs.llf),
        ("variance of schools", spread[0, 0], theirs.cov_re[0, 0]),
        ("variance of slopes", spread[1, 1], theirs.cov_re[1, 1]),
        ("covariance of both", spread[1, 0], theirs.cov_re[1, 0]),
        ("residual variance", fit.variances["variance"][-1], theirs.scale),
        ("effect of the first school", fit.effects("school")["estimate"][0],
         theirs.random_effects[0].iloc[0]),
    ):  # fmt: skip
        yield Comparison("multilevel, gaussian", number, "statsmodels", one, other)


def compare_multilevel_logit(rows: pl.DataFrame) -> Iterator[Comparison]:
    """The integral agrees; the posterior mode of BinomialBayesMixedGLM has hardly a variance."""
    from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

    call: dict[str, Any] = {
        "outcome": "excluded", "covariates": TERMS, "random": {"school": []}, "family": "binomial",
    }  # fmt: skip
    fit = multilevel(rows, **call, method="quadrature", points=25)
    eta = _design(rows) @ fit.table["estimate"].to_numpy()
    sd, excluded = fit.variances["sd"].item(), rows["excluded"].to_numpy()
    integral = sum(
        _log_integral(excluded[own], eta[own], sd)
        for own in (rows["school"].to_numpy() == school for school in range(SCHOOLS))
    )
    yield Comparison("multilevel, binomial", "log-likelihood, 25 points", "scipy, integrated",
                     fit.log_likelihood, integral)  # fmt: skip
    model = BinomialBayesMixedGLM(
        excluded, _design(rows), np.eye(SCHOOLS)[rows["school"].to_numpy()],
        np.zeros(SCHOOLS, dtype=int),
    )  # fmt: skip
    laplace = multilevel(rows, **call).variances["sd"].item()
    yield Comparison(
        "multilevel, binomial", "standard deviation of schools", "statsmodels", laplace,
        float(np.exp(model.fit_map(rng=1).vcp_mean[0])),
        "`BinomialBayesMixedGLM.fit_map` takes the joint mode, where the variance collapses",
    )  # fmt: skip


def _log_integral(outcomes: NDArray[np.int64], eta: Floats, sd: float) -> float:
    """Log of the mean of a school's likelihood over its level."""
    from scipy import integrate, stats

    def height(z: float) -> float:
        chance = 1 / (1 + np.exp(-eta - sd * z))
        return float(np.prod(np.where(outcomes == 1, chance, 1 - chance)) * stats.norm.pdf(z))

    return float(np.log(integrate.quad(height, -8, 8, epsabs=0, epsrel=1e-10, limit=200)[0]))


def compare_multilevel_counts(rows: pl.DataFrame) -> Iterator[Comparison]:
    """No library has the maximum of a model of counts with random effects."""
    call: dict[str, Any] = {"covariates": TERMS, "random": {"school": []}}
    missing = {
        "poisson": ("visits", "no likelihood of random effects: `PoissonBayesMixedGLM` has "
                    "posterior modes and variational means only"),
        "negative_binomial": ("contacts", "no random effects of a negative binomial"),
    }  # fmt: skip
    for family, (outcome, why) in missing.items():
        ours = multilevel(rows, outcome=outcome, family=family, **call).table["estimate"][2]
        name = f"multilevel, {family.replace('_', ' ')}"
        yield Comparison(name, "coefficient, need", "statsmodels", ours, np.nan, why)


def compare_without_variance(rows: pl.DataFrame) -> Iterator[Comparison]:
    """Groups that are dealt out evenly have no variance: then it is an ordinary regression."""
    import statsmodels.api as sm

    design, library = _design(rows), "statsmodels"
    counts = sm.NegativeBinomial(rows["contacts"].to_numpy(), design)
    theirs: dict[str, tuple[str, Any]] = {
        "gaussian": ("score", sm.OLS(rows["score"].to_numpy(), design).fit()),
        "binomial": ("referred", _glm(rows, "referred", sm.families.Binomial())),
        "poisson": ("visits", _glm(rows, "visits", sm.families.Poisson())),
        "negative_binomial": ("contacts", counts.fit(disp=0, method="newton", tol=1e-10)),
    }
    for family, (outcome, other) in theirs.items():
        dealt = rows.with_columns(dealt=_dealt(rows[outcome].to_numpy() - other.predict(design)))
        method = "ml" if family == "gaussian" else None
        fit = multilevel(
            dealt, outcome=outcome, covariates=TERMS, random={"dealt": []}, family=family,
            method=method,
        )  # fmt: skip
        name = f"multilevel, {family.replace('_', ' ')}, variance 0"
        yield Comparison(name, "coefficient, need", library, fit.table["estimate"][2],
                         np.asarray(other.params)[2])  # fmt: skip
        yield Comparison(name, "log-likelihood", library, fit.log_likelihood, other.llf)
        if fit.theta is not None:
            yield Comparison(name, "dispersion", library, 1 / fit.theta, other.params[3])


def _glm(rows: pl.DataFrame, outcome: str, family: object) -> Any:
    import statsmodels.api as sm

    return sm.GLM(rows[outcome].to_numpy(), _design(rows), family).fit(tol=1e-12)


def _dealt(residual: Floats) -> pl.Series:
    """Groups with nearly equal sums: dealt in order of size, forth and back."""
    place = np.argsort(np.argsort(residual, kind="stable"))
    turn, seat = np.divmod(place, SCHOOLS)
    return pl.Series(np.where(turn % 2 == 0, seat, SCHOOLS - 1 - seat))


def _design(rows: pl.DataFrame) -> Floats:
    return np.column_stack([np.ones(rows.height), rows.select(TERMS).to_numpy()])
