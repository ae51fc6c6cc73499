"""Which parts of a whole must go with the suppressed ones, so that subtraction gives none back.

A hidden part is safe when the figures that are shown leave it at least `threshold` wide. With two
hidden parts, each can be nothing while the other has all that is left of the whole; so the
condition is: at least two hidden parts, and room for the threshold in what is left. What is left
is judged as a reader would, from the rounded figures and their rounding intervals.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cws_outcomes.disclosure.counts import Interval, Rule

Part = TypeVar("Part")


@dataclass(frozen=True)
class Counted:
    """
    Exact counts of a part or of the whole.

    Attributes
    ----------
    persons, events : int
        Persons, and those of them with the event.
    """

    persons: int
    events: int

    def possible(self, rule: Rule) -> tuple[Interval, ...]:
        """What its shown persons, events and complement may stand for."""
        persons, events = rule.possible(self.persons), rule.possible(self.events)
        return persons, events, persons.minus(events)


def with_partners(
    parts: Mapping[Part, Counted],
    whole: Counted,
    hidden: Collection[Part],
    rule: Rule,
    *,
    persons_only: bool = False,
) -> set[Part]:
    """
    Hidden parts and the ones that must be hidden with them.

    Parameters
    ----------
    parts : mapping
        Exclusive parts in their fixed order. Of two alike in size the later goes first: groups
        that are next to each other are best hidden together.
    whole : Counted
        Sum of the parts, taken to be known to the reader as its rounded figures.
    hidden : collection
        Parts that are hidden already.
    rule : Rule
        Threshold and rounding.
    persons_only : bool
        Whether the parts have no events of their own.

    Returns
    -------
    set
        Grown by the smallest shown part (by rounded persons) until the hidden ones are safe.

    Notes
    -----
    Rounded figures alone decide which part goes next, so the choice tells nothing further.
    Cell suppression with interval protection: Fischetti and Salazar (2000), Management Science
    46:1014, in its smallest case of one margin.
    """
    hidden = set(hidden)
    shown = sorted(
        (part for part in reversed(list(parts)) if part not in hidden),
        key=lambda part: rule.rounded(parts[part].persons),
    )
    measures = 1 if persons_only else 3
    while (
        hidden
        and shown
        and not _is_safe(len(hidden), [parts[part] for part in shown], whole, rule, measures)
    ):
        hidden.add(shown.pop(0))
    return hidden


def _is_safe(
    hidden: int, shown: Sequence[Counted], whole: Counted, rule: Rule, measures: int
) -> bool:
    """Whether the smallest of what may be left for the hidden parts is wide enough."""
    room = [interval.high for interval in whole.possible(rule)[:measures]]
    for part in shown:
        taken = part.possible(rule)[:measures]
        room = [high - interval.low for high, interval in zip(room, taken, strict=True)]
    return hidden >= 2 and min(room) >= rule.threshold
