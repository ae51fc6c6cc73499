"""XML of both returns: the same rows as text, child by child, and nothing but rows."""

import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
from support.returns import EPISODE, HEADER, Made, day, episode, run, write_csv, write_episodes

from cws_outcomes.errors import MissingTableError, TruncatedFileError, ValueFormatError
from cws_outcomes.returns import messages

ROWS = (
    episode("a", "01/06/2017", "01/12/2017", REC="X1"),
    episode("a", "01/12/2017", RNE="P", PLACE="K2"),
    episode("b", "01/06/2016", "01/07/2017", LS="V3"),
    episode("c", "05/06/2017", "01/06/2017"),
)
CHILDREN = (
    ("a", "1", "01/02/2010", "WBRI", "U1", "", ""),
    ("b", "2", "03/04/2005", "REFU", "U2", "1", "01/02/2018"),
    ("c", "2", "03/04/2005", "AIND", "", "", ""),
)


def element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"


def fields(names: Iterable[str], values: Iterable[str]) -> str:
    renamed = {"CHILD": "CHILDID", "PLACE": "PL"}
    pairs = zip(names, values, strict=True)
    return "".join(element(renamed.get(name, name), value) for name, value in pairs)


def care_message(header: str = "") -> str:
    children = []
    for child in CHILDREN:
        episodes = [
            element("EPISODE", fields(EPISODE[1:], row[1:])) for row in ROWS if row[0] == child[0]
        ]
        reviews = element("AREVIEW", fields(("REVIEW", "REVIEW_CODE"), ("01/08/2017", "PN1")))
        own = element("HEADER", fields(HEADER, child) + reviews)
        # Some suppliers put a wrapper around the episodes.
        wrapped = element("EPISODES", "".join(episodes)) if child[0] == "a" else "".join(episodes)
        children.append(element("CHILD", own + "stray" + wrapped))
    declared = "<?xml version='1.0' encoding='utf-8'?>"
    return declared + element("EXPSSDA903", header + "".join(children))


def test_xml_and_text_give_the_same_tables(tmp_path: Path) -> None:
    text = tmp_path / "text" / "301" / "2017-18"
    write_episodes(text, *ROWS)
    write_csv(text / "header.csv", HEADER, CHILDREN)
    reviews = [(child[0], child[2], "01/08/2017", "PN1") for child in CHILDREN]
    write_csv(text / "reviews.csv", ("CHILD", "DOB", "REVIEW", "REVIEW_CODE"), reviews)
    xml = tmp_path / "xml" / "301" / "2017-18" / "return.xml"
    xml.parent.mkdir(parents=True)
    xml.write_text(care_message(), encoding="utf-8")

    from_text = run(tmp_path / "text", tmp_path / "from_text")
    from_xml = run(tmp_path / "xml", tmp_path / "from_xml")

    assert from_text.march() == {("301", 2018): (1, 1)}
    for name in ("care_episodes", "care_periods", "children"):
        file = f"{name}.parquet"
        assert (from_xml.folder / file).read_bytes() == (from_text.folder / file).read_bytes()
    for name in ("looked_after_31_march.csv", "repairs.csv", "counts.csv"):
        assert (from_xml.folder / name).read_text() == (from_text.folder / name).read_text()


def test_a_message_may_be_written_table_by_table(tmp_path: Path) -> None:
    text = tmp_path / "text" / "301" / "2017-18"
    write_episodes(text, *ROWS)
    write_csv(text / "header.csv", HEADER, CHILDREN)
    tables = {"Header": (HEADER, CHILDREN), "Episode": (EPISODE, ROWS)}
    rows = "".join(
        element(name, "".join(map(element, names, row)))
        for name, (names, content) in tables.items()
        for row in content
    )
    (tmp_path / "xml" / "301" / "2017-18").mkdir(parents=True)
    (tmp_path / "xml" / "301" / "2017-18" / "a.xml").write_text(element("SSDA903", rows))

    from_text = run(tmp_path / "text", tmp_path / "from_text")
    from_xml = run(tmp_path / "xml", tmp_path / "from_xml")

    for name in ("care_episodes.parquet", "children.parquet", "repairs.csv", "counts.csv"):
        assert (from_xml.folder / name).read_bytes() == (from_text.folder / name).read_bytes()


