"""Exact results of models. Unchecked: they stay inside until disclosure has cleared them."""

from collections.abc import Mapping

from cws_outcomes.contracts.columns import count, flag, number, text, whole
from cws_outcomes.contracts.table import Column, Table


def _result(
    name: str, grain: str, key: tuple[str, ...], columns: Mapping[str, Column], source: str
) -> Table:
    return Table(
        name=name,
        folder=f"unchecked/{name}",
        file="{model}",
        grain=grain,
        key=key,
        columns={"model": text("name of the model's definition"), **columns},
        source=source,
        sensitivity="unchecked",
    )


CUMULATIVE_INCIDENCE = _result(
    "cumulative_incidence",
    "one row per group and month since the index date",
    ("group_no", "month"),
    {
        "outcome": text("outcome"),
        "cohort": text("cohort"),
        "group": text("level of the grouping exposure"),
        "group_no": whole("order of the group", minimum=0),
        "month": whole(
            "months of 30.4375 days since the window opened, end of the interval", minimum=1
        ),
        "at_risk": count("persons at risk when the month opens"),
        "events": count("events in the month"),
        "competing": count("competing events in the month"),
        "censored": count("persons censored in the month"),
        "estimate": number(
            "cumulative incidence at the end of the month, by Aalen-Johansen on days",
            minimum=0,
            maximum=1,
        ),
        "std_error": number("its standard error", nullable=True, minimum=0),
        "lower": number("95 % limit", nullable=True),
        "upper": number("95 % limit", nullable=True),
    },
    "outcome and exposure, by estimators.aalen_johansen",
)

HAZARD_RATIOS = _result(
    "hazard_ratios",
    "one row per term of the model, reference levels included",
    ("term_no",),
    {
        "outcome": text("outcome"),
        "cohort": text("cohort"),
        "term_no": whole("order of the term", minimum=0),
        "covariate": text("covariate the term belongs to"),
        "level": text("level; empty for a number"),
        "is_reference": flag("the level the others are compared with"),
        "persons": count("persons ever at risk in the level; all persons for a number"),
        "events": count("events in the level; all events for a number"),
        "log_hazard_ratio": number(
            "estimate; 0 for a reference; missing for a level without events", nullable=True
        ),
        "std_error": number("cluster-robust standard error", nullable=True),
        "hazard_ratio": number("exp(estimate)", nullable=True),
        "lower": number("95 % limit of the hazard ratio", nullable=True),
        "upper": number("95 % limit of the hazard ratio", nullable=True),
        "p_value": number("two-sided p value", nullable=True),
        "model_persons": count("persons in the model"),
        "model_events": count("events in the model"),
        "clusters": count("clusters behind the standard errors"),
        "strata": count("strata with their own baseline hazard"),
    },
    "risk_intervals and covariates, by estimators.cox",
)

MULTILEVEL_LOGIT = _result(
    "multilevel_logit",
    "one row per fixed term of the model, reference levels included",
    ("term_no",),
    {
        "outcome": text("outcome"),
        "cohort": text("cohort"),
        "term_no": whole("order of the term", minimum=0),
        "covariate": text("covariate the term belongs to"),
        "level": text("level; empty for a number or the intercept"),
        "is_reference": flag("the level the others are compared with"),
        "persons": count("persons in the level; all persons for a number"),
        "events": count("persons with the outcome in the level; all for a number"),
        "log_odds_ratio": number(
            "estimate; 0 for a reference; missing for a level without events", nullable=True
        ),
        "std_error": number("standard error", nullable=True),
        "odds_ratio": number("exp(estimate)", nullable=True),
        "lower": number("95 % limit of the odds ratio", nullable=True),
        "upper": number("95 % limit of the odds ratio", nullable=True),
        "p_value": number("two-sided p value", nullable=True),
        "model_persons": count("persons in the model"),
        "model_events": count("persons with the outcome"),
        "authorities": count("LAs in the model"),
        "la_sd": number("standard deviation of the LA intercepts, log odds", minimum=0),
        "la_variance_share": number(
            "variance partition coefficient of the LA, logit scale", minimum=0, maximum=1
        ),
        "median_odds_ratio": number("median odds ratio between two LAs", minimum=1),
    },
    "outcome, exposure and covariates, by estimators.multilevel (binomial, Laplace)",
)

LA_EFFECTS = _result(
    "la_effects",
    "one row per LA",
    ("la_code",),
    {
        "outcome": text("outcome"),
        "cohort": text("cohort"),
        "la_code": text("index LA"),
        "la_name": text("name"),
        "region": text("region"),
        "persons": count("persons"),
        "events": count("persons with the outcome"),
        "log_odds_ratio": number("predicted LA effect against the average LA"),
        "std_error": number("its comparative standard error"),
        "odds_ratio": number("exp(effect)"),
        "lower": number("95 % limit"),
        "upper": number("95 % limit"),
    },
    "the multilevel logit's predicted random effects",
)

LA_EQUITY = _result(
    "la_equity",
    "one row per LA, outcome, group and adjustment",
    ("la_code", "outcome", "group_no", "adjustment"),
    {
        "la_code": text("index LA"),
        "la_name": text("name"),
        "region": text("region"),
        "outcome": text("outcome, or intervention"),
        "group": text("all, or the highest state of contact in the look-back"),
        "group_no": whole("order of the group; 0 = all", minimum=0),
        "adjustment": text("what the expected number allows for"),
        "group_children": count(
            "children of the group in the LA, whatever is known of the outcome"
        ),
        "la_children": count("children of the cohort in the LA"),
        "persons": count("children at risk with the whole window observed, or with the event"),
        "events": count("events among them"),
        "expected": number("sum of national probabilities of children like them", minimum=0),
        "is_applicable": flag("the outcome is measured in this group"),
    },
    "outcomes, exposures and covariates; expected from a logit without LA terms, within group",
)

OUTCOME_BY_EXPOSURE = _result(
    "outcome_by_exposure",
    "one row per outcome, exposure and level",
    ("outcome", "exposure", "level_no"),
    {
        "cohort": text("cohort"),
        "outcome": text("outcome"),
        "exposure": text("exposure"),
        "level": text("level"),
        "level_no": whole("order of the level", minimum=0),
        "persons": count("persons at risk with the window observed, or the event"),
        "events": count("events among them"),
    },
    "outcomes and exposures of one cohort",
)

TABLES = (
    CUMULATIVE_INCIDENCE,
    HAZARD_RATIOS,
    MULTILEVEL_LOGIT,
    LA_EFFECTS,
    LA_EQUITY,
    OUTCOME_BY_EXPOSURE,
)
