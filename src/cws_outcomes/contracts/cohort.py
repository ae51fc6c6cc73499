"""Cohorts: who is in, from which day, and each history cut in two at that day."""

from collections.abc import Mapping

from cws_outcomes.contracts.columns import (
    OPEN_STATES,
    PERSON,
    count,
    day,
    flag,
    number,
    text,
    whole,
)
from cws_outcomes.contracts.harmonised import SEN_GROUPS
from cws_outcomes.contracts.table import Column, Table

_FOLDER = "person_level/cohort/{cohort}"
_INDEX = day("the cohort's index date for this person")
_KNOWN = {"known_on_index_date": "start_date < index_date and end_date <= index_date"}
_AFTER = {"after_index_date": "start_date >= index_date and start_date < end_date"}

ELIGIBILITY = Table(
    name="eligibility",
    folder=_FOLDER,
    grain="one row per person considered",
    key=("person_id",),
    columns={
        "person_id": PERSON,
        "index_date": day("landmark or entry", nullable=True),
        "look_back_start_date": day("first day of the look-back", nullable=True),
        "birth_date": day("birth, imputed day", nullable=True),
        "birth_cohort": whole("academic year of birth, by the year it begins", nullable=True),
        "la_code": text("index LA", nullable=True),
        "last_date": day("first day after the longest follow-up the cohort allows", nullable=True),
        "is_left_truncated": flag("in contact before usable coverage began"),
        "failed_step": whole(
            "number of the first criterion not met; missing when eligible", nullable=True
        ),
    },
    source="people, enrolments, school_years, contact records and the study's coverage",
)

MEMBERS = Table(
    name="members",
    folder=_FOLDER,
    grain="one row per member of the cohort",
    key=("person_id",),
    columns={
        "person_id": PERSON,
        "index_date": _INDEX,
        "look_back_start_date": day("first day of the look-back"),
        "birth_date": day("birth, imputed day"),
        "birth_cohort": whole("academic year of birth, by the year it begins"),
        "la_code": text("index LA, from data dated on or before the index date"),
        "last_date": day("first day after the longest follow-up the cohort allows"),
        "is_left_truncated": flag("in contact before usable coverage began"),
    },
    source="eligibility",
    rules={"follow_up_is_not_empty": "index_date < last_date"},
)

FLOW = Table(
    name="flow",
    folder="unchecked/flow",
    file="{cohort}",
    grain="one row per criterion, in order",
    key=("step_no",),
    columns={
        "cohort": text("cohort"),
        "step_no": whole("number of the criterion", minimum=0),
        "criterion": text("what a person must meet"),
        "persons_in": count("persons before"),
        "persons_excluded": count("persons who do not meet it"),
        "persons_out": count("persons after"),
    },
    source="eligibility: the same rows that make the members",
    sensitivity="unchecked",
    rules={"adds_up": "persons_in - persons_excluded = persons_out"},
)


def _cut(
    name: str,
    when: str,
    what: str,
    columns: Mapping[str, Column],
    key: tuple[str, ...],
    rules: Mapping[str, str],
) -> Table:
    return Table(
        name=f"{name}_{when}",
        folder=_FOLDER,
        grain=what,
        key=("person_id", *key),
        columns={"person_id": PERSON, "index_date": _INDEX, **columns},
        source=f"{name} records of the members, cut at the index date",
        rules=rules,
    )


