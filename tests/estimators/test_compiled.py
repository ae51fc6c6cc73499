"""Compiled loops: where their code is kept, and that threads change no bit."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from cws_outcomes.estimators import compiled


def test_code_is_kept_elsewhere_only_where_neither_folder_may_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    package, home = tmp_path / "package", tmp_path / "home"

    def only(*writable: Path) -> Path | None:
        monkeypatch.setattr(os, "access", lambda folder, mode: folder in writable)
        return compiled._place_for_cache(package, home)

    assert only(package) is None
    assert only(home) is None
    place = only()
    assert place is not None
    assert place.is_dir()
    assert place.stat().st_mode & 0o077 == 0  # nobody else may put code there


def test_a_process_that_may_write_nowhere_of_its_own_keeps_code_in_the_temporary_folder(
    tmp_path: Path,
):
    """In a process of its own: numba decides where a function is kept when it is defined."""
    code = (
        "import os; os.access = lambda *a, **k: False\n"
        "from cws_outcomes.estimators.compiled import compiled\n"
        "import numba; print(numba.config.CACHE_DIR)\n"
        "import cws_outcomes.estimators\n"
    )
    settings = os.environ | {"TMPDIR": str(tmp_path)}
    settings.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().startswith(str(tmp_path))


def test_results_keep_the_order_of_the_parts():
    parts = [np.arange(n, dtype=float) for n in range(1, 30)]
    assert compiled.in_parts(np.sum, parts, 1) == compiled.in_parts(np.sum, parts, 4)


def test_parts_may_have_parts_of_their_own():
    """More work than helpers: what none of them has begun, its caller does itself."""

    def row(number: int) -> list[int]:
        return compiled.in_parts(lambda other: number * other, range(8), 3)

    expected = [[number * other for other in range(8)] for number in range(8)]
    assert compiled.in_parts(row, range(8), 3) == expected


@pytest.mark.parametrize("bad", [0, 1, 5])
def test_what_goes_wrong_in_a_part_is_told(bad: int):
    def work(part: int) -> int:
        if part == bad:
            raise ValueError("of this part")
        return part

    with pytest.raises(ValueError, match="of this part"):
        compiled.in_parts(work, range(6), 2)
    assert compiled.in_parts(work, range(6, 9), 2) == [6, 7, 8]  # and the helpers go on
