"""`cws calibrate`: published figures beside those of a synthetic delivery."""

from pathlib import Path
from typing import Annotated

import typer


def calibrate_command(
    delivery: Annotated[Path, typer.Option(help="Synthetic delivery, as `cws synth` writes it.")],
    out: Annotated[Path, typer.Option(help="Folder for the page and its table.")] = Path(
        "results/calibration"
    ),
    cores: Annotated[int, typer.Option(help="Processors to use.", min=1)] = 2,
    only: Annotated[
        str, typer.Option(help="Ids of figures, with commas: F002,F028. All when left out.")
    ] = "",
    summary: Annotated[
        Path | None, typer.Option(help="Markdown file to write too, as docs/calibration.md.")
    ] = None,
) -> None:
    """
    Compare a synthetic delivery with published figures, through the pipeline itself.

    Runs what is missing or out of date as far as spells, measures each figure on its own
    population and window, and says whether it is within tolerance. Writes calibration.html and
    calibration.csv. A miss is a finding, not a failure: the exit code is 0.
    """
    from cws_outcomes.calibration import calibrate
    from cws_outcomes.calibration.judge import tally
    from cws_outcomes.calibration.report import summary as as_markdown
    from cws_outcomes.calibration.report import write

    chosen = [name.strip().upper() for name in only.split(",") if name.strip()]
    made, judged = calibrate(delivery, only=chosen, cores=cores, progress=typer.echo)
    page = write(judged, made, out)
    if summary is not None:
        summary.write_text(as_markdown(judged, made), encoding="utf-8")
    total = tally(judged)
    typer.echo(
        f"{total.inside} of {total.judged} figures that count are within tolerance "
        f"({total.percent:.0f} %). Report: {page}"
    )
