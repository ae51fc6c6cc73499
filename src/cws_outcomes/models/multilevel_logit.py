"""A binary outcome on an exposure and covariates, with a random intercept for each LA."""

import polars as pl

from cws_outcomes.contracts.results import LA_EFFECTS, MULTILEVEL_LOGIT
from cws_outcomes.estimators import MultilevelFit, multilevel
from cws_outcomes.models.estimating import estimating
from cws_outcomes.models.levels import with_levels, without_empty_levels
from cws_outcomes.models.terms import term_table
from cws_outcomes.step import Inputs, Settings


def fit(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Odds ratios of the exposure, spread between LAs, and each LA's predicted effect.

    Parameters
    ----------
    inputs : Inputs
        covariates, local_authorities, ``outcome__<name>``, ``exposure__<name>``.
    settings : Settings
        ``model``.

    Returns
    -------
    dict
        ``multilevel_logit``, ``la_effects``.
    """
    model = settings["model"]
    columns = ["exposure", *model["covariates"]]
    people = _people(inputs, model)
    order = people.select("exposure", "level_no").unique().sort("level_no")["exposure"].to_list()
    frame = with_levels(people, list(model["covariates"])).with_columns(
        pl.col("exposure").cast(pl.Enum(order))
    )
    frame, left_out = without_empty_levels(frame, columns, "has_event")
    with estimating(model):
        fitted = multilevel(frame, outcome="has_event", covariates=columns, random={"la_code": []})
    names = {
        "model": pl.lit(model["name"]),
        "outcome": pl.lit(model["outcome"]),
        "cohort": pl.lit(model["cohort"]),
    }
    terms = term_table(
        frame,
        fitted.table,
        covariates=columns,
        person="person_id",
        event="has_event",
        std_error="std_error",
        left_out=left_out,
    )
    return {
        "multilevel_logit": _coefficients(terms, fitted, frame, model).with_columns(**names)
        .select(list(MULTILEVEL_LOGIT.columns)),
        "la_effects": _effects(inputs, fitted, frame).with_columns(**names)
        .select(list(LA_EFFECTS.columns)),
    }  # fmt: skip


def _people(inputs: Inputs, model: Settings) -> pl.DataFrame:
    covariates = "".join(f", {name}" for name in model["covariates"])
    return inputs.query(
        f"""
        select
            covariates.person_id, la_code, has_event, exposure.level as exposure,
            exposure.level_no{covariates}
        from covariates
        inner join outcome__{model["outcome"]} as outcome using (person_id)
        inner join exposure__{model["exposure"]} as exposure using (person_id)
        where outcome.is_at_risk and outcome.is_observed
        order by covariates.person_id
        """
    )


def _coefficients(
    terms: pl.DataFrame, fitted: MultilevelFit, frame: pl.DataFrame, model: Settings
) -> pl.DataFrame:
    return terms.with_columns(
        covariate=pl.col("covariate").replace("exposure", model["exposure"]),
        log_odds_ratio=pl.col("estimate"),
        odds_ratio=pl.col("estimate").exp(),
        lower=pl.col("lower").exp(),
        upper=pl.col("upper").exp(),
        model_persons=pl.lit(frame.height, pl.Int64),
        model_events=pl.lit(frame["has_event"].sum(), pl.Int64),
        authorities=pl.lit(fitted.levels["la_code"], pl.Int64),
        la_sd=pl.lit(fitted.variances["sd"].item(), pl.Float64),
        la_variance_share=pl.lit(fitted.vpc()["la_code"], pl.Float64),
        median_odds_ratio=pl.lit(fitted.median_odds_ratio()["la_code"], pl.Float64),
    )


def _effects(inputs: Inputs, fitted: MultilevelFit, frame: pl.DataFrame) -> pl.DataFrame:
    names = inputs.query(
        "select distinct la_code, la_name, region from local_authorities order by la_code"
    )
    counts = frame.group_by("la_code").agg(
        pl.len().cast(pl.Int64).alias("persons"), pl.col("has_event").sum().cast(pl.Int64)
    )
    return (
        fitted.effects("la_code")
        .rename({"level": "la_code"})
        .join(names, on="la_code", how="left")
        .join(counts, on="la_code", how="left")
        .with_columns(
            events=pl.col("has_event"),
            log_odds_ratio=pl.col("estimate"),
            odds_ratio=pl.col("estimate").exp(),
            lower=pl.col("lower").exp(),
            upper=pl.col("upper").exp(),
        )
    )
