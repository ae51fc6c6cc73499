-- Grain: one row per figure and part.
-- Aged 10 to 15 at the census of 27 March 2011 and first looked after by 31 March 2015, before
-- 18, over residents of those ages. The source does not say how its 3.8 million are chosen: it is
-- about as many as England's children of these ages.
with firsts as (
    select care_periods.person_id, people.birth_date, min(care_periods.start_date) as first_day
    from care_periods
    inner join people using (person_id)
    where
        not care_periods.is_respite
        and date_sub('year', people.birth_date, date '2011-03-27') between 10 and 15
    group by care_periods.person_id, people.birth_date
),

entered as (
    select count(*) as children
    from firsts
    where
        first_day > date '2011-03-27' and first_day < date '2015-04-01'
        and first_day < birth_date + interval 18 year
),

residents as (
    select sum(children) as children
    from population
    where year = 2011 and age between 10 and 15
)

select
    'F065' as figure, 'aged_10_to_17' as part,
    100 * entered.children / residents.children as value,
    entered.children as numerator, residents.children as denominator
from entered
cross join residents
where residents.children > 0
