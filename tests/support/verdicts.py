"""What becomes of each damage: ``python -m support.verdicts`` writes the list of verdicts.

A verdict is one of: refused (with its cause), identical (every
harmonised table and spell is the same, byte for byte), flagged (the report tells it), repaired (a
rule mended or set rows aside, and counted them), unseen (none of these).
"""

import argparse
import csv
import filecmp
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import polars as pl
from support.damages import DAMAGES, Damage
from support.tiny import BIRTHS, PROJECT, TinyStudy

from cws_outcomes.config import Study, load_study
from cws_outcomes.contracts import Table
from cws_outcomes.contracts.delivered import SHAPES, TABLES
from cws_outcomes.errors import CwsError
from cws_outcomes.ingest.manifest import load_manifest
from cws_outcomes.plan import Job, plan
from cws_outcomes.quality import agreement
from cws_outcomes.quality.check import Check
from cws_outcomes.quality.found import Found
from cws_outcomes.quality.masking import Masking
from cws_outcomes.runner import Resources, run_job
from cws_outcomes.sql import connect
from cws_outcomes.synthetic import make_delivery

RECORDED = PROJECT / "tests" / "quality" / "corruption_verdicts.csv"
PAGE = PROJECT / "docs" / "data_quality.md"
_MARKS = ("<!-- verdicts: made by make corruptions -->", "<!-- end -->")
VERDICTS = ("refused", "identical", "flagged", "repaired", "unseen")
HEADER = ("damage", "table", "column", "seed", "verdict", "detail")
YEARS = {
    "school_census": [2014, 2015, 2016],
    "absence": [2014, 2015, 2016],
    "exclusions_wide": [2014, 2015],
    "exclusions_long": [2016, 2017],
}
_RECORDS = ("ingest", "harmonise", "spells")
# Tables under which repairs of a delivered one are counted.
_OWN = {
    "children_in_need": ("children_in_need", "referrals", "plans"),
    "exclusions_wide": ("exclusions",),
    "exclusions_long": ("exclusions",),
}
_NO_REPAIRS = ("delivered", "kept")


@dataclass(frozen=True)
class Verdict:
    """One line of the list."""

    damage: Damage
    verdict: str
    detail: str

    @property
    def row(self) -> tuple[str, ...]:
        d = self.damage
        return (d.kind.__name__, d.table, d.column, f"{d.seed}", self.verdict, self.detail)


class Bench:
    """A delivery, all that is made of it, and what is found in it; damaged and put right again."""

    def __init__(self, folder: Path) -> None:
        make_delivery(
            folder, pupils=2000, las=6, seed=2, births=BIRTHS,
            study_template=PROJECT / "config" / "study.yaml",
        )  # fmt: skip
        self.tiny = TinyStudy(folder)
        self.tiny.change_study({"definitions": str(PROJECT / "config")})
        manifest = self.tiny.manifest()
        for table, years in YEARS.items():
            manifest["tables"][table]["years"] = years
        self.tiny.write_manifest(manifest)
        self.study = load_study(self.tiny.config)
        self.scratch = folder / "scratch"
        for name in ("spill", "whole", "damaged"):
            (self.scratch / name).mkdir(parents=True)
        self.connection = connect(self.scratch / "spill", threads=1, memory_mb=2000)
        agreement.load_authorities(self.connection)
        self.whole = self._check("whole")
        for contract in TABLES:
            self.whole.table(contract)
        self.whole.between_tables()
        assert not self.whole.found.failures, self.whole.found.failures
        self.known = {_key(flag) for flag in self.whole.found.flags}
        self.made = folder / "made"
        for job in _jobs(self.study, self.made):
            self._run(job)

    def judge(self, damage: Damage) -> Verdict:
        """Damage the delivery, look at it, and put it right."""
        with self._damaged(damage):
            try:
                changed, repaired = self._make(damage)
            except CwsError as failure:
                return Verdict(damage, "refused", type(failure).__name__)
            if not changed:
                return Verdict(damage, "identical", "")
            found = self._look(damage)
        assert not found.failures, found.failures  # what a step reads, the check can read
        new = sorted({_key(flag)[0] for flag in found.open_flags if _key(flag) not in self.known})
        if new:
            return Verdict(damage, "flagged", "; ".join(new))
        if repaired:
            return Verdict(damage, "repaired", "; ".join(repaired))
        return Verdict(damage, "unseen", "")

    @contextmanager
    def _damaged(self, damage: Damage) -> Iterator[None]:
        receipt = self.tiny.receipt_file.read_bytes()
        kept = {f: f.read_bytes() for f in self._files(damage)}
        try:
            damage.inflict(self.tiny.manifest_file, self.tiny.receipt_file)
            yield
        finally:
            self.tiny.receipt_file.write_bytes(receipt)
            for file, content in kept.items():
                file.write_bytes(content)

    def _files(self, damage: Damage) -> Iterable[Path]:
        manifest = load_manifest(self.tiny.manifest_file)
        name = manifest.tables[damage.table].file
        assert isinstance(name, str)
        return [manifest.folder / name.replace("{year}", f"{damage.year}")]

    def _check(self, scratch: str) -> Check:
        manifest = load_manifest(self.tiny.manifest_file)
        found = Found(manifest.name, manifest.synthetic, Masking(10, 10))
        return Check(
            self.study, manifest, self.connection, self.scratch / scratch, found, lambda _: None
        )

    def _look(self, damage: Damage) -> Found:
        """What `cws check` finds: the damaged table anew, the others as they were."""
        contract = _contract(damage)
        name = contract.name.removeprefix("delivered_")
        mine = {name, *SHAPES[name]}
        check = self._check("damaged")
        for shape, view in self.whole.views.items():
            if shape not in mine:
                check.views[shape] = view
        check.contracts |= {s: c for s, c in self.whole.contracts.items() if s not in mine}
        check.found.subjects += [s for s in self.whole.found.subjects if s.name not in mine]
        try:
            check.table(contract)
            check.between_tables(mine)
        finally:
            whole = self.scratch / "whole" / f"rows_of_{name}.parquet"
            self.connection.execute(
                f"create or replace temp view rows_of_{name} as from read_parquet('{whole}')"
            )
            shutil.rmtree(self.scratch / "damaged")
            (self.scratch / "damaged").mkdir()
        return check.found

    def _make(self, damage: Damage) -> tuple[list[str], list[str]]:
        """Tables that come out otherwise, and rules that repaired more than before."""
        again = self.made.with_name("again")
        shutil.rmtree(again, ignore_errors=True)
        table = _contract(damage).name
        changed: set[Path] = set()
        for job in _jobs(self.study, again):
            outputs = [path.relative_to(again) for path in job.outputs.values()]
            if table in job.step.writes or changed.intersection(
                path.relative_to(again) for path in job.needed if path.is_relative_to(again)
            ):
                self._run(job)
                changed |= {
                    path
                    for path in outputs
                    if not filecmp.cmp(again / path, self.made / path, shallow=False)
                }
            else:
                for path in outputs:
                    (again / path).parent.mkdir(parents=True, exist_ok=True)
                    os.link(self.made / path, again / path)
        results = ("person_level/harmonise", "person_level/spells")
        differing = sorted(str(p) for p in changed if str(p).startswith(results))
        before, after = _repairs(self.made), _repairs(again)
        # Rules of the damaged table: what others drop for want of it is no repair of it.
        own = _OWN.get(damage.table, (damage.table,))
        more = (r for r, rows in after.items() if rows > before.get(r, 0))
        return differing, sorted(r for r in more if r.partition(":")[0] in own)

    def _run(self, job: Job) -> None:
        resources = Resources(threads=1, memory_mb=2000, temp_folder=self.scratch / "spill")
        run_job(job, resources, is_synthetic=True)


