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
        name="merge_placements",
        stage="spells",
        message="Joining episodes of care into placements",
        reads=("care_episodes",),
        writes=("placements",),
        sql=("spells/placements.sql",),
        settings=("care.max_gap_days", "coverage.care.end"),
    ),
    Step(
        name="merge_care_periods",
        stage="spells",
        message="Joining placements into periods of care",
        reads=("placements",),
        writes=("care_periods",),
        sql=("spells/care_periods.sql",),
    ),
    Step(
        name="merge_plan_spells",
        stage="spells",
        message="Joining child protection plans into spells",
        reads=("plans",),
        writes=("plan_spells",),
        sql=("spells/plan_spells.sql",),
        settings=("plans.max_gap_days", "coverage.children_in_need.end"),
    ),
    Step(
        name="merge_need_spells",
        stage="spells",
        message="Telling referral from need, as known on the day",
        reads=("referrals",),
        writes=("need_spells",),
        sql=("spells/need_spells.sql",),
        settings=(
            "contact.assessment_days", "contact.max_gap_days", "coverage.children_in_need.end",
        ),
    ),
    Step(
        name="merge_need_spells_dfe",
        stage="spells",
        message="Telling referral from need, as DfE counts it",
        reads=("referrals",),
        writes=("need_spells_dfe",),
        sql=("spells/need_spells_dfe.sql",),
        settings=(
            "contact.early_help_is_need", "contact.max_gap_days", "coverage.children_in_need.end",
        ),
    ),
    Step(
        name="merge_contact_states",
        stage="spells",
        message="Laying the states of contact end to end",
        reads=("need_spells", "plan_spells", "care_spells"),
        writes=("contact_states",),
        sql=("spells/contact_states.sql",),
        settings=_CONTACT_ENDS,
    ),
    Step(
        name="merge_contact_states_dfe",
        stage="spells",
        message="Laying the states of contact end to end, as DfE counts need",
        reads=("need_spells_dfe", "plan_spells", "care_spells"),
        writes=("contact_states_dfe",),
        sql=("spells/contact_states_dfe.sql",),
        settings=_CONTACT_ENDS,
    ),
    Step(
        name="count_social_care",
        stage="spells",
        message="Counting children in need, on a plan and looked after at each 31 March",
        reads=("referrals", "plans", "care_episodes"),
        writes=("social_care_counts",),
        sql=("spells/social_care_counts.sql",),
        settings=(
            "contact.early_help_is_need", "coverage.children_in_need.start",
            "coverage.children_in_need.end", "coverage.care.start", "coverage.care.end",
        ),
    ),
    Step(
        name="merge_custody_spells",
        stage="spells",
        message="Joining stays in custody into spells",
        reads=("custody_stays", "offences"),
        writes=("custody_spells",),
        sql=("spells/custody_spells.sql",),
        settings=("custody.max_gap_days", "coverage.offences.end"),
    ),
    Step(
        name="merge_enrolments",
        stage="spells",
        message="Joining census records into enrolments",
        reads=("school_years", "term_censuses"),
        writes=("enrolments",),
        sql=("spells/enrolments.sql",),
        threads=2,
    ),
)  # fmt: skip
