"""Observed and expected events by LA: how an LA's children fare beside children like them."""

import warnings

import numpy as np
import polars as pl
import statsmodels.api as sm
from numpy.typing import NDArray
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning, SingularMatrixWarning

from cws_outcomes.contracts.results import LA_EQUITY
from cws_outcomes.errors import EstimationError
from cws_outcomes.step import Inputs, Settings

_COUNTS = ("persons", "events")


def fit(inputs: Inputs, settings: Settings) -> dict[str, pl.DataFrame]:
    """
    Persons, events and expected events for every LA, outcome, group and adjustment.

    Expected events are the sum, over the LA's children, of the national probability within the
    same group, from a logit without LA terms: nationally they add up to the events observed.

    Parameters
    ----------
    inputs : Inputs
        covariates, local_authorities, the group's exposure, outcomes and interventions.
    settings : Settings
        ``model``.

    Returns
    -------
    dict
        ``la_equity``.
    """
    model = settings["model"]
    measures = [
        *((name, view, True) for name, view in inputs.matching("outcome").items()),
        *((name, f"exposure__{name}", False) for name in model["interventions"]),
    ]
    groups = _groups(inputs, model["group"])
    counted = [
        _rows(model, name, _cells(inputs, model, view, is_outcome), groups, is_outcome)
        for name, view, is_outcome in measures
    ]
    table = pl.concat(counted)
    return {"la_equity": table.select(list(LA_EQUITY.columns))}


def _groups(inputs: Inputs, group: str) -> pl.DataFrame:
    """Children of each group in each LA, the group ``all`` included."""
    exclusive = inputs.query(
        f"""
        select la_code, level as "group", level_no + 1 as group_no, count(*) as group_children
        from covariates inner join exposure__{group} using (person_id)
        group by all order by all
        """
    )
    children = exclusive.group_by("la_code").agg(pl.col("group_children").sum().cast(pl.Int64))
    everyone = children.with_columns(group=pl.lit("all"), group_no=pl.lit(0, pl.Int32))
    both = pl.concat([exclusive.cast({"group_no": pl.Int32}), everyone], how="diagonal")
    every_group = both.select("group", "group_no").unique()
    grid = children.select("la_code").join(every_group, how="cross")
    names = inputs.query(
        "select distinct la_code, la_name, region from local_authorities order by la_code"
    )
    return (
        grid.join(both, on=["la_code", "group", "group_no"], how="left")
        .with_columns(pl.col("group_children").fill_null(0))
        .join(children.rename({"group_children": "la_children"}), on="la_code")
        .join(names, on="la_code", how="left")
    )


def _cells(inputs: Inputs, model: Settings, view: str, is_outcome: bool) -> pl.DataFrame:
    """Children alike in LA, group and all covariates, added up: what the logits need."""
    wanted = sorted({name for names in model["adjustments"].values() for name in names})
    event = "measured.has_event" if is_outcome else "measured.value > 0"
    at_risk = "measured.is_at_risk and measured.is_observed" if is_outcome else "true"
    return inputs.query(
        f"""
        select
            la_code, grouping.level as "group", {", ".join(wanted)}, count(*) as persons,
            count(*) filter (where {event}) as events
        from covariates
        inner join exposure__{model["group"]} as grouping using (person_id)
        inner join {view} as measured using (person_id)
        where {at_risk}
        group by all order by all
        """
    )


def _rows(
    model: Settings, name: str, cells: pl.DataFrame, groups: pl.DataFrame,
    is_outcome: bool,
) -> pl.DataFrame:  # fmt: skip
    results = []
    for adjustment, covariates in model["adjustments"].items():
        shown = ["all", *(cells["group"].unique().sort() if is_outcome else [])]
        counted = [
            _expected(cells if group == "all" else cells.filter(pl.col("group") == group),
                      list(covariates), group)
            for group in shown
        ]  # fmt: skip
        joined = groups.join(pl.concat(counted), on=["la_code", "group"], how="left")
        results.append(joined.with_columns(adjustment=pl.lit(adjustment)))
    return pl.concat(results).with_columns(
        pl.lit(model["name"]).alias("model"),
        pl.col(*_COUNTS).fill_null(0),
        pl.col("expected").fill_null(0.0),
        outcome=pl.lit(name),
        is_applicable=pl.lit(is_outcome) | (pl.col("group") == "all"),
    )


