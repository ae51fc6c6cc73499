"""What a check finds: everything that the report shows, and nothing that it may not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cws_outcomes.errors import CwsError
from cws_outcomes.quality.flags import Flag
from cws_outcomes.quality.masking import Masking
from cws_outcomes.quality.places import Grid
from cws_outcomes.quality.profile import Codes, Profile
from cws_outcomes.quality.published import Beside

MOST_CODES = 50  # more are no codes: a column was mapped to names or identifiers


@dataclass(frozen=True)
class Subject:
    """
    One table of the report: a delivered table, or one shape of it.

    Attributes
    ----------
    name : str
        Of the table, or of the manifest's entry.
    files : tuple of (str, int)
        Each delivered file and its rows.
    profile : Profile
    codes : tuple of Codes
    grid : Grid or None
        Coverage by authority and year, where rows name one.
    """

    name: str
    files: tuple[tuple[str, int], ...]
    profile: Profile
    codes: tuple[Codes, ...] = ()
    grid: Grid | None = None


@dataclass(frozen=True)
class Repair:
    """Rows that a rule of the pipeline mended or set aside."""

    table: str
    rule: str
    rows: int


@dataclass
class Found:
    """
    All that a check found.

    Attributes
    ----------
    name : str
        Of the delivery.
    is_synthetic : bool
    masking : Masking
    failures : list of (str, CwsError)
        Table and cause, in the order of the tables.
    subjects : list of Subject
    absent : list of str
        Tables that the manifest leaves out.
    flags : list of Flag
    published : list of Beside
    repairs : list of Repair or None
        None when they were not counted.
    """

    name: str
    is_synthetic: bool
    masking: Masking
    failures: list[tuple[str, CwsError]] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    published: list[Beside] = field(default_factory=list)
    repairs: list[Repair] | None = None

    @property
    def open_flags(self) -> list[Flag]:
        """Those that no known cause explains."""
        return [flag for flag in self.flags if not flag.explained]

    def lines_to_add(self) -> Mapping[str, tuple[str, ...]]:
        """Codelist to its unknown codes; a column with too many is not one of codes."""
        lines: dict[str, set[str]] = {}
        for subject in self.subjects:
            for codes in subject.codes:
                if 0 < len(codes.unknown) <= MOST_CODES:
                    listed = lines.setdefault(codes.codelist, set())
                    listed.update(code for code, _ in codes.unknown)
        return {codelist: tuple(sorted(codes)) for codelist, codes in sorted(lines.items())}
