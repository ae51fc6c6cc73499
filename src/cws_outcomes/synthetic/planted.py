"""The planted exposure: states of contact as the delivered records know them on the day."""

import numpy as np

from cws_outcomes.synthetic.days import Whole, day
from cws_outcomes.synthetic.records import CareSpells, Plans, Referrals
from cws_outcomes.synthetic.timeline import CIN, CLA, CPP, REFERRAL, Spells

CIN_RETURNS_FROM = day(2008, 10, 1)
CARE_RETURNS_FROM = day(2005, 4, 1)
"""What ended before the first return reaches no delivery."""


def contact_spells(made: Referrals, plans: Plans, care: CareSpells) -> Spells:
    """
    Intervals at each level, of the records that a delivery holds.

    A record that closed before the first return leaves no trace: the planted state is the state
    that a perfect reader of the delivery would compute (see the dial's note in the truth file).
    """
    seen = made.closure >= CIN_RETURNS_FROM
    # A case that closed on the day it opened was open on that day.
    one_day = made.closure == made.referral
    until = np.where(one_day, made.referral + 1, made.need_from).astype(np.int32)
    row = np.flatnonzero(seen)
    plan = np.flatnonzero(seen[plans.referral])
    spell = np.flatnonzero((care.kind == 0) & (care.end >= CARE_RETURNS_FROM))
    return Spells.stacked(
        [
            Spells(made.child[row], _level(REFERRAL, row), made.referral[row], until[row]),
            Spells(made.child[row], _level(CIN, row), made.need_from[row], made.closure[row]),
            Spells(
                made.child[plans.referral[plan]],
                _level(CPP, plan),
                plans.start[plan],
                plans.end[plan],
            ),
            _care(care, spell),
        ]
    )


def _care(care: CareSpells, row: Whole) -> Spells:
    return Spells(care.child[row], _level(CLA, row), care.start[row], care.end[row])


def _level(level: int, rows: Whole) -> Whole:
    return np.full(len(rows), level, dtype=np.int64)
