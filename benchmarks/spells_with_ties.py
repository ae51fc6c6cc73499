"""Is there one answer? Episodes that start on one day, joined by our rule and by the usual query.

    python benchmarks/spells_with_ties.py --episodes 10000000 --runs 7 --threads 2

The usual query for gaps and islands orders two windows by the start date alone. Where two episodes
of a child start on one day, each window may take them in another order, and spells differ from run
to run. Ours gives all that start on a day the number that the day ends with.
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
copy (select
    cast(hash(n) % ($episodes // 2) as bigint) as person_id,
    'cla' as kind,
    date '2010-01-01' + cast(hash(n, 'start') % 2192 as integer) as start_date,
    start_date + 1 + cast(hash(n, 'days') % 365 as integer) as end_date
from range($episodes) as numbers(n)) to '{file}' (format parquet)
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
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "episodes.parquet"
        with opened(file, asked.threads) as connection:
            made = EPISODES.replace("{file}", str(file))
            connection.execute(made, {"episodes": asked.episodes})
            print(f"{asked.episodes:,} episodes, {ties(connection, file):,} of them on a day taken")
        for name, query in (("usual query", TEXTBOOK), ("ours", OURS)):
            runs = [measured(file, query, asked.threads) for _ in range(asked.runs)]
            answers = {answer for answer, _, _ in runs}
            print(
                f"{name}: {len(answers)} answer(s) in {asked.runs} runs; spells "
                f"{sorted({f'{spells:,}' for spells, _, _ in answers})}; median wall "
                f"{statistics.median(wall for _, wall, _ in runs):.1f} s, CPU "
                f"{statistics.median(cpu for _, _, cpu in runs):.1f} s",
                flush=True,
            )


def opened(file: Path, threads: int) -> DuckDBPyConnection:
    """A database of its own, as every job has."""
    return connect(file.parent / "spill", threads=threads, memory_mb=MEMORY_MB)


def ties(connection: DuckDBPyConnection, file: Path) -> int:
    """Episodes that start on a day on which another one of the child does."""
    distinct = f"select distinct person_id, start_date from '{file}'"
    query = f"select (select count(*) from '{file}') - (select count(*) from ({distinct}))"
    return int(connection.sql(query).fetchall()[0][0])


def measured(file: Path, query: str, threads: int) -> tuple[tuple[int, int, int], float, float]:
    """Answer, wall and CPU seconds of one run."""
    with opened(file, threads) as connection:
        connection.execute(f"create view episodes as from '{file}'")
        connection.execute(MACROS["joined_intervals"].read_text(encoding="utf-8"))
        wall, cpu = time.perf_counter(), time.process_time()
        connection.execute(f"create or replace temp table spells as {query}")
        spent = time.perf_counter() - wall, time.process_time() - cpu
        return connection.sql(DIGEST).fetchall()[0], *spent


if __name__ == "__main__":
    main()
