"""Within a spell of care: legal status, placements and their changes, and why the spell ended."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.care import AGREED_BREAK, CARE, REMAND, SINGLE_BREAK
from cws_outcomes.synthetic.cases import bands
from cws_outcomes.synthetic.days import YEAR, Days, Flags, Real, Text, Whole, birthday, day
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.noise import Noise
from cws_outcomes.synthetic.people import People
from cws_outcomes.synthetic.records import CareSpells

# Codes: DATA_MODEL 9.7. Shares by age at the start of the spell: legal status so that all starts
# are as published (CALIBRATION F071), placements so that children on 31 March are (F073).
FIRST_LEGAL: Mapping[str, Mapping[str, float]] = {
    "infant": {"V2": 49, "C1": 41, "L1": 7, "L2": 3},
    "early": {"V2": 52, "C1": 31, "L1": 14, "L2": 3},
    "primary": {"V2": 51, "C1": 32, "L1": 15, "L2": 2},
    "secondary": {"V2": 64, "C1": 19, "L1": 15, "L2": 2},
    "sixteen": {"V2": 89, "C1": 5, "L1": 6},
}
PLACES: Mapping[str, Mapping[str, float]] = {
    "infant": {"U6": 72, "U4": 4, "U3": 10, "P1": 6, "R3": 5, "U2": 3},
    "early": {"U6": 73, "U4": 6, "U3": 12, "P1": 8, "Z1": 1},
    "primary": {"U6": 64, "U4": 14, "U1": 6, "U3": 7, "P1": 5, "K2": 3, "S1": 1},
    "secondary": {"U6": 57, "U4": 15, "U1": 6, "U3": 3, "P1": 4, "K2": 11, "S1": 2, "Z1": 2},
    "sixteen": {"U6": 42, "U4": 10, "U3": 3, "P1": 4, "K2": 12, "H5": 15, "P2": 11, "Z1": 3},
}
LEAVERS = {"E5": 28, "E6": 16, "E17": 20, "E7": 8, "E8": 28}
"""Reasons at the 18th birthday; staying put (E17) is told from 2014 on, before it is other."""
STAYING_PUT_FROM = day(2014, 4, 1)

# Other exits by length of stay and age: home, guardianship, residence order, custody, other.
EXITS_SHORT = {"E4A": 54, "E4B": 18, "E46": 4, "E13": 6, "E41": 2, "E8": 16}
EXITS_YOUNG = {"E4A": 23, "E4B": 4, "E45": 28, "E46": 28, "E41": 9, "E13": 4, "E8": 5}
EXITS_OLDER = {"E4A": 50, "E4B": 17, "E45": 8, "E46": 6, "E41": 3, "E13": 4, "E9": 6, "E8": 6}
CUSTODY_AGE = 14
GUARDIANSHIP_CODES_FROM = day(2014, 4, 1)
"""Before it special guardianship had other codes: E43 and E44 for E45 and E46."""

PROTECTION_DAYS = 3
"""Police protection lasts 72 hours."""

# Of a stay that ends in adoption: a placement order after 9 of 29 months, placed after 20 (F092).
PLACEMENT_ORDER, ADOPTIVE_PLACEMENT = 9 / 29, 20 / 29

SHORT_STAY = 60
MOST_MOVES = 40


@dataclass(frozen=True)
class Episodes:
    """One row per episode: its spell, days and codes; sorted by spell and day."""

    spell: Whole
    start: Days
    end: Days
    legal: Text
    placement: Text
    reason_new: Text
    reason_ceased: Text
    is_first: Flags


@dataclass(frozen=True)
class _Changes:
    """Days on which something in a spell changes, and the code from then on."""

    spell: Whole
    on: Days
    code: Text

    @classmethod
    def stacked(cls, parts: list["_Changes"]) -> "_Changes":
        """All changes of several tables."""
        return cls(
            np.concatenate([p.spell for p in parts]),
            np.concatenate([p.on for p in parts]).astype(np.int32),
            np.concatenate([p.code for p in parts]),
        )


class _Spells:
    """Spells of care with what placements depend on, and the luck of each."""

    def __init__(self, care: CareSpells, people: People, noise: Noise) -> None:
        self.care, self.people, self._noise = care, people, noise
        self.size = len(care.child)
        self.age = (care.start - people.birth[care.child]) / YEAR
        self.length = care.end - care.start
        # Place of each spell in the child's life: the step of its noise.
        order = np.lexsort((care.start, care.child))
        first = np.searchsorted(care.child[order], care.child[order], side="left")
        self._step = np.empty(self.size, dtype=np.int64)
        self._step[order] = np.arange(self.size) - first
        self.is_followed = np.zeros(self.size, dtype=np.bool_)
        same = care.child[order][1:] == care.child[order][:-1]
        soon = care.start[order][1:] < care.end[order][:-1] + 2 * 365
        same_case = care.referral[order][1:] == care.referral[order][:-1]
        self.is_followed[order[:-1]] = same & soon & same_case & (care.kind[order][:-1] == CARE)
        adult = care.end == birthday(people.birth, 18)[care.child]
        self.is_lasting = care.is_adopted | adult & (self.length > YEAR)

    def uniform(self, topic: str, rows: Whole, turn: int = 0) -> Real:
        """Each spell's number between 0 and 1."""
        step = self._step[rows] * (MOST_MOVES + 1) + turn
        return self._noise.uniform(f"care {topic}", step, self.care.child[rows])

    def picked(self, topic: str, rows: Whole, weights: Mapping[str, float], turn: int = 0) -> Text:
        """A code for each spell, by the weights."""
        share = np.array(list(weights.values()), dtype=np.float64)
        edges = np.cumsum(share / share.sum())[:-1]
        labels = np.array(list(weights), dtype="U3")
        draw = self.uniform(topic, rows, turn)
        found: Text = labels[np.searchsorted(edges, draw, side="right")]
        return found

    def picked_by_age(
        self,
        topic: str,
        rows: Whole,
        age: Real,
        weights: Mapping[str, Mapping[str, float]],
        turn: int,
    ) -> Text:
        """A code for each spell, by the weights of the child's age."""
        found = np.empty(len(rows), dtype="U3")
        band = bands(age)
        for name, shares in weights.items():
            mine = np.flatnonzero(band == name)
            found[mine] = self.picked(topic, rows[mine], shares, turn)
        return found


