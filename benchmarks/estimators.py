"""
Time every estimator beside R on the same data: Cox and Fine-Gray, curves, multilevel models.

Each family has a script of its own beside this one, which says what it simulates and how it
measures; this one runs them all, one fit at a time, and prints their tables of CPU seconds, peak
memory and ratios. At a million pupils R needs hours: ``--r-minutes`` stops its multilevel fits.

    python benchmarks/estimators.py --pupils 100000
    python benchmarks/estimators.py --pupils 100000 1000000 --ours-only 5000000 --r-minutes 30
"""

import argparse
import subprocess
import sys
from pathlib import Path

FAMILIES = {
    "cox": "Cox and Fine-Gray",
    "curves": "Curves, tests and regressions",
    "multilevel": "Multilevel models",
}


def main() -> None:
    """Run the families asked for, one after another."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--pupils", nargs="*", default=["100000"], help="sizes with R beside")
    parser.add_argument("--ours-only", nargs="*", default=[], help="sizes without R")
    parser.add_argument("--r-minutes", help="stop each multilevel fit of R after so long")
    parser.add_argument("--families", nargs="*", choices=FAMILIES, default=list(FAMILIES))
    asked = parser.parse_args()
    sizes = ["--pupils", *asked.pupils, "--ours-only", *asked.ours_only]
    for family in asked.families:
        print(f"\n## {FAMILIES[family]}", flush=True)
        limit = ["--r-minutes", asked.r_minutes] if asked.r_minutes else []
        more = limit if family == "multilevel" else []
        script = Path(__file__).with_name(f"estimators_{family}.py")
        subprocess.run([sys.executable, script, *sizes, *more], check=True)


if __name__ == "__main__":
    main()
