"""Spells: half-open intervals [start_date, end_date) that never overlap within person and kind."""

from cws_outcomes.contracts.columns import OPEN_STATES, PERSON, count, day, flag, text, whole
from cws_outcomes.contracts.table import Table

_STARTS_BEFORE_IT_ENDS = {"starts_before_it_ends": "start_date < end_date"}

CARE_SPELLS = Table(
    name="care_spells",
    folder="person_level/spells",
    grain="one row per unbroken spell of being looked after; a person's spells never touch",
    key=("person_id", "start_date"),
    columns={
        "person_id": PERSON,
        "start_date": day("first day looked after"),
        "end_date": day("first day not looked after; end of coverage while open"),
        "episodes": whole("episodes joined", minimum=1),
    },
    source="care_episodes without those the study leaves out, joined across gaps of at most "
    "care.max_gap_days",
    rules=_STARTS_BEFORE_IT_ENDS,
)

PLAN_SPELLS = Table(
    name="plan_spells",
    folder="person_level/spells",
    grain="one row per unbroken spell on a child protection plan",
    key=("person_id", "start_date"),
    columns={
        "person_id": PERSON,
        "start_date": day("first day on a plan"),
        "end_date": day("first day not on a plan; end of coverage while open"),
    },
    source="plans, joined across gaps of at most plans.max_gap_days",
    rules=_STARTS_BEFORE_IT_ENDS,
)

PLACEMENTS = Table(
    name="placements",
    folder="person_level/spells",
    grain="one row per person and placement; a change of legal status alone does not end one",
    key=("person_id", "start_date"),
    columns={
        "person_id": PERSON,
        "start_date": day("first day in the placement"),
        "end_date": day("first day not in it; end of coverage while open"),
        "period_start_date": day("first day of the period of care it belongs to"),
        "period_end_date": day("first day after that period; end of coverage while open"),
        "la_code": text("harmonised LA responsible at the start"),
        "placement": text("codelist placement", nullable=True),
        "placement_code": text("placement as delivered, in upper case", nullable=True),
        "episodes": whole("episodes joined", minimum=1),
        "first_legal_status": text("codelist legal_status", nullable=True),
        "last_legal_status": text("codelist legal_status", nullable=True),
        "reason_ceased": text("codelist reason_ceased; missing while open", nullable=True),
        "is_open": flag("goes on at the end of coverage"),
        "is_respite": flag("short break, V3 or V4"),
        "is_remand": flag("remand or sentence, J1 to J3, in any of its episodes"),
    },
    source="care_episodes, short breaks and remand included",
    rules=_STARTS_BEFORE_IT_ENDS,
)

CARE_PERIODS = Table(
    name="care_periods",
    folder="person_level/spells",
    grain="one row per person and period of care",
    key=("person_id", "start_date"),
    columns={
        "person_id": PERSON,
        "start_date": day("first day of the period"),
        "end_date": day("first day after it; end of coverage while open"),
        "la_code": text("harmonised LA responsible at the end"),
        "episodes": whole("episodes", minimum=1),
        "placements": whole("placements; one more than the moves", minimum=1),
        "first_legal_status": text("codelist legal_status", nullable=True),
        "last_legal_status": text("codelist legal_status", nullable=True),
        "reason_ceased": text("codelist reason_ceased; missing while open", nullable=True),
        "is_respite": flag("short break, V3 or V4: a period of its own"),
        "has_remand": flag("remand or sentence, J1 to J3, in any of its episodes"),
        "is_open": flag("goes on at the end of coverage"),
    },
    source="placements",
    rules=_STARTS_BEFORE_IT_ENDS,
)


