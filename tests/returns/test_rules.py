"""Each rule by an example small enough to check by eye."""

from pathlib import Path

import polars as pl
import pytest
from support.returns import HEADER, day, episode, run, run_years, write_csv, write_episodes

from cws_outcomes.errors import UnknownCodeError

IN_2018 = "2017-18"
IN_2019 = "2018-19"
IN_2020 = "2019-20"


def test_a_child_counts_who_has_an_episode_open_at_the_end_of_31_march(tmp_path: Path) -> None:
    made = run_years(
        tmp_path,
        {
            IN_2018: [
                episode("open", "01/02/2018"),
                episode("began that day", "31/03/2018"),
                episode("left the day before", "01/02/2018", "30/03/2018"),
                episode("left that day", "01/02/2018", "31/03/2018"),
                episode("left the day after", "01/02/2018", "01/04/2018"),
                episode("on remand", "01/02/2018", LS="J1"),
                episode("short break", "01/02/2018", LS="V3"),
                episode("short breaks agreed", "01/02/2018", LS="V4"),
            ]
        },
    )

    assert made.march() == {("301", 2018): (4, 6)}


def test_the_latest_return_wins_for_an_episode_of_one_child_and_first_day(tmp_path: Path) -> None:
    made = run_years(
        tmp_path,
        {
            IN_2018: [
                episode("closed", "01/02/2018"),
                episode("same", "01/02/2018", "01/03/2018"),
                episode("moved", "01/02/2018", PLACE="U4"),
                episode("reopened", "01/02/2018", "01/03/2018"),
            ],
            IN_2019: [
                episode("closed", "01/02/2018", "01/06/2018"),
                episode("same", "01/02/2018", "01/03/2018"),
                episode("moved", "01/02/2018", PLACE="K2"),
                episode("reopened", "01/02/2018"),
            ],
        },
    )

    assert made.episodes("child_id", "end_date", "placement_code", "first_return_year") == [
        ("closed", day("01/06/2018"), "U4", 2018),
        ("moved", None, "K2", 2018),
        ("reopened", None, "U4", 2018),
        ("same", day("01/03/2018"), "U4", 2018),
    ]
    assert made.met() == {
        "merged_sent_again_closed": 1,
        "merged_sent_again_unchanged": 1,
        "merged_sent_again_changed": 1,
        "merged_sent_again_reopened": 1,
    }


def test_an_open_episode_that_later_returns_leave_out_ends_after_the_last_that_held_it(
    tmp_path: Path,
) -> None:
    made = run_years(
        tmp_path,
        {
            IN_2018: [episode("gone", "01/02/2018"), episode("stays", "01/02/2018")],
            IN_2019: [episode("stays", "01/02/2018")],
        },
    )

    assert made.episodes("child_id", "end_date", "is_end_imputed") == [
        ("gone", day("01/04/2018"), True),
        ("stays", None, False),
    ]
    assert made.met()["imputed_end_after_last_return"] == 1
    assert made.march() == {("301", 2018): (2, 2), ("301", 2019): (1, 1)}


def test_it_ends_where_the_next_episode_goes_on_without_a_new_start(tmp_path: Path) -> None:
    made = run_years(
        tmp_path,
        {
            IN_2018: [episode("moves", "01/02/2018"), episode("returns", "01/02/2018")],
            IN_2019: [
                episode("moves", "01/06/2018", RNE="P"),
                episode("returns", "01/06/2018", RNE="S"),
            ],
        },
    )

    assert made.episodes("child_id", "start_date", "end_date", "is_end_imputed") == [
        ("moves", day("01/02/2018"), day("01/06/2018"), True),
        ("moves", day("01/06/2018"), None, False),
        ("returns", day("01/02/2018"), day("01/04/2018"), True),
        ("returns", day("01/06/2018"), None, False),
    ]
    assert made.met()["imputed_end_at_next_episode"] == 1
    assert [
        row[1:3] for row in made.table("care_periods", "child_id", "start_date", "end_date")
    ] == [
        (day("01/02/2018"), None),
        (day("01/02/2018"), day("01/04/2018")),
        (day("01/06/2018"), None),
    ]


