"""What was planted, beside the data: parameters, counts, and true spells and first events."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import NEVER, Days, birthday
from cws_outcomes.synthetic.dials import ETHNIC_GROUPS, STATES
from cws_outcomes.synthetic.shapes.frames import dates
from cws_outcomes.synthetic.timeline import earliest, overlay
from cws_outcomes.synthetic.world import World

OFFENCE = "hazard of first proven offence by offence date, from age 10, age as the clock"
SUSPENSION = "hazard of the first suspension of a school year"
BASICS = (
    "grade C/4 or better in English and mathematics among pupils in Year 11, conditional on the "
    "other terms; no record counts as not achieved"
)
REFERRAL = "hazard of first referral, by age"

NOTES = (
    "States are those that a perfect reader of the delivery computes day by day: highest open of "
    "care, plan, need, referral; referral turns into need when the assessment is authorised "
    "(dated from 2013-04-01 on, and not after closure), and after 63 days at the latest; once "
    "anything was open and nothing is, post. Ends are the first day outside the state.",
    "Contact that closed before 2008-10-01 (children in need) or 2005-04-01 (care) reaches no "
    "delivery and has no effect: such a child counts as never in contact.",
    "An adopted child is somebody new from the day of the order: new reference, no history.",
    "Deprivation is 1 - (IDACI rank - 0.5) / 32844 of the home at the 10th birthday; the LA of "
    "outcome effects is that of the same home. Ethnic groups: Chinese counts as other; Gypsy, "
    "Roma and Irish Traveller as White.",
    "There is no hidden confounding: contact and outcomes share deprivation, ethnicity and LA.",
    "Offences missing for linkage (unlinked_share) or dates (undated_offence_share) are missing "
    "at random, so they lower rates and leave ratios alone.",
    "prior is (average points at Key Stage 2 - 27) / 4; it acts also where the school had no "
    "test. The look-back state of basics is the highest from the 12th to the 14th birthday, with "
    "post counted as none observed.",
)


def write_truth(folder: Path, world: World) -> None:
    """Write ``truth.json`` and the per-person tables under ``truth/``."""
    (folder / "truth").mkdir()
    people_table(world).write_parquet(folder / "truth" / "people.parquet")
    states_table(world).write_parquet(folder / "truth" / "states.parquet")
    text = json.dumps(truth(world), indent=1) + "\n"
    (folder / "truth.json").write_text(text, encoding="utf-8")


def truth(world: World) -> dict[str, object]:
    """
    Seed, dials, planted parameters, effects of each authority, and counts.

    Returns
    -------
    dict
        ``parameters`` is a list of ``name``, ``value``, ``unit``, ``estimand``, ``where``.
    """
    return {
        "synthetic": True,
        "seed": world.streams.seed,
        "pupils": world.people.pupils,
        "las": len(world.places.la_code),
        "notes": list(NOTES),
        "parameters": list(_parameters(world)),
        "authorities": _authorities(world),
        "counts": _counts(world),
        "dials": asdict(world.dials),
    }


def _parameters(world: World) -> Iterator[dict[str, object]]:
    dials = world.dials
    yield from _group("offence_state", dials.offence_state, "log hazard ratio", OFFENCE)
    yield from _group("offence_ethnicity", dials.offence_ethnicity, "log hazard ratio", OFFENCE)
    for name in ("offence_male", "offence_deprivation", "offence_cohort"):
        yield _parameter(name, getattr(dials, name), "log hazard ratio", OFFENCE)
    yield from _group("suspension_state", dials.suspension_state, "log hazard ratio", SUSPENSION)
    for name in ("suspension_male", "suspension_sen", "suspension_deprivation"):
        yield _parameter(name, getattr(dials, name), "log hazard ratio", SUSPENSION)
    yield from _group("basics_state", dials.basics_state, "log odds ratio", BASICS)
    for name in ("basics_prior", "basics_male", "basics_deprivation"):
        yield _parameter(name, getattr(dials, name), "log odds ratio", BASICS)
    yield _parameter("basics_la_sd", dials.basics_la_sd, "SD of log odds across LAs", BASICS)
    yield _parameter("la_outcome_sd", dials.la_outcome_sd, "SD of log hazard across LAs", OFFENCE)
    yield _parameter("la_contact_sd", dials.la_contact_sd, "SD of log hazard across LAs", REFERRAL)
    yield _parameter(
        "la_correlation",
        dials.la_correlation,
        "correlation of LA effects",
        "effects on referral and on first proven offence",
    )
    yield _parameter(
        "referral_deprivation", dials.referral_deprivation, "log hazard ratio", REFERRAL
    )
    yield _parameter("inverse_law", dials.inverse_law, "log hazard ratio", REFERRAL)


_WHERE = {
    OFFENCE: "MOJ_PNC.csv; truth/people.parquet first_proven_offence_date; truth/states.parquet",
    SUSPENSION: "Exclusions_*.txt; truth/states.parquet",
    BASICS: "KS4Pupil_2015_to_2021.txt; truth/people.parquet look_back_state",
    REFERRAL: "CIN_2009_to_2020.txt",
}


def _parameter(name: str, value: float, unit: str, estimand: str) -> dict[str, object]:
    where = _WHERE.get(estimand, "authorities, in this file")
    return {"name": name, "value": value, "unit": unit, "estimand": estimand, "where": where}


def _group(
    name: str, planted: Mapping[str, float], unit: str, estimand: str
) -> Iterator[dict[str, object]]:
    for level, value in planted.items():
        yield _parameter(f"{name}_{level}", value, unit, estimand)


def _authorities(world: World) -> list[dict[str, object]]:
    """Effects and pupils of each authority, by its code of 2012."""
    places, people = world.places, world.people
    home = places.neighbourhood_la[people.first_home[: people.pupils]]
    pupils = np.bincount(home, minlength=len(places.la_code))
    return [
        {
            "la_code": str(places.la_code[row]),
            "la_name": str(places.la_name[row]),
            "pupils": int(pupils[row]),
            "contact_effect": round(float(places.contact_effect[row]), 6),
            "outcome_effect": round(float(places.outcome_effect[row]), 6),
            "basics_effect": round(float(places.basics_effect[row]), 6),
        }
        for row in range(len(places.la_code))
    ]


def first_suspension(world: World) -> Days:
    """Day of each child's first suspension."""
    table = world.exclusions
    used = table.category != "PERM"
    return earliest(table.pupil[used], table.start[used], world.people.count)


