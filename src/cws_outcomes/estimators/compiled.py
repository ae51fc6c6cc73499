"""Compiled inner loops: cached once, wherever something may be written, and run on threads."""

import os
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba

Args = ParamSpec("Args")
Result = TypeVar("Result")
Part = TypeVar("Part")


def _place_for_cache(package: Path, home: Path) -> Path | None:
    """
    Where compiled code is kept if numba finds no place of its own.

    numba keeps it beside the module, else below the home folder, and refuses to compile where it
    may write to neither: in a locked-down workstation both may be read-only.
    """
    if any(os.access(folder, os.W_OK) for folder in (package, home)):
        return None
    owner = os.getuid() if hasattr(os, "getuid") else os.getlogin()
    folder = Path(tempfile.gettempdir()) / f"cws_outcomes_compiled_{owner}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


# numba makes its settings at run time, where a type checker cannot see them.
_settings: Any = numba.config
if not _settings.CACHE_DIR:
    _place = _place_for_cache(Path(__file__).parent, Path.home())
    if _place is not None:
        _settings.CACHE_DIR = str(_place)


def compiled(function: Callable[Args, Result]) -> Callable[Args, Result]:
    """
    Compile a loop over arrays at its first call, and keep the machine code for the next process.

    Sums are kept in the order written (no ``fastmath``), and the interpreter is left free, so that
    `in_parts` can run one on each thread.
    """
    return cast(Callable[Args, Result], numba.njit(cache=True, nogil=True)(function))


def inlined(function: Callable[Args, Result]) -> Callable[Args, Result]:
    """Write a function into the loops that call it: where a call would hand over many arrays."""
    return cast(Callable[Args, Result], numba.njit(inline="always")(function))


def in_parts(
    work: Callable[[Part], Result], parts: Iterable[Part], threads: int = 1
) -> list[Result]:
    """
    Do the same work on each part, and return the results in the order of the parts.

    Parameters
    ----------
    work : callable
        Of one part; compiled, so that it runs beside the others.
    parts : iterable
        Must not depend on ``threads``: then a sum of the results in this order has the same bits
        on any number of them.
    threads : int
        Most parts at work at once.
    """
    wanted = list(parts)
    helpers = min(threads, len(wanted)) - 1
    if helpers < 1:
        return [work(part) for part in wanted]
    done: dict[int, Result] = {}
    ahead = iter(range(len(wanted)))

    def take_turns() -> None:
        for place in ahead:
            done[place] = work(wanted[place])

    # This thread works too: one more, woken at the end of each part, would be in the others' way.
    others = [_helpers(helpers).submit(take_turns) for _ in range(helpers)]
    try:
        take_turns()
    finally:
        for other in others:
            if not other.cancel():  # one that has not begun has nothing left to do
                other.result()
    return [done[place] for place in range(len(wanted))]


@cache
def _helpers(many: int) -> ThreadPoolExecutor:
    """Threads that are kept: starting one takes as long as a small part."""
    return ThreadPoolExecutor(many)
