"""Read a study and all its definitions, and report every slip at once with file and key."""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cws_outcomes.config.definitions import KINDS
from cws_outcomes.config.references import broken_references
from cws_outcomes.config.study import Study
from cws_outcomes.documents import read_yaml
from cws_outcomes.errors import ConfigError


def load_study(path: Path) -> Study:
    """
    Read and check a study.

    Parameters
    ----------
    path : Path
        The study's YAML file. Relative paths inside it start at its own folder.

    Returns
    -------
    Study
        Frozen; ``delivery``, ``results`` and ``definitions`` are resolved. Where a list of
        definitions is left out, every file of its folder is used.

    Raises
    ------
    ConfigError
        With every slip found, each with file and key.
    """
    slips: list[str] = []
    raw = _read_yaml(path, slips)
    if slips:
        raise _slipped(slips)
    folder = path.resolve().parent
    for key, default in (("delivery", ""), ("results", "results"), ("definitions", ".")):
        if isinstance(raw.get(key, default), str):
            raw[key] = (folder / str(raw.get(key, default))).resolve()
    if isinstance(raw["definitions"], Path) and not (raw["definitions"] / "codelists").is_dir():
        slips.append(
            f"{path}: definitions: {raw['definitions']} has no codelists/. Expected the project's "
            "config/ or a copy of it, with codelists/, cohorts/, outcomes/ and so on"
        )
        raw |= {kind: {} for kind in KINDS}  # that each of them is missing need not be told
    elif isinstance(raw["definitions"], Path):
        for kind, adapter in KINDS.items():
            raw[kind] = _read_definitions(raw, kind, adapter, path, slips)
    study: Study | None = _validated(Study, raw, path, slips)
    if study is not None and not slips:
        slips += broken_references(study)
    if slips or study is None:
        raise _slipped(slips)
    return study


def _slipped(slips: list[str]) -> ConfigError:
    return ConfigError(
        "The configuration has slips. config/study.yaml shows the keys of a study, "
        "docs/definitions.md those of definitions:\n" + "\n".join(f"  {slip}" for slip in slips)
    )


def _read_yaml(path: Path, slips: list[str]) -> dict[str, Any]:
    if not path.is_file():
        slips.append(f"{path}: there is no such file")
        return {}
    try:
        content = read_yaml(path)
    except ValueError as error:
        slips.append(str(error))
        return {}
    if not isinstance(content, dict):
        slips.append(f"{path}: expected keys and values")
        return {}
    return content


def _read_definitions(
    raw: Mapping[str, Any], kind: str, adapter: Any, study_path: Path, slips: list[str]
) -> dict[str, Any]:
    folder = Path(raw["definitions"]) / kind
    there = sorted(file.stem for file in folder.glob("*.yaml"))
    slips += [f"{file}: definitions end in .yaml" for file in sorted(folder.glob("*.yml"))]
    asked = raw.get(kind)
    names = there if asked is None else asked
    if not isinstance(names, list):
        slips.append(f"{study_path}: {kind}: expected a list of names")
        return {}
    missing = [name for name in names if name not in there]
    slips += [
        f"{study_path}: {kind} asks for '{name}' but {folder / f'{name}.yaml'} is not there. "
        f"There: {', '.join(there) or 'none'}."
        for name in missing
    ]
    definitions = {}
    for name in names:
        if name in missing:
            continue
        file = folder / f"{name}.yaml"
        checked = _validated(adapter, _read_yaml(file, slips), file, slips)
        if checked is not None:
            definitions[name] = checked
    return definitions


def _validated(adapter: Any, raw: Mapping[str, Any], path: Path, slips: list[str]) -> Any:
    try:
        return TypeAdapter(adapter).validate_python(raw)
    except ValidationError as error:
        slips += [f"{path}: {line}" for line in _explained(error, raw)]
        return None


def _explained(error: ValidationError, raw: Mapping[str, Any]) -> Iterable[str]:
    for slip in error.errors():
        # A discriminated union puts the chosen kind into the location; users know only the keys.
        keys = [
            str(part) for part in slip["loc"] if part in _keys_of(raw) or part == slip["loc"][-1]
        ]
        where = ".".join(keys) or "top level"
        if slip["type"] == "extra_forbidden":
            yield f"{where}: unknown key{_guess(str(slip['loc'][-1]))}"
        elif slip["type"] == "union_tag_not_found":
            yield f"{slip['ctx']['discriminator'].strip(chr(39))}: field required"
        else:
            yield f"{where}: {slip['msg'][0].lower()}{slip['msg'][1:]}"


def _keys_of(raw: Any) -> set[Any]:
    if isinstance(raw, Mapping):
        return set(raw) | {key for value in raw.values() for key in _keys_of(value)}
    return set(range(len(raw))) if isinstance(raw, list | tuple) else set()


def _guess(key: str) -> str:
    close = difflib.get_close_matches(key, sorted(_all_keys()), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _all_keys() -> set[str]:
    from cws_outcomes.config import definitions, study
    from cws_outcomes.config.section import Section

    return {
        name
        for module in (definitions, study)
        for cls in vars(module).values()
        if isinstance(cls, type) and issubclass(cls, Section)
        for name in cls.model_fields
    }
