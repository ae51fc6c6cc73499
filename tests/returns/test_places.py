"""Which table, authority and year a file is of, whatever it is called and wherever it lies."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.returns import EPISODE, HEADER, episode, run, write_csv, write_episodes

from cws_outcomes.errors import (
    ConfigError,
    EmptyTableError,
    MissingColumnError,
    MissingTableError,
    UnknownAuthorityError,
    ValueFormatError,
)
from cws_outcomes.returns.labels import YearLabel, authorities_in, year_of
from cws_outcomes.returns.layout import layout_of, named_layout

OF_2018 = (
    episode("a", "01/06/2017", "01/12/2017"),
    episode("a", "01/12/2017", RNE="P"),
    episode("b", "01/06/2016", "01/06/2017", LS="V3"),
)
OF_2019 = (
    episode("a", "01/12/2017", "01/06/2018"),
    episode("c", "01/06/2018"),
    episode("c2", "01/07/2018", "01/09/2018"),
)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2018", YearLabel(2018, is_end=False)),
        ("SSDA903_episodes_2019", YearLabel(2019, is_end=False)),
        ("2017-18", YearLabel(2018, is_end=True)),
        ("2017_2018", YearLabel(2018, is_end=True)),
        ("201718", YearLabel(2018, is_end=True)),
        ("1718", YearLabel(2018, is_end=True)),
        ("return 2017 to 2018", YearLabel(2018, is_end=True)),
        ("1999-00", YearLabel(2000, is_end=True)),
        ("FY18", YearLabel(2018, is_end=True)),
        ("2018-03-31", YearLabel(2018, is_end=True)),
        ("2021", YearLabel(2021, is_end=False)),  # not 2020/21
        ("extract 2023-05-23", None),
        ("oc2", None),
        ("SSDA903", None),
    ],
)
def test_years_are_read_as_people_write_them(text: str, year: YearLabel | None) -> None:
    assert year_of(text) == year


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("301", ("301",)),
        ("LA301_2018", ("301",)),
        ("E09000002", ("301",)),
        ("Barking and Dagenham", ("301",)),
        ("barking_and_dagenham_2018", ("301",)),
        ("202 Camden", ("202",)),
        ("Dorset", ("835", "838")),
        ("301 and 302", ()),
        ("SSDA903", ()),
        ("single_return", ()),
        ("2018", ()),
    ],
)
def test_authorities_are_read_as_people_write_them(text: str, codes: tuple[str, ...]) -> None:
    assert authorities_in(text) == codes


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("episodes", "episodes"),
        ("SSDA903_Episodes_2019", "episodes"),
        ("sw_episodes", "sw_episodes"),
        ("301 PREVIOUS PERMANENCE", "previous_permanence"),
        ("oc22019", "oc2"),
        ("notes", None),
    ],
)
def test_a_file_name_speaks_of_a_table(name: str, table: str | None) -> None:
    layout = named_layout(name)
    assert (layout.name if layout else None) == table


def test_columns_decide_which_table_a_file_is() -> None:
    episodes = layout_of(["child", "Decom", "LS", "DEC"], "table1")
    header = layout_of(HEADER, "export")
    assert episodes is not None
    assert header is not None
    assert (episodes.name, header.name) == ("episodes", "header")
    assert layout_of(["a", "b"], "episodes") is None


def in_folders(root: Path, *folders: str) -> Path:
    """The returns of 2018 and 2019 in the folders given."""
    for folder, rows in zip(folders, (OF_2018, OF_2019), strict=False):
        write_episodes(root / folder, *rows)
    return root


BOTH = {2018: (1, 1), 2019: (1, 1)}


@pytest.mark.parametrize(
    ("folders", "wishes", "la"),
    [
        (("301/2018", "301/2019"), {}, "301"),
        (("301/2017", "301/2018"), {}, "301"),  # the year that starts
        (("2017-18/Camden", "2018-19/Camden"), {}, "202"),
        (("2017/301/csv", "2018/301/csv"), {}, "301"),
        (("999/2018", "999/2019"), {}, "999"),  # of no authority: kept and counted
        (("2018", "2019"), {}, "unknown"),
        (("2018", "2019"), {"la": "Camden"}, "202"),
        (("old/a", "old/b"), {"la": "301"}, "301"),  # no year anywhere: the dates tell
        (("301/2001", "301/2002"), {}, "301"),  # years that no date supports
    ],
)
def test_folders_nest_as_authorities_keep_them(
    tmp_path: Path, folders: tuple[str, ...], wishes: dict[str, str], la: str
) -> None:
    made = run(in_folders(tmp_path / "in", *folders), tmp_path / "out", **wishes)

    assert made.march() == {(la, year): children for year, children in BOTH.items()}


def test_one_convention_for_all_returns_of_an_authority_is_told(tmp_path: Path) -> None:
    made = run(in_folders(tmp_path / "in", "301/2017", "301/2018"), tmp_path / "out")

    assert [(one.year, one.label, one.settled_by[:28]) for one in made.book.returns] == [
        (2018, "2017", "named as the year that start"),
        (2019, "2018", "named as the year that start"),
    ]


def test_the_convention_can_be_given(tmp_path: Path) -> None:
    write_episodes(tmp_path / "in" / "301" / "2018", episode("a", "01/02/2015"))

    as_end = run(tmp_path / "in", tmp_path / "end")
    as_start = run(tmp_path / "in", tmp_path / "start", folder_year="start")

    assert list(as_end.march()) == [("301", 2018)]
    assert "no date inside settles it" in as_end.book.returns[0].settled_by
    assert list(as_start.march()) == [("301", 2019)]


def test_file_names_may_hold_year_and_authority(tmp_path: Path) -> None:
    write_csv(tmp_path / "in" / "SSDA903_301_episodes_2018.csv", EPISODE, OF_2018)
    write_csv(tmp_path / "in" / "SSDA903_301_EPISODES_2019.CSV", EPISODE, OF_2019)
    made = run(tmp_path / "in", tmp_path / "out")

    assert made.march() == {("301", year): children for year, children in BOTH.items()}


def test_columns_may_hold_year_and_authority(tmp_path: Path) -> None:
    rows = [
        (*row, la, label)
        for la in ("301", "Camden")
        for label, rows in (("2018", OF_2018), ("2019", OF_2019))
        for row in rows
    ]
    write_csv(tmp_path / "in" / "episodes.csv", (*EPISODE, "LA", "YEAR"), rows)
    made = run(tmp_path / "in", tmp_path / "out")

    assert made.march() == {
        (la, y): children for la in ("202", "301") for y, children in BOTH.items()
    }


def test_a_column_goes_before_the_folder_and_that_is_counted(tmp_path: Path) -> None:
    rows = [(*row, "202") for row in OF_2018]
    write_csv(tmp_path / "in" / "301" / "2018" / "episodes.csv", (*EPISODE, "LA"), rows)
    made = run(tmp_path / "in", tmp_path / "out")

    assert list(made.march()) == [("202", 2018)]
    assert made.flagged()["la_not_as_folder"] == 3


def test_a_name_of_two_authorities_means_the_one_in_force(tmp_path: Path) -> None:
    made = run(in_folders(tmp_path / "in", "Dorset/2017-18", "Dorset/2018-19"), tmp_path / "out")
    assert list(made.march()) == [("835", 2018), ("835", 2019)]

    shutil.rmtree(tmp_path / "in")
    write_episodes(tmp_path / "in" / "Dorset" / "2019-20", episode("a", "01/06/2019"))
    assert list(run(tmp_path / "in", tmp_path / "later").march()) == [("838", 2020)]


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "utf-8-sig"), ("\t", "cp1252"), ("|", "utf-16")]
)
def test_text_is_read_however_it_was_written(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = (episode("Zoë", "2018-02-01T00:00:00"), episode("b", "1/2/18", "03-Mar-2018"))
    file = write_csv(tmp_path / "301" / "2018" / "episodes.csv", EPISODE, rows, delimiter=delimiter)
    text = "sep=" + delimiter + "\r\n" + file.read_text(encoding="utf-8").replace("\n", "\r\n")
    file.write_bytes(text.replace("U4", "U\0004").encode(encoding))
    if encoding == "cp1252":
        assert b"Zo\xeb" in file.read_bytes()
    made = run(tmp_path / "301", tmp_path / "out")

    found = made.episodes("child_id", "start_date", "end_date", "placement_code")
    assert [(row[0], str(row[1]), str(row[2]), row[3]) for row in found] == [
        ("Zoë", "2018-02-01", "None", "U4"),
        ("b", "2018-02-01", "2018-03-03", "U4"),
    ]
    assert made.march() == {("301", 2018): (1, 1)}
    assert ("repaired_text_not_utf_8" in made.met()) == (encoding == "cp1252")


def test_lines_that_cannot_be_split_are_counted(tmp_path: Path) -> None:
    file = write_episodes(tmp_path / "in" / "301" / "2018", *OF_2018)
    file.write_text(file.read_text() + "d,01/02/2018,S\n" + ",".join(OF_2018[0]) + ",x\n\n,,\n")
    made = run(tmp_path / "in", tmp_path / "out")

    assert made.met() == {"rejected_line_not_split": 2}
    assert made.counts("episodes")["read"] == 5


def test_other_files_are_left_and_told(tmp_path: Path) -> None:
    root = in_folders(tmp_path / "in", "301/2018")
    (root / "read me.txt").write_text("kept by\nthe data team\n")
    (root / "episodes.xlsx").write_bytes(b"PK")
    (root / "301" / "~$episodes.xlsx").write_bytes(b"")
    (root / ".hidden.csv").write_text("")
    made = run(root, tmp_path / "out")

    assert made.book.others == ("episodes.xlsx", "read me.txt")


def test_a_file_alone_is_a_return(tmp_path: Path) -> None:
    file = write_episodes(tmp_path / "301" / "2018", *OF_2018)
    assert run(file, tmp_path / "out").march() == {("301", 2018): (1, 1)}


def test_the_year_of_a_return_that_names_none_may_be_given(tmp_path: Path) -> None:
    write_episodes(tmp_path / "in", episode("a", "01/02/2015"))
    assert list(run(tmp_path / "in", tmp_path / "out", year=2019).march()) == [("unknown", 2019)]


def month_first(root: Path) -> None:
    write_episodes(root / "2018", *[episode(str(n), f"02/{n}/2018") for n in range(13, 29)])


def no_date(root: Path) -> None:
    write_csv(root / "other" / "header.csv", HEADER, [])
    write_episodes(root / "2019", *OF_2019)


def no_episodes(root: Path) -> None:
    write_csv(root / "2018" / "episodes.csv", HEADER, []).rename(root / "2018" / "header.csv")


def spoilt(old: str, new: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        file = root / "2018" / "episodes.csv"
        file.write_text(file.read_text().replace(old, new, 1))

    return spoil


BROKEN: dict[str, Callable[[Path], object]] = {
    "two returns of nobody": lambda root: write_episodes(root / "copy of 2018", *OF_2018),
    "columns of another table": spoilt("DECOM", "START"),
    "nothing in it": lambda root: (root / "2018" / "episodes.csv").write_text(""),
    "no episodes": no_episodes,
    "no return": lambda root: (root / "2018" / "episodes.csv").rename(root / "episodes.xlsx"),
    "month first": month_first,
    "a quotation mark left open": spoilt("V2", '"V2'),
    "short lines": lambda root: write_csv(
        root / "2018" / "episodes.csv", EPISODE, [("a", "01/02/2018")]
    ),
    "a year without rows": lambda root: write_episodes(root / "2019"),
    "no date": no_date,
}


@pytest.mark.parametrize(
    ("kind", "error", "told"),
    [
        ("two returns of nobody", UnknownAuthorityError, "none says of which authority"),
        ("columns of another table", MissingColumnError, "CHILD, DECOM, LS, DEC"),
        ("nothing in it", EmptyTableError, "Expected a header line"),
        ("no episodes", MissingTableError, "none with episodes"),
        ("no return", MissingTableError, "save sheets as CSV"),
        ("month first", ValueFormatError, "Expected dd/mm/yyyy"),
        ("a quotation mark left open", ValueFormatError, "opened and not closed"),
        ("short lines", ValueFormatError, "as many fields on every line"),
        ("a year without rows", EmptyTableError, "unknown 2019"),
        ("no date", ConfigError, "--year"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_cause(
    tmp_path: Path, kind: str, error: type[Exception], told: str
) -> None:
    write_episodes(tmp_path / "in" / "2018", *OF_2018)
    BROKEN[kind](tmp_path / "in")

    with pytest.raises(error, match=told) as refusal:
        run(tmp_path / "in", tmp_path / "out")
    assert "V2" not in str(refusal.value)
    assert not [*(tmp_path / "out").glob("*")]


@pytest.mark.parametrize(
    ("wishes", "error"),
    [
        ({"la": "999"}, UnknownAuthorityError),
        ({"year": 1066}, ConfigError),
        ({"year": 2018}, ConfigError),  # folders name two years
    ],
)
def test_what_is_given_wrongly_is_refused(
    tmp_path: Path, wishes: dict[str, object], error: type[Exception]
) -> None:
    root = in_folders(tmp_path / "in", "301/2018", "301/2019")
    with pytest.raises(error):
        run(root, tmp_path / "out", **wishes)


@pytest.mark.parametrize(("folder", "wishes"), [("2018", {"year": 2017}), ("2016-17", {})])
def test_a_year_in_which_no_episode_ends_is_refused(
    tmp_path: Path, folder: str, wishes: dict[str, int]
) -> None:
    rows = [episode(f"secret{n}", "01/06/2017", "01/12/2017") for n in range(10)]
    write_episodes(tmp_path / "in" / "301" / folder, *rows)

    with pytest.raises(ConfigError, match="no episode in it ends in that year") as refusal:
        run(tmp_path / "in", tmp_path / "out", **wishes)
    assert "31 March 2018" in str(refusal.value)


def test_nothing_given_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Nothing to read"):
        run(None, tmp_path / "out")
    with pytest.raises(MissingTableError, match="is not there"):
        run(tmp_path / "nowhere", tmp_path / "out")
    root = in_folders(tmp_path / "in", "301/2018")
    with pytest.raises(ConfigError, match="lies in the one that is read"):
        run(root, root / "out")
