"""Disability: one number a child tells whose is there from birth, and whose makes a case long."""

from cws_outcomes.synthetic.blocks import Block
from cws_outcomes.synthetic.days import Flags, Whole
from cws_outcomes.synthetic.dials import Dials


def is_disabled(block: Block, dials: Dials, child: Whole | None = None) -> Flags:
    """Children with a disability that children's social care knows of, if it knows the child."""
    found: Flags = block.noise.uniform("disability", 0, child) < dials.need_disabled_share
    return found


def is_disabled_from_birth(block: Block, dials: Dials) -> Flags:
    """Children whose disability is there from birth: among those of `is_disabled`."""
    found: Flags = block.noise.uniform("disability") < dials.disabled_share
    return found