def _counts(world: World) -> dict[str, object]:
    """Persons by first event and state, and person-days in each state from 10 to 18."""
    contact, people = world.contact, world.people
    made, everyone = contact.referrals, np.arange(people.count)
    pieces = overlay(world.lines, everyone, birthday(people.birth, 10), birthday(people.birth, 18))
    days = np.bincount(pieces.state, pieces.end - pieces.start, minlength=len(STATES))
    look_back = np.bincount(world.attainment.look_back_state, minlength=5)
    persons = {
        "children": people.count,
        "ever_referred": made.child,
        "ever_assessed": made.child[made.assessment < NEVER],
        "ever_cin": made.child[made.is_in_need],
        "ever_cpp": made.child[contact.plans.referral],
        "ever_cla": contact.care.child[contact.care.kind == 0],
        "ever_short_break": contact.care.child[contact.care.kind > 0],
        "ever_remanded": world.care.child[world.care.kind == 3],
        "ever_suspended": np.flatnonzero(first_suspension(world) < NEVER),
        "ever_permanently_excluded": world.exclusions.pupil[world.exclusions.category == "PERM"],
        "first_proven_offence": np.flatnonzero(world.justice.first_proven < NEVER),
        "died": np.flatnonzero(people.death < NEVER),
        "left_england": np.flatnonzero(people.departure < NEVER),
        "adopted": np.flatnonzero(contact.adoption < NEVER),
    }
    return {
        "persons": {
            name: rows if isinstance(rows, int) else len(np.unique(rows))
            for name, rows in persons.items()
        },
        "person_days_10_to_18": dict(zip(STATES, map(int, days), strict=True)),
        "pupils_by_look_back_state": dict(zip(STATES, map(int, look_back), strict=False)),
    }


def people_table(world: World) -> pl.DataFrame:
    """One row per child: who it is, and its true first events."""
    people, places = world.people, world.places
    home = people.home_on(np.arange(people.count), birthday(people.birth, 10))
    look_back = np.array(STATES)[world.attainment.look_back_state]
    outside = pl.Series([None] * (people.count - people.pupils), dtype=pl.String)
    return pl.DataFrame(
        {
            "child": np.arange(people.count),
            "pupil_reference": world.references.first,
            "later_pupil_reference": world.references.second,
            "birth_date": dates(people.birth),
            "is_male": people.is_male,
            "ethnic_group": np.array(ETHNIC_GROUPS)[people.group],
            "cohort": people.cohort,
            "la_code": places.la_code[places.neighbourhood_la[home]],
            "deprivation": places.deprivation[home],
            "look_back_state": pl.concat([pl.Series(look_back), outside]),
            "first_proven_offence_date": dates(world.justice.first_proven),
            "first_suspension_date": dates(first_suspension(world)),
            "death_date": dates(people.death),
            "departure_date": dates(people.departure),
            "adoption_date": dates(world.contact.adoption),
        }
    )


def states_table(world: World) -> pl.DataFrame:
    """One row per child and unbroken time in one state of contact, as known on the day."""
    lines = world.lines
    return pl.DataFrame(
        {
            "child": lines.child,
            "start_date": dates(lines.start),
            "end_date": dates(lines.end),
            "state": np.array(STATES)[lines.state],
        }
    )
