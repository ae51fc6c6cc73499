"""What became of each true item in the pipeline: recovered, lost, or unexplained."""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

RECOVERED, LOST, UNEXPLAINED, FALSE = "recovered", "lost", "unexplained", "false"
OF_NOBODY, OF_ANOTHER = "a person who is no child", "no true item of the child"
"""Kinds of what is false."""

FATES = (RECOVERED, LOST, UNEXPLAINED, FALSE)

_COUNTS = {"fate": pl.String, "reason": pl.String, "items": pl.Int64}


def item_fates(
    truth: pl.DataFrame, found: pl.DataFrame, persons: pl.DataFrame, *, has_end: bool
) -> pl.DataFrame:
    """
    Follow items that are told by a person and a day: spells, offences, suspensions.

    Parameters
    ----------
    truth : polars.DataFrame
        One row per true item: child, start_date, lost_to (null when it can be recovered); with
        ``has_end`` also end_date (null while open) and, if anything hides ends only, end_lost_to.
    found : polars.DataFrame
        What the pipeline made: person_id, start_date and, with ``has_end``, end_date.
    persons : polars.DataFrame
        child, person_id: every person as whom a child came out.
    has_end : bool
        Whether an item is recovered only with its end.

    Returns
    -------
    polars.DataFrame
        fate, reason, items. All but the false ones add up to the rows of ``truth``.
    """
    met = _met(truth.with_row_index("item"), found, persons, has_end=has_end)
    is_recovered = pl.col("was_met") & pl.col("has_same_end")
    reason = (
        pl.when(is_recovered)
        .then(pl.lit(""))
        .otherwise(
            pl.coalesce(
                "lost_to",
                pl.when("was_met").then("end_lost_to"),
                pl.when("was_met")
                .then(pl.lit("another end"))
                .when("is_in_spine")
                .then(pl.lit("not found"))
                .otherwise(pl.lit("child not in the spine")),
            )
        )
    )
    is_lost = pl.col("lost_to").is_not_null() | (
        pl.col("was_met") & pl.col("end_lost_to").is_not_null()
    )
    fate = pl.when(is_recovered).then(pl.lit(RECOVERED)).when(is_lost).then(pl.lit(LOST))
    told = met.select(fate.otherwise(pl.lit(UNEXPLAINED)).alias("fate"), reason.alias("reason"))
    true_days = truth.join(persons, on="child").select("person_id", "start_date").unique()
    false = found.join(true_days, on=["person_id", "start_date"], how="anti")
    nobody = false.join(persons, on="person_id", how="anti").height
    return counted(told, {OF_NOBODY: nobody, OF_ANOTHER: false.height - nobody})


def _met(
    items: pl.DataFrame, found: pl.DataFrame, persons: pl.DataFrame, *, has_end: bool
) -> pl.DataFrame:
    """One row per true item: whether the pipeline has it, and with its end."""
    if "end_lost_to" not in items.columns:
        items = items.with_columns(end_lost_to=pl.lit(None, pl.String))
    joined = items.join(persons, on="child", how="left").join(
        found.with_columns(was_met=pl.lit(True)),
        on=["person_id", "start_date"],
        how="left",
        suffix="_found",
    )
    was_met = pl.col("was_met").fill_null(False)
    same = pl.col("end_date").eq_missing(pl.col("end_date_found")) if has_end else pl.lit(True)
    return joined.group_by("item").agg(
        pl.col("lost_to", "end_lost_to").first(),
        is_in_spine=pl.col("person_id").is_not_null().any(),
        was_met=was_met.any(),
        has_same_end=(was_met & same).any(),
    )


