"""Fine and Gray's regression of subdistribution hazards, without a single row more."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.cox import Ties, answer, check_choices
from cws_outcomes.estimators.cox_fit import CoxFit
from cws_outcomes.estimators.cox_question import Question
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.estimates import Correction
from cws_outcomes.estimators.inputs import Names


def fine_gray(
    data: object,
    *,
    stop: str,
    cause: str,
    event_of_interest: int,
    covariates: Sequence[str],
    start: str | None = None,
    censoring_time: str | None = None,
    strata: Names | None = None,
    cluster: Names | None = None,
    weights: str | None = None,
    ties: Ties = "efron",
    cluster_correction: Correction = "none",
    threads: int = 1,
) -> CoxFit:
    """
    Fit a Fine-Gray model, equal to R's ``finegray`` and ``coxph`` (survival).

    Who has a competing event stays at risk, with the weight of being uncensored (and, with
    delayed entry, of having entered) by the Kaplan-Meier curve of the stratum: Fine and Gray
    (1999), Geskus (2011).

    Parameters
    ----------
    data : polars.DataFrame or pandas.DataFrame
        One row for each person: covariates are those known at entry. A history in several rows
        would pass for several persons, censored where a row ends.
    stop, start : str
        At risk in (start, stop], as in `cox`.
    cause : str
        How the row ends: 0 censored, 1, 2, ... the event of that number.
    event_of_interest : int
        Which of them; the others compete.
    covariates : sequence of str
        As in `cox`.
    censoring_time : str, optional
        When follow-up would have ended without an event, if that is known for everybody, such as
        the day on which the data end. Then no weights are needed: after a competing event a row
        stays at risk until then.
    strata : str or sequence of str, optional
        Own baseline and own censoring curve for each combination.
    cluster : str or sequence of str, optional
        Robust variance, as in `cox`. Without it each row is a cluster of its own. Errors are
        robust by default because R's ``coxph`` is with weights, of which ``finegray``'s rows have
        one each (``cluster = id`` makes these rows the persons that they are of; ours are): the
        model's errors take a weight for a number of persons, and it is the chance that one person
        is still under observation. With ``censoring_time`` too, by the same rule. That weights
        are estimated is not allowed for, as it is by ``crr`` (cmprsk).
    weights : str, optional
        Case weights above zero; the censoring curve does not use them.
    ties : {"efron", "breslow"}
        Treatment of tied events of interest. A censoring at the time of an event of any kind
        comes after it.
    cluster_correction, threads
        As in `cox`.

    Raises
    ------
    EstimationError
        As in `cox`; no event of interest, or a row that ends after its ``censoring_time``.
    """
    check_choices(ties, cluster_correction, cluster)
    if not covariates:
        raise EstimationError("expected at least one covariate")
    frame = inputs.complete(
        data, stop, cause, covariates, start, censoring_time, strata, cluster, weights
    )
    ends = inputs.counts(frame, cause)
    if event_of_interest < 1 or not np.any(ends == event_of_interest):
        raise EstimationError(
            f"`{cause}`: no events of kind {event_of_interest} in {frame.height} rows"
        )
    if censoring_time is not None:
        frame = _until_censoring(frame, stop, cause, event_of_interest, censoring_time)
    question = Question(
        frame, stop, cause, tuple(covariates), start, strata, weights, None, ties == "efron",
        threads, cluster, event_of_interest,
    )  # fmt: skip
    return answer(question, cluster_correction)


def _until_censoring(
    frame: pl.DataFrame, stop: str, cause: str, event_of_interest: int, censoring_time: str
) -> pl.DataFrame:
    """Rows with a competing event end, without an event, when they would have been censored."""
    late = int(np.sum(inputs.numbers(frame, stop) > inputs.numbers(frame, censoring_time)))
    if late:
        raise EstimationError(f"`{stop}` is after `{censoring_time}` in {late} rows")
    competes = (pl.col(cause) > 0) & (pl.col(cause) != event_of_interest)
    return frame.with_columns(
        pl.when(competes).then(censoring_time).otherwise(stop).alias(stop),
        pl.when(competes).then(0).otherwise(cause).alias(cause),
    )
