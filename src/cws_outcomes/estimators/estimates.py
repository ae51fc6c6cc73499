"""Tables of estimates with their limits and tests, and what clusters there must be."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import polars as pl
from scipy import stats

from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Floats, Names, as_names, check_choice, listed

Correction = Literal["none", "few_clusters"]


def wald(
    estimate: Floats, error: Floats, degrees: float = np.inf, level: float = 0.95
) -> dict[str, Floats]:
    """Limits of Student's t, or with no end of degrees the normal; test of zero."""
    reach = stats.t.ppf((1 + level) / 2, degrees) * error
    z = estimate / error
    return {
        "lower": estimate - reach,
        "upper": estimate + reach,
        "z": z,
        "p_value": 2 * stats.t.sf(np.abs(z), degrees),
    }


def robust_table(
    terms: Sequence[str], estimate: Floats, model: Floats, robust: Floats | None, degrees: float,
    level: float = 0.95,
) -> pl.DataFrame:  # fmt: skip
    """Estimates with both errors, from their covariances; limits by the robust one if there is."""
    own = np.sqrt(np.diag(model))
    sandwich = None if robust is None else np.sqrt(np.diag(robust))
    return pl.DataFrame(
        {
            "term": terms,
            "estimate": estimate,
            "std_error": own,
            "robust_std_error": sandwich,
            **wald(estimate, own if sandwich is None else sandwich, degrees, level),
        },
        schema_overrides={"robust_std_error": pl.Float64},
    )


def check_correction(correction: str, cluster: Names | None) -> None:
    """Refuse a word that is no choice, and a correction of what is not there."""
    check_choice("cluster_correction", correction, get_args(Correction))
    if correction == "few_clusters" and cluster is None:
        raise EstimationError('cluster_correction="few_clusters" needs a cluster')


def check_clusters(names: Names, clusters: int) -> None:
    """Refuse a single cluster, whose scores add up to zero."""
    if clusters < 2:
        raise EstimationError(
            f"{listed(as_names(names))}: expected two clusters or more, found one"
        )