def test_an_episode_that_one_return_leaves_out_counts_in_the_year_between(tmp_path: Path) -> None:
    made = run_years(
        tmp_path,
        {
            IN_2018: [episode("a", "01/02/2018")],
            IN_2019: [episode("b", "01/02/2019")],
            IN_2020: [episode("a", "01/02/2018", "01/06/2019"), episode("b", "01/02/2019")],
        },
    )

    assert made.march() == {("301", 2018): (1, 1), ("301", 2019): (2, 2), ("301", 2020): (1, 1)}
    assert "imputed_end_after_last_return" not in made.met()


def test_rows_of_one_return_that_start_on_one_day_become_one(tmp_path: Path) -> None:
    twice = episode("twice", "01/02/2018", "01/03/2018")
    made = run_years(
        tmp_path,
        {
            IN_2018: [
                twice,
                twice,
                episode("longer", "01/02/2018", "10/02/2018"),
                episode("longer", "01/02/2018", "20/02/2018"),
                episode("open", "01/02/2018", "10/02/2018"),
                episode("open", "01/02/2018"),
            ]
        },
    )

    assert made.episodes() == [
        ("longer", day("01/02/2018"), day("20/02/2018")),
        ("open", day("01/02/2018"), None),
        ("twice", day("01/02/2018"), day("01/03/2018")),
    ]
    assert made.met() == {"merged_identical_in_return": 1, "merged_same_start_in_return": 2}


def test_an_overlap_is_cut_where_no_day_in_care_is_lost(tmp_path: Path) -> None:
    made = run_years(
        tmp_path,
        {
            IN_2018: [
                episode("cut", "01/01/2018", "10/02/2018"),
                episode("cut", "01/02/2018", "01/03/2018"),
                episode("left open", "01/01/2018"),
                episode("left open", "01/02/2018"),
                episode("inside", "01/01/2018", "01/03/2018"),
                episode("inside", "01/02/2018", "10/02/2018"),
                episode("then a short break", "01/01/2018", "10/02/2018"),
                episode("then a short break", "01/02/2018", "01/03/2018", LS="V3"),
            ]
        },
    )

    assert made.episodes("child_id", "end_date", "is_end_cut") == [
        ("cut", day("01/02/2018"), True),
        ("cut", day("01/03/2018"), False),
        ("inside", day("01/03/2018"), False),
        ("inside", day("10/02/2018"), False),
        ("left open", day("01/02/2018"), True),
        ("left open", None, False),
        ("then a short break", day("10/02/2018"), False),
        ("then a short break", day("01/03/2018"), False),
    ]
    assert made.met() == {"repaired_overlap_cut": 2}
    assert made.flagged()["overlap_kept"] == 2


def test_a_row_is_rejected_for_one_reason(tmp_path: Path) -> None:
    rejected = {
        "no_start_date": episode("a", ""),
        "start_date_not_read": episode("a", "31/02/2018"),
        "start_date_impossible": episode("a", "01/01/1900"),
        "starts_after_return": episode("a", "01/04/2018"),
        "ends_before_start": episode("a", "01/02/2018", "31/01/2018"),
        "ends_on_start_day": episode("a", "01/02/2018", "01/02/2018"),
    }
    nobodys = [episode("", "01/02/2018"), episode("   ", "01/02/2018")]
    sound = episode("sound", "01/02/2018")
    made = run_years(tmp_path, {IN_2018: [sound, *nobodys, *rejected.values()]})

    assert made.met() == {f"rejected_{rule}": 1 for rule in rejected} | {"rejected_no_child_id": 2}
    assert made.episodes() == [("sound", day("01/02/2018"), None)]
    counts = made.counts("episodes")
    assert (counts["read"], counts["rejected"], counts["kept"]) == (9, 8, 1)


