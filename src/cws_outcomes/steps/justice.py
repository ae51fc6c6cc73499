"""Steps that harmonise justice records."""

from cws_outcomes.step import Step

JUSTICE = (
    Step(
        name="harmonise_offences",
        stage="harmonise",
        message="Linking offences and choosing the best disposal",
        reads=("person_keys", "delivered_offences"),
        writes=("offences",),
        sql=("harmonise/offences.sql",),
        codelists=("adjudication", "disposal", "offence_group"),
    ),
)  # fmt: skip
