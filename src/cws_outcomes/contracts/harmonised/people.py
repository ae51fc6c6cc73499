"""Harmonised persons, keys, linkage and places."""

from cws_outcomes.contracts.columns import PERSON, SEXES, count, day, flag, text, whole
from cws_outcomes.contracts.harmonised.columns import harmonised, repairs
from cws_outcomes.contracts.table import Column, Table

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

AUTHORITY_CODES = harmonised(
    "authority_codes",
    "one row per code that any LA of England ever had",
    ("code",),
    {
        "code": text("3-digit or 9-digit code"),
        "authority": text("3-digit code of the LA, whatever the study's geography"),
    },
    "the authority codelist",
)

LA_CHILDREN = harmonised(
    "la_children",
    "one row per LA code as delivered and child id",
    ("la", "la_child_id"),
    {
        "la": text("LA code as delivered"),
        "la_child_id": text("child id, unique within the LA only"),
        "authority": text("3-digit code of the LA; the code as delivered where it is unknown"),
        "pupil_reference": text("reference the child stands for, if any", nullable=True),
        "pupil_references": whole("references that the child's rows name", minimum=0),
        "is_reference_refused": flag(
            "shared with a child that differs in two of birth, sex and ethnic group"
        ),
    },
    "children_in_need, care_episodes and care_years: a missing reference is filled from other "
    "rows of the same LA and child id",
)

MOJ_REFERENCES = harmonised(
    "moj_references",
    "one row per person of the justice records and pupil reference named beside it",
    ("moj_id", "pupil_reference"),
    {
        "moj_id": text("person of the justice records"),
        "pupil_reference": text("pupil reference"),
        "mentions": whole("offences, and other tables, that name both", minimum=1),
    },
    "offences, prison, court, probation, exclusions, early_years and key_stage_2_exams",
)

PERSON_KEYS = harmonised(
    "person_keys",
    "one row per key under which a person is delivered",
    ("key_kind", "la", "key"),
    {
        "key_kind": text("kind of key", allowed=("pupil", "la_child", "moj")),
        "la": text("LA code as delivered for an LA child id; else empty"),
        "key": text("pupil reference, LA child id, or person of the justice records"),
        "person_id": PERSON,
    },
    "pupil references of all tables but those of justice; la_children; moj_references to a pupil "
    "of the spine, by most mentions",
)

CHARACTERISTICS = harmonised(
    "characteristics",
    "one row per person, source and combination of characteristics recorded together",
    ("person_id", "source", "birth_month", "sex", "ethnic_group", "language"),
    {
        "person_id": PERSON,
        "source": text("school censuses or social care", allowed=("census", "social_care")),
        "birth_month": day("first day of the month of birth", nullable=True),
        "sex": text("sex", nullable=True, allowed=SEXES),
        "ethnic_group": text("ethnic group", nullable=True, allowed=ETHNIC_GROUPS),
        "language": text("first language group", nullable=True, allowed=("english", "other")),
        "years": Column("BIGINT", "years so recorded, as bits: bit 0 is 1990 or unknown"),
    },
    "school_census; children_in_need, care_episodes and care_years",
)

PEOPLE = harmonised(
    "people",
    "one row per person",
    ("person_id",),
    {
        "person_id": PERSON,
        "has_pupil_reference": flag("known by a pupil reference, not only by an LA child id"),
        "moj_ids": whole("persons of the justice records linked; 0 = no link found", minimum=0),
        "birth_date": day("birth, imputed to the configured day of the month", nullable=True),
        "birth_precision": text(
            "how exactly birth_date is known; missing with it", nullable=True, allowed=("month",)
        ),
        "birth_cohort": whole("academic year of birth, by the year it begins", nullable=True),
        "sex": text("sex, most frequent value", nullable=True, allowed=SEXES),
        "ethnic_group": text(
            "ethnic group, most frequent value", nullable=True, allowed=ETHNIC_GROUPS
        ),
        "language": text("first language group", nullable=True, allowed=("english", "other")),
        "is_birth_disputed": flag("recorded with several months of birth"),
        "is_sex_disputed": flag("recorded with several sexes"),
        "is_ethnic_group_disputed": flag("recorded with several ethnic groups"),
        "is_language_disputed": flag("recorded with several language groups"),
    },
    "characteristics: school census, then social care where the census is silent; person_keys",
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

LINKAGE_BY_GROUP = Table(
    name="linkage_by_group",
    folder="unchecked/linkage",
    key=("grouped_by", "level"),
    grain="one row per grouping and level: who is linked, and who is not",
    columns={
        "grouped_by": text(
            "what groups them; recorded_birth_year is that of the justice records",
            allowed=(
                "all", "sex", "ethnic_group", "birth_cohort", "home_la", "responsible_la",
                "recorded_birth_year",
            ),
        ),
        "level": text("its value; unknown where it is missing"),
        "persons": count("persons of the spine"),
        "persons_with_reference": count("of these, with a pupil reference"),
        "in_need": count("persons with a record of children in need"),
        "in_need_with_reference": count("of these, with a pupil reference"),
        "in_care": count("persons with an episode of care"),
        "in_care_with_reference": count("of these, with a pupil reference"),
        "persons_with_moj_id": count("persons linked to the justice records"),
        "moj_ids": count("persons of the justice records: those linked, and by recorded year all"),
        "moj_ids_linked": count("of these, linked to a person of the spine"),
    },
    source="people, school_years (last home), referrals and care_episodes (last LA), offences",
    sensitivity="unchecked",
)  # fmt: skip

LINKAGE_MULTIPLICITY = Table(
    name="linkage_multiplicity",
    folder="unchecked/linkage",
    key=("direction", "linked_keys"),
    grain="one row per direction of a link and number of keys at its other end",
    columns={
        "direction": text("key counted, and keys at the other end"),
        "linked_keys": text("keys at the other end", allowed=("0", "1", "2", "3 or more")),
        "key_count": count("keys, or persons, with so many"),
    },
    source="la_children, moj_references, person_keys and offences, as delivered",
    sensitivity="unchecked",
)

PERSON_REPAIRS = repairs("person", "social care tables and the spine made of them")

TABLES = (
    LOCAL_AUTHORITIES,
    AUTHORITY_CODES,
    LA_CHILDREN,
    MOJ_REFERENCES,
    PERSON_KEYS,
    CHARACTERISTICS,
    PEOPLE,
    LINKAGE,
    LINKAGE_BY_GROUP,
    LINKAGE_MULTIPLICITY,
    PERSON_REPAIRS,
)