def test_a_message_may_say_whose_it_is_and_of_which_year(tmp_path: Path) -> None:
    header = element("Header", element("Year", "2018") + element("LEA", "202"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.xml").write_text(care_message(header), encoding="utf-8")

    assert run(tmp_path / "in", tmp_path / "out").march() == {("202", 2018): (1, 1)}


def referral(start: str, end: str = "", more: str = "", reason: str = "RC7") -> str:
    closed = element("CINclosureDate", end) + element("ReasonForClosure", reason) if end else ""
    return element(
        "CINdetails",
        element("CINreferralDate", start) + element("PrimaryNeedCode", "N1") + closed + more,
    )


def need_child(child: str, *details: str, sex: str = "GenderCurrent") -> str:
    identifiers = (
        element("LAchildID", child)
        + element("UPNunknown", "UN3")
        + "PersonBirthDate"  # stray text, as in published samples
        + element("PersonBirthDate", "2010-02-01")
        + element(sex, "1")
    )
    traits = element("Ethnicity", "WBRI") + element("Disabilities", element("Disability", "AUT"))
    return element(
        "Child",
        element("ChildIdentifiers", identifiers)
        + element("ChildCharacteristics", traits)
        + "".join(details),
    )


def need_message(
    *children: str, year: int = 2018, reference: str = "", la: str = "301", space: str = ""
) -> str:
    details = element("Collection", "CIN") + element("Year", str(year))
    details += element("ReferenceDate", reference or f"{year}-03-31")
    header = element("CollectionDetails", details) + element("Source", element("LEA", la))
    return (
        f"<Message{space}>{element('Header', header)}"
        f"{element('Children', ''.join(children))}</Message>"
    )


def run_need(tmp_path: Path, *messages: str) -> Made:
    (tmp_path / "in").mkdir()
    for number, message in enumerate(messages):
        (tmp_path / "in" / f"{number}.xml").write_text(message, encoding="utf-8")
    return run(None, tmp_path / "out", tmp_path / "in")


PLAN = element(
    "ChildProtectionPlans",
    element("CPPstartDate", "2018-01-10")
    + element("InitialCategoryOfAbuse", "NEG")
    + element("NumberOfPreviousCPP", "0")
    + element("Reviews", element("CPPreviewDate", "2018-02-10")),
)
ASSESSED = element("Assessments", element("AssessmentAuthorisationDate", "2018-01-20"))


def test_a_census_message_becomes_children_referrals_and_plans(tmp_path: Path) -> None:
    made = run_need(
        tmp_path,
        need_message(
            need_child("a", referral("2018-01-01", "", ASSESSED + PLAN)),
            need_child("b", referral("2017-05-01", "2017-06-01"), sex="Sex"),
        ),
    )

    assert made.table("children", "la_code", "child_id", "sex", "is_in_cin", "is_in_ssda903") == [
        ("301", "a", "male", True, False),
        ("301", "b", "male", True, False),
    ]
    assert made.table(
        "referrals",
        "child_id",
        "referral_date",
        "assessment_date",
        "closure_date",
        "closure_reason",
    ) == [
        ("a", day("01/01/2018"), day("20/01/2018"), None, None),
        ("b", day("01/05/2017"), None, day("01/06/2017"), "closed"),
    ]
    assert made.table("plans", "child_id", "start_date", "end_date", "first_abuse_code") == [
        ("a", day("10/01/2018"), None, "NEG")
    ]
    assert {table.table: table.read for table in made.book.totals} == {
        "cin_children": 2, "disabilities": 2, "referrals": 2, "assessments": 1, "plans": 1,
        "plan_reviews": 1,
    }  # fmt: skip
    assert not (made.folder / "care_episodes.parquet").exists()


def test_the_latest_census_decides_and_what_it_leaves_out_is_closed(tmp_path: Path) -> None:
    made = run_need(
        tmp_path,
        need_message(
            need_child("gone", referral("2018-01-01", "", PLAN)),
            need_child("closed", referral("2018-01-01")),
        ),
        need_message(need_child("closed", referral("2018-01-01", "2018-09-01")), year=2019),
    )

    columns = ("child_id", "closure_date", "is_closure_imputed", "last_return_year")
    assert made.table("referrals", *columns) == [
        ("closed", day("01/09/2018"), False, 2019),
        ("gone", day("01/04/2018"), True, 2018),
    ]
    assert made.table("plans", "end_date", "is_end_imputed") == [(day("01/04/2018"), True)]
    assert made.met("referrals") == {
        "merged_sent_again": 1,
        "imputed_closure_after_last_return": 1,
    }


def test_what_is_wrong_in_a_census_is_repaired_or_rejected(tmp_path: Path) -> None:
    made = run_need(
        tmp_path,
        need_message(
            need_child("backwards", referral("2018-01-10", "2018-01-01")),
            need_child("later", referral("2018-04-01")),
            need_child("", referral("2018-01-10")),
            need_child("undated", referral("")),
            need_child("twice", referral("2018-01-10"), referral("2018-01-10", "2018-02-01")),
        ),
    )

    assert made.met("referrals") == {
        "rejected_no_child_id": 1,
        "rejected_no_referral_date": 1,
        "rejected_starts_after_return": 1,
        "repaired_closed_before_referral": 1,
        "merged_repeated_in_return": 1,
    }
    assert made.table("referrals", "child_id", "closure_date") == [
        ("backwards", day("10/01/2018")),
        ("twice", day("01/02/2018")),
    ]


@pytest.mark.parametrize(
    ("year", "reference", "settled"),
    [
        (2023, "2024-03-31", 2024),  # the reference date is a 31 March: it decides
        (2022, "2022-07-21", 2022),
        (2021, "", 2021),
    ],
)
def test_the_year_of_a_message(tmp_path: Path, year: int, reference: str, settled: int) -> None:
    child = need_child("a", referral("2018-01-01"))
    made = run_need(tmp_path, need_message(child, year=year, reference=reference))
    assert [one.year for one in made.book.returns] == [settled]


def test_a_namespace_makes_no_difference(tmp_path: Path) -> None:
    child = need_child("a", referral("2018-01-01"))
    made = run_need(tmp_path, need_message(child, space=' xmlns="urn:of-some-supplier"'))
    assert made.table("referrals", "child_id") == [("a",)]


def test_an_authority_that_no_list_has_keeps_its_code(tmp_path: Path) -> None:
    made = run_need(tmp_path, need_message(need_child("a", referral("2018-01-01")), la="975"))
    assert made.table("referrals", "la_code") == [("975",)]
    assert made.flagged("referrals") == {"la_not_listed": 1}


def test_both_returns_may_lie_in_one_folder(tmp_path: Path) -> None:
    folder = tmp_path / "in" / "301" / "2017-18"
    write_episodes(folder, *ROWS)
    (folder / "cin.xml").write_text(need_message(need_child("a", referral("2018-01-01"))))
    made = run(tmp_path / "in", tmp_path / "out", tmp_path / "in")

    assert made.march() == {("301", 2018): (1, 1)}
    assert made.table("referrals", "child_id") == [("a",)]
    assert made.table("children", "child_id", "is_in_cin") == [("a", True)]


def test_a_message_is_never_whole_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "large.xml"
    file.write_text(
        need_message(*[need_child(f"c{n}", referral("2018-01-01")) for n in range(3000)])
    )

    tracemalloc.start()
    rows = sum(1 for _ in messages.rows_of(file))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert rows == 3 * 3000  # child, disability, referral
    assert peak < file.stat().st_size / 4


BOMB = "<!DOCTYPE a [<!ENTITY b 'cccccccc'>]>"
FILE = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]>"


@pytest.mark.parametrize(
    ("spoil", "error", "told"),
    [
        (lambda text: text[: len(text) // 2], TruncatedFileError, "ends at line 1"),
        (lambda text: text.replace("</Header>", "</Head>"), ValueFormatError, "is not XML"),
        (lambda text: "", TruncatedFileError, "ends at line 1"),
        (lambda text: BOMB + text, ValueFormatError, "document type"),
        (lambda text: FILE + text, ValueFormatError, "document type"),
        (lambda text: "<Message/>", MissingTableError, "No file of the children in need"),
    ],
)
def test_what_is_no_message_is_refused(
    tmp_path: Path, spoil: object, error: type[Exception], told: str
) -> None:
    message = need_message(need_child("secret", referral("2018-01-01")))
    with pytest.raises(error, match=told) as refusal:
        run_need(tmp_path, spoil(message))  # type: ignore[operator]
    assert "secret" not in str(refusal.value)