def _need(name: str, version: str, source: str) -> Table:
    return Table(
        name=name,
        folder="person_level/spells",
        grain=f"one row per unbroken spell in a state of need, {version}",
        key=("person_id", "state", "start_date"),
        columns={
            "person_id": PERSON,
            "state": text("state", allowed=("referral", "cin")),
            "start_date": day("first day; a case closed on the day it opened holds for that day"),
            "end_date": day("first day after; end of coverage while open"),
        },
        source=f"{source}; joined across gaps of at most contact.max_gap_days",
        rules=_STARTS_BEFORE_IT_ENDS,
    )


NEED_SPELLS = _need(
    "need_spells",
    "as known on the day",
    "referrals: referral until the assessment is authorised, else for contact.assessment_days, "
    "then in need while open (STUDY as_known)",
)

NEED_SPELLS_DFE = _need(
    "need_spells_dfe",
    "as DfE counts it: for counts, not for models",
    "referrals: in need from the referral unless it ended in no further action or RC8, RC9 by "
    "contact.early_help_is_need (STUDY dfe)",
)


def _states(name: str, version: str, need: str) -> Table:
    return Table(
        name=name,
        folder="person_level/spells",
        grain=f"one row per person and unbroken time in one state of contact{version}, from first "
        "contact on",
        key=("person_id", "start_date"),
        columns={
            "person_id": PERSON,
            "start_date": day("first day"),
            "end_date": day("first day after; end of coverage at the latest"),
            "state": text(
                "highest state open, or post when none is", allowed=(*OPEN_STATES, "post")
            ),
        },
        source=f"{need}, plan_spells and care_spells, the highest open one holds",
        rules=_STARTS_BEFORE_IT_ENDS,
    )


CONTACT_STATES = _states("contact_states", "", "need_spells")
CONTACT_STATES_DFE = _states(
    "contact_states_dfe", " as DfE counts it: for counts, not for models", "need_spells_dfe"
)

CUSTODY_SPELLS = Table(
    name="custody_spells",
    folder="person_level/spells",
    grain="one row per unbroken spell in custody; a person's spells never touch",
    key=("person_id", "start_date"),
    columns={
        "person_id": PERSON,
        "start_date": day("first day in custody"),
        "end_date": day("day of release, or end of the sentence; end of coverage while open"),
        "stays": whole("stays or sentences joined", minimum=1),
    },
    source="custody_stays, or where none are delivered sentences to immediate custody in "
    "offences at their full length; joined across gaps of at most custody.max_gap_days",
    rules=_STARTS_BEFORE_IT_ENDS,
)

ENROLMENTS = Table(
    name="enrolments",
    folder="person_level/spells",
    grain="one row per person and unbroken time on the roll of one school",
    key=("person_id", "start_date"),
    columns={
        "person_id": PERSON,
        "start_date": day("entry, or first census seen"),
        "end_date": day("next school's start, or 1 September after the last census seen"),
        "school_urn": text("school", nullable=True),
    },
    source="school_years, on-roll records in consecutive years",
    rules=_STARTS_BEFORE_IT_ENDS,
)

SOCIAL_CARE_COUNTS = Table(
    name="social_care_counts",
    folder="unchecked/social_care_counts",
    grain="one row per LA and 31 March inside coverage",
    key=("la_code", "return_year"),
    columns={
        "la_code": text("harmonised LA responsible"),
        "return_year": whole("year of the 31 March"),
        "looked_after": count("children looked after on the day, without V3 and V4, with J1 to J3"),
        "in_need": count("children in need on the day, as DfE counts it"),
        "on_plan": count("children on a child protection plan on the day"),
    },
    source="care_episodes, referrals and plans that are open at the end of the day",
    sensitivity="unchecked",
)

TABLES = (
    CARE_SPELLS,
    PLACEMENTS,
    CARE_PERIODS,
    PLAN_SPELLS,
    NEED_SPELLS,
    NEED_SPELLS_DFE,
    CONTACT_STATES,
    CONTACT_STATES_DFE,
    CUSTODY_SPELLS,
    ENROLMENTS,
    SOCIAL_CARE_COUNTS,
)
