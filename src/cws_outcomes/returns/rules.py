"""Every rule by which a row is rejected, merged, repaired, imputed or flagged, and how often it is.

The rules themselves are in the SQL files beside this one. Here each has its name, what is counted
where, and its meaning in words: `repairs.csv`, the data-quality page and docs/returns.md follow
this list. The first word of a name says what was done.
"""

from dataclasses import dataclass

from cws_outcomes.returns.labels import UNKNOWN
from cws_outcomes.returns.layout import LAYOUTS

# Tables with SQL of their own; of all others rows are counted, and repeats found.
NOT_SPLIT = "a line with too few or too many fields"
RULED = ("episodes", "header", "cin_children", "referrals", "plans")


@dataclass(frozen=True)
class Rule:
    """
    One rule and where its rows are counted.

    Parameters
    ----------
    name : str
        As in `repairs.csv`.
    table : str
        Table of the returns.
    meaning : str
        In words.
    relation : str
        Table of the database.
    counted : str
        SQL condition of the rows counted, or an expression that counts.
    """

    name: str
    table: str
    meaning: str
    relation: str
    counted: str

    @property
    def kind(self) -> str:
        """What was done: rejected, merged, repaired, imputed or flagged."""
        return self.name.partition("_")[0]

    @property
    def count(self) -> str:
        """SQL expression that counts the rows met."""
        is_count = self.counted.startswith(("sum(", "count("))
        value = self.counted if is_count else f"count(*) filter (where {self.counted})"
        return f"coalesce({value}, 0)"


_REASONS = {
    "no_child_id": "no child id: nobody's",
    "no_start_date": "no first day",
    "start_date_not_read": "the first day is no date",
    "start_date_impossible": "the first day is before 1930",
    "no_referral_date": "no referral date",
    "referral_date_not_read": "the referral date is no date",
    "referral_date_impossible": "the referral date is before 1930",
    "starts_after_return": "it begins after the 31 March on which its return ends",
    "ends_before_start": "it ends before it begins",
    "ends_on_start_day": "it ends on the day it begins: no night in care or on a plan",
}
_STARTED = ("no_start_date", "start_date_not_read", "start_date_impossible", "starts_after_return")
_REFERRED = ("no_referral_date", "referral_date_not_read", "referral_date_impossible")
_ENDED = ("ends_before_start", "ends_on_start_day")
_REJECTED = {
    "episodes": ("no_child_id", *_STARTED, *_ENDED),
    "header": ("no_child_id",),
    "cin_children": ("no_child_id",),
    "referrals": ("no_child_id", *_REFERRED, "starts_after_return"),
    "plans": ("no_child_id", *_STARTED, *_ENDED),
}


def _relation(table: str) -> str:
    if table in ("header", "cin_children"):
        return f"(select * from children_read where source = '{table}')"
    return f"{table}_read"


def _rejections() -> list[Rule]:
    return [
        Rule(f"rejected_{why}", table, _REASONS[why], _relation(table), f"rejection = '{why}'")
        for table, reasons in _REJECTED.items()
        for why in reasons
    ]


def _kept(name: str, table: str, meaning: str, condition: str) -> Rule:
    counted = f"rejection is null and {condition}"
    return Rule(name, table, meaning, _relation(table), counted)


def _merged(table: str, key: str, meaning: str, relation: str = "") -> list[Rule]:
    """Rows beyond the first of a key: within one return, and sent again in later ones."""
    of = relation or _relation(table)
    kept = f"(select * from {of} where rejection is null)"
    once = f"count(distinct ({key}, return_year))"
    return [
        Rule(
            "merged_repeated_in_return", table,
            f"{meaning} twice in one return: identical, or the one that lasts longest stays",
            kept, f"count(*) - {once}",
        ),
        Rule(
            "merged_sent_again", table, f"{meaning} of an earlier return: the latest decides",
            kept, f"{once} - count(distinct ({key}))",
        ),
    ]  # fmt: skip


_SENT = "episodes_sent"
_AGAIN = "episodes_sent_again"
_SETTLED = "episodes_settled"
_FLAGS = "episode_flags"

