"""Steps of a study: cohorts, features, models, disclosure, and what is printed."""

from cws_outcomes.contracts.cohort import FOLLOW_UPS, HISTORIES
from cws_outcomes.step import Step

_CONTACT_ENDS = ("coverage.children_in_need.end", "coverage.care.end")

COHORT = (
    Step(
        name="decide_eligibility",
        stage="cohort",
        message="Deciding who is in {cohort}",
        reads=(
            "people", "enrolments", "school_years", "contact_states", "care_episodes", "plans",
            "referrals", "exits", "coverage_gaps", "local_authorities",
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
        settings=(
            "outcome", "coverage.offences.end", "coverage.schools.end", "offences.lag_months",
        ),
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

STUDY = (*COHORT, *FEATURES, *MODELS, *DISCLOSURE, *PRINTED)
