"""From delivered text to histories at the size of England, against a plain scan of the files.

    python benchmarks/england.py --share 1            # England: about 15 GB of text
    python benchmarks/england.py --share 0.0625 0.25 1

One synthetic delivery is made and repeated with new identifiers until its tables are as large as
those of England (`ENGLAND`), or the share of it asked for. Rows beyond the repeated cohort
(children in need, episodes of care and offences of people outside it) get identifiers of their own,
every second of those in social care without a pupil reference. It is as plain as it is large: what
it holds means nothing, only how much of it there is.

DuckDB reads every column of the files once. Then every job that the person spine, the spells and
the cohorts' histories need runs in a process of its own, and after them what else is made of the
records: counts, repairs, side tables. For each job: wall and CPU seconds, peak memory of its
process and the most it had spilled at once.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cws_outcomes.config import load_study
from cws_outcomes.ingest.manifest import files_of, load_manifest
from cws_outcomes.plan import Job, needed_for, plan
from cws_outcomes.run.snakemake import find_project
from cws_outcomes.synthetic import make_delivery

PUPILS = 30_000  # of the delivery that is repeated
# Rows a delivery of England has at least, by table, and together for census and absence.
ENGLAND = {"children_in_need": 12_000_000, "care_episodes": 2_500_000, "offences": 8_000_000}
ENGLAND_CENSUS_AND_ABSENCE = 100_000_000
ENGLAND_PUPILS = 3_200_000
STAGES = ("ingest", "harmonise", "spells", "cohort")
IDENTIFIERS = (
    "pupilmatchingrefanonymous", "lachildid_anon", "child_la_code_anon", "child_id_anon",
    "mojuid", "caseid", "offenceid",
)  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    name: str
    wall: float
    cpu: float
    peak_mb: float
    spilled_mb: float


def enlarge(base: Path, out: Path, share: float) -> dict[str, int]:
    """Write the delivery of `base` anew in `out`, as large as asked for; rows by table."""
    manifest = load_manifest(base / "delivery.yaml")
    shutil.copytree(base, out, ignore=shutil.ignore_patterns("delivery", "receipt.csv", "truth"))
    (out / "delivery").mkdir()
    connection = duckdb.connect()
    held = {table: _rows(connection, manifest, table) for table in manifest.tables}
    both = sum(rows for table, rows in held.items() if _is_census_or_absence(table))
    copies = max(
        ENGLAND_PUPILS * share / PUPILS, ENGLAND_CENSUS_AND_ABSENCE * share / both
    ).__ceil__()
    rows = {}
    for table in manifest.tables:
        wanted = max(ENGLAND.get(table, 0) * share, held[table] * copies)
        repeats = round(wanted / held[table] + 0.499)
        rows[table] = held[table] * repeats
        for file in files_of(manifest, table):
            _repeat(connection, file.path, out / "delivery" / file.path.name, copies, repeats)
    text = (out / "delivery.yaml").read_text(encoding="utf-8")
    (out / "delivery.yaml").write_text(text.replace("receipt: receipt.csv\n", ""), "utf-8")
    return rows


def _is_census_or_absence(table: str) -> bool:
    return "census" in table or table in ("plasc", "absence")


def _rows(connection: duckdb.DuckDBPyConnection, manifest: object, table: str) -> int:
    found = 0
    for file in files_of(manifest, table):  # type: ignore[arg-type]
        found += connection.sql(f"select count(*) from {_text_of(file.path)}").fetchall()[0][0]
    return found


def _text_of(file: Path) -> str:
    delimiter = "," if file.suffix == ".csv" else "\t"
    return f"read_csv('{file}', header = true, all_varchar = true, delim = '{delimiter}')"


def _repeat(
    connection: duckdb.DuckDBPyConnection, file: Path, out: Path, copies: int, repeats: int
) -> None:
    names = connection.sql(f"from {_text_of(file)}").columns
    fields = ", ".join(f'{_relabelled(name, copies)} as "{name}"' for name in names)
    delimiter = "," if file.suffix == ".csv" else "\\t"
    connection.execute(
        f"copy (select {fields} from {_text_of(file)}, range({repeats}) as r(n)) to '{out}' "
        f"(header, delimiter '{delimiter}')"
    )


def _relabelled(name: str, copies: int) -> str:
    bare = name.lower()
    if not any(identifier in bare for identifier in IDENTIFIERS):
        return f'"{name}"'
    if "pupilmatching" not in bare:
        return f"\"{name}\" || '_' || n"
    # As long as before; the people outside the repeated cohort bear numbers of their own.
    relabelled = f"replace(\"{name}\", 'SYNTHETIC', 'SYN' || lpad(n::varchar, 6, '0'))"
    if bare.startswith(("cin_", "cla_")):
        return f"if(n >= {copies} and n % 2 = 1, null, {relabelled})"
    return relabelled


def scan(delivery: Path, threads: int) -> Cost:
    """Every column of every delivered file, read once by DuckDB alone."""
    code = f"""