def _expected(cells: pl.DataFrame, covariates: list[str], group: str) -> pl.DataFrame:
    alike = cells.group_by("la_code", *covariates).agg(pl.col(*_COUNTS).sum())
    alike = alike.sort("la_code", *covariates)
    probability = national_probability(alike, covariates)
    expected = alike["persons"].to_numpy() * probability
    return (
        alike.with_columns(pl.Series("expected", expected))
        .group_by("la_code", maintain_order=True)
        .agg(pl.col(*_COUNTS).sum().cast(pl.Int64), pl.col("expected").sum())
        .with_columns(group=pl.lit(group))
    )


def national_probability(cells: pl.DataFrame, covariates: list[str]) -> NDArray[np.float64]:
    """
    Probability of the event for each cell, from a logit on its covariates without LA terms.

    Parameters
    ----------
    cells : polars.DataFrame
        Covariates, persons, events.
    covariates : list of str
        Text, boolean or number columns.

    Returns
    -------
    (cells,) floats
        Where nobody or everybody has the event, the observed rate. A level in which nobody, or
        everybody, has it is predicted so, and its events too add up.

    Raises
    ------
    EstimationError
        The logit does not converge.
    """
    # One row for each pattern: LAs do not enter.
    patterns = cells.group_by(covariates).agg(pl.col(*_COUNTS).sum()).sort(covariates)
    patterns = patterns.with_columns(rate=_pooled_rate(patterns, covariates))
    return (
        cells.select(covariates)
        .join(patterns, on=covariates, how="left", maintain_order="left")["rate"]
        .to_numpy()
    )


def _pooled_rate(patterns: pl.DataFrame, covariates: list[str]) -> pl.Series:
    persons = patterns["persons"].to_numpy().astype(float)
    events = patterns["events"].to_numpy().astype(float)
    overall = events.sum() / persons.sum()
    if overall in (0.0, 1.0):
        return pl.Series("rate", np.full(len(persons), overall))
    free = _estimable(patterns, covariates)
    rate = events / persons  # of levels without a finite estimate: theirs is 0 or 1
    if free.any():
        rate[free] = _logit_rate(patterns.filter(pl.Series(free)), covariates)
    return pl.Series("rate", rate)


def _estimable(patterns: pl.DataFrame, covariates: list[str]) -> NDArray[np.bool_]:
    """Patterns none of whose levels has nobody, or everybody, with the event."""
    free = np.ones(patterns.height, dtype=bool)
    for column in covariates:
        if patterns[column].dtype.is_float():
            continue
        level = patterns.select(
            (pl.col("events").sum().over(column) == 0)
            | (pl.col("events").sum().over(column) == pl.col("persons").sum().over(column))
        )
        free &= ~level.to_series().to_numpy()
    return free


def _logit_rate(patterns: pl.DataFrame, covariates: list[str]) -> NDArray[np.float64]:
    numbers = [c for c in covariates if patterns[c].dtype.is_float()]
    levels = [c for c in covariates if c not in numbers]
    dummies = patterns.select(pl.col(levels).cast(pl.String)).to_dummies(drop_first=True)
    columns = [np.ones(patterns.height), *patterns.select(numbers), *dummies]
    design = np.column_stack(columns).astype(float)
    events = patterns["events"].to_numpy().astype(float)
    others = patterns["persons"].to_numpy() - events
    if events.sum() == 0 or others.sum() == 0:
        return np.full(len(events), float(events.sum() > 0))
    model = sm.GLM(np.column_stack([events, others]), design, family=sm.families.Binomial())
    with warnings.catch_warnings():
        # Where levels predict perfectly, or say the same, the coefficients have no one value, but
        # the fitted probabilities, which alone are used, do.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        warnings.simplefilter("ignore", SingularMatrixWarning)
        # A scale is computed, though never used, and divides by zero where no pattern is spare.
        warnings.filterwarnings("ignore", ".*encountered in scalar divide", RuntimeWarning)
        fitted = model.fit(scale=1.0)
    if not fitted.converged:
        raise EstimationError(
            "The national logit behind the expected numbers did not converge. Expected a finite "
            f"estimate for {', '.join(covariates)}. Use fewer covariates in the adjustment."
        )
    return np.asarray(fitted.fittedvalues, dtype=float)
