"""What stops a run once everything is read: what would silently spoil every count."""

from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from cws_outcomes.errors import EmptyTableError, UnknownCodeError, ValueFormatError
from cws_outcomes.returns.layout import LAYOUTS

_MOST_UNREAD = 0.5  # a column of which more is no date is written in another way


def require_no_empty_return(connection: DuckDBPyConnection) -> None:
    """
    An empty file among full ones would close every episode that was open before it.

    Raises
    ------
    EmptyTableError
    """
    rows = connection.sql("""
        select returns.la_code, returns.return_year, count(raw_episodes.file_no) as row_count
        from returns
        left join resolved using (la_code, return_year)
        left join raw_episodes on
            raw_episodes.file_no = resolved.file_no
            and raw_episodes.la_text is not distinct from resolved.la_text
            and raw_episodes.year_text is not distinct from resolved.year_text
        where returns.collection = 'ssda903'
        group by all
        order by all
    """).fetchall()
    full = {la for la, _, count in rows if count}
    empty = [f"{la} {year}" for la, year, count in rows if not count and la in full]
    if empty:
        raise EmptyTableError(
            f"No episodes in the return of {', '.join(empty)}, though a file of them is there and "
            "other years have some. Expected rows: without them all that was open before would "
            "be closed. Export it again, or take the file out."
        )


def require_dates(connection: DuckDBPyConnection, tables: Sequence[str]) -> None:
    """
    A column that is mostly no date is written in a way of its own, month first perhaps.

    Raises
    ------
    ValueFormatError
    """
    for name in tables:
        layout = LAYOUTS[name]
        if not layout.dates:
            continue
        counts = ", ".join(
            f"count(tidy({c})), count(tidy({c})) - count(return_date({c}))" for c in layout.dates
        )
        found = connection.sql(f"select {counts} from raw_{name}").fetchall()[0]
        for column, filled, unread in zip(layout.dates, found[::2], found[1::2], strict=True):
            if unread > filled * _MOST_UNREAD:
                raise ValueFormatError(
                    f"Table {name}, column {column}: most of its values are no dates. Expected "
                    "dd/mm/yyyy, dd/mm/yy, dd-Mon-yyyy or yyyy-mm-dd. Export it with dates "
                    "written so."
                )


def require_known_legal_status(connection: DuckDBPyConnection) -> None:
    """
    The legal status decides who counts as looked after: no other code does.

    Raises
    ------
    UnknownCodeError
    """
    codes, rows = connection.sql(
        "select count(distinct legal_status_code), count(*) from care_episodes where "
        "legal_status_code not in (select code from codelist_legal_status)"
    ).fetchall()[0]
    if codes:
        about = "fewer than 10" if rows < 10 else f"{rows:,}"
        raise UnknownCodeError(
            f"Table episodes, column LS: {codes} code(s) in {about} episodes are not in "
            "codelists/legal_status.csv. Expected only listed codes, since they tell short breaks "
            "and remand. Correct them, or add a line `code,group,label` for each; with "
            "--keep-unknown-codes they are counted as no short break, and data_quality.csv lists "
            "them."
        )
