"""Every step of a study and the order they run in. Start reading here."""

from cws_outcomes.contracts.cohort import FOLLOW_UPS, HISTORIES
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

COHORT = (
    Step(
        name="decide_eligibility",
        stage="cohort",
        message="Deciding who is in {cohort}",
        reads=(
            "people", "enrolments", "school_years", "contact_states", "care_episodes", "plans",
            "referrals", "exits",
        ),
        writes=("eligibility",),
        function="cws_outcomes.cohort.eligibility:decide",
        settings=(
            "coverage.children_in_need", "coverage.care", "coverage.schools",
            "coverage.offences", "cohort",
        ),
        per=("cohort",),
    ),
    Step(
        name="select_members",
        stage="cohort",
        message="Selecting the members of {cohort}, counting who is left out",
        reads=("eligibility",),
        writes=("members", "flow"),
        function="cws_outcomes.cohort.members:select",
        settings=("cohort",),
        per=("cohort",),
    ),
    Step(
        name="cut_histories",
        stage="cohort",
        message="Cutting each history of {cohort} at the index date",
        reads=(
            "members", "contact_states", "need_spells", "plan_spells", "care_spells", "offences",
            "exclusions", "attainment", "school_years", "exits",
        ),
        writes=tuple(table.name for table in (*HISTORIES, *FOLLOW_UPS)),
        sql=tuple(f"cohort/{table.name}.sql" for table in (*HISTORIES, *FOLLOW_UPS)),
        per=("cohort",),
    ),
)  # fmt: skip

FEATURES = (
    Step(
        name="describe_members",
        stage="features",
        message="Describing the members of {cohort} as known on the index date",
        reads=("members", "people", "school_history", "result_history"),
        writes=("covariates",),
        sql=("features/covariates.sql",),
        per=("cohort",),
    ),
    Step(
        name="measure_exposure",
        stage="features",
        message="Measuring {exposure} in {cohort}",
        reads=("members", "spell_history"),
        writes=("exposure",),
        function="cws_outcomes.features.exposures:measure",
        settings=("exposure",),
        per=("cohort", "exposure"),
    ),
    Step(
        name="measure_outcome",
        stage="features",
        message="Measuring {outcome} in {cohort}",
        reads=(
            "members", "offence_history", "exclusion_history", "school_history",
            "result_history", "offence_follow_up", "exclusion_follow_up", "result_follow_up",
            "school_follow_up", "exit_follow_up",
        ),
        writes=("outcome",),
        function="cws_outcomes.features.outcomes:measure",
        settings=("outcome", "coverage.offences.end", "coverage.schools.end"),
        per=("cohort", "outcome"),
    ),
    Step(
        name="build_risk_intervals",
        stage="features",
        message="Splitting time at risk of {outcome} by state of contact in {cohort}",
        reads=("members", "contact_history", "contact_follow_up", "outcome"),
        writes=("risk_intervals",),
        sql=("features/risk_intervals.sql",),
        settings=_CONTACT_ENDS,
        per=("cohort", "outcome"),
    ),
)  # fmt: skip


def _model(family: str, writes: tuple[str, ...], message: str) -> Step:
    # What a model reads depends on its definition: planning fills it in.
    return Step(
        name=f"fit_{family}",
        stage="models",
        message=message,
        reads=("covariates",),
        writes=writes,
        function=f"cws_outcomes.models.{family}:fit",
        settings=("model",),
        per=("model",),
    )


MODELS = (
    _model("cumulative_incidence", ("cumulative_incidence",), "Estimating the curves of {model}"),
    _model("cox", ("hazard_ratios",), "Fitting the Cox model {model}"),
    _model("multilevel_logit", ("multilevel_logit", "la_effects"), "Fitting {model}"),
    _model("la_equity", ("la_equity",), "Counting observed and expected events for {model}"),
    _model("outcome_by_exposure", ("outcome_by_exposure",), "Counting events for {model}"),
)


def _clear(
    result: str, function: str, per: str = "model", *, beside: str = "", also: str = ""
) -> Step:
    return Step(
        name=f"clear_{result}",
        stage="disclosure",
        message=f"Clearing {result.replace('_', ' ')} of {{{per}}}",
        reads=(result, beside) if beside else (result,),
        writes=(f"cleared_{result}", also) if also else (f"cleared_{result}",),
        function=f"cws_outcomes.disclosure.{function}",
        settings=("disclosure.threshold", "disclosure.round_to"),
        per=(per,),
    )


DISCLOSURE = (
    _clear("flow", "flow:clear_flow", per="cohort"),
    _clear("cumulative_incidence", "curves:clear_cumulative_incidence"),
    _clear("hazard_ratios", "coefficients:clear_hazard_ratios"),
    _clear("multilevel_logit", "coefficients:clear_multilevel_logit"),
    _clear("la_effects", "coefficients:clear_la_effects", beside="multilevel_logit"),
    _clear("la_equity", "equity_table:clear_la_equity", also="cleared_la_funnel"),
    _clear("outcome_by_exposure", "exposure_table:clear_outcome_by_exposure"),
)

PRINTED = (
    Step(
        name="print_table",
        stage="tables",
        message="Printing the table {table}",
        prints=("releasable/tables/{table}.csv",),
        function="cws_outcomes.tables.print:print_table",
        settings=("table",),
        per=("table",),
    ),
    Step(
        name="draw_figure",
        stage="figures",
        message="Drawing the figure {figure}",
        prints=("releasable/figures/{figure}.png", "releasable/figures/{figure}.csv"),
        function="cws_outcomes.figures.draw:draw_figure",
        settings=("figure", "table", "labels", "synthetic"),
        per=("figure",),
    ),
    Step(
        name="write_report",
        stage="report",
        message="Writing the report",
        prints=("releasable/report.html", "releasable/manifest.csv"),
        function="cws_outcomes.report.fill:write_report",
        settings=("report", "labels", "synthetic"),
    ),
)

STEPS: dict[str, Step] = {
    step.name: step
    for stage in (
        SYNTHETIC,
        INGEST,
        HARMONISE,
        SPELLS,
        COHORT,
        FEATURES,
        MODELS,
        DISCLOSURE,
        PRINTED,
    )
    for step in stage
}
