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

    # Local authorities: standard deviations and correlations of their own effects (log scale).
    la_contact_sd: float = 0.3
    """Of the hazard of referral."""
    la_escalation_sd: float = 0.2
    """Of need, plan and care once there is a referral."""
    la_outcome_sd: float = 0.2
    """Of the hazard of offending, and of suspension."""
    la_correlation: float = 0.4
    """Of the effects on referral and on offending."""
    la_escalation_correlation: float = -0.3
    """Of the effects on referral and on what it leads to."""
    la_basics_correlation: float = -0.2
    """Of the effects on referral and on attainment."""
    la_slope_sd: float = 0.2
    """Of an authority's own part of the slope of referral over deprivation."""
    inverse_law: float = -0.3
    """Change of the slope of referral over deprivation per SD of the authority's deprivation."""

    # Referral to children's social care: hazards from birth to 18 (log hazard ratios).
    referral_level: float = 0.80
    """Factor on the curve of first referrals by age (`contact.FIRST_HAZARD`)."""
    again_level: float = 0.80
    """Factor on the curve of further referrals by years since the last closed."""
    again_selection: float = 0.6
    """Share of the log hazard of a first referral that acts on further ones."""
    again_after_plan: float = 0.3
    again_after_care: float = 0.5
    """Further referral of a child who was once on a plan; in care."""
    referral_trend: float = 0.01
    """Change per year of the log hazard, by calendar year from 2013."""
    referral_deprivation: float = 1.4
    """Most against least deprived neighbourhood; acts within the authority's own slope."""
    referral_ethnicity: Mapping[str, float] = _planted(
        mixed=0.15, black=0.10, asian=-0.4, other=-0.2
    )
    referral_male: float = 0.04
    referral_frailty: float = 1.0
    """Coefficient of the family's frailty."""
    hidden_contact: float = 0.0
    """Per SD of the hidden confounder."""
    feedback_absence: float = 0.0
    feedback_suspension: float = 0.0
    feedback_exclusion: float = 0.0
    """Referral in the year after persistent absence, a suspension, a permanent exclusion."""
    offence_referral_share: float = 0.10
    """Children not known at the time who are referred after their first proven offence."""
    transfer_share: float = 0.8
    """Open cases of families that move to another authority which that authority opens again."""

    # What a referral leads to: log odds, and their slopes.
    nfa_share: float = 0.14
    nfa_first: float = 0.6
    """Closed with no further action in 2013; more (log odds) when it is the child's first."""
    nfa_trend: float = -0.06
    no_need_share: float = 0.22
    no_need_first: float = 0.9
    """Assessed referrals found not in need (RC8) in 2013; more when it is the child's first."""
    no_need_trend: float = 0.05
    need_deprivation: float = 0.3
    need_escalation: float = 1.0
    """Coefficient of the authority's effect on need; `plan_` and `care_escalation` likewise."""
    plan_share: float = 0.11
    """In-need referrals that lead to a protection plan in 2013, at ages 5 to 9, White, middle."""
    plan_age: Mapping[str, float] = _planted(infant=0.7, early=0.25, secondary=-0.3, sixteen=-1.5)
    plan_deprivation: float = 0.6
    plan_frailty: float = 0.2
    plan_ethnicity: Mapping[str, float] = _planted(mixed=0.15, black=0.0, asian=-0.1, other=0.0)
    plan_escalation: float = 1.0
    plan_trend: float = 0.05
    """Change per year up to 2013; none after."""
    plan_again: float = 0.6
    """Of a child who was once on a plan."""
    plan_second_share: float = 0.05
    """Plans followed by another within the case."""
    care_share: float = 0.035
    """In-need referrals that lead to care in 2013, at ages 5 to 9, White, middle."""
    care_age: Mapping[str, float] = _planted(
        newborn=2.3, infant=0.6, early=0.1, secondary=0.4, sixteen=0.3
    )
    care_deprivation: float = 1.1
    care_frailty: float = 0.2
    care_ethnicity: Mapping[str, float] = _planted(mixed=0.3, black=0.45, asian=-0.3, other=0.0)
    care_escalation: float = 1.0
    care_planned: float = 0.9
    """Of a child on a plan."""
    care_again: float = 0.5
    """Of a child who was once in care."""
    care_trend: float = 0.025
    """Change per year."""
    outside_referral_share: float = 0.02
    """Referrals with a plan or care spell that closed before it ended."""

    # How long it lasts: medians in days, spreads of the logarithm.
    assessment_days: float = 43.0
    need_days: float = 75.0
    need_spread: float = 1.1
    """From the assessment to the closure, with neither plan nor care nor disability."""
    disabled_share: float = 0.05
    """Children with a disability: in need for long once they are."""
    disabled_days: float = 900.0
    plan_days: float = 255.0
    plan_spread: float = 0.62
    supervised_days: float = 60.0
    """From the end of a plan or of care to the closure."""

    # Care: kinds of stay by age at entry (the rest are middling), and what follows.
    care_short: Mapping[str, float] = _planted(
        infant=0.16, early=0.28, primary=0.33, secondary=0.40, sixteen=0.25
    )
    care_long: Mapping[str, float] = _planted(
        infant=0.14, early=0.20, primary=0.40, secondary=0.35, sixteen=0.60
    )
    care_adopted: Mapping[str, float] = _planted(infant=0.45, early=0.30, primary=0.05)
    adopted_ethnicity: Mapping[str, float] = _planted(
        mixed=-0.1, black=-1.0, asian=-0.7, other=-0.4
    )
    """Log odds ratios of adoption among long and adopted stays."""
    adopted_wait_minority: float = 90.0
    """Days longer until the order for children who are not White."""
    short_stay_days: float = 21.0
    middle_stay_days: float = 300.0
    care_return_share: float = 0.22
    """Short and middling stays followed by another within the case, in 2013."""
    care_return_trend: float = -0.08
    """Change per year of the log share, up to 2013."""
    short_break_share: float = 0.003
    """Children with runs of short breaks."""

    # What the returns of children's social care make of it.
    unborn_share: float = 0.002
    """CIN rows of unborn children, as a share of the others."""
    blank_reference_share: float = 0.30
    """CIN and care rows without the reference that another row of the same LA child id has."""
    corrected_closure_share: float = 0.02
    """Closed referrals sent again in the next return, which corrects a closure some days off."""
    dropped_closure_share: float = 0.002
    """Closed referrals whose closure no return holds: the case is gone from the next one."""
    sentinel_share: float = 0.003
    """CIN rows with 1900-01-01 for a closure not yet known."""
    unknown_sex_share: float = 0.005
    unknown_ethnicity_share: float = 0.02
    untidy_code_share: float = 0.02
    """Codes of children's social care in lower case; as many with a trailing blank."""

    # People: families, homes, and what no table holds.
    male_share: float = 0.51
    family_frailty_sd: float = 0.5
    """SD of the log hazard of referral that the children of one family share."""
    poverty_deprivation: float = 3.2
    """Log odds of free school meals, most against least deprived neighbourhood."""
    poverty_sd: float = 0.9
    """SD of families' own log odds of free school meals."""
    conduct_poverty: float = 0.0
    """Correlation of conduct with a family's own poverty."""
    kin_share: float = 0.35
    """Share of the variance of conduct and of ability that brothers and sisters have in common."""
    minority_trend: float = 0.02
    """Yearly change of the log odds of not being White, by year of birth."""

    # Who is seen where.
    outside_school_share: float = 0.06
    """Children, beyond the pupils, who never have a pupil reference."""
    arrival_share: float = 0.04
    """White children who come to England after birth; three times as many of the others."""
    unaccompanied_share: float = 0.04
    """Of the children without a pupil reference: came alone, at 14 or older, for asylum."""
    cross_border_share: float = 0.08
    """Pupils at a school in another authority than the home's."""
    mover_share: float = 0.12
    """Families that move to another authority."""
    school_move_share: float = 0.10
    """Pupils who change to another school of the authority within primary; as many later."""
    sixth_form_share: float = 0.45
    school_effect_sd: float = 0.3
    """Of schools' log hazard of suspension."""
    school_attainment_sd: float = 0.2
    """Of schools' effect on attainment, in log odds and in SDs of a test."""
    trial_share: float = 0.0
    """Primary schools in the trial: half of them, at random within authorities, are treated."""
    dual_registration_share: float = 0.01
    absentee_share: float = 0.07
    """Pupils who leave the state-school census for some years."""
    leaver_share: float = 0.02
    """Children who leave England for good."""
    infant_death_share: float = 0.004
    death_per_year: float = 0.0001
    unlinked_share: float = 0.10
    """Persons on the police national computer whose pupil reference was not found."""
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
