"""Counts of what happened: persons by event, person-days by state."""

from collections import Counter

import numpy as np

from cws_outcomes.synthetic.days import NEVER, birthday
from cws_outcomes.synthetic.dials import STATES
from cws_outcomes.synthetic.timeline import overlay
from cws_outcomes.synthetic.world import World

PERSONS, DAYS, LOOK_BACK = "persons", "person_days_10_to_18", "pupils_by_look_back_state"


def block_counts(world: World) -> Counter[tuple[str, str]]:
    """
    Counts of a block, which add up over blocks.

    Returns
    -------
    Counter
        By kind (persons, person-days from 10 to 18, pupils by look-back state, pupils by LA) and
        name.
    """
    contact, people, places = world.contact, world.people, world.places
    made, lost = contact.referrals, world.exclusions
    persons = {
        "children": np.arange(people.count),
        "pupils": np.arange(world.block.pupils),
        "ever_referred": made.child,
        "ever_assessed": made.child[made.assessment < NEVER],
        "ever_cin": made.child[made.is_in_need],
        "ever_cpp": made.child[contact.plans.referral],
        "ever_cla": contact.care.child[contact.care.kind == 0],
        "ever_short_break": contact.care.child[(contact.care.kind == 1) | (contact.care.kind == 2)],
        "ever_remanded": world.care.child[world.care.kind == 3],
        "ever_suspended": lost.pupil[~lost.is_permanent],
        "ever_permanently_excluded": lost.pupil[lost.is_permanent],
        "first_proven_offence": np.flatnonzero(world.justice.first_proven < NEVER),
        "died": np.flatnonzero(people.death < NEVER),
        "left_england": np.flatnonzero(people.departure < NEVER),
        "adopted": np.flatnonzero(contact.adoption < NEVER),
    }
    found = Counter({(PERSONS, name): len(np.unique(rows)) for name, rows in persons.items()})
    everyone = np.arange(people.count)
    pieces = overlay(world.lines, everyone, birthday(people.birth, 10), birthday(people.birth, 18))
    days = np.bincount(pieces.state, pieces.end - pieces.start, minlength=len(STATES))
    look_back = np.bincount(world.attainment.look_back_state, minlength=len(STATES))
    home = places.neighbourhood_la[people.first_home[: world.block.pupils]]
    at_home = np.bincount(home, minlength=len(places.la_code))
    for kind, names, counts in (
        (DAYS, STATES, days),
        (LOOK_BACK, STATES, look_back),
        ("pupils_by_la", [str(code) for code in places.la_code], at_home),
    ):
        found.update({(kind, name): int(count) for name, count in zip(names, counts, strict=True)})
    return found
