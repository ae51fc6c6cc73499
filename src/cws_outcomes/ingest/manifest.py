"""The delivery manifest: the one place that knows the physical names of an extract."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cws_outcomes.contracts import Table
from cws_outcomes.errors import ConfigError, MissingTableError

# A table may be delivered in several shapes; each is one entry of the manifest.
_SHAPES = {"exclusions": ("exclusions_wide", "exclusions_long")}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeliveredTable(_Section):
    """
    Where one table is, and what its columns are called.

    ``{year}``, ``{yy}`` and ``{slot}`` in names stand for the year in the file's name, its last
    two digits, and the number of a repeated column.
    """

    file: str
    years: tuple[int, ...] = ()
    delimiter: str = "\t"
    encoding: str = "utf-8"
    date_format: str = Field("%Y-%m-%d", description="as in Python's strptime")
    slots: int = Field(1, ge=1, description="repeats of the slot columns in a wide table")
    columns: dict[str, str | tuple[str, ...]] = Field(
        description="our name to the physical name, or to names to try in turn"
    )


class Manifest(_Section):
    """One delivery: its folder, its mark and its tables."""

    name: str
    synthetic: bool = False
    folder: Path = Path(".")
    receipt: Path | None = Field(
        None, description="CSV with the columns file and rows, as sent with the delivery"
    )
    ends_with_line_break: bool = Field(
        True,
        description="whether a whole file ends with a line break; if not, a cut last line "
        "cannot be told from a whole one",
    )
    tables: dict[str, DeliveredTable]


@dataclass(frozen=True)
class DeliveredFile:
    """One physical file of a table."""

    table: str
    path: Path
    year: int | None
    layout: DeliveredTable

    def candidates(self, column: str, slot: int | None = None) -> tuple[str, ...]:
        """Physical names a column may have in this file, in the order to try them."""
        names = self.layout.columns[column]
        names = (names,) if isinstance(names, str) else names
        year = "" if self.year is None else f"{self.year}"
        return tuple(
            name.replace("{year}", year).replace("{yy}", year[-2:]).replace("{slot}", f"{slot}")
            for name in names
        )


def load_manifest(path: Path) -> Manifest:
    """
    Read a delivery manifest.

    Parameters
    ----------
    path : Path
        YAML file; its relative paths start at its own folder.

    Returns
    -------
    Manifest
        With ``folder`` and ``receipt`` resolved.

    Raises
    ------
    ConfigError
        With every slip found.
    """
    if not path.is_file():
        raise ConfigError(
            f"Delivery manifest {path} is not there. Expected a YAML file that names the delivered "
            "files and columns; docs/delivery.md shows one. Set `delivery:` in the study."
        )
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        manifest = Manifest.model_validate(raw)
    except yaml.YAMLError as error:
        raise ConfigError(f"Delivery manifest {path} is not YAML.") from error
    except ValidationError as error:
        slips = [f"  {'.'.join(map(str, slip['loc']))}: {slip['msg']}" for slip in error.errors()]
        raise ConfigError(f"Delivery manifest {path}:\n" + "\n".join(slips)) from None
    here = path.resolve().parent
    receipt = None if manifest.receipt is None else here / manifest.receipt
    return manifest.model_copy(update={"folder": here / manifest.folder, "receipt": receipt})


def files_of(manifest: Manifest, table: str) -> Iterator[DeliveredFile]:
    """
    The physical files of one table, by year.

    Parameters
    ----------
    manifest : Manifest
    table : str
        Name in the manifest.
    """
    layout = manifest.tables[table]
    for year in layout.years or (None,):
        name = layout.file.replace("{year}", f"{year}")
        yield DeliveredFile(table, manifest.folder / name, year, layout)


def shapes_of(manifest: Manifest, contract: Table) -> list[str]:
    """
    Entries of the manifest that deliver a table.

    Raises
    ------
    MissingTableError
        The manifest has none.
    """
    table = contract.name.removeprefix("delivered_")
    possible = _SHAPES.get(table, (table,))
    there = [shape for shape in possible if shape in manifest.tables]
    if not there:
        raise MissingTableError(
            f"Table {table} is not in the manifest. Expected an entry {' or '.join(possible)} "
            "under `tables`. Add it; docs/delivery.md lists the columns."
        )
    return there
