"""Every planted number of the generator in one place; the truth file repeats them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

STATES = ("none", "referral", "cin", "cpp", "cla", "post")
"""States of contact, in the order of their numbers 0 to 5."""

ETHNIC_GROUPS = ("white", "mixed", "black", "asian", "other")


def _planted(**values: float) -> Mapping[str, float]:
    return field(default_factory=lambda: dict(values))


@dataclass(frozen=True)
class Dials:
    """
    What is planted, with its default.

    Log hazard ratios and log odds ratios are natural logarithms; ``none`` (no contact so far),
    female, White and the least deprived end (deprivation 0) are the references. Shares are of
    persons unless said otherwise.
    """

    # First proven offence: log hazard ratios.
    offence_state: Mapping[str, float] = _planted(
        referral=0.25, cin=0.50, cpp=0.60, cla=0.80, post=0.30
    )
    offence_ethnicity: Mapping[str, float] = _planted(mixed=0.3, black=0.2, asian=-0.3, other=0.0)
    offence_male: float = 1.1
    offence_deprivation: float = 0.8
    offence_cohort: float = -0.05
    offence_level: float = 0.0033
    """Hazard per year at age 15 of a White girl, never in contact, least deprived, first cohort."""

    # First suspension of a school year: log hazard ratios.
    suspension_state: Mapping[str, float] = _planted(
        referral=0.30, cin=0.60, cpp=0.60, cla=0.70, post=0.35
    )
    suspension_male: float = 0.9
    suspension_sen: float = 0.9
    suspension_deprivation: float = 0.8
    exclusion_factor: float = 1.5
    """Factor on the published permanent exclusion rates, beyond ``suspension_level``."""
    suspension_level: float = 0.145
    """Factor on the published share of pupils suspended in a year, for the reference pupil."""

    # Grade C/4 or better in English and mathematics: log odds ratios.
    basics_state: Mapping[str, float] = _planted(referral=-0.3, cin=-0.7, cpp=-0.9, cla=-1.0)
    basics_level: float = 1.3
    basics_prior: float = 1.3
    basics_male: float = -0.25
    basics_deprivation: float = -0.8
    basics_la_sd: float = 0.2

    # Local authorities: standard deviations on the log hazard scale.
    la_contact_sd: float = 0.3
    la_outcome_sd: float = 0.2
    la_correlation: float = 0.4
    inverse_law: float = 0.0
    """Change of the log referral hazard per unit of a child's deprivation and of its LA's."""

    # Contact with children's social care.
    referral_level: float = 0.98
    referral_deprivation: float = 1.4
    nfa_share: float = 0.12
    """Referrals closed with no further action."""
    not_in_need_share: float = 0.38
    """Assessed referrals found not in need (RC8)."""
    plan_share: float = 0.165
    care_share: float = 0.067
    """In-need referrals that lead to a protection plan; to care."""
    outside_referral_share: float = 0.02
    """Referrals with a plan or care spell that closed before it ended."""
    unaccompanied_share: float = 0.08
    """Of the children not White who enter care at 14 or older: unaccompanied asylum seekers."""
    unborn_share: float = 0.002
    """CIN rows of unborn children, as a share of the others."""
    short_break_share: float = 0.003
    adopted_share: float = 0.8
    """Long care spells that began before age 4 and end in adoption."""

    # Who is seen where.
    outside_school_share: float = 0.06
    """Children, beyond the pupils, who never have a pupil reference."""
    cross_border_share: float = 0.08
    mover_share: float = 0.03
    dual_registration_share: float = 0.01
    absentee_share: float = 0.07
    """Pupils who leave the state-school census for some years."""
    leaver_share: float = 0.01
    """Pupils who leave England for good."""
    death_per_year: float = 0.0001
    unlinked_share: float = 0.10
    """Persons on the police national computer whose pupil reference was not found."""
    blank_reference_share: float = 0.30
    """CIN and care rows without the reference that another row of the same LA child id has."""
    second_id_share: float = 0.03
    """Persons who are on the police national computer under two ids."""
    blank_offence_reference_share: float = 0.05
    """Offences without the reference that another row of the same person there has."""
    undated_offence_share: float = 0.01
    no_key_stage_4_share: float = 0.03
    """Pupils who did not reach the grade and have no Key Stage 4 record at all."""
    boycott_share: float = 0.25
    """Primary schools without Key Stage 2 tests in 2009/10."""
    duplicate_share: float = 0.005
    """Rows repeated exactly, in CIN and absence."""

    def log_ratios(self, planted: Mapping[str, float]) -> list[float]:
        """Planted log ratios of the six states in order; what is not planted is 0."""
        return [planted.get(state, 0.0) for state in STATES]
