"""`cws returns`: children looked after and in need from statutory returns."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class FolderYear(StrEnum):
    """What a bare year in a folder's name means."""

    start = "start"
    end = "end"


def returns_command(
    out: Annotated[Path, typer.Option(help="Folder for the results: person-level, stays inside.")],
    ssda903: Annotated[
        Path | None, typer.Option(help="Folder of SSDA903 returns, CSV or XML, at any depth.")
    ] = None,
    cin: Annotated[
        Path | None, typer.Option(help="Folder of children in need census messages (XML).")
    ] = None,
    la: Annotated[
        str | None, typer.Option(help="The authority, by code or name, where folders do not say.")
    ] = None,
    year: Annotated[
        int | None, typer.Option(help="The year to 31 March of a return that does not name it.")
    ] = None,
    folder_year: Annotated[
        FolderYear | None,
        typer.Option(help="What 2018 in a name means; by default the dates inside decide."),
    ] = None,
    keep_unknown_codes: Annotated[
        bool, typer.Option("--keep-unknown-codes", help="Go on with a legal status not listed.")
    ] = False,
) -> None:
    """
    Build care episodes, periods and 31 March counts from the returns of local authorities.

        cws returns --ssda903 returns/ssda903 --cin returns/cin --out results/returns

    Folders nest as you keep them: returns/301/2018/episodes.csv, returns/2017-18/… or one return
    alone. Every row read is kept, merged or rejected, and counted by rule in repairs.csv. What is
    accepted, every rule and every column: docs/returns.md.
    """
    # Late, as for every command: the database takes a while to import.
    from cws_outcomes.returns import Wishes, write_returns
    from cws_outcomes.run.snakemake import find_project

    wishes = Wishes(
        ssda903, cin, la, year, folder_year.value if folder_year else None, keep_unknown_codes
    )
    codelists = find_project() / "config" / "codelists"
    book = write_returns(wishes, out, codelists=codelists, progress=typer.echo)
    for one in book.returns:
        typer.echo(f"{one.collection} {one.la_code} {one.year}: {one.settled_by}")
    for one in book.without_episodes:
        typer.echo(f"No episodes in {one.collection} {one.la_code} {one.year}: no 31 March count")
    if book.others:
        typer.echo(f"Not read, as no file of a return: {', '.join(book.others)}")
    if book.is_la_unknown:
        typer.echo("No folder, column or header names the authority: la_code is `unknown` (--la)")
    for total in book.totals:
        typer.echo(
            f"{total.table}: {total.read:,} rows read, {total.rejected:,} rejected, "
            f"{total.merged:,} merged, {total.kept:,} kept; {total.repaired:,} repairs, "
            f"{total.imputed:,} imputed"
        )
    typer.echo(f"Wrote {', '.join(book.files)} to {out}")
    typer.echo(f"{out} is person-level: it must not leave the secure area.")
