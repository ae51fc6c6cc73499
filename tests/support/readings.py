"""A slow, plain reading of the rules by which delivered rows of social care become records.

Rows are read one by one, in Python, without any query. A child is known by its pupil reference,
else by LA and LA child id; the rules are those of the contracts of referrals, plans and care
episodes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

AUTHORITIES = {"301": "301", "E09000002": "301", "302": "302", "204": "204"}
REASONS = {"RC1": "adopted", "RC7": "closed", "rc8": "no_further_action", "RC9": "early_help"}
STATUSES = {"C2": "care_order", "V2": "voluntary", "v3": "respite", "J1": "remand"}
CEASED = {"-10": "open", "X1": "continues", "E4A": "home", "E9": "custody"}
_BEGINNING = date(1930, 1, 1)  # a day before it stands for missing
Row = dict[str, Any]
Records = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Reading:
    """What is read of all delivered rows together: who is who, and which returns were made."""

    need: list[Row]
    care: list[Row]
    covered_until: date

    def records(self) -> dict[str, Records]:
        """Referrals, plans and care episodes of each child, in the order of their keys."""
        read: dict[str, Records] = defaultdict(lambda: defaultdict(list))
        for table, settled in (
            ("referrals", self._referrals()),
            ("plans", self._plans()),
            ("care_episodes", self._care_episodes()),
        ):
            for (child, start), record in sorted(settled):
                read[child][table].append((start, *record))
        return read

    def child(self, row: Row) -> str | None:
        """The pupil reference that any row of the LA's child names; else the LA and its id."""
        if row["la"] is None:
            return None
        if row["la_child_id"] is None:
            return row["pupil_reference"]
        key = (AUTHORITIES[row["la"]], row["la_child_id"])
        return self._references.get(key, "/".join(key))

    @cached_property
    def _references(self) -> dict[tuple[str, str], str]:
        return {
            (AUTHORITIES[row["la"]], row["la_child_id"]): row["pupil_reference"]
            for row in (*self.need, *self.care)
            if row["la"] and row["la_child_id"] and row["pupil_reference"]
        }

    @cached_property
    def _returns(self) -> set[tuple[str, str]]:
        """LA and year of every return that was made."""
        return {(AUTHORITIES[row["la"]], row["return_year"]) for row in self.need if row["la"]}

    def _next_return(self, row: Row) -> date | None:
        """First day of the next return that the LA made after the one that holds the row."""
        la = AUTHORITIES[row["la"]]
        later = [year for made_by, year in self._returns if made_by == la]
        later = [int(year[:4]) for year in later if year > row["return_year"]]
        return date(min(later), 4, 1) if later else None

    @cached_property
    def _need_end(self) -> date:
        """The end of what is covered, or of the last return if that is later."""
        return max([self.covered_until, *(date(int(year[5:]), 4, 1) for _, year in self._returns)])

    def _by_start(
        self, rows: Iterable[Row], start: str, end: date
    ) -> Iterator[tuple[Any, list[Row]]]:
        """Rows of one child that tell of one start."""
        told = defaultdict(list)
        for row in rows:
            child = self.child(row)
            if child and _usable(row[start], end):
                told[child, row[start]].append(row)
        yield from told.items()

    def _referrals(self) -> Iterator[tuple[Any, tuple[Any, ...]]]:
        for (child, start), rows in self._by_start(self.need, "referral_date", self._need_end):

            def closed(row: Row, start: date = start) -> date | None:
                day = _usable(row["closure_date"], self._need_end)
                return day and max(day, start)

            # The latest return decides; of its rows the one that closed last.
            row = max(rows, key=lambda row: (row["return_year"], *_closing(row, closed(row))))
            gone = None if closed(row) else self._next_return(row)
            assessed = [_usable(row["assessment_date"], self._need_end, start) for row in rows]
            yield (
                (child, start),
                (
                    min(filter(None, assessed), default=None),
                    closed(row) or (gone and max(gone, start)),
                    REASONS.get(row["closure_reason"]),
                    row["referral_nfa"] == "1",
                    gone is not None,
                    AUTHORITIES[row["la"]],
                ),
            )

    def _plans(self) -> Iterator[tuple[Any, tuple[Any, ...]]]:
        for (child, start), rows in self._by_start(self.need, "plan_start_date", self._need_end):
            ends = [(row, _usable(row["plan_end_date"], self._need_end)) for row in rows]
            row, end = max(
                ends, key=lambda e: (e[0]["return_year"], e[1] or date.min, AUTHORITIES[e[0]["la"]])
            )
            gone = None if end else self._next_return(row)
            end = end or (gone and max(gone, start + timedelta(1)))
            if end is None or end > start:
                yield (child, start), (end, gone is not None, AUTHORITIES[row["la"]])

    def _care_episodes(self) -> Iterator[tuple[Any, tuple[Any, ...]]]:
        longest = []
        for (child, start), rows in self._by_start(
            self.care, "episode_start_date", self.covered_until
        ):
            ends = [(row, self._ceased(row)) for row in rows]
            kept = [(row, end) for row, end in ends if end is None or end >= start]
            if kept:
                longest.append(((child, start), *min(kept, key=_lasting)))
        for (child, start), row, end in longest:
            later = [begun for (other, begun), *_ in longest if other == child and begun > start]
            yield (
                (child, start),
                (
                    end or min(later, default=None),
                    STATUSES.get(row["legal_status"]),
                    CEASED.get(row["reason_ceased"]),
                    end is None and bool(later),
                    AUTHORITIES[row["la"]],
                ),
            )

    def _ceased(self, row: Row) -> date | None:
        """-10 says open, whatever the end."""
        is_open = row["reason_ceased"] == "-10"
        return None if is_open else _usable(row["episode_end_date"], self.covered_until)


def _usable(day: date | None, last: date, least: date = _BEGINNING) -> date | None:
    return day if day and least <= day <= last else None


def _closing(row: Row, closed: date | None) -> tuple[Any, ...]:
    reason = REASONS.get(row["closure_reason"], "")
    return (closed or date.min, row["referral_nfa"] == "1", reason, AUTHORITIES[row["la"]])


def _lasting(kept: tuple[Row, date | None]) -> tuple[Any, ...]:
    """What lasts longest comes first; then what does not go on; the rest in a fixed order."""
    row, end = kept
    missing = "~"
    return (
        -(end or date.max).toordinal(),
        {None: 2, "X1": 1}.get(row["reason_ceased"], 0),
        AUTHORITIES[row["la"]],
        STATUSES.get(row["legal_status"], missing),
        CEASED.get(row["reason_ceased"], missing),
    )
