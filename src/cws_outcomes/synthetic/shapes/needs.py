"""Codes of need: of each referral, and of each spell of care."""

import numpy as np

from cws_outcomes.synthetic.days import Text, Whole
from cws_outcomes.synthetic.disability import is_disabled
from cws_outcomes.synthetic.draws import pick
from cws_outcomes.synthetic.world import World

# Codes: DATA_MODEL 9.5. Shares so that all children in need (CALIBRATION F091) and all who start
# to be looked after (F070) come out as published; disabled children and those who came alone have
# needs of their own.
NEEDS = {"N1": 55, "N5": 22, "N4": 8, "N8": 2, "N3": 3, "N6": 2.5, "N9": 4, "N0": 2, "N7": 1.5}
DISABLED_NEEDS = {"N2": 45, "N1": 27, "N5": 12, "N4": 9, "N9": 7}
IN_CARE = {"N1": 58, "N5": 19.5, "N4": 10.5, "N8": 1.5, "N3": 3, "N6": 1, "N2": 2.5}


def _child_needs(world: World, child: Whole, own: Text) -> Text:
    """Own codes, but for disabled children and those who came alone."""
    disabled = is_disabled(world.block, world.dials)[child]
    stream = world.streams("needs of disabled children")
    found = np.where(disabled, pick(stream, DISABLED_NEEDS, len(child)), own)
    return np.where(world.people.is_unaccompanied[child], "N8", found)


def referral_needs(world: World) -> Text:
    """Primary need of each referral."""
    child = world.contact.referrals.child
    return _child_needs(world, child, pick(world.streams("needs"), NEEDS, len(child)))


def care_needs(world: World) -> Text:
    """Category of need of each spell of care."""
    child = world.care.child
    own = pick(world.streams("care needs"), IN_CARE, len(child))
    return np.where(world.people.is_unaccompanied[child], "N8", own)
