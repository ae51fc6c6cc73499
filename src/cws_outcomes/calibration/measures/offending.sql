-- Grain: one row per figure and part.
-- First proven offence of any kind, and of serious violence, from age 10 to the end of Year 13.
with offenders as (
    select
        person_id,
        min(age) as first_age,
        min(age) filter (where is_serious) as first_serious_age
    from six_cohorts_offences
    group by person_id
),

counts as (
    select
        count(*) as pupils,
        count(first_age) as offenders,
        count(first_serious_age) as serious
    from six_cohorts
    left join offenders using (person_id)
),

first_ages as (
    select 'F028' as figure, first_age as age, count(*) as persons
    from offenders
    group by all
    union all
    select 'F029', first_serious_age, count(*)
    from offenders
    where first_serious_age is not null
    group by all
),

by_age as (
    select
        figure, 'age_' || least(age, 18) as part, sum(persons) as numerator
    from first_ages
    group by all
),

parts as (
    select 'F002' as figure, 'any_offence' as part, offenders as numerator, pupils as denominator
    from counts
    union all
    select 'F003', 'serious_violence', serious, pupils
    from counts
    union all
    select figure, part, numerator, sum(numerator) over (partition by figure)
    from by_age
)

select figure, part, 100 * numerator / denominator as value, numerator, denominator
from parts
where denominator > 0
