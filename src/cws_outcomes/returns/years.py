"""The year of each return, settled from its label and the dates inside.

The year of a return is the year in which it ends, on 31 March. ``2017-18``, ``201718``, a reference
date and the header of a message say that year. A bare year may be the one in which the return
starts: the dates of its episodes decide, all returns of one authority together, since a folder
names years in one way. Where nothing names a year, or the name means one in which no episode ends,
it is the year in which most episodes end.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from cws_outcomes.errors import ConfigError
from cws_outcomes.returns.labels import YearLabel

# A return before its year is settled: collection, authority, and its label, or else its folder.
Key = tuple[str, str, YearLabel | Path]
# Days by the year to 31 March in which they lie, and whether an episode ends on them.
Days = Counter[tuple[int, bool]]
_FEW_ENDS = 10  # fewer may all lie on the day after the return


def settled_years(
    keys: set[Key], dates: Mapping[Key, Days], folder_year: str | None
) -> dict[Key, tuple[int, str]]:
    """
    Year of each return, and how it was settled, for people.

    Parameters
    ----------
    keys : set of Key
    dates : mapping of Key to Days
        Starts and ends of the episodes in each return.
    folder_year : {"start", "end"} or None
        What a bare year means, where the dates are not to decide.

    Raises
    ------
    ConfigError
        No year can be settled, or no episode ends in the year that is plainly named.
    """
    return _with_neighbours({key: _year(key, keys, dates, folder_year) for key in keys})


def _year(
    key: Key,
    keys: set[Key],
    dates: Mapping[Key, Days],
    folder_year: str | None,
) -> tuple[int, str] | None:
    """Year of a return and how it was settled; None where nothing inside it tells."""
    collection, la, label = key
    own = dates.get(key, Days())
    if isinstance(label, Path):
        return _most_days(own)
    if label.is_end:
        _require_ends_in(label.year, own)
        return label.year, "named as the year that ends"
    if folder_year is not None:
        start = folder_year == "start"
        return label.year + start, f"--folder-year {folder_year}"
    pooled: Counter[str] = Counter()
    for other in {other for other in keys if other[:2] == (collection, la)}:
        named = other[2]
        if isinstance(named, YearLabel) and not named.is_end:
            pooled.update(_before_and_after(named.year, dates.get(other, Days())))
    if _is_contradicted(label.year, own):
        settled = _most_days(own)
        if settled is not None:
            return settled[0], "from the dates inside: they are not of the year that names it"
    if pooled["after"] > pooled["before"]:
        why = f"named as the year that starts: {pooled['after']:,} of "
        return (
            label.year + 1,
            why + f"{pooled.total():,} dates lie after 31 March of the year named",
        )
    if pooled["before"]:
        why = f"named as the year that ends: {pooled['before']:,} of "
        return label.year, why + f"{pooled.total():,} dates lie before 1 April of the year named"
    return label.year, "named; no date inside settles it, so taken as the year that ends"


def _before_and_after(year: int, counts: Days) -> Counter[str]:
    """A return that ends in the year named holds ends before 1 April and no date after it."""
    after = counts[year + 1, True] + counts[year + 1, False]
    return Counter({"before": counts[year, True], "after": after})


def _is_contradicted(year: int, counts: Days) -> bool:
    """Episodes end in the year of their return: none does in either year that the name may mean."""
    ends = {end for end, is_end in counts if is_end}
    return bool(ends) and not ends & {year, year + 1}


def _require_ends_in(year: int, counts: Days) -> None:
    """A year that cannot be misunderstood, and is wrong, would cost most of a return its rows."""
    ends = {end: days for (end, is_end), days in counts.items() if is_end}
    if sum(ends.values()) >= _FEW_ENDS and year not in ends:
        raise ConfigError(
            f"A return is named or given as that to 31 March {year}, and no episode in it ends in "
            f"that year. Most end in the year to 31 March {max(ends, key=lambda y: ends[y])}. "
            "Rename the folder, or give the --year of the 31 March on which the return ends."
        )


def _most_days(counts: Days) -> tuple[int, str] | None:
    """Year in which most episodes end; in which most start, where none ends."""
    for wanted, what in ((True, "ends"), (False, "starts")):
        by_year = Counter({year: n for (year, is_end), n in counts.items() if is_end == wanted})
        if by_year:
            best = max(by_year, key=lambda year: (by_year[year], year))
            share = f"{by_year[best]:,} of {by_year.total():,} {what} of episodes"
            return best, f"not named; {share} lie in the year to 31 March {best}"
    return None


def _with_neighbours(
    years: Mapping[Key, tuple[int, str] | None],
) -> dict[Key, tuple[int, str]]:
    """Files without dates belong to the only return of their authority that has some."""
    settled = {key: year for key, year in years.items() if year is not None}
    for key in sorted(years.keys() - settled.keys(), key=str):
        near = {year for other, (year, _) in settled.items() if other[:2] == key[:2]}
        if len(near) != 1:
            raise ConfigError(
                "A folder names no year and holds no date that tells one. Expected a year in the "
                "name of the folder or file, such as 2017-18. Rename it, or give --year."
            )
        settled[key] = (near.pop(), "not named; the only return of its authority")
    return settled
