"""Tolerances and verdicts: a published number beside the synthetic one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from cws_outcomes.calibration.catalogue import UNITS, Catalogue, Figure, Part
from cws_outcomes.equity.intervals import wilson_limits

Verdict = Literal["inside", "outside", "apart"]
NOBODY = "this delivery holds nobody, or too few, to measure all of it on"
_EXACT = 1e-9  # a difference that is only one of binary digits


@dataclass(frozen=True)
class Measured:
    """A value of the synthetic delivery, in the unit of its part."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None


@dataclass(frozen=True)
class JudgedPart:
    """
    A part with its verdict.

    Attributes
    ----------
    name, part, unit
        As in the catalogue.
    measured : Measured or None
        None where the part, or its figure, stands apart.
    limits : tuple of float or None
        95 % Monte Carlo limits of the synthetic value (Wilson), in the unit; for reading only.
    verdict : {"inside", "outside", "apart"}
    reason : str
        Why it stands apart; else empty.
    """

    name: str
    part: Part
    unit: str
    measured: Measured | None
    limits: tuple[float, float] | None
    verdict: Verdict
    reason: str = ""

    @property
    def difference(self) -> float | None:
        """Synthetic less published."""
        if self.measured is None or self.measured.value is None:
            return None
        return self.measured.value - self.part.published


@dataclass(frozen=True)
class JudgedFigure:
    """A figure with its parts and its verdict: inside when all its parts are."""

    name: str
    section: str
    figure: Figure
    parts: tuple[JudgedPart, ...]
    verdict: Verdict
    reason: str
    counts: bool


@dataclass(frozen=True)
class Tally:
    """How many figures that count are inside."""

    inside: int
    judged: int

    @property
    def percent(self) -> float:
        """Share inside, in percent; 0 where none was judged."""
        return 100 * self.inside / self.judged if self.judged else 0.0


def judge(
    catalogue: Catalogue,
    measured: Mapping[tuple[str, str], Measured],
    births: tuple[int, int] | None = None,
) -> tuple[JudgedFigure, ...]:
    """
    Judge every figure of a catalogue.

    Parameters
    ----------
    catalogue : Catalogue
    measured : mapping of (figure, part) to Measured
        What the measures returned; a part without a value had nobody to be measured on.
    births : tuple of int, optional
        First and last academic year of birth in the delivery: figures that need others stand
        apart, as a part of their children would be taken for all.
    """
    return tuple(
        _figure(catalogue, name, figure, measured, births)
        for name, figure in catalogue.figures.items()
    )


def tally(judged: Iterable[JudgedFigure]) -> Tally:
    """Figures that count: read in a source, implied by no other, and not apart."""
    verdicts = [one.verdict for one in judged if one.counts and one.verdict != "apart"]
    return Tally(verdicts.count("inside"), len(verdicts))


def is_inside(part: Part, value: float) -> bool:
    """Whether a value is within a part's tolerance, or its band."""
    if part.band is not None and part.band[0] - _EXACT <= value <= part.band[1] + _EXACT:
        return True
    return abs(value - part.published) <= part.allowed + _EXACT


def limits(measured: Measured, unit: str) -> tuple[float, float] | None:
    """95 % limits of a proportion in its unit; None for what is no proportion."""
    scale = UNITS[unit]
    top, base = measured.numerator, measured.denominator
    if scale is None or top is None or not base or not 0 <= top <= base:
        return None
    lower, upper = wilson_limits([top], [base])
    return float(lower[0]) * scale, float(upper[0]) * scale


def _figure(
    catalogue: Catalogue,
    name: str,
    figure: Figure,
    measured: Mapping[tuple[str, str], Measured],
    births: tuple[int, int] | None,
) -> JudgedFigure:
    missing = "" if births is None or figure.apart else _not_held(figure, births)
    parts = tuple(
        JudgedPart(label, part, figure.unit_of(label), None, None, "apart", missing)
        if missing
        else _part(label, part, figure.unit_of(label), measured.get((name, label)))
        for label, part in figure.parts.items()
    )
    verdict, reason = _verdict(figure, parts)
    return JudgedFigure(
        name, catalogue.section(name), figure, parts, verdict, reason, catalogue.counts(name)
    )


def _not_held(figure: Figure, births: tuple[int, int]) -> str:
    if figure.is_held(births):
        return ""
    first, last = figure.births_needed
    return f"needs all children born in the academic years {first} to {last}: not in this delivery"


def _part(name: str, part: Part, unit: str, measured: Measured | None) -> JudgedPart:
    if part.apart is not None:
        return JudgedPart(name, part, unit, None, None, "apart", part.apart)
    if measured is None or measured.value is None:
        return JudgedPart(name, part, unit, None, None, "apart", NOBODY)
    verdict: Verdict = "inside" if is_inside(part, measured.value) else "outside"
    return JudgedPart(name, part, unit, measured, limits(measured, unit), verdict)


def _verdict(figure: Figure, parts: tuple[JudgedPart, ...]) -> tuple[Verdict, str]:
    if figure.apart is not None:
        return "apart", figure.apart
    if any(part.verdict == "outside" for part in parts):
        return "outside", figure.known_miss or ""
    # A part that nobody was there for leaves its figure undecided, never passed.
    if any(part.reason == NOBODY for part in parts):
        return "apart", NOBODY
    if any(part.verdict == "inside" for part in parts):
        return "inside", ""
    return "apart", "; ".join(dict.fromkeys(part.reason for part in parts))
