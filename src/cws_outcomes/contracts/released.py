"""Cleared tables: the only ones that may be printed. Written by the disclosure stage alone."""

from collections.abc import Mapping

from cws_outcomes.contracts.columns import count, flag, number, text, whole
from cws_outcomes.contracts.table import Column, Table

STATUSES = ("shown", "suppressed", "not_applicable")
_STATUS = text("shown, suppressed (values empty) or not_applicable", allowed=STATUSES)


def _shown(meaning: str) -> Column:
    return number(meaning, nullable=True)


def _count(meaning: str) -> Column:
    return count(f"{meaning}, rounded", nullable=True)


def _cleared(
    name: str,
    file: str,
    grain: str,
    key: tuple[str, ...],
    columns: Mapping[str, Column],
    source: str,
) -> Table:
    return Table(
        name=f"cleared_{name}",
        folder=f"releasable/cleared/{name}",
        file=file,
        grain=grain,
        key=key,
        columns=columns,
        source=source,
        sensitivity="releasable",
    )


CLEARED_FLOW = _cleared(
    "flow",
    "{cohort}",
    "one row per criterion, in order",
    ("step_no",),
    {
        "cohort": text("cohort"),
        "step_no": whole("number of the criterion", minimum=0),
        "criterion": text("what a person must meet"),
        "persons_in": _count("persons before"),
        "persons_excluded": _count("persons who do not meet it"),
        "persons_out": _count("persons after"),
        "status": _STATUS,
    },
    "flow: counts rounded; a criterion that excludes 1 to 9 persons is joined to the next",
)

CLEARED_CUMULATIVE_INCIDENCE = _cleared(
    "cumulative_incidence",
    "{model}",
    "one row per group and step of the curve, at its start, and at each full year",
    ("group_no", "month"),
    {
        "model": text("model"),
        "outcome": text("outcome"),
        "cohort": text("cohort"),
        "group": text("group"),
        "group_no": whole("order of the group", minimum=0),
        "month": whole(
            "months since the window opened: 0, the end of a step, or a full year", minimum=0
        ),
        "at_risk": _count("persons at risk at the end of the month; empty when few"),
        "events": _count(
            "events in the step that ends here; empty at month 0 and at a full "
            "year inside a step, where the curve is interpolated"
        ),
        "estimate": _shown("cumulative incidence, computed from rounded counts"),
        "lower": _shown("95 % limit, from rounded counts"),
        "upper": _shown("95 % limit, from rounded counts"),
        "status": _STATUS,
    },
    "cumulative_incidence: months joined until each step has the threshold of events",
)

CLEARED_HAZARD_RATIOS = _cleared(
    "hazard_ratios",
    "{model}",
    "one row per term",
    ("term_no",),
    {
        "model": text("model"),
        "outcome": text("outcome"),
        "cohort": text("cohort"),
        "term_no": whole("order of the term", minimum=0),
        "covariate": text("covariate"),
        "level": text("level"),
        "is_reference": flag("reference level"),
        "persons": _count("persons; empty where they would give a suppressed level back"),
        "events": _count("events; empty likewise"),
        "hazard_ratio": _shown("hazard ratio, to 3 figures"),
        "lower": _shown("95 % limit"),
        "upper": _shown("95 % limit"),
        "p_value": _shown("two-sided p value, to 3 decimals; 0.001 stands for 0.001 or less"),
        "model_persons": _count("persons in the model"),
        "model_events": _count("events in the model"),
        "clusters": count("clusters"),
        "status": _STATUS,
    },
    "hazard_ratios of levels with enough persons and events; estimates to 3 figures",
)

CLEARED_MULTILEVEL_LOGIT = _cleared(
    "multilevel_logit",
    "{model}",
    "one row per fixed term",
    ("term_no",),
    {
        "model": text("model"),
        "outcome": text("outcome"),
        "cohort": text("cohort"),
        "term_no": whole("order of the term", minimum=0),
        "covariate": text("covariate"),
        "level": text("level"),
        "is_reference": flag("reference level"),
        "persons": _count("persons; empty where they would give a suppressed level back"),
        "events": _count("persons with the outcome; empty likewise"),
        "odds_ratio": _shown("odds ratio, to 3 figures"),
        "lower": _shown("95 % limit"),
        "upper": _shown("95 % limit"),
        "p_value": _shown("two-sided p value, to 3 decimals; 0.001 stands for 0.001 or less"),
        "model_persons": _count("persons in the model"),
        "model_events": _count("persons with the outcome in the model"),
        "authorities": count("LAs in the model"),
        "la_sd": _shown("standard deviation of LA intercepts"),
        "la_variance_share": _shown("variance partition coefficient of the LA"),
        "median_odds_ratio": _shown("median odds ratio"),
        "status": _STATUS,
    },
    "multilevel_logit of levels with enough persons, events and complement",
)

