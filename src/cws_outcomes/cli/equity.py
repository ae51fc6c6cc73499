"""`cws equity`: LA equity tables from published counts."""

from pathlib import Path
from typing import Annotated

import typer


def equity_command(
    counts: Annotated[
        Path, typer.Argument(metavar="COUNTS.csv", help="Published counts, one row an authority.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for table, figures, notes and page.")],
    la: Annotated[str | None, typer.Option(help="Column with LA name or code.")] = None,
    denominator: Annotated[str | None, typer.Option(help="Column with persons.")] = None,
    numerator: Annotated[str | None, typer.Option(help="Column with events among them.")] = None,
    rate: Annotated[
        str | None, typer.Option(help="Column with a rate, where no numerator is published.")
    ] = None,
    per: Annotated[
        int | None, typer.Option(help="Persons in a rate, read and shown: 100, 1000 or 10000.")
    ] = None,
    group: Annotated[str | None, typer.Option(help="Column with a group of children.")] = None,
    year: Annotated[str | None, typer.Option(help="Column with the year or period.")] = None,
    expected: Annotated[str | None, typer.Option(help="Column with expected events.")] = None,
    deprivation: Annotated[
        str | None, typer.Option(help="Column with deprivation: adds a second adjustment.")
    ] = None,
    pool_years: Annotated[
        bool | None, typer.Option("--pool-years/--each-year", help="All years together.")
    ] = None,
    columns: Annotated[
        Path | None, typer.Option(help="YAML with the same keys and labels; options go before it.")
    ] = None,
) -> None:
    """
    Compare local authorities from a file of published counts.

    Writes la_equity.csv, funnel, caterpillar and (with deprivation) gradient, each with its data,
    notes.md and index.html. Columns with usual names are found; name the others:

        cws equity counts.csv --la LA --denominator pupils --numerator offenders --out results

    An England row is the reference. c, x, z, u, * and blank are never zero. Examples of --columns
    files are in config/equity; what came out of two real ones is in docs/equity_from_counts.md.
    """
    # Late: figures and measures take seconds to import, and every step would pay.
    from cws_outcomes.published import read_columns, write_book

    options = {
        "la": la,
        "denominator": denominator,
        "numerator": numerator,
        "rate": rate,
        "per": per,
        "group": group,
        "year": year,
        "expected": expected,
        "deprivation": deprivation,
        "pool_years": pool_years,
    }
    book = write_book(counts, out, read_columns(columns, options))
    typer.echo(f"{book.shown:,} of {book.rows:,} rows shown. Open {out / 'index.html'}")
    typer.echo("Wrote " + ", ".join(book.files))
