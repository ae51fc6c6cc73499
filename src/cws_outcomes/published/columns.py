"""Which column of a file of published counts holds what: named, or guessed where only one fits."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cws_outcomes.errors import ConfigError, CountsError, MissingTableError

# Tiers of usual names, best first: of the first tier that fits at all, exactly one may fit.
_USUAL: dict[str, tuple[tuple[str, ...], ...]] = {
    "la": (
        ("new_la_code", "ons_code", "la_ons_code"),
        ("old_la_code", "la_code"),
        ("la_name", "la", "local_authority", "local_authority_name", "authority"),
    ),
    "denominator": (("denominator", "persons", "population", "pupils", "children"),),
    "numerator": (("numerator", "events", "count"),),
    "group": (("group",),),
    "year": (("year", "time_period"),),
    "expected": (("expected",),),
    "deprivation": (("deprivation",),),
}
_NEEDED = ("la", "denominator", "numerator")


class Columns(BaseModel):
    """
    Columns of a file of counts, and how its table is to be read and named.

    The keys of the YAML file given by ``--columns``; options of the command line go before them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    la: str | None = Field(None, description="name or code of the local authority")
    denominator: str | None = Field(None, description="persons")
    numerator: str | None = Field(None, description="events among them")
    rate: str | None = Field(None, description="in place of numerator: events per `per` persons")
    per: Literal[1, 100, 1000, 10000, 100000] = Field(100, description="persons in a shown rate")
    group: str | None = None
    year: str | None = None
    expected: str | None = Field(None, description="expected events")
    deprivation: str | None = Field(None, description="deprivation of the authority")
    pool_years: bool = Field(False, description="one row an authority, all years together")
    years: tuple[int, int] | None = Field(None, description="first and last year to read")
    keep: dict[str, list[str]] = Field({}, description="column: values of the rows to read")
    england: str | None = Field(None, description="label of the reference row, if not England")
    all_group: str | None = Field(None, description="label of the group that holds all others")
    suppressed: list[str] = Field([], description="further symbols for a suppressed number")
    title: str | None = None
    outcome: str | None = None
    population: str | None = None
    deprivation_label: str = "deprivation"
    la_kind: Literal["school", "home", "responsible"] | None = None
    source: str | None = Field(None, description="who published the counts, and the licence")


def read_columns(path: Path | None, options: dict[str, Any]) -> Columns:
    """
    Merge a YAML file of columns with options of the command line.

    Parameters
    ----------
    path : Path or None
        YAML file with keys of `Columns`.
    options : dict
        Keys of `Columns`; those that are None were not given. They go before the file.

    Returns
    -------
    Columns

    Raises
    ------
    MissingTableError
        When the file is not there.
    ConfigError
        When it is not YAML or a key is unknown or of a wrong type; every slip is listed.
    """
    given = {key: value for key, value in options.items() if value is not None}
    try:
        return Columns(**{**_yaml(path), **given})
    except ValidationError as error:
        slips = [f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        where = path.name if path else "the options"
        raise ConfigError(
            f"{len(slips)} slips in {where}:\n" + "\n".join(slips) + "\n"
            f"Known keys: {', '.join(Columns.model_fields)}."
        ) from None


def find_columns(header: Sequence[str], asked: Columns) -> Columns:
    """
    Settle every column against the header of the file.

    Parameters
    ----------
    header : sequence of str
        Column names of the file.
    asked : Columns
        Columns that were named; None where they were not.

    Returns
    -------
    Columns
        With real column names; optional columns stay None where none fits.

    Raises
    ------
    CountsError
        When a named column is not there, or a needed one fits no or several columns. The message
        lists the columns of the file.
    """
    if asked.numerator and asked.rate:
        raise CountsError("Give --numerator or --rate, not both: a rate stands in for a count.")
    found, slips = {}, []
    for role in (*_USUAL, "rate"):
        named = getattr(asked, role)
        fitting = _named(named, header) if named else _usual(role, header)
        needed = named or (role in _NEEDED and not (role == "numerator" and asked.rate))
        if len(fitting) == 1:
            found[role] = fitting[0]
        elif needed or len(fitting) > 1:
            slips.append(_slip(role, named, fitting))
    slips += [f"  keep: no column {name!r}" for name in asked.keep if name not in header]
    if slips:
        raise CountsError(
            "Columns are not clear:\n" + "\n".join(slips) + f"\nThe file has: {', '.join(header)}."
        )
    if asked.rate:
        found.pop("numerator", None)
    return asked.model_copy(update=found)


def plain(name: str) -> str:
    """
    A column name without case, blanks and punctuation.

    Parameters
    ----------
    name : str
        As in the header.

    Returns
    -------
    str
        Lower case words joined by underscores.
    """
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def _yaml(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    if not path.is_file():
        raise MissingTableError(f"No file {path.name} with columns; check --columns.")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path.name} is not YAML: {error}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path.name}: expected `key: value` lines, such as `la: LA`.")
    return content


def _named(name: str, header: Sequence[str]) -> list[str]:
    if name in header:
        return [name]
    return [column for column in header if column.casefold() == name.casefold()]


def _usual(role: str, header: Sequence[str]) -> list[str]:
    for tier in _USUAL.get(role, ()):
        fitting = [column for column in header if plain(column) in tier]
        if fitting:
            return fitting
    return []


def _slip(role: str, named: str | None, fitting: list[str]) -> str:
    if named and not fitting:
        return f"  --{role}: no column {named!r}"
    if fitting:
        return f"  --{role}: {len(fitting)} columns fit ({', '.join(fitting)}); name one"
    other = " (or --rate)" if role == "numerator" else ""
    return f"  --{role}{other}: not given, and no column has a usual name for it"
