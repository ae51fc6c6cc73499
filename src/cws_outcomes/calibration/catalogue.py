"""The published figures: a YAML file a topic, read into frozen objects, all slips told at once."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, ValidationError, model_validator

from cws_outcomes.config.section import Section
from cws_outcomes.documents import read_yaml
from cws_outcomes.errors import ConfigError

ROOM = Path(__file__).parent
SECTIONS = {
    "A": "Education, social care and offending: margins",
    "B": "Order of events",
    "C": "Social care before age 18",
    "D": "Care: entries, placements, exits, re-entry",
    "E": "School, by social care group",
    "F": "Exclusions",
    "G": "Inequality and differences between authorities",
    "H": "Offending and care",
    "I": "Permanence and ethnicity",
}
POPULATIONS = {
    "six_cohorts": "Pupils born September 1996 to August 2002, KS2 and KS4 both found",
    "residents": "All resident children, with or without a pupil reference",
    "annual": "Counts of a year, and differences between authorities",
}
# First and last academic year of birth without which a population is not there: the children of
# 0 to 17 on every 31 March from 2013 to 2018, for all but the six cohorts.
BIRTHS = {"six_cohorts": (1996, 2001), "residents": (1994, 2017), "annual": (1994, 2017)}
# What a proportion is multiplied by to stand in the unit; None where it is no proportion.
UNITS: dict[str, float | None] = {
    "percent": 100,
    "per_10000": 10_000,
    "per_100000": 100_000,
    "children": None,
    "days": None,
    "months": None,
    "points": None,
    "ratio": None,
    "sd": None,
}

Kind = Literal["rate", "share", "mean", "count", "spread", "timing"]
Unit = Literal[
    "percent", "per_10000", "per_100000", "children", "days", "months", "points", "ratio", "sd"
]
RELATIVE_TOLERANCE = 0.1  # of rates, means, counts and spreads
SHARE_POINTS = 3.0  # of shares, in points of a percentage


class Part(Section):
    """One published number of a figure."""

    published: float
    kind: Kind = Field(description="what is compared, and so how closely")
    rounding: float = Field(gt=0, description="half of the last digit printed, in the unit")
    unit: Unit | None = Field(None, description="unlike the figure's")
    band: tuple[float, float] | None = Field(
        None, description="all that the published roundings allow, where it is derived from them"
    )
    tolerance: float | None = Field(None, gt=0, description="wider than the rule, in the unit")
    because: str | None = Field(None, description="why it is wider")
    apart: str | None = Field(None, description="why this part cannot be measured")

    @property
    def rule(self) -> float | None:
        """Tolerance by the rule of its kind; None for timing, which states its own."""
        if self.kind == "timing":
            return None
        return SHARE_POINTS if self.kind == "share" else RELATIVE_TOLERANCE * abs(self.published)

    @property
    def allowed(self) -> float:
        """Greatest difference that is inside; never less than the printed rounding."""
        return max(self.tolerance or self.rule or 0.0, self.rounding)

    @model_validator(mode="after")
    def _states_why_it_is_wider(self) -> Self:
        if self.kind == "timing" and self.tolerance is None:
            raise ValueError("timing has no rule: state tolerance and because")
        if (self.tolerance is None) != (self.because is None):
            raise ValueError("tolerance and because belong together")
        if self.tolerance is not None and self.rule is not None and self.tolerance <= self.rule:
            raise ValueError(f"tolerance is not wider than the rule, {self.rule:g}: leave it out")
        if self.band is not None and not self.band[0] <= self.published <= self.band[1]:
            raise ValueError("published is outside its own band")
        return self


class Figure(Section):
    """One published figure and how it is measured, or why it stands apart."""

    title: str = Field(min_length=1)
    population: Literal["six_cohorts", "residents", "annual"]
    confidence: Literal["S", "A", "D", "R", "M"]
    source: str
    unit: Unit
    period: str = Field(coerce_numbers_to_str=True)
    measure: str | None = Field(None, description="name of the SQL file of measures/")
    parts: Mapping[str, Part] = {}
    apart: str | None = Field(None, description="why it is not measured")
    implied_by: tuple[str, ...] = Field(
        (), description="figures it follows from: shown, not counted"
    )
    births: tuple[int, int] | None = Field(
        None, description="academic years of birth needed, where unlike the population's"
    )
    known_miss: str | None = Field(None, description="reason, where it is known to be outside")
    note: str | None = None

    @model_validator(mode="after")
    def _measured_or_apart(self) -> Self:
        if (self.measure is None) == (self.apart is None):
            raise ValueError("expected either measure or apart")
        if self.measure is not None and not self.parts:
            raise ValueError("a figure that is measured has parts")
        if self.apart is not None and self.parts:
            raise ValueError("a figure that stands apart has no parts")
        for name, part in self.parts.items():
            if part.kind == "share" and self.unit_of(name) != "percent":
                raise ValueError(f"parts.{name}: a share is in percent")
        return self

    def is_held(self, births: tuple[int, int]) -> bool:
        """Whether a delivery of these years of birth holds all that the figure is about."""
        first, last = self.births_needed
        return births[0] <= first and last <= births[1]

    @property
    def births_needed(self) -> tuple[int, int]:
        """First and last academic year of birth that it is about."""
        return self.births or BIRTHS[self.population]

    def unit_of(self, part: str) -> str:
        """Unit of a part."""
        return self.parts[part].unit or self.unit


class Listed(NamedTuple):
    """A figure of the list that the study was given."""

    section: str
    confidence: str
    source: str


@dataclass(frozen=True)
class Catalogue:
    """
    All figures.

    Attributes
    ----------
    figures : mapping of str to Figure
        By id, in the order of the list.
    listed : mapping of str to Listed
        The list of ids that must be met.
    """

    figures: Mapping[str, Figure]
    listed: Mapping[str, Listed]

    def section(self, figure: str) -> str:
        """Letter of the section a figure belongs to."""
        return self.listed[figure].section

    def counts(self, figure: str) -> bool:
        """Whether a figure counts towards the share that passes: read, and implied by no other."""
        described = self.figures[figure]
        return described.confidence in ("S", "A", "D") and not described.implied_by


def listed_figures(file: Path = ROOM / "figure_ids.csv") -> dict[str, Listed]:
    """Every id of the list, with section, confidence and source."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {
            row["id"]: Listed(row["section"], row["confidence"], row["source"])
            for row in csv.DictReader(lines)
        }


