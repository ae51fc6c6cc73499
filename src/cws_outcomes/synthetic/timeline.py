"""States of contact as known on the day, and events that happen at rates depending on them."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import NEVER, Days, Flags, Real, Whole

NONE, REFERRAL, CIN, CPP, CLA, POST = range(6)

# Room for a day in the key (child, day): children keep their order, days theirs.
_ROOM = 1 << 17


@dataclass(frozen=True)
class Spells:
    """Half-open intervals in which a child is open to children's social care at one level."""

    child: Whole
    level: Whole
    start: Days
    end: Days

    @classmethod
    def stacked(cls, parts: list["Spells"]) -> "Spells":
        """All intervals of several tables."""
        return cls(
            np.concatenate([p.child for p in parts]),
            np.concatenate([p.level for p in parts]),
            np.concatenate([p.start for p in parts]),
            np.concatenate([p.end for p in parts]),
        )


@dataclass(frozen=True)
class Timeline:
    """State of each child over all of its life: half-open segments, sorted by child and day."""

    child: Whole
    start: Days
    end: Days
    state: Whole


def timeline(
    birth: Days, identity_break: Days, spells: Spells, known: Flags | None = None
) -> Timeline:
    """
    Merge spells into one state at a time: the highest open; else ``post`` if anything began.

    Parameters
    ----------
    birth : array
        First day of each child (the number of a child is its row); or the day from which its line
        is wanted, nothing of ``spells`` lying before it.
    identity_break : array
        Day from which a child is somebody new to every record (adoption), else ``NEVER``: nothing
        that was known before counts after it.
    spells : Spells
        Intervals at levels ``REFERRAL`` to ``CLA``; an empty one opens nothing but is followed by
        ``post``.
    known : array of bool, optional
        Children who begin in ``post`` rather than in no contact: something was open before.
    """
    broken = np.flatnonzero(identity_break < NEVER)
    everyone = np.arange(len(birth))
    child = np.concatenate([everyone, spells.child, spells.child, broken])
    on = np.concatenate([birth, spells.start, spells.end, identity_break[broken]])
    size, number = len(spells.child), len(birth)
    change = np.zeros((len(child), 4), dtype=np.int8)
    rows = np.arange(size)
    change[number + rows, spells.level - 1] = 1
    change[number + size + rows, spells.level - 1] = -1
    began = np.zeros(len(child), dtype=np.int32)
    began[number : number + size] = 1
    if known is not None:
        began[:number] = known
    order = np.lexsort((on, child))
    child, on, began = child[order], on[order], began[order]
    open_now = np.cumsum(change[order], axis=0, dtype=np.int32)
    return _segments(child, on, open_now, began, identity_break)


def _segments(
    child: Whole, on: Days, open_now: Whole, began: Whole, identity_break: Days
) -> Timeline:
    """One segment per child and day of change, in the state that all changes of the day leave."""
    last = np.append((child[1:] != child[:-1]) | (on[1:] != on[:-1]), True)
    so_far = np.cumsum(began)
    first_row = np.searchsorted(child, child, side="left")
    known = (so_far - so_far[first_row] + began[first_row]) > 0
    highest = 4 - np.argmax(open_now[:, ::-1] > 0, axis=1)
    state = np.where(open_now.any(axis=1), highest, np.where(known, POST, NONE))
    state = np.where(on >= identity_break[child], NONE, state)
    child, on, state = child[last], on[last], state[last]
    new = np.append(True, (child[1:] != child[:-1]) | (state[1:] != state[:-1]))
    child, on, state = child[new], on[new], state[new]
    end = np.append(np.where(child[1:] == child[:-1], on[1:], NEVER), NEVER).astype(np.int32)
    return Timeline(child, on.astype(np.int32), end, state.astype(np.int64))


@dataclass(frozen=True)
class Pieces:
    """Windows cut by a timeline: within a piece the state does not change."""

    window: Whole
    start: Days
    end: Days
    state: Whole


