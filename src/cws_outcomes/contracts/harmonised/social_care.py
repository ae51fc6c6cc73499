"""Harmonised records of children's social care, and the exits they tell of."""

from cws_outcomes.contracts.columns import PERSON, count, day, flag, text, whole
from cws_outcomes.contracts.harmonised.columns import harmonised, repairs
from cws_outcomes.contracts.table import Table

SOURCE_SHAPES = ("episodes", "years")

REFERRALS = harmonised(
    "referrals",
    "one row per person and referral date",
    ("person_id", "referral_date"),
    {
        "person_id": PERSON,
        "la_code": text("harmonised LA responsible, as the latest return says"),
        "referral_date": day("day of referral"),
        "first_return_year": whole("first return that holds it, by its ending year", nullable=True),
        "last_return_year": whole("last return that holds it, by its ending year", nullable=True),
        "referral_source": text("codelist referral_source; most returns", nullable=True),
        "primary_need": text("codelist need; most returns", nullable=True),
        "is_disabled": flag("disabled; most returns", nullable=True),
        "assessment_date": day("first day an assessment was authorised", nullable=True),
        "conference_date": day("first initial child protection conference", nullable=True),
        "closure_date": day("day the case closed; missing while open", nullable=True),
        "closure_reason": text("codelist closure_reason", nullable=True),
        "is_no_further_action": flag("closed with no further action: known only at closure"),
        "is_closure_imputed": flag(
            "open in a return, and gone from the next that the LA made: closed when that one begins"
        ),
    },
    "children_in_need; the latest return decides how it closed, the earliest assessment date "
    "stays, of codes the one in most returns",
    {"closes_after_it_starts": "closure_date is null or closure_date >= referral_date"},
)

PLANS = harmonised(
    "plans",
    "one row per person and plan",
    ("person_id", "start_date"),
    {
        "person_id": PERSON,
        "la_code": text("harmonised LA responsible, as the latest return says"),
        "start_date": day("first day of the plan"),
        "end_date": day("day the plan ended; missing while open", nullable=True),
        "abuse_category": text("codelist abuse_category, as the latest return says", nullable=True),
        "is_end_imputed": flag(
            "open in a return, and gone from the next that the LA made: ended when that one begins"
        ),
    },
    "children_in_need; the latest return decides",
    {"ends_after_it_starts": "end_date is null or end_date > start_date"},
)

DISABILITIES = harmonised(
    "disabilities",
    "one row per person, return year and disability",
    ("person_id", "return_year", "disability"),
    {
        "person_id": PERSON,
        "return_year": whole("return, by its ending year"),
        "disability": text("codelist disability; none only where no other is recorded"),
    },
    "disabilities, of all LAs that recorded the person in the return year",
)

ASSESSMENT_FACTORS = harmonised(
    "assessment_factors",
    "one row per person, return year and factor found at an assessment",
    ("person_id", "return_year", "factor"),
    {
        "person_id": PERSON,
        "return_year": whole("return, by its ending year"),
        "factor": text("codelist assessment_factor; none only where no other is recorded"),
        "referral_date": day("earliest referral so assessed in the return", nullable=True),
    },
    "assessment_factors, of all LAs that recorded the person in the return year",
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
        "period_start_date": day("first day of the period of care, as delivered", nullable=True),
        "reason_new": text("codelist reason_new", nullable=True),
        "legal_status": text("codelist legal_status", nullable=True),
        "placement": text("codelist placement", nullable=True),
        "placement_code": text("placement as delivered, in upper case", nullable=True),
        "need": text("codelist need", nullable=True),
        "reason_ceased": text("codelist reason_ceased", nullable=True),
        "is_respite": flag("short break, V3 or V4"),
        "is_remand": flag("remand or sentence, J1 to J3"),
        "has_justice_marker": flag(
            "J1 to J3, a secure placement, ceased by custody or remand (E9, E14), or the placement "
            "changed by custody (CUSTOD): may overlap with the outcome"
        ),
        "is_unaccompanied": flag("unaccompanied asylum-seeking child, on this episode"),
        "is_end_imputed": flag(
            "open though another episode follows, which ends it; or, in the annual shape, gone "
            "from the LA's next return"
        ),
        "source_shape": text("table it comes from", allowed=SOURCE_SHAPES),
    },
    "care_episodes, of two that start on one day the longer stays; care_years where no episode "
    "of the person overlaps the period",
    {"ends_no_earlier_than_it_starts": "end_date is null or end_date >= start_date"},
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

SOURCE_SHAPES_FOUND = Table(
    name="source_shapes",
    folder="unchecked/source_shapes",
    grain="one row per delivered table of social care and measure of its shape",
    key=("table", "measure"),
    columns={
        "table": text("delivered table"),
        "measure": text("what is counted"),
        "value": count("rows, or children and return years; 1 for yes, 0 for no"),
    },
    source="children_in_need, care_episodes, care_years; a table that is not delivered has no row",
    sensitivity="unchecked",
)

SOCIAL_CARE_REPAIRS = repairs(
    "social_care", "the delivered tables of social care, recounted beside what was made of them"
)

TABLES = (
    REFERRALS,
    PLANS,
    DISABILITIES,
    ASSESSMENT_FACTORS,
    CARE_EPISODES,
    EXITS,
    SOURCE_SHAPES_FOUND,
    SOCIAL_CARE_REPAIRS,
)
