"""What is released: each file with its digest, the contract behind it and its smallest count."""

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cws_outcomes.errors import ReleaseError

COUNTS = (
    "persons", "events", "at_risk", "persons_in", "persons_excluded", "persons_out",
    "model_persons", "model_events",
)  # fmt: skip
COLUMNS = ("path", "sha256", "contract", "smallest_count")


@dataclass(frozen=True)
class Entry:
    """
    One released file.

    Attributes
    ----------
    path : str
        Below the folder of releasable results.
    sha256 : str
        Digest of its bytes.
    contract : str
        Cleared contract it was printed from.
    smallest_count : str
        Smallest count it shows; empty where it shows none.
    """

    path: str
    sha256: str
    contract: str
    smallest_count: str


def entries(files: Mapping[str, tuple[Path, str]], threshold: int, round_to: int) -> list[Entry]:
    """
    Entries of printed files, once each is seen to keep the rules.

    Parameters
    ----------
    files : mapping of str to (Path, str)
        Path below the releasable folder to the file and its contract. The counts of a picture are
        those of the CSV beside it.
    threshold, round_to : int
        Of the study's disclosure rule.

    Returns
    -------
    list of Entry
        In order of path.

    Raises
    ------
    ReleaseError
        When a file shows a count below the threshold, or one that is not rounded.
    """
    smallest = {
        name: _smallest(name, path, threshold, round_to)
        for name, (path, _) in files.items()
        if name.endswith(".csv")
    }
    return [
        Entry(name, digest(path), contract, smallest.get(f"{name.rpartition('.')[0]}.csv", ""))
        for name, (path, contract) in sorted(files.items())
    ]


def write_manifest(listed: Sequence[Entry], path: Path) -> None:
    """Write entries as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((e.path, e.sha256, e.contract, e.smallest_count) for e in listed)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _smallest(name: str, path: Path, threshold: int, round_to: int) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        counts = list(_counts(csv.DictReader(file)))
    wrong = [count for count in counts if count < threshold or count % round_to]
    if wrong:
        raise ReleaseError(
            f"{name} shows {len(wrong)} counts that are below {threshold} or not rounded to "
            f"{round_to}. Only what disclosure has cleared may be printed: print it from a "
            "cleared table."
        )
    return str(min(counts)) if counts else ""


def _counts(rows: Iterable[Mapping[str, str]]) -> Iterable[int]:
    for row in rows:
        yield from (int(row[name]) for name in COUNTS if row.get(name))