def overlay(lines: Timeline, child: Whole, start: Days, end: Days) -> Pieces:
    """Cut windows (one row each: child, half-open interval) by the children's timelines."""
    key = lines.child * _ROOM + lines.start
    used = np.flatnonzero(end > start)
    base = child[used].astype(np.int64) * _ROOM
    first = np.searchsorted(key, base + start[used], side="right") - 1
    after = np.searchsorted(key, base + end[used], side="left")
    count = after - first
    window = np.repeat(used, count)
    within = np.arange(len(window)) - np.repeat(np.cumsum(count) - count, count)
    row = np.repeat(first, count) + within
    return Pieces(
        window,
        np.maximum(lines.start[row], start[window]),
        np.minimum(lines.end[row], end[window]),
        lines.state[row],
    )


def first_events(pieces: Pieces, rate: Real, exposure: Real) -> Days:
    """
    Day of the first event in each window, at a rate per day that is constant within a piece.

    Parameters
    ----------
    pieces : Pieces
    rate : array
        Events per day, one for each piece.
    exposure : array
        One unit exponential draw for each window: the hazard at which the event happens. Windows
        are independent: cut one person's life into windows and the earliest event is that of the
        whole hazard.

    Returns
    -------
    array
        A day for each window; ``NEVER`` where nothing happens.
    """
    windows = len(exposure)
    hazard = rate * (pieces.end - pieces.start)
    total = np.concatenate([[0.0], np.cumsum(hazard)])
    first = np.searchsorted(pieces.window, np.arange(windows), side="left")
    after = np.searchsorted(pieces.window, np.arange(windows), side="right")
    target = total[first] + exposure
    happens = target < total[after]
    row = np.clip(np.searchsorted(total, target, side="right") - 1, 0, max(len(rate) - 1, 0))
    found = np.full(windows, NEVER, dtype=np.int32)
    row, target = row[happens], target[happens]
    into = np.floor((target - total[row]) / rate[row]).astype(np.int32)
    found[happens] = np.minimum(pieces.start[row] + into, pieces.end[row] - 1)
    return found


def lines_within(
    birth: Days, identity_break: Days, spells: Spells, first: int, after: int
) -> Timeline:
    """
    States of all children from one day on, of the spells that begin before another.

    What it says of days from ``after`` on is not to be used: more may begin there.
    """
    before = spells.start < after
    known = np.zeros(len(birth), dtype=np.bool_)
    known[spells.child[before & (spells.start < first)]] = True
    row = np.flatnonzero(before & ((spells.end > first) | (spells.start >= first)))
    start = np.maximum(spells.start[row], first).astype(np.int32)
    used = Spells(spells.child[row], spells.level[row], start, spells.end[row])
    return timeline(np.maximum(birth, first).astype(np.int32), identity_break, used, known)


def highest_state(lines: Timeline, child: Whole, start: Days, end: Days) -> Whole:
    """Highest state of contact in each window; formerly known counts as none observed."""
    pieces = overlay(lines, child, start, end)
    found = np.zeros(len(child), dtype=np.int64)
    np.maximum.at(found, pieces.window, np.where(pieces.state == POST, NONE, pieces.state))
    return found


def state_on(lines: Timeline, child: Whole, on: Days) -> Whole:
    """State of each child on a day."""
    key = lines.child * _ROOM + lines.start
    row = np.searchsorted(key, child.astype(np.int64) * _ROOM + on, side="right") - 1
    found: Whole = lines.state[np.maximum(row, 0)]
    return np.where(lines.child[np.maximum(row, 0)] == child, found, NONE)


def earliest(groups: Whole, days: Days, size: int) -> Days:
    """Earliest day of each group; ``NEVER`` where there is none."""
    found = np.full(size, NEVER, dtype=np.int32)
    np.minimum.at(found, groups, days)
    return found
