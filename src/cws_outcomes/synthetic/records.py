"""Tables of children's social care: referrals, protection plans, care spells."""

from dataclasses import dataclass, fields

import numpy as np

from cws_outcomes.synthetic.days import Days, Flags, Whole, day

ASSESSMENT_RETURNED_FROM = day(2013, 4, 1)
"""Assessments are dated in returns from 2013/14 on."""

WORKING_DAYS_45 = 63
"""45 working days in days."""


@dataclass(frozen=True)
class Referrals:
    """One row per referral. ``assessment`` and ``closure`` are ``NEVER`` where there is none."""

    child: Whole
    la: Whole
    referral: Days
    assessment: Days
    closure: Days
    is_nfa: Flags
    is_in_need: Flags

    @property
    def need_from(self) -> Days:
        """Day on which the state turns from referral to CIN, as known: at most the closure."""
        dated = (self.assessment >= ASSESSMENT_RETURNED_FROM) & (self.assessment <= self.closure)
        latest = self.referral + WORKING_DAYS_45
        turned = np.where(dated, np.minimum(self.assessment, latest), latest)
        return np.minimum(turned, self.closure).astype(np.int32)


@dataclass(frozen=True)
class Plans:
    """One row per child protection plan; ``referral`` is the row of its referral."""

    referral: Whole
    conference: Days
    start: Days
    end: Days


@dataclass(frozen=True)
class CareSpells:
    """
    One row per unbroken time in care; ``referral`` is -1 for short breaks and remand.

    ``kind``: 0 care, 1 short break (V3), 2 short break (V4), 3 remand (J1).
    """

    child: Whole
    la: Whole
    referral: Whole
    start: Days
    end: Days
    kind: Whole
    is_adopted: Flags


@dataclass(frozen=True)
class Contact:
    """Everything that children's social care did, true and complete."""

    referrals: Referrals
    plans: Plans
    care: CareSpells
    adoption: Days
    """Day of the adoption order of each child, else ``NEVER``: its identity breaks there."""


def stacked_care(parts: list[CareSpells]) -> CareSpells:
    """All spells of several tables, in the order given."""
    return CareSpells(
        *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(CareSpells))
    )
