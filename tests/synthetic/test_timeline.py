"""States of contact, cut windows and first events, each against a slow day-by-day reading."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cws_outcomes.synthetic.days import NEVER
from cws_outcomes.synthetic.timeline import (
    NONE,
    POST,
    Spells,
    first_events,
    highest_state,
    overlay,
    state_on,
    timeline,
)

LAST = 60
CHILDREN = 3

spell = st.tuples(
    st.integers(0, CHILDREN - 1), st.integers(1, 4), st.integers(0, LAST), st.integers(0, 20)
)


def state_by_hand(spells: list[tuple[int, int, int, int]], child: int, day: int, change: int):
    if day >= change:
        return NONE
    mine = [(level, start, start + length) for who, level, start, length in spells if who == child]
    is_open = [level for level, start, end in mine if start <= day < end]
    began = any(start <= day for _, start, _ in mine)
    return max(is_open) if is_open else (POST if began else NONE)


def as_spells(spells: list[tuple[int, int, int, int]]) -> Spells:
    rows = np.array(spells, dtype=np.int64).reshape(-1, 4)
    start = rows[:, 2].astype(np.int32)
    return Spells(rows[:, 0], rows[:, 1], start, start + rows[:, 3].astype(np.int32))


@given(st.lists(spell, max_size=8), st.sampled_from([NEVER, 30]))
def test_timeline_is_the_state_of_every_day(spells, change):
    breaks = np.array([NEVER, change, NEVER], dtype=np.int32)
    lines = timeline(np.zeros(CHILDREN, dtype=np.int32), breaks, as_spells(spells))
    for child in range(CHILDREN):
        days = np.arange(LAST + 30, dtype=np.int32)
        found = state_on(lines, np.full(len(days), child), days)
        assert found.tolist() == [
            state_by_hand(spells, child, int(day), int(breaks[child])) for day in days
        ]
    assert (lines.end > lines.start).all()


@given(
    st.lists(spell, max_size=8),
    st.lists(
        st.tuples(st.integers(0, CHILDREN - 1), st.integers(0, LAST), st.integers(-3, 20)),
        max_size=5,
    ),
)
def test_windows_are_cut_without_loss(spells, windows):
    never = np.full(CHILDREN, NEVER, dtype=np.int32)
    lines = timeline(np.zeros(CHILDREN, dtype=np.int32), never, as_spells(spells))
    rows = np.array(windows, dtype=np.int64).reshape(-1, 3)
    child, start = rows[:, 0], rows[:, 1].astype(np.int32)
    end = start + rows[:, 2].astype(np.int32)
    pieces = overlay(lines, child, start, end)
    marked = [
        (int(window), day, int(state))
        for window, first, after, state in zip(
            pieces.window, pieces.start, pieces.end, pieces.state, strict=True
        )
        for day in range(first, after)
    ]
    by_hand = [
        (row, day, state_by_hand(spells, who, day, NEVER))
        for row, (who, first, length) in enumerate(windows)
        for day in range(first, first + length)
    ]
    assert marked == by_hand
    highest = highest_state(lines, child, start, end)
    for row in range(len(windows)):
        states = [state for window, _, state in by_hand if window == row and state != POST]
        assert highest[row] == max(states, default=NONE)


def test_first_events_follow_the_hazard_of_each_piece():
    # One window of 100 days at 0.002 a day, then 100 days at 0.02: P(first half) and P(any) are
    # 1 - exp(-0.2) and 1 - exp(-2.2).
    size = 20_000
    lines = timeline(
        np.zeros(size, dtype=np.int32),
        np.full(size, NEVER, dtype=np.int32),
        Spells(
            np.arange(size),
            np.full(size, 2),
            np.full(size, 100, dtype=np.int32),
            np.full(size, 200, dtype=np.int32),
        ),
    )
    zero = np.zeros(size, dtype=np.int32)
    pieces = overlay(lines, np.arange(size), zero, zero + 200)
    rate = np.where(pieces.state == 2, 0.02, 0.002)
    found = first_events(pieces, rate, np.random.default_rng(3).exponential(1.0, size))
    for share, expected in (
        ((found < 100).mean(), 1 - np.exp(-0.2)),
        ((found < NEVER).mean(), 1 - np.exp(-2.2)),
    ):
        assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / size)
    assert found[found < NEVER].max() < 200
