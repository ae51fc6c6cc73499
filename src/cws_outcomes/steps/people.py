"""Steps that settle places and persons."""

from cws_outcomes.step import Step

_GEOGRAPHY = ("geography.mode", "geography.year")

PEOPLE = (
    Step(
        name="harmonise_local_authorities",
        stage="harmonise",
        message="Settling the geography",
        writes=("local_authorities",),
        function="cws_outcomes.harmonise.local_authorities:harmonise",
        settings=(
            *_GEOGRAPHY, "coverage.children_in_need.start", "coverage.schools.end", "delivery",
        ),
    ),
    Step(
        name="harmonise_person_keys",
        stage="harmonise",
        message="Building the person spine",
        reads=(
            "delivered_school_census", "delivered_absence", "delivered_exclusions",
            "delivered_key_stage_2", "delivered_key_stage_4", "delivered_children_in_need",
            "delivered_care_episodes",
        ),
        writes=("person_keys",),
        sql=("harmonise/person_keys.sql",),
        threads=2,
    ),
    Step(
        name="harmonise_people",
        stage="harmonise",
        message="Describing each person",
        reads=(
            "person_keys", "delivered_school_census", "delivered_children_in_need",
            "delivered_care_episodes",
        ),
        writes=("people",),
        sql=("harmonise/people.sql",),
        codelists=("sex", "ethnicity", "language"),
        settings=("people.birth_day",),
        threads=2,
    ),
    Step(
        name="count_linkage",
        stage="harmonise",
        message="Counting what was linked",
        reads=(
            "person_keys", "people", "delivered_children_in_need", "delivered_care_episodes",
            "delivered_offences",
        ),
        writes=("linkage",),
        sql=("harmonise/linkage.sql",),
    ),
)  # fmt: skip
