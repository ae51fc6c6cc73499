"""True offences of a block, and what hides them from the best reader of the delivery."""

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import Text, Whole
from cws_outcomes.synthetic.justice import EXTRACT_END
from cws_outcomes.synthetic.linkage import FATES, link
from cws_outcomes.synthetic.shapes.frames import dates
from cws_outcomes.synthetic.shapes.offences import ABROAD, ON_1900, date_faults
from cws_outcomes.synthetic.world import World


def true_offences(world: World) -> pl.DataFrame:
    """
    All offences, one row each.

    Returns
    -------
    polars.DataFrame
        ``child`` (number in the delivery), ``case`` and ``is_primary``, ``offence_date``,
        ``disposal_date``, ``is_proven``, ``is_first_proven`` (of the child's first proven case),
        ``offence_group``, and ``lost_to``: the dial or rule that hides the offence or its date,
        null where it can be recovered. ``extract_end``: disposed of after the extract was taken.
    """
    offences, disposals = world.justice.offences, world.justice.disposals
    hidden = _lost_to(world)
    return pl.DataFrame(
        {
            "child": world.block.child[offences.child],
            "case": offences.case,
            "is_primary": offences.is_primary,
            "offence_date": dates(offences.on),
            "disposal_date": dates(disposals.on[: len(offences.on)]),
            "is_proven": offences.is_proven,
            "is_first_proven": offences.is_proven
            & (offences.on == world.justice.first_proven[offences.child]),
            "offence_group": offences.group,
            "lost_to": pl.Series(hidden, dtype=pl.String).replace("", None),
        }
    )


def _lost_to(world: World) -> Text:
    """What hides each offence: the end of the extract, else its person's link, else its date."""
    offences, disposals = world.justice.offences, world.justice.disposals
    late = disposals.on[: len(offences.on)] >= EXTRACT_END
    linkage, fault = link(world), date_faults(world)
    person = np.minimum(linkage.person(offences.child), max(len(linkage.child) - 1, 0))
    link_fate: Whole = np.where(late, 0, linkage.fate[person]) if len(linkage.child) else 0 * fault
    is_shared = linkage.is_shared[person] if len(linkage.child) else late
    found: Text = np.select(
        [late, link_fate > 0, is_shared, fault == ON_1900, fault == ABROAD],
        [
            "extract_end",
            np.array(FATES)[link_fate],
            "shared_id_share",
            "undated_offence_share",
            "abroad_offence_share",
        ],
        "",
    )
    return found


def true_first_offences(world: World) -> pl.DataFrame:
    """
    First proven offence of each child who has one.

    Returns
    -------
    polars.DataFrame
        ``child``, ``offence_date``, ``disposal_date`` and ``lost_to``: null where an offence of
        that day can be recovered, so that the day of the first is known.
    """
    first = true_offences(world).filter("is_first_proven")
    is_lost = pl.col("lost_to").is_not_null()
    return (
        first.sort("child", is_lost, ~pl.col("is_primary"))
        .unique("child", keep="first", maintain_order=True)
        .select("child", "offence_date", "disposal_date", "lost_to")
    )
