"""Worlds: what is planted, as YAML files of dials that override the defaults."""

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cws_outcomes.documents import read_yaml
from cws_outcomes.errors import ConfigError
from cws_outcomes.synthetic.dials import Dials

DEFAULT = "default"


class Planted(NamedTuple):
    """
    A world: what it is for, and all of its dials.

    Attributes
    ----------
    name : str
        Name of the file, without its ending.
    description : str
        What it is for, in words.
    dials : Dials
        The defaults, with what the file overrides.
    """

    name: str
    description: str
    dials: Dials


def names() -> tuple[str, ...]:
    """Built-in worlds, the default first."""
    found = sorted(file.stem for file in Path(__file__).parent.glob("*.yaml"))
    return (DEFAULT, *(name for name in found if name != DEFAULT))


def load(name_or_path: str | Path) -> Planted:
    """
    Read a world.

    Parameters
    ----------
    name_or_path : str or Path
        A built-in world (`names`), or a YAML file with ``description`` and ``dials``. A dial that
        is a table of numbers by level (a log ratio by state of contact) may be given as the levels
        that change, or as one number for all of them.

    Raises
    ------
    ConfigError
        With every slip of the file: unknown keys and dials, wrong types, shares outside 0 to 1.
    """
    path = _path(name_or_path)
    try:
        content = read_yaml(path)
    except ValueError as error:
        raise _slipped(path, [str(error)]) from None
    slips, values = list(_slips_of_shape(content)), {}
    if not slips:
        for name, given in content.get("dials", {}).items():
            values[name], found = _value(name, given)
            slips += found
    if slips:
        raise _slipped(path, slips)
    return Planted(path.stem, " ".join(content["description"].split()), replace(Dials(), **values))


def overridden(dials: Dials) -> dict[str, Any]:
    """Dials that differ from the defaults, with their values."""
    default = Dials()
    pairs = {field.name: getattr(dials, field.name) for field in fields(Dials)}
    return {name: value for name, value in pairs.items() if value != getattr(default, name)}


def _path(name_or_path: str | Path) -> Path:
    if str(name_or_path) in names():
        return Path(__file__).parent / f"{name_or_path}.yaml"
    path = Path(name_or_path)
    if path.suffix not in (".yaml", ".yml") or not path.is_file():
        raise ConfigError(
            f"There is no world '{name_or_path}'. Expected one of {', '.join(names())}, or the "
            "path of a YAML file with description and dials (docs/synthetic.md)."
        )
    return path


def _slipped(path: Path, slips: list[str]) -> ConfigError:
    return ConfigError(
        f"The world {path.name} has slips. docs/synthetic.md lists all dials:\n"
        + "\n".join(f"  {slip}" for slip in slips)
    )


def _slips_of_shape(content: Any) -> Iterator[str]:
    if not isinstance(content, dict):
        yield "expected the keys description and dials"
        return
    for key in content:
        if key not in ("description", "dials"):
            yield f"{key}: unknown key; expected description and dials"
    if not isinstance(content.get("description"), str) or not content["description"].strip():
        yield "description: expected what the world is for, in words"
    if not isinstance(content.get("dials", {}), dict):
        yield "dials: expected names of dials and their values"


@cache
def _defaults() -> Mapping[str, Any]:
    default = Dials()
    return {field.name: getattr(default, field.name) for field in fields(Dials)}


def _value(name: Any, given: Any) -> tuple[Any, list[str]]:
    """Value of a dial as `Dials` wants it, and what is wrong with it."""
    default = _defaults().get(name)
    if default is None:
        near = difflib.get_close_matches(str(name), _defaults(), n=1)
        hint = f"; perhaps {near[0]}" if near else ""
        return None, [f"dials.{name}: there is no such dial{hint}"]
    if isinstance(default, Mapping):
        return _by_level(name, default, given)
    return _one(f"dials.{name}", default, given)


def _by_level(name: str, default: Mapping[str, Any], given: Any) -> tuple[Any, list[str]]:
    if not isinstance(given, dict):
        given = dict.fromkeys(default, given)
    slips, found = [], dict(default)
    for level, value in given.items():
        if level not in default:
            slips.append(f"dials.{name}.{level}: unknown level; expected {', '.join(default)}")
            continue
        found[level], wrong = _one(f"dials.{name}.{level}", default[level], value)
        slips += wrong
    return found, slips


def _one(where: str, default: Any, given: Any) -> tuple[Any, list[str]]:
    """Check one number, flag or text against the type of its default."""
    if isinstance(default, bool) or not isinstance(default, int | float):
        kind = {bool: "true or false", str: "text"}.get(type(default), type(default).__name__)
        return given, [] if isinstance(given, type(default)) else [f"{where}: expected {kind}"]
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return given, [f"{where}: expected a number"]
    if isinstance(default, int) and not isinstance(given, int):
        return given, [f"{where}: expected a whole number"]
    if where.endswith("_share") and not 0 <= given <= 1:
        return given, [f"{where}: expected a share from 0 to 1"]
    return type(default)(given), []
