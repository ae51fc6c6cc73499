"""Means of new rows from a multilevel fit, with the effects of their levels or without."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import polars as pl
from scipy import special

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.blocks import columns
from cws_outcomes.estimators.grouping import Grouping
from cws_outcomes.estimators.inputs import Floats

MEANS: Mapping[str, Callable[[Floats], Floats]] = {
    "identity": lambda eta: eta,
    "logit": special.expit,
    "cloglog": lambda eta: np.asarray(-np.expm1(-np.exp(eta)), dtype=np.float64),
    "log": np.exp,
}


def text_levels(
    frame: pl.DataFrame, covariates: Sequence[str], terms: Sequence[str]
) -> dict[str, list[str]]:
    """Levels that a fit has seen of each text covariate: the least has no term, it is the base."""
    levels = {}
    for name in covariates:
        if isinstance(frame[name].dtype, pl.String | pl.Enum):
            own = [term for term in terms if term.startswith(f"{name}[")]
            levels[name] = [str(frame[name].min()), *(term[len(name) + 1 : -1] for term in own)]
    return levels


def fixed(
    frame: pl.DataFrame, covariates: Sequence[str], levels: Mapping[str, list[str]], beta: Floats
) -> Floats:
    """
    Return the part of each row's predictor that is the same in all levels.

    Raises
    ------
    EstimationError
        A text covariate holds a level that the fit has not seen.
    """
    if not covariates:
        return beta
    given = columns(frame, covariates, levels=levels)
    parts = [np.einsum("tr,t->r", given.block(rows), beta) for rows in given.blocks()]
    return np.concatenate(parts)


def random(frame: pl.DataFrame, groups: Grouping, effects: Sequence[Floats]) -> Floats:
    """Return what the levels of each row add: nothing, where the fit has not seen the level."""
    total = np.zeros(frame.height)
    for place, own in enumerate(effects):
        known = groups.levels[place]
        table = pl.DataFrame({"level": known, "code": np.arange(len(known))})
        asked = frame.select(level=pl.col(groups.names[place]).cast(known.dtype, strict=False))
        codes = asked.join(table, on="level", how="left", maintain_order="left")["code"]
        seen = codes.is_not_null().to_numpy()
        slopes = [inputs.numbers(frame, name)[seen] for name in groups.slopes[place]]
        z = np.column_stack([np.ones(int(seen.sum())), *slopes])
        total[seen] += np.sum(own[codes.drop_nulls().to_numpy()] * z, axis=1)
    return total
