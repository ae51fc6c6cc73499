"""Planted parameters: value, unit, what they are an effect on, given what, and where to see it."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from itertools import pairwise

from cws_outcomes.synthetic.dials import Dials

_HAZARD, _ODDS, _SD = "log hazard ratio", "log odds ratio", "standard deviations"


@dataclass(frozen=True)
class Estimand:
    """
    What a group of parameters acts on.

    Attributes
    ----------
    of : str
        The quantity, in words.
    unit : str
        Unit of effects on it.
    given : str
        What the effects are conditional on.
    where : str
        Tables from which it can be read.
    """

    of: str
    unit: str
    given: str
    where: str


OFFENCE = Estimand(
    "hazard of first proven offence by offence date, from age 10, age as the clock",
    _HAZARD,
    "state of contact, sex, ethnic group, deprivation and LA of the home at 10, birth cohort, and "
    "conduct and the hidden confounder, which nobody records",
    "offences; truth/people first_proven_offence_date, truth/states",
)
SUSPENSION = Estimand(
    "hazard of the first suspension of a school year",
    _HAZARD,
    "state of contact, curriculum year, sex, SEN, ethnic group, deprivation, LA, school, and "
    "conduct, which nobody records",
    "exclusions; truth/suspensions, truth/states",
)
EXCLUSION = Estimand(
    "hazard of permanent exclusion, beyond that of suspension",
    _HAZARD,
    SUSPENSION.given,
    "exclusions; truth/exclusions, truth/states",
)
BASICS = Estimand(
    "grade C/4 or better in English and mathematics among pupils in Year 11; no record counts as "
    "not achieved",
    _ODDS,
    "highest state from the 12th to the 14th birthday, state in January of Year 11 (basics_later), "
    "prior attainment, sex, deprivation, LA, school, and conduct, which nobody records",
    "key_stage_4; truth/people look_back_state",
)
TESTS = Estimand(
    "points at Key Stages 1 and 2",
    _SD,
    "state of contact at the test, deprivation, SEN, school, and conduct and ability, which nobody "
    "records",
    "key_stage_1, key_stage_2; truth/states",
)
REFERRAL = Estimand(
    "hazard of referral, by age from birth to 18",
    _HAZARD,
    "age, deprivation and LA of the home, ethnic group, sex, disability from birth, the family's "
    "frailty, conduct, trouble at school in the year before, and the hidden confounder",
    "children_in_need; truth/referrals",
)
_CASE = "age, deprivation, LA, ethnic group, the family's frailty, conduct and what went before"
NEED = Estimand("need found at a referral", _ODDS, _CASE, "children_in_need; truth/referrals")
PLAN = Estimand("protection plan in a case of need", _ODDS, _CASE, "children_in_need; truth/plans")
CARE = Estimand("care in a case of need", _ODDS, _CASE, "care_episodes; truth/care_spells")
ABSENCE = Estimand(
    "odds of missing a session", _ODDS, SUSPENSION.given, "absence; truth/states at the census"
)
SEN = Estimand("SEN found in a school year", _ODDS, SUSPENSION.given, "school_census; truth/states")
MEALS = Estimand("free school meals", _ODDS, "the family's poverty", "school_census; truth/states")
LEAVING = Estimand(
    "leaving state schools, or going to alternative provision, in a school year",
    _ODDS,
    SUSPENSION.given,
    "school_census; truth/enrolments",
)
AGAIN = Estimand(
    "what follows a first proven offence", _ODDS, "offences before", "offences; truth/offences"
)
AUTHORITIES = Estimand(
    "effects of local authorities",
    "standard deviation or correlation on the log scale",
    "everything else planted",
    "truth.json authorities",
)

_STEMS: Mapping[str, Estimand] = {
    "offence": OFFENCE,
    "suspension": SUSPENSION,
    "exclusion": EXCLUSION,
    "weapon": EXCLUSION,
    "basics": BASICS,
    "test": TESTS,
    "trial": TESTS,
    "referral": REFERRAL,
    "again": REFERRAL,
    "feedback": REFERRAL,
    "need": NEED,
    "no_need": NEED,
    "nfa": NEED,
    "plan": PLAN,
    "care": CARE,
    "absence": ABSENCE,
    "refusal": ABSENCE,
    "sen": SEN,
    "fsm": MEALS,
    "leaving": LEAVING,
    "alternative": LEAVING,
    "reoffence": AGAIN,
    "serious": AGAIN,
    "custody": AGAIN,
    "caution": AGAIN,
    "la": AUTHORITIES,
}
_NAMED: Mapping[str, Estimand] = {
    "conduct_offence": OFFENCE,
    "hidden_offence": OFFENCE,
    "trouble_offence": OFFENCE,
    "hidden_contact": REFERRAL,
    "inverse_law": REFERRAL,
    "hidden_school": SUSPENSION,
    "exclusion_factor": EXCLUSION,
    "basics_la_sd": AUTHORITIES,
}
_UNITS: Mapping[str, str] = {
    "share": "share",
    "sd": "standard deviation",
    "spread": "standard deviation of the logarithm",
    "days": "days",
    "months": "months",
    "level": "level of the reference, see its meaning",
    "factor": "factor",
    "persistence": "correlation",
    "correlation": "correlation",
    "escalation": "coefficient of the authority's effect",
    "frailty": "coefficient of the family's log hazard",
    "selection": "coefficient of the log hazard of a first referral",
    "trend": "per calendar year, see its meaning",
}


def estimand(name: str) -> Estimand | None:
    """What a dial acts on; None where it is about how things are seen, or who is there."""
    if name in _NAMED:
        return _NAMED[name]
    stems = (stem for stem in _STEMS if name.startswith(f"{stem}_"))
    longest = max(stems, key=len, default=None)
    return None if longest is None else _STEMS[longest]


def parameters(dials: Dials) -> Iterator[dict[str, object]]:
    """
    Every planted parameter that an analysis could ask for.

    Yields
    ------
    dict
        ``name``, ``value``, ``unit``, ``estimand``, ``given``, ``where``, ``meaning``.
    """
    for name, value in values(dials):
        dial = name.partition(".")[0]
        target = estimand(dial)
        if target is not None:
            yield {
                "name": name.replace(".", "_"),
                "value": value,
                "unit": _unit(dial, target),
                "estimand": target.of,
                "given": target.given,
                "where": target.where,
                "meaning": meanings()[dial],
            }


def values(dials: Dials) -> Iterator[tuple[str, object]]:
    """Every number planted; levels of a table as ``dial.level``."""
    for field in fields(Dials):
        value = getattr(dials, field.name)
        if isinstance(value, Mapping):
            yield from ((f"{field.name}.{level}", number) for level, number in value.items())
        else:
            yield field.name, value


def _unit(dial: str, target: Estimand) -> str:
    ending = dial.rpartition("_")[2]
    return target.unit if target is AUTHORITIES else _UNITS.get(ending, target.unit)


@cache
def meanings() -> Mapping[str, str]:
    """Meaning of each dial, as written below it in its module; empty where its name says all."""
    found = {field.name: "" for field in fields(Dials)}
    for section in Dials.__mro__[:-1]:
        (definition,) = ast.parse(inspect.getsource(section)).body
        for before, after in pairwise(getattr(definition, "body", [])):
            is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            is_dial = isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name)
            if is_text and is_dial:
                found[before.target.id] = " ".join(str(after.value.value).split())
    return found
