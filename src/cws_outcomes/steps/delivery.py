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
        threads=2,
    ),
)


def codelists_of(table: str) -> tuple[str, ...]:
    """Codelists that a delivered table's codes are held to; authorities bring a second one."""
    named = {codelist for name, _, codelist in CODED_COLUMNS if name == table}
    return tuple(sorted(named | ({"outside_england"} if "local_authorities" in named else set())))


def _ingest(table: str) -> Step:
    delivered = f"delivered_{table}"
    return Step(
        name=f"ingest_{table}",
        stage="ingest",
        message=f"Reading {table.replace('_', ' ')}",
        writes=(delivered,),
        function="cws_outcomes.ingest.delivered:ingest",
        codelists=codelists_of(delivered),
        settings=("delivery", "writes"),
        threads=2,
    )


INGEST = tuple(_ingest(table.name.removeprefix("delivered_")) for table in TABLES)
