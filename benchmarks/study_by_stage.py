"""Wall and CPU seconds of each stage of the whole study, and peak memory, on a synthetic delivery.

    python benchmarks/study_by_stage.py --pupils 30000 --las 24 --threads 2

Every job runs in a process of its own, as under Snakemake, so that memory is told for each; the
start of Python and its imports are part of it. Nothing is compared with another machine: sizes are
run one after another, and times are shown as ratios to the first.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from cws_outcomes.config import load_study
from cws_outcomes.plan import plan
from cws_outcomes.run.snakemake import find_project
from cws_outcomes.synthetic import make_delivery


def measure(pupils: int, las: int, threads: int) -> dict[str, tuple[float, float]]:
    """Seconds by stage (wall, CPU) of one study."""
    folder = Path(tempfile.mkdtemp(prefix="cws_benchmark_"))
    seconds: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    try:
        begun = time.perf_counter(), time.process_time()
        template = find_project() / "config" / "study.yaml"
        make_delivery(folder / "d", pupils=pupils, las=las, seed=1, study_template=template)
        seconds["synthetic"] = (
            time.perf_counter() - begun[0],
            time.process_time() - begun[1],
        )
        config = folder / "d" / "study.yaml"
        for job in plan(load_study(config)):
            wall, cpu = _run(job.name, config, threads)
            spent = seconds[job.step.stage]
            seconds[job.step.stage] = (spent[0] + wall, spent[1] + cpu)
    finally:
        shutil.rmtree(folder)
    return dict(seconds)


def _run(job: str, config: Path, threads: int) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "cws_outcomes", "step", job, "--config", str(config),
         "--threads", str(threads)],
        check=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - begun, cpu


def main() -> None:
    """Measure one size, or several, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pupils", type=int, nargs="+", default=[30_000])
    parser.add_argument("--las", type=int, default=24)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    runs = {pupils: measure(pupils, asked.las, asked.threads) for pupils in asked.pupils}
    first = runs[asked.pupils[0]]
    print("| stage | " + " | ".join(f"{p:,} pupils: wall s, CPU s, ratio" for p in runs) + " |")
    print("| --- " * (len(runs) + 1) + "|")
    for stage, (first_wall, _) in first.items():
        cells = [f"{w:.1f}, {c:.1f}, {w / first_wall:.1f}" for w, c in
                 (run[stage] for run in runs.values())]  # fmt: skip
        print(f"| {stage} | " + " | ".join(cells) + " |")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\nLargest process over all runs: {peak:.0f} MB")


if __name__ == "__main__":
    main()
