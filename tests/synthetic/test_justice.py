"""Offending: the planted hazard, shared luck, what the courts do, who is found among pupils."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from support.offending_lives import lived, lived_often, settled

from cws_outcomes.synthetic.days import NEVER, YEAR, birthday, day
from cws_outcomes.synthetic.dials import ETHNIC_GROUPS, STATES, Dials
from cws_outcomes.synthetic.disposals import make_disposals
from cws_outcomes.synthetic.justice import BASELINE, EXTRACT_END, LATER_COHORT, remands
from cws_outcomes.synthetic.offence_classes import CLASSES, offence_classes
from cws_outcomes.synthetic.offending import GROUPS, SERIOUS
from cws_outcomes.synthetic.policy import POLICIES
from cws_outcomes.synthetic.timeline import overlay
from cws_outcomes.synthetic.trouble import Trouble


@pytest.fixture(scope="module")
def often() -> SimpleNamespace:
    return lived_often()


@pytest.fixture(scope="module")
def usual() -> SimpleNamespace:
    return lived(settled(Dials()))


def expected_and_happened(life: SimpleNamespace):
    """
    Integrated hazard and events of each child, age and state.

    Written from the definition of the hazard, over all of life at once.
    """
    setting, first = life.setting, life.justice.first_proven
    people, places, dials = setting.people, setting.places, setting.dials
    ages = np.arange(10, 24)
    child = np.tile(np.arange(people.count), len(ages))
    age = np.repeat(ages, people.count)
    start = np.concatenate([birthday(people.birth, int(a)) for a in ages])
    end = np.concatenate([birthday(people.birth, int(a) + 1) for a in ages])
    last = np.minimum(np.minimum(people.present_until, EXTRACT_END), first + 1)
    start = np.maximum(start, people.arrival[child])
    pieces = overlay(life.lines, child, start, np.minimum(end, last[child]))
    who, years = child[pieces.window], age[pieces.window]
    home = people.home_on(np.arange(people.count), birthday(people.birth, 10))
    log_hazard = (
        np.array(dials.log_ratios(dials.offence_state))[pieces.state]
        + dials.offence_male * people.is_male[who]
        + np.array([dials.offence_ethnicity.get(g, 0) for g in ETHNIC_GROUPS])[people.group[who]]
        + dials.offence_deprivation * places.deprivation[home][who]
        + dials.offence_cohort * (people.birth_year[who] - 1996)
        + dials.conduct_offence * people.conduct[who]
        + places.outcome_effect[places.neighbourhood_la[home]][who]
        + dials.offence_cohort_later * np.maximum(people.cohort[who] - LATER_COHORT, 0)
    )
    hazard = dials.offence_level * np.exp(log_hazard) * BASELINE[years - 10]
    # Half a day: an event is on the day in which its hazard is reached, which counts half.
    happens = (first[who] >= pieces.start) & (first[who] < pieces.end)
    length = pieces.end - pieces.start - 0.5 * happens
    return who, years, pieces.state, hazard * length / YEAR, happens


def groupings(life: SimpleNamespace, who, age, state):
    people, places = life.setting.people, life.setting.places
    home = places.deprivation[people.first_home]
    yield "age", age
    yield "state", state
    yield "sex", people.is_male[who].astype(int)
    yield "ethnic group", people.group[who]
    yield "year of birth", people.birth_year[who]
    yield "deprivation", (home[who] * 5).astype(int)
    yield "conduct", np.digitize(people.conduct[who], [-1, 0, 1, 2])
    yield "reference", (who < life.setting.block.pupils).astype(int)


def test_events_are_as_many_as_the_planted_hazard_says(often):
    who, age, state, expected, happens = expected_and_happened(often)
    assert happens.sum() == (often.justice.first_proven < NEVER).sum() > 3_000
    for name, label in groupings(often, who, age, state):
        for value in np.unique(label):
            mine = label == value
            # A count minus its integrated hazard has that hazard as its variance.
            z = (happens[mine].sum() - expected[mine].sum()) / np.sqrt(expected[mine].sum())
            assert abs(z) < 4, (name, value, z)
    assert all(happens[state == number].sum() > 20 for number in range(len(STATES)))


def test_nothing_happens_before_10_from_24_on_or_outside_england(often):
    people, offences = often.setting.people, often.justice.offences
    birth = people.birth[offences.child]
    assert np.all(offences.on >= birthday(birth, 10))
    assert np.all(offences.on < birthday(birth, 24))
    assert np.all(offences.on < np.minimum(people.present_until[offences.child], EXTRACT_END))
    assert np.all(offences.on >= people.arrival[offences.child])


def test_each_year_tells_of_first_offences_only(often):
    child = np.concatenate([offenders.child for offenders in often.drawn])
    on = np.concatenate([offenders.on for offenders in often.drawn])
    assert len(np.unique(child)) == len(child)
    first = np.full(often.setting.block.size, NEVER)
    first[child] = on
    np.testing.assert_array_equal(first, often.justice.first_proven)
    offences = often.justice.offences
    earliest = np.full(often.setting.block.size, NEVER)
    proven = offences.is_proven
    np.minimum.at(earliest, offences.child[proven], offences.on[proven])
    np.testing.assert_array_equal(earliest, first)


def test_without_contact_the_same_luck_comes_later(often):
    policy = next(p for p in POLICIES if p.name == "no_contact")
    other = lived(replace(often.setting, policy=policy)).justice.first_proven
    mine = often.justice.first_proven
    # All effects of contact are positive, and each year's luck is the same.
    assert np.all(other >= mine)
    never = np.setdiff1d(np.arange(len(mine)), often.contact.referrals.child)
    np.testing.assert_array_equal(other[never], mine[never])
    assert (other > mine).sum() > 500


def test_without_effects_of_contact_no_policy_changes_anything():
    dials = replace(Dials(), offence_state=dict.fromkeys(STATES, 0.0))
    first = [
        lived(settled(dials, policy)).justice.first_proven
        for policy in POLICIES
        if policy.name in ("as_is", "no_contact")
    ]
    np.testing.assert_array_equal(first[0], first[1])
    assert (first[0] < NEVER).sum() > 200


def test_trouble_at_school_multiplies_the_hazard_of_the_year_after(usual):
    planted = {"suspended": np.log(3.0)}
    setting = replace(usual.setting, dials=replace(usual.setting.dials, trouble_offence=planted))
    half = np.arange(setting.block.size) % 2 == 0
    none = np.zeros_like(half)
    troubled = lived(setting, Trouble(none, half, none)).justice.first_proven < NEVER
    before = usual.justice.first_proven < NEVER
    assert not np.any(before & ~troubled)
    np.testing.assert_array_equal(before[~half], troubled[~half])
    # Fewer than three times as many: the likeliest offend anyway.
    assert 1.6 < troubled[half].sum() / before[half].sum() < 3


def test_cases_follow_one_another_and_their_offences_share_a_day(often):
    offences = often.justice.offences
    key = offences.child * 100 + offences.case
    assert np.all(np.diff(key) >= 0)
    primary = key[offences.is_primary]
    assert len(np.unique(primary)) == len(primary) == len(np.unique(key))
    same = np.flatnonzero(np.diff(key) == 0)
    np.testing.assert_array_equal(offences.on[same], offences.on[same + 1])
    first = np.flatnonzero(offences.is_primary & offences.is_proven)
    follows = (np.diff(offences.child[first]) == 0) & (np.diff(offences.case[first]) == 1)
    assert np.all(np.diff(offences.on[first])[follows] > 0)
    assert np.all(offences.case[first][1:][~follows] == 0)


def test_disposals_prove_what_is_proven_and_send_no_small_child_to_custody(often):
    offences, disposals = often.justice.offences, often.justice.disposals
    assert np.all(disposals.on > offences.on[disposals.offence])
    proven = offences.is_proven[disposals.offence]
    caution = np.isin(disposals.code, ["1039", "1117"])
    guilty = np.isin(disposals.adjudication, ["G", "J"])
    np.testing.assert_array_equal(proven, caution | guilty)
    np.testing.assert_array_equal(caution, disposals.adjudication == "")
    in_custody = disposals.sentence_days >= 0
    birth = often.setting.people.birth[offences.child[disposals.offence]]
    age = (offences.on[disposals.offence] - birth) / YEAR
    youth = np.isin(disposals.code, ["1081", "1007"])
    adult = np.isin(disposals.code, ["1002", "1024"])
    np.testing.assert_array_equal(in_custody, youth | adult)
    assert age[in_custody].min() >= 12
    assert age[youth].max() < 18 <= age[adult].min()
    delay = (disposals.on - offences.on[disposals.offence])[disposals.rank == 1]
    sentenced = guilty[: len(delay)]
    # Mean of five months; the tail of a lognormal makes its mean uncertain.
    assert delay[sentenced].mean() == pytest.approx(5 * YEAR / 12, rel=0.05)


def test_custody_of_the_young_is_a_dial_of_its_own(often):
    offences, setting = often.justice.offences, often.setting
    age = (offences.on - setting.people.birth[offences.child]) / YEAR
    share = {}
    for young in (0.0, 1.6):
        made = replace(setting, dials=replace(setting.dials, custody_young=young))
        disposals = make_disposals(made, often.lines, offences)
        custody = disposals.sentence_days[: len(age)] >= 0
        share[young] = [custody[age < 17].mean(), custody[age >= 17].mean()]
    assert share[1.6][1] == share[0.0][1]
    assert share[1.6][0] > 2.5 * share[0.0][0]


def test_serious_violence_is_older_and_more_often_male(often):
    offences, people = often.justice.offences, often.setting.people
    assert np.all(np.char.startswith(offences.group[offences.kind < SERIOUS], ("0")))
    serious = np.unique(offences.group[offences.is_serious])
    assert [name[:2] for name in serious] == ["01", "03", "07"]
    age = (offences.on - people.birth[offences.child]) / YEAR
    share = [offences.is_serious[(age >= a) & (age < a + 2)].mean() for a in (10, 12, 14)]
    assert share[0] < share[1] < share[2]
    male = people.is_male[offences.child]
    assert offences.is_serious[male].mean() > 1.5 * offences.is_serious[~male].mean()


def test_each_offence_is_of_a_class_of_its_group(often):
    offences = often.justice.offences
    found = offence_classes(often.setting.block, offences)
    for group in GROUPS:
        mine = found[offences.group == group]
        assert set(mine) <= set(CLASSES[group[:2]])
    of_two = CLASSES["11"]
    counted = np.array([(found == name).sum() for name in of_two])
    expected = counted.sum() * np.array(list(of_two.values())) / 100
    assert ((counted - expected) ** 2 / expected).sum() < 15  # 1 degree of freedom


def test_remand_is_of_children_under_the_law_and_one_at_a_time(often):
    dials = replace(often.setting.dials, remand_share=0.3)
    setting = replace(often.setting, dials=dials)
    spells = remands(setting, often.justice)
    people = setting.people
    assert len(spells.child) > 200
    assert spells.start.min() >= day(2012, 12, 3)
    assert np.all(spells.start < birthday(people.birth[spells.child], 18))
    assert np.all(spells.end <= birthday(people.birth[spells.child], 18))
    assert np.all(spells.end > spells.start)
    order = np.lexsort((spells.start, spells.child))
    same = np.diff(spells.child[order]) == 0
    assert np.all(spells.start[order][1:][same] >= spells.end[order][:-1][same])
    assert np.all(spells.kind == 3)
