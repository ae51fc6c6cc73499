"""Home Office classes of offences, each within its offence group."""

import numpy as np

from cws_outcomes.synthetic.blocks import Block
from cws_outcomes.synthetic.days import Text
from cws_outcomes.synthetic.offending import GROUPS, Offences

# Class number and words as in recorded crime, with rough shares of our own. Published code reads
# the number at the beginning (DATA_MODEL 4.1); homicide and the gravest assaults are rare.
CLASSES: dict[str, dict[str, float]] = {
    "01": {
        "1 Murder": 0.3,
        "2 Attempted murder": 0.3,
        "4.1 Manslaughter": 0.3,
        "5D Assault with intent to cause serious harm": 9,
        "8N Assault with injury": 90.1,
    },
    "02": {"17A Sexual assault on a male": 15, "20A Sexual assault on a female": 65, "19 Rape": 20},
    "03": {"34A Robbery of business property": 8, "34B Robbery of personal property": 92},
    "04": {
        "30 Burglary in a dwelling": 14,
        "39 Theft from the person": 6,
        "46 Theft from shops": 45,
        "48 Theft of a motor vehicle": 10,
        "49 Other theft": 25,
    },
    "05": {"56 Arson": 6, "58 Other criminal damage": 94},
    "06": {"92A Trafficking in controlled drugs": 20, "92E Possession of cannabis": 80},
    "07": {"10C Possession of other weapons": 35, "10D Possession of article with blade": 65},
    "08": {"65 Violent disorder": 12, "66 Other offences against public order": 88},
    "09": {"79 Perverting the course of justice": 40, "99 Other notifiable offences": 60},
    "10": {"53 Fraud by false representation": 100},
    "11": {"104 Assault on a constable": 22, "105 Common assault": 78},
    "12": {"800 Summary motoring": 100},
}


def offence_classes(block: Block, offences: Offences) -> Text:
    """Class of each offence: one of those of its group."""
    step = 2 * offences.case + ~offences.is_primary
    luck = block.noise.uniform("offence class", step, offences.child)
    found = np.full(len(luck), "", dtype="U64")
    for kind, group in enumerate(GROUPS):
        names = CLASSES[group[:2]]
        share = np.array(list(names.values()))
        mine = offences.kind == kind
        row = np.searchsorted(np.cumsum(share / share.sum())[:-1], luck[mine], side="right")
        found[mine] = np.array(list(names))[row]
    return found
