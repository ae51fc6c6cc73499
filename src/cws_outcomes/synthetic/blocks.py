"""Blocks: the children of a delivery in portions that are simulated and written on their own."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from cws_outcomes.synthetic.days import Whole
from cws_outcomes.synthetic.draws import Streams
from cws_outcomes.synthetic.noise import Noise

PUPILS_PER_BLOCK = 20_000
"""Fixed, so that no byte depends on the cores or the memory at hand."""

FIRST_OUTSIDE = 1_000_000_000
"""Number of the first child who never has a pupil reference."""

SIX_COHORTS = (1996, 2001)
"""Academic years of birth, by the year in which they began: Key Stage 4 in 2013 to 2018."""


@dataclass(frozen=True)
class Block:
    """
    A portion of the children: pupils first, then those who never have a pupil reference.

    Attributes
    ----------
    seed, number : int
        Seed of the delivery, and place of the block in it.
    child : array of int
        Number of each child in the whole delivery.
    pupils : int
        How many of them, from the first row on, are pupils.
    births : tuple of int
        First and last academic year of birth of the delivery's children.
    """

    seed: int
    number: int
    child: Whole
    pupils: int
    births: tuple[int, int] = SIX_COHORTS
    noise: Noise = field(init=False)
    """Of what happens to children: the same under every intervention."""
    streams: Streams = field(init=False)
    """Of what is observed and written down."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "noise", Noise(self.seed, self.child))
        object.__setattr__(self, "streams", Streams(self.seed, self.number))

    @property
    def size(self) -> int:
        """All children of the block."""
        return len(self.child)


def blocks(
    seed: int, pupils: int, outside_share: float, births: tuple[int, int] = SIX_COHORTS
) -> Iterator[Block]:
    """Cut a delivery of so many pupils, and their share of other children, into blocks."""
    for number, first in enumerate(range(0, pupils, PUPILS_PER_BLOCK)):
        after = min(first + PUPILS_PER_BLOCK, pupils)
        outside = np.arange(round(first * outside_share), round(after * outside_share))
        child = np.concatenate([np.arange(first, after), FIRST_OUTSIDE + outside])
        yield Block(seed, number, child, after - first, births)
