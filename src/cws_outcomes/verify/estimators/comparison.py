"""One number, twice: ours and a library's."""

from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

# Libraries that are right differ by how far they climb, not by more.
CLOSE = 1e-5


@dataclass(frozen=True)
class Comparison:
    """
    One number, twice.

    Attributes
    ----------
    estimator, number : str
        Ours, and which of its numbers.
    library : str
        Whose number the other is.
    ours, theirs : float
        ``theirs`` is not a number where the library has none.
    known : str
        What is known to be wrong or missing there; empty where both should agree.
    """

    estimator: str
    number: str
    library: str
    ours: float
    theirs: float
    known: str = ""

    @property
    def difference(self) -> float:
        """Theirs less ours."""
        return self.theirs - self.ours

    @property
    def agrees(self) -> bool:
        """Whether both are the same number."""
        return abs(self.difference) <= CLOSE * max(1.0, abs(self.ours))


def as_markdown(found: list[Comparison]) -> str:
    """Return the differences as a table, and what was compared with what."""
    head = ("estimator", "number", "library", "ours", "theirs", "difference", "verdict")
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for one in found:
        numbers = [
            "" if np.isnan(value) else form.format(value)
            for form, value in (
                ("{:.8f}", one.ours),
                ("{:.8f}", one.theirs),
                ("{:+.1e}", one.difference),
            )
        ]
        verdict = one.known or ("agrees" if one.agrees else "**DIFFERS**")
        cells = (one.estimator, one.number, one.library, *numbers, verdict)
        lines.append(f"| {' | '.join(cells)} |")
    libraries = ("lifelines", "statsmodels", "scikit-learn", "scipy")
    used = ", ".join(f"{name} {version(name)}" for name in libraries)
    return "\n".join([*lines, "", f"Compared with {used}."])


def unexplained(found: list[Comparison]) -> list[Comparison]:
    """Differences that nobody has explained: ours is wrong, or a library has changed."""
    return [one for one in found if not one.known and not one.agrees]
