"""Who is on the police national computer, and which pupil reference was found for them."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.blocks import FIRST_OUTSIDE
from cws_outcomes.synthetic.days import NEVER, Flags, Real, Text, Whole
from cws_outcomes.synthetic.dials import ETHNIC_GROUPS
from cws_outcomes.synthetic.draws import logistic
from cws_outcomes.synthetic.justice import EXTRACT_END
from cws_outcomes.synthetic.world import World

LINKED, OUTSIDE, MISSED, FALSE = range(4)
FATES = ("", "outside_school_share", "missed_link_share", "false_link_share")
"""What became of the link to a pupil, by the dial that decides it; shared ids come on top."""

# A justice id is a number below the prime, multiplied and shifted: no two alike, in no order.
_PRIME, _FACTOR, _SHIFT = 999_999_937, 618_033_989, 271_828_183
_OUTSIDE, _ELSEWHERE, _SECOND = 40_000_000, 80_000_000, 400_000_000


@dataclass(frozen=True)
class Linkage:
    """
    One row per child of the block on the police national computer, sorted by child.

    A case with an odd number is under the second id of those who have one.
    """

    child: Whole
    own: Whole
    """Number of its own justice id, which also begins the ids of its cases."""
    number: Whole
    """Number of the justice id it is under: that of another person, for some."""
    second: Flags
    """Whether the person is there under two ids."""
    is_shared: Flags
    """Whether the id is also another person's."""
    fate: Whole
    reference: Text
    """Found for the person; empty where none was."""

    def person(self, child: Whole) -> Whole:
        """Row of each child, all of which are there."""
        found: Whole = np.searchsorted(self.child, child)
        return found


def link(world: World) -> Linkage:
    """Look for the pupils among the persons of the police national computer."""
    child, first = _persons(world)
    neighbour = _neighbours(world, child)
    own, lender = _numbers(world.block.child[child]), np.arange(len(child))
    borrows = _luck(world, "shared ids", child) < world.dials.shared_id_share
    # One id for two, never for three: who lends does not borrow, and lends once.
    borrows &= ~borrows[neighbour]
    lender[borrows] = neighbour[borrows]
    fate = _fates(world, child)
    return Linkage(
        child=child,
        own=own,
        number=own[lender],
        second=_luck(world, "second ids", child) < world.dials.second_id_share,
        is_shared=borrows | np.isin(np.arange(len(child)), neighbour[borrows]),
        fate=fate,
        reference=_references(world, child, first, fate),
    )


def _persons(world: World) -> tuple[Whole, Whole]:
    """Children with a disposal before the extract was taken, and the day of their first offence."""
    offences, disposals = world.justice.offences, world.justice.disposals
    row = disposals.offence[disposals.on < EXTRACT_END]
    child, person = np.unique(offences.child[row], return_inverse=True)
    first = np.full(len(child), NEVER, dtype=np.int32)
    np.minimum.at(first, person, offences.on[row])
    return child, first


def _luck(world: World, topic: str, child: Whole) -> Real:
    found: Real = world.streams(topic).random(world.block.size)[child]
    return found


def _neighbours(world: World, child: Whole) -> Whole:
    """Row of the person of the same sex born next; the last one has the one before."""
    people = world.people
    order = np.lexsort((child, people.birth[child], people.is_male[child]))
    found = np.empty(len(child), dtype=np.int64)
    found[order] = np.append(order[1:], order[-2:-1] if len(order) > 1 else order)
    return found


def _fates(world: World, child: Whole) -> Whole:
    """Outside school, missed, falsely linked, or linked; the odds of a miss are planted."""
    people, dials = world.people, world.dials
    ethnic = np.array([dials.missed_link_ethnicity.get(group, 0.0) for group in ETHNIC_GROUPS])
    share = min(max(dials.missed_link_share, 1e-12), 1 - 1e-12)
    odds = np.log(share / (1 - share)) + ethnic[people.group[child]]
    odds = odds + dials.missed_link_moved * (people.move[child] < NEVER)
    missed = _luck(world, "missed links", child) < logistic(odds)
    falsely = _luck(world, "false links", child) < dials.false_link_share
    found: Whole = np.select(
        [child >= world.block.pupils, missed, falsely], [OUTSIDE, MISSED, FALSE], LINKED
    )
    return found


def _references(world: World, child: Whole, first: Whole, fate: Whole) -> Text:
    """The own reference of the day of the first offence; or that of the pupil born next."""
    people, pupils = world.people, np.arange(world.block.pupils)
    order = np.lexsort((pupils, people.birth[pupils], people.is_male[pupils]))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    falsely = np.flatnonzero(fate == FALSE)
    whose = child.copy()
    whose[falsely] = order[(place[child[falsely]] + 1) % len(order)]
    found: Text = np.where(
        (fate == OUTSIDE) | (fate == MISSED), "", world.references.on(whose, first)
    )
    return found


def _numbers(child: Whole) -> Whole:
    """Numbers of justice ids from children's numbers in the whole delivery."""
    is_outside = child >= FIRST_OUTSIDE
    return _scattered(np.where(is_outside, _OUTSIDE + child - FIRST_OUTSIDE, child))


def _scattered(number: Whole) -> Whole:
    found: Whole = (number.astype(np.int64) * _FACTOR + _SHIFT) % _PRIME
    return found


def second_numbers(number: Whole) -> Whole:
    """Numbers of the second ids of persons with two."""
    return (number + _SECOND * _FACTOR) % _PRIME


def elsewhere_numbers(world: World, size: int) -> Whole:
    """Numbers of the ids of persons who lived elsewhere as children: fewer than the block's."""
    return _scattered(_ELSEWHERE + int(world.block.child[0]) + np.arange(size))
