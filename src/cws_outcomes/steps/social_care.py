"""Steps that harmonise records of children's social care."""

from cws_outcomes.step import Step

_KEYED = ("person_keys", "local_authorities")
_NEED_END = "coverage.children_in_need.end"
_CARE = ("coverage.care.end", "care.full_from")
_REFERRAL_CODES = ("closure_reason", "flag", "need", "referral_source")
_CARE_CODES = (
    "flag", "legal_status", "need", "placement", "placement_change", "reason_ceased", "reason_new",
)  # fmt: skip

SOCIAL_CARE = (
    Step(
        name="harmonise_referrals",
        stage="harmonise",
        message="Settling referrals that recur in several returns",
        reads=(*_KEYED, "people", "delivered_children_in_need"),
        writes=("referrals",),
        function="cws_outcomes.harmonise.cases:settle",
        settings=(_NEED_END,),
        codelists=_REFERRAL_CODES,
        threads=2,
    ),
    Step(
        name="harmonise_plans",
        stage="harmonise",
        message="Settling child protection plans",
        reads=(*_KEYED, "people", "delivered_children_in_need"),
        writes=("plans",),
        function="cws_outcomes.harmonise.plans:settle",
        settings=(_NEED_END,),
        codelists=("abuse_category",),
        threads=2,
    ),
    Step(
        name="harmonise_side_tables",
        stage="harmonise",
        message="Settling disabilities and assessment factors",
        reads=("person_keys", "delivered_disabilities", "delivered_assessment_factors"),
        writes=("disabilities", "assessment_factors"),
        function="cws_outcomes.harmonise.side_tables:settle",
        codelists=("assessment_factor", "disability"),
    ),
    Step(
        name="harmonise_care_episodes",
        stage="harmonise",
        message="Harmonising episodes of care",
        reads=(*_KEYED, "delivered_care_episodes", "delivered_care_years"),
        writes=("care_episodes",),
        function="cws_outcomes.harmonise.care:settle",
        settings=_CARE,
        codelists=_CARE_CODES,
        threads=2,
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
        name="detect_source_shapes",
        stage="harmonise",
        message="Telling whole tables of social care from the latest record of each year",
        reads=("delivered_children_in_need", "delivered_care_episodes", "delivered_care_years"),
        writes=("source_shapes",),
        sql=("harmonise/source_shapes.sql",),
        threads=2,
    ),
    Step(
        name="count_social_care_repairs",
        stage="harmonise",
        message="Counting what became of every delivered row of social care",
        reads=(
            *_KEYED, "people", "delivered_children_in_need", "delivered_disabilities",
            "delivered_assessment_factors", "delivered_care_episodes", "delivered_care_years",
            "referrals", "plans", "disabilities", "assessment_factors", "care_episodes",
        ),
        writes=("social_care_repairs",),
        function="cws_outcomes.harmonise.social_care_repairs:count",
        settings=(_NEED_END, *_CARE),
        codelists=tuple(
            sorted({
                *_REFERRAL_CODES, *_CARE_CODES, "abuse_category", "assessment_factor", "disability",
            })
        ),
        threads=2,
    ),
)  # fmt: skip
