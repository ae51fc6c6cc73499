"""Delivered school tables: censuses, absence, exclusions, attainment."""

from cws_outcomes.contracts.delivered.columns import (
    MOJ_ID,
    PUPIL,
    code,
    day_of,
    delivered,
    number_of,
    whole_of,
)
from cws_outcomes.contracts.table import Column

TERMS = ("autumn", "spring", "summer")
PARTS_OF_YEAR = (*TERMS, "annual", "five_half_terms", "sixth_half_term")
CENSUSES = ("spring", "summer", "autumn", "plasc", "pru", "ap")
EARLY_YEARS_SCALES = 13

SCHOOL_CENSUS = delivered(
    "school_census",
    "one row per pupil, census and enrolment",
    {
        "census": Column(
            "VARCHAR",
            "which census: of a term, PLASC (before 2006), or of pupils outside school",
            allowed=CENSUSES,
        ),
        "pupil_reference": PUPIL,
        "academic_year": code("academic year, written 2011/2012"),
        "census_date": day_of("day of the census, where the table bears it"),
        "record_status": code("record status; its meaning is not public"),
        "sex": code("sex"),
        "birth_month": whole_of("month of birth, 1 to 12"),
        "birth_year": whole_of("year of birth"),
        "age_at_start": whole_of("age at the start of the academic year"),
        "nc_year": code("national curriculum year"),
        "ethnicity": code("minor ethnic group"),
        "language": code("first language group"),
        "fsm_eligible": code("eligible for free school meals, 0 or 1"),
        "sen_provision": code("special educational needs provision"),
        "sen_type": code("primary type of special educational need"),
        "enrolment_status": code("enrolment status"),
        "on_roll": code("on roll, 0 or 1"),
        "entry_date": day_of("date of entry to the school"),
        "school_urn": code("unique reference number of the school"),
        "school_la": code("LA of the school, 3-digit or 9-digit code"),
        "home_la": code("LA of the home, 3-digit or 9-digit code"),
        "idaci_rank_2001": whole_of(
            "IDACI rank of the home's small area of 2001, 1 = most deprived of 32,482"
        ),
        "idaci_rank": whole_of(
            "IDACI rank of the home's small area of 2011, 1 = most deprived of 32,844"
        ),
    },
)

ABSENCE = delivered(
    "absence",
    "one row per pupil, academic year and school",
    {
        "pupil_reference": PUPIL,
        "academic_year": code("academic year, written 2011/2012"),
        "school_number": code("number of the school"),
        "enrolment_status": code("enrolment status"),
        **{
            f"sessions_{kind}_{part}": whole_of(
                f"half-day sessions {kind}, {part.replace('_', ' ')}"
                + (" term" if part in TERMS else "")
            )
            for kind in ("possible", "authorised", "unauthorised")
            for part in PARTS_OF_YEAR
        },
    },
)

EXCLUSIONS = delivered(
    "exclusions",
    "one row per exclusion; in wide files also one per pupil without any slot in use",
    {
        "pupil_reference": PUPIL,
        "moj_id": MOJ_ID,
        "category": code("permanent, fixed (suspension) or lunchtime"),
        "reason": code("reason, the first of up to three"),
        "second_reason": code("second reason, from about 2020/21"),
        "third_reason": code("third reason, from about 2020/21"),
        "start_date": day_of("first day of the exclusion"),
        "sessions": number_of("half-day sessions lost"),
        "total_fixed_exclusions": whole_of("the pupil's suspensions of the year, as supplied"),
        "total_fixed_sessions": number_of("the pupil's sessions lost to them, as supplied"),
        "total_permanent_exclusions": code(
            "the pupil's permanent exclusions of the year: a count, or Y in early years"
        ),
    },
)

EARLY_YEARS = delivered(
    "early_years",
    "one row per child and year of the foundation stage profile",
    {
        "pupil_reference": PUPIL,
        "moj_id": MOJ_ID,
        "academic_year": code("academic year, written 2011/2012"),
        "good_level": code("good level of development, 0 or 1"),
        **{
            f"scale_{number:02}": whole_of(f"points on assessment scale {number}, 0 to 9")
            for number in range(1, EARLY_YEARS_SCALES + 1)
        },
    },
)

KEY_STAGE_1 = delivered(
    "key_stage_1",
    "one row per pupil and year of results",
    {
        "pupil_reference": PUPIL,
        "academic_year": code("academic year, written 2011/2012"),
        "reading_level": code("reading level, to 2014/15"),
        "writing_level": code("writing level, to 2014/15"),
        "maths_level": code("mathematics level, to 2014/15"),
        "reading_outcome": code("reading outcome, from 2015/16"),
        "writing_outcome": code("writing outcome, from 2015/16"),
        "maths_outcome": code("mathematics outcome, from 2015/16"),
    },
)

KEY_STAGE_2 = delivered(
    "key_stage_2",
    "one row per pupil and year of results",
    {
        "pupil_reference": PUPIL,
        "academic_year": code("academic year, written 2011/2012"),
        "national_results": code("counts in national results, 0 or 1"),
        "reading_mark": number_of("reading test mark"),
        "maths_mark": number_of("mathematics test mark"),
        "reading_level": code("reading test level, to 2014/15"),
        "maths_level": code("mathematics test level, to 2014/15"),
        "english_level": code("English level: by test to 2011/12, by the teacher to 2014/15"),
        "average_points": number_of("average point score"),
        "reading_expected": code("expected standard reached in reading, from 2015/16"),
        "writing_expected": code("expected standard reached in writing, from 2015/16"),
        "maths_expected": code("expected standard reached in mathematics, from 2015/16"),
    },
)

