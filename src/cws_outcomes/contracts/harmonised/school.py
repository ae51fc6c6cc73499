"""Harmonised school records: censuses, absence, exclusions, attainment."""

from cws_outcomes.contracts.columns import PERSON, day, flag, number, text, whole
from cws_outcomes.contracts.harmonised.columns import harmonised

SEN_GROUPS = ("none", "support", "plan")

SCHOOL_YEARS = harmonised(
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

ABSENCE_YEARS = harmonised(
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

EXCLUSIONS = harmonised(
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

ATTAINMENT = harmonised(
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

TABLES = (
    SCHOOL_YEARS,
    ABSENCE_YEARS,
    EXCLUSIONS,
    ATTAINMENT,
)
