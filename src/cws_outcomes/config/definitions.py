"""Definitions, one YAML file each: cohorts, outcomes, exposures, models, tables, figures."""

from typing import Annotated, Literal

from pydantic import Field

from cws_outcomes.config.section import Section

OpenState = Literal["referral", "cin", "cpp", "cla"]
Events = Literal["proven_offence", "custody", "suspension", "permanent_exclusion"]
WindowEnd = Literal["18th_birthday", "end_of_year_11", "end_of_year_13"]
CompetingEvent = Literal["death", "permanent_exclusion", "custody", "leaving_roll"]
CensoringReason = Literal["adoption", "left_england"]
Covariate = Literal[
    "birth_cohort", "sex", "ethnic_group", "language", "is_fsm_eligible", "sen_group",
    "idaci_ridit", "idaci_fifth", "prior_attainment",
]  # fmt: skip


class LandmarkCohort(Section):
    """Children followed from a birthday, with what was known of them in a look-back before it."""

    kind: Literal["landmark"]
    label: str
    age_years: int = Field(ge=0, le=17, description="birthday at which follow-up starts")
    look_back_months: int = Field(ge=0, le=216, description="months of contact looked back on")
    until: WindowEnd = "end_of_year_13"


class EntryCohort(Section):
    """Children followed from the latest of a birthday, first census and start of coverage."""

    kind: Literal["entry"]
    label: str
    age_years: int = Field(ge=0, le=17, description="earliest age at entry")
    until: WindowEnd = "18th_birthday"


Cohort = Annotated[LandmarkCohort | EntryCohort, Field(discriminator="kind")]


class FirstEvent(Section):
    """The first event of a kind in a window, among those free of it when the window opens."""

    kind: Literal["first_event"]
    label: str
    event: Events
    date: Literal["offence", "disposal"] = Field(
        "offence", description="which date an offence counts at"
    )
    window_opens: Literal["index_date", "start_of_year_10"] = "index_date"
    window_closes: WindowEnd = "end_of_year_13"
    competing: tuple[CompetingEvent, ...] = Field(
        ("death",), description="after which the event can no longer happen"
    )
    censoring: tuple[CensoringReason, ...] = Field(
        ("adoption", "left_england"), description="after which it can no longer be seen"
    )
    cohorts: tuple[str, ...] = Field(
        ("landmark_14",), description="cohorts whose tables of all outcomes show it"
    )


class Attainment(Section):
    """A result reached, or not, at the end of Year 11 among pupils on roll in that year."""

    kind: Literal["attainment"]
    label: str
    measure: Literal["english_maths", "attainment_8"]
    at_least: float = Field(description="value that counts as reached")
    cohorts: tuple[str, ...] = ("landmark_14",)


Outcome = Annotated[FirstEvent | Attainment, Field(discriminator="kind")]


class HighestState(Section):
    """Highest state of contact observed in the look-back, or ever before the index date."""

    kind: Literal["highest_state"]
    label: str
    window: Literal["look_back", "ever"] = "look_back"
    cohorts: tuple[str, ...] = ("landmark_14",)


class AnyContact(Section):
    """Whether a state of contact held at any time in the window."""

    kind: Literal["any_contact"]
    label: str
    state: OpenState
    window: Literal["look_back", "ever"] = "look_back"
    cohorts: tuple[str, ...] = ("landmark_14",)


class AgeAtFirst(Section):
    """Age in years when a state was first entered, before the index date."""

    kind: Literal["age_at_first"]
    label: str
    state: OpenState
    bands: tuple[float, ...] = Field(description="lower limits of the bands above the first")
    cohorts: tuple[str, ...] = ("landmark_14",)


class DaysIn(Section):
    """Days spent in a state, before the index date."""

    kind: Literal["days_in"]
    label: str
    state: OpenState
    window: Literal["look_back", "ever"] = "ever"
    bands: tuple[float, ...] = Field(
        description="lower limits in days of the bands above the first"
    )
    cohorts: tuple[str, ...] = ("landmark_14",)


