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
        codelists=("enrolment_status", "nc_year", "flag", "sen_provision"),
        threads=2,
    ),
    Step(
        name="harmonise_absence_years",
        stage="harmonise",
        message="Adding up absence",
        reads=("person_keys", "delivered_absence"),
        writes=("absence_years",),
        sql=("harmonise/absence_years.sql",),
    ),
    Step(
        name="harmonise_exclusions",
        stage="harmonise",
        message="Harmonising exclusions",
        reads=("person_keys", "delivered_exclusions"),
        writes=("exclusions",),
        sql=("harmonise/exclusions.sql",),
        codelists=("exclusion_category",),
    ),
    Step(
        name="harmonise_attainment",
        stage="harmonise",
        message="Harmonising attainment",
        reads=("person_keys", "delivered_key_stage_2", "delivered_key_stage_4"),
        writes=("attainment",),
        sql=("harmonise/attainment.sql",),
        codelists=("flag",),
    ),
)  # fmt: skip
