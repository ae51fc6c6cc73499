"""What a life counts as: outcomes, who can have them, and groups known before any intervention."""

from collections.abc import Callable, Mapping

import numpy as np

from cws_outcomes.synthetic.days import NEVER, Days, Flags, Whole, birthday
from cws_outcomes.synthetic.exclusions import LUNCH, PERMANENT
from cws_outcomes.synthetic.justice import EXTRACT_END
from cws_outcomes.synthetic.life import Life
from cws_outcomes.synthetic.people import People
from cws_outcomes.synthetic.school_year import LAST_YEAR, SchoolYear
from cws_outcomes.synthetic.timeline import earliest

ENTRY_AGE = 10
"""Age of criminal responsibility: residents alive on this birthday are followed."""

OUTCOMES: Mapping[str, str] = {
    "first_offence_by_18": "first proven offence before the 18th birthday",
    "suspended_in_years_7_to_11": "suspended at least once in Years 7 to 11",
    "excluded_by_end_of_year_11": "permanently excluded by the end of Year 11",
    "basics_at_key_stage_4": (
        "grade C/4 or better in English and mathematics at the end of Year 11; no record counts "
        "as not achieved"
    ),
}
"""Outcomes of the marginal truths; all but the first are of pupils only."""

POPULATIONS: Mapping[str, str] = {
    "residents": "all children, with or without a pupil reference",
    "pupils": "children with a pupil reference",
    "referred_by_10": "referred before the 10th birthday, as things are",
    "referred_by_18": "referred before the 18th birthday, as things are",
    "in_need_by_18": "assessed as in need before the 18th birthday, as things are",
    "on_plan_by_18": "on a protection plan before the 18th birthday, as things are",
    "in_care_by_18": "looked after before the 18th birthday, as things are",
}
"""Who the risks are of. Membership is fixed as things are, so that policies compare like with like;
those defined up to 18 describe whom a policy would have changed, not a group known at 10."""


def outcomes(people: People, life: Life) -> dict[str, Flags]:
    """Each outcome of each child of a block. What happens after death or leaving never happens."""
    lost = life.schooling.exclusions
    year_of = lost.year - 6 - people.birth_year[lost.pupil]
    is_secondary = (year_of >= 7) & (year_of <= 11)
    results = life.attainment.key_stage_4
    return {
        "first_offence_by_18": life.justice.first_proven < birthday(people.birth, 18),
        "suspended_in_years_7_to_11": _any(
            people, lost.pupil[is_secondary & ~np.isin(lost.category, (PERMANENT, LUNCH))]
        ),
        "excluded_by_end_of_year_11": _any(people, lost.pupil[(year_of <= 11) & lost.is_permanent]),
        "basics_at_key_stage_4": _any(people, results.pupil[results.has_basics]),
    }


def followed(people: People, pupils: int) -> dict[str, Flags]:
    """
    Children in whom each outcome is counted.

    They live in England on their 10th birthday and do not leave it before the horizon, which comes
    before the simulated time ends. Leaving is nobody's outcome here, so that whoever leaves has no
    say; death is a competing event, and its children stay, without the outcome.
    """
    at_entry = (people.arrival <= birthday(people.birth, ENTRY_AGE)) & (
        people.death > birthday(people.birth, ENTRY_AGE)
    )
    adult, left_school = birthday(people.birth, 18), _end_of_year_11(people)
    is_pupil = np.arange(people.count) < pupils
    last_day = SchoolYear(LAST_YEAR).after
    by_18 = at_entry & (people.departure >= adult) & (adult <= EXTRACT_END)
    by_16 = at_entry & is_pupil & (people.departure >= left_school) & (left_school <= last_day)
    return {name: by_18 if name.endswith("_by_18") else by_16 for name in OUTCOMES}


def populations(people: People, pupils: int, as_is: Life) -> dict[str, Flags]:
    """Who belongs to each group, judged as things are."""
    contact, birth = as_is.contact, people.birth
    made = contact.referrals
    referred = earliest(made.child, made.referral, people.count)
    planned = earliest(made.child[contact.plans.referral], contact.plans.start, people.count)
    need = made.is_in_need
    in_need = earliest(made.child[need], made.referral[need], people.count)
    care = contact.care.kind == 0
    in_care = earliest(contact.care.child[care], contact.care.start[care], people.count)

    def by(first: Days, age: int) -> Flags:
        found: Flags = (first < NEVER) & (first < birthday(birth, age))
        return found

    return {
        "residents": np.ones(people.count, dtype=np.bool_),
        "pupils": np.arange(people.count) < pupils,
        "referred_by_10": by(referred, 10),
        "referred_by_18": by(referred, 18),
        "in_need_by_18": by(in_need, 18),
        "on_plan_by_18": by(planned, 18),
        "in_care_by_18": by(in_care, 18),
    }


def _any(people: People, rows: Whole) -> Flags:
    found = np.zeros(people.count, dtype=np.bool_)
    found[rows] = True
    return found


def _end_of_year_11(people: People) -> Days:
    """1 September after Year 11."""
    ends: Callable[[int], int] = lambda year: SchoolYear(year + 17).after  # noqa: E731
    years, row = np.unique(people.birth_year, return_inverse=True)
    found: Days = np.array([ends(int(year)) for year in years], dtype=np.int32)[row]
    return found
