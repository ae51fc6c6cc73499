"""Harmonised persons, keys, linkage and places."""

from cws_outcomes.contracts.columns import PERSON, SEXES, count, day, flag, text, whole
from cws_outcomes.contracts.harmonised.columns import harmonised
from cws_outcomes.contracts.table import Table

ETHNIC_GROUPS = ("white", "mixed", "asian", "black", "other")

LOCAL_AUTHORITIES = harmonised(
    "local_authorities",
    "one row per LA code that delivered tables may hold",
    ("raw_code",),
    {
        "raw_code": text("3-digit or 9-digit code as delivered"),
        "la_code": text("harmonised LA: its 3-digit code, or the parent's for a combined area"),
        "la_name": text("name of the harmonised LA"),
        "region": text("region"),
        "is_combined": flag("several LAs shown as one, as a split or merger cannot be undone"),
    },
    "the authority codelist, in the study's geography",
)

PERSON_KEYS = harmonised(
    "person_keys",
    "one row per key under which a person is delivered",
    ("key_kind", "la", "key"),
    {
        "key_kind": text("kind of key", allowed=("pupil", "la_child")),
        "la": text("LA code as delivered for an LA child id; empty for a pupil reference"),
        "key": text("pupil reference or LA child id"),
        "person_id": PERSON,
    },
    "pupil references of all tables; LA child ids of children_in_need and care_episodes, "
    "with missing references filled from other rows of the same LA and child id",
)

PEOPLE = harmonised(
    "people",
    "one row per person",
    ("person_id",),
    {
        "person_id": PERSON,
        "has_pupil_reference": flag("known by a pupil reference, not only by an LA child id"),
        "birth_date": day("birth, imputed to the configured day of the month", nullable=True),
        "birth_cohort": whole("academic year of birth, by the year it begins", nullable=True),
        "sex": text("sex, most frequent value", nullable=True, allowed=SEXES),
        "ethnic_group": text(
            "ethnic group, most frequent value", nullable=True, allowed=ETHNIC_GROUPS
        ),
        "language": text("first language group", nullable=True, allowed=("english", "other")),
    },
    "school census, then children_in_need and care_episodes where the census is silent",
)

LINKAGE = Table(
    name="linkage",
    folder="unchecked/linkage",
    key=("measure",),
    grain="one row per measure of linkage",
    columns={"measure": text("what was counted"), "persons": count("persons or keys")},
    source="person_keys and delivered tables",
    sensitivity="unchecked",
)

TABLES = (
    LOCAL_AUTHORITIES,
    PERSON_KEYS,
    PEOPLE,
    LINKAGE,
)
