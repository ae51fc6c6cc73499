"""Harmonised school records: censuses, absence, exclusions, attainment."""

from cws_outcomes.contracts.columns import PERSON, count, day, flag, number, text, whole
from cws_outcomes.contracts.harmonised.columns import harmonised
from cws_outcomes.contracts.table import Table

SEN_GROUPS = ("none", "support", "plan")
ABSENCE_MEASURES = ("terms", "five_half_terms", "annual", "mixed")
MEASURES = (
    "early_years", "good_level", "key_stage_1", "key_stage_2", "english_maths", "best_8_points",
    "attainment_8", "key_stage_5",
)  # fmt: skip
STANDARDS = (
    "english_expected", "reading_expected", "writing_expected", "maths_expected",
    "key_stage_2_expected", "level_2_english_maths", "level_1_english_maths", "any_pass",
)  # fmt: skip
EXCLUSION_MEASURES = ("fixed_exclusions", "fixed_sessions", "permanent_exclusions")

SCHOOL_YEARS = harmonised(
    "school_years",
    "one row per person and January census: the main record",
    ("person_id", "census_date"),
    {
        "person_id": PERSON,
        "census_date": day("day of the census as delivered, else the third Thursday of January"),
        "census": text("where the main record is from", allowed=("spring", "plasc", "pru", "ap")),
        "nc_year": whole(
            "curriculum year, 0 = reception, -1 = nursery; by age where the record has none",
            nullable=True,
        ),
        "is_on_roll": flag("on roll on census day"),
        "entry_date": day("date of entry to the school", nullable=True),
        "school_urn": text("school", nullable=True),
        "school_la_code": text("harmonised LA of the school", nullable=True),
        "home_la_code": text("harmonised LA of the home", nullable=True),
        "is_fsm_eligible": flag("eligible for free school meals", nullable=True),
        "sen_group": text("special educational needs", nullable=True, allowed=SEN_GROUPS),
        "sen_type": text("primary type of special educational need", nullable=True),
        "idaci_ridit": number(
            "share of small areas less deprived than the home's, 0 to 1; 1 = most deprived",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
    },
    "school_census of January; on roll first, then school before PRU before AP, then current, then "
    "main registration, then latest entry; what it leaves blank is from the pupil's next record",
)

TERM_CENSUSES = harmonised(
    "term_censuses",
    "one row per person and summer or autumn census: the main record",
    ("person_id", "census_date"),
    {
        "person_id": PERSON,
        "census_date": day(
            "day of the census as delivered, else the third Thursday of May or the first of October"
        ),
        "is_on_roll": flag("on roll on census day"),
        "entry_date": day("date of entry to the school", nullable=True),
        "school_urn": text("school", nullable=True),
    },
    "school_census of summer and autumn, chosen as school_years is; for enrolments only",
)

ABSENCE_YEARS = harmonised(
    "absence_years",
    "one row per person and academic year",
    ("person_id", "academic_year"),
    {
        "person_id": PERSON,
        "academic_year": whole("academic year, by the year it ends"),
        "measure": text("sessions added up", allowed=ABSENCE_MEASURES),
        "registrations": whole("rows added up: schools of the year", minimum=1),
        "sessions_possible": whole("half-day sessions possible", minimum=1),
        "sessions_missed": whole("half-day sessions missed, authorised or not", minimum=0),
        "sessions_unauthorised": whole("of these, missed without leave", minimum=0),
        "is_persistent": flag("persistent absentee: 10 % of possible sessions or more (DfE, 2015)"),
        "sixth_possible": whole(
            "sessions possible in the sixth half term, not in the above", nullable=True, minimum=0
        ),
        "sixth_missed": whole(
            "sessions missed in the sixth half term, not in the above", nullable=True, minimum=0
        ),
    },
    "absence, summed over schools after exact repeats are dropped; years above 420 possible "
    "sessions (rule of DfE, by way of the ECHILD guides), 2019/20 and 2020/21 are left out. "
    "A person without a row was not counted, which is not the same as never absent",
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
        "reason": text("first reason, grouped", nullable=True),
    },
    "exclusions, wide and long; one a day and kind, the longest",
)

