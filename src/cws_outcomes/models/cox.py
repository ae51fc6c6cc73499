"""Cox models with age as the clock and the state of contact changing with time."""

import polars as pl

from cws_outcomes.contracts.results import HAZARD_RATIOS
from cws_outcomes.estimators import cox
from cws_outcomes.models.estimating import estimating
from cws_outcomes.models.levels import with_levels, without_empty_levels
from cws_outcomes.models.terms import term_table
from cws_outcomes.step import Inputs, Settings


def fit(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Hazard ratios of the states of contact, others held.

    Age in days is the time scale, each person enters late at the index date, the state changes
    when it is known to, baselines are stratified and errors clustered on the index LA, with
    G/(G-1) and Student's t on G-1 degrees of freedom (STUDY: few LAs).

    Parameters
    ----------
    inputs : Inputs
        covariates, risk_intervals.
    settings : Settings
        ``model``.

    Returns
    -------
    dict
        ``hazard_ratios``.
    """
    model = settings["model"]
    exposure = "contact_state" if model["state"] == "as_known" else "ever_in_contact"
    columns = [exposure, *model["covariates"]]
    frame = with_levels(_risk_table(inputs, model, columns), columns)
    frame, left_out = without_empty_levels(frame, columns, "has_event")
    with estimating(model):
        fitted = cox(
            frame,
            start="start_age_days",
            stop="stop_age_days",
            event="has_event",
            covariates=columns,
            strata=list(model["strata"]) or None,
            cluster="la_code",
            cluster_correction="few_clusters",
        )
    terms = term_table(
        frame,
        fitted.table,
        covariates=columns,
        person="person_id",
        event="has_event",
        std_error="robust_std_error",
        left_out=left_out,
    )
    strata = frame.select(model["strata"]).n_unique() if model["strata"] else 1
    table = terms.with_columns(
        model=pl.lit(model["name"]),
        outcome=pl.lit(model["outcome"]),
        cohort=pl.lit(model["cohort"]),
        log_hazard_ratio=pl.col("estimate"),
        hazard_ratio=pl.col("estimate").exp(),
        lower=pl.col("lower").exp(),
        upper=pl.col("upper").exp(),
        model_persons=pl.lit(frame["person_id"].n_unique(), pl.Int64),
        model_events=pl.lit(fitted.events, pl.Int64),
        clusters=pl.lit(fitted.clusters, pl.Int64),
        strata=pl.lit(strata, pl.Int64),
    )
    return {"hazard_ratios": table.select(list(HAZARD_RATIOS.columns))}


def _risk_table(inputs: Inputs, model: Settings, columns: list[str]) -> pl.DataFrame:
    """Only the columns the model uses leave the database."""
    wanted = dict.fromkeys([*columns, *model["strata"], "la_code"])
    return inputs.query(
        f"""
        select risk_intervals.person_id, start_age_days, stop_age_days, has_event,
            {", ".join(wanted)}
        from risk_intervals
        inner join covariates on risk_intervals.person_id = covariates.person_id
        where not ($leave_out and covariates.is_left_truncated)
        order by risk_intervals.person_id, start_age_days
        """,
        leave_out=model["leave_out_left_truncated"],
    )
