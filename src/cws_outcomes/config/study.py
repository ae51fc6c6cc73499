"""One study: which delivery, which rules, which definitions."""

from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from cws_outcomes.config.definitions import (
    Cohort,
    Exposure,
    Model,
    Outcome,
    PrintedFigure,
    PrintedTable,
)  # fmt: skip
from cws_outcomes.config.section import Section


class SyntheticDelivery(Section):
    """The built-in delivery: made when the study is run, never beside real data."""

    pupils: int = Field(30_000, ge=200, description="children of school age in the delivery")
    las: int = Field(24, ge=4, description="local authorities")
    seed: int = Field(1, ge=0)
    world: str = Field("default", description="what is planted: a built-in world")
    births: tuple[int, int] = Field(
        (1996, 2001), description="first and last academic year of birth, by its first year"
    )


class _Span(Section):
    start: date
    end: date

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> Self:
        if self.start >= self.end:
            raise ValueError("start must be before end")
        return self


class Gap(_Span):
    """Days inside a source's window from which nothing was delivered, there or everywhere."""

    la: str | None = Field(
        None, pattern=r"^[0-9]{3}$", description="3-digit code of the LA; everywhere when left out"
    )
    reason: str


class Window(_Span):
    """First day covered, first day no longer covered, and the gaps in between."""

    gaps: tuple[Gap, ...] = ()


class Coverage(Section):
    """When each source can be trusted; absence of a record means nothing outside it."""

    children_in_need: Window
    care: Window
    offences: Window
    schools: Window
    summer_census: Window | None = Field(None, description="that of schools when left out")
    absence: Window | None = Field(None, description="that of schools when left out")
    key_stage_1: Window | None = Field(None, description="that of schools when left out")
    key_stage_2: Window | None = Field(None, description="that of schools when left out")

    def of(self, source: str) -> Window:
        """Window of a source; that of the schools where it has none of its own."""
        window: Window = getattr(self, source, None) or self.schools
        return window


class Geography(Section):
    """Local authorities as they were in one year, or areas whose boundary never changed."""

    mode: Literal["as_at", "fixed"] = "as_at"
    year: int | None = Field(None, ge=2006, le=2030)

    @model_validator(mode="after")
    def _year_with_as_at(self) -> "Geography":
        if (self.mode == "as_at") != (self.year is not None):
            raise ValueError("year goes with mode as_at, and only with it")
        return self


class People(Section):
    """Rules of the person spine."""

    birth_day: int = Field(15, ge=1, le=28, description="day imputed to the month of birth")


class ContactRules(Section):
    """Rules of the states of contact."""

    assessment_days: int = Field(
        63,
        ge=1,
        description="days until a referral counts as in need when no assessment is "
        "dated: 45 working days",
    )
    max_gap_days: int = Field(
        0, ge=0, description="longest gap between cases that does not end a spell of need"
    )
    early_help_is_need: bool = Field(
        True,
        description="in the DfE version of need: count cases closed as RC9, referred to early "
        "help after assessment",
    )


class PlanRules(Section):
    """Rules of spells on a child protection plan."""

    max_gap_days: int = Field(0, ge=0, description="longest gap that does not end a spell")


class CareRules(Section):
    """Rules of spells of care."""

    max_gap_days: int = Field(0, ge=0, description="longest gap that does not end a spell")
    include_respite: bool = Field(False, description="count short breaks, V3 and V4")
    include_remand: bool = Field(False, description="count remand and sentence, J1 to J3")
    full_from: date = Field(
        date(2004, 4, 1),
        description="first day of full returns: those of 1998 to 2003 hold one child in three; "
        "what ceased before is left out",
    )


class OffenceRules(Section):
    """Rules of offences."""

    lag_months: int = Field(
        0,
        ge=0,
        le=60,
        description="months before the end of coverage in which an offence dated by its own day "
        "may not be on record yet, as it becomes known with its disposal",
    )


class CustodyRules(Section):
    """Rules of spells in custody."""

    max_gap_days: int = Field(0, ge=0, description="longest gap that does not end a spell")


class Disclosure(Section):
    """What may be shown. A study may be stricter than 10, not laxer."""

    threshold: int = Field(10, ge=10, description="smallest count behind anything shown")
    round_to: int = Field(10, ge=5, description="base to which shown counts are rounded")
    agreed_with: str = Field(description="who agreed these numbers, and when")

    @model_validator(mode="after")
    def _threshold_is_a_rounded_number(self) -> "Disclosure":
        # Else rounding could show a count that passed the threshold as one that does not.
        if self.threshold % self.round_to:
            raise ValueError("threshold must be a multiple of round_to")
        return self


class Study(Section):
    """Everything one run needs to know."""

    title: str
    delivery: Path = Field(description="the delivery manifest")
    results: Path = Field(Path("results"), description="folder for all that a run makes")
    definitions: Path = Field(Path("."), description="folder that holds outcomes/, models/, …")
    synthetic: SyntheticDelivery | None = None
    coverage: Coverage
    geography: Geography
    people: People = People()
    contact: ContactRules = ContactRules()
    plans: PlanRules = PlanRules()
    care: CareRules = CareRules()
    offences: OffenceRules = OffenceRules()
    custody: CustodyRules = CustodyRules()
    disclosure: Disclosure
    cohorts: dict[str, Cohort]
    outcomes: dict[str, Outcome]
    exposures: dict[str, Exposure]
    models: dict[str, Model]
    tables: dict[str, PrintedTable]
    figures: dict[str, PrintedFigure]

    def setting(self, key: str) -> Any:
        """Value of a dotted key, e.g. ``care.max_gap_days``."""
        value: Any = self
        for part in key.split("."):
            value = getattr(value, part)
        return value
