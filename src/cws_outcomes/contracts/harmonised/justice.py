"""Harmonised justice records."""

from cws_outcomes.contracts.columns import PERSON, count, day, flag, text, whole
from cws_outcomes.contracts.harmonised.columns import harmonised, repairs
from cws_outcomes.contracts.table import Table

CUSTODY_TIERS = ("immediate", "activated", "suspended")
DISPOSAL_GROUPS = (
    "custody", "custody_activated", "custody_suspended", "community", "other_sentence",
    "caution", "penalty_notice", "not_proven",
)  # fmt: skip

_OFFENCE = {
    "moj_id": text("person of the justice records", nullable=True),
    "case_id": text("case", nullable=True),
    "offence_id": text("offence within case", nullable=True),
}
_TIER = text("custody of a proven offence, by codelist", nullable=True, allowed=CUSTODY_TIERS)
_GROUP = text("codelist disposal, severest first", nullable=True, allowed=DISPOSAL_GROUPS)

_DISPOSAL = {
    "person_id": PERSON,
    **_OFFENCE,
    "offence_date": day("day the offence began", nullable=True),
    "disposal_date": day("day of the disposal", nullable=True),
    "recorded_age": whole("age at the offence as recorded, 0 or more", nullable=True),
    "is_primary": flag("primary offence of its case, as recorded", nullable=True),
    "disposal_rank": whole("rank of the disposal, 1 = most serious", nullable=True),
    "offence_group": text("codelist offence_group", nullable=True),
    "disposal_group": _GROUP,
    "is_proven": flag("a caution, or a guilty finding"),
    "custody_tier": _TIER,
    "sentence_days": whole("length of the sentence in days", nullable=True),
}

DISPOSALS = harmonised(
    "disposals",
    "one row per person, offence and disposal, however often delivered",
    tuple(_DISPOSAL),
    {**_DISPOSAL, "deliveries": count("rows delivered that say the same")},
    "offences of persons of the spine, by justice id, else by pupil reference",
)

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
        "disposal_group": text(
            "best disposal: proven, then by rank, then by severity",
            nullable=True,
            allowed=DISPOSAL_GROUPS,
        ),
        "is_primary": flag("primary offence of its case, as recorded", nullable=True),
        "is_proven": flag("a caution, or a guilty finding"),
        "is_custody": flag("proven and disposed of by immediate custody"),
        "custody_tier": text(
            "custody of any disposal that proves it, immediate before the others",
            nullable=True,
            allowed=CUSTODY_TIERS,
        ),
        "custody_date": day("day of the first sentence to immediate custody", nullable=True),
        "sentence_days": whole("length of the sentence to immediate custody", nullable=True),
        "may_be_activation": flag("immediate custody after a suspended sentence of the case"),
        "is_before_birth": flag("offence_date is before the month of birth"),
        "is_before_age_10": flag("offence_date is before any possible 10th birthday"),
        "is_after_disposal": flag("the offence's own date is after its disposal"),
        "is_age_disputed": flag("age by dates and recorded age differ by more than a year"),
    },
    "disposals and people",
)

CUSTODY_STAYS = harmonised(
    "custody_stays",
    "one row per person and first day of a stay in custody",
    ("person_id", "start_date"),
    {
        "person_id": PERSON,
        "start_date": day("first day in custody"),
        "end_date": day("day of release; missing while in custody", nullable=True),
        "kind": text("kind of custody, as delivered", nullable=True),
        "stays": whole("different rows delivered for that day", minimum=1),
    },
    "prison; empty where it is not delivered",
)

COURT_APPEARANCES = harmonised(
    "court_appearances",
    "one row per person, day, case and kind of an appearance in court",
    ("person_id", "appearance_date", "case_id", "kind"),
    {
        "person_id": PERSON,
        "appearance_date": day("day of the appearance"),
        "case_id": text("case; empty where it is missing"),
        "kind": text("kind of court, as delivered; empty where it is missing"),
    },
    "court; empty where it is not delivered",
)

PROBATION_ORDERS = harmonised(
    "probation_orders",
    "one row per person, first day and kind of an order or licence",
    ("person_id", "start_date", "kind"),
    {
        "person_id": PERSON,
        "start_date": day("first day supervised"),
        "kind": text("kind of order, as delivered; empty where it is missing"),
        "end_date": day("last day supervised; missing while open", nullable=True),
        "orders": whole("different rows delivered for that day and kind", minimum=1),
    },
    "probation; empty where it is not delivered",
)

OFFENCE_LAG = Table(
    name="offence_lag",
    folder="unchecked/linkage",
    grain="one row per calendar year of proven offences that bear their own date",
    key=("offence_year",),
    columns={
        "offence_year": whole("calendar year of the offence"),
        "proven_offences": count("proven offences, not dated after their disposal"),
        "within_3_months": count("of these, disposed of within 3 months"),
        "within_6_months": count("within 6 months"),
        "within_12_months": count("within 12 months"),
        "within_24_months": count("within 24 months"),
        "undated_disposals": count("whose disposal has no date"),
        "median_months": text(
            "band that holds the median of dated disposals",
            allowed=("under 3", "3 to 5", "6 to 11", "12 to 23", "24 or more"),
        ),
    },
    source="offences; what recent years lack is known from the years before",
    sensitivity="unchecked",
)

JUSTICE_REPAIRS = repairs("justice", "offences, recounted beside what was made of them")
PLUG_IN_REPAIRS = repairs("plug_in", "prison, court and probation, recounted likewise")

TABLES = (
    DISPOSALS,
    OFFENCES,
    CUSTODY_STAYS,
    COURT_APPEARANCES,
    PROBATION_ORDERS,
    OFFENCE_LAG,
    JUSTICE_REPAIRS,
    PLUG_IN_REPAIRS,
)
