"""England made in one go: what `cws synth` takes at three sizes.

    python benchmarks/synthetic_england.py --pupils 200000 800000 3200000
    python benchmarks/synthetic_england.py --pupils 3200000 --form text --folder /where/room/is

Six cohorts in 152 authorities, every table, truth and all. For each size: wall and CPU seconds of
the command with its worker processes, the most memory that all of them held at one moment (looked
at every 0.2 s; pages that they share are counted in each, so the sum is an upper limit), bytes and
rows delivered, and seconds per 100,000 pupils.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import polars as pl
import psutil


def memory_of(process: psutil.Process) -> int:
    """Resident bytes of a process and all that it started."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def measure(pupils: int, form: str, cores: int, folder: Path) -> None:
    """Make one delivery, print its line, and delete it."""
    out = folder / f"pupils_{pupils}"
    command = [
        sys.executable, "-m", "cws_outcomes", "synth", "--out", str(out), "--pupils", str(pupils),
        "--las", "152", "--seed", "1", "--form", form, "--cores", str(cores),
    ]  # fmt: skip
    before = psutil.Process().cpu_times()
    begun = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    peak, done = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        watched = psutil.Process(process.pid)
        while not done.wait(0.2):
            try:
                peak = max(peak, memory_of(watched))
            except psutil.NoSuchProcess:
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    failed = process.wait()
    done.set()
    watcher.join()
    if failed:
        raise SystemExit(f"cws synth failed at {pupils} pupils")
    wall, after = time.perf_counter() - begun, psutil.Process().cpu_times()
    cpu = sum(after[2:4]) - sum(before[2:4])  # of the children, and of theirs
    size = sum(file.stat().st_size for file in (out / "delivery").rglob("*") if file.is_file())
    rows = pl.read_csv(out / "receipt.csv")["rows"].sum()
    print(
        f"| {pupils:,} | {form} | {wall:.0f} | {cpu:.0f} | {peak / 1e9:.2f} | {size / 1e9:.2f} | "
        f"{rows / 1e6:.1f} | {wall / pupils * 1e5:.2f} | {cpu / pupils * 1e5:.2f} |",
        flush=True,
    )
    shutil.rmtree(out)


def main() -> None:
    """Measure the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pupils", type=int, nargs="+", default=[50_000, 200_000, 800_000])
    parser.add_argument("--form", choices=["text", "parquet"], default="parquet")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None, help="where there is room")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cws_synthetic_", dir=asked.folder))
    print(
        "| pupils | form | wall s | CPU s | peak GB | GB delivered | million rows "
        "| wall s per 100,000 | CPU s per 100,000 |\n" + "| --- " * 9 + "|"
    )
    try:
        for pupils in asked.pupils:
            measure(pupils, asked.form, asked.cores, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
