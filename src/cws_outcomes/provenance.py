"""Digests of the code behind a step, so that an edit reruns what depends on it and nothing else."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.plan import Job
from cws_outcomes.step import Step

PACKAGE = Path(__file__).parent
# Code that every step runs through. Contracts join table by table, so that one changed contract
# does not rerun the whole study.
_ENGINE = ("step.py", "sql.py", "runner.py", "contracts/table.py")
_LIBRARIES = {
    "models": ("duckdb", "numpy", "polars", "scipy", "statsmodels"),
    "disclosure": ("duckdb", "numpy", "polars", "scipy"),
    "figures": ("duckdb", "matplotlib", "polars"),
    "report": ("jinja2", "polars"),
}


def job_digest(job: Job) -> str:
    """
    Digest of all that decides a job's output apart from its inputs' content.

    Covers the step's SQL or module and what that imports of this package, the runner, the
    contracts read and written, codelists, settings and the versions of the libraries used.

    Parameters
    ----------
    job : Job

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    parts = [step_digest(job.step), job.settings_text()]
    parts += [CONTRACTS[source.contract].__repr__() for source in job.inputs.values()]
    parts += [
        file.read_text(encoding="utf-8")
        for file in job.files
        if file.parent.name == "codelists" and file.is_file()
    ]
    return _digest(parts)


@cache
def step_digest(step: Step) -> str:
    """Digest of a step's own code, contracts and library versions."""
    parts = [repr(step)]
    parts += [(PACKAGE / file).read_text(encoding="utf-8") for file in (*_ENGINE, *step.sql)]
    parts += [repr(CONTRACTS[name]) for name in (*step.reads, *step.writes)]
    parts += [f"{name} {version(name)}" for name in _LIBRARIES.get(step.stage, ("duckdb",))]
    if step.function:
        modules = sorted(_reachable(step.function.partition(":")[0]))
        parts += [text for module in modules for text in _sources(module)]
    return _digest(parts)


def _reachable(module: str) -> set[str]:
    """Modules of this package that a module imports, itself included, at any depth."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        current = waiting.pop()
        if current in found or current.startswith("cws_outcomes.contracts"):
            continue
        found.add(current)
        waiting += [name for name in _imports(current) if _file(name) is not None]
    return found


def _imports(module: str) -> Iterator[str]:
    file = _file(module)
    if file is None:
        return
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cws_outcomes"):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("cws_outcomes"))


def _file(module: str) -> Path | None:
    path = PACKAGE.joinpath(*module.split(".")[1:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file() and module != "cws_outcomes":
            return candidate
    return None


def _sources(module: str) -> Iterator[str]:
    """A module's text, and that of the SQL and CSV files that bear its name or its room's."""
    file = _file(module)
    if file is None:
        return
    yield file.read_text(encoding="utf-8")
    for data in sorted(file.parent.glob("*")):
        if data.suffix in (".sql", ".csv") and _belongs(data, file):
            yield data.read_text(encoding="utf-8")


def _belongs(data: Path, module: Path) -> bool:
    """A room's data files belong to its ``__init__``; a module's are those it names."""
    return (
        module.name == "__init__.py"
        or data.name in module.read_text(encoding="utf-8")
        or (data.stem == module.stem)
    )


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
