"""Results of pupils: marks and levels, the nesting of grades, the trial, what acts on them."""

from dataclasses import replace

import numpy as np
import pytest
from support.school_lives import always, schooled, setting_of

from cws_outcomes.synthetic.attainment import Attainment, make_attainment, points_of
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.schools import CONTROL, NO_TRIAL, TREATED
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.shapes.attainment import KEY_STAGE_2_LEVELS, level_of
from cws_outcomes.synthetic.timeline import CIN, CLA


def results(setting: Setting, state: int | None = None) -> Attainment:
    return make_attainment(setting, always(setting, state), schooled(setting, state))


@pytest.fixture(scope="module")
def setting() -> Setting:
    return setting_of(Dials(), 12_000)


@pytest.fixture(scope="module")
def found(setting) -> Attainment:
    return results(setting)


def test_points_and_levels_of_marks():
    assert points_of(np.array([0, 25, 50]), 50).tolist() == [15.0, 27.0, 39.0]
    names = [KEY_STAGE_2_LEVELS[place] for place in level_of(np.array([-1, 0, 6, 11, 19, 33]), 50)]
    assert names == [None, "N", "2", "3", "4", "5"]
    marks = np.arange(101)
    assert (np.diff(level_of(marks, 100)) >= 0).all()


def test_marks_are_within_the_test_and_make_the_points(found):
    stage = found.key_stage_2
    sat = stage.reading >= 0
    assert stage.reading[sat].max() == 50
    assert stage.maths[sat].max() <= 100
    mean = (points_of(stage.reading[sat], 50) + points_of(stage.maths[sat], 100)) / 2
    assert np.allclose(stage.points[sat], mean, atol=0.051)
    assert np.isnan(stage.points[~sat]).all()
    assert set(stage.census[~sat]) == {2010}
    # The prior is the same points, for pupils of boycotting schools too.
    assert np.allclose(found.prior[stage.pupil[sat]], (stage.points[sat] - 27) / 4)


def test_tests_are_correlated_with_earlier_ones_at_about_seven_tenths(found):
    later, earlier = found.key_stage_2, found.key_stage_1
    score = np.full(len(found.prior), np.nan)
    score[earlier.pupil] = earlier.scores.mean(axis=1)
    both = later.reading >= 0
    pair = np.stack([score[later.pupil[both]], later.points[both]])
    pair = pair[:, ~np.isnan(pair[0])]
    assert 0.62 < np.corrcoef(pair)[0, 1] < 0.8


def test_grades_are_nested(found):
    stage = found.key_stage_4
    for higher, lower in (
        (stage.has_level_2, stage.has_basics),
        (stage.has_basics, stage.has_level_1),
        (stage.has_level_1, stage.has_any_pass),
    ):
        assert not (higher & ~lower).any()
        assert higher.mean() < lower.mean()
    assert (stage.attainment_8[~stage.has_any_pass] == 0).all()
    assert stage.attainment_8[stage.has_basics].min() > 25
    assert stage.attainment_8.max() <= 90


def test_contact_lowers_results(setting, found):
    for state in (CIN, CLA):
        known = results(setting, state)
        assert known.prior.mean() < found.prior.mean() - 0.2
        assert known.key_stage_4.has_basics.mean() < found.key_stage_4.has_basics.mean() - 0.2


def test_without_planted_effects_contact_lowers_nothing():
    none = {"test_state": {}, "basics_state": {}, "basics_later_state": {}}
    # Needs and enrolment are held as they are: only the results are made again.
    setting = setting_of(replace(Dials(), **none), 2_000)
    schooling = schooled(setting)
    without, within = (
        make_attainment(setting, always(setting, state), schooling) for state in (None, CLA)
    )
    assert (without.prior == within.prior).all()
    assert (without.key_stage_4.attainment_8 == within.key_stage_4.attainment_8).all()


def test_the_trial_raises_points_of_treated_pupils_in_need_by_the_dial():
    dials = replace(Dials(), trial_share=0.9, trial_effect=0.3)
    setting = setting_of(dials, 12_000)
    schooling, lines = schooled(setting, CIN), always(setting, CIN)
    with_it = make_attainment(setting, lines, schooling)
    without = make_attainment(
        replace(setting, dials=replace(dials, trial_effect=0.0)), lines, schooling
    )
    pupils = np.arange(setting.people.pupils)
    arm = setting.schools.arm[setting.people.attendance.school(pupils, np.full(len(pupils), 6))]
    gain = with_it.prior - without.prior
    assert (gain[arm == CONTROL] == 0).all()
    assert (gain[arm == NO_TRIAL] == 0).all()
    # In SDs of points, of all pupils alike; a few marks are cut off at the full number.
    effect = gain[arm == TREATED].mean() / without.prior.std()
    assert effect == pytest.approx(0.3, rel=0.12)
    nobody = make_attainment(setting, always(setting, None), schooling)
    same = make_attainment(
        replace(setting, dials=replace(dials, trial_effect=0.0)), always(setting, None), schooling
    )
    assert (nobody.prior == same.prior).all()


def test_schools_differ_in_tests(setting, found):
    stage = found.key_stage_2
    sat = stage.reading >= 0
    school = setting.people.attendance.school(stage.pupil[sat], np.full(int(sat.sum()), 6))
    effect = setting.schools.attainment_effect[school]
    slope = np.polyfit(effect, found.prior[stage.pupil[sat]], 1)[0]
    assert slope == pytest.approx(1.1, abs=0.3)
