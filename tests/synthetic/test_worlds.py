"""Worlds load, say what they are for, and name every slip of a file at once."""

from dataclasses import fields
from pathlib import Path

import pytest

from cws_outcomes.errors import ConfigError
from cws_outcomes.synthetic import worlds
from cws_outcomes.synthetic.dials import Dials

BUILT_IN = {
    "default", "null", "plain", "randomised", "feedback", "confounded", "unconfounded", "trial",
}  # fmt: skip


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_built_in_world_loads_and_says_what_it_is_for():
    assert set(worlds.names()) == BUILT_IN
    loaded = [worlds.load(name) for name in worlds.names()]
    assert all(len(world.description) > 40 for world in loaded)
    # Worlds that plant the same could not be told apart in anybody's results.
    planted = [sorted(map(str, worlds.overridden(world.dials).items())) for world in loaded]
    assert all(planted.count(one) == 1 for one in planted)


def test_the_default_world_overrides_nothing():
    assert worlds.load("default").dials == Dials()


def test_the_null_world_has_no_effect_of_any_state_on_anything():
    dials = worlds.load("null").dials
    effects = [field.name for field in fields(Dials) if field.name.endswith("_state")]
    assert effects
    assert not [name for name in effects if any(getattr(dials, name).values())]


def test_a_file_overrides_levels_and_keeps_the_others(tmp_path):
    path = written(tmp_path, "description: one state only\ndials:\n  offence_state: {cla: 1.5}\n")
    world = worlds.load(path)
    assert world.name == "mine"
    assert world.dials.offence_state == {**Dials().offence_state, "cla": 1.5}
    assert worlds.overridden(world.dials) == {"offence_state": world.dials.offence_state}


def test_one_number_stands_for_all_levels(tmp_path):
    path = written(tmp_path, "description: nothing\ndials: {offence_state: 0}\n")
    assert set(worlds.load(path).dials.offence_state.values()) == {0.0}


def test_every_slip_is_named(tmp_path):
    path = written(
        tmp_path,
        "description: slips\n"
        "dials:\n"
        "  offense_male: 1\n"
        "  offence_male: high\n"
        "  offence_state: {cla: 1, lac: 2}\n"
        "  nfa_share: 12\n"
        "  offence_level: .nan\n",
    )
    with pytest.raises(ConfigError) as caught:
        worlds.load(path)
    told = str(caught.value)
    assert "dials.offense_male: there is no such dial; perhaps offence_male" in told
    assert "dials.offence_male: expected a number" in told
    assert "dials.offence_state.lac: unknown level" in told
    assert "dials.nfa_share: expected a share from 0 to 1" in told
    assert "dials.offence_level: expected a number" in told


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("[1, 2]\n", "expected the keys description and dials"),
        ("dials: {}\n", "description: expected"),
        ("description: x\nworld: {}\n", "world: unknown key"),
        ("description: x\ndials: [1]\n", "dials: expected"),
        ("description: x\ndescription: y\n", "stands twice"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused(tmp_path, text, slip):
    with pytest.raises(ConfigError, match=slip):
        worlds.load(written(tmp_path, text))


@pytest.mark.parametrize("name", ["defualt", "nowhere.yaml", "/etc"])
def test_an_unknown_world_is_answered_with_those_that_exist(name):
    with pytest.raises(ConfigError, match=r"default, .*null"):
        worlds.load(name)
