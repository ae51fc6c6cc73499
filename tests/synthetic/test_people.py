"""Children, families, homes and schools: what every other part of the generator builds on."""

import datetime as dt
from dataclasses import fields, replace

import numpy as np
import polars as pl
import pytest

from cws_outcomes.geography import authorities
from cws_outcomes.synthetic import worlds
from cws_outcomes.synthetic.attendance import enrolled
from cws_outcomes.synthetic.blocks import FIRST_OUTSIDE, SIX_COHORTS, Block, blocks
from cws_outcomes.synthetic.days import NEVER, day
from cws_outcomes.synthetic.dials import ETHNIC_GROUPS, Dials
from cws_outcomes.synthetic.families import FLOOR_FAMILIES
from cws_outcomes.synthetic.order import Order
from cws_outcomes.synthetic.people import People, make_people
from cws_outcomes.synthetic.population import Population, counted
from cws_outcomes.synthetic.residence import NEVER_BEFORE
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.schools import CONTROL, PRIMARY, SECONDARY, TREATED


def settled(order: Order) -> list[tuple[Block, People]]:
    dials = order.planted.dials
    return [
        (block, make_people(block, order.places, order.schools, dials)) for block in order.blocks()
    ]


@pytest.fixture(scope="module")
def everybody(england) -> list[tuple[Block, People]]:
    return settled(england)


def stacked(everybody, name: str) -> np.ndarray:
    return np.concatenate([getattr(people, name) for _, people in everybody])


def test_blocks_hold_every_child_once_and_outsiders_in_proportion():
    made = list(blocks(1, 41_000, 0.06))
    child = np.concatenate([block.child for block in made])
    assert len(np.unique(child)) == len(child) == 41_000 + 2_460
    assert [block.pupils for block in made] == [20_000, 20_000, 1_000]
    assert [(block.child >= FIRST_OUTSIDE).sum() for block in made] == [1_200, 1_200, 60]
    assert all((block.child[: block.pupils] < FIRST_OUTSIDE).all() for block in made)


def test_a_child_is_the_same_however_many_are_asked_for(england):
    few = replace(england, pupils=20_500)
    for (block, people), (more, others) in zip(settled(few), settled(england), strict=False):
        rows = np.flatnonzero(np.isin(more.child, block.child))
        assert np.array_equal(more.child[rows], block.child)
        for field in fields(People):
            if field.name not in ("pupils", "attendance", "family"):
                mine, theirs = getattr(people, field.name), getattr(others, field.name)
                assert np.array_equal(mine, theirs[rows]), field.name


def test_families_share_home_and_luck_but_not_a_birthday(everybody):
    for _, people in everybody:
        order = np.argsort(people.family, kind="stable")
        assert np.array_equal(order, np.arange(people.count))  # neighbours in the row
        together = people.family[1:] == people.family[:-1]
        assert together.mean() > 0.3
        assert np.bincount(people.family).max() == 4
        for shared in (people.frailty, people.language == "2_OTH", people.second_home):
            agree = shared[1:][together] == shared[:-1][together]
            assert agree.mean() > 0.98
        same_group = (people.group[1:] == people.group[:-1])[together]
        assert 0.9 < same_group.mean() < 1
        apart = np.abs(people.birth[1:] - people.birth[:-1])[together]
        assert apart.min() > 270
        # Conduct is alike among brothers and sisters, and no more.
        kin = np.corrcoef(people.conduct[1:][together], people.conduct[:-1][together])[0, 1]
        tied = Dials().conduct_poverty ** 2
        assert kin == pytest.approx(tied + (1 - tied) * Dials().kin_share, abs=0.08)


def test_births_fill_the_years_evenly_whatever_the_family(everybody):
    year, birth = stacked(everybody, "birth_year"), stacked(everybody, "birth")
    counts = np.bincount(year - SIX_COHORTS[0])
    assert len(counts) == 6
    # Fewer births each year up to 2001, as in England.
    assert 0.88 < counts[5] / counts[0] < 0.97
    assert (np.diff(counts) < 300).all()
    first = np.array([day(one, 9, 1) for one in year])
    assert ((birth >= first) & (birth < first + 366)).all()


