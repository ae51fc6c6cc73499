"""
The same small simulated data, fitted with ours and with the libraries people know.

To compare one more estimator write one function that yields `Comparison`s from the tables of
`simulate`, and name it in `COMPARISONS`.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version

import numpy as np
import polars as pl

from cws_outcomes.estimators import aalen_johansen, cox, glm, kaplan_meier, log_rank, rmst
from cws_outcomes.estimators.glm import Kind

# Libraries that are right differ by how far they climb, not by more.
CLOSE = 1e-5


@dataclass(frozen=True)
class Comparison:
    """
    One number, twice.

    Attributes
    ----------
    estimator, number : str
        Ours, and which of its numbers.
    library : str
        Whose number the other is.
    ours, theirs : float
        ``theirs`` is not a number where the library has none.
    known : str
        What is known to be wrong or missing there; empty where both should agree.
    """

    estimator: str
    number: str
    library: str
    ours: float
    theirs: float
    known: str = ""

    @property
    def difference(self) -> float:
        """Theirs less ours."""
        return self.theirs - self.ours

    @property
    def agrees(self) -> bool:
        """Whether both are the same number."""
        return abs(self.difference) <= CLOSE * max(1.0, abs(self.ours))


def simulate(seed: int = 1, children: int = 400) -> pl.DataFrame:
    """
    Rows (start, stop] in whole months: care begins on the way, in half of them with late entry.

    Parameters
    ----------
    seed, children : int

    Returns
    -------
    polars.DataFrame
        ``child``, ``start``, ``stop``, ``event``, ``cause`` (2 competes), ``in_care``, ``need``,
        ``area``; ``referred``, ``visits`` and ``score`` for regressions.
    """
    rng, rows = np.random.default_rng(seed), []
    for child in range(children):
        area, need = "ab"[rng.integers(2)], round(float(rng.normal()), 2)
        begin, into = int(rng.integers(0, 4)) * 3, int(rng.integers(1, 40))
        for month in range(begin + 1, 61):
            risk = 0.01 * np.exp(0.5 * (month > into) + 0.3 * need)
            cause = int(rng.choice(3, p=[1 - risk - 0.005, risk, 0.005]))
            leaves = month == 60 or rng.random() < 0.015
            if cause or leaves or month == into:
                rows.append((child, begin, month, cause, int(begin >= into), need, area))
                begin = month
            if cause or leaves:
                break
    names = ["child", "start", "stop", "cause", "in_care", "need", "area"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    chance = 1 / (1 + np.exp(1 - frame["need"].to_numpy()))
    return frame.with_columns(
        event=(pl.col("cause") == 1).cast(pl.Int64),
        referred=pl.Series(rng.random(frame.height) < chance).cast(pl.Int64),
        visits=pl.Series(rng.poisson(np.exp(0.2 + 0.4 * frame["need"].to_numpy()))),
        score=pl.Series(100 + 3 * frame["need"].to_numpy() + rng.normal(size=frame.height)),
    )


def compare_cox(rows: pl.DataFrame) -> Iterator[Comparison]:
    """Split records: lifelines agrees, statsmodels counts children twice."""
    from lifelines import CoxTimeVaryingFitter
    from statsmodels.duration.hazard_regression import PHReg

    terms = ["in_care", "need"]
    fit = cox(rows, start="start", stop="stop", event="event", covariates=terms).table
    theirs = CoxTimeVaryingFitter().fit(
        rows.select("child", "start", "stop", "event", *terms).to_pandas(), id_col="child",
        event_col="event", start_col="start", stop_col="stop",
    )  # fmt: skip
    for row in fit.iter_rows(named=True):
        name = f"log hazard ratio, {row['term']}"
        yield Comparison("cox", name, "lifelines", row["estimate"], theirs.params_[row["term"]])
    yield Comparison("cox", "error, in_care", "lifelines", fit["std_error"][0],
                     theirs.standard_errors_["in_care"])  # fmt: skip
    wrong = PHReg(
        rows["stop"].to_numpy(), rows.select(terms).to_numpy().astype(float),
        rows["event"].to_numpy(), entry=rows["start"].to_numpy(), ties="efron",
    ).fit()  # fmt: skip
    yield Comparison(
        "cox", "log hazard ratio, in_care", "statsmodels", fit["estimate"][0], wrong.params[0],
        "`PHReg(entry=)` takes a row as at risk at its own start: who is split there counts twice",
    )  # fmt: skip


def compare_curves(rows: pl.DataFrame) -> Iterator[Comparison]:
    """Kaplan-Meier agrees; lifelines' Aalen-Johansen breaks ties at random."""
    from lifelines import AalenJohansenFitter, KaplanMeierFitter

    last = rows.group_by("child", maintain_order=True).last()
    stop = last["stop"].to_numpy()
    ours = kaplan_meier(rows, start="start", stop="stop", event="event").at(36)["estimate"].item()
    theirs = KaplanMeierFitter().fit(
        rows["stop"].to_numpy(), rows["event"].to_numpy(), entry=rows["start"].to_numpy()
    )
    yield Comparison("kaplan_meier", "survival at 36, late entry", "lifelines", ours,
                     float(theirs.predict(36)))  # fmt: skip
    ours = aalen_johansen(last, stop="stop", cause="cause").at(36)["estimate"][0]
    yield Comparison("aalen_johansen", "incidence at 36", "exact fractions", ours, _exact(last, 36))
    for seed in (1, 2):
        fitter = AalenJohansenFitter(seed=seed, calculate_variance=False)
        jittered = fitter.fit(stop, last["cause"].to_numpy(), 1).cumulative_density_
        yield Comparison(
            "aalen_johansen", f"incidence at 36, seed {seed}", "lifelines", ours,
            float(jittered.loc[:36.5].iloc[-1, 0]),
            "ties are broken by random noise: another answer with every seed",
        )  # fmt: skip
    error = aalen_johansen(rows, start="start", stop="stop", cause="cause", cluster="child").at(36)[
        "std_error"
    ][0]
    yield Comparison("aalen_johansen", "error at 36, by child", "lifelines", error, np.nan,
                     "no robust errors for rows of one child in `AalenJohansenFitter`")  # fmt: skip


