"""Where and when a source delivered nothing inside its window."""

from cws_outcomes.contracts.columns import day, text
from cws_outcomes.contracts.harmonised.columns import harmonised

SOURCES = (
    "children_in_need", "care", "offences", "schools", "summer_census", "absence", "key_stage_1",
    "key_stage_2",
)  # fmt: skip

COVERAGE_GAPS = harmonised(
    "coverage_gaps",
    "one row per source, LA and gap",
    ("source", "la_code", "start_date", "end_date", "reason"),
    {
        "source": text("key of the study's coverage", allowed=SOURCES),
        "la_code": text("harmonised LA; missing where the gap is everywhere", nullable=True),
        "start_date": day("first day from which nothing was delivered"),
        "end_date": day("first day after"),
        "reason": text("why, as the study says"),
    },
    "the study's coverage; a gap of an LA that others are shown with is one of them all",
    {"starts_before_it_ends": "start_date < end_date"},
)

TABLES = (COVERAGE_GAPS,)