import duckdb, pathlib, sys
connection = duckdb.connect(config={{"threads": {threads}, "memory_limit": "6GiB"}})
connection.execute("set enable_progress_bar = false")
for file in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    delimiter = "," if file.suffix == ".csv" else "\\t"
    with file.open(encoding="utf-8") as lines:
        places = range(len(lines.readline().split(delimiter)))
    columns = ", ".join(f"c{{i}}: 'VARCHAR'" for i in places)
    counts = ", ".join(f"count(c{{i}})" for i in places)
    connection.sql(
        f"select {{counts}} from read_csv('{{file}}', columns = {{{{{{columns}}}}}}, "
        f"header = true, auto_detect = false, delim = '{{delimiter}}')"
    ).fetchall()
"""
    return _measured("scan", [sys.executable, "-c", code, str(delivery)], delivery)


def jobs_of(config: Path) -> tuple[list[Job], list[Job]]:
    """Jobs that spells and histories need, and those that are beside the road to them."""
    every = [job for job in plan(load_study(config)) if job.step.stage in STAGES]
    ends = [j.name for j in every if j.step.stage == "spells" or j.step.name == "cut_histories"]
    road = needed_for(every, ends)
    return list(road), [job for job in every if job not in road]


def run_job(job: Job, config: Path, threads: int, memory_mb: int) -> Cost:
    """Run one job in a process of its own."""
    spill = Path(tempfile.mkdtemp(prefix="spill_", dir=config.parent))
    command = [
        sys.executable, "-m", "cws_outcomes", "step", job.name, "--config", str(config),
        "--threads", str(threads), "--memory-mb", str(memory_mb), "--temp-folder", str(spill),
    ]  # fmt: skip
    try:
        return _measured(job.name, command, spill)
    finally:
        shutil.rmtree(spill)


def _measured(name: str, command: list[str], spill: Path) -> Cost:
    begun = time.perf_counter()
    process = subprocess.Popen(command)
    spilled = peak = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal spilled, peak
        while not done.wait(0.1):
            spilled, peak = max(spilled, _spilled(spill)), max(peak, _peak_kb(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    done.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{name} failed")
    return Cost(
        name, time.perf_counter() - begun, usage.ru_utime + usage.ru_stime,
        peak / 1024, spilled / 1e6,
    )  # fmt: skip


def _peak_kb(process: int) -> int:
    """The most memory a process has had so far. (What its parent is told counts the parent's.)"""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return int(lines.get("VmHWM", "0 kB").split()[0])


def _spilled(folder: Path) -> int:
    """Bytes of DuckDB's own temporary files; typed parts of ingest are no spill."""
    total = 0
    for file in folder.rglob("duckdb_temp*"):
        try:
            total += file.stat().st_size
        except FileNotFoundError:
            continue
    return total


def run(base: Path, folder: Path, share: float, threads: int, memory_mb: int) -> None:
    """Make one size, measure it and print what it took."""
    out = folder / f"share_{share}"
    rows = enlarge(base, out, share)
    size = sum(file.stat().st_size for file in (out / "delivery").iterdir())
    print(f"\n## Share {share}: {size / 1e9:.2f} GB of text\n", flush=True)
    print("rows: " + ", ".join(f"{table} {count:,}" for table, count in rows.items()))
    scanned = scan(out / "delivery", threads)
    print("\n| step | wall s | CPU s | peak MB | spilled MB |\n| --- | --- | --- | --- | --- |")
    _print(scanned)
    road, beside = jobs_of(out / "study.yaml")
    _total("To histories", road, out / "study.yaml", scanned, threads, memory_mb)
    _total("Beside them", beside, out / "study.yaml", scanned, threads, memory_mb)
    shutil.rmtree(out)


def _total(
    title: str, jobs: list[Job], config: Path, scanned: Cost, threads: int, memory_mb: int
) -> None:
    costs = []
    for job in jobs:
        costs.append(run_job(job, config, threads, memory_mb))
        _print(costs[-1])
    wall, cpu = sum(c.wall for c in costs), sum(c.cpu for c in costs)
    print(
        f"\n{title}: {wall:.0f} s wall ({wall / scanned.wall:.1f} times the scan), "
        f"{cpu:.0f} s CPU ({cpu / scanned.cpu:.1f} times), peak "
        f"{max(c.peak_mb for c in costs):.0f} MB, most spilled at once "
        f"{max(c.spilled_mb for c in costs):.0f} MB\n",
        flush=True,
    )


def _print(cost: Cost) -> None:
    print(
        f"| {cost.name} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.peak_mb:.0f} | "
        f"{cost.spilled_mb:.0f} |",
        flush=True,
    )


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, nargs="+", default=[0.0625])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory-mb", type=int, default=6144)
    parser.add_argument("--folder", type=Path, default=None, help="where there is room")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cws_england_", dir=asked.folder))
    try:
        template = find_project() / "config" / "study.yaml"
        make_delivery(folder / "base", pupils=PUPILS, las=150, seed=1, study_template=template)
        for share in asked.share:
            run(folder / "base", folder, share, asked.threads, asked.memory_mb)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
