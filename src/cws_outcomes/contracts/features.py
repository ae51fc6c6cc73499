"""Features: covariates and exposures from histories, outcomes from follow-ups."""

from cws_outcomes.contracts.columns import PERSON, SEXES, STATES, day, flag, number, text, whole
from cws_outcomes.contracts.harmonised import ETHNIC_GROUPS, SEN_GROUPS
from cws_outcomes.contracts.table import Table

_FOLDER = "person_level/features/{cohort}"

COVARIATES = Table(
    name="covariates",
    folder=_FOLDER,
    grain="one row per member",
    key=("person_id",),
    columns={
        "person_id": PERSON,
        "la_code": text("index LA"),
        "birth_cohort": text("academic year of birth, as text for use as levels"),
        "sex": text("sex; unknown where none is recorded", allowed=("unknown", *SEXES)),
        "ethnic_group": text("ethnic group", allowed=("unknown", *ETHNIC_GROUPS)),
        "language": text("first language group", allowed=("unknown", "english", "other")),
        "is_fsm_eligible": flag("free school meals at the last census"),
        "sen_group": text(
            "special educational needs at the last census", allowed=("unknown", *SEN_GROUPS)
        ),
        "idaci_ridit": number(
            "deprivation at the last census, 1 = most deprived; the mean of "
            "the cohort where missing",
            minimum=0,
            maximum=1,
        ),
        "idaci_fifth": text(
            "fifth of small areas in England, 1 = most deprived",
            allowed=("unknown", "1", "2", "3", "4", "5"),
        ),
        "prior_attainment": text(
            "third of the year's key stage 2 scores", allowed=("unknown", "low", "middle", "high")
        ),
        "is_left_truncated": flag("in contact before usable coverage began"),
    },
    source="members, people, school_history and result_history: nothing after the index date",
)

EXPOSURE = Table(
    name="exposure",
    folder=f"{_FOLDER}/exposure",
    file="{exposure}",
    grain="one row per member",
    key=("person_id",),
    columns={
        "person_id": PERSON,
        "value": number(
            "the measure itself, in the definition's unit; missing where the state never held",
            nullable=True,
        ),
        "level_no": whole("order of the level", minimum=0),
        "level": text("level shown and used in models"),
    },
    source="spell_history, by the exposure's definition",
)

OUTCOME = Table(
    name="outcome",
    folder=f"{_FOLDER}/outcome",
    file="{outcome}",
    grain="one row per member",
    key=("person_id",),
    columns={
        "person_id": PERSON,
        "is_at_risk": flag(
            "free of the event, and on roll where the outcome asks for it, when its window opens"
        ),
        "start_date": day("first day of the window"),
        "stop_date": day("day of the event, of the competing event or of censoring", nullable=True),
        "status": text(
            "what ended the window", allowed=("event", "competing", "censored", "complete")
        ),
        "reason": text("event, competing event or reason for censoring"),
        "is_observed": flag("the whole window was seen, or the event"),
        "has_event": flag("the event happened in the window"),
    },
    source="follow-up tables, by the outcome's definition; histories only for being at risk",
)

RISK_INTERVALS = Table(
    name="risk_intervals",
    folder=f"{_FOLDER}/risk_intervals",
    file="{outcome}",
    grain="one row per member and time at risk in one state of contact",
    key=("person_id", "start_age_days"),
    columns={
        "person_id": PERSON,
        "start_age_days": whole("age in days at the start, not counted as at risk", minimum=0),
        "stop_age_days": whole("age in days at the end", minimum=0),
        "contact_state": text("state of contact as known in the interval", allowed=STATES),
        "has_event": flag("the event happened at the end of the interval"),
        "competing": text("competing event or censoring at the end; empty where none"),
        "ever_in_contact": flag(
            "in contact at any time before the end of follow-up, the future "
            "included: for showing the bias of ever/never only"
        ),
    },
    source="contact_history, contact_follow_up and the outcome",
    rules={"starts_before_it_ends": "start_age_days < stop_age_days"},
)

TABLES = (COVARIATES, EXPOSURE, OUTCOME, RISK_INTERVALS)
