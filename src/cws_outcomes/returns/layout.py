"""The tables of both returns: what their files, columns and XML elements are called."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """
    One table of a return.

    Parameters
    ----------
    name : str
        Name here and in the counts.
    collection : {"ssda903", "cin"}
    columns : mapping of str to tuple of str
        Name here to the names it has in files, written as `plain` writes them.
    required : tuple of str
        Columns (names here) without which a file is not this table.
    dates : tuple of str
        Columns that hold dates.
    file_names : tuple of str
        Words that name it in a file name, longest first.
    elements : tuple of str
        XML elements, in capitals, that are one row each.
    """

    name: str
    collection: str
    columns: dict[str, tuple[str, ...]]
    required: tuple[str, ...]
    dates: tuple[str, ...] = ()
    file_names: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()


# Columns of a file that tell the authority or the return, whatever its table.
LA_COLUMNS = ("LA", "LA_CODE", "LACODE", "LEA", "LOCAL_AUTHORITY", "LA_NAME")
YEAR_COLUMNS = ("YEAR", "RETURN_YEAR")

_CHILD: dict[str, tuple[str, ...]] = {
    "child": ("CHILD", "CHILD_ID", "CHILDID", "LACHILDID", "LA_CHILD_ID")
}


def _care(
    name: str,
    columns: str,
    required: Iterable[str],
    *,
    dates: tuple[str, ...] = (),
    file_names: tuple[str, ...] = (),
    elements: tuple[str, ...] = (),
    aliases: Mapping[str, tuple[str, ...]] | None = None,
) -> Layout:
    listed: dict[str, tuple[str, ...]] = {column.lower(): (column,) for column in columns.split()}
    listed |= {key: (*listed[key], *names) for key, names in (aliases or {}).items()}
    needed = ("child", *required)
    return Layout(name, "ssda903", _CHILD | listed, needed, dates, file_names, elements)


# Postcodes, school numbers and social workers are left in the files: no rule here needs them.
CARE = (
    _care(
        "episodes",
        "DECOM RNE LS CIN PLACE PLACE_PROVIDER DEC REC REASON_PLACE_CHANGE",
        ("decom", "ls", "dec"),
        aliases={
            "decom": ("DATE_EPISODE_COMMENCED", "DATE_EPI_COMM"),
            "dec": ("DATE_EPISODE_CEASED", "DATE_EPI_CEASED"),
            "place": ("PL", "PLACEMENT"),
            "ls": ("LEGAL_STATUS",),
            "rec": ("REASON_EPISODE_CEASED",),
            "rne": ("REASON_FOR_NEW_EPISODE",),
            "cin": ("CATEGORY_OF_NEED", "CAT_NEED"),
        },
        dates=("decom", "dec"),
        file_names=("episodes", "episode"),
        elements=("EPISODE", "EPISODES"),
    ),
    _care(
        "header",
        "SEX DOB ETHNIC UPN MOTHER MC_DOB",
        ("dob", "ethnic"),
        aliases={"sex": ("GENDER",), "ethnic": ("ETHNICITY",), "dob": ("DATE_OF_BIRTH",)},
        dates=("dob", "mc_dob"),
        file_names=("header", "headers"),
        elements=("HEADER",),
    ),
    _care(
        "reviews",
        "DOB REVIEW REVIEW_CODE",
        ("review", "review_code"),
        dates=("dob", "review"),
        file_names=("reviews", "review"),
        elements=("AREVIEW", "REVIEW", "REVIEWS"),
    ),
    _care(
        "uasc",
        "SEX DOB DUC",
        ("duc",),
        dates=("dob", "duc"),
        file_names=("uasc",),
        elements=("UASC",),
    ),
    _care(
        "oc2",
        "DOB SDQ_SCORE SDQ_REASON CONVICTED HEALTH_CHECK IMMUNISATIONS TEETH_CHECK "
        "HEALTH_ASSESSMENT SUBSTANCE_MISUSE INTERVENTION_RECEIVED INTERVENTION_OFFERED",
        ("sdq_score", "convicted"),
        dates=("dob",),
        file_names=("oc2",),
        elements=("OC2",),
    ),
    _care(
        "oc3",
        "DOB IN_TOUCH ACTIV ACCOM",
        ("in_touch", "activ", "accom"),
        dates=("dob",),
        file_names=("oc3",),
        elements=("OC3",),
    ),
    _care(
        "ad1",
        "DOB DATE_INT DATE_MATCH FOSTER_CARE NB_ADOPTR SEX_ADOPTR LS_ADOPTR",
        ("date_int", "date_match"),
        dates=("dob", "date_int", "date_match"),
        file_names=("ad1",),
        elements=("AD1",),
    ),
    _care(
        "missing",
        "DOB MISSING MIS_START MIS_END",
        ("missing", "mis_start"),
        dates=("dob", "mis_start", "mis_end"),
        file_names=("missing",),
        elements=("AMISSING", "MISSING"),
    ),
    _care(
        "placed_for_adoption",
        "DOB DATE_PLACED DATE_PLACED_CEASED REASON_PLACED_CEASED",
        ("date_placed",),
        dates=("dob", "date_placed", "date_placed_ceased"),
        file_names=("placed_for_adoption", "placed_adoption", "placedadoption", "sbpfa"),
        elements=("AD_PLACED", "PLACED_FOR_ADOPTION"),
    ),
    _care(
        "previous_permanence",
        "DOB PREV_PERM LA_PERM DATE_PERM",
        ("prev_perm",),
        # DATE_PERM may hold zz/MM/yyyy by guidance: it is not a date.
        dates=("dob",),
        file_names=("previous_permanence", "prev_perm", "prevperm"),
        elements=("PERMANENCE", "PREVIOUS_PERMANENCE"),
    ),
    _care(
        "sw_episodes",
        "DOB SW_DECOM SW_DEC SW_REASON",
        ("sw_decom",),
        dates=("dob", "sw_decom", "sw_dec"),
        file_names=("sw_episodes", "sw_episode", "social_worker"),
        elements=("SW_EPISODE",),
    ),
    _care(
        "dolo",
        "DOB DOLO_START DOLO_END",
        ("dolo_start",),
        dates=("dob", "dolo_start", "dolo_end"),
        file_names=("dolo",),
        elements=("DOLO",),
    ),
)


def _need(name: str, columns: str, element: str, dates: tuple[str, ...] = ()) -> Layout:
    named: dict[str, tuple[str, ...]] = {c.lower(): (c.upper(),) for c in columns.split()}
    lowered = tuple(date.lower() for date in dates)
    return Layout(name, "cin", _CHILD | named, ("child",), lowered, (), (element.upper(),))


NEED = (
    _need(
        "cin_children",
        "UPN PersonBirthDate ExpectedPersonBirthDate PersonDeathDate GenderCurrent Sex Ethnicity",
        "Child",
        ("PersonBirthDate", "ExpectedPersonBirthDate", "PersonDeathDate"),
    ),
    _need("disabilities", "Disability", "Disability"),
    _need(
        "referrals",
        "CINreferralDate ReferralSource PrimaryNeedCode CINclosureDate "
        "ReasonForClosure DateOfInitialCPC ReferralNFA AssessmentAuthorisationDate",
        "CINdetails",
        ("CINreferralDate", "CINclosureDate", "DateOfInitialCPC", "AssessmentAuthorisationDate"),
    ),
    _need(
        "assessments",
        "CINreferralDate AssessmentActualStartDate AssessmentAuthorisationDate",
        "Assessments",
        ("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    ),
    _need(
        "cin_plans",
        "CINreferralDate CINPlanStartDate CINPlanEndDate",
        "CINPlanDates",
        ("CINPlanStartDate", "CINPlanEndDate"),
    ),
    _need(
        "section_47",
        "CINreferralDate S47ActualStartDate InitialCPCtarget DateOfInitialCPC ICPCnotRequired",
        "Section47",
        ("S47ActualStartDate", "InitialCPCtarget", "DateOfInitialCPC"),
    ),
    _need(
        "plans",
        "CINreferralDate CPPstartDate CPPendDate "
        "InitialCategoryOfAbuse LatestCategoryOfAbuse NumberOfPreviousCPP",
        "ChildProtectionPlans",
        ("CPPstartDate", "CPPendDate"),
    ),
    _need("plan_reviews", "CPPstartDate CPPreviewDate", "Reviews", ("CPPreviewDate",)),
)

LAYOUTS = {layout.name: layout for layout in (*CARE, *NEED)}


def plain(name: str) -> str:
    """A column's name as it is compared: capitals, every run of other signs an underscore."""
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")


def places(names: Iterable[str], wanted: Iterable[str]) -> list[int]:
    """Where in a header any of some names stands."""
    known = set(wanted)
    return [place for place, name in enumerate(names) if plain(name) in known]


def layout_of(header: Iterable[str], file_name: str) -> Layout | None:
    """
    The SSDA903 table whose columns a header has; the file's name decides between several.

    Parameters
    ----------
    header : iterable of str
    file_name : str

    Returns
    -------
    Layout or None
        None where no table has its required columns there.
    """
    names = list(header)
    fitting = [
        layout for layout in CARE if all(places(names, layout.columns[r]) for r in layout.required)
    ]
    named = named_layout(file_name)
    if named in fitting:
        return named
    return max(fitting, key=lambda layout: len(layout.required), default=None)


def named_layout(file_name: str) -> Layout | None:
    """The SSDA903 table that a file's name speaks of: `sw_episodes` before `episodes`."""
    text = plain(file_name)
    found = [
        (len(word), layout)
        for layout in CARE
        for word in layout.file_names
        if re.search(rf"(?<![A-Z]){word.upper()}(?![A-Z])", text)
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None