class NumberOfSpells(Section):
    """Number of separate spells in a state, before the index date."""

    kind: Literal["number_of_spells"]
    label: str
    state: OpenState
    window: Literal["look_back", "ever"] = "ever"
    bands: tuple[float, ...] = (2, 3)
    cohorts: tuple[str, ...] = ("landmark_14",)


Exposure = Annotated[
    HighestState | AnyContact | AgeAtFirst | DaysIn | NumberOfSpells, Field(discriminator="kind")
]


class CumulativeIncidence(Section):
    """Aalen-Johansen curves of one outcome by the levels of one exposure."""

    family: Literal["cumulative_incidence"]
    label: str
    cohort: str
    outcome: str
    exposure: str


class Cox(Section):
    """Cox model with age as the clock and the state of contact changing with time."""

    family: Literal["cox"]
    label: str
    cohort: str
    outcome: str
    state: Literal["as_known", "ever"] = Field(
        "as_known",
        description="ever = in contact at any time, the future included: biased, "
        "kept to show the bias",
    )
    covariates: tuple[Covariate, ...] = ()
    strata: tuple[Literal["la_code", "birth_cohort", "sex"], ...] = ("la_code", "birth_cohort")
    leave_out_left_truncated: bool = Field(
        False, description="leave out children known before coverage began"
    )


class MultilevelLogit(Section):
    """Logit of an outcome on an exposure and covariates with a random intercept for each LA."""

    family: Literal["multilevel_logit"]
    label: str
    cohort: str
    outcome: str
    exposure: str
    covariates: tuple[Covariate, ...] = ()


class LaEquity(Section):
    """Observed and expected events for each LA, outcome, group and adjustment."""

    family: Literal["la_equity"]
    label: str
    cohort: str
    group: str = Field(description="exposure whose levels are the groups")
    outcomes: tuple[str, ...] | Literal["all"] = "all"
    interventions: tuple[str, ...] = Field(
        (), description="exposures of kind any_contact, shown for group all"
    )
    adjustments: dict[str, tuple[Covariate, ...]] = Field(
        description="name of each adjustment to what the expected numbers allow for"
    )


class OutcomeByExposure(Section):
    """Events by level of every exposure, for every outcome."""

    family: Literal["outcome_by_exposure"]
    label: str
    cohort: str
    outcomes: tuple[str, ...] | Literal["all"] = "all"
    exposures: tuple[str, ...] | Literal["all"] = "all"


Model = Annotated[
    CumulativeIncidence | Cox | MultilevelLogit | LaEquity | OutcomeByExposure,
    Field(discriminator="family"),
]

Layout = Literal[
    "flow", "cumulative_incidence", "hazard_ratios", "multilevel_logit", "la_effects",
    "la_equity", "la_funnel", "outcome_by_exposure",
]  # fmt: skip


class PrintedTable(Section):
    """One CSV made from cleared results of one layout."""

    title: str
    layout: Layout
    models: tuple[str, ...] | Literal["all"] = Field(
        "all", description="models whose results it shows; cohorts where the layout is flow"
    )
    where: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="column to the values whose rows are kept"
    )
    columns: tuple[str, ...] = Field((), description="columns in their order; none = all")
    note: str = Field("", description="printed below the table in the report")


class PrintedFigure(Section):
    """One picture drawn from one printed table."""

    title: str
    kind: Literal["curves", "forest", "caterpillar", "funnel", "flow", "gradient"]
    table: str = Field(description="printed table that it draws")
    where: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="column to the values whose rows are drawn, in this order"
    )
    subtitle: str = ""
    caption: str = ""
    value: str = Field("", description="column that a caterpillar draws")


KINDS: dict[str, object] = {
    "cohorts": Cohort,
    "outcomes": Outcome,
    "exposures": Exposure,
    "models": Model,
    "tables": PrintedTable,
    "figures": PrintedFigure,
}
