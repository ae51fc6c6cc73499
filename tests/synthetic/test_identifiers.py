"""Identifiers: visibly invented, one for each child, traps where real ones have them."""

import numpy as np
import pytest

from cws_outcomes.synthetic.blocks import blocks
from cws_outcomes.synthetic.days import NEVER, day
from cws_outcomes.synthetic.identifiers import (
    LaChildIds,
    make_references,
    numbered,
    own_number,
    person_ids,
    pupil_references,
)
from cws_outcomes.synthetic.people import make_people


@pytest.fixture(scope="module")
def two_blocks(england):
    dials = england.planted.dials
    made = list(england.blocks())[:2]
    return [(one, make_people(one, england.places, england.schools, dials)) for one in made]


def test_references_are_synthetic_and_all_different():
    numbers = np.concatenate([np.arange(20_000), 50_000_000 + np.arange(20_000)])
    found = pupil_references(numbers, 123_456_789)
    assert len(np.unique(found)) == len(found)
    assert {len(one) for one in found[:50]} == {18}
    assert all(one.startswith("SYNTHETIC") and one[9:].isalpha() for one in found[:500])


def test_four_references_differ_only_in_case():
    found = pupil_references(np.arange(400), 5)
    folded = np.char.upper(found).reshape(100, 4)
    assert (folded == folded[:, :1]).all()
    assert len(np.unique(folded)) == 100


def test_whoever_folds_the_case_joins_strangers(two_blocks):
    block, people = two_blocks[0]
    never = np.full(people.count, NEVER, dtype=np.int32)
    references = make_references(block, people, never).first[:1_000]
    known = np.flatnonzero(references != "")
    _, group = np.unique(np.char.upper(references[known]), return_inverse=True)
    for one in range(20):
        rows = known[group == one]
        assert len(rows) > 1
        assert len(np.unique(people.family[rows])) == len(rows)


def test_a_reference_belongs_to_the_number_of_the_child_alone(two_blocks):
    """The same children in a block of their own have the same references."""
    block, people = two_blocks[1]
    adoption = np.full(people.count, NEVER, dtype=np.int32)
    adoption[:3] = people.birth[:3] + 365
    references = make_references(block, people, adoption)
    everything = np.concatenate([references.first, references.second[:3]])
    everything = everything[everything != ""]
    assert len(np.unique(everything)) == len(everything)
    assert (references.first[:3] == "").all()  # not yet at school when adopted
    child = np.array([0, 0, 9])
    on = np.array([adoption[0] - 1, adoption[0], 0])
    assert list(references.on(child, on)) == ["", references.second[0], references.first[9]]


def test_of_those_adopted_at_school_age_a_share_keeps_its_reference(two_blocks):
    block, people = two_blocks[0]
    adoption = (people.birth + 8 * 365).astype(np.int32)
    adoption[:100] = people.birth[:100] + 365
    references = make_references(block, people, adoption, kept_share=0.7)
    known = references.second != ""
    keeps = references.first == references.second
    assert keeps[known & (np.arange(block.size) >= 100)].mean() == pytest.approx(0.7, abs=0.02)
    assert not keeps[:100][known[:100]].any()
    assert np.array_equal(references.change[known] == NEVER, keeps[known])


def test_a_child_not_yet_at_school_has_no_reference(england):
    dials = england.planted.dials
    block = next(blocks(1, 8_000, 0.06, (2010, 2018)))
    people = make_people(block, england.places, england.schools, dials)
    never = np.full(people.count, NEVER, dtype=np.int32)
    has = make_references(block, people, never).first != ""
    young = people.birth >= day(2015, 9, 1)
    assert young.any()
    assert not has[young].any()
    assert not has[block.pupils :].any()
    old = (people.birth_year <= 2012) & (np.arange(people.count) < block.pupils)
    assert has[old & (people.arrival < people.birth)].mean() > 0.97
    assert not has[old & (people.present_until < people.birth + 4 * 365)].any()


def test_ids_of_an_authority_are_its_own_and_recur_elsewhere_for_strangers(two_blocks):
    codes = ("301", "837", "801", "839")
    child = np.concatenate([block.child for block, _ in two_blocks])
    ids = {
        code: np.concatenate(
            [
                LaChildIds.of(block).of_rows(np.arange(block.size), np.full(block.size, code))
                for block, _ in two_blocks
            ]
        )
        for code in codes
    }
    assert all(len(np.unique(found)) == len(child) for found in ids.values())
    assert all(np.char.startswith(found, "SYNLA").all() for found in ids.values())
    # The id of a merged authority is another one: nobody keeps it over a reorganisation.
    for one, other in (("301", "801"), ("837", "839")):
        _, mine, theirs = np.intersect1d(ids[one], ids[other], return_indices=True)
        assert len(mine) > 10_000
        assert (child[mine] != child[theirs]).all()


def test_numbers_have_no_gap_between_pupils_and_others(two_blocks):
    numbers = np.concatenate([own_number(block) for block, _ in two_blocks])
    assert len(np.unique(numbers)) == len(numbers)
    assert numbers.max() < 2 * 40_000


def test_persons_ids_are_synthetic_and_all_different():
    found = person_ids(np.arange(50_000))
    assert len(np.unique(found)) == len(found)
    assert found[0].startswith("SYNMOJ")


def test_numbered_pads_with_zeros():
    assert list(numbered("SYN", np.array([0, 42, 123_456]), 6)) == [
        "SYN000000", "SYN000042", "SYN123456",
    ]  # fmt: skip
    assert len(numbered("SYN", np.array([], dtype=np.int64), 6)) == 0
