"""A fitted Cox or Fine-Gray model, and the checks that are computed when they are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from cws_outcomes.estimators.concordance import Concordance, concordance
from cws_outcomes.estimators.cox_baseline import baseline, predict_survival
from cws_outcomes.estimators.cox_question import Question
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.proportionality import Transform, ph_test
from cws_outcomes.estimators.residuals import Kind, residuals


@dataclass(frozen=True, eq=False)
class CoxFit:
    """
    A fitted Cox or Fine-Gray model.

    The checks below go back to the table that was fitted, which the fit refers to and does not
    copy; each call costs about one Newton step.

    Attributes
    ----------
    table : polars.DataFrame
        One row for each term, in the order of the covariates: ``term``, ``estimate`` (log hazard
        ratio), ``std_error`` (of the model), ``robust_std_error`` (null without a cluster),
        ``lower`` and ``upper`` (95 %), ``z`` (a t statistic with ``few_clusters``), ``p_value``.
        Limits, z and p use the robust error when there is one.
    covariance : (terms, terms) floats
        Of the estimates: the one that the limits use.
    log_likelihood, log_likelihood_null : float
        Log partial likelihood at the estimates and at zero.
    n, events : int
        Rows and events given, events in strata of one row included.
    clusters : int or None
        Clusters with a row at risk at one event time or more.
    iterations : int
        Newton steps.
    question, estimate, model_covariance
        What was asked, and the answer in the units of the likelihood: for the checks.
    """

    table: pl.DataFrame
    covariance: Floats
    log_likelihood: float
    log_likelihood_null: float
    n: int
    events: int
    clusters: int | None
    iterations: int
    question: Question = field(repr=False)
    estimate: Floats = field(repr=False)
    model_covariance: Floats = field(repr=False)

    def baseline(self) -> pl.DataFrame:
        """
        Cumulative baseline hazard, of a row whose covariates and offset are zero.

        Returns
        -------
        polars.DataFrame
            The strata under their own names, ``time`` (of each event), ``at_risk`` (rows),
            ``events``, ``hazard`` (cumulative) and ``std_error``. Breslow's (1972) estimate, or
            Efron's with his ties, with the error of Tsiatis (1981): R's ``survfit.coxph``.
        """
        return baseline(self.question, self.estimate, self.covariance)

    def predict_survival(self, new_data: object, times: float | Sequence[float]) -> pl.DataFrame:
        """
        Probability of no event by some times, for rows with given covariates.

        In a Fine-Gray model 1 minus it is the cumulative incidence.

        Parameters
        ----------
        new_data : polars.DataFrame or pandas.DataFrame
            The covariates, and strata and offset where the model has them.
        times : float or sequence of float
            In the unit of the data.

        Returns
        -------
        polars.DataFrame
            ``row`` (of ``new_data``), ``time``, ``survival``, ``std_error``, ``lower`` and
            ``upper`` (95 %, symmetric in log survival): null after the stratum's last follow-up.

        Raises
        ------
        EstimationError
            Missing values, or levels or strata that the fit has not seen.
        """
        return predict_survival(self.question, self.estimate, self.covariance, new_data, times)

    @property
    def concordance(self) -> Concordance:
        """Harrell's C of the linear predictor within strata, as R's ``concordance``."""
        return concordance(self.question, self.estimate)

    def ph_test(self, transform: Transform = "km") -> pl.DataFrame:
        """
        Test proportional hazards: is there a slope of the log hazard ratio in time?

        Parameters
        ----------
        transform : {"km", "identity", "rank", "log"}
            Of time: 1 minus the Kaplan-Meier curve of all rows, or time, its rank, its logarithm.

        Returns
        -------
        polars.DataFrame
            ``term`` (one row for each covariate, then GLOBAL), ``chi2``, ``df``, ``p_value``: the
            score test of Grambsch and Therneau (1994), exact as in R's ``cox.zph`` since 3.0.
        """
        return ph_test(self.question, self.estimate, transform)

    def residuals(self, kind: Kind = "martingale") -> pl.DataFrame:
        """
        Residuals, as R's ``residuals.coxph``.

        Parameters
        ----------
        kind : str
            ``"martingale"`` or ``"deviance"``: columns ``row`` and ``residual``.
            ``"score"`` or ``"dfbeta"`` (change of the estimates if the row is left out): ``row``
            and a column for each term. ``"schoenfeld"`` or ``"scaled_schoenfeld"``: a line for each
            event, by stratum and time, with ``row``, ``time`` and a column for each term. Only
            ``dfbeta`` counts case weights.
        """
        return residuals(self.question, self.estimate, self.model_covariance, kind)
