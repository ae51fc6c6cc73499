"""Who of the police national computer is found among the pupils, and what hides the others."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from support.offending_lives import Named, counts, lived_often, seen

from cws_outcomes.synthetic.days import NEVER
from cws_outcomes.synthetic.justice import EXTRACT_END
from cws_outcomes.synthetic.justice_truth import true_first_offences, true_offences
from cws_outcomes.synthetic.linkage import LINKED, MISSED, link
from cws_outcomes.synthetic.shapes.offences import PERSONS, ROWS, offence_table


@pytest.fixture(scope="module")
def often() -> SimpleNamespace:
    return lived_often()


FATES = ("linked", "outside_school_share", "missed_link_share", "false_link_share")


def test_every_person_and_every_row_has_one_fate(often):
    world = seen(often, false_link_share=0.05, shared_id_share=0.02)
    table = offence_table(world)
    persons, rows = counts(world.tally, PERSONS), counts(world.tally, ROWS)
    offences, disposals = often.justice.offences, often.justice.disposals
    delivered = disposals.on < EXTRACT_END
    there = np.unique(offences.child[disposals.offence[delivered]])
    assert sum(persons[fate] for fate in FATES) == len(there)
    assert sum(rows[fate] for fate in FATES) + rows["never_schooled_share"] == len(table)
    assert rows["extract_end"] == (~delivered).sum()
    # Rows with a reference are those of linked persons that are not blanked.
    named = table["PupilMatchingRefAnonymous"].ne("").sum()
    assert named == (
        rows["linked"] + rows["false_link_share"] - rows["blank_offence_reference_share"]
    )
    dated = table["offencestartdate"]
    assert dated.is_null().sum() == rows["abroad_offence_share"]
    assert (dated.dt.year() == 1900).sum() == rows["undated_offence_share"]
    assert table["mojuid"].n_unique() >= len(there) + persons["never_schooled_share"] - (
        persons["shared_id_share"] // 2
    )


def test_missed_links_follow_their_odds(often):
    odds = {"mixed": 0.0, "black": 2.0, "asian": 2.0, "other": 2.0}
    linkage = link(seen(often, missed_link_ethnicity=odds, missed_link_moved=0.0))
    people, pupils = often.setting.people, often.setting.block.pupils
    mine = linkage.child < pupils
    missed, group = linkage.fate[mine] == MISSED, people.group[linkage.child[mine]]
    for plain, expected in ((group <= 1, 0.13), (group > 1, 1 / (1 + 0.87 / 0.13 / np.exp(2)))):
        spread = np.sqrt(expected * (1 - expected) / plain.sum())
        assert abs(missed[plain].mean() - expected) < 4 * spread
    assert np.all(linkage.reference[linkage.fate == MISSED] == "")


def test_nobody_is_missed_where_the_dials_say_so(often):
    none = dict.fromkeys(("missed_link_share", "false_link_share", "shared_id_share"), 0.0)
    linkage = link(seen(often, **none))
    pupils = linkage.child < often.setting.block.pupils
    assert np.all(linkage.fate[pupils] == LINKED)
    np.testing.assert_array_equal(
        linkage.reference[pupils], Named().on(linkage.child[pupils], None)
    )
    assert np.all(linkage.reference[~pupils] == "")
    assert not linkage.is_shared.any()


def test_a_false_link_names_another_pupil_of_the_same_sex(often):
    linkage = link(seen(often, missed_link_share=0.0, false_link_share=1.0))
    people, pupils = often.setting.people, often.setting.block.pupils
    child = linkage.child[linkage.child < pupils]
    named = np.char.replace(linkage.reference[linkage.child < pupils], "SYNTHETIC", "").astype(int)
    assert np.all(named != child)
    assert np.all(named < pupils)
    assert np.mean(people.is_male[named] == people.is_male[child]) > 0.999
    assert np.median(np.abs(people.birth[named] - people.birth[child])) < 7


def test_justice_ids_are_no_two_alike_and_in_no_order(often):
    linkage = link(seen(often, shared_id_share=0.0))
    assert len(np.unique(linkage.own)) == len(linkage.child)
    np.testing.assert_array_equal(linkage.own, linkage.number)
    assert 0.45 < np.mean(np.diff(linkage.own) > 0) < 0.65
    shared = link(seen(often, shared_id_share=0.05))
    assert shared.is_shared.sum() == 2 * (len(shared.child) - len(np.unique(shared.number))) > 0


def test_truth_names_what_hides_each_offence_from_the_best_reader(often):
    world = seen(often, false_link_share=0.05, shared_id_share=0.01, second_id_share=0.1)
    linkage = link(world)
    truth = true_offences(world)
    # The best reader fills references along justice ids, and believes dates that are dates.
    table = offence_table(world).with_columns(
        pl.col("caseid").str.slice(4, 9).cast(pl.Int64).alias("own")
    )
    named = table.filter(pl.col("PupilMatchingRefAnonymous") != "")
    filled = table.join(
        named.select("mojuid", reference="PupilMatchingRefAnonymous").unique(), on="mojuid"
    )
    # Each row bears the mark of its true child in the number of its case.
    row_of_child = pl.DataFrame(
        {
            "own": linkage.own,
            "child": often.setting.block.child[linkage.child],
            "true_reference": Named().on(linkage.child, None),
            "is_shared": linkage.is_shared,
        }
    )
    right = filled.join(row_of_child, on="own").filter(
        (pl.col("reference") == pl.col("true_reference"))
        & (pl.col("offencestartdate").dt.year() > 1900)
        & ~pl.col("is_shared")
    )
    found = set(right.select("child", "offencestartdate").iter_rows())
    recoverable = truth.filter(pl.col("lost_to").is_null())
    assert set(recoverable.select("child", "offence_date").iter_rows()) == found
    lost = dict(truth.group_by("lost_to").len().iter_rows())
    assert set(lost) == {
        None, "extract_end", "outside_school_share", "missed_link_share", "false_link_share",
        "shared_id_share", "undated_offence_share", "abroad_offence_share",
    }  # fmt: skip
    assert truth.height == len(often.justice.offences.on) == sum(lost.values())


def test_the_first_offence_is_lost_only_with_all_of_its_day(often):
    world = seen(often)
    first = true_first_offences(world)
    children = np.flatnonzero(often.justice.first_proven < NEVER)
    np.testing.assert_array_equal(first["child"], np.sort(often.setting.block.child[children]))
    day_of = dict(first.select("child", "offence_date").iter_rows())
    rows = true_offences(world).filter("is_first_proven")
    for child, on in rows.select("child", "offence_date").iter_rows():
        assert day_of[child] == on
    kept = set(rows.filter(pl.col("lost_to").is_null())["child"])
    assert kept == set(first.filter(pl.col("lost_to").is_null())["child"])
