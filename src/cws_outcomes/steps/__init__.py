"""Every step of a study, by name, in the order they run. Start reading here."""

from cws_outcomes.step import Step
from cws_outcomes.steps.records import RECORDS
from cws_outcomes.steps.study import STUDY

STEPS: dict[str, Step] = {step.name: step for step in (*RECORDS, *STUDY)}

__all__ = ["STEPS"]
