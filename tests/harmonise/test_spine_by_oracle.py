"""The person spine against a slow reading of its rules, one key at a time, on random rows."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import polars as pl
import pytest
from support.text_tables import run, table

CODES = "code | authority\n301 | 301\nE09000002 | 301\n302 | 302"
AUTHORITY = {"301": "301", "E09000002": "301", "302": "302"}
PUPILS = ["AAA", "BBB", "CCC"]
Row = dict[str, str | None]


def rows_of(rng: np.random.Generator, number: int, **columns: list) -> list[Row]:
    return [
        {name: values[rng.integers(len(values))] for name, values in columns.items()}
        for _ in range(number)
    ]


def delivered(seed: int) -> dict[str, list[Row]]:
    rng = np.random.default_rng(seed)
    references = [*PUPILS, "DDD", "ZZZ", None, None]
    return {
        "school_census": rows_of(rng, 3, pupil_reference=PUPILS),
        "children_in_need": rows_of(
            rng, 14, la=[*AUTHORITY, None], la_child_id=["c1", "c2", "c3"],
            pupil_reference=references, referral_date=[f"2012-0{n}-01" for n in range(1, 6)],
            sex=["1", "2", "9"], ethnicity=["WBRI", "BCRB", "REFU"], birth_year=["2000", "2001"],
            birth_month=["5"], return_year=["2012/2013"],
        ),
        "offences": rows_of(
            rng, 10, moj_id=["m1", "m2", "m3", None], case_id=["1", "2", "3"], offence_id=["1"],
            pupil_reference=references,
        ),
    }  # fmt: skip


def most_said(values: Iterable) -> object:
    """The most frequent value; of several the first in order."""
    counts = Counter(value for value in values if value is not None)
    return min(counts, key=lambda value: (-counts[value], value), default=None)


def distinct(rows: list[Row]) -> list[Row]:
    return [dict(row) for row in {tuple(sorted(row.items(), key=str)) for row in rows}]


def references_of_children(rows: list[Row]) -> dict[tuple[str, str], str | None]:
    """Reference of each LA and child id: the rule that is written at the top of the query."""
    named = [row for row in rows if row["la"] is not None]
    children: dict[tuple[str, str], list[Row]] = {}
    for row in distinct(named):
        children.setdefault((AUTHORITY[row["la"]], row["la_child_id"]), []).append(row)
    mentions: dict[tuple[str, str], Counter] = {}
    for child, told in children.items():
        keys = ("la", "pupil_reference", "return_year", "referral_date")
        once = {tuple(row[key] for key in keys) for row in told}
        mentions[child] = Counter(key[1] for key in once if key[1] is not None)
    chosen = {
        child: min(counts, key=lambda r, c=counts: (-c[r], r), default=None)
        for child, counts in mentions.items()
    }
    return {
        child: None if _is_refused(child, chosen, mentions, children) else reference
        for child, reference in chosen.items()
    }


def _is_refused(child, chosen, mentions, children) -> bool:
    reference = chosen[child]
    sharing = [other for other in chosen if reference and chosen[other] == reference]
    if len(sharing) < 2:
        return False
    leader = min(sharing, key=lambda one: (-mentions[one][reference], one))
    differing = 0
    for own, others in zip(described(children[child]), described(children[leader]), strict=True):
        differing += own is not None and others is not None and own != others
    return differing >= 2


def described(rows: list[Row]) -> tuple[object, object, object]:
    """Birth, sex and ethnic group of most records: those that differ in anything recorded."""
    fields = ("la", "return_year", "birth_year", "birth_month", "sex", "ethnicity")
    told = {tuple(row[field] for field in fields) for row in rows}
    sexes = {"1": "male", "2": "female"}
    groups = {"WBRI": "white", "BCRB": "black"}
    return (
        most_said(12 * int(year) + int(month) for _, _, year, month, _, _ in told),
        most_said(sexes.get(sex) for *_, sex, _ in told),
        most_said(groups.get(ethnicity) for *_, ethnicity in told),
    )


def persons(given: dict[str, list[Row]]) -> dict[tuple[str, str, str], object]:
    """The person behind each key, named by what makes it one."""
    found: dict[tuple[str, str, str], object] = {}
    for name in ("school_census", "children_in_need"):
        for row in given[name]:
            if row["pupil_reference"]:
                found["pupil", "", row["pupil_reference"]] = row["pupil_reference"]
    references = references_of_children(given["children_in_need"])
    for row in given["children_in_need"]:
        if row["la"] is not None:
            child = AUTHORITY[row["la"]], row["la_child_id"]
            found["la_child", row["la"], row["la_child_id"]] = references[child] or child
    known = {key for kind, _, key in found if kind == "pupil"}
    for moj_id in {row["moj_id"] for row in given["offences"]} - {None}:
        told = {
            (row["case_id"], row["pupil_reference"])
            for row in given["offences"]
            if row["moj_id"] == moj_id and row["pupil_reference"] in known
        }
        if told:
            found["moj", "", moj_id] = most_said(reference for _, reference in told)
    return found


@pytest.mark.parametrize("seed", range(16))
def test_the_spine_is_that_of_a_slow_reading_of_the_rules(seed: int):
    given = delivered(seed)
    tables = {
        f"delivered_{name}": table(f"delivered_{name}", pl.DataFrame(rows))
        for name, rows in given.items()
    }
    children = run(
        "harmonise_la_children", authority_codes=CODES, threads=2,
        delivered_children_in_need=tables["delivered_children_in_need"],
    )  # fmt: skip
    links = run("harmonise_moj_references", delivered_offences=tables.pop("delivered_offences"))

    keys = run("harmonise_person_keys", **children, **links, **tables)["person_keys"]

    found = {(kind, la, key): person for kind, la, key, person in keys.iter_rows()}
    wanted = persons(given)
    assert found.keys() == wanted.keys()
    # The same keys are together, and no others.
    together = {(found[one], str(wanted[one])) for one in found}
    assert len(together) == len(set(found.values())) == len({str(one) for one in wanted.values()})
    # Numbers without a gap, pupils first.
    assert sorted(set(found.values())) == list(range(1, len(set(found.values())) + 1))