_EPISODES = [
    _kept("repaired_child_id", "episodes", "blanks or decimals taken off the child id",
          "is_child_id_tidied"),
    _kept("repaired_code", "episodes", "blanks taken off a code, or capitals given",
          "is_code_tidied"),
    _kept("repaired_two_digit_year", "episodes", "a year of two digits completed: 00 to 69 are "
          "of this century", "is_year_completed"),
    _kept("repaired_end_not_read", "episodes", "the end is no date: taken as missing",
          "is_end_not_read"),
    _kept("repaired_end_impossible", "episodes", "the end is before 1930: taken as missing",
          "is_end_impossible"),
    _kept("repaired_end_of_open", "episodes", "reason -10 says open: the end is dropped",
          "is_end_of_open"),
    Rule("merged_identical_in_return", "episodes", "a row that repeats another of its return in "
         "all that is read", _SENT, "sum(rows_read - versions)"),
    Rule("merged_same_start_in_return", "episodes", "another row of one return with the same "
         "child and first day: the one that lasts longest stays, an open one lasts longest",
         _SENT, "sum(versions - 1)"),
    Rule("merged_sent_again_unchanged", "episodes", "sent again as it was", _AGAIN,
         "difference = 'unchanged'"),
    Rule("merged_sent_again_closed", "episodes", "open before, sent again with its end", _AGAIN,
         "difference = 'closed'"),
    Rule("merged_sent_again_reopened", "episodes", "ended before, sent again as open: the later "
         "return wins", _AGAIN, "difference = 'reopened'"),
    Rule("merged_sent_again_changed", "episodes", "sent again with another end or code: the "
         "later return wins", _AGAIN, "difference = 'changed'"),
    Rule("imputed_end_after_last_return", "episodes", "open when last sent and gone from a later "
         "return: ended on the 1 April after the return that last held it", _SETTLED,
         "is_end_imputed and not is_taken_over"),
    Rule("imputed_end_at_next_episode", "episodes", "open when last sent and gone from a later "
         "return, but the child's next episode goes on without a new start of care: ended there",
         _SETTLED, "is_taken_over"),
    Rule("repaired_overlap_cut", "episodes", "ended where the next episode begins, which lasts "
         "as long", "care_episodes", "is_end_cut"),
    Rule("flagged_overlap_kept", "episodes", "overlaps the next episode and cannot be cut without "
         "taking away a day in care", _FLAGS, "is_overlapping"),
    Rule("flagged_first_not_started", "episodes", "a child's first episode is no start of care "
         "(S): it began before the returns, or a row is missing", _FLAGS, "is_first_not_started"),
    Rule("flagged_gap_after_x1", "episodes", "the episode before ended for a new one on the same "
         "day (X1), and this one begins later", _FLAGS, "is_gap_after_x1"),
    Rule("flagged_gap_not_started", "episodes", "follows a gap and is no start of care (S)",
         _FLAGS, "is_gap_not_started"),
    Rule("flagged_started_without_gap", "episodes", "a start of care (S) on the day on which the "
         "episode before ended", _FLAGS, "is_started_without_gap"),
    Rule("flagged_open_with_reason", "episodes", "open, and says why it ceased: the date decides",
         _FLAGS, "is_open_with_reason"),
    Rule("flagged_ended_without_reason", "episodes", "ended, and does not say why", _FLAGS,
         "is_ended_without_reason"),
    Rule("flagged_ended_after_return", "episodes", "ends later than the day after its return's "
         "end", _FLAGS, "is_ended_after_return"),
    Rule("flagged_before_birth", "episodes", "begins before the child is born", _FLAGS,
         "is_before_birth"),
    Rule("flagged_adult", "episodes", "begins on the 18th birthday or later", _FLAGS, "is_adult"),
    Rule("flagged_without_header", "episodes", "the child has no header row in any return", _FLAGS,
         "is_without_header"),
    Rule("flagged_without_legal_status", "episodes", "no legal status: counted as no short break",
         _FLAGS, "is_without_legal_status"),
    Rule("flagged_legal_status_not_listed", "episodes", "legal status not in the codelist: "
         "counted as no short break", _FLAGS, "is_legal_status_not_listed"),
    Rule("flagged_placement_not_listed", "episodes", "placement not in the codelist", _FLAGS,
         "is_placement_not_listed"),
    Rule("flagged_reason_ceased_not_listed", "episodes", "reason ceased not in the codelist",
         _FLAGS, "is_reason_ceased_not_listed"),
    Rule("flagged_reason_new_not_listed", "episodes", "reason for the new episode missing or none "
         "of S, P, L, T, U, B", _FLAGS, "is_reason_new_not_listed"),
]  # fmt: skip

