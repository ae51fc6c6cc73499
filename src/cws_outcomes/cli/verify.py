"""`cws verify`: is what was planted, and what happened, what the whole road finds?"""

from pathlib import Path
from typing import Annotated

import typer

verify = typer.Typer(no_args_is_help=True, help="Known-truth checks, for people who doubt.")


def _told(text: str) -> None:
    typer.echo(text, err=True)


@verify.command()
def recovery(
    config: Annotated[Path, typer.Option("--config", help="The study's YAML file.")] = Path(
        "config/study.yaml"
    ),
    seeds: Annotated[int, typer.Option(help="Deliveries of each world.", min=2)] = 50,
    pupils: Annotated[int, typer.Option(help="Pupils of each delivery.")] = 20_000,
    las: Annotated[int, typer.Option(help="Local authorities of each delivery.")] = 60,
    processes: Annotated[int, typer.Option(help="Deliveries at work at once.", min=1)] = 2,
) -> None:
    """Plant effects in many invented deliveries and see whether the study finds them again.

    Prints bias, Monte Carlo error and coverage of the time-varying Cox model, and of the
    ever/never model that must fail. docs/recovery.md holds the recorded result.
    """
    from cws_outcomes.verify.recovery import as_markdown, recover

    found = recover(
        config, seeds=seeds, pupils=pupils, las=las, processes=processes, progress=_told
    )  # fmt: skip
    typer.echo(as_markdown(found))


@verify.command()
def delivery(
    folder: Annotated[Path, typer.Argument(help="Folder written by `cws synth`.")],
    out: Annotated[
        Path | None, typer.Option(help="CSV of all counts; inside the study's results by default.")
    ] = None,
    cores: Annotated[int, typer.Option(help="Threads of each step.", min=1)] = 2,
) -> None:
    """Compare what the pipeline makes of a synthetic delivery with what happened in it.

    Runs the delivery's study as far as spells where that is not done. Every true person, referral,
    plan, care spell, day in a state, offence, suspension and enrolment is recovered, lost to a dial
    or a rule, or unexplained. Fails when less than 99.5 % of what can be recovered is.
    """
    from cws_outcomes.errors import ScoreError
    from cws_outcomes.verify.scores import PASS_MARK, as_markdown, score_delivery

    scores = score_delivery(folder, cores=cores, progress=_told)
    path = out or folder / "results" / "unchecked" / "truth_scores.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    scores.fates.write_csv(path)
    typer.echo(as_markdown(scores))
    typer.echo(f"\nAll counts: {path}")
    if scores.failed:
        raise ScoreError(
            f"Of {', '.join(scores.failed)}, less than {PASS_MARK:.1%} of what can be recovered "
            "was. The table above lists by kind what is unexplained: a fault of the pipeline, or a "
            "loss that the generator does not count."
        )


@verify.command()
def persons(
    folder: Annotated[Path, typer.Argument(help="Folder written by `cws synth`.")],
    cores: Annotated[int, typer.Option(help="Threads of each step.", min=1)] = 2,
) -> None:
    """Count the persons behind every eligibility step, exposure level, outcome, competing event.

    Runs the study of a synthetic delivery as far as features where that is not done. At 30,000
    pupils the default study has 10 persons or more behind each: nothing it shows goes untried.
    """
    from cws_outcomes.verify.persons import ENOUGH, as_markdown, count_persons

    found = count_persons(folder, cores=cores, progress=_told)
    few = int((found["persons"] < ENOUGH).sum())
    typer.echo(as_markdown(found))
    typer.echo(f"\nOf {len(found)} counts, {few} are below {ENOUGH}.")


@verify.command()
def marginal(
    world: Annotated[str, typer.Option(help="A built-in world, or a YAML file of dials.")] = (
        "default"
    ),
    children: Annotated[int, typer.Option(help="Pupils to live under every policy.")] = 1_000_000,
    las: Annotated[int, typer.Option(help="Local authorities.")] = 152,
    seed: Annotated[int, typer.Option(help="The same seed gives the same risks.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Parquet or CSV file to write.")] = None,
    cores: Annotated[int, typer.Option(help="Processors to use.", min=1)] = 2,
) -> None:
    """Risks of the same children, with the same luck, under every policy; no delivery is made.

    The more children, the smaller the Monte Carlo errors, which stand beside each risk.
    """
    from cws_outcomes.verify.marginal import as_markdown, simulate

    risks = simulate(world, children=children, las=las, seed=seed, cores=cores, progress=_told)
    if out is not None:
        risks.write_csv(out) if out.suffix == ".csv" else risks.write_parquet(out)
    typer.echo(as_markdown(risks))


@verify.command()
def estimators(
    seed: Annotated[int, typer.Option(help="Of the simulated data.")] = 1,
    children: Annotated[int, typer.Option(help="Children simulated.", min=100)] = 400,
) -> None:
    """Fit the same small simulated data with ours and with lifelines, statsmodels, scikit-learn.

    Prints the differences, and what each library is known to get wrong or to lack; fails where a
    difference has no explanation. docs/estimators.md says which library stays where, and why.
    """
    from cws_outcomes.errors import ScoreError
    from cws_outcomes.verify.estimators import as_markdown, compare, unexplained

    found = compare(seed, children)
    typer.echo(as_markdown(found))
    if differing := unexplained(found):
        raise ScoreError(
            f"{len(differing)} of {len(found)} numbers differ from a library that was right so "
            "far: a fault of ours, or a new version of it. The table above marks them."
        )