def test_a_row_that_the_latest_return_spoils_leaves_the_earlier_one(tmp_path: Path) -> None:
    made = run_years(
        tmp_path,
        {
            IN_2018: [episode("a", "01/02/2018"), episode("b", "01/02/2018")],
            IN_2019: [episode("a", "01/02/2018", "01/01/2018"), episode("b", "01/02/2018")],
        },
    )

    assert made.episodes("child_id", "end_date", "last_return_year") == [
        ("a", day("01/04/2018"), 2018),
        ("b", None, 2019),
    ]


def test_a_row_is_repaired_by_one_rule(tmp_path: Path) -> None:
    repaired = {
        "child_id": episode(" 11.0 ", "01/02/2018"),
        "code": episode("12", "01/02/2018", LS="v2 "),
        "two_digit_year": episode("13", "01/02/18"),
        "end_not_read": episode("14", "01/02/2018", "soon", REC=""),
        "end_impossible": episode("15", "01/02/2018", "01/01/1900", REC=""),
        "end_of_open": episode("16", "01/02/2018", "01/03/2018", REC="-10"),
    }
    made = run_years(
        tmp_path, {IN_2018: [*repaired.values(), episode("17", "01/02/2018", "01/03/2018")]}
    )

    assert made.met() == {f"repaired_{rule}": 1 for rule in repaired}
    assert made.episodes("child_id", "start_date", "end_date", "legal_status") == [
        *((str(child), day("01/02/2018"), None, "voluntary") for child in range(11, 17)),
        ("17", day("01/02/2018"), day("01/03/2018"), "voluntary"),
    ]


def test_what_is_odd_is_counted_and_left(tmp_path: Path) -> None:
    odd = {
        "first_not_started": [episode("a", "01/02/2018", RNE="P")],
        "gap_after_x1": [
            episode("b", "01/01/2018", "10/01/2018", REC="X1"),
            episode("b", "20/01/2018"),
        ],
        "gap_not_started": [
            episode("c", "01/01/2018", "10/01/2018"),
            episode("c", "20/01/2018", RNE="P"),
        ],
        "started_without_gap": [
            episode("d", "01/01/2018", "10/01/2018"),
            episode("d", "10/01/2018"),
        ],
        "open_with_reason": [episode("e", "01/02/2018", REC="X1")],
        "ended_without_reason": [episode("f", "01/02/2018", "01/03/2018", REC="")],
        "ended_after_return": [episode("g", "01/02/2018", "02/04/2018")],
        "without_legal_status": [episode("h", "01/02/2018", LS="")],
        "placement_not_listed": [episode("i", "01/02/2018", PLACE="ZZ")],
        "reason_ceased_not_listed": [episode("j", "01/02/2018", "01/03/2018", REC="ZZ")],
        "reason_new_not_listed": [
            episode("k", "01/01/2018", "10/01/2018"), episode("k", "10/01/2018", RNE="")
        ],
    }  # fmt: skip
    rows = [row for rows in odd.values() for row in rows]
    made = run_years(tmp_path, {IN_2018: rows})

    assert made.flagged() == dict.fromkeys(odd, 1) | {"without_header": len(rows)}
    assert made.met() == {}
    assert len(made.episodes()) == len(rows)


