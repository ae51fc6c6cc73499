"""Every command of ``cws``. Imports are late, so that help and small steps start fast."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cws_outcomes.cli.verify import verify
from cws_outcomes.errors import CwsError, FlaggedError

# Linear algebra on several threads adds in another order and moves last digits: the bytes of a
# study must not depend on who starts its steps. Set before anything imports numpy.
for _library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR"):
    _suffix = "THREADS" if _library.endswith("MAXIMUM") else "NUM_THREADS"
    os.environ[f"{_library}_{_suffix}"] = "1"

app = typer.Typer(
    name="cws",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""Child welfare contact, schooling and justice, by local authority.

    First time here? Make invented data and run the whole study on it:

    `cws run`  (or `make demo`)

    With your own extract: write a delivery manifest (docs/delivery.md), point a copy of
    config/study.yaml at it, then `cws check --config my_study.yaml` and
    `cws run --config my_study.yaml`.
    """,
)

Config = Annotated[Path, typer.Option("--config", help="The study's YAML file.", show_default=True)]
DEFAULT_CONFIG = Path("config/study.yaml")


@app.command()
def synth(
    out: Annotated[Path, typer.Option(help="Folder to write: new, empty or an earlier one.")],
    pupils: Annotated[int, typer.Option(help="Pupils of all years of birth together.")] = 30_000,
    las: Annotated[int, typer.Option(help="Local authorities, of real relative size.")] = 24,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    world: Annotated[
        str, typer.Option(help="What is planted: a built-in world, or a YAML file of dials.")
    ] = "default",
    births: Annotated[
        str, typer.Option(help="First and last academic year of birth, by its first year.")
    ] = "1996:2001",
    form: Annotated[str, typer.Option(help="Delivered files: text or parquet.")] = "text",
    cores: Annotated[int, typer.Option(help="Blocks of pupils made at once.", min=1)] = 2,
    study: Annotated[
        Path | None, typer.Option(help="Study to copy beside it [default: the one in config/].")
    ] = None,
) -> None:
    """Write an invented delivery in the shapes of a real one, with its planted truth beside it.

    Writes delivery/ (one file a table and year), delivery.yaml (the manifest), receipt.csv,
    truth.json and truth/ (what was planted, and what happened) and study.yaml (ready for
    `cws run --config`). England's six cohorts: `--pupils 3200000 --las 152 --form parquet`.
    """
    from cws_outcomes.run.snakemake import find_project
    from cws_outcomes.synthetic import make_delivery
    from cws_outcomes.synthetic.order import years_of_birth

    make_delivery(
        out,
        pupils=pupils,
        las=las,
        seed=seed,
        births=years_of_birth(births),
        world=world,
        form=form,
        cores=cores,
        study_template=study or find_project() / "config" / "study.yaml",
        progress=lambda text: typer.echo(text, err=True),
    )
    typer.echo(f"Wrote a synthetic delivery to {out}")
    typer.echo(f"Next: cws check --config {out / 'study.yaml'}")
    typer.echo(f"      cws run   --config {out / 'study.yaml'}")


@app.command()
def check(
    config: Config = DEFAULT_CONFIG,
    repairs: Annotated[
        bool, typer.Option("--repairs", help="Harmonise too, and count repairs by rule.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail on flags that no known cause explains.")
    ] = False,
    cores: Annotated[int, typer.Option(help="Processors to use for --repairs.", min=1)] = 2,
) -> None:
    """Open the delivery, check every contract and write a data-quality report.

    Exits with 0 when the delivery can be used, else with a code by cause (docs/exit_codes.md).
    The report holds counts only and stays in results/person_level/data_quality/. It flags what
    stands out between years, tables and authorities: docs/data_quality.md.
    """
    from cws_outcomes.config import load_study
    from cws_outcomes.quality import check_delivery
    from cws_outcomes.run.lock import locked
    from cws_outcomes.run.repairs import count_repairs

    study = load_study(config)

    def counted() -> tuple[Any, ...]:
        with locked(study.results, config):
            return count_repairs(study, cores=cores, progress=typer.echo)

    report = check_delivery(study, progress=typer.echo, count_repairs=counted if repairs else None)
    typer.echo(f"Data-quality report: {report.path}")
    if report.failures:
        typer.echo(f"Reasons why it cannot be used: {len(report.failures)}. The first:")
        raise report.failures[0]
    typer.echo("The delivery can be used.")
    if report.open_flags:
        typer.echo(f"Things that stand out and should be looked at: {report.open_flags}.")
        if strict:
            raise FlaggedError(
                f"The check found {report.open_flags} flag(s) without a known cause. Expected none "
                "with --strict. Look at the report; note a known cause as a gap in the study's "
                "coverage, or run without --strict."
            )


