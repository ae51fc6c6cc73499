-- Grain: one row per person and child protection plan, told by its start date.
with returns as (
    select
        person_keys.person_id,
        coalesce(authority.la_code, delivered.la) as la_code,
        cast(right(delivered.return_year, 4) as integer) as return_year,
        delivered.plan_start_date as start_date,
        delivered.plan_end_date as end_date
    from delivered_children_in_need as delivered
    inner join person_keys
        on
            person_keys.key_kind = 'la_child'
            and delivered.la = person_keys.la
            and delivered.la_child_id = person_keys.key
    left join local_authorities as authority on delivered.la = authority.raw_code
    where delivered.plan_start_date >= date '1930-01-01'
),

settled as (
    select
        person_id, start_date,
        first(la_code order by return_year desc, la_code) as la_code,
        first(end_date order by return_year desc, end_date desc nulls last) as end_date
    from returns
    group by person_id, start_date
)

select person_id, la_code, start_date, end_date
from settled
-- A plan that ends on the day it starts was never in force overnight: it leaves no interval.
where end_date is null or end_date > start_date
