"""What `cws returns` writes: children of one or more local authorities, each by the LA's own id.

These tables stand by themselves: no step of a study reads them, so they are not among CONTRACTS.
"""

from collections.abc import Mapping

from cws_outcomes.contracts.columns import SEXES, count, day, flag, text, whole
from cws_outcomes.contracts.table import Column, Table

_CHILD = {
    "la_code": text("local authority, 3-digit DfE code; `unknown` where no return tells it"),
    "child_id": text("the authority's own id of the child: means nothing in another authority"),
}
_SEEN = {
    "first_return_year": whole("first return that holds it, by the year it ends"),
    "last_return_year": whole("last return that holds it: this one decided"),
}


def _returned(
    name: str,
    grain: str,
    key: tuple[str, ...],
    columns: Mapping[str, Column],
    source: str,
    rules: Mapping[str, str] | None = None,
) -> Table:
    return Table(
        name=name,
        folder="returns",
        grain=grain,
        key=("la_code", "child_id", *key),
        columns={**_CHILD, **columns},
        source=source,
        rules=rules or {},
    )


CARE_EPISODES = _returned(
    "care_episodes",
    "one row per child of an authority and first day of an episode of care",
    ("start_date",),
    {
        "start_date": day("first day (DECOM)"),
        "end_date": day(
            "day it ceased (DEC); missing while open in the last return", nullable=True
        ),
        "legal_status": text("codelist legal_status", nullable=True),
        "placement": text("codelist placement", nullable=True),
        "reason_ceased": text("codelist reason_ceased", nullable=True),
        "is_respite": flag("short break, V3 or V4"),
        "is_remand": flag("remand or sentence, J1 to J3"),
        "is_end_imputed": flag("the end was imputed: open when last sent, gone from later returns"),
        "is_end_cut": flag("the end is the next episode's start, which overlapped"),
        "reason_new_code": text("reason for the new episode (RNE)", nullable=True),
        "legal_status_code": text("legal status as sent (LS)", nullable=True),
        "need_code": text("category of need (CIN)", nullable=True),
        "placement_code": text("placement as sent (PLACE)", nullable=True),
        "provider_code": text("provider of the placement", nullable=True),
        "reason_ceased_code": text("reason ceased as sent (REC)", nullable=True),
        "placement_change_code": text("reason for the change of placement", nullable=True),
        **_SEEN,
    },
    "episodes of SSDA903; the latest return decides, the rules are in docs/returns.md",
    {"ends_after_it_starts": "end_date is null or end_date > start_date"},
)

CARE_PERIODS = _returned(
    "care_periods",
    "one row per child of an authority, kind and unbroken time in care",
    ("kind", "start_date"),
    {
        "kind": text(
            "looked_after: V3 and V4 out, J1 to J3 in; short_break: V3 and V4 alone",
            allowed=("looked_after", "short_break"),
        ),
        "start_date": day("first day"),
        "end_date": day("first day after; missing while open in the last return", nullable=True),
        "episodes": whole("episodes joined", minimum=1),
        "remand_episodes": whole("of these on remand or sentence, J1 to J3", minimum=0),
        "is_end_imputed": flag("the end was imputed, not sent"),
    },
    "care_episodes that overlap or touch",
    {"ends_after_it_starts": "end_date is null or end_date > start_date"},
)

CHILDREN = _returned(
    "children",
    "one row per child of an authority",
    (),
    {
        "birth_date": day("day of birth; missing where none was sent", nullable=True),
        "sex": text("codelist sex", nullable=True, allowed=SEXES),
        "ethnic_group": text("codelist ethnicity", nullable=True),
        "ethnicity_code": text("ethnicity as sent", nullable=True),
        "upn": text("unique pupil number as sent", nullable=True),
        "is_in_ssda903": flag("has a header row in SSDA903"),
        "is_in_cin": flag("is in the children in need census"),
        **_SEEN,
    },
    "header of SSDA903 and children of the CIN census; last value sent, SSDA903 first",
)

REFERRALS = _returned(
    "referrals",
    "one row per child of an authority and referral date",
    ("referral_date",),
    {
        "referral_date": day("CINreferralDate"),
        "assessment_date": day("first authorised assessment", nullable=True),
        "closure_date": day("CINclosureDate; missing while open in the last return", nullable=True),
        "closure_reason": text("codelist closure_reason", nullable=True),
        "is_no_further_action": flag("ReferralNFA; not sent counts as no"),
        "is_closure_imputed": flag("open when last sent, gone from later returns"),
        "need_code": text("PrimaryNeedCode", nullable=True),
        "source_code": text("ReferralSource", nullable=True),
        "closure_reason_code": text("ReasonForClosure as sent", nullable=True),
        "conference_date": day("DateOfInitialCPC", nullable=True),
        **_SEEN,
    },
    "CINdetails of the CIN census; the latest return decides",
    {"closes_after_it_opens": "closure_date is null or closure_date >= referral_date"},
)

PLANS = _returned(
    "plans",
    "one row per child of an authority and start of a child protection plan",
    ("start_date",),
    {
        "start_date": day("CPPstartDate"),
        "end_date": day("CPPendDate; missing while open in the last return", nullable=True),
        "is_end_imputed": flag("open when last sent, gone from later returns"),
        "first_abuse_code": text("InitialCategoryOfAbuse", nullable=True),
        "last_abuse_code": text("LatestCategoryOfAbuse", nullable=True),
        "previous_plans": whole("NumberOfPreviousCPP", nullable=True, minimum=0),
        **_SEEN,
    },
    "ChildProtectionPlans of the CIN census; the latest return decides",
    {"ends_after_it_starts": "end_date is null or end_date > start_date"},
)

LOOKED_AFTER = Table(
    name="looked_after_31_march",
    folder="returns",
    grain="one row per local authority and return year",
    key=("la_code", "year"),
    columns={
        "la_code": _CHILD["la_code"],
        "year": whole("return year, by the 31 March on which it ends"),
        "children": count("children with an episode open that day, V3 and V4 out, J1 to J3 in"),
        "children_including_respite": count("children with any episode open that day"),
    },
    source="care_episodes",
    sensitivity="unchecked",
    rules={"respite_only_adds": "children <= children_including_respite"},
)

TABLES = (CARE_EPISODES, CARE_PERIODS, CHILDREN, REFERRALS, PLANS, LOOKED_AFTER)
