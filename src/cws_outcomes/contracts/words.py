"""Words a reader sees in place of codes, for the codes that contracts and levels bring with them.

Outcomes, exposures, models and cohorts have a label in their own definition; those come first.
"""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "all": "All children",
    "none_observed": "No contact observed",
    "none": "None",
    "referral": "Referral",
    "cin": "Child in need",
    "cpp": "Protection plan",
    "cla": "Looked after",
    "post": "Formerly in contact",
    "sex_cohort": "Sex and year of birth",
    "sex_cohort_need": "Sex, year of birth, deprivation, SEN and prior attainment",
    "contact_state": "State of contact",
    "contact_group": "Highest state of contact in the look-back",
    "ever_in_contact": "In contact at any time",
    "idaci_ridit": "Deprivation, least to most",
    "idaci_fifth": "Deprivation fifth (1 = most)",
    "is_fsm_eligible": "Free school meals",
    "sen_group": "Special educational needs",
    "birth_cohort": "Academic year of birth",
    "(intercept)": "Intercept",
    "shown": "shown",
    "suppressed": "[c]",
    "not_applicable": "[z]",
    "la_code": "LA code",
    "la_name": "Local authority",
    "group_share": "Share of children",
    "rate_per_100": "Rate per 100",
    "shrunken_rate": "Shrunken rate",
    "p_value": "p value",
    "la_sd": "SD between LAs",
}


def words(code: str, labels: Mapping[str, str] | None = None) -> str:
    """
    What to print for a code.

    Parameters
    ----------
    code : str
        A code of a table: an outcome, group, level, covariate or column.
    labels : mapping of str to str, optional
        Labels of the study's definitions by name.

    Returns
    -------
    str
        The definition's label, else the word of the house, else the code with spaces for
        underscores and a capital.
    """
    for known in (labels or {}, WORDS):
        if code in known:
            return known[code]
    spaced = code.replace("_", " ")
    return spaced[:1].upper() + spaced[1:]
