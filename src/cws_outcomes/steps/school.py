"""Steps that harmonise school records."""

from cws_outcomes.step import Step

SCHOOL = (
    Step(
        name="harmonise_school_years",
        stage="harmonise",
        message="Choosing each pupil's main census record",
        reads=("person_keys", "delivered_school_census", "local_authorities"),
        writes=("school_years",),
        sql=("harmonise/school_years.sql",),
        codelists=("enrolment_status", "nc_year", "flag", "sen_provision", "sen_type"),
        threads=2,
    ),
    Step(
        name="harmonise_term_censuses",
        stage="harmonise",
        message="Choosing main records of summer and autumn",
        reads=("person_keys", "delivered_school_census"),
        writes=("term_censuses",),
        sql=("harmonise/term_censuses.sql",),
        codelists=("enrolment_status", "flag"),
        threads=2,
    ),
    Step(
        name="harmonise_absence_years",
        stage="harmonise",
        message="Adding up absence",
        reads=("person_keys", "delivered_absence"),
        writes=("absence_years",),
        sql=("harmonise/absence_years.sql",),
        threads=2,
    ),
    Step(
        name="harmonise_exclusions",
        stage="harmonise",
        message="Harmonising exclusions",
        reads=("person_keys", "delivered_exclusions"),
        writes=("exclusions",),
        sql=("harmonise/exclusions.sql",),
        codelists=("exclusion_category", "exclusion_reason"),
    ),
    Step(
        name="compare_exclusion_totals",
        stage="harmonise",
        message="Comparing exclusions with the totals supplied",
        reads=("person_keys", "delivered_exclusions", "exclusions"),
        writes=("exclusion_totals",),
        sql=("harmonise/exclusion_totals.sql",),
        codelists=("flag",),
    ),
    Step(
        name="harmonise_stage_scores",
        stage="harmonise",
        message="Scoring each key stage",
        reads=(
            "person_keys", "delivered_early_years", "delivered_key_stage_1",
            "delivered_key_stage_2", "delivered_key_stage_2_exams", "delivered_key_stage_4",
            "delivered_key_stage_5",
        ),
        writes=("stage_scores",),
        sql=("harmonise/stage_scores.sql",),
        codelists=(
            "flag", "key_stage_1_result", "key_stage_2_level", "key_stage_2_subject",
        ),
        threads=2,
    ),
    Step(
        name="harmonise_attainment",
        stage="harmonise",
        message="Harmonising attainment",
        reads=("person_keys", "stage_scores", "delivered_key_stage_4"),
        writes=("attainment",),
        sql=("harmonise/attainment.sql",),
        codelists=("flag",),
        threads=2,
    ),
    Step(
        name="count_school_repairs",
        stage="harmonise",
        message="Counting what became of every school record",
        reads=(
            "person_keys", "delivered_school_census", "delivered_absence", "delivered_exclusions",
            "delivered_early_years", "delivered_key_stage_1", "delivered_key_stage_2",
            "delivered_key_stage_2_exams", "delivered_key_stage_4", "delivered_key_stage_5",
            "school_years", "term_censuses", "absence_years", "exclusions",
        ),
        writes=(
            "census_repairs", "absence_repairs", "exclusion_repairs", "attainment_repairs",
        ),
        sql=(
            "harmonise/census_repairs.sql", "harmonise/absence_repairs.sql",
            "harmonise/exclusion_repairs.sql", "harmonise/attainment_repairs.sql",
        ),
        codelists=("exclusion_category",),
        threads=2,
    ),
)  # fmt: skip