def test_births_and_headers_are_compared_with_episodes(tmp_path: Path) -> None:
    folder = tmp_path / "in" / "301" / IN_2018
    write_episodes(
        folder,
        episode("unborn", "01/02/2018"),
        episode("grown", "01/02/2018"),
        episode("no header", "01/02/2018"),
    )
    write_csv(
        folder / "header.csv",
        HEADER,
        [
            ("unborn", "1", "02/02/2018", "WBRI", "", "", ""),
            ("grown", "2", "01/02/2000", "WBRI", "", "1.0", "01/01/2018"),
            ("no episode", "9", "01/02/2010", "XXXX", "", "", ""),
        ],
    )
    made = run(tmp_path / "in", tmp_path / "out")

    flags = made.flagged()
    assert (flags["before_birth"], flags["adult"], flags["without_header"]) == (1, 1, 1)
    assert made.flagged("children") == {"without_episode": 1}
    assert made.met("header") == {"repaired_code": 1}  # MOTHER 1.0 is 1
    assert made.table("children", "child_id", "sex", "ethnic_group") == [
        ("grown", "female", "white"),
        ("no episode", None, None),
        ("unborn", "male", "white"),
    ]


def test_of_a_child_the_last_fact_sent_stays(tmp_path: Path) -> None:
    for year, birth, ethnicity in ((IN_2018, "01/02/2010", "WBRI"), (IN_2019, "03/02/2010", "")):
        folder = tmp_path / "in" / "301" / year
        write_episodes(folder, episode("a", "01/02/2018"))
        write_csv(folder / "header.csv", HEADER, [("a", "1", birth, ethnicity, "", "", "")])
    made = run(tmp_path / "in", tmp_path / "out")

    assert made.table("children", "child_id", "birth_date", "ethnicity_code") == [
        ("a", day("03/02/2010"), "WBRI")
    ]
    assert made.met("header") == {"merged_sent_again": 1}
    assert made.flagged("children") == {"birth_differs": 1}


def test_a_child_id_means_nothing_in_another_authority(tmp_path: Path) -> None:
    for la in ("301", "202"):
        folder = tmp_path / "in" / la / IN_2018
        write_episodes(folder, episode("1", "01/02/2018"))
        write_csv(folder / "header.csv", HEADER, [("1", "1", "01/02/2010", "WBRI", "U1", "", "")])
    made = run(tmp_path / "in", tmp_path / "out")

    assert made.march() == {("202", 2018): (1, 1), ("301", 2018): (1, 1)}
    assert made.flagged("children") == {"upn_in_several_authorities": 1}


def test_periods_join_what_touches_and_keep_short_breaks_apart(tmp_path: Path) -> None:
    made = run_years(
        tmp_path,
        {
            IN_2018: [
                episode("a", "01/01/2018", "10/01/2018", REC="X1"),
                episode("a", "10/01/2018", "20/01/2018", RNE="L", LS="J1"),
                episode("a", "01/02/2018", "05/02/2018", LS="V4"),
                episode("a", "05/02/2018", RNE="L"),
            ]
        },
    )

    assert made.table("care_periods")[0][:2] == ("301", "a")
    assert [row[2:7] for row in made.table("care_periods")] == [
        ("looked_after", day("01/01/2018"), day("20/01/2018"), 2, 1),
        ("looked_after", day("05/02/2018"), None, 1, 0),
        ("short_break", day("01/02/2018"), day("05/02/2018"), 1, 0),
    ]


def test_a_legal_status_that_no_codelist_has_stops_the_run_unless_it_is_kept(
    tmp_path: Path,
) -> None:
    write_episodes(tmp_path / "in" / "301" / IN_2018, episode("a", "01/02/2018", LS="Q7"))

    with pytest.raises(UnknownCodeError, match="column LS") as refusal:
        run(tmp_path / "in", tmp_path / "out")
    assert "Q7" not in str(refusal.value)
    assert not (tmp_path / "out" / "care_episodes.parquet").exists()

    made = run(tmp_path / "in", tmp_path / "out", keep_unknown_codes=True)
    assert made.march() == {("301", 2018): (1, 1)}
    assert made.flagged()["legal_status_not_listed"] == 1
    quality = pl.read_csv(made.folder / "data_quality.csv")
    assert quality.filter(item="Q7")["value"].to_list() == ["fewer than 10"]
