"""Harmonised tables: one person spine, one set of codes, one geography; judgement begins here."""

from cws_outcomes.contracts.harmonised import coverage, justice, people, school, social_care
from cws_outcomes.contracts.harmonised.people import ETHNIC_GROUPS
from cws_outcomes.contracts.harmonised.school import SEN_GROUPS

TABLES = (*people.TABLES, *school.TABLES, *social_care.TABLES, *justice.TABLES, *coverage.TABLES)

__all__ = ["ETHNIC_GROUPS", "SEN_GROUPS", "TABLES"]
