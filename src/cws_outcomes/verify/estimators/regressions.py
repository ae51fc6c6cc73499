"""Regressions without random effects, beside statsmodels and scikit-learn."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from cws_outcomes.estimators import glm, multinomial_logit
from cws_outcomes.estimators.glm import Kind
from cws_outcomes.verify.estimators.comparison import Comparison


def compare_regressions(rows: pl.DataFrame) -> Iterator[Comparison]:
    """Generalised linear models: all agree, if they are not penalised."""
    import statsmodels.api as sm
    from sklearn.linear_model import LogisticRegression

    design = sm.add_constant(rows.select("in_care", "need").to_numpy().astype(float))
    families: dict[Kind, tuple[str, object]] = {
        "gaussian": ("score", sm.families.Gaussian()),
        "binomial": ("referred", sm.families.Binomial()),
        "poisson": ("visits", sm.families.Poisson()),
    }
    robust = {"groups": rows["child"].to_numpy(), "use_correction": False}
    for family, (outcome, theirs) in families.items():
        fit = glm(
            rows, outcome=outcome, covariates=["in_care", "need"], family=family, cluster="child"
        ).table
        model = sm.GLM(rows[outcome].to_numpy(), design, theirs)
        other = model.fit(cov_type="cluster", cov_kwds=robust)
        name, library = f"glm, {family}", "statsmodels"
        yield Comparison(name, "coefficient, need", library, fit["estimate"][2], other.params[2])
        yield Comparison(
            name, "cluster-robust error, need", library, fit["robust_std_error"][2], other.bse[2]
        )
    fit = glm(rows, outcome="referred", covariates=["in_care", "need"], family="binomial").table
    for penalty, known in (
        (np.inf, ""),
        (1.0, "C=1, the default, shrinks coefficients: set C=inf"),
    ):
        model = LogisticRegression(C=penalty, solver="newton-cholesky", tol=1e-9)
        model.fit(design[:, 1:], rows["referred"].to_numpy())
        yield Comparison("glm, binomial", f"coefficient, need, C={penalty:g}", "scikit-learn",
                         fit["estimate"][2], model.coef_[0][1], known)  # fmt: skip


def compare_multinomial(rows: pl.DataFrame) -> Iterator[Comparison]:
    """How a row ends, of three ways."""
    import statsmodels.api as sm

    terms = ["in_care", "need"]
    fit = multinomial_logit(rows, outcome="cause", covariates=terms)
    design = sm.add_constant(rows.select(terms).to_numpy().astype(float))
    theirs = sm.MNLogit(rows["cause"].to_numpy(), design).fit(disp=0, tol=1e-10)
    name, library = "multinomial_logit", "statsmodels"
    for level, outcome in enumerate(fit.outcomes[1:]):
        ours = fit.table.filter(outcome=outcome, term="need")
        yield Comparison(name, f"coefficient of {outcome}, need", library, ours["estimate"].item(),
                         theirs.params[2, level])  # fmt: skip
        yield Comparison(name, f"error of {outcome}, need", library, ours["std_error"].item(),
                         theirs.bse[2, level])  # fmt: skip
    yield Comparison(name, "log-likelihood", library, fit.log_likelihood, theirs.llf)
