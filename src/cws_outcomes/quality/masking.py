"""How a number is shown: small counts not at all, others rounded, shares from rounded counts."""

from dataclasses import dataclass

NOTHING = "-"


@dataclass(frozen=True)
class Masking:
    """
    The study's rule for counts, inside the secure area too.

    Every count that belongs to a part of a table (a year, an authority, a code) is rounded, so
    that no small count can be found by subtracting shown counts from a shown total. Shares are
    made of the rounded counts: they tell no more than these do.

    Attributes
    ----------
    threshold : int
        Smallest count that is shown.
    base : int
        Counts are rounded to a multiple of it.
    """

    threshold: int
    base: int

    @property
    def few(self) -> str:
        """What stands for a small count."""
        return f"fewer than {self.threshold}"

    def count(self, number: int) -> str:
        """A count of part of a table, rounded."""
        if 0 < number < self.threshold:
            return self.few
        return f"{self.rounded(number):,}"

    def size(self, number: int) -> str:
        """Rows of a whole file or table, which the data owner knows: exact unless small."""
        return self.few if 0 < number < self.threshold else f"{number:,}"

    def share(self, part: int, whole: int) -> str:
        """A percentage of the rounded counts, to one decimal."""
        if whole < self.threshold:
            return NOTHING
        if 0 < part < self.threshold:
            return self.few
        if 0 < whole - part < self.threshold:
            return f"all but {self.few}"
        shown = 100 * self.rounded(part) / self.rounded(whole)
        return f"{min(shown, 100.0):.1f} %"

    def mean(self, value: float | None, of: int) -> str:
        """A mean to three digits, where enough values are behind it."""
        if value is None or of < self.threshold:
            return NOTHING
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"

    def rounded(self, number: int) -> int:
        """To the nearest multiple of the base."""
        # Halves upwards: Python's own rounding goes to the even multiple.
        return (number + self.base // 2) // self.base * self.base
