"""A slow, obvious reading of the rules of spells: every day of a child's calendar is marked.

No query and no interval here: a day is marked or not, and spells are runs of marked days. Days are
numbers, counted from `FIRST`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Any

FIRST = date(2015, 1, 1)
STATES = ("referral", "cin", "cpp", "cla")
Days = set[int]
Spell = tuple[str, int, int]


def day(number: int | None) -> date | None:
    """The date of a day; none where the day is not known."""
    return None if number is None else FIRST + timedelta(number)


@dataclass(frozen=True)
class Case:
    """A referral: days until its assessment and its closure, if they were ever dated."""

    start: int
    to_assess: int | None
    to_close: int | None
    outcome: str = ""

    @property
    def assessed(self) -> int | None:
        return None if self.to_assess is None else self.start + self.to_assess

    @property
    def end(self) -> int | None:
        return None if self.to_close is None else self.start + self.to_close

    @property
    def last(self) -> int | None:
        """Last day open, if the case ever closed: one closed on its first day was open on it."""
        return None if self.to_close is None else self.start + max(self.to_close, 1) - 1


@dataclass(frozen=True)
class Stay:
    """A time on a plan, in care or in custody: its days, if it has ended."""

    start: int
    days: int | None
    kind: str = ""

    @property
    def end(self) -> int | None:
        return None if self.days is None else self.start + self.days

    @property
    def last(self) -> int | None:
        """Last day of it, if it has ended."""
        return None if self.days is None else self.start + self.days - 1


@dataclass(frozen=True)
class History:
    """What is recorded of one child."""

    cases: tuple[Case, ...] = ()
    plans: tuple[Stay, ...] = ()
    care: tuple[Stay, ...] = ()
    custody: tuple[Stay, ...] = ()

    def as_known(self, until: int) -> "History":
        """What was on record before a day: nobody knew of what began, ended or came out later."""
        return History(
            tuple(
                replace(
                    case,
                    to_assess=_if_before(until, case.assessed, case.to_assess),
                    to_close=_if_before(until, case.end, case.to_close),
                    outcome=case.outcome if _if_before(until, case.end, True) else "",
                )
                for case in self.cases
                if case.start < until
            ),
            *(
                tuple(
                    replace(stay, days=_if_before(until, stay.end, stay.days))
                    for stay in stays
                    if stay.start < until
                )
                for stays in (self.plans, self.care, self.custody)
            ),
        )

    def simpler(self) -> Iterator["History"]:
        """The histories that lack one of its records, then those with a smaller number in one."""
        for part in fields(self):
            records = getattr(self, part.name)
            for place, record in enumerate(records):
                before, after = records[:place], records[place + 1 :]
                for less in ((), *((smaller,) for smaller in _smaller(record))):
                    kept = (*before, *less, *after)
                    if len({one.start for one in kept}) == len(kept):
                        yield replace(self, **{part.name: kept})


def _if_before(until: int, day: int | None, value: Any) -> Any:
    return value if day is not None and day < until else None


def _smaller(record: Case | Stay) -> Iterator[Any]:
    for name in ("start", "to_assess", "to_close", "days"):
        number = getattr(record, name, None) or 0
        least = 1 if name == "days" else 0
        for less in sorted({least, number // 2, number - 1}):
            if least <= less < number:
                yield replace(record, **{name: less})


@dataclass(frozen=True)
class Rules:
    """The settings of a study that decide about spells."""

    need_end: int
    care_end: int
    assessment_days: int
    gap: int  # days of a gap that are overlooked, in records of any kind
    include_respite: bool
    include_remand: bool
    early_help_is_need: bool

    @property
    def settings(self) -> dict[str, Any]:
        """As steps get them."""
        return {
            "coverage_children_in_need_end": str(day(self.need_end)),
            "coverage_care_end": str(day(self.care_end)),
            "contact_assessment_days": self.assessment_days,
            "contact_early_help_is_need": self.early_help_is_need,
            "care_include_respite": self.include_respite,
            "care_include_remand": self.include_remand,
            "coverage_offences_end": str(day(self.care_end)),
            **{
                f"{kind}_max_gap_days": self.gap for kind in ("contact", "plans", "care", "custody")
            },
        }


def runs(marked: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Unbroken runs of days, each from its first day to the first day after."""
    for _, held in groupby(enumerate(sorted(marked)), lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in held]
        yield numbers[0], numbers[-1] + 1


def days_of(record: Case | Stay, covered: int) -> Days:
    """Days of a record before the end of coverage: one without an end goes on to it."""
    return set(range(record.start, covered if record.end is None else min(record.end, covered)))


