"""Truth and pipeline side by side, brought to one shape, table by table."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from cws_outcomes.config import Study
from cws_outcomes.synthetic.planted import CARE_RETURNS_FROM
from cws_outcomes.verify.fates import (
    FALSE,
    item_fates,
    justice_fates,
    person_fates,
    state_fates,
)

AFTER = "after coverage"
"""Reason of items that begin after the study's coverage."""

BEGUN = "began before the first return"
"""Reason of spells of care that are found from a later episode on."""

LISTED = "never_on_roll_share"
"""Reason of enrolments that no census tells, though it names the pupil."""

FOUND = (
    "authority_codes", "person_keys", "people", "referrals", "plans", "care_spells",
    "contact_states", "offences", "exclusions", "enrolments",
)  # fmt: skip
"""Tables of the pipeline that are compared."""

Tables = dict[str, pl.DataFrame]
Fates = Iterator[tuple[str, pl.DataFrame]]


def comparisons(truth: Tables, found: Tables, study: Study) -> Fates:
    """
    Fates of every kind of item.

    Parameters
    ----------
    truth : dict of str to polars.DataFrame
        Per-person tables of ``truth/``.
    found : dict of str to polars.DataFrame
        Tables of the pipeline, by contract: those of `FOUND`.
    study : Study
        Its coverage says how far each source can tell anything.

    Yields
    ------
    table, fates
        See `verify.fates`.
    """
    need_end, care_end = study.coverage.children_in_need.end, study.coverage.care.end
    keys = _placed(truth["keys"], found)
    persons = keys.filter(pl.col("key_kind") != "moj", pl.col("person_id").is_not_null())
    persons = persons.select("child", "person_id").unique()
    referrals = _within(truth["referrals"], need_end, "referral_date", "closure_date")
    plans = _within(truth["plans"], need_end)
    care = _begun_before(
        joined(_within(truth["care_spells"].filter(pl.col("kind") == "care"), care_end))
    )
    enrolments = _within(truth["enrolments"], study.coverage.schools.end)
    children = _expected((referrals, plans, care, enrolments), keys)
    yield "persons", person_fates(children, persons)
    yield "months of birth", _birth_fates(truth["people"], found["people"], children, persons)
    yield "justice ids", justice_fates(keys.filter(pl.col("key_kind") == "moj"), persons)
    made = _made(found["referrals"], need_end, "referral_date", "closure_date")
    yield "referrals", item_fates(referrals, made, persons, has_end=True)
    yield "plans", item_fates(plans, _made(found["plans"], need_end), persons, has_end=True)
    made = _made(found["care_spells"], care_end)
    yield "care spells", item_fates(care, made, persons, has_end=True)
    lost = pl.concat([_lost(table) for table in (referrals, plans, care)])
    true_states, found_states = _states(truth, found["contact_states"], persons)
    split = _split_children(children, persons)
    yield (
        "days in a state",
        state_fates(true_states, found_states, pl.concat([lost, split]), min(need_end, care_end)),
    )
    yield from _events(truth, found, persons, study)
    made = _made(found["enrolments"], study.coverage.schools.end)
    yield "enrolments", item_fates(enrolments, made, persons, has_end=True)


def _birth_fates(
    truth: pl.DataFrame, found: pl.DataFrame, children: pl.DataFrame, persons: pl.DataFrame
) -> pl.DataFrame:
    """Months of birth of the children who should be in the spine, or are."""
    month = pl.col("birth_date").dt.truncate("1mo").alias("start_date")
    true = truth.select("child", month, lost_to="birth_month_lost_to")
    known = found.select("person_id", month).drop_nulls()
    wanted = pl.concat([children.select("child"), persons.select("child")])
    return item_fates(true.join(wanted, on="child", how="semi"), known, persons, has_end=False)


def _placed(keys: pl.DataFrame, found: Tables) -> pl.DataFrame:
    """True keys with the person that each leads to; all codes of one LA are one."""
    codes = found["authority_codes"].select(la="code", authority="authority")
    one_la = pl.coalesce("authority", "la").alias("authority")
    known = found["person_keys"].join(codes, on="la", how="left").with_columns(one_la)
    mine = keys.join(codes, on="la", how="left").with_columns(one_la)
    on = ["key_kind", "authority", "key"]
    known = known.select(*on, "person_id").unique()
    return mine.join(known, on=on, how="left").select("child", "key_kind", "person_id", "lost_to")


def _within(
    table: pl.DataFrame, after: date, start: str = "start_date", end: str = "end_date"
) -> pl.DataFrame:
    """Items as a source that ends can show them: open where they end later."""
    begins_later = pl.when(pl.col(start) >= after).then(pl.lit(AFTER))
    hides_end = "end_lost_to" in table.columns
    return table.select(
        "child",
        pl.col(start).alias("start_date"),
        _open(end, after).alias("end_date"),
        pl.coalesce("lost_to", begins_later).alias("lost_to"),
        (pl.col("end_lost_to") if hides_end else pl.lit(None, pl.String)).alias("end_lost_to"),
    )


def _open(end: str, after: date) -> pl.Expr:
    return pl.when(pl.col(end) < after).then(end)


def _made(
    table: pl.DataFrame, after: date, start: str = "start_date", end: str = "end_date"
) -> pl.DataFrame:
    return table.select("person_id", start_date=pl.col(start), end_date=_open(end, after))


