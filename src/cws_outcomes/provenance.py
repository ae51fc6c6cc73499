"""Digests of the code behind a step, so that an edit reruns what depends on it and nothing else."""

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from cws_outcomes import contracts
from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.plan import Job
from cws_outcomes.sql import macros_used
from cws_outcomes.step import Step

PACKAGE = Path(__file__).parent
# Code that every step runs through. Contracts join table by table, so that one changed contract
# does not rerun the whole study.
_ENGINE = ("step.py", "sql.py", "runner.py", "contracts/table.py")
_ENGINE_LIBRARIES = frozenset({"duckdb", "polars"})
# Text that a stage reads from beside the package, as captions.py says why.
_BESIDE = {"report": PACKAGE.parents[1] / "reports"}
_DATA = (".sql", ".csv", ".j2", ".css", ".mplstyle")

_ImportNode = ast.Import | ast.ImportFrom


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
    parts += [file.read_text(encoding="utf-8") for file in _beside(step)]
    modules = sorted(_reachable(step.function.partition(":")[0])) if step.function else []
    parts += [text for module in modules for text in _sources(module)]
    imported = [(module, name) for current in modules for module, name in _imports(current)]
    parts += sorted({_promise(module, name) for module, name in imported if _promises(module)})
    libraries = _ENGINE_LIBRARIES.union(*(_libraries(module) for module in modules))
    parts += [f"{name} {version(name)}" for name in sorted(libraries)]
    parts += sorted({macro for part in parts for macro in macros_used(part)})
    return _digest(parts)


def _beside(step: Step) -> list[Path]:
    folder = _BESIDE.get(step.stage)
    return [] if folder is None else sorted(file for file in folder.rglob("*") if file.is_file())


def _reachable(module: str) -> set[str]:
    """Modules of this package that a module imports, itself included, at any depth."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        current = waiting.pop()
        if current in found or _promises(current) or _file(current) is None:
            continue
        found.add(current)
        for imported, name in _imports(current):
            waiting += [imported, f"{imported}.{name}"]
    return found


def _promises(module: str) -> bool:
    """Whether a module holds contracts of tables: read by value, not as code."""
    return module == "cws_outcomes.contracts" or hasattr(_loaded_contracts(module), "TABLES")


def _loaded_contracts(module: str) -> object:
    package, _, name = module.rpartition(".")
    return getattr(contracts, name, None) if package == "cws_outcomes.contracts" else None


def _promise(module: str, name: str) -> str:
    """Value of a name imported from the contracts; tables join where they are read or written."""
    if name in ("CONTRACTS", "TABLES", ""):
        return ""
    return f"{module} {name} {getattr(_loaded_contracts(module) or contracts, name)!r}"


def _imports(module: str) -> Iterator[tuple[str, str]]:
    """Module and name of each import of this package."""
    for node in _nodes(module):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cws_outcomes"):
            yield from ((str(node.module), alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((a.name, "") for a in node.names if a.name.startswith("cws_outcomes"))


def _libraries(module: str) -> Iterator[str]:
    """Other packages that a module imports."""
    for node in _nodes(module):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            library = name.partition(".")[0]
            if library not in sys.stdlib_module_names | {"cws_outcomes"}:
                yield {"yaml": "pyyaml"}.get(library, library)


@cache
def version(library: str) -> str:
    """Version of a library; its metadata is long to read."""
    return metadata.version(library)


@cache
def _nodes(module: str) -> tuple[_ImportNode, ...]:
    file = _file(module)
    return () if file is None else _import_nodes(file.read_text(encoding="utf-8"))


@cache
def _import_nodes(text: str) -> tuple[_ImportNode, ...]:
    nodes = ast.walk(ast.parse(text))
    return tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))


@cache
def _file(module: str) -> Path | None:
    path = PACKAGE.joinpath(*module.split(".")[1:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file() and module != "cws_outcomes":
            return candidate
    return None


@cache
def _sources(module: str) -> tuple[str, ...]:
    """A module's text, and that of the data files that bear its name or its room's."""
    file = _file(module)
    if file is None:
        return ()
    data = (path for path in sorted(file.parent.glob("*")) if path.suffix in _DATA)
    files = (file, *(path for path in data if _belongs(path, file)))
    return tuple(path.read_text(encoding="utf-8") for path in files)


def _belongs(data: Path, module: Path) -> bool:
    """A room's data files belong to its ``__init__``; a module's are those it names."""
    return (
        module.name == "__init__.py"
        or data.name in module.read_text(encoding="utf-8")
        or (data.stem == module.stem)
    )


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
