"""A typed column as the text that a delimited file would hold: one rule for every kind of source.

The study compares codes and ids as text, whatever an extract stored them as.
"""


def as_text(column: str, column_type: str) -> str:
    """
    SQL that turns a column into text.

    Parameters
    ----------
    column : str
        SQL of the column.
    column_type : str
        DuckDB's name of its type.

    Returns
    -------
    str
        SQL of type VARCHAR; null stays null.
    """
    kind = column_type.upper()
    if kind == "VARCHAR":
        return column
    if kind == "BLOB":
        return f"lower(hex({column}))"
    if kind == "BOOLEAN":
        return f"{column}::integer::varchar"
    if kind in ("FLOAT", "DOUBLE"):
        return _real(column)
    if kind.startswith("DECIMAL"):
        return _decimal(column)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return _instant(column)
    if kind.startswith("TIMESTAMP"):
        # No column of the study has a time of day: databases add midnight to plain days.
        return f"{column}::date::varchar"
    return f"{column}::varchar"


def _real(column: str) -> str:
    """Whole numbers without a point: codes are often stored as real numbers."""
    return (
        f"case when isnan({column}) then null "
        f"when abs({column}) < 1e15 and {column} = trunc({column}) "
        f"then try_cast({column} as bigint)::varchar else {column}::varchar end"
    )


def _decimal(column: str) -> str:
    return f"regexp_replace({column}::varchar, '[.]0+$|([.][0-9]*[1-9])0+$', '\\1')"


def _instant(column: str) -> str:
    """A day where it is midnight in UTC; else in full, which no date column takes for a day."""
    moment = f"make_timestamp(epoch_us({column}))"
    return (
        f"case when {moment} = date_trunc('day', {moment}) then {moment}::date::varchar "
        f"else strftime({moment}, '%Y-%m-%dT%H:%M:%SZ') end"
    )