def test_ethnic_groups_are_those_of_the_six_cohorts(everybody):
    """CALIBRATION F007: 80/5/4/9/1 % White, Black, Mixed, Asian, other; within 1.5 points."""
    share = np.bincount(stacked(everybody, "group")) / len(stacked(everybody, "group"))
    printed = {"white": 0.80, "black": 0.05, "mixed": 0.04, "asian": 0.09, "other": 0.01}
    assert share == pytest.approx([printed[name] for name in ETHNIC_GROUPS], abs=0.015)


def test_authorities_have_their_real_relative_size_and_none_is_missing(england, everybody):
    places = england.places
    assert len(places.la_code) == 152
    home = stacked(everybody, "first_home")
    found = np.bincount(places.neighbourhood_la[home], minlength=152)
    assert found.min() >= FLOOR_FAMILIES
    large = places.children > 120_000
    share = found / found.sum()
    expected = places.children / places.children.sum()
    assert share[large] == pytest.approx(expected[large], rel=0.2)
    assert np.corrcoef(share, expected)[0, 1] > 0.99
    # The real skew: the largest tenth of authorities has more than four times its share.
    assert found[np.argsort(found)[-15:]].sum() > 0.27 * found.sum()


def test_an_authority_is_the_same_whichever_others_are_chosen(england):
    few = replace(england, las=24).places
    rows = np.flatnonzero(np.isin(england.places.la_code, few.la_code))
    for name in (
        "la_deprivation", "contact_effect", "escalation_effect", "outcome_effect",
        "basics_effect", "contact_slope", "neighbourhood_count",
    ):  # fmt: skip
        assert np.array_equal(getattr(few, name), getattr(england.places, name)[rows]), name


def effects_of_authorities(seeds, **dials):
    """Effects (seeds, authorities), without skew: correlations are planted of what is below it."""
    planted = replace(Dials(), la_skew=0.0, la_outcome_skew=0.0, **dials)
    world = worlds.Planted("test", "", planted)
    places = [Order(2_000, 152, seed, SIX_COHORTS, world).places for seed in seeds]
    names = ("contact_effect", "escalation_effect", "outcome_effect", "contact_slope")
    effects = {name: np.stack([getattr(one, name) for one in places]) for name in names}
    return effects | {"la_deprivation": places[0].la_deprivation, "children": places[0].children}


def test_a_seed_gives_out_the_same_effects_to_other_authorities():
    effects = effects_of_authorities(range(1, 4))
    for name, sd in (
        ("contact_effect", Dials().la_contact_sd),
        ("escalation_effect", Dials().la_escalation_sd),
        ("outcome_effect", Dials().la_outcome_sd),
    ):
        one, two, three = effects[name]
        assert one.std() == pytest.approx(sd, rel=1e-9)
        assert not np.allclose(one, two)
        np.testing.assert_allclose(np.sort(one), np.sort(two), rtol=1e-12)
        np.testing.assert_allclose(np.sort(one), np.sort(three), rtol=1e-12)
        # None of it is England's level, nor its slope over deprivation.
        for own in effects[name]:
            assert np.average(own, weights=effects["children"]) == pytest.approx(0, abs=sd / 15)
            assert np.corrcoef(own, effects["la_deprivation"])[0, 1] == pytest.approx(0, abs=0.07)
    # Independent draws have levels of their own.
    levels = effects_of_authorities(range(1, 9), la_luck=1.0)["contact_effect"].mean(axis=1)
    assert np.abs(levels).max() > Dials().la_contact_sd / 15


