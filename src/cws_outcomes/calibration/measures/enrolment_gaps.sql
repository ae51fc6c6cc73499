-- Grain: one row per figure and part.
-- Pupils aged 11 at the start of 2011/12 or 2012/13 and on a roll in that January (Year 7): on none
-- in the January of at least one of Years 8 to 11, schools, units and other provision counted. By
-- the highest state of contact from the records' start to the end of Year 11.
with pupils as (
    select people.person_id, people.birth_cohort
    from people
    inner join school_years using (person_id)
    where
        people.birth_cohort in (1999, 2000)
        and school_years.is_on_roll
        and year(school_years.census_date) = people.birth_cohort + 13
),

later as (
    select
        pupils.person_id,
        count(distinct year(school_years.census_date)) as years_on_roll
    from pupils
    inner join school_years using (person_id)
    where
        school_years.is_on_roll
        and year(school_years.census_date)
        between pupils.birth_cohort + 14 and pupils.birth_cohort + 17
    group by pupils.person_id
),

states as (
    select
        pupils.person_id,
        max(list_position(['cin', 'cpp', 'cla'], contact.state)) as height
    from pupils
    inner join contact_states_dfe as contact using (person_id)
    where
        contact.state in ('cin', 'cpp', 'cla')
        and contact.start_date < make_date(pupils.birth_cohort + 17, 9, 1)
    group by pupils.person_id
),

parts as (
    select
        coalesce(list_extract(['cin', 'cpp', 'cla'], states.height), 'none') as part,
        count_if(coalesce(later.years_on_roll, 0) < 4) as numerator,
        count(*) as denominator
    from pupils
    left join later using (person_id)
    left join states using (person_id)
    group by part
)

select 'F108' as figure, part, 100 * numerator / denominator as value, numerator, denominator
from parts
