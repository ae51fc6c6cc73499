"""Random rows of several returns, against a plain reading of the rules, one row at a time."""

import os
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from random import Random

import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.calendars import FIRST, Case, History, Rules, Stay, day, spells
from support.readings import AUTHORITIES, CEASED, REASONS, STATUSES, Reading, Records, Row
from support.stories import steps_to
from support.text_tables import Tables, run, study_settings

HISTORIES = int(os.environ.get("HISTORIES", "10000")) // 5  # more in `make nightly`
BATCH = min(HISTORIES // 20, 500)  # children a query
# From 2 March on, over 1 April, when returns begin.
DAYS = range(60, 110)
COVERED = 115
RETURNS = ["2013/2014", "2014/2015", "2015/2016", "2016/2017"]
MISSING = [None, date(1800, 1, 1), date(1900, 1, 1), date(2030, 1, 1)]
RULES = Rules(COVERED, COVERED, 10, 0, False, False, True)
KINDS = {"respite": "respite", "remand": "remand"}
TABLES = {
    "referrals": "referral_date assessment_date closure_date closure_reason is_no_further_action "
    "is_closure_imputed la_code",
    "plans": "start_date end_date is_end_imputed la_code",
    "care_episodes": "start_date end_date legal_status reason_ceased is_end_imputed la_code",
}


def rows_of(number: int, random: Random) -> tuple[list[Row], list[Row]]:
    """What is delivered of one child: rows that repeat, contradict and lack one another."""
    need = [_need_row(number, random) for _ in range(random.randint(0, 6))]
    care = [_care_row(number, random) for _ in range(random.randint(0, 5))]
    return _repeated(need, random), _repeated(care, random)


def _repeated(rows: list[Row], random: Random) -> list[Row]:
    return rows + [row for row in rows if random.random() < 0.2]


def _key(number: int, random: Random) -> Row:
    """Child ids are used again by other LAs; a child may be known to two."""
    return {
        "la": random.choice([*AUTHORITIES, "301", "301", None if random.random() < 0.1 else "302"]),
        "la_child_id": random.choice([f"c{number}"] * 9 + [None]),
        "pupil_reference": random.choice([f"P{number}", None]),
    }


def _need_row(number: int, random: Random) -> Row:
    referral, plan = _start(random), _start(random)
    return {
        **_key(number, random),
        "return_year": random.choice(RETURNS),
        "referral_date": referral,
        "assessment_date": _after(referral, random, -2),
        "closure_date": _after(referral, random, -2),
        "closure_reason": random.choice([None, *REASONS]),
        "referral_nfa": random.choice([None, "0", "0", "1"]),
        "plan_start_date": random.choice([None, plan]),
        "plan_end_date": _after(plan, random, -2),
    }


def _care_row(number: int, random: Random) -> Row:
    start = _start(random)
    return {
        **_key(number, random),
        "episode_start_date": start,
        "episode_end_date": _after(start, random, -2),
        "legal_status": random.choice([None, "C2", *STATUSES]),
        "reason_ceased": random.choice([None, *CEASED]),
    }


def _start(random: Random) -> date | None:
    """Of few days, so that records of one day are common."""
    return random.choice([*MISSING, *(day(n) for n in random.choices(DAYS[::4], k=12))])


def _after(start: date | None, random: Random, least: int) -> date | None:
    days = random.randint(least, 30)
    return random.choice([*MISSING[:2], *[start and start + timedelta(days)] * 6])


def frame(rows: Iterable[Row]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)


def made(need: list[Row], care: list[Row], threads: int) -> Tables:
    """Records and states that the steps make of delivered rows."""
    tables = {
        "delivered_children_in_need": frame(need),
        "delivered_care_episodes": frame(care),
    }
    for step in steps_to([*TABLES, "contact_states"]):
        read = {name: tables[name] for name in step.reads if name in tables}
        ruled = {k: v for k, v in RULES.settings.items() if k in study_settings(step)}
        tables |= run(step.name, settings=ruled, threads=threads, **read)
    return tables


def by_child(tables: Tables) -> dict[str, Records]:
    """Records of each child that the steps made, as the reading tells them."""
    keys = tables["person_keys"]
    names = dict(
        [
            *((who, f"{AUTHORITIES[la]}/{key}") for la, key, who in _keys(keys, "la_child")),
            *((who, key) for _, key, who in _keys(keys, "pupil")),
        ]
    )
    told: dict[str, Records] = defaultdict(lambda: defaultdict(list))
    for table, columns in TABLES.items():
        for who, *record in tables[table].select("person_id", *columns.split()).iter_rows():
            told[names[who]][table].append(tuple(record))
    for who, *state in tables["contact_states"].iter_rows():
        told[names[who]]["contact_states"].append(tuple(state))
    return told


def _keys(keys: pl.DataFrame, kind: str) -> Iterable[tuple[str, str, int]]:
    return keys.filter(key_kind=kind).select("la", "key", "person_id").iter_rows()


def states(read: Records) -> list[tuple]:
    """States of contact that follow from the records of a child, by the calendar."""

    def number(on: date | None) -> int | None:
        return None if on is None else (on - FIRST).days

    def days_from(start: date, end: date | None) -> int | None:
        return None if end is None else (end - start).days

    child = History(
        tuple(
            Case(number(start), days_from(start, assessed), days_from(start, closed))
            for start, assessed, closed, *_ in read["referrals"]
        ),
        tuple(Stay(number(start), days_from(start, end)) for start, end, *_ in read["plans"]),
        tuple(
            Stay(number(start), days_from(start, end), KINDS.get(status, ""))
            for start, end, status, *_ in read["care_episodes"]
        ),
    )
    laid = spells(child, RULES)["contact_states"]
    return [(day(start), day(end), state) for state, start, end in laid]


def difference(need: list[Row], care: list[Row], threads: int = 1) -> str:
    """Where the steps and the reading first say different things; nothing where they agree."""
    read = Reading(need, care, day(COVERED)).records()
    for records in read.values():
        records["contact_states"] = states(records)
    found = by_child(made(need, care, threads))
    for child in sorted({*read, *found}):
        for table in (*TABLES, "contact_states"):
            if found[child][table] != read[child][table]:
                return (
                    f"{child}, {table}\nfound   {found[child][table]}\nreading {read[child][table]}"
                )
    return ""


def fewest(need: list[Row], care: list[Row]) -> tuple[list[Row], list[Row]]:
    """Few of the rows of which the steps and the reading still say different things."""
    rows = [("need", row) for row in need] + [("care", row) for row in care]
    size = len(rows) // 2
    while size:
        for place in range(0, len(rows), size):
            fewer = rows[:place] + rows[place + size :]
            if difference(*_apart(fewer)):
                rows = fewer
                break
        else:
            size //= 2
    return _apart(rows)


def _apart(rows: list[tuple[str, Row]]) -> tuple[list[Row], list[Row]]:
    return tuple([row for of, row in rows if of == kind] for kind in ("need", "care"))


@settings(
    max_examples=HISTORIES // BATCH,
    deadline=None,
    derandomize="HISTORIES" not in os.environ,
    phases=[Phase.explicit, Phase.generate],  # what differs is made simpler by fewest()
)
@given(st.integers(0, 2**32))
def test_records_and_states_are_what_a_reading_says(seed: int) -> None:
    random = Random(seed)
    children = [rows_of(number, random) for number in range(BATCH)]
    need, care = ([row for child in children for row in child[part]] for part in (0, 1))
    for rows in (need, care):
        random.shuffle(rows)

    if difference(need, care, threads=1 + seed % 2):
        need, care = fewest(need, care)
        rows = "\n".join(map(str, (*need, *care)))
        raise AssertionError(f"{difference(need, care)}\n{rows}")
