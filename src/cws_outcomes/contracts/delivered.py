"""Delivered tables after ingest: typed and renamed, nothing judged, nothing dropped."""

from collections.abc import Mapping

from cws_outcomes.contracts.columns import day, text, whole
from cws_outcomes.contracts.table import Column, Table

_PUPIL = text("pupil matching reference, 18 characters, case-sensitive", nullable=True)


def _delivered(name: str, grain: str, columns: Mapping[str, Column]) -> Table:
    # Delivered rows have no key of their own: exact repeats occur and are kept until harmonise.
    return Table(
        name=f"delivered_{name}",
        folder="person_level/ingest",
        file=name,
        grain=grain,
        key=(),
        columns={
            "file_year": whole(
                "year in the file's name; missing for one-file tables", nullable=True
            ),
            **columns,
        },
        source=f"delivered table {name}, as the manifest names it",
    )


def _code(meaning: str) -> Column:
    return text(f"{meaning}, as delivered but for outer blanks", nullable=True)


def _number(meaning: str) -> Column:
    return Column("DOUBLE", meaning, nullable=True)


def _day(meaning: str) -> Column:
    return day(meaning, nullable=True)


def _whole(meaning: str) -> Column:
    return whole(meaning, nullable=True)


TERMS = ("autumn", "spring", "summer")

SCHOOL_CENSUS = _delivered(
    "school_census",
    "one row per pupil, census and enrolment",
    {
        "pupil_reference": _PUPIL,
        "academic_year": _code("academic year, written 2011/2012"),
        "sex": _code("sex"),
        "birth_month": _whole("month of birth, 1 to 12"),
        "birth_year": _whole("year of birth"),
        "nc_year": _code("national curriculum year"),
        "ethnicity": _code("minor ethnic group"),
        "language": _code("first language group"),
        "fsm_eligible": _code("eligible for free school meals, 0 or 1"),
        "sen_provision": _code("special educational needs provision"),
        "enrolment_status": _code("enrolment status"),
        "on_roll": _code("on roll, 0 or 1"),
        "entry_date": _day("date of entry to the school"),
        "school_urn": _code("unique reference number of the school"),
        "school_la": _code("LA of the school, 3-digit code"),
        "home_la": _code("LA of the home, 3-digit code"),
        "idaci_rank": _whole("IDACI rank of the home's small area, 1 = most deprived of 32,844"),
    },
)

ABSENCE = _delivered(
    "absence",
    "one row per pupil, academic year and school",
    {
        "pupil_reference": _PUPIL,
        "academic_year": _code("academic year, written 2011/2012"),
        "school_number": _code("number of the school"),
        "enrolment_status": _code("enrolment status"),
        **{
            f"sessions_{kind}_{term}": _whole(f"half-day sessions {kind}, {term} term")
            for kind in ("possible", "authorised", "unauthorised")
            for term in TERMS
        },
    },
)

EXCLUSIONS = _delivered(
    "exclusions",
    "one row per exclusion",
    {
        "pupil_reference": _PUPIL,
        "category": _code("permanent, fixed (suspension) or lunchtime"),
        "reason": _code("reason"),
        "start_date": _day("first day of the exclusion"),
        "sessions": _number("half-day sessions lost"),
    },
)

KEY_STAGE_2 = _delivered(
    "key_stage_2",
    "one row per pupil and year of results",
    {
        "pupil_reference": _PUPIL,
        "academic_year": _code("academic year, written 2011/2012"),
        "national_results": _code("counts in national results, 0 or 1"),
        "reading_mark": _number("reading test mark"),
        "maths_mark": _number("mathematics test mark"),
        "average_points": _number("average point score"),
    },
)

KEY_STAGE_4 = _delivered(
    "key_stage_4",
    "one row per pupil and year of results",
    {
        "pupil_reference": _PUPIL,
        "academic_year": _code("academic year, written 2011/2012"),
        "national_results": _code("counts in national results, 0 or 1"),
        "basics_2015": _code("level 2 in English and mathematics, rules of 2014/15"),
        "basics_2016": _code("level 2 in English and mathematics, rules of 2015/16"),
        "basics_2017": _code("grade 4 in English and mathematics, rules from 2016/17"),
        "attainment_8": _number("Attainment 8 score, from 2015/16"),
    },
)

CHILDREN_IN_NEED = _delivered(
    "children_in_need",
    "one row per child, referral, plan and return year in which it is open",
    {
        "pupil_reference": _PUPIL,
        "la_child_id": _code("child id, unique within the LA only"),
        "return_year": _code("label of the return, written 2012/2013"),
        "la": _code("LA that made the return, 3-digit code"),
        "birth_year": _whole("year of birth"),
        "birth_month": _whole("month of birth, 1 to 12"),
        "sex": _code("sex"),
        "ethnicity": _code("minor ethnic group"),
        "referral_date": _day("date of referral"),
        "referral_nfa": _code("referral closed with no further action, 0 or 1"),
        "assessment_date": _day("day the assessment was authorised"),
        "closure_date": _day("day the case was closed"),
        "closure_reason": _code("reason for closure"),
        "plan_start_date": _day("first day of the child protection plan"),
        "plan_end_date": _day("last day of the child protection plan"),
    },
)

