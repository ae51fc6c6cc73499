"""Steps that make the built-in delivery and read delivered tables."""

from cws_outcomes.contracts.delivered import CODED_COLUMNS, TABLES
from cws_outcomes.step import Step

SYNTHETIC = (
    Step(
        name="make_synthetic_delivery",
        stage="synthetic",
        message="Making the synthetic delivery",
        function="cws_outcomes.synthetic:make_delivery",
        settings=("synthetic",),
    ),
)


def _ingest(table: str) -> Step:
    delivered = f"delivered_{table}"
    return Step(
        name=f"ingest_{table}",
        stage="ingest",
        message=f"Reading {table.replace('_', ' ')}",
        writes=(delivered,),
        function="cws_outcomes.ingest.delivered:ingest",
        codelists=tuple(sorted({c for t, _, c in CODED_COLUMNS if t == delivered})),
        settings=("delivery", "writes"),
    )


INGEST = tuple(_ingest(table.name.removeprefix("delivered_")) for table in TABLES)
