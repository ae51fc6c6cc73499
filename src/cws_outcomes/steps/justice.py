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
    Step(
        name="harmonise_custody_stays",
        stage="harmonise",
        message="Linking stays in prison",
        reads=("person_keys", "delivered_prison"),
        writes=("custody_stays",),
        sql=("harmonise/custody_stays.sql",),
    ),
    Step(
        name="harmonise_court_appearances",
        stage="harmonise",
        message="Linking appearances in court",
        reads=("person_keys", "delivered_court"),
        writes=("court_appearances",),
        sql=("harmonise/court_appearances.sql",),
    ),
    Step(
        name="harmonise_probation_orders",
        stage="harmonise",
        message="Linking probation",
        reads=("person_keys", "delivered_probation"),
        writes=("probation_orders",),
        sql=("harmonise/probation_orders.sql",),
    ),
    Step(
        name="count_linkage_by_group",
        stage="harmonise",
        message="Counting who was linked, by group",
        reads=(
            "people", "person_keys", "school_years", "referrals", "care_episodes",
            "delivered_offences",
        ),
        writes=("linkage_by_group",),
        sql=("harmonise/linkage_by_group.sql",),
        threads=2,
    ),
    Step(
        name="count_offence_lag",
        stage="harmonise",
        message="Counting how late offences become known",
        reads=("offences",),
        writes=("offence_lag",),
        sql=("harmonise/offence_lag.sql",),
    ),
    Step(
        name="count_justice_repairs",
        stage="harmonise",
        message="Counting what became of every justice record",
        reads=(
            "person_keys", "disposals", "offences", "custody_stays", "court_appearances",
            "probation_orders", "delivered_offences", "delivered_prison", "delivered_court",
            "delivered_probation",
        ),
        writes=("justice_repairs", "plug_in_repairs"),
        sql=("harmonise/justice_repairs.sql", "harmonise/plug_in_repairs.sql"),
        threads=2,
    ),
)  # fmt: skip
