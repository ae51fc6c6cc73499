"""Identifiers that nobody can take for real ones, each made of its child's own number."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.attendance import enrolled
from cws_outcomes.synthetic.blocks import FIRST_OUTSIDE, Block
from cws_outcomes.synthetic.days import NEVER, Days, Text, Whole
from cws_outcomes.synthetic.draws import Streams
from cws_outcomes.synthetic.people import People
from cws_outcomes.synthetic.school_year import LAST_YEAR, SchoolYear

_LETTERS = 9
_STEMS = 26**_LETTERS
_STRIDE = 99_990_000_001
"""Has no factor in common with the number of stems; numbers under 10^8 do not overflow."""

_SECOND = 50_000_000
"""Added to a child's number for the reference after its adoption."""

LAST_CENSUS = LAST_YEAR - 1

LA_ID_DIGITS, PERSON_DIGITS = 8, 9


def pupil_references(numbers: Whole, offset: int) -> Text:
    """
    18-character references, "SYNTHETIC" and nine letters, one per number.

    Four numbers in a row share their letters and differ only in case, so that whoever folds the
    case of a reference joins strangers.
    """
    stem = (numbers // 4 * _STRIDE + offset) % _STEMS
    letters = np.empty((len(numbers), _LETTERS), dtype=np.uint32)
    for position in range(_LETTERS):
        letters[:, position] = stem % 26
        stem = stem // 26
    lower = (letters % 2) == (np.arange(_LETTERS) % 2)
    lower[:, 3] ^= (numbers % 2) == 1
    lower[:, 6] ^= (numbers // 2 % 2) == 1
    return _joined("SYNTHETIC", letters + np.where(lower, ord("a"), ord("A")).astype(np.uint32))


def _joined(prefix: str, codes: np.ndarray) -> Text:
    """Text of a prefix and one row of characters each: by far faster than joining strings."""
    row = np.empty((len(codes), len(prefix) + codes.shape[1]), dtype=np.uint32)
    row[:, : len(prefix)] = [ord(letter) for letter in prefix]
    row[:, len(prefix) :] = codes
    found: Text = row.view(f"U{row.shape[1]}").ravel()
    return found


def numbered(prefix: str, number: Whole, width: int) -> Text:
    """Ids such as SYNMOJ000001; a number of more digits than ``width`` loses the first ones."""
    digits = number[:, None] // 10 ** np.arange(width - 1, -1, -1, dtype=np.int64) % 10
    return _joined(prefix, (digits + ord("0")).astype(np.uint32))


@dataclass(frozen=True)
class References:
    """Pupil references of each child; an adopted child has another one from the order on."""

    first: Text
    second: Text
    change: Days

    def on(self, child: Whole, days: Days | int) -> Text:
        """Reference under which each child is known on a day; empty where it has none."""
        found: Text = np.where(self.change[child] <= days, self.second[child], self.first[child])
        return found


def _apart(child: Whole) -> Whole:
    """Numbers such that four in a row are no neighbours: brothers and sisters are."""
    hundreds, place = child // 100 * 100, child % 100
    return hundreds + place % 25 * 4 + place // 25


def make_references(
    block: Block, people: People, adoption: Days, kept_share: float = 0.0
) -> References:
    """
    Give each pupil a reference; before school age an adopted child has only the later one.

    A child who is in no school by the last census (too young yet, or gone before) has none. Of the
    children adopted at school age a share keeps the reference it has.
    """
    offset = int(Streams(block.seed)("references").integers(0, _STEMS))
    number = _apart(block.child[: block.pupils])
    pupils = np.zeros(block.size, dtype=np.bool_)
    pupils[: block.pupils] = True
    at_school = pupils & _ever_at_school(people)
    first, second = np.zeros((2, block.size), dtype="U18")
    first[: block.pupils] = pupil_references(number, offset)
    second[: block.pupils] = pupil_references(number + _SECOND, offset)
    is_young = people.birth + 4 * 366 >= adoption
    keeps = ~is_young & (block.noise.uniform("kept reference") < kept_share)
    change = np.where(keeps, NEVER, adoption).astype(np.int32)
    known = at_school & ~((change < NEVER) & is_young)
    return References(
        np.where(known, first, ""),
        np.where(at_school, np.where(change < NEVER, second, first), ""),
        change,
    )


def _ever_at_school(people: People) -> np.ndarray:
    """Whether each child is at school, and in England, on the day of any census."""
    found = np.zeros(people.count, dtype=np.bool_)
    for census in range(int(people.birth_year.min()) + 6, LAST_CENSUS + 1):
        year = SchoolYear(census)
        here = (people.present_from <= year.census_day) & (people.present_until > year.census_day)
        found |= here & enrolled(people.attendance, people.birth_year, year)
    return found


def own_number(block: Block) -> Whole:
    """One number for each child of a block, without a gap between pupils and others."""
    outside = block.child >= FIRST_OUTSIDE
    found: Whole = np.where(outside, 2 * (block.child - FIRST_OUTSIDE) + 1, 2 * block.child)
    return found


@dataclass(frozen=True)
class LaChildIds:
    """
    Ids of children within an authority.

    Under each code that an authority ever had, a child's number is shifted by another amount: no
    two children share an id there, but the ids of one authority recur in others, for strangers.
    """

    number: Whole

    @classmethod
    def of(cls, block: Block) -> "LaChildIds":
        """Ids of the children of a block."""
        return cls(own_number(block))

    def of_rows(self, child: Whole, la_code: Text) -> Text:
        """Id of each child in the authority of that code."""
        codes, row = np.unique(la_code, return_inverse=True)
        shift = 2 * codes.astype(np.int64)[row] if len(codes) else np.zeros(0, dtype=np.int64)
        return numbered("SYNLA", self.number[child] + shift, LA_ID_DIGITS)


def person_ids(number: Whole) -> Text:
    """Ids of persons on the police national computer, of numbers under 10^9 that are theirs."""
    scrambled = (number * 387_420_489 + 123_456_789) % 10**PERSON_DIGITS
    return numbered("SYNMOJ", scrambled, PERSON_DIGITS)


def blanked(references: Text, key: Text, share: float, streams: Streams, topic: str) -> Text:
    """Blank a share of the references, but never all those of one key: they can be filled."""
    order = np.lexsort((np.arange(len(key)), key))
    last = np.zeros(len(key), dtype=np.bool_)
    if len(key):
        last[order] = np.append(key[order][1:] != key[order][:-1], True)
    blank = ~last & (streams(topic).random(len(key)) < share)
    found: Text = np.where(blank, "", references)
    return found
