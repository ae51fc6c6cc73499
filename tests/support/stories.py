"""Person stories: what became of a child, from delivered rows to spells and histories.

A story is a few delivered rows and the tables that must come of them, by way of the very steps of
the study: each in the order of the plan, on what the one before it made, held to its contract.
The stories are in ``tests/stories``; ``python -m support.stories`` prints them as a page.
"""

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl
from support.text_tables import (
    ROOT,
    Tables,
    Written,
    definition,
    parsed,
    run,
    shown,
    study_settings,
)

from cws_outcomes.documents import read_yaml
from cws_outcomes.step import Step
from cws_outcomes.steps import STEPS

FOLDER = ROOT / "tests" / "stories"
PAGE = ROOT / "docs" / "stories.md"
THEMES = (
    "need", "plans", "care", "school", "exclusions", "absence", "attainment", "offences",
    "identity", "geography", "time", "coverage",
)  # fmt: skip
# Whom a story is about where it names nobody: Ann, whom LA 301 knows as c1.
ANN = "ANN"
NOBODY = "no row"


@dataclass(frozen=True)
class Story:
    """One child, or a few: what is delivered of them, and what must come of it."""

    theme: str
    title: str
    trap: tuple[str, ...]
    because: str
    delivered: Mapping[str, str]
    expect: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return re.sub(r"\W+", "_", f"{self.theme} {self.title}").strip("_").lower()


def stories() -> list[Story]:
    """All stories, theme by theme, each theme in the order of its file."""
    return [story for theme in THEMES for story in _stories_of(theme)]


def _stories_of(theme: str) -> Iterator[Story]:
    for told in _told(theme)["stories"]:
        trap = told.pop("trap")
        yield Story(theme, trap=(trap,) if isinstance(trap, str) else tuple(trap), **told)


def _told(theme: str) -> dict[str, Any]:
    told: dict[str, Any] = read_yaml(FOLDER / f"{theme}.yaml")
    return told


def traps() -> dict[str, str]:
    """Every trap of the data that some story must show, in our own words."""
    listed: dict[str, str] = read_yaml(FOLDER / "traps.yaml")
    return listed


def lived(story: Story) -> Tables:
    """Every table that the steps make of the story's rows, up to those that it expects."""
    made: Tables = {}
    for step in steps_to(_parted(part)[0] for part in story.expect):
        written = {name: made.get(name, _delivered(story, name)) for name in step.reads}
        made |= _made(step, _settings(step, story.settings), written)
    return made


# What a step made of the same tables in another story. Frames are told by their identity: those
# that are kept here are never made anew.
_MADE: dict[tuple[str, ...], tuple[Mapping[str, Written], Tables]] = {}


def _made(step: Step, settings: Mapping[str, Any], written: Mapping[str, Written]) -> Tables:
    told = (t if isinstance(t, str) else str(id(t)) for t in written.values())
    key = (step.name, json.dumps(settings, sort_keys=True), *told)
    if key not in _MADE:
        _MADE[key] = (written, run(step.name, settings=settings, **written))
    return _MADE[key][1]


def steps_to(tables: Iterable[str]) -> list[Step]:
    """The steps that tables come of, in the order of the plan, but for those that read files."""
    wanted = set(tables)
    needed = []
    for step in reversed(STEPS.values()):
        if wanted.intersection(step.writes) and step.stage != "ingest":
            needed.append(step)
            wanted.update(step.reads)
    return needed[::-1]


def _delivered(story: Story, contract: str) -> str:
    """Delivered rows; they are Ann's unless they say whose they are."""
    text = story.delivered.get(contract.removeprefix("delivered_"), "")
    if not text:
        return ""
    rows = parsed(text)
    hers = rows if "pupil_reference" in rows.columns else rows.with_columns(pupil_reference=_ANN)
    return shown(hers)


_ANN = pl.lit(ANN)


