"""Two hundred damages: what becomes of each is recorded, and a part of it is judged anew here."""

import os
from collections import Counter

import pytest
from support.damages import DAMAGES, Damage
from support.verdicts import PAGE, VERDICTS, Bench, as_markdown, recorded

from cws_outcomes import errors

RECORD = {(row["damage"], row["table"], row["column"], row["seed"]): row for row in recorded()}
# Of the refusals, which are quick, every third; of the others every thirtieth: `make corruptions`
# judges all.
EVERY, EVERY_REFUSAL = (1, 1) if os.environ.get("CWS_ALL_CORRUPTIONS") else (30, 3)


def key(damage: Damage) -> tuple[str, str, str, str]:
    return (damage.kind.__name__, damage.table, damage.column, f"{damage.seed}")


def judged_here() -> list[Damage]:
    return [
        damage
        for damage in DAMAGES
        if damage.seed % (EVERY_REFUSAL if RECORD[key(damage)]["verdict"] == "refused" else EVERY)
        == 0
    ]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench") / "study")


def test_two_hundred_damages_are_recorded():
    assert len(DAMAGES) >= 200
    assert set(RECORD) == {key(damage) for damage in DAMAGES}
    assert {row["verdict"] for row in RECORD.values()} <= set(VERDICTS)


def test_every_refusal_has_a_cause_with_an_exit_code():
    for row in RECORD.values():
        if row["verdict"] == "refused":
            assert getattr(errors, row["detail"]).exit_code > 1, row


def test_the_page_lists_the_verdicts_and_names_what_nothing_sees():
    assert as_markdown(list(RECORD.values())) in PAGE.read_text(encoding="utf-8")


def test_hardly_anything_is_unseen():
    counts = Counter(row["verdict"] for row in RECORD.values())

    assert counts["unseen"] <= len(RECORD) / 8


@pytest.mark.parametrize("damage", judged_here(), ids=lambda d: d.name.replace(" ", "-"))
def test_a_damage_ends_as_recorded(bench: Bench, damage: Damage):
    verdict = bench.judge(damage)

    row = RECORD[key(damage)]
    assert verdict.verdict == row["verdict"], verdict.detail
    if verdict.verdict == "refused":
        assert verdict.detail == row["detail"]