def person_fates(children: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """
    Whether each child came out as one person, and as nobody else's.

    Parameters
    ----------
    children : polars.DataFrame
        Children who should be in the spine: child, lost_to (why one may come out as several, or
        not at all; else null).
    keys : polars.DataFrame
        child, person_id: persons behind the children's pupil references and LA child ids.
    """
    pairs = keys.select("child", "person_id").unique()
    shared = pairs.group_by("person_id").agg(children=pl.len()).filter(pl.col("children") > 1)
    is_shared = pl.col("person_id").is_in(shared["person_id"].implode())
    told = children.join(
        pairs.group_by("child").agg(persons=pl.len(), is_shared=is_shared.any()),
        on="child",
        how="left",
    ).with_columns(pl.col("persons").fill_null(0), pl.col("is_shared").fill_null(False))
    is_one = (pl.col("persons") == 1) & ~pl.col("is_shared")
    kind = (
        pl.when(pl.col("persons") == 0)
        .then(pl.lit("not in the spine"))
        .when(pl.col("persons") > 1)
        .then(pl.lit("several persons"))
        .otherwise(pl.lit("shared with another child"))
    )
    return counted(told.select(*_judged(is_one, kind)))


def justice_fates(keys: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """
    Whether each person of the justice records was linked to the child it is.

    Parameters
    ----------
    keys : polars.DataFrame
        child, person_id (null when linked to nobody), lost_to.
    persons : polars.DataFrame
        child, person_id: every person as whom a child came out.
    """
    right = persons.with_columns(is_right=pl.lit(True))
    told = keys.join(right, on=["child", "person_id"], how="left")
    kind = (
        pl.when(pl.col("person_id").is_null())
        .then(pl.lit("linked to nobody"))
        .otherwise(pl.lit("linked to another child"))
    )
    return counted(told.select(*_judged(pl.col("is_right").fill_null(False), kind)))


def _judged(is_recovered: pl.Expr, kind: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Fate and reason: recovered; else lost to what hides it; else unexplained, by kind."""
    is_lost = pl.col("lost_to").is_not_null()
    return (
        pl.when(is_recovered)
        .then(pl.lit(RECOVERED))
        .when(is_lost)
        .then(pl.lit(LOST))
        .otherwise(pl.lit(UNEXPLAINED))
        .alias("fate"),
        pl.when(is_recovered)
        .then(pl.lit(""))
        .otherwise(pl.coalesce("lost_to", kind))
        .alias("reason"),
    )


def state_fates(
    truth: pl.DataFrame, found: pl.DataFrame, lost: pl.DataFrame, after: object
) -> pl.DataFrame:
    """
    Compare states of contact on every day before a given one.

    Parameters
    ----------
    truth : polars.DataFrame
        child, start_date, state: from this day on, to the next row's.
    found : polars.DataFrame
        child, start_date, end_date, state: the pipeline's; no state outside them.
    lost : polars.DataFrame
        child, start_date, lost_to: items that a reader cannot have. They explain what differs from
        their first day on.
    after : date
        First day that is not compared.

    Returns
    -------
    polars.DataFrame
        fate, reason, items: person-days of true contact, and false ones.
    """
    segments = _segments(truth, found, after)
    segments = segments.with_columns(last_date=pl.col("end_date").dt.offset_by("-1d"))
    explained = segments.sort("last_date").join_asof(
        lost.drop_nulls().sort("start_date").rename({"start_date": "lost_date"}),
        left_on="last_date",
        right_on="lost_date",
        by="child",
        strategy="backward",
        check_sortedness=False,
    )
    is_false = pl.col("true_state") == "none"
    kind = pl.format("{} taken for {}", "true_state", "found_state")
    fate, reason = _judged(pl.col("true_state") == pl.col("found_state"), kind)
    told = explained.filter(~is_false).select(fate, reason, "days")
    table = told.group_by("fate", "reason").agg(items=pl.col("days").sum())
    return _tidy(table, {OF_ANOTHER: int(explained.filter(is_false)["days"].sum())})


def _segments(truth: pl.DataFrame, found: pl.DataFrame, after: object) -> pl.DataFrame:
    """Unbroken times of one true and one found state, those of no contact in both left out."""
    no_text = pl.lit(None, pl.String)
    # On one day an end comes before a start: the state that begins holds.
    changes = pl.concat([
        truth.select("child", "start_date", true_state="state", found_state=no_text, place=0),
        found.select(
            "child", start_date="end_date", true_state=no_text, found_state=pl.lit("none"), place=1
        ),
        found.select("child", "start_date", true_state=no_text, found_state="state", place=2),
    ])  # fmt: skip
    filled = changes.sort("child", "start_date", "place").with_columns(
        pl.col("true_state", "found_state").forward_fill().over("child").fill_null("none")
    )
    by_day = filled.unique(["child", "start_date"], keep="last", maintain_order=True)
    end = pl.col("start_date").shift(-1).over("child").fill_null(after)
    cut = by_day.with_columns(end_date=pl.min_horizontal(end, pl.lit(after)))
    return cut.with_columns(
        days=(pl.col("end_date") - pl.col("start_date")).dt.total_days()
    ).filter(
        (pl.col("days") > 0)
        & ((pl.col("true_state") != "none") | (pl.col("found_state") != "none"))
    )


def counted(told: pl.DataFrame, false: Mapping[str, int] = MappingProxyType({})) -> pl.DataFrame:
    """Count items by fate and reason; ``false`` are items that are no true one, by kind."""
    return _tidy(told.group_by("fate", "reason").agg(items=pl.len()), false)


def _tidy(table: pl.DataFrame, false: Mapping[str, int]) -> pl.DataFrame:
    rows = [(FALSE, kind, items) for kind, items in false.items() if items]
    typed = table.select(pl.col(name).cast(kind) for name, kind in _COUNTS.items())
    more = pl.DataFrame(rows, _COUNTS, orient="row")
    return pl.concat([typed, more]).sort(pl.col("fate").cast(pl.Enum(FATES)), "reason")
