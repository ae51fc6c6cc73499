"""The generator itself: what it plants is found again in its own true histories."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from cws_outcomes.synthetic import worlds
from cws_outcomes.synthetic.contact import log_hazard
from cws_outcomes.synthetic.days import NEVER, YEAR, birthday, day
from cws_outcomes.synthetic.dials import ETHNIC_GROUPS, STATES, Dials
from cws_outcomes.synthetic.disability import is_disabled_from_birth
from cws_outcomes.synthetic.draws import Streams
from cws_outcomes.synthetic.exclusions import SUSPENDED, SUSPENDED_TREND, by_code, trend
from cws_outcomes.synthetic.justice import LATER_COHORT
from cws_outcomes.synthetic.life import Life, live
from cws_outcomes.synthetic.order import Order
from cws_outcomes.synthetic.people import People, make_people
from cws_outcomes.synthetic.places import make_places
from cws_outcomes.synthetic.policy import AS_IS
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.special_needs import PLAN, SUPPORT
from cws_outcomes.synthetic.timeline import overlay, state_on

AGES = range(10, 18)
BANDS = 20
SHAPE = (len(AGES), 6, 2, 5, BANDS)

# Offending is made more common, so that half a minute of test can see its effects; then as many
# referrals after offences would change states of the year that schools have already seen.
DIALS = replace(Dials(), offence_level=0.012, offence_referral_share=0.0)


def lives(dials: Dials, pupils: int, seed: int) -> Iterator[tuple[Setting, Life]]:
    order = Order(pupils, 24, seed, (1996, 2001), worlds.Planted("test", "", dials))
    for block in order.blocks():
        people = make_people(block, order.places, order.schools, dials)
        setting = Setting(block, order.places, order.schools, people, dials, AS_IS)
        yield setting, live(setting)


@pytest.fixture(scope="module")
def lived() -> list[tuple[Setting, Life]]:
    return list(lives(DIALS, 60_000, 20))


def newton(design, count, exposure, weights=None):
    """Poisson (no weights) or binomial (weights = trials) regression, by Newton's method."""
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        eta = design @ beta
        if weights is None:
            mean = exposure * np.exp(eta)
            information = design.T @ (design * mean[:, None])
        else:
            share = 1 / (1 + np.exp(-eta))
            mean = weights * share
            information = design.T @ (design * (mean * (1 - share))[:, None])
        step = np.linalg.solve(information, design.T @ (count - mean))
        beta += step
        if np.abs(step).max() < 1e-9:
            return beta, np.sqrt(np.diag(np.linalg.inv(information)))
    raise AssertionError("no convergence")


def indicators(values, levels):
    return np.column_stack([(values == level).astype(float) for level in levels])


def person_days(setting: Setting, life: Life):
    """Events and person-days at risk of a first offence, in cells of age, state and covariates."""
    people, places, dials = setting.people, setting.places, setting.dials
    child = np.tile(np.arange(people.count), len(AGES))
    start = np.concatenate([birthday(people.birth, a) for a in AGES])
    end = np.concatenate([birthday(people.birth, a + 1) for a in AGES])
    first = life.justice.first_proven
    start = np.maximum(start, people.present_from[child])
    # The day of the event is the last one at risk.
    end = np.minimum(end, np.minimum(first + 1, people.present_until)[child])
    pieces = overlay(life.lines, child, start, end)
    who = child[pieces.window]
    home = people.home_on(who, birthday(people.birth[who], 10))
    band = np.minimum((places.deprivation[home] * BANDS).astype(int), BANDS - 1)
    known = (
        dials.offence_cohort * people.cohort[who]
        + dials.offence_cohort_later * np.maximum(people.cohort[who] - LATER_COHORT, 0)
        + dials.conduct_offence * people.conduct[who]
        + places.outcome_effect[places.neighbourhood_la[home]]
    )
    event = (first[who] >= pieces.start) & (first[who] < pieces.end)
    # Within a band of deprivation the middle stands for all: a twentieth of its log ratio.
    age = pieces.window // people.count
    cell = np.ravel_multi_index(
        (age, pieces.state, people.is_male[who].astype(int), people.group[who], band), SHAPE
    )
    days = (pieces.end - pieces.start) * np.exp(known)
    size = int(np.prod(SHAPE))
    return np.bincount(cell, event, minlength=size), np.bincount(cell, days, minlength=size)


def test_offence_hazard_ratios_are_recovered(lived):
    events, days = sum(np.array(person_days(*one)) for one in lived)
    used = days > 0
    age, state, male, group, band = np.unravel_index(np.flatnonzero(used), SHAPE)
    assert events.sum() > 5_000
    design = np.column_stack(
        [
            indicators(age, range(len(AGES))),
            indicators(state, range(1, 6)),
            male,
            indicators(group, range(1, 5)),
            (band + 0.5) / BANDS,
        ]
    )
    beta, error = newton(design, events[used], days[used] / YEAR)
    planted = np.array(
        [
            *(DIALS.offence_state[s] for s in STATES[1:]),
            DIALS.offence_male,
            *(DIALS.offence_ethnicity[g] for g in ETHNIC_GROUPS[1:]),
            DIALS.offence_deprivation,
        ]
    )
    z = (beta[len(AGES) :] - planted) / error[len(AGES) :]
    assert np.abs(z).max() < 3.5
    # Not only each of them: together they scatter as their standard errors say.
    assert (z**2).sum() < 30  # 11 degrees of freedom: 0.2 %


