"""Where and when England can see a child: arrival, moves, departure, death."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.blocks import Block
from cws_outcomes.synthetic.days import NEVER, YEAR, Days, Flags, Whole, as_days, birthday
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import arrival as reached
from cws_outcomes.synthetic.families import Families, authority, homes
from cws_outcomes.synthetic.places import Places

NEVER_BEFORE = -NEVER
"""Day of arrival of those who were born in England: before every real one."""

ADOLESCENCE = (14, 18)
"""First age of adolescents, and first age after it."""

MOST_NOTICE = 14
"""Days before a death in which children's social care may come to know of it."""

LAST_AGE = 25
"""Age in years after which nobody's death matters."""

ARRIVAL_FACTOR = 3.0
"""Arrivals among children who are not White, against White ones."""

LAST_ARRIVAL, LAST_DEPARTURE, LAST_MOVE = 16.0, 17.0, 16.0
"""Ages in years up to which children come, leave and move."""

UNACCOMPANIED_AGES = (14.0, 17.9)


@dataclass(frozen=True)
class Residence:
    """One row per child; see `People`."""

    first_home: Whole
    second_home: Whole
    move: Days
    arrival: Days
    death: Days
    death_notice: Days
    departure: Days
    is_unaccompanied: Flags


def _arrivals(block: Block, birth: Days, group: Whole, dials: Dials) -> tuple[Days, Flags]:
    """Day of arrival, and who comes alone: none of them White."""
    noise = block.noise
    share = dials.arrival_share * np.where(group > 0, ARRIVAL_FACTOR, 1.0)
    comes = noise.uniform("arrival") < share
    age = LAST_ARRIVAL * noise.uniform("age at arrival")
    outside = np.arange(block.size) >= block.pupils
    # Half of all are as numerous again among those not White: the share is of all of them.
    alone = outside & (group > 0)
    alone &= noise.uniform("unaccompanied") < 4 * dials.unaccompanied_share
    first, last = UNACCOMPANIED_AGES
    # Most are 16 or 17.
    late = first + (last - first) * np.sqrt(noise.uniform("age at arrival"))
    on = birth + as_days(YEAR * np.where(alone, late, age))
    return np.where(comes | alone, on, NEVER_BEFORE).astype(np.int32), alone


def _deaths(block: Block, birth: Days, dials: Dials) -> Days:
    """Deaths: some in infancy, the others at one rate in adolescence and one at other ages."""
    noise = block.noise
    in_infancy = noise.uniform("infant death") < dials.infant_death_share
    first, after = ADOLESCENCE
    ages = np.array([1.0, first, after, LAST_AGE])
    rates = [dials.death_per_year, dials.adolescent_death_per_year, dials.death_per_year]
    hazard = np.cumsum([0.0, *(np.diff(ages) * rates)])
    age = reached(
        np.ones(block.size), ages, hazard, np.ones(block.size), noise.exponential("death")
    )
    age = np.where(in_infancy, noise.uniform("age at death") ** 3, age)
    on = birth + np.floor(np.minimum(age, LAST_AGE) * YEAR).astype(np.int32) + 1
    return np.where(age < LAST_AGE, on, NEVER).astype(np.int32)


def _death_notices(block: Block, birth: Days, death: Days, dials: Dials) -> Days:
    """Day from which children's social care knows of each death in childhood after infancy."""
    noise = block.noise
    told = noise.uniform("death notice") < dials.death_notice_share
    told &= (death >= birthday(birth, 1)) & (death < birthday(birth, 18))
    before = 1 + np.floor(MOST_NOTICE * noise.uniform("days of notice")).astype(np.int32)
    return np.where(told, death - before, NEVER).astype(np.int32)


def _moves(
    block: Block, places: Places, families: Families, dials: Dials
) -> tuple[Days, Whole, Whole]:
    """Day of the family's one move to another authority, and the homes before and after it."""
    la = places.neighbourhood_la[families.home]
    share = dials.mover_share if len(places.la_code) > 1 else 0.0
    moves = families.uniform(block, "move") < share
    age = as_days(YEAR * LAST_MOVE * families.uniform(block, "age at move"))
    on = families.birth[families.eldest] + age
    target = authority(places, families.uniform(block, "move to"))
    target = np.where(target == la, (target + 1) % len(places.la_code), target)
    home = homes(block, places, target, "second home", families.eldest)
    return np.where(moves, on, NEVER).astype(np.int32), families.home, home


def make_residence(
    block: Block, places: Places, families: Families, group: Whole, dials: Dials
) -> Residence:
    """Draw when each child comes, moves, leaves and dies."""
    birth, noise = families.birth, block.noise
    arrival, alone = _arrivals(block, birth, group, dials)
    here = np.maximum(birth, arrival)
    death = _deaths(block, birth, dials)
    # Nobody is dead on arrival.
    death = np.where(death <= here, np.where(arrival > birth, NEVER, death), death).astype(np.int32)
    leaves = noise.uniform("departure") < dials.leaver_share
    gone = birth + as_days(YEAR * (1 + (LAST_DEPARTURE - 1) * noise.uniform("age at departure")))
    departure = np.where(leaves & (gone > here), gone, NEVER).astype(np.int32)
    move, first_home, second_home = _moves(block, places, families, dials)
    # A child who comes after the family's move only ever lives in the second home.
    late = move <= here
    return Residence(
        first_home=np.where(late, second_home, first_home),
        second_home=np.where(move < NEVER, second_home, first_home),
        move=np.where(late, NEVER, move).astype(np.int32),
        arrival=arrival,
        death=death,
        death_notice=_death_notices(block, birth, death, dials),
        departure=departure,
        is_unaccompanied=alone,
    )
