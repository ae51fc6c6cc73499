"""Every planted number of the generator in one place; the truth file repeats them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cws_outcomes.synthetic.school_dials import SchoolDials
from cws_outcomes.synthetic.school_dials import planted as _planted

STATES = ("none", "referral", "cin", "cpp", "cla", "post")
"""States of contact, in the order of their numbers 0 to 5."""

ETHNIC_GROUPS = ("white", "mixed", "black", "asian", "other")


@dataclass(frozen=True)
class Dials(SchoolDials):
    """
    What is planted, with its default.

    Log hazard ratios and log odds ratios are natural logarithms; ``none`` (no contact so far),
    female, White and the least deprived end (deprivation 0) are the references. Shares are of
    persons unless said otherwise. Dials of schooling: `SchoolDials`.
    """

    # First proven offence: log hazard ratios. Of the published association of contact with
    # offending (CALIBRATION F032, F034: 16 v 2.5 % of those ever in need, about 30 v 3.5 % of those
    # ever looked after) these plant a part; the rest comes from conduct, which acts on contact too
    # (`referral_conduct`, `care_conduct`), and from offences that lead to contact
    # (`offence_referral_share`). How it splits is assumed: no published figure tells.
    offence_state: Mapping[str, float] = _planted(
        referral=0.6, cin=1.0, cpp=1.0, cla=1.52, post=0.7
    )
    offence_ethnicity: Mapping[str, float] = _planted(mixed=0.5, black=0.35, asian=-0.75, other=0.0)
    offence_male: float = 1.65
    offence_deprivation: float = 2.1
    offence_cohort: float = -0.2
    """From one academic year of birth to the next (F002 against F004)."""
    offence_cohort_later: float = -0.117
    """On top of it from the births of 1999/2000 on (F163, F181)."""
    conduct_offence: float = 2.1
    """Per SD of conduct, on which contact and trouble at school depend too."""
    hidden_offence: float = 0.0
    """Per SD of the hidden confounder."""
    trouble_offence: Mapping[str, float] = _planted(absent=0.0, suspended=0.0, excluded=0.0)
    """In the year after trouble at school."""
    offence_level: float = 0.000202
    """Hazard per year at age 15 of a White girl, never in contact, least deprived, first cohort."""

    # What follows a first proven offence: log odds unless said otherwise.
    reoffence_level: float = -0.42
    """Another case after each case; more with conduct, for boys, and by state at the first."""
    reoffence_conduct: float = 0.25
    reoffence_male: float = 0.4
    reoffence_contact: float = 0.5
    """Protection plan, care, or post."""
    reoffence_care: float = -0.1
    reoffence_days: float = 210.0
    """Mean days from case to case."""
    second_offence_share: float = 0.25
    """Cases with a second offence on the same day."""
    unproven_share: float = 0.06
    accused_share: float = 0.003
    """Unproven cases per proven case; children with one though perhaps never proven guilty."""
    serious_level: float = -3.10
    """Serious violence at age 16 (by age: `offending.SERIOUS_BY_AGE`)."""
    serious_male: float = 0.75
    serious_conduct: float = 0.4
    caution_first: float = 0.55
    caution_adult: float = 0.10
    """Shares of proven cases that end in a caution: a child's first, an adult's."""
    custody_level: float = -4.6
    """Immediate custody in a first case that is not cautioned, of a girl."""
    custody_before: float = 0.5
    """Per case before, up to six."""
    custody_serious: float = 1.2
    custody_male: float = 0.7
    custody_contact: float = 0.7
    custody_care: float = 1.2
    """Protection plan, care, or post at the offence; care on top."""
    custody_young: float = 1.6
    """
    Before the 17th birthday. Courts do the reverse: it is about the least by which 10 of 30,000
    pupils never suspended before go into custody for an offence of Years 10 and 11.
    """
    disposal_delay_months: float = 5.0
    disposal_delay_sd: float = 0.75
    """Mean months from offence to sentence, and SD of their logarithm; a third for cautions."""
    remand_share: float = 0.0095
    """Cases of children with a remand that makes them looked after (from December 2012)."""
    remand_serious: float = 4.0
    """Factor on it for serious violence."""

    # Local authorities: standard deviations and correlations of their own effects (log scale).
    la_contact_sd: float = 0.295
    """Of the hazard of referral."""
    la_escalation_sd: float = 0.29
    """Of need, plan and care once there is a referral."""
    la_skew: float = 0.30
    """Skew of these two: 0 = normal, else the parameter of a shifted lognormal of the same SD."""
    la_outcome_sd: float = 0.25
    """Of the hazard of offending, and of suspension."""
    la_outcome_skew: float = 0.05
    """Skew of it, as `la_skew`."""
    la_correlation: float = 0.4
    """Of the effects on referral and on offending, before skew."""
    la_escalation_correlation: float = -0.6
    """Of the effects on referral and on what it leads to, before skew."""
    la_basics_correlation: float = -0.2
    """Of the effects on referral and on attainment."""
    la_slope_sd: float = 0.2
    """Of an authority's own part of the slope of referral over deprivation."""
    la_luck: float = 0.0
    """
    0: every seed has the same set of effects, given to authorities at random, none of it England's.
    1: effects are independent draws, as the coverage of intervals about authorities needs.
    """
    inverse_law: float = -0.3
    """Change of the slope of referral over deprivation per SD of the authority's deprivation."""

    # Referral to children's social care: hazards from birth to 18 (log hazard ratios).
    referral_level: float = 0.592
    """Factor on the curve of first referrals by age (`contact.FIRST_HAZARD`)."""
    again_level: float = 0.577
    """Factor on the curve of further referrals by years since the last closed."""
    again_selection: float = 0.6
    """Share of the log hazard of a first referral that acts on further ones."""
    again_after_plan: float = 0.3
    again_after_care: float = 0.5
    """Further referral of a child who was once on a plan; in care."""
    referral_trend: float = 0.01
    """Change per year of the log hazard, by calendar year from 2013."""
    referral_deprivation: float = 1.45
    """Most against least deprived neighbourhood; acts within the authority's own slope."""
    referral_ethnicity: Mapping[str, float] = _planted(
        mixed=0.15, black=0.10, asian=-0.4, other=-0.2
    )
    referral_male: float = 0.04
    referral_conduct: Mapping[str, float] = _planted(child=0.25, adolescent=0.85)
    """Per SD of conduct; adolescent from the academic year of the 11th birthday on."""
    referral_disability: float = 1.4
    """Of children disabled from birth (`disabled_share`)."""
    referral_frailty: float = 1.0
    """Coefficient of the family's frailty."""
    hidden_contact: float = 0.0
    """Per SD of the hidden confounder."""
    feedback_absence: float = 0.0
    feedback_suspension: float = 0.0
    feedback_exclusion: float = 0.0
    """Referral in the year after persistent absence, a suspension, a permanent exclusion."""
    offence_referral_share: float = 0.3
    """Children not known at the time who are referred after their first proven offence."""
    offence_care: float = 2.1
    """Log odds ratio of care after such a referral."""
    transfer_share: float = 0.8
    """Open cases of families that move to another authority which that authority opens again."""

    # What a referral leads to: log odds, and their slopes.
    nfa_share: float = 0.085
    nfa_first: float = 1.2
    """Closed with no further action in 2013; more (log odds) when it is the child's first."""
    nfa_trend: float = -0.06
    no_need_share: float = 0.066
    no_need_first: float = 2.30
    """Assessed referrals found not in need (RC8) in 2013; more when it is the child's first."""
    no_need_trend: float = 0.05
    need_deprivation: float = 0.3
    need_escalation: float = 3.8
    """Coefficient of the authority's effect on need; `plan_` and `care_escalation` likewise."""
    plan_share: float = 0.1305
    """In-need referrals that lead to a protection plan in 2013, at ages 5 to 9, White, middle."""
    plan_age: Mapping[str, float] = _planted(infant=0.7, early=0.25, secondary=-0.3, sixteen=-1.5)
    plan_deprivation: float = 0.85
    plan_frailty: float = 0.2
    plan_ethnicity: Mapping[str, float] = _planted(mixed=0.15, black=0.0, asian=-0.1, other=0.0)
    plan_escalation: float = 0.43
    plan_trend: float = 0.05
    """Change per year up to 2013; none after."""
    plan_again: float = -0.2
    """Of a child who was once on a plan, in 2013."""
    plan_again_trend: float = 0.07
    """Change of it per year."""
    plan_second_share: float = 0.02
    """Plans followed by another within the case."""
    care_share: float = 0.0264
    """In-need referrals that lead to care in 2013, at ages 5 to 9, White, middle."""
    care_age: Mapping[str, float] = _planted(
        newborn=3.70, infant=1.52, early=-0.08, primary=-0.02, secondary=-0.60, sixteen=-0.62
    )
    care_deprivation: float = 1.72
    care_frailty: float = 0.2
    care_ethnicity: Mapping[str, float] = _planted(mixed=0.25, black=-0.3, asian=-0.5, other=-0.2)
    care_young_ethnicity: Mapping[str, float] = _planted(black=1.2)
    """More of it before the 10th birthday."""
    care_conduct: float = 0.64
    """Per SD of conduct, from the 10th birthday on."""
    care_escalation: float = 0.14
    care_infant_escalation: float = 1.55
    """Beyond that, before the first birthday (F138)."""
    care_la_deprivation: float = -0.38
    """Care per SD of the authority's deprivation: the inverse law in care."""
    care_planned: float = 0.9
    """Of a child on a plan."""
    care_again: float = 1.2
    """Of a child who was once in care."""
    care_trend: float = 0.026
    """Change per year up to 2018; none after."""
    outside_referral_share: float = 0.02
    """Referrals with a plan or care spell that closed before it ended."""

    # How long it lasts: medians in days, spreads of the logarithm.
    assessment_days: float = 43.0
    need_days: float = 63.5
    need_spread: float = 1.15
    """From the assessment to the closure, with neither plan nor care nor disability."""
    need_disabled_share: float = 0.1
    """Children with a disability that makes a case a long one."""
    disabled_days: float = 1300.0
    plan_days: float = 275.0
    plan_spread: float = 0.63
    supervised_days: float = 60.0
    """From the end of a plan or of care to the closure."""

    # Care: kinds of stay by age at entry (the rest are middling), and what follows.
    care_short: Mapping[str, float] = _planted(
        infant=0.24, early=0.38, primary=0.33, secondary=0.4, sixteen=0.25
    )
    care_long: Mapping[str, float] = _planted(
        infant=0.08, early=0.13, primary=0.3, secondary=0.42, sixteen=0.6
    )
    care_adopted: Mapping[str, float] = _planted(infant=0.61, early=0.45, primary=0.06)
    adopted_ethnicity: Mapping[str, float] = _planted(mixed=0.0, black=-1.4, asian=-1.1, other=-0.3)
    """Log ratios of the chance of adoption; not above 0."""
    adopted_wait_minority: float = 90.0
    """Days longer until the order for children who are not White."""
    care_long_ethnicity: Mapping[str, float] = _planted(black=-0.7)
    """Log ratios of the share of long stays; not above 0."""
    short_stay_days: float = 21.0
    middle_stay_days: float = 300.0
    care_return_share: float = 0.068
    """Short and middling stays followed by another within the case, in 2013."""
    care_return_trend: float = -0.3
    """Change per year of the log share, up to 2013."""
    placement_moves: float = 0.52
    placement_spread: float = 2.2
    """Moves of placement a year in care; 1 = the same rate for all, higher = ever more unequal."""
    short_break_share: float = 0.005
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
    conduct_poverty: float = 0.6
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
    absentee_share: float = 0.027
    """Pupils who leave the state-school census for some years."""
    late_pupil_share: float = 0.002
    """Pupils who come to a state school for Year 13 only, from independent schools or abroad."""
    leaver_share: float = 0.02
    """Children who leave England for good."""
    kept_reference_share: float = 0.7
    """Pupils adopted at school age who keep their reference; the others get a new one (assumed)."""
    infant_death_share: float = 0.004
    death_per_year: float = 0.0001
    """At other ages from 1 on."""
    adolescent_death_per_year: float = 0.0007
    """
    At 14 to 17, some four times England's: about the least by which 10 of 30,000 pupils die in
    Years 10 and 11 on roll and never suspended before.
    """
    death_notice_share: float = 0.9
    """Deaths from 1 to 17 before which children's social care is told: a referral days before."""
    never_schooled_share: float = 0.05
    """Persons on the police national computer who lived elsewhere as children (assumed)."""
    missed_link_share: float = 0.13
    """Offending pupils whose reference was not found: White ones who never moved (assumed)."""
    missed_link_ethnicity: Mapping[str, float] = _planted(
        mixed=0.1, black=0.5, asian=0.5, other=0.6
    )
    missed_link_moved: float = 0.5
    """Log odds of that by ethnic group, and after a move to another authority."""
    false_link_share: float = 0.003
    """Offending pupils with the reference of another pupil: same sex, born next."""
    second_id_share: float = 0.03
    """Persons who are on the police national computer under two ids."""
    shared_id_share: float = 0.001
    """Persons who are there under the id of another: same sex, born next."""
    blank_offence_reference_share: float = 0.05
    """Rows of offences without the reference that another row of the same id has."""
    undated_offence_share: float = 0.01
    """Offences with a date in 1900."""
    abroad_offence_share: float = 0.003
    """Offences outside England and Wales: without a date."""
    age_slip_share: float = 0.01
    """Offences with an age one year too high or too low."""
    duplicate_share: float = 0.005
    """Rows repeated exactly, in CIN and absence."""

    # What is computed beside the data.
    truth_children: int = 40_000
    """The first so many pupils live again under every policy, for the marginal truths."""

    def log_ratios(self, planted: Mapping[str, float]) -> list[float]:
        """Planted log ratios of the six states in order; what is not planted is 0."""
        return [planted.get(state, 0.0) for state in STATES]


def of(planted: Mapping[str, float], names: NDArray[np.str_]) -> NDArray[np.float64]:
    """Planted number of each name; what is not planted is 0."""
    found = np.zeros(len(names))
    for name, value in planted.items():
        found[names == name] = value
    return found