@pytest.mark.parametrize("luck", [0.0, 1.0])
def test_effects_of_authorities_have_the_planted_spread_and_correlation(luck):
    dials = Dials()
    effects = effects_of_authorities(range(20), la_luck=luck)
    assert effects["contact_effect"].std() == pytest.approx(dials.la_contact_sd, rel=0.06)
    assert effects["outcome_effect"].std() == pytest.approx(dials.la_outcome_sd, rel=0.06)
    planted = {"outcome_effect": dials.la_correlation}
    planted["escalation_effect"] = dials.la_escalation_correlation
    for name, correlation in planted.items():
        found = np.corrcoef(effects["contact_effect"].ravel(), effects[name].ravel())[0, 1]
        assert found == pytest.approx(correlation, abs=0.06)
    # The inverse law: the slope falls with the authority's own deprivation.
    deprivation = np.tile(effects["la_deprivation"], 20)
    slope = np.polyfit(deprivation, effects["contact_slope"].ravel(), 1)[0]
    assert slope == pytest.approx(dials.inverse_law, abs=0.03)


def test_neighbourhoods_are_ranked_over_all_england(england):
    places = england.places
    assert sorted(places.idaci_rank) == list(range(1, 32_845))
    by_la = [places.deprivation[places.neighbourhood_la == la].mean() for la in range(152)]
    assert np.corrcoef(by_la, places.la_deprivation)[0, 1] > 0.9
    assert np.array_equal(np.bincount(places.idaci_decile)[1:] // 10, [328] * 10)


def test_who_comes_to_england_is_not_there_before(everybody):
    for block, people in everybody:
        comes = people.arrival > NEVER_BEFORE
        assert (people.arrival[comes] >= people.birth[comes]).all()
        assert (people.present_from[~comes] == people.birth[~comes]).all()
        assert (people.present_until > people.present_from).all()
        assert (people.move[people.move < NEVER] > people.present_from[people.move < NEVER]).all()
        alone = people.is_unaccompanied
        assert not alone[: block.pupils].any()
        assert (people.group[alone] > 0).all()
        age = (people.arrival - people.birth)[alone] / 365.25
        assert ((age > 13.9) & (age < 18)).all()
    assert stacked(everybody, "is_unaccompanied").sum() >= 10


@pytest.fixture(scope="module")
def many(england) -> Order:
    """So many pupils that authorities have several schools of each phase."""
    return replace(england, pupils=1_000_000)


def test_each_pupil_has_a_school_of_its_phase_mostly_of_its_authority(many):
    schools, places, dials = many.schools, many.places, many.planted.dials
    block = next(many.blocks())
    people, pupil = make_people(block, places, schools, dials), np.arange(block.pupils)
    for nc, phase in ((0, PRIMARY), (6, PRIMARY), (7, SECONDARY), (11, SECONDARY)):
        school = people.attendance.school(pupil, np.full(block.pupils, nc))
        assert (schools.phase[school] == phase).all()
        on = (people.birth[pupil] + (nc + 5) * 365).astype(np.int32)
        home = places.neighbourhood_la[people.home_on(pupil, on)]
        at_home = (schools.la[school] == home).mean()
        assert at_home == pytest.approx(1 - dials.cross_border_share, abs=0.02)
    for first, last in ((0, 6), (7, 11)):
        at_first, at_last = (
            people.attendance.school(pupil, np.full(block.pupils, nc)) for nc in (first, last)
        )
        # Of their own accord (some draw the same school again), and with their families.
        assert 0.08 < (at_first != at_last).mean() < 0.2


def test_schools_are_as_many_as_their_pupils_fill(many):
    schools = many.schools
    per_year = many.pupils / 6
    assert schools.count[PRIMARY].sum() == pytest.approx(per_year / 45, rel=0.05)
    assert schools.count[SECONDARY].sum() == pytest.approx(per_year / 180, rel=0.1)
    assert (schools.count >= 1).all()
    for phase in (PRIMARY, SECONDARY):
        for la in (0, 77, 151):
            rows = schools.first[phase, la] + np.arange(schools.count[phase, la])
            assert (schools.la[rows] == la).all()
            assert (schools.phase[rows] == phase).all()
    both = schools.la * 10_000 + schools.number
    assert len(np.unique(both)) == len(both)


def test_the_trial_treats_half_of_the_schools_of_each_authority(england):
    planted = england.planted._replace(dials=replace(Dials(), trial_share=0.5))
    schools = replace(england, pupils=200_000, planted=planted).schools
    treated = np.bincount(schools.la[schools.arm == TREATED], minlength=152)
    control = np.bincount(schools.la[schools.arm == CONTROL], minlength=152)
    assert np.abs(treated - control).max() <= 1
    assert (schools.phase[schools.arm > 0] == PRIMARY).all()
    assert treated.sum() + control.sum() == pytest.approx(0.5 * (schools.phase == 0).sum(), rel=0.1)
    assert not (england.schools.arm > 0).any()


def test_pupils_are_enrolled_from_reception_to_year_11_or_13(everybody):
    block, people = everybody[0]
    pupil = np.arange(people.count) < block.pupils
    by_age = {}
    for census in range(1997, 2021):
        year = SchoolYear(census)
        at_school = enrolled(people.attendance, people.birth_year, year)
        assert not at_school[~pupil].any()
        nc = year.curriculum_year(people.birth_year)
        for one in np.unique(nc[pupil]):
            by_age.setdefault(int(one), []).append(at_school[pupil & (nc == one)].mean())
    assert all(max(by_age[nc]) == 0 for nc in (-2, -1, 14, 15))
    assert all(min(by_age[nc]) > 0.93 for nc in range(12))
    assert all(0.38 < share < 0.5 for nc in (12, 13) for share in by_age[nc])


def test_a_few_pupils_are_at_school_in_year_13_only(everybody, england):
    late = 0
    for block, people in everybody:
        nc = np.arange(14)
        of_age = np.stack(
            [people.attendance.is_of_school_age(np.full(people.count, one)) for one in nc]
        )
        late += (of_age[13] & ~of_age[:13].any(axis=0))[: block.pupils].sum()
    share = england.planted.dials.late_pupil_share
    assert late / 41_000 == pytest.approx(share, rel=0.3)


def test_adolescents_die_at_a_rate_of_their_own(england):
    planted = england.planted._replace(dials=replace(Dials(), adolescent_death_per_year=0.05))
    for block, people in settled(replace(england, pupils=20_000, planted=planted)):
        age = (people.death - people.birth) / 365.25
        among = ((age >= 14) & (age < 18)).sum() / (age >= 14).sum()
        assert among == pytest.approx(1 - np.exp(-4 * 0.05), abs=0.01)
        assert ((age >= 1) & (age < 14)).sum() / block.size == pytest.approx(0.0013, abs=0.001)


def test_population_adds_up_by_hand(england):
    """A few children, counted one by one in dates instead of arrays."""
    order = replace(england, pupils=1_300)
    ((_, people),) = settled(order)
    table = Population(order.places)
    table.add(*counted(people, order.places))
    rows = table.table()
    names = {row["la_code"] for row in authorities().iter_rows(named=True)}
    assert set(rows["la_code"]) <= names
    by_hand: dict[tuple[int, int, str, bool], int] = {}
    epoch = dt.date(1970, 1, 1)
    for child in range(people.count):
        born = epoch + dt.timedelta(days=int(people.birth[child]))
        for year in range(1996, 2021):
            on = dt.date(year, 7, 1)
            age = year - born.year - ((born.month, born.day) > (7, 1))
            number = (on - epoch).days
            present = people.present_from[child] <= number < people.present_until[child]
            if born <= on and present and age < 18:
                group = ETHNIC_GROUPS[people.group[child]]
                key = (year, age, group, bool(people.is_male[child]))
                by_hand[key] = by_hand.get(key, 0) + 1
    keys = ["year", "age", "ethnic_group", "is_male"]
    totals = rows.group_by(keys).agg(pl.col("children").sum())
    assert {tuple(row[:4]): row[4] for row in totals.iter_rows()} == by_hand
