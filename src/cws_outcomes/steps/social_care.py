"""Steps that harmonise records of children's social care."""

from cws_outcomes.step import Step

SOCIAL_CARE = (
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
        name="harmonise_exits",
        stage="harmonise",
        message="Finding recorded deaths, adoptions and moves abroad",
        reads=("care_episodes", "referrals"),
        writes=("exits",),
        sql=("harmonise/exits.sql",),
    ),
)  # fmt: skip
