"""Is there one answer? Episodes that start on one day, joined by our rule and by the usual query.

    python benchmarks/spells_with_ties.py --episodes 10000000 --runs 7 --threads 2

The usual query for gaps and islands orders two windows by the start date alone. Where two episodes
of a child start on one day, each window may take them in another order, and spells differ from run
to run. Ours folds such episodes into one row a day before any window looks at them.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from duckdb import DuckDBPyConnection

from cws_outcomes.sql import MACROS, connect

MEMORY_MB = 6000
# Two episodes a child on average, of up to a year, in six years: a good many start on one day.
EPISODES = """
create table episodes as
select
    cast(hash(n) % ($episodes // 2) as bigint) as person_id,
    'cla' as kind,
    date '2010-01-01' + cast(hash(n, 'start') % 2192 as integer) as start_date,
    start_date + 1 + cast(hash(n, 'days') % 365 as integer) as end_date
from range($episodes) as numbers(n)
"""
TEXTBOOK = """
with reached as (
    select
        *,
        max(end_date) over (
            partition by person_id order by start_date
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from episodes
),
numbered as (
    select
        *,
        sum(if(covered_until is null or start_date > covered_until, 1, 0)) over (
            partition by person_id order by start_date rows unbounded preceding
        ) as spell_no
    from reached
)
select person_id, min(start_date) as start_date, max(end_date) as end_date
from numbered
group by person_id, spell_no
"""
OURS = "select person_id, start_date, end_date from joined_intervals('episodes', 0)"
# The whole answer as three numbers that do not depend on the order of rows.
DIGEST = """
select count(*), sum(end_date - start_date), bit_xor(hash(person_id, start_date, end_date))
from spells
"""


def main() -> None:
    """Run both queries as often as asked and print their answers and times."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--episodes", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as spill:
        connection = connect(Path(spill), threads=asked.threads, memory_mb=MEMORY_MB)
        connection.execute(EPISODES, {"episodes": asked.episodes})
        connection.execute(MACROS["joined_intervals"].read_text(encoding="utf-8"))
        print(f"{asked.episodes:,} episodes, {ties(connection):,} days with several starts")
        for name, query in (("usual query", TEXTBOOK), ("ours", OURS)):
            answers, walls, seconds = measured(connection, query, asked.runs)
            print(
                f"{name}: {len(set(answers))} answer(s) in {asked.runs} runs; spells "
                f"{sorted({f'{spells:,}' for spells, _, _ in answers})}; median wall "
                f"{statistics.median(walls):.1f} s, CPU {statistics.median(seconds):.1f} s"
            )


def ties(connection: DuckDBPyConnection) -> int:
    """Days on which several episodes of one child start."""
    distinct = "select distinct person_id, start_date from episodes"
    query = f"select (select count(*) from episodes) - (select count(*) from ({distinct}))"
    return int(connection.sql(query).fetchall()[0][0])


def measured(
    connection: DuckDBPyConnection, query: str, runs: int
) -> tuple[list[tuple[int, int, int]], list[float], list[float]]:
    """Answer, wall and CPU seconds of each run."""
    answers, walls, seconds = [], [], []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        connection.execute(f"create or replace temp table spells as {query}")
        walls.append(time.perf_counter() - wall)
        seconds.append(time.process_time() - cpu)
        answers.append(connection.sql(DIGEST).fetchall()[0])
    return answers, walls, seconds


if __name__ == "__main__":
    main()
