"""How often the observation layer did what: the counts that stand beside its dials."""

from collections import Counter


class Tally:
    """
    Counts by dial and by what it acted on.

    The sum over blocks goes into the truth, so that what a reader of the delivery misses can be
    accounted for, dial by dial.
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, dial: str, of: str, count: int) -> None:
        """Note that a dial acted on so many (``of``: rows of a table, persons, spells ...)."""
        self._counts[dial, of] += int(count)

    def update(self, other: "Tally") -> None:
        """Add the counts of another block."""
        self._counts.update(other._counts)

    def rows(self) -> list[tuple[str, str, int]]:
        """Dial, what it acted on, count: in the order of the alphabet."""
        return [(dial, of, count) for (dial, of), count in sorted(self._counts.items())]