def filled(marked: Days, gap: int) -> Days:
    """Marked days, with those of gaps that are overlooked."""
    gaps = (range(a + 1, b) for a, b in pairwise(sorted(marked)) if b - a - 1 <= gap)
    return marked.union(*gaps)


def need_days(child: History, rules: Rules) -> dict[str, Days]:
    """Days as referred and days in need, as known on the day."""
    marked: dict[str, Days] = {"referral": set(), "cin": set()}
    for case in child.cases:
        for number in _case_days(case, rules):
            waited = number - case.start
            is_assessed = case.to_assess is not None and waited >= case.to_assess
            # Nobody knows on a day that an assessment will be late, or never made.
            is_due = waited >= rules.assessment_days
            marked["cin" if is_assessed or is_due else "referral"].add(number)
    return {state: filled(numbers, rules.gap) for state, numbers in marked.items()}


def need_days_dfe(child: History, rules: Rules) -> dict[str, Days]:
    """The same as DfE counts them, who knows how every case ended."""
    marked: dict[str, Days] = {"referral": set(), "cin": set()}
    never_in_need = {"no_further_action", "nfa"}
    if not rules.early_help_is_need:
        never_in_need |= {"early_help"}
    for case in child.cases:
        state = "referral" if case.outcome in never_in_need else "cin"
        marked[state] |= _case_days(case, rules)
    return {state: filled(numbers, rules.gap) for state, numbers in marked.items()}


def _case_days(case: Case, rules: Rules) -> Days:
    """A case that closed on the day it opened was open on that day."""
    first = {case.start} if case.start < rules.need_end else set()
    return first | days_of(case, rules.need_end)


def plan_days(child: History, rules: Rules) -> Days:
    """Days on a plan."""
    return filled({n for p in child.plans for n in days_of(p, rules.need_end)}, rules.gap)


def care_days(child: History, rules: Rules) -> Days:
    """Days in care that count."""
    stays = _stays_that_count(child, rules)
    return filled({n for stay in stays for n in days_of(stay, rules.care_end)}, rules.gap)


def _stays_that_count(child: History, rules: Rules) -> tuple[Stay, ...]:
    counts = {"": True, "respite": rules.include_respite, "remand": rules.include_remand}
    return tuple(stay for stay in child.care if counts[stay.kind])


def custody_days(child: History, rules: Rules) -> Days:
    """Days in custody."""
    return filled({n for stay in child.custody for n in days_of(stay, rules.care_end)}, rules.gap)


def contact_days(child: History, need: dict[str, Days], rules: Rules) -> dict[int, str]:
    """The highest state of each day from first contact on; ``post`` when none is open."""
    end = min(rules.need_end, rules.care_end)
    open_days = {**need, "cpp": plan_days(child, rules), "cla": care_days(child, rules)}
    highest = {n: state for state in STATES for n in open_days[state] if n < end}
    return {n: highest.get(n, "post") for n in range(min(highest, default=end), end)}


def spells(child: History, rules: Rules) -> dict[str, list[Spell]]:
    """What the steps of spells should make of one child, by table."""
    as_known, dfe = need_days(child, rules), need_days_dfe(child, rules)
    return {
        "need_spells": _by_state(as_known),
        "need_spells_dfe": _by_state(dfe),
        "plan_spells": [("", *run) for run in runs(plan_days(child, rules))],
        "care_spells": _counted(care_days(child, rules), _stays_that_count(child, rules)),
        "custody_spells": _counted(custody_days(child, rules), child.custody),
        "contact_states": _laid(contact_days(child, as_known, rules)),
        "contact_states_dfe": _laid(contact_days(child, dfe, rules)),
    }


def _counted(marked: Days, stays: Iterable[Stay]) -> list[Spell]:
    """Runs of days, each with the number of stays joined in it."""
    lasting = [stay.start for stay in stays if stay.days != 0]
    return [
        (str(sum(start <= begun < end for begun in lasting)), start, end)
        for start, end in runs(marked)
    ]


def _by_state(need: dict[str, Days]) -> list[Spell]:
    return [(state, *run) for state in sorted(need) for run in runs(need[state])]


def _laid(by_day: dict[int, str]) -> list[Spell]:
    """States end to end, each from its first day to the first day after."""
    stretches = []
    for state, held in groupby(sorted(by_day), by_day.__getitem__):
        numbers = list(held)
        stretches.append((state, numbers[0], numbers[-1] + 1))
    return stretches


def simplest(child: History, differs: Callable[[list[History]], list[History]]) -> History:
    """The simplest history at hand that still differs, of one that does."""
    while found := differs(list(child.simpler())):
        child = found[0]
    return child
