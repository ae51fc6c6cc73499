"""How many had the outcome at each level of each exposure: age at first contact, dose, degree."""

import polars as pl

from cws_outcomes.contracts.results import OUTCOME_BY_EXPOSURE
from cws_outcomes.step import Inputs, Settings


def fit(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Persons and events by level of every exposure, for every outcome.

    Parameters
    ----------
    inputs : Inputs
        ``outcome__<name>`` and ``exposure__<name>`` for each that the model asks for.
    settings : Settings
        ``model``.

    Returns
    -------
    dict
        ``outcome_by_exposure``.
    """
    model = settings["model"]
    counted = [
        _count(inputs, outcome_view, exposure_view).with_columns(
            model=pl.lit(model["name"]),
            cohort=pl.lit(model["cohort"]),
            outcome=pl.lit(outcome),
            exposure=pl.lit(exposure),
        )
        for outcome, outcome_view in inputs.matching("outcome").items()
        for exposure, exposure_view in inputs.matching("exposure").items()
    ]
    return {"outcome_by_exposure": pl.concat(counted).select(list(OUTCOME_BY_EXPOSURE.columns))}


def _count(inputs: Inputs, outcome: str, exposure: str) -> pl.DataFrame:
    return inputs.query(
        f"""
        select level, level_no, count(*) as persons, count(*) filter (where has_event) as events
        from {outcome}
        inner join {exposure} using (person_id)
        where is_at_risk and is_observed
        group by level, level_no
        order by level_no
        """
    )
