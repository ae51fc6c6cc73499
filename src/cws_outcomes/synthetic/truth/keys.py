"""Keys under which each child is delivered: pupil references, LA child ids, justice ids."""

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import NEVER, Text, Whole
from cws_outcomes.synthetic.identifiers import numbered
from cws_outcomes.synthetic.justice import EXTRACT_END
from cws_outcomes.synthetic.linkage import FATES, LINKED, link, second_numbers
from cws_outcomes.synthetic.places import MERGE_2019, SPLIT_2009, code_on
from cws_outcomes.synthetic.shapes.frames import text
from cws_outcomes.synthetic.world import World

_SCHEMA = {
    "child": pl.Int64, "key_kind": pl.String, "la": pl.String, "key": pl.String,
    "lost_to": pl.String,
}  # fmt: skip


def true_keys(world: World) -> pl.DataFrame:
    """
    All keys of the children of a block.

    Returns
    -------
    polars.DataFrame
        child, key_kind (``pupil``, ``la_child`` or ``moj``), la (3-digit code, of LA child ids
        only), key, and lost_to: why the key does not lead to the person that the child's other keys
        lead to. ``adoption``: a new reference from the order on (not of those who keep the old
        one). ``no_reference``: an LA child id is all there is, and another LA, or the same under
        another code, gave another one. LA child ids are listed for every code of an LA, also where
        no return holds them.
    """
    parts = (_pupil_keys(world), _la_keys(world), _justice_keys(world))
    return pl.concat(parts).sort("child", "key_kind", "la", "key")


def _frame(
    world: World, child: Whole, kind: str, key: Text, lost_to: Text, la: Text | None = None
) -> pl.DataFrame:
    where = np.full(len(child), "", dtype="U3") if la is None else la
    columns = {
        "child": world.block.child[child],
        "key_kind": pl.Series([kind] * len(child), dtype=pl.String),
        "la": text(where),
        "key": text(key),
        "lost_to": text(lost_to).replace("", None),
    }
    return pl.DataFrame(columns, schema_overrides=_SCHEMA)


def _pupil_keys(world: World) -> pl.DataFrame:
    first, second = world.references.first, world.references.second
    has_first, has_other = first != "", (second != "") & (second != first)
    child = np.concatenate([np.flatnonzero(has_first), np.flatnonzero(has_other)])
    key = np.concatenate([first[has_first], second[has_other]])
    return _frame(world, child, "pupil", key, _adopted(world)[child])


def _adopted(world: World) -> Text:
    return np.where(world.references.change < NEVER, "adoption", "")


def _la_keys(world: World) -> pl.DataFrame:
    """LA child ids in every LA that had a case or looked after the child."""
    places, made, care = world.places, world.contact.referrals, world.care
    pair = np.unique(
        np.concatenate([made.child, care.child]) * len(places.la_code)
        + np.concatenate([made.la, care.la])
    )
    child, la = np.divmod(pair, len(places.la_code))
    every = np.stack([code_on(places, la, on) for on in (0, SPLIT_2009, MERGE_2019)])
    is_new = np.ones(every.shape, dtype=np.bool_)
    is_new[1:] = every[1:] != every[:-1]
    time, row = np.nonzero(is_new)
    code, who = every[time, row], child[row]
    several = np.bincount(who, minlength=world.people.count)[who] > 1
    nameless = (world.references.first == "") & (world.references.second == "")
    lost = np.select(
        [world.references.change[who] < NEVER, nameless[who] & several],
        ["adoption", "no_reference"],
        "",
    )
    return _frame(world, who, "la_child", world.la_child_ids.of_rows(who, code), lost, code)


def _justice_keys(world: World) -> pl.DataFrame:
    """Justice ids of those with a disposal before the extract was taken."""
    offences, disposals, linkage = world.justice.offences, world.justice.disposals, link(world)
    offence = np.unique(disposals.offence[disposals.on < EXTRACT_END])
    person = linkage.person(offences.child[offence])
    is_second = linkage.second[person] & (offences.case[offence] % 2 == 1)
    pair = np.unique(2 * person + is_second)
    person, is_second = pair // 2, pair % 2 == 1
    own = linkage.number[person]
    number = np.where(is_second, second_numbers(own), own)
    fate = np.array(FATES)[linkage.fate[person]]
    unnamed = (linkage.fate[person] == LINKED) & (linkage.reference[person] == "")
    lost = np.select(
        [fate != "", linkage.is_shared[person], unnamed],
        [fate, "shared_id_share", "no_reference"],
        "",
    )
    return _frame(world, linkage.child[person], "moj", numbered("SYNMOJ", number, 9), lost)
