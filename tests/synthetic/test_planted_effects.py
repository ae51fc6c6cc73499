"""The generator itself: what it plants is found again in its own true histories."""

from dataclasses import replace

import numpy as np
import pytest

from cws_outcomes.synthetic.days import NEVER, YEAR, birthday
from cws_outcomes.synthetic.dials import ETHNIC_GROUPS, STATES, Dials
from cws_outcomes.synthetic.schooling import SUSPENDED
from cws_outcomes.synthetic.timeline import overlay
from cws_outcomes.synthetic.world import World, make_world

AGES = range(10, 18)
BANDS = 20


@pytest.fixture(scope="module")
def world() -> World:
    # Offending is made five times as common, so that a minute of test can see its effects.
    return make_world(90_000, 24, 20, replace(Dials(), offence_level=0.0165))


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


def person_days(world: World):
    """Person-days at risk of a first offence and events, by age, state and covariates."""
    people, places = world.people, world.places
    child = np.tile(np.arange(people.count), len(AGES))
    start = np.concatenate([birthday(people.birth, a) for a in AGES])
    end = np.concatenate([birthday(people.birth, a + 1) for a in AGES])
    first = world.justice.first_proven
    # The day of the event is the last one at risk.
    end = np.minimum(end, np.minimum(first + 1, people.present_until)[child])
    pieces = overlay(world.lines, child, start, end)
    who = child[pieces.window]
    age = pieces.window // people.count
    home = people.home_on(who, birthday(people.birth[who], 10))
    band = np.minimum((places.deprivation[home] * BANDS).astype(int), BANDS - 1)
    known = (
        world.dials.offence_cohort * people.cohort[who]
        + places.outcome_effect[places.neighbourhood_la[home]]
    )
    event = (first[who] >= pieces.start) & (first[who] < pieces.end)
    # Within a band of deprivation the middle stands for all: a twentieth of a log ratio of 0.8.
    cell = np.ravel_multi_index(
        (age, pieces.state, people.is_male[who].astype(int), people.group[who], band),
        (len(AGES), 6, 2, 5, BANDS),
    )
    size = len(AGES) * 6 * 2 * 5 * BANDS
    exposure = np.bincount(cell, (pieces.end - pieces.start) * np.exp(known), minlength=size)
    events = np.bincount(cell, event, minlength=size)
    used = exposure > 0
    parts = np.array(np.unravel_index(np.flatnonzero(used), (len(AGES), 6, 2, 5, BANDS)))
    return parts, events[used], exposure[used] / YEAR


def indicators(values, levels):
    return np.column_stack([(values == level).astype(float) for level in levels])


def test_offence_hazard_ratios_are_recovered(world):
    (age, state, male, group, band), events, exposure = person_days(world)
    assert events.sum() > 10_000
    design = np.column_stack(
        [
            indicators(age, range(len(AGES))),
            indicators(state, range(1, 6)),
            male,
            indicators(group, range(1, 5)),
            (band + 0.5) / BANDS,
        ]
    )
    beta, error = newton(design, events, exposure)
    dials = world.dials
    planted = np.array(
        [
            *(dials.offence_state[s] for s in STATES[1:]),
            dials.offence_male,
            *(dials.offence_ethnicity[g] for g in ETHNIC_GROUPS[1:]),
            dials.offence_deprivation,
        ]
    )
    z = (beta - np.concatenate([np.zeros(len(AGES)), planted]))[len(AGES) :] / error[len(AGES) :]
    assert np.abs(z).max() < 3.5
    # Not only each of them: together they scatter as their standard errors say.
    assert (z**2).sum() < 30  # 11 degrees of freedom: 0.2 %


def test_suspension_hazard_ratios_are_recovered(world):
    years, people, places, schools = world.years, world.people, world.places, world.schools
    dials, table = world.dials, world.exclusions
    first = np.full(len(years.pupil), NEVER, dtype=np.int32)
    row = {(p, y): i for i, (p, y) in enumerate(zip(years.pupil, years.census, strict=True))}
    used = table.category != "PERM"
    rows = [row[pair] for pair in zip(table.pupil[used], table.year[used], strict=True)]
    np.minimum.at(first, rows, table.start[used])
    pieces = overlay(world.lines, years.pupil, years.start, np.minimum(years.end, first + 1))
    window = pieces.window
    pupil, nc = years.pupil[window], years.nc[window]
    home = people.home_on(pupil, birthday(people.birth[pupil], 10))
    school = np.where(nc >= 7, schools.secondary[pupil], schools.primary[pupil])
    since = nc - schools.sen_from_year[pupil]
    has_sen = (schools.sen_kind[pupil] > 0) & (since >= 0)
    rest = SUSPENDED[nc] * np.exp(
        dials.suspension_male * people.is_male[pupil]
        + dials.suspension_sen * has_sen
        + dials.suspension_deprivation * places.deprivation[home]
        + places.outcome_effect[places.neighbourhood_la[home]]
        + schools.effect[school]
    )
    event = (first[window] >= pieces.start) & (first[window] < pieces.end)
    exposure = np.bincount(pieces.state, (pieces.end - pieces.start) * rest, minlength=6)
    events = np.bincount(pieces.state, event, minlength=6)
    beta, error = newton(np.eye(6), events, exposure)
    found = beta[1:] - beta[0]
    planted = np.array([dials.suspension_state[s] for s in STATES[1:]])
    # Weekends move a day or two: next to nothing beside the standard error.
    assert (np.abs(found - planted) < 3.5 * np.hypot(error[1:], error[0])).all()


def test_basics_odds_ratios_are_recovered(world):
    stage, people, places = world.attainment.key_stage_4, world.people, world.places
    eleventh = world.years.pupil[world.years.nc == 11]
    passed = np.zeros(people.pupils)
    passed[stage.pupil[stage.has_basics]] = 1
    home = people.home_on(eleventh, birthday(people.birth[eleventh], 10))
    la = places.neighbourhood_la[home]
    design = np.column_stack(
        [
            indicators(la, np.unique(la)),
            indicators(world.attainment.look_back_state[eleventh], range(1, 5)),
            world.attainment.prior[eleventh],
            people.is_male[eleventh],
            places.deprivation[home],
        ]
    )
    beta, error = newton(design, passed[eleventh], None, np.ones(len(eleventh)))
    dials = world.dials
    planted = [
        *(dials.basics_state[s] for s in STATES[1:5]),
        dials.basics_prior,
        dials.basics_male,
        dials.basics_deprivation,
    ]
    z = (beta[-7:] - planted) / error[-7:]
    assert np.abs(z).max() < 3.5


def test_la_effects_have_the_planted_spread_and_correlation():
    draws = [make_places_effects(seed) for seed in range(20)]
    contact, outcome = (np.concatenate([d[k] for d in draws]) for k in (0, 1))
    dials = Dials()
    assert contact.std() == pytest.approx(dials.la_contact_sd, rel=0.05)
    assert outcome.std() == pytest.approx(dials.la_outcome_sd, rel=0.05)
    assert np.corrcoef(contact, outcome)[0, 1] == pytest.approx(dials.la_correlation, abs=0.05)


def make_places_effects(seed):
    from cws_outcomes.synthetic.draws import Streams
    from cws_outcomes.synthetic.places import make_places

    places = make_places(150, Streams(seed), Dials())
    return places.contact_effect, places.outcome_effect
