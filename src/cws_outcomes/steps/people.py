"""Steps that settle places and persons."""

from cws_outcomes.step import Step

_GEOGRAPHY = ("geography.mode", "geography.year")
_SOCIAL_CARE = (
    "delivered_children_in_need", "delivered_care_episodes", "delivered_care_years",
)  # fmt: skip

PEOPLE = (
    Step(
        name="harmonise_local_authorities",
        stage="harmonise",
        message="Settling the geography",
        writes=("local_authorities", "authority_codes"),
        function="cws_outcomes.harmonise.local_authorities:harmonise",
        settings=(
            *_GEOGRAPHY, "coverage.children_in_need.start", "coverage.schools.end", "delivery",
        ),
    ),
    Step(
        name="harmonise_la_children",
        stage="harmonise",
        message="Filling pupil references down within each LA's children",
        reads=("authority_codes", *_SOCIAL_CARE),
        writes=("la_children",),
        sql=("harmonise/la_children.sql",),
        codelists=("sex", "ethnicity"),
        threads=2,
    ),
    Step(
        name="harmonise_moj_references",
        stage="harmonise",
        message="Collecting the pupils named beside persons of the justice records",
        reads=(
            "delivered_offences", "delivered_prison", "delivered_court", "delivered_probation",
            "delivered_exclusions", "delivered_early_years", "delivered_key_stage_2_exams",
        ),
        writes=("moj_references",),
        sql=("harmonise/moj_references.sql",),
        threads=2,
    ),
    Step(
        name="harmonise_person_keys",
        stage="harmonise",
        message="Building the person spine",
        reads=(
            "la_children", "moj_references", "delivered_school_census", "delivered_absence",
            "delivered_exclusions", "delivered_early_years", "delivered_key_stage_1",
            "delivered_key_stage_2", "delivered_key_stage_2_exams", "delivered_key_stage_4",
            "delivered_key_stage_5", *_SOCIAL_CARE,
        ),
        writes=("person_keys",),
        sql=("harmonise/person_keys.sql",),
        threads=2,
    ),
    Step(
        name="harmonise_characteristics",
        stage="harmonise",
        message="Collecting what is recorded of each person",
        reads=("person_keys", "delivered_school_census", *_SOCIAL_CARE),
        writes=("characteristics",),
        sql=("harmonise/characteristics.sql",),
        codelists=("sex", "ethnicity", "language"),
        threads=2,
    ),
    Step(
        name="harmonise_people",
        stage="harmonise",
        message="Describing each person",
        reads=("person_keys", "characteristics"),
        writes=("people",),
        sql=("harmonise/people.sql",),
        settings=("people.birth_day",),
        threads=2,
    ),
    Step(
        name="count_linkage",
        stage="harmonise",
        message="Counting what was linked",
        reads=(
            "person_keys", "people", "la_children", "moj_references", "delivered_offences",
            *_SOCIAL_CARE,
        ),
        writes=("linkage", "linkage_multiplicity", "person_repairs"),
        sql=(
            "harmonise/linkage.sql", "harmonise/linkage_multiplicity.sql",
            "harmonise/person_repairs.sql",
        ),
        threads=2,
    ),
)  # fmt: skip