def load_catalogue(room: Path = ROOM) -> Catalogue:
    """
    Read and check every file of ``figures/``.

    Parameters
    ----------
    room : Path
        Folder that holds ``figures/`` and ``measures/``.

    Raises
    ------
    ConfigError
        With every slip found, each with file, figure and key.
    """
    listed = listed_figures()
    slips: list[str] = []
    met: list[tuple[str, Figure]] = []
    for file in sorted((room / "figures").glob("*.yaml")):
        met += _read(file, slips)
    slips += [
        f"{name}: stands {n} times" for name, n in Counter(n for n, _ in met).items() if n > 1
    ]
    for name, figure in met:
        slips += [f"{name}: {slip}" for slip in _against_list(name, figure, listed)]
        if figure.measure and not (room / "measures" / f"{figure.measure}.sql").is_file():
            slips.append(f"{name}: measure: there is no measures/{figure.measure}.sql")
    if slips:
        raise ConfigError(
            "The figures have slips. calibration/catalogue.py says what a figure has:\n"
            + "\n".join(f"  {slip}" for slip in slips)
        )
    figures = dict(met)
    return Catalogue({name: figures[name] for name in listed if name in figures}, listed)


def _read(file: Path, slips: list[str]) -> Iterator[tuple[str, Figure]]:
    try:
        content = read_yaml(file)
    except ValueError as error:
        slips.append(str(error))
        return
    if not isinstance(content, dict):
        slips.append(f"{file.name}: expected figures by id")
        return
    for name, raw in content.items():
        try:
            yield str(name), Figure.model_validate(raw)
        except ValidationError as error:
            slips += [f"{file.name}: {name}: {_told(one)}" for one in error.errors()]


def _told(error: Any) -> str:
    place = ".".join(str(key) for key in error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _against_list(name: str, figure: Figure, listed: Mapping[str, Listed]) -> Iterator[str]:
    if name not in listed:
        yield "not in figure_ids.csv"
        return
    if figure.confidence != listed[name].confidence:
        yield f"confidence: expected {listed[name].confidence}, as listed"
    if figure.source != listed[name].source:
        yield f"source: expected {listed[name].source}, as listed"
    if figure.measure and figure.confidence == "M":
        yield "measure: a figure from memory stands apart"
    yield from (f"implied_by: {other} is not listed" for other in figure.implied_by
                if other not in listed)  # fmt: skip
