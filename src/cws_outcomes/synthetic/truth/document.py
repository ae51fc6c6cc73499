"""``truth.json``: what was planted, what happened, and what was done to the records of it."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.places import Places
from cws_outcomes.synthetic.policy import POLICIES
from cws_outcomes.synthetic.tally import Tally
from cws_outcomes.synthetic.truth.marginal import marginal_risks
from cws_outcomes.synthetic.truth.parameters import meanings, parameters
from cws_outcomes.synthetic.truth.risks import OUTCOMES, POPULATIONS

METADATA = {"synthetic": "true"}
"""Of the Parquet file: what tells every reader that nobody in it exists."""

NOTES = (
    "States are those that a perfect reader of the delivery computes day by day: highest open of "
    "care, plan, need, referral; referral turns into need when the assessment is authorised "
    "(dated from 2013-04-01 on, and not after closure), and after 63 days at the latest; once "
    "anything was open and nothing is, post. Ends are the first day outside the state.",
    "Contact that closed before 2008-10-01 (children in need) or 2005-04-01 (care) reaches no "
    "delivery and has no effect: such a child counts as never in contact.",
    "An adopted child is somebody new from the day of the order: new reference, no history. The "
    "kept_reference_share keeps its reference, yet nothing known before the order acts after it.",
    "Deprivation is 1 - (IDACI rank - 0.5) / 32844 of the home at the 10th birthday; the LA of "
    "outcome effects is that of the same home. Ethnic groups: Chinese counts as other; Gypsy, "
    "Roma and Irish Traveller as White.",
    "Conduct, ability and a family's frailty are recorded nowhere. Conduct acts on contact "
    "(referral_conduct, care_conduct) and on outcomes, frailty on contact and on tests "
    "(test_frailty), and so does the hidden confounder where hidden_contact is not 0: estimates "
    "that leave them out are confounded. Where all of these are 0, and the feedback_ dials too, "
    "nothing hidden acts on both: hazard ratios that leave conduct out are then marginal over it.",
    "lost_to in the tables of truth/ is the dial or rule that hides an item from the best reader "
    "of the delivery; null where it can be recovered.",
    "prior is (average points at Key Stage 2 - 27) / 4; it acts also where the school had no "
    "test. The look-back state of basics is the highest from the 12th to the 14th birthday, with "
    "post counted as none observed.",
    "Marginal risks follow residents alive on their 10th birthday who do not leave England before "
    "the horizon; death is a competing event. The same children live under every policy with the "
    "same luck; the authorities are those of this delivery.",
)


@dataclass(frozen=True)
class Delivered:
    """What was asked for, and what the blocks counted, all added up."""

    seed: int
    world_name: str
    description: str
    dials: Dials
    places: Places
    births: tuple[int, int]
    """First and last academic year of birth, by the year in which it begins."""
    pupils: int
    counts: Counter[tuple[str, str]]
    tally: Tally


def write(folder: Path, delivered: Delivered, marginal: Sequence[pl.DataFrame]) -> None:
    """
    Write ``truth.json``, and ``truth/marginal.parquet``.

    Parameters
    ----------
    folder : Path
        Of the delivery; its ``truth/`` is there.
    delivered : Delivered
    marginal : sequence of polars.DataFrame
        `marginal_sums` of the first blocks.
    """
    risks = marginal_risks(marginal)
    risks.write_parquet(folder / "truth" / "marginal.parquet", metadata=METADATA)
    text = json.dumps(document(delivered, risks), indent=1) + "\n"
    (folder / "truth.json").write_text(text, encoding="utf-8")


def document(delivered: Delivered, risks: pl.DataFrame) -> dict[str, Any]:
    """
    Content of ``truth.json``.

    Returns
    -------
    dict
        ``parameters`` is a list of ``name``, ``value``, ``unit``, ``estimand``, ``given``,
        ``where`` and ``meaning``; ``marginal`` holds risks under each policy with their Monte Carlo
        errors; ``observation`` counts what each dial did to the records.
    """
    counts = delivered.counts
    return {
        "synthetic": True,
        "seed": delivered.seed,
        "world": delivered.world_name,
        "description": delivered.description,
        "births": list(delivered.births),
        "pupils": delivered.pupils,
        "las": len(delivered.places.la_code),
        "notes": list(NOTES),
        "parameters": list(parameters(delivered.dials)),
        "authorities": list(_authorities(delivered)),
        "counts": {
            kind: {name: n for (one, name), n in sorted(counts.items()) if one == kind}
            for kind in sorted({kind for kind, _ in counts} - {"pupils_by_la"})
        },
        "marginal": _marginal(risks),
        "observation": [
            {"dial": dial, "of": of, "count": count, "meaning": meanings().get(dial, "")}
            for dial, of, count in delivered.tally.rows()
        ],
        "dials": asdict(delivered.dials),
    }


def _authorities(delivered: Delivered) -> Iterator[dict[str, Any]]:
    """Effects and pupils of each authority, by its code of 2012."""
    places = delivered.places
    effects = ("contact_effect", "contact_slope", "escalation_effect", "outcome_effect",
               "basics_effect")  # fmt: skip
    for row, code in enumerate(map(str, places.la_code)):
        yield {
            "la_code": code,
            "la_name": str(places.la_name[row]),
            "region": str(places.region[row]),
            "pupils": delivered.counts["pupils_by_la", code],
            "deprivation": round(float(places.la_deprivation[row]), 6),
            **{name: round(float(getattr(places, name)[row]), 6) for name in effects},
        }


def _marginal(risks: pl.DataFrame) -> dict[str, Any]:
    rounded = risks.with_columns(pl.selectors.float().round(8))
    return {
        "policies": {policy.name: policy.meaning for policy in POLICIES},
        "outcomes": dict(OUTCOMES),
        "populations": dict(POPULATIONS),
        "risks": rounded.to_dicts(),
    }