@app.command()
def run(
    config: Config = DEFAULT_CONFIG,
    cores: Annotated[int, typer.Option(help="Processors to use.", min=1)] = 2,
    no_snakemake: Annotated[
        bool, typer.Option("--no-snakemake", help="Same steps and bytes in this one process.")
    ] = False,
) -> None:
    """Run the study: only what is missing or out of date.

    A run that died is resumed by running again. A second run in the same folder is refused.
    """
    from cws_outcomes.cli.progress import Console
    from cws_outcomes.config import load_study
    from cws_outcomes.plan import plan
    from cws_outcomes.run.lock import locked

    study = load_study(config)
    plan(study)  # a slip in the manifest is told before anything starts
    console = Console()
    with locked(study.results, config) as is_resumed:
        if is_resumed:
            typer.echo("An earlier run ended early: going on from where it stopped.")
        if no_snakemake:
            from cws_outcomes.run.serial import run_serially

            ran = run_serially(study, cores=cores, progress=console.show, warned=console.warn)
        else:
            from cws_outcomes.run.snakemake import run_with_snakemake

            ran = run_with_snakemake(
                study, config, cores=cores, progress=console.show, warned=console.warn
            )
    typer.echo(f"{ran} steps ran." if ran else "Nothing to do: everything is up to date.")
    report = study.results / "releasable" / "report.html"
    typer.echo(f"Report: {report}")


app.add_typer(verify, name="verify")


@app.command()
def step(
    job: Annotated[str, typer.Argument(help="Name of the job, e.g. merge_care_spells.")],
    config: Config = DEFAULT_CONFIG,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    memory_mb: Annotated[int, typer.Option(min=256, help="DuckDB's memory limit.")] = 4000,
    temp_folder: Annotated[
        Path | None, typer.Option(help="Where DuckDB may spill; keep it inside the secure area.")
    ] = None,
    log: Annotated[Path | None, typer.Option(help="File to write what happened to.")] = None,
) -> None:
    """Run one job of the study: what the Snakemake rules call."""
    from cws_outcomes.config import load_study
    from cws_outcomes.errors import ConfigError
    from cws_outcomes.plan import plan
    from cws_outcomes.run import failures
    from cws_outcomes.run.serial import run_one
    from cws_outcomes.run.warned import MARK, kept

    study = load_study(config)
    jobs = {planned.name: planned for planned in plan(study)}
    if job not in jobs:
        raise ConfigError(f"No job is called {job}. Expected one of: {', '.join(jobs)}")
    try:
        with kept() as warnings:
            run_one(study, jobs[job], threads=threads, memory_mb=memory_mb, temp_folder=temp_folder)
        lines = [f"{MARK}{warning}" for warning in warnings]
        _log(log, f"{job}: done with {threads} thread(s) and {memory_mb} MB", *lines)
        for line in lines:
            typer.echo(line, err=True)
    except Exception as error:
        told = error if isinstance(error, CwsError) else CwsError(_unexplained(error))
        failures.record(study.results, job, told)
        _log(log, f"{job}: {told}")
        raise


def _log(file: Path | None, *lines: str) -> None:
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def main() -> None:
    """Entry point: explained failures in one message, others without the values they may hold."""
    from cws_outcomes.cli.calibrate import calibrate_command
    from cws_outcomes.cli.discover import discover_command
    from cws_outcomes.cli.equity import equity_command
    from cws_outcomes.cli.returns import returns_command

    app.command("calibrate")(calibrate_command)
    app.command("discover")(discover_command)
    app.command("equity")(equity_command)
    app.command("returns")(returns_command)
    try:
        app(standalone_mode=True)
    except CwsError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get("CWS_DEBUG"):
            raise
        typer.echo(f"Error: {_unexplained(error)}", err=True)
        sys.exit(1)


def _unexplained(error: Exception) -> str:
    # The message of a library's exception may quote a value of a row: only its place is told.
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return (
        f"unexpected {type(error).__name__} at {' > '.join(frames[-4:])}. Its message is "
        "withheld, as it may hold a value of a row; inside the secure area, CWS_DEBUG=1 shows it."
    )
