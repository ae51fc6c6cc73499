"""What happened at school, item by item, and which items no reader of the delivery can find."""

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import Days, Flags, Whole, calendar, day
from cws_outcomes.synthetic.exclusions import LUNCH
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.shapes.census import is_never_on_roll
from cws_outcomes.synthetic.shapes.exclusions import LONG_YEARS, WIDE_YEARS, slot_of, slots
from cws_outcomes.synthetic.shapes.frames import dates
from cws_outcomes.synthetic.shapes.other_censuses import (
    PLASC_YEARS,
    in_other_provision,
    in_units,
    third_thursday,
    unit_entry,
)
from cws_outcomes.synthetic.shapes.register import flagged
from cws_outcomes.synthetic.world import World

FIRST_CENSUS, LAST_CENSUS = PLASC_YEARS[0], LONG_YEARS[-1]

A_YEAR_OFF_ROLL = 400
"""More days than this between two censuses: a year off roll lies between."""


def _lost_exclusions(world: World) -> pl.Series:
    """Why each exclusion is in no table, or not to be found in the one it is in."""
    table = world.exclusions
    slot = np.zeros(len(table.pupil), dtype=np.int64)
    room = np.full(len(table.pupil), 10_000)
    for year in WIDE_YEARS:
        row = np.flatnonzero(table.year == year)
        slot[row] = slot_of(table.pupil[row])
        room[row] = slots(year)
    reasons = ["before_returns", "after_returns", "slots", None]
    lost = np.select(
        [table.year < WIDE_YEARS[0], table.year > LONG_YEARS[-1], slot >= room], [0, 1, 2], 3
    )
    return pl.Series(reasons, dtype=pl.String).gather(lost)


def true_suspensions(world: World) -> pl.DataFrame:
    """One row per suspension (child, start_date, category, lost_to)."""
    table = world.exclusions
    kinds = pl.Series(["suspension", "lunchtime"])
    return pl.DataFrame(
        {
            "child": world.block.child[table.pupil],
            "start_date": dates(table.start),
            "category": kinds.gather((table.category == LUNCH).astype(np.uint32)),
            "lost_to": _lost_exclusions(world),
        }
    ).filter(pl.Series(~table.is_permanent))


def true_exclusions(world: World) -> pl.DataFrame:
    """One row per permanent exclusion (child, start_date, lost_to)."""
    table = world.exclusions
    return pl.DataFrame(
        {
            "child": world.block.child[table.pupil],
            "start_date": dates(table.start),
            "lost_to": _lost_exclusions(world),
        }
    ).filter(pl.Series(table.is_permanent))


def _sightings(world: World) -> pl.DataFrame:
    """
    One row per pupil and January census in which it is listed, under one identity.

    Those that list a pupil as gone already (``is_hidden``) stand apart, as if of another pupil.
    """
    years, provision = world.years, world.schooling.provision
    kept = np.flatnonzero((years.census >= FIRST_CENSUS) & (years.census <= LAST_CENSUS))
    # Who is at a school as well is known by the school's census.
    units, other = in_units(world), in_other_provision(world)
    units, other = (row[~provision.is_at_school[row]] for row in (units, other))
    outside = np.concatenate([units, other])
    census = np.concatenate([years.census[kept], provision.census[outside]])
    on = np.array([third_thursday(year) for year in range(1990, 2030)], dtype=np.int32)
    known_on = np.array([SchoolYear(year).census_day for year in range(1990, 2030)])
    census_date = on[census - 1990]
    entered = np.array([unit_entry(int(year)) for year in provision.census[units]], dtype=np.int32)
    entry = np.concatenate(
        [years.entry[kept], entered, census_date[len(kept) + len(units) :]]
    ).astype(np.int32)
    pupil = np.concatenate([years.pupil[kept], provision.pupil[outside]])
    hidden = is_never_on_roll(world)[years.pupil[kept]]
    return pl.DataFrame(
        {
            "pupil": pupil,
            "is_hidden": np.concatenate([hidden, np.zeros(len(outside), dtype=np.bool_)]),
            # An adopted child is somebody new to every table.
            "identity": world.references.change[pupil] <= known_on[census - 1990],
            "census_date": census_date,
            "school": np.concatenate([years.school[kept], np.full(len(outside), -1)]),
            "entry": entry,
        }
    ).sort("pupil", "is_hidden", "identity", "census_date")


def _september(days: Days, years_on: int) -> Days:
    """The first of September of a January's year, or of some years later."""
    known, place = np.unique(days, return_inverse=True)
    year = calendar(known)[0] + years_on
    return np.array([day(int(one), 9, 1) for one in year], dtype=np.int32)[place]


def _new_run(seen: dict[str, Whole]) -> Whole:
    """Rows that begin another time on the roll of one school."""
    same = _same(seen, np.arange(1, len(seen["pupil"])))
    stays = same & (seen["school"][1:] == seen["school"][:-1])
    stays &= seen["census_date"][1:] - seen["census_date"][:-1] <= A_YEAR_OFF_ROLL
    return np.flatnonzero(np.append(True, ~stays)[: len(seen["pupil"])])


def _same(seen: dict[str, Whole], row: Whole) -> Flags:
    """Whether each row is of the pupil of the row before, under one identity."""
    before = row - 1
    found: Flags = np.logical_and.reduce(
        [seen[name][row] == seen[name][before] for name in ("pupil", "identity", "is_hidden")]
    )
    return found


def true_enrolments(world: World) -> pl.DataFrame:
    """
    One row per time on the roll of one school, as far as censuses can tell (child, start, end).

    A school is left when another is entered, or at the end of the last academic year in which it
    lists the pupil. ``lost_to``: none lists it as on roll.
    """
    seen = {name: values.to_numpy() for name, values in _sightings(world).to_dict().items()}
    first = _new_run(seen)
    last = np.append(first[1:], len(seen["pupil"])) - 1
    pupil = seen["pupil"][first]
    entered = np.minimum.reduceat(seen["entry"], first) if len(first) else seen["entry"]
    begins = np.minimum(entered, seen["census_date"][first])
    leaving = _september(seen["census_date"][last], 0)
    follows = np.append(False, _same(seen, first[1:]))[: len(first)]
    before = np.append(0, seen["census_date"][last][:-1])[: len(first)]
    gap = seen["census_date"][first] - before > A_YEAR_OFF_ROLL
    # After a year off roll nothing is known of the time before this academic year.
    this_year = _september(seen["census_date"][first], -1)
    since = np.where(gap, this_year, before + 1)
    begins = np.where(follows, np.maximum(begins, since), begins).astype(np.int32)
    next_begins = np.append(begins[1:], 0)[: len(first)]
    followed = np.append(follows[1:], False)[: len(first)]
    ends = np.where(followed, np.minimum(leaving, next_begins), leaving).astype(np.int32)
    return pl.DataFrame(
        {
            "child": world.block.child[pupil],
            "start_date": dates(begins),
            "end_date": dates(ends),
            "lost_to": flagged(seen["is_hidden"][first], "never_on_roll_share", None),
        }
    )
