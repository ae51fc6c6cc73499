"""What every file of the project has, and what none may have."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "cws_outcomes"
FOLDERS = (
    ".ci",
    "benchmarks",
    "config",
    "docs",
    "reports",
    "requirements",
    "src",
    "tests",
    "workflow",
)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
BINARY = {".png", ".pyc", ".parquet", ".woff2"}

LONGEST_BODY = 40  # lines of a function without its docstring: documenting is never a fault
LONGEST_FILE = {".py": 400, ".sql": 120, ".smk": 150, "Snakefile": 40}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc"}

# Put together here so that this file does not hold what it looks for.
HOSTS = [
    r"\.".join(parts)
    for parts in (
        ("pypi", "org"),
        ("python" + "hosted", "org"),
        ("npmjs", "org"),
        ("debian", "org"),
        ("anaconda", "org"),
        ("r-project", "org"),
    )
]
FOLDERS_OF_A_MACHINE = "|".join(["home", "opt", "root", "tmp", "Users", "work"])
MACHINE_PATH = re.compile(rf"(?<![\w.~)}}/-])/({FOLDERS_OF_A_MACHINE})/\w")
REGISTRY_HOST = re.compile("|".join(HOSTS))


def project_files() -> list[Path]:
    """Every text file that the project ships; what runs and caches leave is not among them."""
    inside = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*")]
    return sorted(
        file
        for file in [*ROOT.glob("[!.]*"), *ROOT.glob(".*ignore"), ROOT / ".sqlfluff", *inside]
        if file.is_file() and file.suffix not in BINARY and "__pycache__" not in file.parts
    )


def source_files(suffix: str) -> list[Path]:
    return sorted(PACKAGE.rglob(f"*{suffix}"))


def definitions(file: Path) -> Iterator[Definition]:
    """Functions, classes and methods of a module; not what a function defines for itself."""
    places: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    for place in places:
        for node in ast.iter_child_nodes(place):
            if isinstance(node, Definition):
                yield node
            if isinstance(node, ast.ClassDef):
                places.append(node)


def body_lines(function: Definition) -> int:
    first = function.body[1 if ast.get_docstring(function) and len(function.body) > 1 else 0]
    return function.end_lineno - first.lineno + 1


def shown(file: Path, line: int = 1) -> str:
    return f"{file.relative_to(ROOT)}:{line}"


def assert_none(places: list[str]) -> None:
    assert not places, "\n".join(places)


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        shown(file, number)
        for file in project_files()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def locked(name: str) -> dict[str, str]:
    """Name of each locked package and the rest of its line, hashes included."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", "").splitlines()
    return {canonicalize_name(line.partition("==")[0]): line for line in lines}


def opening_comment(sql: str) -> str:
    return re.match(r"(--.*\n)*", sql).group()


def last_select(sql: str) -> str:
    """What follows the last ``select`` that no bracket holds."""
    bare = re.sub(r"--.*|'[^']*'", "", sql)
    depths, depth = [], 0
    for character in bare:
        depth += (character == "(") - (character == ")")
        depths.append(depth)
    selects = [m.end() for m in re.finditer(r"\bselect\b", bare, re.I) if not depths[m.start()]]
    return bare[selects[-1] :]


@pytest.mark.parametrize("pattern", [REGISTRY_HOST, MACHINE_PATH], ids=["registry", "machine"])
def test_no_file_names_a_registry_or_a_place_on_a_machine(pattern: re.Pattern[str]):
    assert_none(lines_with(pattern))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRY_HOST, "--index-url https://" + ".".join(("pypi", "org")) + "/simple"),
        (MACHINE_PATH, "cd " + "/".join(("", "home", "someone"))),
        (MACHINE_PATH, '"' + "/".join(("", "tmp", "x")) + '"'),
    ],
)
def test_the_patterns_find_what_they_look_for(pattern: re.Pattern[str], text: str):
    assert pattern.search(text)


@pytest.mark.parametrize("name", ["build.txt", "lock.txt"])
def test_every_locked_requirement_is_one_version_with_hashes_and_no_address(name: str):
    requirements = locked(name)

    assert requirements
    for line in requirements.values():
        assert re.match(r"[\w.-]+==[\w.]+ ", line), line
        assert "--hash=sha256:" in line
        assert "://" not in line
        assert " @ " not in line


def test_the_lock_is_in_step_with_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = locked("lock.txt")

    for wanted in map(
        Requirement, project["dependencies"] + project["optional-dependencies"]["dev"]
    ):
        line = requirements.get(canonicalize_name(wanted.name), "")
        version = line.partition("==")[2].partition(" ")[0]
        assert version, f"{wanted.name} is not locked: run `make lock`"
        assert wanted.specifier.contains(version), f"{wanted} is not {version}: run `make lock`"


def test_what_both_files_lock_is_locked_once():
    build, lock = locked("build.txt"), locked("lock.txt")

    for name in build.keys() & lock.keys():
        assert build[name] == lock[name]


def test_every_module_has_a_name_that_says_something():
    modules = [*source_files(".py"), *source_files(".sql")]

    assert_none([shown(m) for m in modules if NAMES_THAT_SAY_NOTHING & {m.stem, m.parent.name}])


def test_everything_public_has_a_docstring():
    bare = [
        f"{shown(file, node.lineno)} {node.name}"
        for file in source_files(".py")
        for node in definitions(file)
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]

    assert_none(bare)


def test_no_function_is_too_long():
    long = [
        f"{shown(file, node.lineno)} {node.name}"
        for file in source_files(".py")
        for node in definitions(file)
        if not isinstance(node, ast.ClassDef) and body_lines(node) > LONGEST_BODY
    ]

    assert_none(long)


def test_no_file_is_too_long():
    files = [*PACKAGE.rglob("*"), *(ROOT / "workflow").rglob("*.smk"), ROOT / "Snakefile"]
    limits = {file: LONGEST_FILE.get(file.suffix or file.name) for file in files if file.is_file()}
    long = [
        shown(file)
        for file, limit in limits.items()
        if limit and len(file.read_text(encoding="utf-8").splitlines()) > limit
    ]

    assert_none(long)


def test_every_sql_file_starts_with_its_grain():
    """The opening comment says what one row of the result is."""
    assert_none(
        [
            shown(file)
            for file in source_files(".sql")
            if "one row" not in opening_comment(file.read_text(encoding="utf-8")).lower()
        ]
    )


def test_every_sql_file_names_the_columns_it_returns():
    starred = [
        shown(file)
        for file in source_files(".sql")
        if re.match(r"\s+(distinct\s+)?(\w+\.)?\*", last_select(file.read_text(encoding="utf-8")))
    ]

    assert_none(starred)


@pytest.mark.parametrize(
    ("sql", "starts"),
    [
        ("with a as (select * from b) select x from a", "x"),
        ("select x from a where y in (select y from b)", "x"),
        ("select 'select' as x -- select\nfrom a", " as x"),
    ],
)
def test_the_last_select_is_the_outer_one(sql: str, starts: str):
    assert last_select(sql).lstrip(" ").startswith(starts.lstrip(" "))
