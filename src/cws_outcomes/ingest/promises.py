"""What a manifest owes the contracts: every table's columns, named or said not to be there."""

import difflib
from collections.abc import Collection, Iterator, Mapping

from cws_outcomes.contracts.delivered import NEEDED, SHAPES, TABLES

Columns = Mapping[str, object]


def broken_promises(tables: Mapping[str, Columns]) -> list[str]:
    """
    Slips of a manifest against the contracts of delivered tables.

    A column that is not named would be missing in every row without a word, so each must be
    there: by its physical name, or as null where the extract has none and the study can do
    without. Other names are let pass: a manifest may describe more than the study reads.

    Parameters
    ----------
    tables : mapping of str to mapping
        Entry of the manifest to its ``columns``.

    Returns
    -------
    list of str
        One line a slip, with its key; a table that is wholly absent is the reader's to report.
    """
    contracts = {
        entry: contract
        for contract in TABLES
        for entry in SHAPES[contract.name.removeprefix("delivered_")]
    }
    slips = [
        f"tables.{name}: unknown table{_guess(name, contracts)}"
        for name in tables
        if name not in contracts
    ]
    for name in tables:
        if name in contracts:
            slips += _broken_columns(name, tables[name], named_columns(name), NEEDED[name])
    return slips


def named_columns(entry: str) -> list[str]:
    """Columns that an entry of the manifest names: those that neither file nor shape settles."""
    (contract, settled), *_ = (
        (contract, shapes[entry])
        for contract in TABLES
        for shapes in [SHAPES[contract.name.removeprefix("delivered_")]]
        if entry in shapes
    )
    return [name for name in contract.columns if name != "file_year" and name not in settled]


def _broken_columns(
    table: str, columns: Columns, wanted: Collection[str], needed: Collection[str]
) -> Iterator[str]:
    others = [name for name in columns if name not in wanted]
    for column in wanted:
        where = f"tables.{table}.columns.{column}"
        if column not in columns:
            way_out = "" if column in needed else f", or write `{column}: null` if there is none"
            close = difflib.get_close_matches(column, others, n=1)
            slip = f" (is {close[0]} a slip?)" if close else ""
            yield f"{where}: not named{slip}. Name its column{way_out}"
        elif column in needed and _may_be_absent(columns[column]):
            yield f"{where}: null, but the study cannot do without it. Name its column"


def _may_be_absent(names: object) -> bool:
    return names is None or (isinstance(names, tuple) and None in names)


def _guess(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else f"; expected one of {', '.join(known)}"
