-- Grain: one row per figure and part.
-- Plans in force on 31 March 2013 by how long; and the share of plans starting in 2012/13 that are
-- a child's second or later. Records of plans begin in October 2008, so that a second plan of
-- 2012/13 can look like a first: the share seen is multiplied by what a longer look back adds to
-- plans starting in 2017/18 to 2019/20, all records against those of the same number of years.
with asked (part) as (
    values
    ('to_3_months'), ('to_6_months'), ('to_1_year'), ('to_2_years'), ('over_2_years')
),

in_force as (
    select
        case
            when start_date >= date '2012-12-31' then 'to_3_months'
            when start_date >= date '2012-09-30' then 'to_6_months'
            when start_date >= date '2012-03-31' then 'to_1_year'
            when start_date >= date '2011-03-31' then 'to_2_years'
            else 'over_2_years'
        end as part
    from plans
    where start_date <= date '2013-03-31' and (end_date is null or end_date > date '2013-03-31')
),

shares as (
    select
        asked.part,
        count(*) filter (where in_force.part = asked.part) as numerator,
        count(*) as denominator
    from asked
    cross join in_force
    group by asked.part
),

started as (
    select
        year(start_date + interval 9 month) as return_year,
        start_date,
        lag(start_date) over (partition by person_id order by start_date) as last_start_date
    from plans
),

-- Four and a half years before the first day of the return year.
looked_back as (
    select
        return_year,
        last_start_date is not null as is_later,
        coalesce(
            last_start_date >= make_date(return_year - 1, 4, 1) - interval 54 month, false
        ) as is_later_of_short
    from started
),

later as (
    select
        count(*) filter (where return_year = 2013) as plans_2013,
        count(*) filter (where return_year = 2013 and is_later)
        * coalesce(
            count(*) filter (where return_year >= 2018 and is_later)
            / nullif(count(*) filter (where return_year >= 2018 and is_later_of_short), 0),
            1
        ) as later_2013
    from looked_back
)

select
    'F086' as figure, part, 100 * numerator / denominator as value, numerator, denominator
from shares
union all
select
    'F087' as figure, 'second_or_later_2013' as part,
    100 * later_2013 / plans_2013 as value,
    later_2013 as numerator, plans_2013 as denominator
from later
where plans_2013 > 0
