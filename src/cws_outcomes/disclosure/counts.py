"""Thresholds and rounding: when a count may be shown, as what, and what that tells a reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cws_outcomes.errors import ConfigError


class Interval(NamedTuple):
    """Smallest and largest whole number that a shown figure leaves possible."""

    low: int
    high: int

    def minus(self, other: "Interval") -> "Interval":
        """What is left of this when the other, a part of it, is taken away."""
        return Interval(max(self.low - other.high, 0), self.high - other.low)


@dataclass(frozen=True)
class Rule:
    """
    Smallest count that may be shown and the base that shown counts are rounded to.

    Parameters
    ----------
    threshold : int
        Counts below it, zero included, are not shown. STUDY rule: 10, the default that ONS quotes
        for its secure research service.
    round_to : int
        Shown counts are multiples of it.

    Raises
    ------
    ConfigError
        When a count at the threshold would be shown as less than the threshold.
    """

    threshold: int
    round_to: int

    def __post_init__(self) -> None:
        if self.threshold < 1 or self.round_to < 1 or self.rounded(self.threshold) < self.threshold:
            raise ConfigError(
                "disclosure: expected threshold and round_to of 1 or more, and a threshold that "
                f"rounding does not lower; found {self.threshold} and {self.round_to}. "
                "Use a threshold that is a multiple of round_to."
            )

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Rule":
        """Rule in a step's settings, keys ``disclosure_threshold`` and ``disclosure_round_to``."""
        return cls(int(settings["disclosure_threshold"]), int(settings["disclosure_round_to"]))

    def rounded(self, count: int) -> int:
        """Nearest multiple of the base; halves go up, so the same count is always the same."""
        return (count + self.round_to // 2) // self.round_to * self.round_to

    def is_small(self, *counts: int) -> bool:
        """Whether any of the counts is below the threshold."""
        return min(counts) < self.threshold

    def hides(self, persons: int, events: int) -> bool:
        """
        Whether a row of persons and events must be suppressed.

        True when persons, events or persons without the event are below the threshold, and when
        the two shown figures would differ by less than it.
        """
        difference = self.rounded(persons) - self.rounded(events)
        return self.is_small(persons, events, persons - events, difference)

    def shown(self, count: int) -> int | None:
        """A count as it may stand alone: rounded, or nothing when below the threshold."""
        return None if self.is_small(count) else self.rounded(count)

    def possible(self, count: int) -> Interval:
        """Whole numbers that share the shown figure of a count that is not small."""
        figure = self.rounded(count)
        low = max(figure - self.round_to // 2, self.threshold)
        return Interval(low, figure + (self.round_to - 1) // 2)
