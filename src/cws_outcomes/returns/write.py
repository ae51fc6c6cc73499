"""Files of the results folder: each written beside, checked, and then put in its place."""

import csv
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from duckdb import DuckDBPyConnection

from cws_outcomes.contracts.table import Table, quoted
from cws_outcomes.errors import ConfigError

MANIFEST = "returns.json"


def write_table(connection: DuckDBPyConnection, table: Table, folder: Path) -> str:
    """
    Write a table of the database under its contract, in its contract's order.

    Returns
    -------
    str
        Name of the file.

    Raises
    ------
    ContractError
        It breaks its contract.
    """
    described = connection.sql(f"describe {table.name}").fetchall()
    table.require_columns({row[0]: row[1] for row in described})
    check = connection.sql(table.breach_query(table.name))
    table.require_no_breach(dict(zip(check.columns, check.fetchall()[0], strict=True)))
    order = ", ".join(quoted(name) for name in table.key)
    columns = ", ".join(quoted(name) for name in table.columns)
    path = folder / f"{table.name}.parquet"
    marks = f"contract: '{table.name}', sensitivity: '{table.sensitivity}'"
    target = str(path).replace("'", "''")
    connection.execute(
        f"copy (select {columns} from {table.name} order by {order}) to '{target}' "
        f"(format parquet, compression zstd, kv_metadata {{{marks}}})"
    )
    return path.name


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a CSV; returns its name."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path.name


def require_own_folder(out: Path) -> None:
    """
    Refuse a place that is no folder.

    Raises
    ------
    ConfigError
    """
    if out.exists() and not out.is_dir():
        raise ConfigError(
            f"{out} is a file. Expected a folder for the results. Give another --out."
        )


def put_in_place(made: Path, out: Path, names: Sequence[str], manifest: dict[str, object]) -> None:
    """
    Move finished files into the results folder, and take away those of an earlier run.

    Parameters
    ----------
    made : Path
        Folder in which they were made, on the same disk.
    out : Path
    names : sequence of str
    manifest : dict
        What was read and how; written last, with the list of files, so that the next run knows
        which files are this command's.

    Raises
    ------
    ConfigError
        A file of these names is there, and no earlier run of this command wrote it.
    """
    earlier = set(_earlier(out))
    foreign = sorted(name for name in {*names, MANIFEST} - earlier if (out / name).exists())
    if foreign and not earlier:
        raise ConfigError(
            f"The folder for results holds {', '.join(foreign)}, which this command did not write. "
            "Expected a folder of its own. Give another --out, or move them."
        )
    stale = earlier - set(names)
    (made / MANIFEST).write_text(
        json.dumps({**manifest, "files": sorted(names)}, indent=2) + "\n", encoding="utf-8"
    )
    for name in (*sorted(names), MANIFEST):
        os.replace(made / name, out / name)
    for name in stale:
        (out / name).unlink(missing_ok=True)


def _earlier(out: Path) -> list[str]:
    """Files that an earlier run wrote, by its own list; only plain names are believed."""
    try:
        files = json.loads((out / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [name for name in files if isinstance(name, str) and Path(name).name == name]
