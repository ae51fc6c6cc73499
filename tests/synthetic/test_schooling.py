"""School lives: who is where, what acts on what, and how trouble is concentrated."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from support.school_lives import always, schooled, setting_of

from cws_outcomes.synthetic import worlds
from cws_outcomes.synthetic.days import NEVER
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.exclusions import LUNCH, PERMANENT
from cws_outcomes.synthetic.order import Order
from cws_outcomes.synthetic.policy import AS_IS
from cws_outcomes.synthetic.school_year import school_years
from cws_outcomes.synthetic.schooling import Schooling, SchoolLife
from cws_outcomes.synthetic.schooling_truth import true_enrolments
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.shapes.census import census_rows, is_never_on_roll
from cws_outcomes.synthetic.shapes.exclusions import slot_of, slots
from cws_outcomes.synthetic.timeline import CIN, CLA
from cws_outcomes.synthetic.world import World, make_world


@pytest.fixture(scope="module")
def setting() -> Setting:
    return setting_of(Dials(), 12_000)


@pytest.fixture(scope="module")
def alone(setting) -> Schooling:
    return schooled(setting)


@pytest.fixture(scope="module")
def in_need(setting) -> Schooling:
    return schooled(setting, CIN)


def ever(pupil: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(pupil, minlength=size)[:size] > 0


def suspended(schooling: Schooling, size: int) -> np.ndarray:
    table = schooling.exclusions
    return ever(table.pupil[table.category < LUNCH], size)


def excluded(schooling: Schooling, size: int) -> np.ndarray:
    return ever(schooling.exclusions.pupil[schooling.exclusions.is_permanent], size)


def test_nobody_is_listed_twice_or_out_of_age_or_while_away(setting, alone):
    years, people = alone.years, setting.people
    assert len(np.unique(years.pupil * 10_000 + years.census)) == len(years.pupil)
    assert (np.diff(years.census) >= 0).all()
    assert years.nc.min() == 0
    assert years.nc.max() == 13
    assert (years.pupil < people.pupils).all()
    assert (years.start < years.end).all()
    assert (years.end <= people.present_until[years.pupil]).all()
    away = people.attendance
    gone = (years.nc >= away.away_from[years.pupil]) & (years.nc < away.away_until[years.pupil])
    assert not gone.any()


def test_the_same_luck_under_contact_makes_trouble_likelier(setting, alone, in_need):
    size = setting.people.pupils
    for measure in (suspended, excluded):
        without, within = measure(alone, size), measure(in_need, size)
        # Contact also takes some out of school, where nobody is suspended: not for every one.
        assert (without & ~within).mean() < 0.01
        assert 1.5 * without.mean() < within.mean()
    missed = [
        (one.absence.authorised + one.absence.unauthorised).sum() / one.absence.possible.sum()
        for one in (alone, in_need)
    ]
    assert missed[1] > 1.8 * missed[0]


def test_without_planted_effects_contact_changes_nothing():
    names = ("suspension", "exclusion", "sen", "sen_plan", "fsm", "absence", "refusal", "leaving")
    none = {f"{name}_state": {} for name in (*names, "alternative")}
    setting = setting_of(replace(Dials(), **none), 2_000)
    without, within = schooled(setting), schooled(setting, CLA)
    for table in ("years", "provision", "exclusions", "absence"):
        for name, values in vars(getattr(without, table)).items():
            assert (values == getattr(getattr(within, table), name)).all(), (table, name)


def test_a_policy_without_permanent_exclusion_has_none_and_leaves_other_luck_alone(setting, alone):
    lenient = schooled(replace(setting, policy=replace(AS_IS, excludes=False)))
    assert not lenient.exclusions.is_permanent.any()
    never = ~excluded(alone, setting.people.pupils)
    for one, other in ((alone, lenient), (lenient, alone)):
        mine, theirs = one.exclusions, other.exclusions
        keys = [t.pupil.astype(np.int64) * NEVER + t.start for t in (mine, theirs)]
        used = never[mine.pupil] & (mine.category < PERMANENT)
        assert np.isin(keys[0][used], keys[1]).all()


def test_who_is_excluded_moves_on(setting, alone):
    table, years, provision = alone.exclusions, alone.years, alone.provision
    row = np.flatnonzero(table.is_permanent & (table.year < 2016))
    pupil, next_year = table.pupil[row], table.year[row] + 1
    listed = dict(zip(zip(years.pupil, years.census, strict=True), years.school, strict=True))
    elsewhere = set(zip(provision.pupil, provision.census, strict=True))
    found = {"same": 0, "other": 0, "provision": 0, "nowhere": 0}
    for one, census in zip(pupil, next_year, strict=True):
        before, after = listed.get((one, census - 1)), listed.get((one, census))
        if (one, census) in elsewhere:
            found["provision"] += 1
        elif after is None:
            found["nowhere"] += 1
        elif before is not None:
            found["same" if before == after else "other"] += 1
    assert len(row) > 40
    assert found["provision"] > 0.45 * len(row)
    # Who was excluded before a census is at the new school by then.
    assert found["same"] < 0.25 * len(row)
    assert found["other"] > 0


def test_suspensions_lie_in_the_school_year_on_weekdays_and_apart(alone):
    table = alone.exclusions
    assert ((table.start + 3) % 7 < 5).all()
    dates = table.start.astype("datetime64[D]")
    first = (table.year - 1971).astype("datetime64[Y]") + np.timedelta64(8, "M")
    assert (dates >= first.astype("datetime64[D]")).all()
    assert (dates < (first + np.timedelta64(11, "M")).astype("datetime64[D]")).all()
    key = (table.pupil.astype(np.int64) * NEVER + table.start) * 10 + table.category
    assert (np.diff(key) > 0).all()
    assert (table.sessions[table.is_permanent] == 0).all()
    assert (table.sessions[~table.is_permanent] > 0).all()


def test_number_of_suspensions_in_a_year(in_need):
    # CALIBRATION F122: 62.9, 18.4, 8.3, 4.4 ... %, and 0.5 % more than ten.
    table = in_need.exclusions
    used = table.category < LUNCH
    key = table.pupil[used].astype(np.int64) * 10_000 + table.year[used]
    number = np.unique(key, return_counts=True)[1]
    assert len(number) > 3_000
    for times, share in ((1, 0.629), (2, 0.184), (3, 0.083)):
        assert (number == times).mean() == pytest.approx(share, abs=0.03)
    assert 0.001 < (number > 10).mean() < 0.012


def test_slots_of_a_wide_table():
    assert slot_of(np.array([3, 3, 3, 5, 9, 9])).tolist() == [0, 1, 2, 0, 0, 1]
    assert (slots(2006), slots(2007)) == (26, 40)


def test_sessions_add_up_and_persistence_is_a_tenth(setting, alone):
    absence, years = alone.absence, alone.years
    nc = years.nc[absence.year_row]
    assert nc.min() == 1
    assert nc.max() == 11
    assert (absence.authorised >= 0).all()
    assert (absence.unauthorised >= 0).all()
    missed = absence.authorised + absence.unauthorised
    assert (missed <= absence.possible).all()
    assert (absence.possible.sum(axis=1) <= 420).all()
    persistent = 10 * missed.sum(axis=1) >= absence.possible.sum(axis=1)
    # Years 7 to 11 in 2012/13: CALIBRATION F102 is lower, of all ages in 2018/19.
    old = (nc >= 7) & (years.census[absence.year_row] == 2013)
    assert 0.08 < persistent[old].mean() < 0.18


def test_trouble_is_told_of_the_year():
    setting = setting_of(Dials(), 2_000)
    school, lines = SchoolLife(setting), always(setting, CIN)
    troubles = {year.census: school.advance(year, lines) for year in school_years(1996)}
    table = school.finished().exclusions
    for census, trouble in troubles.items():
        year = table.year == census
        size = setting.people.count
        fixed = ever(table.pupil[year & (table.category != PERMANENT)], size)
        assert (trouble.was_suspended == fixed).all()
        assert (trouble.was_excluded == ever(table.pupil[year & table.is_permanent], size)).all()


def test_needs_and_meals_are_as_common_as_published(setting, alone, in_need):
    years = alone.years
    size = setting.people.pupils
    old = years.nc <= 11
    plan = ever(years.pupil[old & (years.needs == 2)], size)
    support = ever(years.pupil[old & (years.needs == 1)], size) & ~plan
    meals = ever(years.pupil[old & years.has_free_meals], size)
    # Pupils never in contact: a little below the published shares of all pupils, which are 40, 4
    # and 35 % (CALIBRATION F010, F012, F013).
    assert 0.28 < support.mean() < 0.42
    assert 0.015 < plan.mean() < 0.045
    assert 0.25 < meals.mean() < 0.40
    known = ever(in_need.years.pupil[in_need.years.needs == 2], size)
    assert known.mean() > 2 * plan.mean()
    conduct = setting.people.conduct[years.pupil]
    behaviour = (years.needs > 0) & (years.type_of_need == 0)
    assert conduct[behaviour].mean() > 0.8


@pytest.fixture(scope="module")
def world() -> World:
    order = Order(20_000, 24, 5, (1996, 2001), worlds.load("default"))
    (block,) = order.blocks()
    return make_world(block, order.places, order.schools, Dials())


def test_trouble_is_concentrated_among_offenders(world):
    # CALIBRATION F012 to F020, in wide bands.
    size = world.people.pupils
    offends = (world.justice.first_proven - world.people.birth)[:size] < 18 * 365.25
    years, missed = world.years, world.absence.authorised + world.absence.unauthorised
    persistent = 10 * missed.sum(axis=1) >= world.absence.possible.sum(axis=1)
    listed = years.pupil[world.absence.year_row]
    for name, found, everybody, offenders in (
        ("suspended", suspended(world.schooling, size), 0.14, 0.72),
        ("excluded", excluded(world.schooling, size), 0.01, 0.11),
        ("provision", ever(world.schooling.provision.pupil, size), 0.03, 0.29),
        ("absent", ever(listed[persistent], size), 0.45, 0.81),
        ("plan", ever(years.pupil[years.needs == 2], size), 0.04, 0.13),
    ):
        assert 0.65 * everybody < found.mean() < 1.5 * everybody, name
        assert 0.65 * offenders < found[offends].mean() < 1.4 * offenders, name


def test_true_enrolments_of_a_pupil_do_not_overlap(world):
    found = true_enrolments(world)
    assert (found["end_date"] > found["start_date"]).all()
    adopted = set(world.block.child[world.references.change < NEVER])
    one = found.filter(~pl.col("child").is_in(list(adopted))).sort("child", "start_date")
    follows = one["child"].diff() == 0
    gap = one["start_date"] - one["end_date"].shift()
    assert (gap.dt.total_days().filter(follows) >= 0).all()
    # Most of eleven years and more: a primary and a secondary school.
    assert 2.0 < len(found) / found["child"].n_unique() < 3.0


def test_who_is_never_on_roll_has_true_enrolments_that_no_school_census_tells(world):
    never = set(world.block.child[np.flatnonzero(is_never_on_roll(world))].tolist())
    found = true_enrolments(world)
    lost = found.filter(pl.col("lost_to").is_not_null())
    assert set(lost["lost_to"]) == {"never_on_roll_share"}
    assert len(set(lost["child"])) >= 10
    assert set(lost["child"]) <= never
    # What is left to them are pupil referral units and other provision outside school censuses.
    rows = census_rows(world, 2012, world.streams("census 2012"))
    listed = world.block.child[world.years.pupil[rows.row]]
    assert not rows.on_roll[np.isin(listed, list(never))].any()
    assert rows.on_roll.mean() > 0.98


def test_nobody_is_at_school_before_reception():
    setting = setting_of(Dials(), 2_000)
    school = SchoolLife(setting)
    for year in school_years(1996)[:5]:
        trouble = school.advance(year, always(setting, None))
        assert not trouble.was_suspended.any()
    assert not len(school.finished().years.pupil)
