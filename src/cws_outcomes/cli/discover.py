"""`cws discover`: the tables of a delivery, and a manifest proposed for them."""

import os
from pathlib import Path
from typing import Annotated

import typer


def discover_command(
    target: Annotated[
        str,
        typer.Argument(
            metavar="DIR|FILE|SOURCE",
            help="A folder of delivered files; a DuckDB file; or an ODBC data source, by its name "
            "or by that of an environment variable with the connection string.",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Manifest to write; it must not be there yet.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the delivery in reports.")] = "Delivery",
) -> None:
    """
    List what was delivered and propose a manifest for it. The first run in a secure setting.

    Reads the head of each file only and shows names of tables and columns, never a value. Text,
    Parquet, DuckDB, Stata and SPSS files, and tables and views over ODBC (docs/sources.md):

        cws discover extract --out delivery.yaml

    Then go through the manifest, point the study at it and run `cws check`.
    """
    from cws_outcomes.errors import ConfigError
    from cws_outcomes.ingest.discovery import as_yaml, is_database, listing, look_at, propose

    if out is not None and out.exists():
        raise ConfigError(
            f"{out} is there already, perhaps with corrections made by hand. Expected a new file. "
            "Name another one with --out."
        )
    proposal = propose(look_at(target, progress=lambda text: typer.echo(text, err=True)))
    for line in listing(proposal):
        typer.echo(line)
    odbc = target if is_database(target) else None
    here = Path() if out is None else out.parent
    where = Path(target) if Path(target).is_dir() else Path(target).parent
    folder = Path(os.path.relpath(where.resolve(), here.resolve())).as_posix()
    text = as_yaml(proposal, name=name, folder=folder, odbc=odbc)
    if out is None:
        typer.echo(f"\n{text}")
        return
    out.write_text(text, encoding="utf-8")
    typer.echo(f"\nWrote {out}. Go through it, set `delivery:` in the study, then run `cws check`.")