def suspensions(setting: Setting, life: Life):
    """Pupil-years with a first suspension, and days at risk, by state, in Years 7 to 11."""
    people, places, dials, schools = setting.people, setting.places, setting.dials, setting.schools
    table, years = life.schooling.exclusions, life.schooling.years
    used = (years.nc >= 7) & (years.nc <= 11) & (years.school < len(schools.la))
    pupil, census, nc = years.pupil[used], years.census[used], years.nc[used]
    key = census.astype(np.int64) * people.count + pupil
    order = np.argsort(key)
    kept = ~table.is_permanent
    mine = table.year[kept].astype(np.int64) * people.count + table.pupil[kept]
    place = np.minimum(np.searchsorted(key[order], mine), len(order) - 1)
    found = key[order][place] == mine
    first = np.full(len(pupil), NEVER, dtype=np.int32)
    np.minimum.at(first, order[place[found]], table.start[kept][found])
    end = np.minimum(years.end[used], first + 1)
    pieces = overlay(life.lines, pupil, years.start[used], end)
    home = people.home_on(pupil, birthday(people.birth[pupil], 10))
    moved = np.array([trend(int(year), SUSPENDED_TREND) for year in range(2000, 2022)])
    rest = SUSPENDED[nc] * np.exp(
        dials.suspension_male * people.is_male[pupil]
        + dials.suspension_support * (years.needs[used] == SUPPORT)
        + dials.suspension_plan * (years.needs[used] == PLAN)
        + dials.suspension_deprivation * places.deprivation[home]
        + dials.suspension_conduct * people.conduct[pupil]
        + by_code(people.ethnicity[pupil], dict(dials.suspension_ethnicity))
        + dials.suspension_trend * moved[census - 2000]
        + places.outcome_effect[places.neighbourhood_la[home]]
        + schools.effect[years.school[used]]
    )
    event = (first[pieces.window] >= pieces.start) & (first[pieces.window] < pieces.end)
    days = (pieces.end - pieces.start) * rest[pieces.window]
    return np.bincount(pieces.state, event, minlength=6), np.bincount(pieces.state, days, 6)


def test_suspension_hazard_ratios_are_recovered(lived):
    events, days = sum(np.array(suspensions(*one)) for one in lived)
    beta, error = newton(np.eye(6), events, days)
    found = beta[1:] - beta[0]
    planted = np.array([DIALS.suspension_state[s] for s in STATES[1:]])
    # Weekends move a day or two, and who is excluded is in no census: next to nothing.
    assert (np.abs(found - planted) < 3.5 * np.hypot(error[1:], error[0]) + 0.02).all()


def later_states(life: Life, people: People, eleventh):
    """State in January of Year 11, which has an effect of its own."""
    january = [day(int(year) + 17, 1, 1) for year in people.birth_year[eleventh]]
    state = state_on(life.lines, eleventh, np.array(january, dtype=np.int32))
    return indicators(state, range(1, 6))


def basics(setting: Setting, life: Life):
    people, places = setting.people, setting.places
    years, stage = life.schooling.years, life.attainment.key_stage_4
    eleventh = years.pupil[(years.nc == 11) & (years.census <= 2020)]
    elsewhere = np.zeros(people.pupils)
    elsewhere[life.schooling.provision.pupil[life.schooling.provision.nc == 11]] = 1
    passed = np.zeros(people.pupils)
    passed[stage.pupil[stage.has_basics]] = 1
    home = people.home_on(eleventh, birthday(people.birth[eleventh], 10))
    school = people.attendance.school(eleventh, np.full(len(eleventh), 11))
    return (
        passed[eleventh],
        places.neighbourhood_la[home],
        np.column_stack(
            [
                setting.schools.attainment_effect[school],
                people.conduct[eleventh],
                elsewhere[eleventh],
                later_states(life, people, eleventh),
                indicators(life.attainment.look_back_state[eleventh], range(1, 5)),
                life.attainment.prior[eleventh],
                people.is_male[eleventh],
                places.deprivation[home],
            ]
        ),
    )


def test_basics_odds_ratios_are_recovered(lived):
    passed, la, known = (
        np.concatenate(parts) for parts in zip(*(basics(*one) for one in lived), strict=True)
    )
    design = np.column_stack([indicators(la, np.unique(la)), known])
    beta, error = newton(design, passed, None, np.ones(len(passed)))
    planted = [
        1.0,
        DIALS.basics_conduct,
        DIALS.basics_provision,
        *(DIALS.basics_later_state.get(s, 0.0) for s in STATES[1:]),
        *(DIALS.basics_state[s] for s in STATES[1:5]),
        DIALS.basics_prior,
        DIALS.basics_male,
        DIALS.basics_deprivation,
    ]
    z = (beta[-len(planted) :] - planted) / error[-len(planted) :]
    assert np.abs(z).max() < 3.5


