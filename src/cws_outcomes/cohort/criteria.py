"""What a person must meet to be in a cohort, in the order in which they are counted out."""

_ALWAYS = {
    0: "Persons in the delivery",
    1: "Known by a pupil reference",
    2: "Month and year of birth known",
    3: "On roll in a spring census",
    6: "No recorded death, adoption or move abroad before the index date",
    7: "Local authority known on the index date",
}
_BY_KIND = {
    "landmark": {
        4: "Landmark, and the look-back before it, inside usable coverage",
        5: "On roll on the index date",
    },
    "entry": {4: "Entry, by age, census and coverage, before follow-up ends"},
}


def criteria(kind: str) -> dict[int, str]:
    """
    The criteria of a kind of cohort, by the number that `eligibility.sql` gives them.

    Parameters
    ----------
    kind : {"landmark", "entry"}
    """
    return dict(sorted((_ALWAYS | _BY_KIND[kind]).items()))
