"""Which cells of the LA equity table are hidden.

Three decisions for each LA, each taking in the one before:

1. groups: the sizes of the exclusive groups, as the shares and the rows on interventions give them;
2. interventions: a row counts children of the groups at or above a state, so it is shown only
   where it does not set hidden groups apart;
3. outcomes: persons and events of each outcome. A group hidden in 1 is hidden in every outcome.

docs/disclosure.md describes the attack behind each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cws_outcomes.disclosure.counts import Rule
from cws_outcomes.disclosure.secondary import Counted, with_partners

ALL = "all"


@dataclass(frozen=True)
class Authority:
    """
    Exact counts of one LA.

    Attributes
    ----------
    children : int
        Children of the cohort.
    groups : mapping of str to int
        Children of each exclusive group, in order of severity.
    outcomes : mapping of str to mapping of str to Counted
        Persons and events by outcome and group, ``all`` included, where they are measured.
    """

    children: int
    groups: Mapping[str, int]
    outcomes: Mapping[str, Mapping[str, Counted]] = field(default_factory=dict)

    @property
    def interventions(self) -> list[str]:
        """Outcomes that are measured among all children only."""
        return [name for name, cells in self.outcomes.items() if set(cells) == {ALL}]


def hidden_cells(authority: Authority, rule: Rule) -> set[tuple[str, str]]:
    """
    Outcome and group of every row of one LA that is hidden.

    Parameters
    ----------
    authority : Authority
        Exact counts.
    rule : Rule
        Threshold and rounding.

    Returns
    -------
    set of (outcome, group)
    """
    groups = _hidden_groups(authority, rule)
    hidden = {(name, ALL) for name in _hidden_interventions(authority, groups, rule)}
    for outcome, cells in authority.outcomes.items():
        if outcome not in authority.interventions:
            hidden |= {(outcome, group) for group in _hidden_in_outcome(cells, groups, rule)}
    return hidden


def _hidden_groups(authority: Authority, rule: Rule) -> set[str]:
    children = authority.children
    small = {
        group for group, count in authority.groups.items() if rule.is_small(count, children - count)
    }
    parts = {group: Counted(count, 0) for group, count in authority.groups.items()}
    return with_partners(parts, Counted(children, 0), small, rule, persons_only=True)


def _hidden_in_outcome(cells: Mapping[str, Counted], groups: set[str], rule: Rule) -> set[str]:
    small = {group for group, cell in cells.items() if rule.hides(cell.persons, cell.events)}
    if ALL in small or ALL not in cells:
        return set(cells)
    parts = {group: cell for group, cell in cells.items() if group != ALL}
    return with_partners(parts, cells[ALL], (small | groups) & set(parts), rule)


def _hidden_interventions(
    authority: Authority, hidden_groups: set[str], rule: Rule
) -> Iterator[str]:
    """Interventions that are hidden, judged from the widest (most children) to the narrowest."""
    order = list(authority.groups)
    known: dict[int, int] = {0: authority.children}
    for name in sorted(authority.interventions, key=lambda name: _state_of(name, order) or 0):
        cell, position = authority.outcomes[name][ALL], _state_of(name, order)
        with_this = known if position is None else {**known, position: cell.events}
        if rule.hides(cell.persons, cell.events) or (
            hidden_groups
            and (
                position is None
                or order[position] in hidden_groups
                or not _blocks_are_wide(authority, hidden_groups, with_this, rule)
            )
        ):
            yield name
        else:
            known = with_this


def _state_of(intervention: str, groups: Sequence[str]) -> int | None:
    """Place of the state that an intervention's name ends with, e.g. ``any_cpp``."""
    last = intervention.rpartition("_")[2]
    return groups.index(last) if last in groups else None


def _blocks_are_wide(
    authority: Authority, hidden: set[str], known: Mapping[int, int], rule: Rule
) -> bool:
    """
    Whether hidden groups stay safe in every block of groups whose sum a reader could work out.

    A row on an intervention may count all children at or above its state. Two such rows then give
    the children of the states between them; the last gives those from its state upward.
    """
    order = list(authority.groups)
    starts = sorted(known)
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        inside = [group for group in order[start:end] if group in hidden]
        if not inside:
            continue
        room = rule.possible(known[start])
        if end in known:
            room = room.minus(rule.possible(known[end]))
        for group in set(order[start:end]) - hidden:
            room = room.minus(rule.possible(authority.groups[group]))
        if len(inside) < 2 or room.high < rule.threshold:
            return False
    return True