def _legal(spells: _Spells) -> _Changes:
    """Legal status from the start, and every change of it."""
    care, every = spells.care, np.arange(spells.size)
    alone = spells.people.is_unaccompanied[care.child]
    first = spells.picked_by_age("legal", every, spells.age, FIRST_LEGAL, 0)
    first = np.where(alone, "V2", first)
    kinds = [care.kind == SINGLE_BREAK, care.kind == AGREED_BREAK, care.kind == REMAND]
    first = np.select(kinds, ["V3", "V4", "J1"], first)
    parts = [_Changes(every, care.start, first)]
    ordinary = (care.kind == CARE) & ~alone
    # Protection ends after days: then by agreement, or under an interim order.
    row = np.flatnonzero(ordinary & np.isin(first, ["L1", "L2"]))
    agreed = spells.uniform("after protection", row) < np.where(spells.is_lasting[row], 0.3, 0.7)
    second = first.copy()
    second[row] = np.where(agreed, "V2", "C1")
    parts.append(_Changes(row, care.start[row] + PROTECTION_DAYS, second[row]))
    # By agreement at first, then before the court.
    wait = 30 + np.floor(240 * spells.uniform("until court", every)).astype(np.int32)
    wait = np.where(care.is_adopted, np.minimum(wait, spells.length // 4), wait).astype(np.int32)
    court = spells.uniform("court", every) < np.where(care.is_adopted, 1.0, 0.55)
    row = np.flatnonzero(ordinary & spells.is_lasting & (second == "V2") & court)
    parts.append(_Changes(row, care.start[row] + wait[row], np.full(len(row), "C1")))
    second[row] = "C1"
    # The court's last word: care order, or a placement order for those to be adopted.
    wait = 300 + np.floor(150 * spells.uniform("court days", every)).astype(np.int32)
    wait = np.where(care.is_adopted, np.floor(PLACEMENT_ORDER * spells.length), wait)
    row = np.flatnonzero(ordinary & (second == "C1"))
    last = np.where(care.is_adopted[row], "E1", "C2")
    parts.append(_Changes(row, care.start[row] + wait[row].astype(np.int32), last))
    return _Changes.stacked(parts)


def _places(spells: _Spells, dials: Dials) -> _Changes:
    """First placement and every move: a Poisson process at a rate of the child's own."""
    care, every = spells.care, np.arange(spells.size)
    first = spells.picked_by_age("place", every, spells.age, PLACES, 0)
    secure = np.where(spells.uniform("secure", every) < 0.2, "K1", "R5")
    first = np.where(care.kind == REMAND, secure, first)
    parts = [_Changes(every, care.start, first)]
    steady = spells.uniform("restless", every)
    rate = dials.placement_moves * dials.placement_spread * steady ** (dials.placement_spread - 1)
    row, on = np.flatnonzero(care.kind == CARE), care.start.astype(np.float64)
    on = on[row]
    settled = np.where(care.is_adopted, care.start + ADOPTIVE_PLACEMENT * spells.length, care.end)
    for turn in range(1, MOST_MOVES + 1):
        on = on + 1 - YEAR * np.log(spells.uniform("move", row, turn)) / rate[row]
        kept = on < settled[row]
        row, on = row[kept], on[kept]
        age = (on - spells.people.birth[care.child[row]]) / YEAR
        code = spells.picked_by_age("place", row, age, PLACES, turn)
        parts.append(_Changes(row, np.floor(on).astype(np.int32), code))
    row = np.flatnonzero(care.is_adopted)
    carer = spells.picked("adopters", row, {"A6": 85, "A5": 15})
    parts.append(_Changes(row, np.floor(settled[row]).astype(np.int32), carer))
    return _Changes.stacked(parts)


def _exits(spells: _Spells) -> Text:
    """Reason for which each spell ceased, whenever it does."""
    care, people, every = spells.care, spells.people, np.arange(spells.size)
    age = (care.end - people.birth[care.child]) / YEAR
    brief = np.where(age < 12, "young", "older")
    brief = np.where(spells.length < SHORT_STAY, "short", brief)
    found = np.empty(spells.size, dtype="U3")
    for name, weights in (
        ("short", EXITS_SHORT),
        ("young", EXITS_YOUNG),
        ("older", EXITS_OLDER),
    ):
        mine = np.flatnonzero(brief == name)
        found[mine] = spells.picked("exit", mine, weights)
    found = np.where((found == "E9") & (age < CUSTODY_AGE), "E8", found)
    home = spells.picked("home", every, {"E4A": 75, "E4B": 25})
    found = np.where(spells.is_followed, home, found)
    older = care.end < GUARDIANSHIP_CODES_FROM
    found = np.select([older & (found == "E45"), older & (found == "E46")], ["E43", "E44"], found)
    leaver = spells.picked("leaver", every, LEAVERS)
    leaver = np.where((leaver == "E17") & (care.end < STAYING_PUT_FROM), "E8", leaver)
    found = np.where(care.end == birthday(people.birth, 18)[care.child], leaver, found)
    custody = np.where(spells.uniform("remand ends", every) < 0.3, "E9", "E14")
    adopted = np.where(spells.uniform("order", every) < 0.9, "E11", "E12")
    found = np.where(np.isin(care.kind, [SINGLE_BREAK, AGREED_BREAK]), "E8", found)
    found = np.where(care.kind == REMAND, custody, found)
    found = np.where(care.is_adopted, adopted, found)
    found = np.where(care.end == people.departure[care.child], "E16", found)
    return np.where(care.end == people.death[care.child], "E2", found)


def care_episodes(care: CareSpells, people: People, noise: Noise, dials: Dials) -> Episodes:
    """Cut spells of care into episodes: a new one where legal status or placement changes."""
    spells = _Spells(care, people, noise)
    legal, places = _legal(spells), _places(spells, dials)
    spell = np.concatenate([legal.spell, places.spell])
    on = np.concatenate([legal.on, places.on])
    is_legal = np.arange(len(spell)) < len(legal.spell)
    code = np.concatenate([legal.code, places.code])
    kept = on < care.end[spell]
    spell, on, is_legal, code = spell[kept], on[kept], is_legal[kept], code[kept]
    order = np.lexsort((on, spell))
    spell, on, is_legal, code = spell[order], on[order], is_legal[order], code[order]
    last_of_day = np.append((spell[1:] != spell[:-1]) | (on[1:] != on[:-1]), True)[: len(spell)]
    legal_now = code[_latest_row(is_legal)][last_of_day]
    place_now = code[_latest_row(~is_legal)][last_of_day]
    spell, on = spell[last_of_day], on[last_of_day]
    is_first = np.append(True, spell[1:] != spell[:-1])[: len(spell)]
    is_last = np.append(spell[1:] != spell[:-1], True)[: len(spell)]
    end = np.where(is_last, care.end[spell], np.append(on[1:], 0)[: len(on)]).astype(np.int32)
    # A day on which nothing came to differ in the end stays: a move to the same kind of place.
    new_legal = np.append(True, legal_now[1:] != legal_now[:-1])[: len(spell)]
    moved = _moved(spell, on, places)
    reason = np.select([is_first, new_legal & moved, new_legal], ["S", "B", "L"], "P")
    ceased = np.where(is_last, _exits(spells)[spell], "X1")
    return Episodes(spell, on, end, legal_now, place_now, reason, ceased, is_first)


def _latest_row(wanted: Flags) -> Whole:
    """For each row the last one up to it that is wanted."""
    return np.maximum.accumulate(np.where(wanted, np.arange(len(wanted)), 0))


def _moved(spell: Whole, on: Days, places: _Changes) -> Flags:
    """Whether a placement begins on each spell's day."""
    room = 1 << 17
    found: Flags = np.isin(
        spell.astype(np.int64) * room + on, places.spell.astype(np.int64) * room + places.on
    )
    return found
