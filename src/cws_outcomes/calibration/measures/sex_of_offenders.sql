-- Grain: one row per figure and part.
-- Pupils born September 1995 to August 1998 with a caution or conviction by 2020: how many are
-- male.
with offenders as (
    select distinct people.person_id, people.sex
    from people
    inner join offences using (person_id)
    where
        people.birth_cohort between 1995 and 1997
        and people.has_pupil_reference
        and people.sex is not null
        and offences.is_proven
        and not offences.is_before_age_10
)

select
    'F172' as figure, 'male' as part,
    100 * avg(cast(sex = 'male' as integer)) as value,
    count(*) filter (where sex = 'male') as numerator,
    count(*) as denominator
from offenders