KEY_STAGE_2_EXAMS = delivered(
    "key_stage_2_exams",
    "one row per pupil, year and test",
    {
        "pupil_reference": PUPIL,
        "moj_id": MOJ_ID,
        "academic_year": code("academic year, written 2011/2012"),
        "subject": code("subject of the test, four digits"),
        "mark": number_of("test mark"),
        "level": code("test level"),
        "points": number_of("points of the level"),
    },
)

KEY_STAGE_4 = delivered(
    "key_stage_4",
    "one row per pupil and year of results",
    {
        "pupil_reference": PUPIL,
        "academic_year": code("academic year, written 2011/2012"),
        "national_results": code("counts in national results, 0 or 1"),
        "basics_2002": code("level 2 with English and mathematics, rules to 2012/13"),
        "basics_2014": code("level 2 with English and mathematics, rules of 2013/14"),
        "basics_2015": code("level 2 in English and mathematics, rules of 2014/15"),
        "basics_2016": code("level 2 in English and mathematics, rules of 2015/16"),
        "basics_2017": code("grade 4 in English and mathematics, rules from 2016/17"),
        "level_2_2015": code("five grades C and above with English and mathematics, from 2014/15"),
        "level_2_2017": code("five grades 4 and above with English and mathematics, from 2016/17"),
        "level_1": code("five grades G or 1 and above with English and mathematics"),
        "any_pass": code("any pass at all"),
        "best_8_points": number_of("capped points of the best eight, to 2014/15"),
        "attainment_8": number_of("Attainment 8 score, from 2015/16"),
    },
)

KEY_STAGE_5 = delivered(
    "key_stage_5",
    "one row per student and year of results",
    {
        "pupil_reference": PUPIL,
        "academic_year": code("academic year, written 2011/2012"),
        "a_level_points": number_of("total A level points"),
    },
)

TABLES = (
    SCHOOL_CENSUS,
    ABSENCE,
    EXCLUSIONS,
    EARLY_YEARS,
    KEY_STAGE_1,
    KEY_STAGE_2,
    KEY_STAGE_2_EXAMS,
    KEY_STAGE_4,
    KEY_STAGE_5,
)

# A table may be delivered in several shapes: each is an entry of the manifest, with the values
# that its rows have in common.
SHAPES = {
    "school_census": {
        "school_census": {"census": "spring"},
        "school_census_summer": {"census": "summer"},
        "school_census_autumn": {"census": "autumn"},
        "plasc": {"census": "plasc"},
        "pru_census": {"census": "pru"},
        "ap_census": {"census": "ap"},
    },
    "exclusions": {"exclusions_wide": {}, "exclusions_long": {}},
}

# Columns that no study can do without, by entry of the manifest.
_PUPIL_CENSUS = (
    "pupil_reference", "academic_year", "sex", "birth_month", "birth_year", "nc_year",
    "on_roll", "school_la", "home_la",
)  # fmt: skip
_PUPIL_YEAR = ("pupil_reference", "academic_year")
NEEDED = {
    "school_census": _PUPIL_CENSUS,
    "school_census_summer": _PUPIL_CENSUS,
    "school_census_autumn": _PUPIL_CENSUS,
    "plasc": _PUPIL_YEAR,
    "pru_census": _PUPIL_YEAR,
    "ap_census": _PUPIL_YEAR,
    "absence": (*_PUPIL_YEAR, "school_number"),
    "exclusions_wide": ("pupil_reference", "category", "start_date"),
    "exclusions_long": ("pupil_reference", "category", "start_date"),
    "early_years": _PUPIL_YEAR,
    "key_stage_1": _PUPIL_YEAR,
    "key_stage_2": _PUPIL_YEAR,
    "key_stage_2_exams": (*_PUPIL_YEAR, "subject"),
    "key_stage_4": _PUPIL_YEAR,
    "key_stage_5": _PUPIL_YEAR,
}

# Without these there is no study; the others may be left out of the manifest and are then empty.
REQUIRED = ("school_census", "absence", "exclusions", "key_stage_2", "key_stage_4")

CODED = {
    "school_census": {
        "sex": "sex",
        "ethnicity": "ethnicity",
        "language": "language",
        "sen_provision": "sen_provision",
        "sen_type": "sen_type",
        "enrolment_status": "enrolment_status",
        "nc_year": "nc_year",
        "fsm_eligible": "flag",
        "on_roll": "flag",
        "school_la": "local_authorities",
        "home_la": "local_authorities",
    },
    "absence": {"enrolment_status": "enrolment_status"},
    "exclusions": {
        "category": "exclusion_category",
        "reason": "exclusion_reason",
        "second_reason": "exclusion_reason",
        "third_reason": "exclusion_reason",
    },
    "early_years": {"good_level": "flag"},
    "key_stage_1": {
        f"{subject}_{kind}": "key_stage_1_result"
        for subject in ("reading", "writing", "maths")
        for kind in ("level", "outcome")
    },
    "key_stage_2": {
        "national_results": "flag",
        "reading_level": "key_stage_2_level",
        "maths_level": "key_stage_2_level",
        "english_level": "key_stage_2_level",
        "reading_expected": "flag",
        "writing_expected": "flag",
        "maths_expected": "flag",
    },
    "key_stage_2_exams": {"subject": "key_stage_2_subject", "level": "key_stage_2_level"},
    "key_stage_4": {
        "national_results": "flag",
        "basics_2002": "flag",
        "basics_2014": "flag",
        "basics_2015": "flag",
        "basics_2016": "flag",
        "basics_2017": "flag",
        "level_2_2015": "flag",
        "level_2_2017": "flag",
        "level_1": "flag",
        "any_pass": "flag",
    },
}
