"""What schools make of a first proven offence: permanent exclusion, or alternative provision."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import Days, Flags, Whole
from cws_outcomes.synthetic.offending import SERIOUS, WEAPONS, first_kind
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.trouble import Offenders

LAST_YEAR = 11
"""Last curriculum year of compulsory school."""

WITHIN = 28
"""Days from the offence within which a pupil is excluded for it, before a weekend is left out."""


@dataclass(frozen=True)
class Sanctions:
    """One row per pupil of compulsory school age with a first proven offence in term."""

    pupil: Whole
    nc: Whole
    excluded: Days
    """Day of permanent exclusion, if it comes to it."""
    is_excluded: Flags
    is_placed: Flags
    """Sent to alternative provision from the year after on."""


def sanctions(setting: Setting, year: SchoolYear, offenders: Offenders) -> Sanctions:
    """Draw what follows at school from the first proven offences of a year."""
    people, dials, noise = setting.people, setting.dials, setting.block.noise
    nc = year.curriculum_year(people.birth_year)[offenders.child]
    in_term = (offenders.on >= year.school_first) & (offenders.on < year.school_after - WITHIN)
    row = np.flatnonzero((offenders.child < people.pupils) & in_term & (nc <= LAST_YEAR))
    pupil, on = offenders.child[row], offenders.on[row]
    kind = first_kind(setting, pupil, on)
    into = np.floor(WITHIN * noise.uniform("excluded for offence", 0, pupil)).astype(np.int32)
    excluded = noise.uniform("offence excludes", 0, pupil) < np.where(
        kind == WEAPONS, dials.weapon_exclusion_share, 0.0
    )
    placed = noise.uniform("offence places", 0, pupil) < np.where(
        kind < SERIOUS,
        dials.offender_provision.get("serious", 0.0),
        dials.offender_provision.get("other", 0.0),
    )
    return Sanctions(
        pupil,
        nc[row],
        (on + into).astype(np.int32),
        excluded & setting.policy.excludes,
        placed,
    )
