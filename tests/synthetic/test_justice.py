"""Offending: the planted hazard, shared luck, what the courts do, who is found among pupils."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cws_outcomes.synthetic.blocks import SIX_COHORTS
from cws_outcomes.synthetic.contact import Caseload
from cws_outcomes.synthetic.days import NEVER, YEAR, birthday, day
from cws_outcomes.synthetic.dials import ETHNIC_GROUPS, STATES, Dials
from cws_outcomes.synthetic.justice import BASELINE, EXTRACT_END, JusticeLife, remands
from cws_outcomes.synthetic.linkage import LINKED, MISSED, link
from cws_outcomes.synthetic.offending import SERIOUS
from cws_outcomes.synthetic.order import Order
from cws_outcomes.synthetic.people import make_people
from cws_outcomes.synthetic.policy import AS_IS, POLICIES
from cws_outcomes.synthetic.school_year import school_years
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.shapes.offences import PERSONS, ROWS, offence_table
from cws_outcomes.synthetic.tally import Tally
from cws_outcomes.synthetic.timeline import overlay
from cws_outcomes.synthetic.trouble import Trouble
from cws_outcomes.synthetic.worlds import Planted

PUPILS = 20_000


def settled(dials: Dials, policy=AS_IS) -> Setting:
    order = Order(PUPILS, 24, 11, SIX_COHORTS, Planted("test", "test", dials))
    block = next(order.blocks())
    people = make_people(block, order.places, order.schools, dials)
    return Setting(block, order.places, order.schools, people, dials, policy)


def lived(setting: Setting, trouble: Trouble | None = None) -> SimpleNamespace:
    """Contact and offending without schools; the same trouble every year."""
    caseload, justice = Caseload(setting), JusticeLife(setting)
    trouble = trouble or Trouble.none(setting.block.size)
    drawn = []
    for year in school_years(SIX_COHORTS[0]):
        caseload.advance(year, Trouble.none(setting.block.size))
        offenders = justice.advance(year, caseload.lines(year), trouble)
        assert np.all((offenders.on >= year.first) & (offenders.on < year.after))
        caseload.refer_offenders(year, offenders)
        drawn.append(offenders)
    contact, lines = caseload.finished()
    return SimpleNamespace(
        setting=setting, contact=contact, lines=lines, justice=justice.finished(lines), drawn=drawn
    )


@pytest.fixture(scope="module")
def often() -> SimpleNamespace:
    """Offending is made eight times as common, so that a second of test can see its effects."""
    dials = replace(Dials(), offence_level=8 * Dials().offence_level)
    return lived(settled(dials))


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


class Named:
    """References that name the row of their child."""

    def on(self, child, days):
        return np.char.add("SYNTHETIC", child.astype("U9"))


def seen(life: SimpleNamespace, **dials: object) -> SimpleNamespace:
    """What the observation layer needs to know of a world."""
    setting = life.setting
    return SimpleNamespace(
        block=setting.block,
        streams=setting.block.streams,
        dials=replace(setting.dials, **dials),
        people=setting.people,
        justice=life.justice,
        references=Named(),
        tally=Tally(),
    )


def counts(tally: Tally, of: str) -> dict[str, int]:
    return {dial: count for dial, what, count in tally.rows() if what == of}


FATES = ("linked", "outside_school_share", "missed_link_share", "false_link_share")


def test_every_person_and_every_row_has_one_fate(often):
    world = seen(often, false_link_share=0.05, shared_id_share=0.02)
    table = offence_table(world)
    persons, rows = counts(world.tally, PERSONS), counts(world.tally, ROWS)
    offences, disposals = often.justice.offences, often.justice.disposals
    delivered = disposals.on < EXTRACT_END
    there = np.unique(offences.child[disposals.offence[delivered]])
    assert sum(persons[fate] for fate in FATES) == len(there)
    assert sum(rows[fate] for fate in FATES) + rows["never_schooled_share"] == len(table)
    assert rows["extract_end"] == (~delivered).sum()
    # Rows with a reference are those of linked persons that are not blanked.
    named = table["PupilMatchingRefAnonymous"].ne("").sum()
    assert named == (
        rows["linked"] + rows["false_link_share"] - rows["blank_offence_reference_share"]
    )
    dated = table["offencestartdate"]
    assert dated.is_null().sum() == rows["abroad_offence_share"]
    assert (dated.dt.year() == 1900).sum() == rows["undated_offence_share"]
    assert table["mojuid"].n_unique() >= len(there) + persons["never_schooled_share"] - (
        persons["shared_id_share"] // 2
    )


def test_missed_links_follow_their_odds(often):
    odds = {"mixed": 0.0, "black": 2.0, "asian": 2.0, "other": 2.0}
    linkage = link(seen(often, missed_link_ethnicity=odds, missed_link_moved=0.0))
    people, pupils = often.setting.people, often.setting.block.pupils
    mine = linkage.child < pupils
    missed, group = linkage.fate[mine] == MISSED, people.group[linkage.child[mine]]
    for plain, expected in ((group <= 1, 0.13), (group > 1, 1 / (1 + 0.87 / 0.13 / np.exp(2)))):
        spread = np.sqrt(expected * (1 - expected) / plain.sum())
        assert abs(missed[plain].mean() - expected) < 4 * spread
    assert np.all(linkage.reference[linkage.fate == MISSED] == "")


def test_nobody_is_missed_where_the_dials_say_so(often):
    none = dict.fromkeys(("missed_link_share", "false_link_share", "shared_id_share"), 0.0)
    linkage = link(seen(often, **none))
    pupils = linkage.child < often.setting.block.pupils
    assert np.all(linkage.fate[pupils] == LINKED)
    np.testing.assert_array_equal(
        linkage.reference[pupils], Named().on(linkage.child[pupils], None)
    )
    assert np.all(linkage.reference[~pupils] == "")
    assert not linkage.is_shared.any()


def test_a_false_link_names_another_pupil_of_the_same_sex(often):
    linkage = link(seen(often, missed_link_share=0.0, false_link_share=1.0))
    people, pupils = often.setting.people, often.setting.block.pupils
    child = linkage.child[linkage.child < pupils]
    named = np.char.replace(linkage.reference[linkage.child < pupils], "SYNTHETIC", "").astype(int)
    assert np.all(named != child)
    assert np.all(named < pupils)
    assert np.mean(people.is_male[named] == people.is_male[child]) > 0.999
    assert np.median(np.abs(people.birth[named] - people.birth[child])) < 7


def test_justice_ids_are_no_two_alike_and_in_no_order(often):
    linkage = link(seen(often, shared_id_share=0.0))
    assert len(np.unique(linkage.own)) == len(linkage.child)
    np.testing.assert_array_equal(linkage.own, linkage.number)
    assert 0.45 < np.mean(np.diff(linkage.own) > 0) < 0.65
    shared = link(seen(often, shared_id_share=0.05))
    assert shared.is_shared.sum() == 2 * (len(shared.child) - len(np.unique(shared.number))) > 0
