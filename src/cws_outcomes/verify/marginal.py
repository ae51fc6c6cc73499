"""Marginal causal truths of a world, as precise as time allows, without making a delivery."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from cws_outcomes.synthetic import worlds
from cws_outcomes.synthetic.blocks import SIX_COHORTS, Block
from cws_outcomes.synthetic.life import live
from cws_outcomes.synthetic.order import Order
from cws_outcomes.synthetic.people import make_people
from cws_outcomes.synthetic.policy import AS_IS
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.truth.marginal import marginal_risks, marginal_sums


def simulate(
    world: str | Path, *, children: int, las: int, seed: int, cores: int,
    births: tuple[int, int] = SIX_COHORTS, progress: Callable[[str], object] = lambda text: None,
) -> pl.DataFrame:  # fmt: skip
    """
    Live the children of a delivery under every policy.

    Parameters
    ----------
    world : str or Path
        See `worlds.load`.
    children : int
        Pupils; others come with them. The blocks of a delivery of as many pupils are the same.
    las : int
        Local authorities: a delivery of as many has the same ones, with the same effects, for the
        same seed.
    seed : int
    cores : int
        Blocks that live at once; the risks do not depend on it.
    births : tuple of int
        First and last academic year of birth.
    progress : callable
        Told each block.

    Returns
    -------
    polars.DataFrame
        See `marginal_risks`.
    """
    order = Order(children, las, seed, births, worlds.load(world))
    order.check()
    total, sums = sum(1 for _ in order.blocks()), []
    for number, found in enumerate(_lived(order, cores), start=1):
        sums.append(found)
        progress(f"Block {number} of {total}")
    return marginal_risks(sums)


def _lived(order: Order, cores: int) -> Iterator[pl.DataFrame]:
    if cores == 1:
        yield from map(partial(_block, order), order.blocks())
        return
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(_block, order), order.blocks())


def _block(order: Order, block: Block) -> pl.DataFrame:
    dials = order.planted.dials
    people = make_people(block, order.places, order.schools, dials)
    setting = Setting(block, order.places, order.schools, people, dials, AS_IS)
    return marginal_sums(setting, live(setting))


def as_markdown(risks: pl.DataFrame) -> str:
    """Risks and contrasts, each with its Monte Carlo error, as a table."""
    head = ("population", "outcome", "policy", "children", "risk", "difference", "ratio")
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for row in risks.iter_rows(named=True):
        ratio = row["risk_ratio"]
        numbers = (
            f"{row['children']:,}",
            f"{row['risk']:.3%} ({row['risk_error']:.3%})",
            f"{row['risk_difference']:+.3%} ({row['risk_difference_error']:.3%})",
            "" if ratio is None else f"{ratio:.3f} ({row['risk_ratio_error']:.3f})",
        )
        words = (row["population"], row["outcome"], row["policy"])
        lines.append(f"| {' | '.join((*words, *numbers))} |")
    return "\n".join(lines)
