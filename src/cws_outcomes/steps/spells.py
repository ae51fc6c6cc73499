"""Steps that join records into spells and states of contact."""

from cws_outcomes.step import Step

_CONTACT_ENDS = ("coverage.children_in_need.end", "coverage.care.end")

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
        reads=("school_years", "term_censuses"),
        writes=("enrolments",),
        sql=("spells/enrolments.sql",),
    ),
)  # fmt: skip
