"""Interventions on the simulated world: what children's social care and schools may do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """
    One way in which the same children, with the same luck, could have been treated.

    Attributes
    ----------
    name : str
        As in ``truth/marginal.parquet``.
    meets_referrals : bool
        Whether anybody is referred at all.
    finds_all_in_need : bool
        Whether every referral is assessed and found in need.
    makes_plans, takes_into_care : bool
        Whether protection plans are made, and children taken into care; without, the referral
        stays what it is.
    excludes : bool
        Whether schools exclude permanently.
    meaning : str
        In words.
    """

    name: str
    meaning: str
    meets_referrals: bool = True
    finds_all_in_need: bool = False
    makes_plans: bool = True
    takes_into_care: bool = True
    excludes: bool = True


AS_IS = Policy("as_is", "as things are")

POLICIES = (
    AS_IS,
    Policy("no_contact", "nobody is referred to children's social care", meets_referrals=False),
    Policy(
        "need_for_all_referred",
        "every referral is assessed and found in need",
        finds_all_in_need=True,
    ),
    Policy("no_plans", "children in need, but never on a protection plan", makes_plans=False),
    Policy("no_care", "children in need, but never looked after", takes_into_care=False),
    Policy("no_permanent_exclusion", "schools do not exclude permanently", excludes=False),
)
