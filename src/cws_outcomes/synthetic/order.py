"""What a delivery is made of: the same order gives the same bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from cws_outcomes.errors import ConfigError
from cws_outcomes.synthetic.blocks import Block, blocks
from cws_outcomes.synthetic.draws import Streams
from cws_outcomes.synthetic.places import Places, choose, make_places
from cws_outcomes.synthetic.school_year import FIRST_YEAR, LAST_YEAR
from cws_outcomes.synthetic.schools import Schools, make_schools
from cws_outcomes.synthetic.worlds import Planted

Form = Literal["text", "parquet"]

FIRST_BIRTHS, LAST_BIRTHS = FIRST_YEAR - 1, LAST_YEAR - 2


def years_of_birth(text: str) -> tuple[int, int]:
    """
    Read ``FIRST:LAST``, or one year.

    Raises
    ------
    ConfigError
        If it is neither.
    """
    first, colon, last = text.partition(":")
    if not (first.isdecimal() and (last if colon else first).isdecimal()):
        raise ConfigError(f"cws synth: --births: expected FIRST:LAST, like 1996:2001, found {text}")
    return int(first), int(last or first)


@dataclass(frozen=True)
class Order:
    """
    What is asked for.

    Attributes
    ----------
    pupils : int
        Children who are, or are to be, pupils of state schools.
    las : int
        Local authorities; the same number always chooses the same ones.
    seed : int
    births : tuple of int
        First and last academic year of birth, by the year in which it begins.
    planted : Planted
        The world: name, description, dials.
    form : {"text", "parquet"}
    """

    pupils: int
    las: int
    seed: int
    births: tuple[int, int]
    planted: Planted
    form: Form = "text"

    def check(self) -> None:
        """
        Refuse what cannot be made, before anything is made.

        Raises
        ------
        ConfigError
            If a number is out of range.
        """
        choose(self.las)
        if self.pupils < max(8 * self.las, 1) or self.seed < 0:
            raise ConfigError(
                "cws synth: expected a seed of 0 or more and at least 8 pupils for each of the "
                f"{self.las} authorities, found {self.pupils} pupils and seed {self.seed}. Ask for "
                "more pupils or fewer authorities."
            )
        first, last = self.births
        if not FIRST_BIRTHS <= first <= last <= LAST_BIRTHS:
            raise ConfigError(
                f"cws synth: expected academic years of birth FIRST:LAST from {FIRST_BIRTHS} to "
                f"{LAST_BIRTHS}, by the year in which they begin, found {first}:{last}."
            )
        if self.form not in get_args(Form):
            raise ConfigError(
                f"cws synth: expected the form {' or '.join(get_args(Form))}, found {self.form}."
            )

    @cached_property
    def places(self) -> Places:
        """Authorities and neighbourhoods, the same for all blocks."""
        return make_places(self.las, Streams(self.seed), self.planted.dials)

    @cached_property
    def schools(self) -> Schools:
        """All schools, the same for all blocks."""
        streams = Streams(self.seed)
        return make_schools(self.places, self.pupils, self.births, streams, self.planted.dials)

    def blocks(self) -> Iterator[Block]:
        """The children, in blocks."""
        return blocks(self.seed, self.pupils, self.planted.dials.outside_school_share, self.births)
