"""Harmonised justice records."""

from cws_outcomes.contracts.columns import PERSON, day, flag, text, whole
from cws_outcomes.contracts.harmonised.columns import harmonised

OFFENCES = harmonised(
    "offences",
    "one row per person and offence",
    ("person_id", "offence_no"),
    {
        "person_id": PERSON,
        "offence_no": whole("number within person, by date", minimum=1),
        "offence_date": day("day of the offence; the disposal's where it is missing"),
        "disposal_date": day(
            "day of the first disposal that proves it, else of the first", nullable=True
        ),
        "is_date_of_offence": flag("offence_date is the offence's own"),
        "offence_group": text("codelist offence_group", nullable=True),
        "is_proven": flag("a caution, or a guilty finding"),
        "is_custody": flag("proven and disposed of by immediate custody"),
    },
    "offences linked by pupil reference; best disposal by rank",
)

TABLES = (OFFENCES,)