_CONTACT = {
    "start_date": day("first day"),
    "end_date": day("first day after, no later than the cut"),
    "state": text("state of contact as known", allowed=(*OPEN_STATES, "post")),
}
_SPELL = {
    "state": text(
        "kind of spell: need spells by their state, plans cpp, care cla", allowed=OPEN_STATES
    ),
    "start_date": day("first day"),
    "end_date": day("first day after, no later than the cut"),
}
_OFFENCE = {
    "offence_no": whole("number within person", minimum=1),
    "offence_date": day("day of the offence"),
    "disposal_date": day("day of the disposal", nullable=True),
    "is_proven": flag("caution or conviction"),
    "is_custody": flag("immediate custody"),
    "custody_date": day("day of the first sentence to immediate custody", nullable=True),
}
_EXCLUSION = {"start_date": day("first day"), "category": text("kind of exclusion")}
_RESULT = {
    "measure": text("measure"),
    "result_date": day("known from this day on"),
    "value": number("value"),
}
_SCHOOL = {
    "census_date": day("census"),
    "nc_year": whole("curriculum year", nullable=True),
    "is_on_roll": flag("on roll"),
    "is_fsm_eligible": flag("free school meals", nullable=True),
    "sen_group": text("special educational needs", nullable=True, allowed=SEN_GROUPS),
    "idaci_ridit": number("deprivation, 1 = most", nullable=True),
}
_EXIT = {"reason": text("reason"), "exit_date": day("first day it holds")}

CONTACT_HISTORY = _cut(
    "contact",
    "history",
    "one row per member and time in a state before the index date",
    _CONTACT,
    ("start_date",),
    _KNOWN,
)
CONTACT_FOLLOW_UP = _cut(
    "contact",
    "follow_up",
    "one row per member and time in a state from the index date on",
    _CONTACT,
    ("start_date",),
    _AFTER,
)
SPELL_HISTORY = _cut(
    "spell",
    "history",
    "one row per member and spell of one kind before the index date",
    _SPELL,
    ("state", "start_date"),
    _KNOWN,
)
OFFENCE_HISTORY = _cut(
    "offence",
    "history",
    "one row per member and offence before the index date",
    _OFFENCE,
    ("offence_no",),
    {"known_on_index_date": "offence_date < index_date"},
)
OFFENCE_FOLLOW_UP = _cut(
    "offence",
    "follow_up",
    "one row per member and offence from the index date on",
    _OFFENCE,
    ("offence_no",),
    {"after_index_date": "offence_date >= index_date"},
)
EXCLUSION_HISTORY = _cut(
    "exclusion",
    "history",
    "one row per member and exclusion before the index date",
    _EXCLUSION,
    ("start_date", "category"),
    {"known_on_index_date": "start_date < index_date"},
)
EXCLUSION_FOLLOW_UP = _cut(
    "exclusion",
    "follow_up",
    "one row per member and exclusion from the index date on",
    _EXCLUSION,
    ("start_date", "category"),
    {"after_index_date": "start_date >= index_date"},
)
RESULT_HISTORY = _cut(
    "result",
    "history",
    "one row per member and measure known on the index date",
    _RESULT,
    ("measure",),
    {"known_on_index_date": "result_date <= index_date"},
)
RESULT_FOLLOW_UP = _cut(
    "result",
    "follow_up",
    "one row per member and measure known later",
    _RESULT,
    ("measure",),
    {"after_index_date": "result_date > index_date"},
)
SCHOOL_HISTORY = _cut(
    "school",
    "history",
    "one row per member and census on or before the index date",
    _SCHOOL,
    ("census_date",),
    {"known_on_index_date": "census_date <= index_date"},
)
SCHOOL_FOLLOW_UP = _cut(
    "school",
    "follow_up",
    "one row per member and census after the index date",
    _SCHOOL,
    ("census_date",),
    {"after_index_date": "census_date > index_date"},
)
EXIT_FOLLOW_UP = _cut(
    "exit",
    "follow_up",
    "one row per member and reason for leaving after the index date",
    _EXIT,
    ("reason",),
    {"after_index_date": "exit_date >= index_date"},
)

HISTORIES = (
    CONTACT_HISTORY,
    SPELL_HISTORY,
    OFFENCE_HISTORY,
    EXCLUSION_HISTORY,
    RESULT_HISTORY,
    SCHOOL_HISTORY,
)
FOLLOW_UPS = (
    CONTACT_FOLLOW_UP,
    OFFENCE_FOLLOW_UP,
    EXCLUSION_FOLLOW_UP,
    RESULT_FOLLOW_UP,
    SCHOOL_FOLLOW_UP,
    EXIT_FOLLOW_UP,
)
TABLES = (ELIGIBILITY, MEMBERS, FLOW, *HISTORIES, *FOLLOW_UPS)
