"""YAML as people write it. A key that stands twice is a slip: YAML itself would drop the first."""

from pathlib import Path
from typing import Any

import yaml

# The C reader is ten times faster, and every step of a study reads all of its definitions.
_Reader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Reader):  # type: ignore[misc]
    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that was there before."""
        keys = [key.value for key, _ in node.value]
        for position, (key, _) in enumerate(node.value):
            if key.value in keys[:position]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value} stands twice", key.start_mark
                )
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def read_yaml(path: Path) -> Any:
    """
    Content of a YAML file.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ValueError
        The file is not YAML, or holds a key twice; with the line.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read"
        raise ValueError(f"{path}{line}: not YAML ({problem})") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not YAML (not text in UTF-8)") from None
