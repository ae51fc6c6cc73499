"""Every step of a study, by name, in the order they run. Start reading here."""

from cws_outcomes.step import Step
from cws_outcomes.steps.coverage import COVERAGE
from cws_outcomes.steps.delivery import INGEST, SYNTHETIC
from cws_outcomes.steps.justice import JUSTICE
from cws_outcomes.steps.people import PEOPLE
from cws_outcomes.steps.school import SCHOOL
from cws_outcomes.steps.social_care import SOCIAL_CARE
from cws_outcomes.steps.spells import SPELLS
from cws_outcomes.steps.study import STUDY

RECORDS = (*SYNTHETIC, *INGEST, *PEOPLE, *COVERAGE, *SCHOOL, *SOCIAL_CARE, *JUSTICE, *SPELLS)
STEPS: dict[str, Step] = {step.name: step for step in (*RECORDS, *STUDY)}

__all__ = ["RECORDS", "STEPS"]