def joined(items: pl.DataFrame) -> pl.DataFrame:
    """
    Join a child's recoverable items that touch or overlap into one; lost ones stay as they are.

    Parameters
    ----------
    items : polars.DataFrame
        child, start_date, end_date (null while open), lost_to, end_lost_to.
    """
    kept = items.filter(pl.col("lost_to").is_null()).sort("child", "start_date")
    until = pl.col("end_date").fill_null(date.max)
    last = until.cum_max().shift(1).over("child")
    kept = kept.with_columns(
        until=until, spell=(pl.col("start_date") > last).fill_null(True).cum_sum()
    )
    spells = kept.group_by("child", "spell", maintain_order=True).agg(
        pl.col("start_date").first(),
        end_date=pl.col("until").max(),
        lost_to=pl.col("lost_to").first(),
        end_lost_to=pl.col("end_lost_to").drop_nulls().first(),
    )
    ended = pl.when(pl.col("end_date") < date.max).then("end_date")
    spells = spells.with_columns(end_date=ended).select(items.columns)
    return pl.concat([spells, items.filter(pl.col("lost_to").is_not_null())])


def _begun_before(care: pl.DataFrame) -> pl.DataFrame:
    """Episodes that ended before the first return are in none: such a spell seems to begin late."""
    begun = pl.col("start_date") < pl.lit(int(CARE_RETURNS_FROM)).cast(pl.Int32).cast(pl.Date)
    return care.with_columns(lost_to=pl.coalesce("lost_to", pl.when(begun).then(pl.lit(BEGUN))))


def _expected(tables: tuple[pl.DataFrame, ...], keys: pl.DataFrame) -> pl.DataFrame:
    """Children whom any record names, and why one may not come out as one person."""
    is_named = pl.col("lost_to").is_null() | (pl.col("lost_to") == LISTED)
    named = [table.filter(is_named).select("child") for table in tables]
    reasons = keys.filter(pl.col("key_kind") != "moj", pl.col("lost_to").is_not_null())
    reasons = reasons.sort("lost_to").unique("child", keep="first").select("child", "lost_to")
    return pl.concat(named).unique().join(reasons, on="child", how="left")


def _lost(items: pl.DataFrame) -> pl.DataFrame:
    """Items that a reader cannot have, or whose end he cannot: they explain states that differ."""
    reason = pl.coalesce("lost_to", "end_lost_to")
    return items.select("child", "start_date", lost_to=reason).drop_nulls()


def _split_children(children: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Children who come out as several persons for a reason: it explains all of their states."""
    several = persons.group_by("child").len().filter(pl.col("len") != 1).select("child")
    split = children.filter(pl.col("lost_to").is_not_null()).join(several, on="child", how="semi")
    return split.select("child", pl.lit(date(1900, 1, 1)).alias("start_date"), "lost_to")


def _states(
    truth: Tables, found: pl.DataFrame, persons: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """
    States of the persons that each child comes out as, up to an adoption.

    From then on the child is somebody else to every record, who was never in contact.
    """
    adopted = truth["people"].select("child", until="adoption_date")
    cut = pl.col("until").is_null() | (pl.col("start_date") < pl.col("until"))
    of_child = persons.join(found, on="person_id").join(adopted, on="child", how="left")
    end = pl.min_horizontal("end_date", pl.col("until").fill_null(date.max))
    mine = of_child.filter(cut).select("child", "start_date", end_date=end, state="state")
    true = truth["states"].join(adopted, on="child", how="left")
    known = true.filter(pl.col("state") != "none").select("child").unique()
    touched = pl.concat([known, mine.select("child").unique()]).unique()
    ends = (
        true.filter(pl.col("until").is_not_null())
        .unique("child")
        .select("child", start_date="until", state=pl.lit("none"))
    )
    kept = pl.concat([true.filter(cut).select("child", "start_date", "state"), ends])
    return kept.join(touched, on="child", how="semi"), mine


def _events(truth: Tables, found: Tables, persons: pl.DataFrame, study: Study) -> Fates:
    """Days of proven offences and of exclusions: all of them, and the first of each child."""
    true = truth["offences"].filter(pl.col("is_proven")).rename({"offence_date": "start_date"})
    made = found["offences"].filter(pl.col("is_proven")).rename({"offence_date": "start_date"})
    yield from _days("proven offences", true, made, persons, study.coverage.offences.end)
    after, excluded = study.coverage.schools.end, found["exclusions"]
    true = truth["suspensions"].filter(pl.col("category") == "suspension")
    made = excluded.filter(pl.col("category") == "suspension")
    yield from _days("suspensions", true, made, persons, after)
    made = excluded.filter(pl.col("category") == "permanent")
    yield from _days("permanent exclusions", truth["exclusions"], made, persons, after)


def _days(
    name: str, truth: pl.DataFrame, made: pl.DataFrame, persons: pl.DataFrame, after: date
) -> Fates:
    """One item per child and day: recoverable where any event of the day is."""
    later = pl.when(pl.col("start_date") >= after).then(pl.lit(AFTER))
    judged = truth.with_columns(lost_to=pl.coalesce("lost_to", later))
    days = judged.group_by("child", "start_date").agg(
        lost_to=pl.when(pl.col("lost_to").is_null().any())
        .then(None)
        .otherwise(pl.col("lost_to").min())
    )
    first = days.sort("child", "start_date").unique("child", keep="first")
    seen = made.filter(pl.col("start_date") < after).select("person_id", "start_date").unique()
    first_seen = seen.group_by("person_id").agg(pl.col("start_date").min())
    yield name, item_fates(days, seen, persons, has_end=False)
    # A first event that is not the true first is no false one: the true first is told as missing.
    fates = item_fates(first, first_seen, persons, has_end=False)
    yield f"first of {name}", fates.filter(pl.col("fate") != FALSE)
