"""Steps that harmonise justice records."""

from cws_outcomes.step import Step

JUSTICE = (
    Step(
        name="harmonise_disposals",
        stage="harmonise",
        message="Linking offences to persons",
        reads=("person_keys", "delivered_offences"),
        writes=("disposals",),
        sql=("harmonise/disposals.sql",),
        codelists=("adjudication", "disposal", "offence_group"),
        threads=2,
    ),
    Step(
        name="harmonise_offences",
        stage="harmonise",
        message="Choosing the best disposal of each offence",
        reads=("disposals", "people"),
        writes=("offences",),
        sql=("harmonise/offences.sql",),
    ),
)  # fmt: skip
