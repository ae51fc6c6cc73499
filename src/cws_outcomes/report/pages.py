"""Printed tables arranged as a reader wants them: headings in words, gaps as symbols."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cws_outcomes.contracts.words import words
from cws_outcomes.report.book import Printed, Row

Labels = Mapping[str, str]
_SYMBOLS = {"suppressed": "[c]", "not_applicable": "[z]"}
_COUNTS = frozenset(
    {"persons", "events", "at_risk", "persons_in", "persons_excluded", "persons_out"}
)


@dataclass(frozen=True)
class Page:
    """
    One table of the report.

    Attributes
    ----------
    caption : str
        What it shows.
    head : sequence of str
        Column headings; the first heads the rows.
    rows : sequence of sequence of str
        Cells as shown.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Chapter:
    """Pages of one outcome, folded away until asked for."""

    title: str
    pages: Sequence[Page]


def page(
    rows: Sequence[Row], columns: Mapping[str, str], caption: str, labels: Labels, by: str = ""
) -> Page:
    """
    A table of some columns.

    Parameters
    ----------
    rows : sequence of mapping
        Printed rows.
    columns : mapping of str to str
        Column to heading. A column ``a (b to c)`` is three in one.
    caption : str
    labels : mapping
        Words for codes in text columns.
    by : str
        Sort by this number, largest first; rows without it last.
    """
    if by:
        rows = sorted(rows, key=lambda row: -float(row[by]) if row[by] else float("inf"))
    cells = [[_cell(row, column, labels) for column in columns] for row in rows]
    return Page(caption, list(columns.values()), cells)


def _cell(row: Row, column: str, labels: Labels) -> str:
    if "(" in column:
        value, lower, upper = column.replace("(", "").replace(")", "").replace(" to", "").split()
        if not row[value]:
            return _gap(row)
        if not row[lower]:
            return row[value]
        return f"{row[value]} ({row[lower]} to {row[upper]})"
    text = row[column]
    if column in _COUNTS or _is_number(text):
        return f"{int(text):,}" if text.isdigit() and column in _COUNTS else text or _gap(row)
    if column in ("la_name", "region", "criterion"):
        return text
    return words(text, labels) if text else ""


def _gap(row: Row) -> str:
    return _SYMBOLS.get(row.get("status", ""), "[c]" if row.get("persons", "x") == "" else "")


def _is_number(text: str) -> bool:
    return not text or text.replace(".", "", 1).replace("-", "", 1).isdigit()


_EQUITY = {
    "la_name": "Local authority",
    "group_share": "Share of children",
    "persons": "Children",
    "events": "With the outcome",
    "rate_per_100": "Per 100",
    "expected": "Expected",
    "ratio (ratio_lower to ratio_upper)": "Observed / expected (95 %)",
    "shrunken_rate (shrunken_lower to shrunken_upper)": "Shrunken per 100 (95 %)",
}


def equity_chapters(table: Printed, labels: Labels) -> list[Chapter]:
    """
    The LA equity table, one outcome a chapter, one group and adjustment a page.

    Parameters
    ----------
    table : Printed
        Printed ``la_equity``.
    labels : mapping
        Words for codes.

    Returns
    -------
    list of Chapter
        Groups in which no LA is shown have no page; the printed CSV holds every row.
    """
    return [
        Chapter(words(outcome, labels), list(_equity_pages(table, outcome, labels)))
        for outcome in table.values("outcome")
    ]


def _equity_pages(table: Printed, outcome: str, labels: Labels) -> Iterator[Page]:
    for group in table.values("group", outcome=outcome):
        for adjustment in table.values("adjustment", outcome=outcome):
            rows = table.where(outcome=outcome, group=group, adjustment=adjustment)
            if any(row["status"] == "shown" for row in rows):
                caption = _equity_caption(outcome, group, adjustment, labels)
                yield page(rows, _EQUITY, caption, labels, by="ratio")


def _equity_caption(outcome: str, group: str, adjustment: str, labels: Labels) -> str:
    return (
        f"{words(outcome, labels)}, {words(group, labels).lower()}; expected given "
        f"{words(adjustment, labels).lower().replace('sen', 'SEN')}"
    )


LAYOUTS: Mapping[str, Mapping[str, str]] = {
    "flow": {
        "criterion": "Criterion",
        "persons_in": "Before",
        "persons_excluded": "Excluded",
        "persons_out": "Left",
    },
    "hazard_ratios": {
        "covariate": "Covariate",
        "level": "Level",
        "persons": "Persons",
        "events": "Events",
        "hazard_ratio (lower to upper)": "Hazard ratio (95 %)",
        "p_value": "p",
    },
    "multilevel_logit": {
        "covariate": "Covariate",
        "level": "Level",
        "persons": "Persons",
        "events": "Events",
        "odds_ratio (lower to upper)": "Odds ratio (95 %)",
        "p_value": "p",
    },
    "cumulative_incidence": {
        "group": "Group",
        "month": "Month",
        "at_risk": "At risk",
        "events": "Events in the step",
        "estimate (lower to upper)": "Cumulative incidence (95 %)",
    },
    "outcome_by_exposure": {
        "exposure": "Exposure",
        "level": "Level",
        "persons": "Children",
        "events": "With the outcome",
        "rate_per_100 (rate_lower to rate_upper)": "Per 100 (95 %)",
    },
}
SPLIT_BY = {"flow": "cohort", "outcome_by_exposure": "outcome"}  # the others by model


def pages_of(table: Printed, layout: str, labels: Labels) -> list[Page]:
    """A printed table as pages: one a model, cohort or outcome."""
    by = SPLIT_BY.get(layout, "model")
    return [
        page(table.where(**{by: value}), LAYOUTS[layout], words(value, labels), labels)
        for value in table.values(by)
    ]
