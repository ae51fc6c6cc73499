"""Harmonised tables: one person spine, one set of codes, one geography; judgement begins here."""

from collections.abc import Mapping

from cws_outcomes.contracts.columns import PERSON, SEXES, count, day, flag, number, text, whole
from cws_outcomes.contracts.table import Column, Table

ETHNIC_GROUPS = ("white", "mixed", "asian", "black", "other")
SEN_GROUPS = ("none", "support", "plan")


def _harmonised(
    name: str,
    grain: str,
    key: tuple[str, ...],
    columns: Mapping[str, Column],
    source: str,
    rules: Mapping[str, str] | None = None,
) -> Table:
    return Table(
        name=name,
        folder="person_level/harmonise",
        grain=grain,
        key=key,
        columns=columns,
        source=source,
        rules=rules or {},
    )


LOCAL_AUTHORITIES = _harmonised(
    "local_authorities",
    "one row per LA code that delivered tables may hold",
    ("raw_code",),
    {
        "raw_code": text("3-digit or 9-digit code as delivered"),
        "la_code": text("harmonised LA: its 3-digit code, or the parent's for a combined area"),
        "la_name": text("name of the harmonised LA"),
        "region": text("region"),
        "is_combined": flag("several LAs shown as one, as a split or merger cannot be undone"),
    },
    "the authority codelist, in the study's geography",
)

PERSON_KEYS = _harmonised(
    "person_keys",
    "one row per key under which a person is delivered",
    ("key_kind", "la", "key"),
    {
        "key_kind": text("kind of key", allowed=("pupil", "la_child")),
        "la": text("LA code as delivered for an LA child id; empty for a pupil reference"),
        "key": text("pupil reference or LA child id"),
        "person_id": PERSON,
    },
    "pupil references of all tables; LA child ids of children_in_need and care_episodes, "
    "with missing references filled from other rows of the same LA and child id",
)

PEOPLE = _harmonised(
    "people",
    "one row per person",
    ("person_id",),
    {
        "person_id": PERSON,
        "has_pupil_reference": flag("known by a pupil reference, not only by an LA child id"),
        "birth_date": day("birth, imputed to the configured day of the month", nullable=True),
        "birth_cohort": whole("academic year of birth, by the year it begins", nullable=True),
        "sex": text("sex, most frequent value", nullable=True, allowed=SEXES),
        "ethnic_group": text(
            "ethnic group, most frequent value", nullable=True, allowed=ETHNIC_GROUPS
        ),
        "language": text("first language group", nullable=True, allowed=("english", "other")),
    },
    "school census, then children_in_need and care_episodes where the census is silent",
)

SCHOOL_YEARS = _harmonised(
    "school_years",
    "one row per person and spring census: the main record",
    ("person_id", "census_date"),
    {
        "person_id": PERSON,
        "census_date": day("third Thursday of January"),
        "nc_year": whole("curriculum year, 0 = reception, -1 = nursery", nullable=True),
        "is_on_roll": flag("on roll on census day"),
        "entry_date": day("date of entry to the school", nullable=True),
        "school_urn": text("school", nullable=True),
        "school_la_code": text("harmonised LA of the school", nullable=True),
        "home_la_code": text("harmonised LA of the home", nullable=True),
        "is_fsm_eligible": flag("eligible for free school meals", nullable=True),
        "sen_group": text("special educational needs", nullable=True, allowed=SEN_GROUPS),
        "idaci_ridit": number(
            "share of small areas less deprived than the home's, 0 to 1; 1 = most deprived",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
    },
    "school census; on roll first, then current, then main registration, then latest entry",
)

ABSENCE_YEARS = _harmonised(
    "absence_years",
    "one row per person and academic year",
    ("person_id", "academic_year"),
    {
        "person_id": PERSON,
        "academic_year": whole("academic year, by the year it ends"),
        "sessions_possible": whole("half-day sessions possible", minimum=1),
        "sessions_missed": whole("half-day sessions missed, authorised or not", minimum=0),
    },
    "absence, summed over schools after exact repeats are dropped; years above 420 possible "
    "sessions are left out (rule of DfE, by way of the ECHILD guides)",
)

EXCLUSIONS = _harmonised(
    "exclusions",
    "one row per exclusion",
    ("person_id", "start_date", "category"),
    {
        "person_id": PERSON,
        "start_date": day("first day"),
        "category": text("kind", allowed=("suspension", "permanent", "lunchtime")),
        "sessions": number("half-day sessions lost", nullable=True, minimum=0),
    },
    "exclusions, wide and long; one a day and kind",
)

ATTAINMENT = _harmonised(
    "attainment",
    "one row per person and measure",
    ("person_id", "measure"),
    {
        "person_id": PERSON,
        "measure": text("measure", allowed=("key_stage_2", "english_maths", "attainment_8")),
        "result_date": day("31 August of the year of the results: known from then on"),
        "value": number(
            "key_stage_2: standardised within the year; english_maths: 1 = grade "
            "C or 4 in both, else 0; attainment_8: points"
        ),
    },
    "key_stage_2 and key_stage_4; rows in national results first, then the best",
)

REFERRALS = _harmonised(
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

PLANS = _harmonised(
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

CARE_EPISODES = _harmonised(
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

OFFENCES = _harmonised(
    "offences",
    "one row per person and offence",
    ("person_id", "offence_no"),
    {
        "person_id": PERSON,
        "offence_no": whole("number within person, by date", minimum=1),
        "offence_date": day("day of the offence; the disposal's where it is missing"),
        "disposal_date": day(
            "day of the first disposal that proves it, else of the first", nullable=True
        ),
        "is_date_of_offence": flag("offence_date is the offence's own"),
        "offence_group": text("codelist offence_group", nullable=True),
        "is_proven": flag("a caution, or a guilty finding"),
        "is_custody": flag("proven and disposed of by immediate custody"),
    },
    "offences linked by pupil reference; best disposal by rank",
)

EXITS = _harmonised(
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

LINKAGE = Table(
    name="linkage",
    folder="unchecked/linkage",
    key=("measure",),
    grain="one row per measure of linkage",
    columns={"measure": text("what was counted"), "persons": count("persons or keys")},
    source="person_keys and delivered tables",
    sensitivity="unchecked",
)

TABLES = (
    LOCAL_AUTHORITIES,
    PERSON_KEYS,
    PEOPLE,
    SCHOOL_YEARS,
    ABSENCE_YEARS,
    EXCLUSIONS,
    ATTAINMENT,
    REFERRALS,
    PLANS,
    CARE_EPISODES,
    OFFENCES,
    EXITS,
    LINKAGE,
)
