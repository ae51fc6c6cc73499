"""What is planted about schooling and its results: a part of the dials."""

from collections.abc import Mapping
from dataclasses import dataclass, field


def planted(**values: float) -> Mapping[str, float]:
    """Default of a dial with a number for each level; what is not named is 0."""
    return field(default_factory=lambda: dict(values))


@dataclass(frozen=True)
class SchoolDials:
    """
    What is planted about schooling, with its default; see `cws_outcomes.synthetic.dials.Dials`.

    Levels were set so that a delivery comes near the published margins (CALIBRATION A, E and F).
    """

    # First suspension of a school year: log hazard ratios.
    suspension_state: Mapping[str, float] = planted(
        referral=0.4, cin=1.15, cpp=1.15, cla=1.15, post=0.45
    )
    suspension_male: float = 0.8
    suspension_support: float = 0.13
    suspension_plan: float = -0.15
    """Pupils with support, or a plan."""
    suspension_deprivation: float = 0.8
    suspension_conduct: float = 2.3
    hidden_school: float = 0.0
    """Per SD of the hidden confounder: suspension, exclusion, and the odds of absence."""
    suspension_ethnicity: Mapping[str, float] = planted(
        BCRB=0.45, MWBC=0.45, WROM=0.3, WIRT=0.3, BAFR=0.0, AIND=-0.9, APKN=-0.5, ABAN=-0.6,
        AOTH=-0.6, CHNE=-1.2,
    )  # fmt: skip
    """By minor group, against all others."""
    suspension_level: float = 0.0495
    """Factor on the published share of pupils suspended in a year, for the reference pupil."""
    suspension_trend: float = 1.0
    """1: suspensions and exclusions fall and rise as in England; 0: as in 2012/13 throughout."""
    suspended_again_share: float = 0.37
    """Suspended pupils with more than one suspension in the year."""
    lunchtime_share: float = 0.01
    """Suspensions of lunchtimes."""
    exclusion_factor: float = 0.125
    """Factor on the published permanent exclusion rates, beyond ``suspension_level``."""
    exclusion_conduct: float = 0.85
    """Permanent exclusion: log hazard ratio of conduct, beyond that of suspension."""
    exclusion_state: Mapping[str, float] = planted(cin=0.25, cpp=0.25, cla=0.0)
    """Permanent exclusion: log hazard ratios beyond those of suspension."""
    exclusion_again: float = -1.5
    """Of a pupil permanently excluded before: few are twice."""
    exclusion_ethnicity: Mapping[str, float] = planted(
        BCRB=0.78,
        MWBC=0.8,
        WROM=1.6,
        WIRT=0.8,
        AIND=-0.4,
        WOTH=-0.4,
        CHNE=-0.8,
        APKN=-0.4,
        ABAN=-0.4,
        AOTH=-0.4,
    )
    """By minor group, beyond those of suspension."""

    # Special educational needs: log odds ratios of being found in need in a year.
    sen_support_level: float = -3.25
    sen_plan_level: float = -8.76
    sen_ability: float = -0.75
    sen_conduct: float = 0.86
    sen_male: float = 0.5
    sen_deprivation: float = 0.6
    sen_state: Mapping[str, float] = planted(referral=1.1, cin=1.5, cpp=1.4, cla=1.85, post=1.15)
    sen_plan_state: Mapping[str, float] = planted(
        referral=0.35, cin=2.16, cpp=1.78, cla=3.95, post=0.88
    )
    sen_exit_share: float = 0.16
    """Pupils with support who have none in the year after."""
    disabled_share: float = 0.011
    """Children disabled from birth: they have a plan early."""
    sen_plan_disability: float = 3.1
    """Log odds ratio of a plan for all whose disability makes a case of social care long."""
    behaviour_conduct: float = 1.6
    """Log odds ratio of the primary need being behaviour (SEMH)."""
    behaviour_later_level: float = -4.3
    """Log odds that another need turns out to be behaviour, in each of Years 7 to 11."""
    behaviour_level: float = -3.75

    # Free school meals: log odds.
    fsm_level: float = -1.9
    fsm_change_sd: float = 1.2
    """SD of what changes from year to year, beside the family's poverty."""
    fsm_persistence: float = 0.85
    """Correlation of that between years."""
    fsm_state: Mapping[str, float] = planted(referral=0.4, cin=1.5, cpp=1.5, cla=-0.8, post=0.5)

    # Absence: log odds of missing a session.
    absence_level: float = -5.31
    absence_state: Mapping[str, float] = planted(
        referral=0.2, cin=0.88, cpp=1.0, cla=-0.82, post=0.2
    )
    absence_conduct: float = 0.76
    absence_deprivation: float = 0.75
    absence_sen: float = 0.25
    absence_sd: float = 0.8
    """SD between pupils of the same conduct, over all of school life."""
    absence_year_sd: float = 0.2
    absence_tail: float = 0.88
    """Mean of a pupil's own excess in a year of Years 7 to 11; three quarters of it before."""
    refusal_share: float = 0.0005
    """Pupils who hardly come to school at all in a year."""
    refusal_state: Mapping[str, float] = planted(
        referral=1.8, cin=3.85, cpp=4.2, cla=3.97, post=1.2
    )
    """Log ratios."""
    refusal_conduct: float = 0.5
    """Log ratio per SD of conduct."""
    absence_refusal: float = 3.6
    """Log odds of missing a session, of those."""
    absence_trend: float = 1.0
    """1: absence falls over the years as in England; 0: as in 2018/19 throughout."""
    unauthorised_level: float = -4.1
    """Log odds that a session missed is unauthorised, where few are missed."""
    unauthorised_slope: float = 3.2
    """Rise of those log odds with the share of sessions missed."""
    unauthorised_conduct: float = 1.2

    # Out of school, and in other provision.
    leaving_level: float = 0.0049
    """Pupils who leave state schools in a year of Years 7 to 11; a third as many before."""
    leaving_state: Mapping[str, float] = planted(
        referral=0.4, cin=1.9, cpp=2.35, cla=1.72, post=1.02
    )
    """Log odds ratios."""
    leaving_conduct: float = 0.3
    return_share: float = 0.30
    """Of those outside, in each later year."""
    alternative_level: float = 9.8e-05
    """Pupils who go to alternative provision in a year of Years 9 and 10."""
    alternative_conduct: float = 3.55
    """Log odds ratio."""
    alternative_state: Mapping[str, float] = planted(
        referral=0.4, cin=0.9, cpp=1.0, cla=1.2, post=0.5
    )
    alternative_stay_share: float = 0.85
    """Of those in alternative provision, still there a year later."""
    alternative_beside_school_share: float = 0.35
    """Pupils in alternative provision who are on the roll of a school too."""
    referral_unit_share: float = 0.5
    """Pupils in alternative provision who are in a pupil referral unit; 0.4 times it from 2014."""
    excluded_unit_share: float = 0.77
    """The same of those permanently excluded, at all times."""
    excluded_alternative_share: float = 0.65
    excluded_other_school_share: float = 0.22
    """Where a permanent exclusion leads; the rest leave state schools."""
    weapon_exclusion_share: float = 0.44
    """Pupils permanently excluded within 30 days of a first proven offence, one of weapons."""
    offender_provision: Mapping[str, float] = planted(serious=0.8, other=0.1)
    """Pupils who go to alternative provision the year after a first proven offence."""

    # What school tables show of it.
    dual_registration_share: float = 0.01
    """Pupils on the books of a second school too, in a year."""
    off_roll_share: float = 0.005
    """Census rows of pupils not on roll, beside those who are."""
    refused_ethnicity_share: float = 0.01
    """Census rows with ethnicity refused."""
    unknown_birth_month_share: float = 0.001
    """Pupils whose month of birth no census tells; returns of children's social care do."""
    never_on_roll_share: float = 0.001
    """Pupils who are always gone by January: their schools list them, but as not on roll."""
    placed_away_share: float = 0.2
    """Children in care whose home, in the census, is in the authority of a placement elsewhere."""
    missed_term_census_share: float = 0.01
    """Pupils of the spring who are not in the census of autumn or summer."""
    stage_again_share: float = 0.01
    """Key Stage 4 rows that come again without counting in national results."""
    early_years_again_share: float = 0.0003
    """Foundation stage rows that come again."""
    no_key_stage_4_share: float = 0.03
    """Pupils who did not reach the grade and have no Key Stage 4 record at all."""
    boycott_share: float = 0.25
    """Primary schools without Key Stage 2 tests in 2009/10."""

    # Tests of Key Stages 1 and 2, in SDs of points.
    test_ability: float = 0.75
    test_noise: float = 0.40
    """SD of a subject's own luck, beside what a pupil's subjects share."""
    test_deprivation: float = -0.70
    test_conduct: float = -0.09
    test_male_english: float = -0.4
    """Boys in reading and writing."""
    test_support: float = -0.35
    test_plan: float = -1.3
    """Pupils with support or a plan."""
    test_frailty: float = -0.15
    """Per log hazard of referral that a family shares: poor results and contact go together."""
    test_state: Mapping[str, float] = planted(
        referral=-0.2, cin=-0.34, cpp=-0.46, cla=-0.34, post=-0.2
    )
    trial_effect: float = 0.2
    """Of the treated arm on pupils in need or in care in Year 6, in SDs of points."""

    # Grade C/4 or better in English and mathematics: log odds ratios.
    basics_state: Mapping[str, float] = planted(referral=-0.3, cin=-0.8, cpp=-0.8, cla=-1.0)
    basics_later_state: Mapping[str, float] = planted(cin=-2.2, cpp=-1.80, cla=-0.50)
    """The same by state in January of Year 11, beyond that of the look-back."""
    basics_provision: float = -0.8
    """In alternative provision in January of Year 11."""
    basics_level: float = 0.97
    basics_prior: float = 1.3
    basics_male: float = -0.25
    basics_deprivation: float = -0.8
    basics_conduct: float = -1.75
    basics_la_sd: float = 0.52
