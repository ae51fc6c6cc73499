"""English local authorities through time: both code systems, reorganisations and names.

Neither code system is stable: a 9-digit code can change while the area does not, and an area can
change while the name does not. This room knows the history and nothing else of the pipeline.
"""

from cws_outcomes.geography.codelist import (
    authorities,
    changes,
    deprivation_index,
    deprivation_indices,
    not_authorities,
)
from cws_outcomes.geography.harmonised import GeographyMode, harmonised, part_transfers
from cws_outcomes.geography.match import kind_of_place, match_codes, match_names

__all__ = [
    "GeographyMode",
    "authorities",
    "changes",
    "deprivation_index",
    "deprivation_indices",
    "harmonised",
    "kind_of_place",
    "match_codes",
    "match_names",
    "not_authorities",
    "part_transfers",
]