_CHILDREN = [
    rule
    for table in ("header", "cin_children")
    for rule in (
        _kept("repaired_child_id", table, "blanks or decimals taken off the child id",
              "is_child_id_tidied"),
        _kept("repaired_code", table, "blanks or decimals taken off a code, or capitals given "
              "(MOTHER 1.0 is 1)", "is_code_tidied"),
        _kept("repaired_two_digit_year", table, "a year of two digits completed: 00 to 69 are of "
              "this century", "is_year_completed"),
        _kept("repaired_birth_not_read", table, "the birth is no date: taken as missing",
              "is_birth_not_read"),
        *_merged(table, "la_code, child_id", "a row for the same child"),
    )
] + [
    Rule("flagged_birth_differs", "children", "child with different births among its rows",
         "(select count(distinct birth_date) as births from children_read "
         "where rejection is null group by la_code, child_id)", "births > 1"),
    Rule("flagged_sex_differs", "children", "child with different sexes among its rows",
         "(select count(distinct codelist_sex.\"group\") as sexes from children_read "
         "left join codelist_sex on sex_code = code "
         "where rejection is null group by la_code, child_id)", "sexes > 1"),
    Rule("flagged_upn_of_several_children", "children", "pupil number of several children of one "
         "authority",
         "(select 1 as one from children where upn is not null group by la_code, upn "
         "having count(*) > 1)", "true"),
    Rule("flagged_upn_in_several_authorities", "children", "pupil number known to several "
         "authorities: a child who moved between them keeps a row in each",
         "(select 1 as one from children where upn is not null group by upn "
         "having count(distinct la_code) > 1)", "true"),
    Rule("flagged_without_episode", "children", "child with a header and no episode in any return",
         "(select 1 as one from children where is_in_ssda903 and not exists "
         "(select 1 from care_episodes as e where e.la_code = children.la_code "
         "and e.child_id = children.child_id))", "true"),
]  # fmt: skip

_NEED = [
    _kept("repaired_closed_before_referral", "referrals", "closed before it was made: closed on "
          "the day of the referral", "is_closed_before_referral"),
    _kept("repaired_closure_not_read", "referrals", "the closure is no date, or before 1930: taken "
          "as missing", "is_closure_not_read"),
    *_merged("referrals", "la_code, child_id, referral_date", "a referral of the same day"),
    Rule("imputed_closure_after_last_return", "referrals", "open when last sent and gone from a "
         "later return: closed on the 1 April after the return that last held it", "referrals",
         "is_closure_imputed"),
    Rule("flagged_closed_after_return", "referrals", "closed later than the day after its return's "
         "end", "referrals", "closure_date > make_date(last_return_year, 4, 1)"),
    Rule("flagged_closure_reason_not_listed", "referrals", "reason for closure not in the codelist",
         "referrals", "closure_reason_code is not null and closure_reason is null"),
    _kept("repaired_end_not_read", "plans", "the end is no date: taken as missing",
          "is_end_not_read"),
    *_merged("plans", "la_code, child_id, start_date", "a plan of the same first day"),
    Rule("imputed_end_after_last_return", "plans", "open when last sent and gone from a later "
         "return: ended on the 1 April after the return that last held it", "plans",
         "is_end_imputed"),
]  # fmt: skip


def _joined(table: str) -> str:
    """Rows of a table as read, each with its authority and year."""
    return (
        f"(select raw_{table}.*, resolved.* exclude (file_no, la_text, year_text) "
        f"from raw_{table} inner join resolved on raw_{table}.file_no = resolved.file_no "
        f"and raw_{table}.la_text is not distinct from resolved.la_text "
        f"and raw_{table}.year_text is not distinct from resolved.year_text)"
    )


def _of_every_table() -> list[Rule]:
    rules = []
    for name in LAYOUTS:
        rows = _joined(name)
        rules += [
            Rule("flagged_la_unknown", name, "no folder, column or header names the authority",
                 rows, f"la_code = '{UNKNOWN}'"),
            Rule("flagged_la_not_listed", name, "the code is of no English authority: kept as it "
                 "is", rows, f"not is_la_listed and la_code <> '{UNKNOWN}'"),
            Rule("flagged_la_not_as_folder", name, "the column names another authority than the "
                 "folder: the column decides", rows, "not is_la_as_folder"),
            Rule("repaired_text_not_utf_8", name, "a row of a file that is not UTF-8: read as "
                 "Windows-1252", rows, "is_latin_1"),
        ]  # fmt: skip
    return rules


def _of_other_tables() -> list[Rule]:
    """Tables that are counted and checked for repeats, and not written."""
    rules = []
    for name, layout in LAYOUTS.items():
        if name in RULED:
            continue
        columns = ", ".join(["la_code", "return_year", "child_key(child)", *layout.columns])
        rows, whose = _joined(name), "child_key(child) is not null"
        repeats = (
            f"count(*) filter (where {whose}) - count(distinct ({columns})) filter (where {whose})"
        )
        rules += [
            Rule("rejected_no_child_id", name, _REASONS["no_child_id"], rows, f"not ({whose})"),
            Rule("merged_repeated_in_return", name, "a row that repeats another of its return",
                 rows, repeats),
        ]  # fmt: skip
        rules += [
            Rule(f"flagged_{date}_not_read", name, "no date", rows,
                 f"tidy({date}) is not null and return_date({date}) is null")
            for date in layout.dates
        ]  # fmt: skip
    return rules


RULES = (
    *_rejections(), *_EPISODES, *_CHILDREN, *_NEED, *_of_other_tables(), *_of_every_table(),
)  # fmt: skip
