-- Grain: one row per figure and part.
-- Oldest cohort: pupils with an offence of possessing a weapon from age 10 on. Permanent exclusions
-- after the first such offence: how many within 30 days. Any pass at key stage 4, of those with a
-- result, beside all pupils of the cohort.
with carriers as (
    select person_id, min(offence_date) as weapon_date
    from six_cohorts_offences
    where offence_group = 'possession_of_weapons'
    group by person_id
),

counts as (
    select
        count(*) as carriers,
        count(absence_date) as persistently_absent,
        count(exclusion_date) as excluded,
        count_if(was_fsm) as free_meals,
        count_if(exclusion_date >= weapon_date) as excluded_after,
        count_if(
            exclusion_date >= weapon_date and exclusion_date <= weapon_date + interval 30 day
        ) as excluded_within_30_days
    from six_cohorts_pupils
    inner join carriers using (person_id)
    where birth_cohort = 1996
),

passes as (
    select
        count(weapon_date) as carriers,
        count_if(was_reached and weapon_date is not null) as carriers_with_pass,
        count(*) as pupils,
        count_if(was_reached) as pupils_with_pass
    from six_cohorts
    inner join standards_reached using (person_id)
    left join carriers using (person_id)
    where birth_cohort = 1996 and measure = 'any_pass'
),

parts as (
    select
        'F037' as figure,
        'any_pass' as part,
        carriers_with_pass as numerator,
        carriers as denominator
    from passes
    union all
    select 'F037', 'any_pass_of_all', pupils_with_pass, pupils
    from passes
    union all
    select 'F037', part, numerator, carriers
    from (
        unpivot counts
        on persistently_absent, excluded, free_meals
        into name part value numerator
    )
    union all
    select 'F049', 'within_30_days', excluded_within_30_days, excluded_after
    from counts
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from parts
where denominator > 0