EXCLUSION_TOTALS = Table(
    name="exclusion_totals",
    folder="unchecked/repairs",
    grain="one row per academic year and total",
    key=("academic_year", "measure"),
    columns={
        "academic_year": whole("academic year of the files, by the year it ends"),
        "measure": text(
            "suspensions with lunchtime ones, their sessions, permanent exclusions",
            allowed=EXCLUSION_MEASURES,
        ),
        "pupils": count("pupils with the total supplied"),
        "pupils_agreeing": count("total supplied and exclusions found are the same"),
        "pupils_more_supplied": count("fewer found than the total says"),
        "pupils_more_found": count("more found than the total says"),
    },
    source="totals supplied in exclusions against exclusions as harmonised",
    sensitivity="unchecked",
)

STAGE_SCORES = harmonised(
    "stage_scores",
    "one row per person, measure, scale and year: the best score",
    ("person_id", "measure", "scale", "year_ending"),
    {
        "person_id": PERSON,
        "measure": text("measure of attainment", allowed=MEASURES),
        "scale": whole("scales of a measure in order of preference, 1 first"),
        "year_ending": whole("academic year of the results, by the year it ends"),
        "is_national": flag("counts in national results"),
        "score": number("score on the scale, to four decimals"),
    },
    "early_years, key_stage_1, key_stage_2, key_stage_2_exams, key_stage_4 and key_stage_5; "
    "years in which a stage had no tests are left out",
)

STANDARDS_REACHED = harmonised(
    "standards_reached",
    "one row per person and measure",
    ("person_id", "measure"),
    {
        "person_id": PERSON,
        "measure": text("standard of Key Stage 2 or 4", allowed=STANDARDS),
        "year_ending": whole("academic year of the results, by the year it ends"),
        "was_reached": flag("the standard was reached"),
    },
    "key_stage_2 and key_stage_4; rows in national results first, then one that reached the "
    "standard, then the earliest. Expected at Key Stage 2: level 4 to 2014/15, the expected "
    "standard since; key_stage_2_expected: in reading, writing and mathematics, from 2015/16",
)

ATTAINMENT = harmonised(
    "attainment",
    "one row per person and measure",
    ("person_id", "measure"),
    {
        "person_id": PERSON,
        "measure": text("measure", allowed=(*MEASURES, *STANDARDS)),
        "result_date": day("31 August of the year of the results: known from then on"),
        "value": number(
            "attainment_8: points; good_level, english_maths (grade C or 4 in both) and the "
            "standards: 1 or 0; the others: standardised within the year"
        ),
        "is_comparable": flag("no grades of schools in place of exams, as in 2020 and 2021"),
    },
    "stage_scores, standards_reached and key_stage_4; rows in national results first, then the "
    "best, then the earliest",
)


def _repairs(room: str, tables: str) -> Table:
    return Table(
        name=f"{room}_repairs",
        folder="unchecked/repairs",
        grain="one row per delivered table and rule that met a row",
        key=("table", "rule"),
        columns={
            "table": text("delivered table"),
            "rule": text(
                "delivered = kept + every merged_… + every dropped_…; noted_… are rows among these"
            ),
            "rows": count("rows of the delivered table"),
        },
        source=f"{tables}, recounted beside what was made of it",
        sensitivity="unchecked",
    )


CENSUS_REPAIRS = _repairs("census", "school_census")
ABSENCE_REPAIRS = _repairs("absence", "absence")
EXCLUSION_REPAIRS = _repairs("exclusion", "exclusions")
ATTAINMENT_REPAIRS = _repairs("attainment", "early_years and the key stages")

TABLES = (
    SCHOOL_YEARS,
    TERM_CENSUSES,
    ABSENCE_YEARS,
    EXCLUSIONS,
    EXCLUSION_TOTALS,
    STAGE_SCORES,
    STANDARDS_REACHED,
    ATTAINMENT,
    CENSUS_REPAIRS,
    ABSENCE_REPAIRS,
    EXCLUSION_REPAIRS,
    ATTAINMENT_REPAIRS,
)
