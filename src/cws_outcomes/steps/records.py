"""Steps that turn a delivery into people, spells and states of contact."""

from cws_outcomes.contracts.delivered import CODED_COLUMNS
from cws_outcomes.step import Step

_GEOGRAPHY = ("geography.mode", "geography.year")
_CONTACT_ENDS = ("coverage.children_in_need.end", "coverage.care.end")


SYNTHETIC = (
    Step(
        name="make_synthetic_delivery",
        stage="synthetic",
        message="Making the synthetic delivery",
        function="cws_outcomes.synthetic:make_delivery",
        settings=("synthetic",),
    ),
)


def _ingest(table: str) -> Step:
    delivered = f"delivered_{table}"
    return Step(
        name=f"ingest_{table}",
        stage="ingest",
        message=f"Reading {table.replace('_', ' ')}",
        writes=(delivered,),
        function="cws_outcomes.ingest.delivered:ingest",
        codelists=tuple(sorted({c for t, _, c in CODED_COLUMNS if t == delivered})),
        settings=("delivery", "writes"),
    )


INGEST = tuple(
    _ingest(table)
    for table in (
        "school_census", "absence", "exclusions", "key_stage_2", "key_stage_4",
        "children_in_need", "care_episodes", "offences",
    )
)  # fmt: skip

HARMONISE = (
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
    Step(
        name="harmonise_referrals",
        stage="harmonise",
        message="Settling referrals that recur in several returns",
        reads=("person_keys", "delivered_children_in_need", "local_authorities"),
        writes=("referrals",),
        sql=("harmonise/referrals.sql",),
        codelists=("closure_reason", "flag"),
    ),
    Step(
        name="harmonise_plans",
        stage="harmonise",
        message="Settling child protection plans",
        reads=("person_keys", "delivered_children_in_need", "local_authorities"),
        writes=("plans",),
        sql=("harmonise/plans.sql",),
    ),
    Step(
        name="harmonise_care_episodes",
        stage="harmonise",
        message="Harmonising episodes of care",
        reads=("person_keys", "delivered_care_episodes", "local_authorities"),
        writes=("care_episodes",),
        sql=("harmonise/care_episodes.sql",),
        codelists=("legal_status", "placement", "reason_ceased"),
    ),
    Step(
        name="harmonise_offences",
        stage="harmonise",
        message="Linking offences and choosing the best disposal",
        reads=("person_keys", "delivered_offences"),
        writes=("offences",),
        sql=("harmonise/offences.sql",),
        codelists=("adjudication", "disposal", "offence_group"),
    ),
    Step(
        name="harmonise_exits",
        stage="harmonise",
        message="Finding recorded deaths, adoptions and moves abroad",
        reads=("care_episodes", "referrals"),
        writes=("exits",),
        sql=("harmonise/exits.sql",),
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

SPELLS = (
    Step(
        name="merge_care_spells",
        stage="spells",
        message="Joining episodes of care into unbroken spells",
        reads=("care_episodes",),
        writes=("care_spells",),
        sql=("spells/care_spells.sql",),
        settings=(
            "care.max_gap_days", "care.include_respite", "care.include_remand",
            "coverage.care.end",
        ),
    ),
    Step(
        name="merge_plan_spells",
        stage="spells",
        message="Joining child protection plans into spells",
        reads=("plans",),
        writes=("plan_spells",),
        sql=("spells/plan_spells.sql",),
        settings=("coverage.children_in_need.end",),
    ),
    Step(
        name="merge_need_spells",
        stage="spells",
        message="Telling referral from need, as known on the day",
        reads=("referrals",),
        writes=("need_spells",),
        sql=("spells/need_spells.sql",),
        settings=("contact.assessment_days", "coverage.children_in_need.end"),
    ),
    Step(
        name="merge_contact_states",
        stage="spells",
        message="Laying the states of contact end to end",
        reads=("referrals", "need_spells", "plan_spells", "care_spells"),
        writes=("contact_states",),
        sql=("spells/contact_states.sql",),
        settings=_CONTACT_ENDS,
    ),
    Step(
        name="merge_enrolments",
        stage="spells",
        message="Joining census records into enrolments",
        reads=("school_years",),
        writes=("enrolments",),
        sql=("spells/enrolments.sql",),
    ),
)  # fmt: skip

RECORDS = (*SYNTHETIC, *INGEST, *HARMONISE, *SPELLS)
