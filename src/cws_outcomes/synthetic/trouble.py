"""Trouble that one part of a life hands to another."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import Days, Flags, Whole


@dataclass(frozen=True)
class Trouble:
    """Trouble at school in one academic year; one row per child of the block."""

    is_persistently_absent: Flags
    was_suspended: Flags
    was_excluded: Flags

    @classmethod
    def none(cls, size: int) -> "Trouble":
        """Nobody in trouble."""
        no = np.zeros(size, dtype=np.bool_)
        return cls(no, no, no)


@dataclass(frozen=True)
class Offenders:
    """Children with a proven offence in a year (row of the block), and the day of the first."""

    child: Whole
    on: Days
