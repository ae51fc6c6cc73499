"""Step that settles where and when nothing was delivered."""

from cws_outcomes.step import Step

COVERAGE = (
    Step(
        name="harmonise_coverage_gaps",
        stage="harmonise",
        message="Noting the gaps in coverage",
        reads=("local_authorities",),
        writes=("coverage_gaps",),
        function="cws_outcomes.harmonise.coverage_gaps:harmonise",
        settings=("coverage",),
    ),
)
