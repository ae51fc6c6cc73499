"""Delivered justice tables. Only the police national computer's columns are public knowledge."""

from cws_outcomes.contracts.delivered.columns import PUPIL, code, day_of, delivered, whole_of

_PERSON = {
    "moj_id": code("person of the justice records"),
    "pupil_reference": PUPIL,
}

OFFENCES = delivered(
    "offences",
    "one row per person, offence and disposal",
    {
        **_PERSON,
        "case_id": code("case"),
        "offence_id": code("offence within case"),
        "offence_date": day_of("day the offence began; year 1900 = missing"),
        "offence_age": whole_of("age at the offence in years; impossible values occur"),
        "is_primary": code("primary offence of its case, Y or N"),
        "disposal_rank": whole_of("rank of the disposal, 1 = most serious"),
        "adjudication": code("adjudication"),
        "offence_group": code("offence group, beginning with its two-digit number"),
        "disposal": code("disposal, four-digit code"),
        "disposal_date": day_of("day of the disposal"),
        "sentence_days": whole_of("length of a custodial sentence in days"),
    },
)

PRISON = delivered(
    "prison",
    "one row per person and stay in custody",
    {
        **_PERSON,
        "start_date": day_of("first day in custody"),
        "end_date": day_of("day of release; missing while in custody"),
        "kind": code("kind of custody"),
    },
)

COURT = delivered(
    "court",
    "one row per person and appearance in court",
    {
        **_PERSON,
        "case_id": code("case"),
        "appearance_date": day_of("day of the appearance"),
        "kind": code("kind of court"),
    },
)

PROBATION = delivered(
    "probation",
    "one row per person and order or licence supervised",
    {
        **_PERSON,
        "start_date": day_of("first day supervised"),
        "end_date": day_of("last day supervised; missing while open"),
        "kind": code("kind of order"),
    },
)

TABLES = (OFFENCES, PRISON, COURT, PROBATION)

SHAPES: dict[str, dict[str, dict[str, str]]] = {}

NEEDED = {
    "offences": (
        "moj_id", "pupil_reference", "case_id", "offence_id", "offence_date", "adjudication",
    ),
    "prison": ("moj_id", "start_date", "end_date"),
    "court": ("moj_id", "appearance_date"),
    "probation": ("moj_id", "start_date", "end_date"),
}  # fmt: skip

REQUIRED = ("offences",)

CODED = {
    "offences": {
        "adjudication": "adjudication",
        "offence_group": "offence_group",
        "disposal": "disposal",
    },
}