def _jobs(study: Study, results: Path) -> list[Job]:
    there = study.model_copy(update={"results": results})
    return [job for job in plan(there) if job.step.stage in _RECORDS]


def _contract(damage: Damage) -> Table:
    return next(
        table for table in TABLES if damage.table in SHAPES[table.name.removeprefix("delivered_")]
    )


def _key(flag: object) -> tuple[str, str, str, str]:
    return (flag.name, flag.table, flag.column, flag.year)  # type: ignore[attr-defined]


def _repairs(results: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for file in sorted((results / "unchecked" / "repairs").glob("*.parquet")):
        rows = pl.read_parquet(file)
        if {"table", "rule", "rows"} <= set(rows.columns):
            for row in rows.iter_rows(named=True):
                if row["rule"] not in _NO_REPAIRS:
                    found[f"{row['table']}: {row['rule']}"] = row["rows"]
    return found


def recorded() -> list[dict[str, str]]:
    """The list as it was last written."""
    with RECORDED.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def as_markdown(rows: Sequence[Mapping[str, str]]) -> str:
    """Kinds by verdict, and each damage that nothing sees."""
    counts = Counter((row["damage"], row["verdict"]) for row in rows)
    total = Counter(row["verdict"] for row in rows)
    lines = [f"| damage | {' | '.join(VERDICTS)} |", "| --- " * (len(VERDICTS) + 1) + "|"]
    for kind in dict.fromkeys(row["damage"] for row in rows):
        cells = " | ".join(str(counts[kind, verdict] or "") for verdict in VERDICTS)
        lines.append(f"| {kind.replace('_', ' ')} | {cells} |")
    cells = " | ".join(f"**{total[verdict]}**" for verdict in VERDICTS)
    lines += [f"| **{len(rows)} in all** | {cells} |", "", "Seen by nothing:", ""]
    lines += [
        f"- {row['damage'].replace('_', ' ')}: {row['table']}"
        + (f", `{row['column']}`" if row["column"] else "")
        for row in rows
        if row["verdict"] == "unseen"
    ]
    return "\n".join(lines) + "\n"


def write(rows: Sequence[Mapping[str, str]]) -> None:
    """Write the record, and the page's part that shows it."""
    with RECORDED.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_MARKS[0])
    after = rest.partition(_MARKS[1])[2]
    shown = f"{_MARKS[0]}\n\n{as_markdown(rows)}\n{_MARKS[1]}"
    PAGE.write_text(before + shown + after, encoding="utf-8")


def judged(seeds: Sequence[int]) -> list[dict[str, str]]:
    """Judge damages on a bench of their own; each line is shown as soon as it is known."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "study")
        for seed in seeds:
            verdict = bench.judge(DAMAGES[seed])
            rows.append(dict(zip(HEADER, verdict.row, strict=True)))
            print(",".join(verdict.row), flush=True)
    return rows


def main() -> None:
    """Judge every damage, or those whose name holds a word, and write the list."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--cores", type=int, default=1, help="benches that judge at once")
    asked = parser.parse_args()
    chosen = [
        damage.seed
        for damage in DAMAGES
        if not asked.words or any(word in damage.name for word in asked.words)
    ]
    shares = [chosen[first :: asked.cores] for first in range(asked.cores)]
    with ProcessPoolExecutor(asked.cores, mp_context=get_context("spawn")) as pool:
        rows = [row for share in pool.map(judged, shares) for row in share]
    if not asked.words:
        write(sorted(rows, key=lambda row: int(row["seed"])))


if __name__ == "__main__":
    main()
