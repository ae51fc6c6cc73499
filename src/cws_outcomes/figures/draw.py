"""One figure of the study: its data to a CSV first, then the picture from exactly that file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.contracts.selection import selected
from cws_outcomes.contracts.words import words
from cws_outcomes.errors import ConfigError, ReleaseError
from cws_outcomes.figures import data
from cws_outcomes.figures.caterpillar import draw_caterpillar
from cws_outcomes.figures.curves import draw_curves
from cws_outcomes.figures.flow import draw_flow
from cws_outcomes.figures.forest import draw_forest
from cws_outcomes.figures.funnel import draw_funnel
from cws_outcomes.figures.levels import draw_levels
from cws_outcomes.step import Inputs, Settings

SYNTHETIC = "SYNTHETIC DATA - NOT REAL. "


@dataclass(frozen=True)
class Kind:
    """
    A kind of figure.

    Attributes
    ----------
    layouts : tuple of str
        Layouts of table it can be drawn from.
    rows : callable
        Cleared rows and the figure's ``value`` to the rows that are drawn.
    draw : callable
        Draws them: ``draw(rows, path, title=, subtitle=, source=)``.
    unit : callable or None
        The figure's ``value`` to what its axis shows.
    """

    layouts: tuple[str, ...]
    rows: Callable[[pl.DataFrame, str, Mapping[str, str]], pl.DataFrame]
    draw: Callable[..., None]
    unit: Callable[[str], str] | None = None


KINDS: Mapping[str, Kind] = {
    "curves": Kind(("cumulative_incidence",), data.curves, draw_curves),
    "forest": Kind(("hazard_ratios", "multilevel_logit"), data.forest, draw_forest),
    "caterpillar": Kind(
        ("la_equity", "la_effects"), data.caterpillar, draw_caterpillar, data.caterpillar_unit
    ),
    "funnel": Kind(("la_funnel",), data.funnel, draw_funnel),
    "flow": Kind(("flow",), data.flow, draw_flow),
    "gradient": Kind(("outcome_by_exposure",), data.levels, draw_levels),
}


def draw_figure(inputs: Inputs, settings: Settings, paths: Mapping[str, Path]) -> None:
    """
    Draw one figure of the study.

    Parameters
    ----------
    inputs : Inputs
        The one view ``cleared_<layout>`` of the figure's table.
    settings : mapping
        ``figure``: its definition (kind, where, value, title, subtitle, caption); ``table``: the
        definition of its table, whose ``where`` holds too; ``labels``: words for codes;
        ``synthetic``: whether the data are.
    paths : mapping of str to Path
        ``csv``: the rows that are drawn, and nothing more; ``png``.

    Raises
    ------
    ReleaseError
        When the table is not a cleared one.
    ConfigError
        When the kind cannot be drawn from the table, or ``where`` asks for what is not there.
    """
    figure, table = settings["figure"], settings["table"]
    kind = KINDS[figure["kind"]]
    file = f"figures/{figure['name']}.yaml"
    if table["layout"] not in kind.layouts:
        raise ConfigError(
            f"{file}: a figure of kind {figure['kind']} is drawn from a table of layout "
            f"{' or '.join(kind.layouts)}; table {figure['table']} has {table['layout']}."
        )
    chosen = selected(_cleared(inputs, table["layout"]), table.get("where") or {}, file)
    chosen = selected(chosen, figure.get("where") or {}, file)
    try:
        rows = kind.rows(chosen, figure.get("value") or "", settings.get("labels") or {})
    except data.NotOneSeriesError as error:
        raise ConfigError(f"{file}: {error}") from None
    rows.write_csv(paths["csv"], line_terminator="\n")
    drawn = pl.read_csv(paths["csv"], schema=rows.schema)
    kind.draw(drawn, paths["png"], **_texts(settings), **_unit(kind, figure))


def _cleared(inputs: Inputs, layout: str) -> pl.DataFrame:
    contract = CONTRACTS[f"cleared_{layout}"]
    if contract.sensitivity != "releasable":
        raise ReleaseError(f"Table {contract.name} is not releasable. Draw from a cleared table.")
    return inputs.frame(contract.name).sort(_order(contract.columns, contract.key))


def _order(columns: Mapping[str, Any], key: tuple[str, ...]) -> list[str]:
    leading = [name for name in ("model", "cohort") if name in columns]
    return list(dict.fromkeys([*leading, *key]))


def _texts(settings: Settings) -> dict[str, str]:
    figure, labels = settings["figure"], settings.get("labels") or {}
    where = figure.get("where") or {}
    named = {
        column: ", ".join(words(value, labels) for value in values)
        for column, values in where.items()
    }
    subtitle = figure.get("subtitle") or "; ".join(named.values())
    mark = SYNTHETIC if settings.get("synthetic") else ""
    return {
        "title": figure["title"],
        "subtitle": subtitle,
        "source": f"{mark}{figure.get('caption') or ''}".strip(),
    }


def _unit(kind: Kind, figure: Mapping[str, Any]) -> dict[str, str]:
    return {"unit": kind.unit(figure.get("value") or "")} if kind.unit else {}
