"""Marginal causal truths: the same children, with the same luck, under every intervention."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import Flags, Whole
from cws_outcomes.synthetic.life import Life, live
from cws_outcomes.synthetic.policy import AS_IS, POLICIES
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.truth.risks import (
    OUTCOMES,
    POPULATIONS,
    followed,
    outcomes,
    populations,
)
from cws_outcomes.synthetic.world import World

_KEY = ("population", "outcome", "policy")
_SUMS = ("n", "y", "y0", "nn", "yn", "y0n", "yy", "y0y0", "yy0")


def marginal_sums(setting: Setting, as_is: Life) -> pl.DataFrame:
    """
    Live a block again under every policy and add up what is needed for risks and their errors.

    Parameters
    ----------
    setting : Setting
        Of the block; its policy is replaced.
    as_is : Life
        The block's life as things are, lived already.

    Returns
    -------
    polars.DataFrame
        population, outcome, policy and whole numbers: children ``n``, events ``y`` under the
        policy and ``y0`` as things are, and sums over families of their products. Sums of several
        blocks add up, in any order, to the last digit.
    """
    people, pupils = setting.people, setting.block.pupils
    groups = populations(people, pupils, as_is)
    at_risk = followed(people, pupils)
    found = outcomes(people, as_is)
    rows = []
    for policy in POLICIES:
        lived = as_is if policy == AS_IS else live(replace(setting, policy=policy))
        mine = outcomes(people, lived)
        for population, members in groups.items():
            for outcome, counted in at_risk.items():
                who = np.flatnonzero(members & counted)
                sums = _sums(people.family[who], mine[outcome][who], found[outcome][who])
                rows.append((population, outcome, policy.name, *sums))
    return pl.DataFrame(rows, schema=[*_KEY, *_SUMS], orient="row")


def block_marginal(world: World) -> pl.DataFrame:
    """`marginal_sums` of a block whose life as things are has been lived."""
    setting = Setting(world.block, world.places, world.schools, world.people, world.dials, AS_IS)
    as_is = Life(world.contact, world.lines, world.schooling, world.attainment, world.justice)
    return marginal_sums(setting, as_is)


def _sums(family: Whole, event: Flags, event_as_is: Flags) -> tuple[int, ...]:
    """Sums over families: children of one family share their luck and count as one draw."""
    _, row = np.unique(family, return_inverse=True)
    size = int(row.max()) + 1 if len(row) else 0
    n, y, y0 = (
        np.bincount(row, values, minlength=size).astype(np.int64)
        for values in (np.ones(len(row)), event, event_as_is)
    )
    products = (n * n, y * n, y0 * n, y * y, y0 * y0, y * y0)
    return (len(row), int(y.sum()), int(y0.sum()), *(int(one.sum()) for one in products))


def marginal_risks(sums: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """
    Risks under each policy, and their contrasts with how things are.

    Parameters
    ----------
    sums : iterable of polars.DataFrame
        One of `marginal_sums` for each block.

    Returns
    -------
    polars.DataFrame
        population, outcome, policy, children, events, risk, risk_difference and risk_ratio
        (against ``as_is``), each with its Monte Carlo standard error (``*_error``). Contrasts are
        of the same children with the same luck: their errors are paired. The authorities and their
        effects are those of the delivery, not drawn anew.
    """
    nothing = pl.DataFrame(schema=dict.fromkeys(_KEY, pl.String) | dict.fromkeys(_SUMS, pl.Int64))
    total = pl.concat([nothing, *sums]).group_by(_KEY).agg(pl.col(_SUMS).sum())
    n, y, y0 = (pl.col(name).cast(pl.Float64) for name in ("n", "y", "y0"))
    risk, risk0 = y / n, y0 / n
    # Sums over families of (y - risk n)^2, ((y - y0) - difference n)^2 and (y/risk - y0/risk0)^2:
    # the last is the variance of the log ratio (delta method).
    spread = pl.col("yy") - 2 * risk * pl.col("yn") + risk**2 * pl.col("nn")
    change = pl.col("yy") - 2 * pl.col("yy0") + pl.col("y0y0")
    drift = 2 * (risk - risk0) * (pl.col("yn") - pl.col("y0n"))
    paired = change - drift + (risk - risk0) ** 2 * pl.col("nn")
    relative = (
        pl.col("yy") / risk**2 - 2 * pl.col("yy0") / (risk * risk0) + pl.col("y0y0") / risk0**2
    )
    has_ratio = (pl.col("y") > 0) & (pl.col("y0") > 0)
    table = total.filter(pl.col("n") > 0).select(
        *_KEY,
        pl.col("n").alias("children"),
        pl.col("y").alias("events"),
        risk.alias("risk"),
        _error(spread, n).alias("risk_error"),
        (risk - risk0).alias("risk_difference"),
        _error(paired, n).alias("risk_difference_error"),
        pl.when(has_ratio).then(risk / risk0).alias("risk_ratio"),
        pl.when(has_ratio).then(risk / risk0 * _error(relative, n)).alias("risk_ratio_error"),
    )
    return _ordered(table)


def _error(squares: pl.Expr, n: pl.Expr) -> pl.Expr:
    # What should be exactly 0 may come out a hair below it.
    return squares.clip(lower_bound=0).sqrt() / n


def _ordered(table: pl.DataFrame) -> pl.DataFrame:
    order = {"population": POPULATIONS, "outcome": OUTCOMES, "policy": [p.name for p in POLICIES]}
    return table.sort([pl.col(name).cast(pl.Enum(list(values))) for name, values in order.items()])
