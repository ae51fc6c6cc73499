"""Intervals that start on one day: one answer, in whatever order they come."""

from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from random import Random

import polars as pl
import pytest

from cws_outcomes.sql import MACROS, connect

FIRST = date(2015, 1, 1)
Interval = tuple[int, str, int, int]


def intervals() -> list[Interval]:
    """Of few days, so that most start on a day on which another one does."""
    random = Random(8)
    starts = [
        (random.randrange(300), random.choice("ab"), random.randrange(30)) for _ in range(4000)
    ]
    return [(person, kind, start, start + random.randint(1, 9)) for person, kind, start in starts]


def folded(rows: list[Interval], gap: int) -> list[tuple[int, str, date, date, int]]:
    """Joined one after another, as on paper."""
    spells: list[list] = []
    for (person, kind), own in groupby(sorted(rows), lambda row: row[:2]):
        open_spell: list = []
        for _, _, start, end in own:
            if open_spell and start <= open_spell[3] + gap:
                open_spell[3] = max(open_spell[3], end)
                open_spell[4] += 1
            else:
                open_spell = [person, kind, start, end, 1]
                spells.append(open_spell)
    return [
        (person, kind, FIRST + timedelta(start), FIRST + timedelta(end), joined)
        for person, kind, start, end, joined in spells
    ]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("gap", [0, 3])
@pytest.mark.parametrize("seed", [1, 2])
def test_intervals_that_start_on_one_day_are_joined_alike_in_any_order(
    tmp_path: Path, threads: int, gap: int, seed: int
):
    rows = intervals()
    mixed = Random(seed).sample(rows, len(rows))
    frame = pl.DataFrame(
        [(p, k, FIRST + timedelta(s), FIRST + timedelta(e)) for p, k, s, e in mixed],
        schema=["person_id", "kind", "start_date", "end_date"],
        orient="row",
    )
    with connect(tmp_path, threads=threads, memory_mb=500) as connection:
        connection.register("mixed", frame.to_arrow())
        connection.execute(MACROS["joined_intervals"].read_text(encoding="utf-8"))
        found = connection.sql(f"from joined_intervals('mixed', {gap}) order by 1, 2, 3").fetchall()

    assert found == folded(rows, gap)
