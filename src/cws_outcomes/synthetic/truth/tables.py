"""Per-person truth of one block: who each child is, and what happened to it."""

import numpy as np
import polars as pl

from cws_outcomes.synthetic.contact_truth import true_care, true_plans, true_referrals
from cws_outcomes.synthetic.days import NEVER, Text, Whole, birthday
from cws_outcomes.synthetic.dials import ETHNIC_GROUPS, STATES
from cws_outcomes.synthetic.justice_truth import true_first_offences, true_offences
from cws_outcomes.synthetic.residence import NEVER_BEFORE
from cws_outcomes.synthetic.schooling_truth import (
    true_enrolments,
    true_exclusions,
    true_suspensions,
)
from cws_outcomes.synthetic.shapes.frames import dates, text
from cws_outcomes.synthetic.shapes.register import flagged, is_birth_month_told
from cws_outcomes.synthetic.truth.keys import true_keys
from cws_outcomes.synthetic.world import World


def block_tables(world: World) -> dict[str, pl.DataFrame]:
    """
    All per-person tables of the truth, as they are written to ``truth/``.

    Returns
    -------
    dict of str to polars.DataFrame
        ``child`` is the number of the child in the whole delivery. Spells are half-open. In tables
        of items, ``lost_to`` is the dial or rule that hides the item from the best reader of the
        delivery; null where it can be recovered.
    """
    return {
        "people": people_table(world),
        "keys": true_keys(world),
        "states": states_table(world),
        "referrals": true_referrals(world),
        "plans": true_plans(world),
        "care_spells": true_care(world),
        "offences": true_offences(world),
        "suspensions": true_suspensions(world),
        "exclusions": true_exclusions(world),
        "enrolments": true_enrolments(world),
    }


def people_table(world: World) -> pl.DataFrame:
    """One row per child: who it is, what nobody records of it, and its true first events."""
    people, references = world.people, world.references
    first = true_first_offences(world)
    suspended = (
        true_suspensions(world)
        .filter(pl.col("category") == "suspension")
        .group_by("child")
        .agg(pl.col("start_date").min())
    )
    table = pl.DataFrame(
        {
            "child": world.block.child,
            "is_pupil": np.arange(people.count) < world.block.pupils,
            "pupil_reference": _blank(references.first),
            "later_pupil_reference": _blank(references.second),
            "birth_date": dates(people.birth),
            "birth_month_lost_to": _birth_month_lost_to(world),
            "is_male": people.is_male,
            "ethnic_group": text(np.array(ETHNIC_GROUPS)[people.group]),
            "cohort": people.cohort,
            **_home(world),
            "look_back_state": _look_back(world),
            "family": world.block.number * (1 << 32) + people.family.astype(np.int64),
            "frailty": people.frailty,
            "conduct": people.conduct,
            "ability": people.ability,
            "hidden": people.hidden,
            "death_date": dates(people.death),
            "arrival_date": dates(np.where(people.arrival > NEVER_BEFORE, people.arrival, NEVER)),
            "departure_date": dates(people.departure),
            "adoption_date": dates(world.contact.adoption),
        }
    )
    offence = first.select(
        "child", first_proven_offence_date="offence_date", first_proven_offence_lost_to="lost_to"
    )
    suspension = suspended.select("child", first_suspension_date="start_date")
    joined = table.join(offence, on="child", how="left", maintain_order="left")
    return joined.join(suspension, on="child", how="left", maintain_order="left")


def _birth_month_lost_to(world: World) -> pl.Series:
    """Why no census tells the month of birth; returns of children's social care may."""
    return flagged(is_birth_month_told(world), None, "unknown_birth_month_share")


def _blank(values: Text) -> pl.Series:
    """Text; empty is missing."""
    return pl.Series(text(values)).replace("", None)


def _home(world: World) -> dict[str, Text | pl.Series]:
    """Home on the 10th birthday: where the effects of deprivation and authority are read."""
    places, people = world.places, world.people
    home = people.home_on(np.arange(people.count), birthday(people.birth, 10))
    return {
        "la_code": text(places.la_code[places.neighbourhood_la[home]]),
        "deprivation": pl.Series(places.deprivation[home]),
    }


def _look_back(world: World) -> pl.Series:
    """Highest state in the two years before the 14th birthday, of pupils."""
    state = np.full(world.people.count, len(STATES))
    own = world.attainment.look_back_state
    state[: len(own)] = own
    return _blank(np.array([*STATES, ""])[state])


def states_table(world: World) -> pl.DataFrame:
    """One row per child and unbroken time in one state of contact, as known on the day."""
    lines = world.lines
    row: Whole = lines.child
    return pl.DataFrame(
        {
            "child": world.block.child[row],
            "start_date": dates(lines.start),
            "end_date": dates(lines.end),
            "state": text(np.array(STATES)[lines.state]),
        }
    )
