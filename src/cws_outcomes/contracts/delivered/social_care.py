"""Delivered tables of children's social care: need, plans, care."""

from cws_outcomes.contracts.delivered.columns import PUPIL, code, day_of, delivered, whole_of

_CHILD = {
    "pupil_reference": PUPIL,
    "la_child_id": code("child id, unique within the LA only"),
    "la": code("LA that made the return, 3-digit or 9-digit code"),
}
_PERSON = {
    "sex": code("sex"),
    "ethnicity": code("minor ethnic group"),
    "birth_year": whole_of("year of birth"),
    "birth_month": whole_of("month of birth, 1 to 12"),
    "birth_date": day_of("day of birth, in extracts that bear it in place of year and month"),
}

CHILDREN_IN_NEED = delivered(
    "children_in_need",
    "one row per child, referral, plan and return year in which it is open",
    {
        **_CHILD,
        "return_year": code("label of the return, written 2012/2013"),
        **_PERSON,
        "disability": code("disabled, 0 or 1"),
        "referral_date": day_of("date of referral"),
        "referral_source": code("who referred"),
        "referral_nfa": code("referral closed with no further action, 0 or 1"),
        "primary_need": code("primary need"),
        "assessment_date": day_of("day the assessment was authorised"),
        "closure_date": day_of("day the case was closed"),
        "closure_reason": code("reason for closure"),
        "initial_conference_date": day_of("day of the initial child protection conference"),
        "plan_start_date": day_of("first day of the child protection plan"),
        "plan_end_date": day_of("last day of the child protection plan"),
        "abuse_category": code("category of abuse of the plan"),
    },
)

DISABILITIES = delivered(
    "disabilities",
    "one row per child, return year and disability",
    {
        **_CHILD,
        "return_year": code("label of the return, written 2012/2013"),
        "disability": code("disability"),
    },
)

ASSESSMENT_FACTORS = delivered(
    "assessment_factors",
    "one row per child, return year and factor found at an assessment",
    {
        **_CHILD,
        "return_year": code("label of the return, written 2012/2013"),
        "referral_date": day_of("date of the referral assessed"),
        "factor": code("factor"),
    },
)

CARE_EPISODES = delivered(
    "care_episodes",
    "one row per child and episode of care",
    {
        **_CHILD,
        **_PERSON,
        "period_start_date": day_of("first day of the period of care"),
        "episode_start_date": day_of("first day of the episode"),
        "episode_end_date": day_of("day the episode ceased; missing while open"),
        "reason_new": code("reason for the new episode"),
        "reason_ceased": code("reason the episode ceased; -10 = still open"),
        "legal_status": code("legal status"),
        "placement": code("placement"),
        "placement_change": code("reason for the change of placement"),
        "need": code("category of need"),
        "is_uasc": code("unaccompanied asylum seeker, 0 or 1"),
    },
)

CARE_YEARS = delivered(
    "care_years",
    "one row per child and return year: the latest episode in it",
    {
        **_CHILD,
        "return_year": code("year of the return, by the year it ends, or written 2012/2013"),
        **_PERSON,
        "period_start_date": day_of("first day of the period of care"),
        "period_days": whole_of("length of the period of care in days, both ends counted"),
        "episode_start_date": day_of("first day of the episode"),
        "episode_end_date": day_of("day the episode ceased; missing while open"),
        "reason_ceased": code("reason the episode ceased; -10 = still open"),
        "legal_status": code("legal status"),
        "placement": code("placement"),
        "need": code("category of need"),
    },
)

TABLES = (CHILDREN_IN_NEED, DISABILITIES, ASSESSMENT_FACTORS, CARE_EPISODES, CARE_YEARS)

SHAPES: dict[str, dict[str, dict[str, str]]] = {}

_KEYED = ("pupil_reference", "la_child_id", "la")
NEEDED = {
    "children_in_need": (
        *_KEYED, "return_year", "referral_date", "referral_nfa", "closure_date",
        "closure_reason", "plan_start_date", "plan_end_date",
    ),
    "disabilities": ("la_child_id", "la", "disability"),
    "assessment_factors": ("la_child_id", "la", "factor"),
    "care_episodes": (
        *_KEYED, "episode_start_date", "episode_end_date", "reason_ceased", "legal_status",
    ),
    "care_years": (*_KEYED, "return_year", "period_start_date", "period_days"),
}  # fmt: skip

# Care is delivered by episode, by year or both: at least one of them.
REQUIRED = ("children_in_need", "care_episodes or care_years")

_PERSON_CODES = {"la": "local_authorities", "sex": "sex", "ethnicity": "ethnicity"}
_CARE_CODES = {
    "reason_ceased": "reason_ceased",
    "legal_status": "legal_status",
    "placement": "placement",
    "need": "need",
}

CODED = {
    "children_in_need": {
        **_PERSON_CODES,
        "disability": "flag",
        "referral_source": "referral_source",
        "referral_nfa": "flag",
        "primary_need": "need",
        "closure_reason": "closure_reason",
        "abuse_category": "abuse_category",
    },
    "disabilities": {"la": "local_authorities", "disability": "disability"},
    "assessment_factors": {"la": "local_authorities", "factor": "assessment_factor"},
    "care_episodes": {
        **_PERSON_CODES,
        **_CARE_CODES,
        "reason_new": "reason_new",
        "placement_change": "placement_change",
        "is_uasc": "flag",
    },
    "care_years": {**_PERSON_CODES, **_CARE_CODES},
}
