"""Runs the measures: SQL over the pipeline's tables of a finished run."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from cws_outcomes.calibration.catalogue import ROOM, Catalogue
from cws_outcomes.calibration.judge import Measured
from cws_outcomes.errors import CalibrationError
from cws_outcomes.sql import create_from_sql

COLUMNS = ("figure", "part", "value", "numerator", "denominator")
# Residents at mid-year: what the truth gives, in place of the estimates of ONS.
POPULATION = (
    "year integer, la_code varchar, age integer, idaci_decile integer, ethnic_group varchar, "
    "is_male boolean, children bigint"
)
_WORD = re.compile(r"[a-z_][a-z0-9_]*")


def views(room: Path = ROOM) -> list[Path]:
    """Queries shared by measures, in the order they are made: by name."""
    return sorted((room / "views").glob("*.sql"))


def view_name(file: Path) -> str:
    """Name a view goes by: its file's without the number that orders it."""
    return re.sub(r"^\d+_", "", file.stem)


def words_of(file: Path) -> set[str]:
    """Names in a query, comments left out: among them its tables."""
    text = re.sub(r"--.*|'[^']*'", "", file.read_text(encoding="utf-8"))
    return set(_WORD.findall(text))


def needed(measures: Iterable[str], room: Path = ROOM) -> tuple[list[Path], set[str]]:
    """
    What measures stand on.

    Parameters
    ----------
    measures : iterable of str
        Names of measures.
    room : Path

    Returns
    -------
    views : list of Path
        Shared queries they use, in the order to make them.
    words : set of str
        Every name met in them: the tables are among these.
    """
    words = set().union(*(words_of(room / "measures" / f"{name}.sql") for name in measures))
    used: list[Path] = []
    for file in reversed(views(room)):
        if view_name(file) in words:
            used.insert(0, file)
            words |= words_of(file)
    return used, words


def register(connection: DuckDBPyConnection, tables: Mapping[str, Path], population: Path) -> None:
    """
    Make views of the pipeline's tables, of the residents and of today's authorities.

    Parameters
    ----------
    connection : DuckDBPyConnection
    tables : mapping of str to Path
        File of each contract.
    population : Path
        Residents by year, authority, age and group; an empty table where it is not there.
    """
    for name, file in tables.items():
        connection.execute(f"create view {name} as from read_parquet({_quoted(file)})")
    if population.is_file():
        connection.execute(f"create view population as from read_parquet({_quoted(population)})")
    else:
        connection.execute(f"create table population ({POPULATION})")
    register_authorities(connection)


def register_authorities(connection: DuckDBPyConnection) -> None:
    """Make a view of the authorities of today, with region and number of children."""
    authorities = ROOM.parent / "geography" / "local_authorities.csv"
    connection.execute(
        f"create view authorities as from read_csv({_quoted(authorities)}, header = true, "
        "types = {'la_code': 'VARCHAR'}) where valid_to is null"
    )


def measure(
    connection: DuckDBPyConnection, catalogue: Catalogue, names: Iterable[str], room: Path = ROOM
) -> dict[tuple[str, str], Measured]:
    """
    Run measures, with the shared queries they use.

    Parameters
    ----------
    connection : DuckDBPyConnection
        With the tables registered.
    catalogue : Catalogue
    names : iterable of str
        Measures to run.
    room : Path

    Returns
    -------
    dict of (figure, part) to Measured

    Raises
    ------
    CalibrationError
        A measure cannot be run, or returns what no figure asks of it.
    """
    wanted = list(names)
    shared, _ = needed(wanted, room)
    for file in shared:
        _create(connection, view_name(file), file)
    found: dict[tuple[str, str], Measured] = {}
    for name in wanted:
        rows = _rows(connection, room / "measures" / f"{name}.sql")
        _require_asked_for(catalogue, name, rows)
        for figure, part, *values in rows:
            found[figure, part] = Measured(*values)
    return found


def _create(connection: DuckDBPyConnection, name: str, file: Path) -> None:
    try:
        create_from_sql(connection, name, file, {})
    except (duckdb.Error, KeyError) as error:
        # Synthetic rows only: the message may be shown.
        raise CalibrationError(
            f"{file.name}: cannot be run ({error}). Expected one select over the pipeline's tables."
        ) from None


def _rows(connection: DuckDBPyConnection, file: Path) -> list[tuple[str, str, float, float, float]]:
    _create(connection, f"measure_{file.stem}", file)
    described = [row[0] for row in connection.sql(f"describe measure_{file.stem}").fetchall()]
    if tuple(described) != COLUMNS:
        raise CalibrationError(
            f"measures/{file.name} returns {', '.join(described)}. Expected {', '.join(COLUMNS)}."
        )
    return connection.sql(
        "select figure, part, value::double, numerator::double, denominator::double "
        f"from measure_{file.stem} order by figure, part"
    ).fetchall()


def _require_asked_for(
    catalogue: Catalogue, name: str, rows: list[tuple[str, str, float, float, float]]
) -> None:
    asked = [
        (figure, part)
        for figure, described in catalogue.figures.items()
        if described.measure == name
        for part in described.parts
    ]
    met = [(row[0], row[1]) for row in rows]
    slips = [f"{figure} {part}" for figure, part in met if (figure, part) not in asked]
    twice = [f"{figure} {part}" for figure, part in {*met} if met.count((figure, part)) > 1]
    if slips or twice:
        raise CalibrationError(
            f"measures/{name}.sql returns what no figure asks of it ({', '.join(slips) or 'none'}) "
            f"or a part twice ({', '.join(twice) or 'none'}). Expected the parts of the YAML once."
        )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