def _exact(last: pl.DataFrame, until: int) -> float:
    survival, incidence = Fraction(1), Fraction(0)
    for time in range(1, until + 1):
        leaving = last.filter(stop=time)["cause"]
        at_risk = last.filter(pl.col("stop") >= time).height
        incidence += survival * Fraction(int((leaving == 1).sum()), at_risk)
        survival *= 1 - Fraction(int((leaving > 0).sum()), at_risk)
    return float(incidence)


def compare_curve_tests(rows: pl.DataFrame) -> Iterator[Comparison]:
    """Log-rank and restricted means, without late entry."""
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test
    from lifelines.utils import restricted_mean_survival_time

    last = rows.group_by("child", maintain_order=True).last()
    test = log_rank(last, stop="stop", event="event", by="area")
    columns = (last[name].to_numpy() for name in ("stop", "area", "event"))
    theirs = multivariate_logrank_test(*columns)
    yield Comparison("log_rank", "chi-square", "lifelines", test.statistic, theirs.test_statistic)
    ours = rmst(last, stop="stop", event="event", until=36).table
    curve = KaplanMeierFitter().fit(last["stop"].to_numpy(), last["event"].to_numpy())
    mean, _ = restricted_mean_survival_time(curve, t=36, return_variance=True)
    yield Comparison("rmst", "mean of 36 months", "lifelines", ours["estimate"].item(), mean)
    yield Comparison("gray_test", "chi-square", "lifelines, statsmodels", np.nan, np.nan,
                     "no Gray test")  # fmt: skip


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


COMPARISONS: tuple[Callable[[pl.DataFrame], Iterator[Comparison]], ...] = (
    compare_cox,
    compare_curves,
    compare_curve_tests,
    compare_regressions,
)


def compare(seed: int = 1, children: int = 400) -> list[Comparison]:
    """
    Fit everything.

    Parameters
    ----------
    seed, children : int
        Of the simulated data.
    """
    rows = simulate(seed, children)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the other libraries
        return [found for comparison in COMPARISONS for found in comparison(rows)]


def as_markdown(found: list[Comparison]) -> str:
    """Return the differences as a table, and what was compared with what."""
    head = ("estimator", "number", "library", "ours", "theirs", "difference", "verdict")
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for one in found:
        numbers = [
            "" if np.isnan(value) else form.format(value)
            for form, value in (
                ("{:.8f}", one.ours),
                ("{:.8f}", one.theirs),
                ("{:+.1e}", one.difference),
            )
        ]
        verdict = one.known or ("agrees" if one.agrees else "**DIFFERS**")
        cells = (one.estimator, one.number, one.library, *numbers, verdict)
        lines.append(f"| {' | '.join(cells)} |")
    libraries = ("lifelines", "statsmodels", "scikit-learn")
    used = ", ".join(f"{name} {version(name)}" for name in libraries)
    return "\n".join([*lines, "", f"Compared with {used}."])


def unexplained(found: list[Comparison]) -> list[Comparison]:
    """Differences that nobody has explained: ours is wrong, or a library has changed."""
    return [one for one in found if not one.known and not one.agrees]
