"""Spells: half-open intervals [start_date, end_date) that never overlap within person and kind."""

from cws_outcomes.contracts.columns import OPEN_STATES, PERSON, day, text, whole
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
    source="plans, overlapping ones joined",
    rules=_STARTS_BEFORE_IT_ENDS,
)

NEED_SPELLS = Table(
    name="need_spells",
    folder="person_level/spells",
    grain="one row per unbroken spell in a state of need, as known on the day",
    key=("person_id", "state", "start_date"),
    columns={
        "person_id": PERSON,
        "state": text("state as known", allowed=("referral", "cin")),
        "start_date": day("first day"),
        "end_date": day("first day after; end of coverage while open"),
    },
    source="referrals: referral until the assessment is authorised, else for "
    "contact.assessment_days, then in need while open (STUDY as_known)",
    rules=_STARTS_BEFORE_IT_ENDS,
)

CONTACT_STATES = Table(
    name="contact_states",
    folder="person_level/spells",
    grain="one row per person and unbroken time in one state of contact, from first contact on",
    key=("person_id", "start_date"),
    columns={
        "person_id": PERSON,
        "start_date": day("first day"),
        "end_date": day("first day after; end of coverage at the latest"),
        "state": text("highest state open, or post when none is", allowed=(*OPEN_STATES, "post")),
    },
    source="need_spells, plan_spells and care_spells, the highest open one holds; referrals for "
    "contact that closed on the day it opened",
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

TABLES = (CARE_SPELLS, PLAN_SPELLS, NEED_SPELLS, CONTACT_STATES, ENROLMENTS)