CARE_EPISODES = _delivered(
    "care_episodes",
    "one row per child and episode of care",
    {
        "pupil_reference": _PUPIL,
        "la_child_id": _code("child id, unique within the LA only"),
        "la": _code("LA responsible, 3-digit code"),
        "sex": _code("sex"),
        "ethnicity": _code("minor ethnic group"),
        "birth_year": _whole("year of birth"),
        "birth_month": _whole("month of birth, 1 to 12"),
        "period_start_date": _day("first day of the period of care"),
        "episode_start_date": _day("first day of the episode"),
        "episode_end_date": _day("day the episode ceased; missing while open"),
        "reason_ceased": _code("reason the episode ceased; -10 = still open"),
        "legal_status": _code("legal status"),
        "placement": _code("placement"),
    },
)

OFFENCES = _delivered(
    "offences",
    "one row per person, offence and disposal",
    {
        "moj_id": _code("person on the police national computer"),
        "pupil_reference": _PUPIL,
        "case_id": _code("case"),
        "offence_id": _code("offence within case"),
        "offence_date": _day("day the offence began; year 1900 = missing"),
        "disposal_rank": _whole("rank of the disposal, 1 = most serious"),
        "adjudication": _code("adjudication"),
        "offence_group": _code("offence group, beginning with its two-digit number"),
        "disposal": _code("disposal, four-digit code"),
        "disposal_date": _day("day of the disposal"),
    },
)

TABLES = (
    SCHOOL_CENSUS,
    ABSENCE,
    EXCLUSIONS,
    KEY_STAGE_2,
    KEY_STAGE_4,
    CHILDREN_IN_NEED,
    CARE_EPISODES,
    OFFENCES,
)

# A table may be delivered in several shapes; each is one entry of the manifest.
SHAPES: Mapping[str, tuple[str, ...]] = {"exclusions": ("exclusions_wide", "exclusions_long")}

# Columns that no study can do without. The others may be null in the manifest: what rests on
# them is then missing, and the data-quality report says so.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "delivered_school_census": (
        "pupil_reference", "academic_year", "sex", "birth_month", "birth_year", "nc_year",
        "on_roll", "school_la", "home_la",
    ),
    "delivered_absence": (
        "pupil_reference", "academic_year", "school_number",
        *(name for name in ABSENCE.columns if name.startswith("sessions_")),
    ),
    "delivered_exclusions": ("pupil_reference", "category", "start_date"),
    "delivered_key_stage_2": ("pupil_reference", "academic_year"),
    "delivered_key_stage_4": ("pupil_reference", "academic_year"),
    "delivered_children_in_need": (
        "pupil_reference", "la_child_id", "return_year", "la", "referral_date", "referral_nfa",
        "closure_date", "closure_reason", "plan_start_date", "plan_end_date",
    ),
    "delivered_care_episodes": (
        "pupil_reference", "la_child_id", "la", "episode_start_date", "episode_end_date",
        "reason_ceased", "legal_status",
    ),
    "delivered_offences": (
        "moj_id", "pupil_reference", "case_id", "offence_id", "offence_date", "adjudication",
    ),
}  # fmt: skip

# Columns whose values must be listed in a codelist: table, column, codelist.
CODED_COLUMNS = (
    ("delivered_school_census", "sex", "sex"),
    ("delivered_school_census", "ethnicity", "ethnicity"),
    ("delivered_school_census", "language", "language"),
    ("delivered_school_census", "sen_provision", "sen_provision"),
    ("delivered_school_census", "enrolment_status", "enrolment_status"),
    ("delivered_school_census", "nc_year", "nc_year"),
    ("delivered_school_census", "fsm_eligible", "flag"),
    ("delivered_school_census", "on_roll", "flag"),
    ("delivered_school_census", "school_la", "local_authorities"),
    ("delivered_school_census", "home_la", "local_authorities"),
    ("delivered_exclusions", "category", "exclusion_category"),
    ("delivered_key_stage_2", "national_results", "flag"),
    ("delivered_key_stage_4", "national_results", "flag"),
    ("delivered_key_stage_4", "basics_2015", "flag"),
    ("delivered_key_stage_4", "basics_2016", "flag"),
    ("delivered_key_stage_4", "basics_2017", "flag"),
    ("delivered_children_in_need", "sex", "sex"),
    ("delivered_children_in_need", "ethnicity", "ethnicity"),
    ("delivered_children_in_need", "referral_nfa", "flag"),
    ("delivered_children_in_need", "closure_reason", "closure_reason"),
    ("delivered_children_in_need", "la", "local_authorities"),
    ("delivered_care_episodes", "sex", "sex"),
    ("delivered_care_episodes", "ethnicity", "ethnicity"),
    ("delivered_care_episodes", "la", "local_authorities"),
    ("delivered_care_episodes", "legal_status", "legal_status"),
    ("delivered_care_episodes", "reason_ceased", "reason_ceased"),
    ("delivered_care_episodes", "placement", "placement"),
    ("delivered_offences", "adjudication", "adjudication"),
    ("delivered_offences", "offence_group", "offence_group"),
    ("delivered_offences", "disposal", "disposal"),
)