def _settings(step: Step, changed: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of the default study as a step gets them, with what the story changes."""
    given = study_settings(step)
    for kind, name in {**_DEFINITIONS, **changed}.items():
        if kind in _DEFINITIONS and kind in step.settings:
            given[kind] = definition(f"{kind}s", name)
    for key, value in changed.items():
        whole, _, part = key.rpartition(".")
        if key in step.settings and key not in _DEFINITIONS:
            given[key.replace(".", "_")] = str(value) if isinstance(value, date) else value
        if whole in step.settings:
            place = whole.replace(".", "_")
            given[place] = {**given[place], part: str(value)}
    return given


_DEFINITIONS = {
    "cohort": "landmark_14", "outcome": "first_offence", "exposure": "contact_group",
}  # fmt: skip


def came_out(made: Tables, part: str, columns: list[str]) -> str:
    """What the steps made, as a story shows it: ``child`` stands for the person."""
    table, column, value = _parted(part)
    found = made[table].filter(pl.col(column) == value) if column else made[table]
    if "child" in columns:
        found = found.join(_names(made["person_keys"]), on="person_id", how="left")
    return shown(found, columns or None) if found.height else NOBODY


def _parted(part: str) -> tuple[str, str, str]:
    """A table, or the rows of one: ``repairs where table = referrals``."""
    table, _, rows = part.partition(" where ")
    column, _, value = rows.partition(" = ")
    return table, column, value


def _names(keys: pl.DataFrame) -> pl.DataFrame:
    """Each person by pupil reference, else by LA and LA child id."""
    place = pl.concat_str("la", "key", separator="/")
    name = pl.when(pl.col("key_kind") == "pupil").then("key").otherwise(place)
    known = keys.select("person_id", rank=pl.col("key_kind") != "pupil", child=name)
    return known.sort("rank", "child").group_by("person_id").agg(pl.first("child"))


def expected(story: Story, table: str) -> tuple[str, list[str]]:
    """What a story says comes out, aligned as it will be shown, and its columns."""
    text = story.expect[table]
    if text.strip() == NOBODY:
        return NOBODY, []
    rows = parsed(text)
    return shown(rows), rows.columns


def page() -> str:
    """All stories as a page to read."""
    return "\n".join([_OPENING + _contents(), *map(_chapter, THEMES), _CLOSING, _index()])


_INDEX = "Which story shows which trap"

_OPENING = """# Person stories

<!-- made by python -m support.stories: do not edit -->

What becomes of a child's records on their way to the study. Each story gives a few delivered rows
to the steps of the study and says what must come out; the test suite runs every one of them, so
this page cannot say what the code does not do. Children and dates are invented.

Where a row does not say whose it is, it is Ann's: pupil reference `ANN`, known to LA 301 as `c1`.
Columns that a story leaves out are missing or play no part in it. The settings are those of the
[default study](study.md) unless the story changes them. Intervals run from the first day to the
first day after. An empty cell is a missing value.

"""


_CLOSING = """## Beyond stories

A story shows one life; the rules must hold for all. The test suite makes up ten thousand
histories whose records touch, tie, overlap, stay open and last no day, marks every day of each
child's calendar in plain Python, and compares what the steps make of the same records: both
versions of need, plans, care, custody and the states of contact. Two thousand more children are
delivered as rows of several returns that repeat and contradict one another, and read one row at a
time. Whoever differs is cut down to the fewest records that still do, and shown. `make nightly`
does the same with as many histories as `HISTORIES` says.

On 22 November 2026 it ran with `HISTORIES=200000`: 200,000 calendars (167 seconds of CPU) and
40,000 children read from rows (145 seconds), on one thread and on two, without a difference. Of
41 rules broken on purpose, one at a time, the stories noticed all but one, which now has a line
of its own. A wider check added afterwards, that periods of care hold the days in care and no
others, found episodes of no day that began, lengthened or bridged a period where gaps are
overlooked: mended.
"""


def _contents() -> str:
    chapters = ", ".join(f"[{theme}](#{theme})" for theme in THEMES)
    return f"Chapters: {chapters}; and [which story shows which trap]({_anchor(_INDEX)}).\n"


def _chapter(theme: str) -> str:
    told = [_printed(story) for story in _stories_of(theme)]
    about = _told(theme)["about"]
    return "\n".join([f"## {theme.capitalize()}\n\n{about}\n", *told])


def _printed(story: Story) -> str:
    settings = ", ".join(f"`{key}: {_written(value)}`" for key, value in story.settings.items())
    tables = {f"{name}, as delivered": shown(parsed(t)) for name, t in story.delivered.items()}
    tables |= {f"{name}, as made of it": expected(story, name)[0] for name in story.expect}
    told = "\n\n".join(f"{name}\n{_ruled(table)}" for name, table in tables.items())
    return "\n\n".join(
        [
            f"### {story.title}",
            textwrap.fill(" ".join(story.because.split()), 100),
            *([f"With {settings}."] if settings else []),
            f"```text\n{told}\n```\n",
        ]
    )


def _written(value: Any) -> str:
    return "null" if value is None else str(value).lower()


def _ruled(table: str) -> str:
    """A table with a rule below its header."""
    header, *rows = table.splitlines()
    width = max(map(len, table.splitlines()))
    rule = re.sub(r"[^+]", "-", header.replace("|", "+")).ljust(width, "-")
    return "\n".join([header, rule, *rows]) if rows else table


def _index() -> str:
    """Each trap and the stories that show it."""
    told = stories()
    lines = [
        f"| {' '.join(words.split())} | {'; '.join(_link(s) for s in told if trap in s.trap)} |"
        for trap, words in traps().items()
    ]
    return "\n".join([f"## {_INDEX}\n", "| trap | stories |", "| --- | --- |", *lines, ""])


def _link(story: Story) -> str:
    return f"[{story.title}]({_anchor(story.title)})"


def _anchor(heading: str) -> str:
    return "#" + re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
