"""One figure of the study: its data to a CSV first, then the picture from exactly that file."""

from collections.abc import Callable, Mapping, Sequence
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
from cws_outcomes.figures.nothing import draw_nothing
from cws_outcomes.figures.style import SYNTHETIC
from cws_outcomes.step import Inputs, Settings


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
    where = figure.get("where") or {}
    chosen = _in_order_named(selected(chosen, where, file), where)
    try:
        rows = kind.rows(chosen, figure.get("value") or "", settings.get("labels") or {})
    except data.NotOneSeriesError as error:
        raise ConfigError(f"{file}: {error}") from None
    rows.write_csv(paths["csv"], line_terminator="\n")
    drawn = pl.read_csv(paths["csv"], schema=rows.schema)
    texts = _texts(settings, drawn)
    if _has_nothing_to_show(drawn):
        draw_nothing(paths["png"], **texts)
    else:
        kind.draw(drawn, paths["png"], **texts, **_unit(kind, figure))


def _cleared(inputs: Inputs, layout: str) -> pl.DataFrame:
    contract = CONTRACTS[f"cleared_{layout}"]
    if contract.sensitivity != "releasable":
        raise ReleaseError(f"Table {contract.name} is not releasable. Draw from a cleared table.")
    return inputs.frame(contract.name).sort(_order(contract.columns, contract.key))


def _order(columns: Mapping[str, Any], key: tuple[str, ...]) -> list[str]:
    leading = [name for name in ("model", "cohort") if name in columns]
    return list(dict.fromkeys([*leading, *key]))


def _in_order_named(rows: pl.DataFrame, where: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Rows in the order in which the definition names their values, otherwise as they were."""
    places = [
        pl.col(column).cast(pl.String).replace_strict(list(values), range(len(values)))
        for column, values in where.items()
    ]
    return rows.sort(places, maintain_order=True) if places else rows


def _texts(settings: Settings, drawn: pl.DataFrame) -> dict[str, str]:
    figure, labels = settings["figure"], settings.get("labels") or {}
    named = [
        ", ".join(words(value, labels) for value in values)
        for values in (figure.get("where") or {}).values()
    ]
    mark = SYNTHETIC if settings.get("synthetic") else ""
    parts = (mark, figure.get("caption") or "", _left_out(drawn))
    return {
        "title": figure["title"],
        "subtitle": figure.get("subtitle") or "; ".join(named),
        "source": " ".join(part for part in parts if part),
    }


def _has_nothing_to_show(drawn: pl.DataFrame) -> bool:
    values = [name for name in ("estimate", "ratio", "rate", "persons_out") if name in drawn]
    return all(drawn[name].is_null().all() for name in values)


def _left_out(drawn: pl.DataFrame) -> str:
    """How many authorities have no estimate to draw."""
    if not {"la_code", "estimate"} <= set(drawn.columns) or not drawn["estimate"].null_count():
        return ""
    return f"{drawn['estimate'].null_count()} of {drawn.height} authorities not shown: too few."


def _unit(kind: Kind, figure: Mapping[str, Any]) -> dict[str, str]:
    return {"unit": kind.unit(figure.get("value") or "")} if kind.unit else {}
