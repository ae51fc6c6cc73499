-- Grain: one row per figure and part.
-- Ethnic groups of children looked after on 31 March 2020, of those adopted from care in the year
-- to that day, and of residents under 18 (published from the census of 2011).
with asked (who, ethnic_group) as (
    values
    ('looked_after', 'white'), ('looked_after', 'black'), ('looked_after', 'asian'),
    ('adopted', 'white'), ('adopted', 'black'), ('adopted', 'asian'),
    ('residents', 'white'), ('residents', 'black'), ('residents', 'asian')
),

described as (
    select 'looked_after' as who, ethnic_group, count(*) as children
    from looked_after
    where return_year = 2020
    group by ethnic_group
    union all
    select 'adopted' as who, people.ethnic_group, count(distinct care_periods.person_id) as children
    from care_periods
    inner join people using (person_id)
    where
        care_periods.reason_ceased = 'adopted'
        and care_periods.end_date >= date '2019-04-01'
        and care_periods.end_date < date '2020-04-01'
    group by people.ethnic_group
    union all
    select 'residents' as who, ethnic_group, sum(children) as children
    from population
    where year = 2011 and age < 18
    group by ethnic_group
),

counted as (
    select
        asked.who, asked.ethnic_group,
        sum(described.children) filter (where described.ethnic_group = asked.ethnic_group)
            as numerator,
        sum(described.children) as denominator
    from asked
    inner join described using (who)
    where described.ethnic_group is not null
    group by asked.who, asked.ethnic_group
)

select
    'F184' as figure, who || '_' || ethnic_group as part,
    100 * coalesce(numerator, 0) / denominator as value,
    coalesce(numerator, 0) as numerator, denominator
from counted
