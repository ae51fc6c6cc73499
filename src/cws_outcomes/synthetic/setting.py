"""What surrounds the lives of a block."""

from dataclasses import dataclass

from cws_outcomes.synthetic.blocks import Block
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.people import People
from cws_outcomes.synthetic.places import Places
from cws_outcomes.synthetic.policy import Policy
from cws_outcomes.synthetic.schools import Schools


@dataclass(frozen=True)
class Setting:
    """All that is given before anything happens to the children of a block."""

    block: Block
    places: Places
    schools: Schools
    """All schools of the delivery; which one a child attends is the child's own."""
    people: People
    dials: Dials
    policy: Policy
