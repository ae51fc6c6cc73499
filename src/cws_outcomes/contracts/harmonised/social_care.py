"""Harmonised records of children's social care, and the exits they tell of."""

from cws_outcomes.contracts.columns import PERSON, day, flag, text
from cws_outcomes.contracts.harmonised.columns import harmonised

REFERRALS = harmonised(
    "referrals",
    "one row per person and referral date",
    ("person_id", "referral_date"),
    {
        "person_id": PERSON,
        "la_code": text("harmonised LA responsible"),
        "referral_date": day("day of referral"),
        "assessment_date": day("day the assessment was authorised", nullable=True),
        "closure_date": day("day the case closed; missing while open", nullable=True),
        "closure_reason": text("codelist closure_reason", nullable=True),
        "is_no_further_action": flag("closed with no further action: known only at closure"),
        "is_closure_imputed": flag(
            "open in a return that is not the LA's last, and gone from "
            "the next: closed at the end of that return year"
        ),
    },
    "children_in_need; the latest return decides, the earliest assessment date stays",
    {"closes_after_it_starts": "closure_date is null or closure_date >= referral_date"},
)

PLANS = harmonised(
    "plans",
    "one row per person and plan",
    ("person_id", "start_date"),
    {
        "person_id": PERSON,
        "la_code": text("harmonised LA responsible"),
        "start_date": day("first day of the plan"),
        "end_date": day("day the plan ended; missing while open", nullable=True),
        "is_end_imputed": flag(
            "open in a return that is not the LA's last, and gone from "
            "the next: ended at the end of that return year"
        ),
    },
    "children_in_need; the latest return decides",
    {"ends_after_it_starts": "end_date is null or end_date > start_date"},
)

CARE_EPISODES = harmonised(
    "care_episodes",
    "one row per person and episode of care",
    ("person_id", "start_date"),
    {
        "person_id": PERSON,
        "la_code": text("harmonised LA responsible"),
        "start_date": day("first day"),
        "end_date": day("day it ceased; missing while open", nullable=True),
        "legal_status": text("codelist legal_status", nullable=True),
        "placement": text("codelist placement", nullable=True),
        "reason_ceased": text("codelist reason_ceased", nullable=True),
        "is_respite": flag("short break, V3 or V4"),
        "is_remand": flag("remand or sentence, J1 to J3"),
    },
    "care_episodes; of two that start on one day the longer stays",
    {"ends_after_it_starts": "end_date is null or end_date > start_date"},
)

EXITS = harmonised(
    "exits",
    "one row per person and reason",
    ("person_id", "reason"),
    {
        "person_id": PERSON,
        "reason": text("reason", allowed=("death", "adoption", "left_england")),
        "exit_date": day("first day it holds"),
    },
    "care episodes ceased by death, adoption or moving abroad; referrals closed by death or "
    "adoption. Other deaths and moves are not observed",
)

TABLES = (
    REFERRALS,
    PLANS,
    CARE_EPISODES,
    EXITS,
)
