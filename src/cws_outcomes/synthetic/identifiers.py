"""Identifiers that nobody can take for real ones."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import NEVER, Days, Text, Whole
from cws_outcomes.synthetic.draws import Streams
from cws_outcomes.synthetic.people import People
from cws_outcomes.synthetic.places import MERGE_2019, SPLIT_2009, Places, code_on

_LETTERS = 9
_STEMS = 26**_LETTERS


def pupil_references(numbers: Whole, offset: int) -> Text:
    """
    18-character references, "SYNTHETIC" and nine letters, one per number.

    Four numbers in a row share their letters and differ only in case, so that whoever folds the
    case of a reference joins strangers.
    """
    stem = (numbers // 4 * 2_599_052_359_009 + offset) % _STEMS
    letters = np.empty((len(numbers), _LETTERS), dtype=np.uint8)
    for position in range(_LETTERS):
        letters[:, position] = stem % 26
        stem = stem // 26
    lower = (letters % 2) == (np.arange(_LETTERS) % 2)
    lower[:, 3] ^= (numbers % 2) == 1
    lower[:, 6] ^= (numbers // 2 % 2) == 1
    codes = letters + np.where(lower, ord("a"), ord("A")).astype(np.uint8)
    tail = np.ascontiguousarray(codes).view(f"S{_LETTERS}").ravel().astype(f"U{_LETTERS}")
    found: Text = np.char.add("SYNTHETIC", tail)
    return found


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


def make_references(people: People, adoption: Days, streams: Streams) -> References:
    """Give each pupil a reference; before school age an adopted child has only the later one."""
    stream = streams("references")
    adopted = np.flatnonzero(adoption[: people.pupils] < NEVER)
    number = stream.permutation(people.pupils + len(adopted)).astype(np.int64)
    all_references = pupil_references(number, int(stream.integers(0, _STEMS)))
    first = np.zeros(people.count, dtype="U18")
    first[: people.pupils] = all_references[: people.pupils]
    second = first.copy()
    second[adopted] = all_references[people.pupils :]
    at_school = people.birth + 4 * 366 < adoption
    first = np.where((adoption < NEVER) & ~at_school, "", first)
    return References(first, second, adoption)


@dataclass(frozen=True)
class LaChildIds:
    """Ids of children within an authority, counted from 1 in each: the same ids recur elsewhere."""

    codes: Text
    pairs: Whole
    width: int

    @classmethod
    def of(cls, people: People, places: Places) -> "LaChildIds":
        """Ids of all children in all authorities they live in, under all codes these ever had."""
        child = np.arange(people.count)
        moved = np.flatnonzero(people.move < NEVER)
        who = np.concatenate([child, moved])
        home = np.concatenate([people.first_home, people.second_home[moved]])
        la = places.neighbourhood_la[home]
        code = np.concatenate([code_on(places, la, on) for on in (0, SPLIT_2009, MERGE_2019)])
        codes, row = np.unique(code, return_inverse=True)
        pairs = np.unique(row.astype(np.int64) * people.count + np.tile(who, 3))
        return cls(codes, pairs, people.count)

    def of_rows(self, child: Whole, la_code: Text) -> Text:
        """Id of each child in the authority of that code."""
        code = np.searchsorted(self.codes, la_code).astype(np.int64)
        first = np.searchsorted(self.pairs, code * self.width)
        rank = np.searchsorted(self.pairs, code * self.width + child) - first + 1
        return numbered("SYNLA", rank, 5)


def numbered(prefix: str, number: Whole, width: int) -> Text:
    """Ids such as SYNMOJ000001."""
    if not len(number):
        return np.empty(0, dtype=f"U{len(prefix) + width}")
    found: Text = np.char.add(prefix, np.char.zfill(number.astype("U12"), width))
    return found


def blanked(references: Text, key: Text, share: float, streams: Streams, topic: str) -> Text:
    """Blank a share of the references, but never all those of one key: they can be filled."""
    order = np.lexsort((np.arange(len(key)), key))
    last = np.zeros(len(key), dtype=np.bool_)
    if len(key):
        last[order] = np.append(key[order][1:] != key[order][:-1], True)
    blank = ~last & (streams(topic).random(len(key)) < share)
    found: Text = np.where(blank, "", references)
    return found
