"""Confidence limits of a probability, on the scale on which its error is taken to be normal."""

from typing import Literal, get_args

import numpy as np
import polars as pl
from scipy.special import ndtri

from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Floats, check_choice

Limits = Literal["log", "log-log", "logit", "plain"]


def check_limits(kind: str, level: float) -> None:
    """Refuse a scale that does not exist and a level outside (0, 1)."""
    check_choice("limits", kind, get_args(Limits))
    if not 0 < level < 1:
        raise EstimationError("level: expected a probability between 0 and 1, such as 0.95")


def limits(estimate: Floats, error: Floats, kind: str, level: float) -> tuple[Floats, Floats]:
    """
    Limits as R's ``survfit`` gives them for ``conf.type``; not a number where the scale has none.

    Parameters
    ----------
    estimate, error : (values,) floats
        Probabilities and their standard errors.
    kind : {"log", "log-log", "logit", "plain"}
        With reach r = z se: p exp(-+ r / p); the complement of p exp(+- r / (p log p)) on the
        scale log(-log p); r / (p (1 - p)) on that of log(p / (1 - p)); or p -+ r. Cut at 0 and 1.
    level : float
        Such as 0.95.
    """
    reach = float(ndtri((1 + level) / 2)) * error
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if kind == "plain":
            low, high = estimate - reach, estimate + reach
        elif kind == "log":
            relative = np.where(estimate > 0, reach / estimate, np.nan)
            low, high = estimate * np.exp(-relative), estimate * np.exp(relative)
        else:
            inside = np.where((estimate > 0) & (estimate < 1), estimate, np.nan)
            if kind == "log-log":
                power = np.exp(np.abs(reach / (inside * np.log(inside))))
                low, high = inside**power, inside ** (1 / power)
            else:
                odds, shift = inside / (1 - inside), np.exp(reach / (inside * (1 - inside)))
                low, high = odds / (odds + shift), odds * shift / (1 + odds * shift)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def limited(estimate: Floats, error: Floats, kind: str, level: float) -> list[pl.Series]:
    """Estimate, error and limits as columns, null where there is no number."""
    lower, upper = limits(estimate, error, kind, level)
    columns = {"estimate": estimate, "std_error": error, "lower": lower, "upper": upper}
    return [pl.Series(name, values, nan_to_null=True) for name, values in columns.items()]
