"""Key findings in plain words. Every number is looked up in a printed table; none is typed here.

Words follow the table too: "more" and "fewer" only where the 95 % interval leaves out no
difference, "inconclusive" otherwise, as the Justice Data Lab puts it. None says that contact
causes what follows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cws_outcomes.contracts.words import words
from cws_outcomes.report.book import Book, Printed, Row

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Finding:
    """
    One finding.

    Attributes
    ----------
    question : str
        Key of the question it belongs to: contact, authorities or timing.
    text : str
        A sentence or two.
    verdict : str
        more, fewer, inconclusive, or empty where nothing is compared.
    source : str
        Name of the printed table its numbers are in.
    """

    question: str
    text: str
    verdict: str
    source: str


def findings(book: Book, labels: Labels) -> list[Finding]:
    """
    Findings of a study, as far as its tables go.

    Parameters
    ----------
    book : Book
        Printed tables.
    labels : mapping
        Words for codes.

    Returns
    -------
    list of Finding
        In the order of the questions; nothing on what is suppressed.
    """
    return [
        *_curves(book.of_layout("cumulative_incidence", "estimate", "status"), labels),
        *_hazards(book.of_layout("hazard_ratios", "hazard_ratio", "status"), labels),
        *_authorities(book.of_layout("la_equity", "ratio_lower", "status"), labels),
        *_spread(book.of_layout("multilevel_logit", "median_odds_ratio"), labels),
        *_gradients(book.of_layout("outcome_by_exposure", "rate_per_100", "status"), labels),
    ]


def verdict(lower: float, upper: float, none: float) -> str:
    """What an interval says of a difference: more, fewer or inconclusive."""
    if lower > none:
        return "more"
    return "fewer" if upper < none else "inconclusive"


def _curves(table: Printed, labels: Labels) -> Iterator[Finding]:
    for model in table.values("model"):
        ends = [
            table.where(model=model, group=group, status="shown")[-1]
            for group in table.values("group", model=model, status="shown")
        ]
        for row in ends[1:]:
            yield Finding("contact", _curve_text(row, ends[0], labels), _apart(row, ends[0]),
                          table.name)  # fmt: skip


def _curve_text(row: Row, base: Row, labels: Labels) -> str:
    return (
        f"{words(row['outcome'], labels)}: within {row['month']} months, {_percent(row)} in the "
        f"group “{words(row['group'], labels).lower()}”, against {_percent(base)} within "
        f"{base['month']} months in the group “{words(base['group'], labels).lower()}”."
    )


def _percent(row: Row) -> str:
    # To two decimals first, as the figure has them: else the two could round apart.
    percents = (round(100 * float(row[k]), 2) for k in ("estimate", "lower", "upper"))
    estimate, lower, upper = (f"{percent:.1f}" for percent in percents)
    return f"{estimate}\N{NO-BREAK SPACE}% ({lower} to {upper})"


def _apart(row: Row, base: Row) -> str:
    """Intervals that do not meet; a stricter demand than an interval of the difference."""
    if float(row["lower"]) > float(base["upper"]):
        return "more"
    return "fewer" if float(row["upper"]) < float(base["lower"]) else "inconclusive"


def _hazards(table: Printed, labels: Labels) -> Iterator[Finding]:
    for row in table.rows:
        is_state = row["covariate"] in ("contact_state", "ever_in_contact")
        if not is_state or row["status"] != "shown" or row["is_reference"] == "true":
            continue
        if row["covariate"] == "ever_in_contact":
            what = "Ever against never in contact, which counts future contact as past"
        else:
            what = f"State “{words(row['level'], labels).lower()}” against none"
        yield Finding(
            "contact",
            f"{words(row['model'], labels)}. {what}: hazard ratio {row['hazard_ratio']} "
            f"({row['lower']} to {row['upper']}).",
            verdict(float(row["lower"]), float(row["upper"]), 1),
            table.name,
        )


def _authorities(table: Printed, labels: Labels) -> Iterator[Finding]:
    for outcome in table.values("outcome"):
        parts = [
            _counted(table.where(outcome=outcome, adjustment=adjustment, group="all"), adjustment,
                     labels)
            for adjustment in table.values("adjustment", outcome=outcome)
        ]  # fmt: skip
        told = [part for part in parts if part]
        if told:
            text = f"{words(outcome, labels)}: {'; '.join(told)}."
            yield Finding("authorities", text, "", table.name)


def _counted(rows: list[Row], adjustment: str, labels: Labels) -> str:
    """How many authorities differ from what is expected under one adjustment."""
    shown = [row for row in rows if row["status"] == "shown"]
    if not shown:
        return ""
    verdicts = [verdict(float(row["ratio_lower"]), float(row["ratio_upper"]), 1) for row in shown]
    more, fewer, open_ = (
        verdicts.count(key) or "none" for key in ("more", "fewer", "inconclusive")
    )
    given = words(adjustment, labels)
    return (
        f"given {given[0].lower()}{given[1:]}, more than expected in {more} of the {len(shown)} "
        f"authorities shown (of {len(rows)}), fewer in {fewer}, inconclusive in {open_}"
    )


def _spread(table: Printed, labels: Labels) -> Iterator[Finding]:
    for model in table.values("model"):
        row = table.where(model=model)[0]
        if row["median_odds_ratio"]:
            share = 100 * float(row["la_variance_share"])
            yield Finding(
                "authorities",
                f"{words(row['outcome'], labels)}: between two authorities taken at random, the "
                f"median ratio of the odds of children alike is {row['median_odds_ratio']}; "
                f"authorities account for {share:.2g} % of the variance left on the logit scale "
                f"({row['authorities']} authorities).",
                "",
                table.name,
            )


def _gradients(table: Printed, labels: Labels) -> Iterator[Finding]:
    for exposure in table.values("exposure"):
        if exposure.startswith("any_"):
            continue
        for outcome in table.values("outcome", exposure=exposure):
            shown = table.where(exposure=exposure, outcome=outcome, status="shown")
            # The first level is nobody's contact: the gradient is among those who have any.
            levels = shown[1:]
            if len(levels) >= 2:
                first, last = levels[0], levels[-1]
                yield Finding("timing", _gradient_text(first, last, labels), _rates(last, first),
                              table.name)  # fmt: skip


def _gradient_text(first: Row, last: Row, labels: Labels) -> str:
    ends = " against ".join(
        f"{row['rate_per_100']} per 100 ({row['rate_lower']} to {row['rate_upper']}) for “"
        f"{words(row['level'], labels).lower()}”"
        for row in (last, first)
    )
    exposure = words(first["exposure"], labels)
    return f"{words(first['outcome'], labels)} by {exposure[0].lower()}{exposure[1:]}: {ends}."


def _rates(row: Row, base: Row) -> str:
    if float(row["rate_lower"]) > float(base["rate_upper"]):
        return "more"
    return "fewer" if float(row["rate_upper"]) < float(base["rate_lower"]) else "inconclusive"
