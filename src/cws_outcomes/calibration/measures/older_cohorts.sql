-- Grain: one row per figure and part.
-- The three cohorts of the release of 2022, which knew offences to the end of 2017. Prolific: four
-- or more days of a caution or sentence.
with offenders as (
    select
        person_id,
        bool_or(is_serious) as is_serious,
        count(distinct disposal_date) >= 4 as is_prolific
    from six_cohorts_offences
    where offence_date < date '2018-01-01'
    group by person_id
),

counts as (
    select
        count(*) as pupils,
        count(offenders.person_id) as any_offence,
        count_if(is_serious) as serious_violence,
        count_if(is_prolific) as prolific
    from six_cohorts
    left join offenders using (person_id)
    where birth_cohort between 1996 and 1998
),

parts as (
    unpivot counts on any_offence, serious_violence, prolific into name part value numerator
)

select
    'F004' as figure, part, 100 * numerator / pupils as value, numerator, pupils as denominator
from parts
where pupils > 0