CLEARED_LA_EFFECTS = _cleared(
    "la_effects",
    "{model}",
    "one row per LA",
    ("la_code",),
    {
        "model": text("model"),
        "outcome": text("outcome"),
        "cohort": text("cohort"),
        "la_code": text("index LA"),
        "la_name": text("name"),
        "region": text("region"),
        "persons": _count("persons"),
        "events": _count("persons with the outcome"),
        "odds_ratio": _shown("LA effect against the average LA, as rounded counts would give it"),
        "lower": _shown("95 % limit"),
        "upper": _shown("95 % limit"),
        "status": _STATUS,
    },
    "la_effects of LAs with enough persons, events and complement; the model's la_sd",
)

LA_EQUITY_COLUMNS: Mapping[str, Column] = {
    "la_code": text("index LA, 3-digit code"),
    "la_name": text("name"),
    "region": text("region"),
    "outcome": text("outcome, or intervention"),
    "group": text("all, or the highest state of contact in the look-back"),
    "adjustment": text("what the expected number allows for"),
    "group_share": _shown("the group's share of the LA's children, from rounded counts"),
    "persons": _count("children at risk with the window observed, or the event"),
    "events": _count("events among them"),
    "rate_per_100": _shown("events per 100 persons, from rounded counts"),
    "expected": _shown("expected events: rounded persons times the mean national probability"),
    "ratio": _shown("events over expected, from rounded counts"),
    "ratio_lower": _shown("95 % limit, Wilson"),
    "ratio_upper": _shown("95 % limit, Wilson"),
    "shrunken_rate": _shown("posterior mean rate per 100, from rounded counts"),
    "shrunken_lower": _shown("95 % limit"),
    "shrunken_upper": _shown("95 % limit"),
    "status": _STATUS,
}

CLEARED_LA_EQUITY = _cleared(
    "la_equity",
    "{model}",
    "one row per LA, outcome, group and adjustment",
    ("outcome", "group_no", "adjustment", "la_code"),
    {
        "model": text("model"),
        "group_no": whole("order of the group; 0 = all", minimum=0),
        **LA_EQUITY_COLUMNS,
    },
    "la_equity, by the rules of docs/disclosure.md",
)

FUNNEL_POSITIONS = ("above", "below", "within")

CLEARED_LA_FUNNEL = _cleared(
    "la_funnel",
    "{model}",
    "one row per LA shown, and per point of the limits' curves; one row where too few are shown",
    ("outcome", "group_no", "adjustment", "point_no"),
    {
        "model": text("model"),
        "group_no": whole("order of the group; 0 = all", minimum=0),
        "outcome": text("outcome, or intervention"),
        "group": text("all, or the highest state of contact in the look-back"),
        "adjustment": text("what the expected number allows for"),
        "point_no": whole("order of the row", minimum=0),
        "part": text(
            "an authority, a point of the limits, or none where too few LAs are shown",
            allowed=("authority", "limit", "none"),
        ),
        "la_code": text("index LA; empty for a limit", nullable=True),
        "la_name": text("name; empty for a limit", nullable=True),
        "expected": _shown(
            "expected events, at which limits drawn for the rate of all LAs are this LA's own"
        ),
        "ratio": _shown("events over expected"),
        "z": _shown("standard deviations from 1, the usual spread between LAs allowed for"),
        "position": text(
            "outside the 99.8 % limits that allow for the usual spread, or within",
            nullable=True,
            allowed=FUNNEL_POSITIONS,
        ),
        **{
            f"{side}_{level}{spread}": _shown(f"{side} limit")
            for spread in ("", "_dispersed")
            for level in (95, 998)
            for side in ("lower", "upper")
        },
        "status": _STATUS,
    },
    "cleared_la_equity: nothing but its shown persons, events and expected",
)

CLEARED_OUTCOME_BY_EXPOSURE = _cleared(
    "outcome_by_exposure",
    "{model}",
    "one row per outcome, exposure and level",
    ("outcome", "exposure", "level_no"),
    {
        "model": text("model"),
        "cohort": text("cohort"),
        "outcome": text("outcome"),
        "exposure": text("exposure"),
        "level": text("level"),
        "level_no": whole("order of the level", minimum=0),
        "persons": _count("persons"),
        "events": _count("events"),
        "rate_per_100": _shown("events per 100 persons, from rounded counts"),
        "rate_lower": _shown("95 % limit, Wilson"),
        "rate_upper": _shown("95 % limit, Wilson"),
        "status": _STATUS,
    },
    "outcome_by_exposure",
)

TABLES = (
    CLEARED_FLOW,
    CLEARED_CUMULATIVE_INCIDENCE,
    CLEARED_HAZARD_RATIOS,
    CLEARED_MULTILEVEL_LOGIT,
    CLEARED_LA_EFFECTS,
    CLEARED_LA_EQUITY,
    CLEARED_LA_FUNNEL,
    CLEARED_OUTCOME_BY_EXPOSURE,
)