def first_referrals(setting: Setting, life: Life, first_age: int, last_age: int):
    """First referrals of children between two ages, and their expected hazard but for conduct."""
    people = setting.people
    child = np.arange(people.count)
    referral = np.full(people.count, NEVER, dtype=np.int64)
    made = life.contact.referrals
    own = ~people.is_unaccompanied[made.child]
    np.minimum.at(referral, made.child[own], made.referral[own])
    start, end = birthday(people.birth, first_age), birthday(people.birth, last_age)
    stays = (people.arrival <= start) & (people.present_until >= end) & (people.move >= end)
    used = stays & (referral >= start)
    rate = np.exp(log_hazard(setting, people.first_home)) * (np.minimum(referral, end) - start)
    disabled = is_disabled_from_birth(setting.block, setting.dials)
    return (referral < end)[used], rate[used], people.conduct[child[used]], disabled[used]


def test_conduct_acts_on_referral_and_most_from_11_on(lived):
    for ages, level in (((2, 9), "child"), ((12, 17), "adolescent")):
        parts = [first_referrals(*one, *ages) for one in lived]
        happens, rate, conduct, _ = (np.concatenate(part) for part in zip(*parts, strict=True))
        design = np.column_stack([np.ones(len(rate)), conduct])
        beta, error = newton(design, happens.astype(float), rate)
        assert abs(beta[1] - DIALS.referral_conduct[level]) < 3.5 * error[1] + 0.02
        assert error[1] < 0.03


def test_children_disabled_from_birth_are_referred_more(lived):
    """The log hazard holds the planted ratio already: nothing is left for the disabled."""
    parts = [first_referrals(*one, 0, 9) for one in lived]
    happens, rate, conduct, disabled = (np.concatenate(part) for part in zip(*parts, strict=True))
    beta, error = newton(
        np.column_stack([np.ones(len(rate)), conduct, disabled]), happens.astype(float), rate
    )
    assert abs(beta[2]) < 3.5 * error[2]
    assert error[2] < DIALS.referral_disability / 5


def test_la_effects_have_the_planted_spread_and_correlation():
    draws = [make_places(150, Streams(seed), DIALS) for seed in range(20)]
    contact, outcome = (
        np.concatenate([getattr(places, name) for places in draws])
        for name in ("contact_effect", "outcome_effect")
    )
    assert contact.std() == pytest.approx(DIALS.la_contact_sd, rel=0.05)
    assert outcome.std() == pytest.approx(DIALS.la_outcome_sd, rel=0.05)
    assert np.corrcoef(contact, outcome)[0, 1] == pytest.approx(DIALS.la_correlation, abs=0.06)
    # A long tail to the right, as rates of authorities have: the skewness of a lognormal, less
    # what 150 quantiles leave of its tail.
    for effect, skew in ((contact, DIALS.la_skew), (outcome, DIALS.la_outcome_skew)):
        found = (((effect - effect.mean()) / effect.std()) ** 3).mean()
        planted = (np.exp(skew**2) + 2) * np.sqrt(np.exp(skew**2) - 1)
        assert found == pytest.approx(planted, rel=0.12)


def test_the_randomised_world_refers_everybody_alike():
    dials = worlds.load("randomised").dials
    ((setting, life),) = lives(dials, 20_000, 1)
    people, places = setting.people, setting.places
    stays = (people.arrival <= people.birth) & (people.present_until > birthday(people.birth, 18))
    referred = np.zeros(people.count)
    referred[life.contact.referrals.child] = 1
    home = people.first_home
    covariates = np.column_stack(
        [
            people.is_male, people.group > 0, places.deprivation[home], people.frailty,
            people.conduct, people.ability, people.hidden,
            places.contact_effect[places.neighbourhood_la[home]],
        ]
    )[stays]  # fmt: skip
    z = [
        np.corrcoef(column, referred[stays])[0, 1] * np.sqrt(stays.sum())
        for column in covariates.T
        if column.std() > 0
    ]
    assert len(z) >= 7
    assert np.abs(z).max() < 3.5


def test_hidden_confounding_and_feedback_act_where_they_are_planted():
    ((setting, life),) = lives(worlds.load("confounded").dials, 12_000, 3)
    first = life.contact.referrals.child
    hidden = setting.people.hidden
    assert hidden[np.unique(first)].mean() > 0.1
    assert hidden[life.justice.first_proven < NEVER].mean() > 0.3
    ((plain, same),) = lives(Dials(), 12_000, 3)
    assert abs(plain.people.hidden[np.unique(same.contact.referrals.child)].mean()) < 0.05
    assert plain.people.conduct[np.unique(same.contact.referrals.child)].mean() > 0.1
    ((other, apart),) = lives(worlds.load("unconfounded").dials, 12_000, 3)
    assert abs(other.people.conduct[np.unique(apart.contact.referrals.child)].mean()) < 0.05
    ((_, fed_back),) = lives(worlds.load("feedback").dials, 12_000, 3)
    assert len(fed_back.contact.referrals.child) > 1.01 * len(same.contact.referrals.child)
