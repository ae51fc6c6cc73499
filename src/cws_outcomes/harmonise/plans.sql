-- Grain: one row per person and child protection plan, told by its start date.
-- The latest return decides how a plan ended. One that is gone from a later return of its LA
-- without an end is ended at the close of the return year in which it was last seen.
with returns as (
    select
        person_keys.person_id,
        coalesce(authority.la_code, delivered.la) as la_code,
        cast(right(delivered.return_year, 4) as integer) as return_year,
        delivered.plan_start_date as start_date,
        -- A year before 1930 stands for missing.
        if(delivered.plan_end_date >= date '1930-01-01', delivered.plan_end_date, null) as end_date
    from delivered_children_in_need as delivered
    inner join person_keys
        -- By the LA's child id; a row without one by its pupil reference.
        on
            person_keys.key_kind = if(delivered.la_child_id is null, 'pupil', 'la_child')
            and person_keys.la = if(delivered.la_child_id is null, '', delivered.la)
            and person_keys.key = coalesce(delivered.la_child_id, delivered.pupil_reference)
    left join local_authorities as authority on delivered.la = authority.raw_code
    where delivered.la is not null
),

last_returns as (
    select la_code, max(return_year) as last_return_year
    from returns
    group by la_code
),

settled as (
    select
        person_id, start_date,
        max(return_year) as return_year,
        first(la_code order by return_year desc, la_code) as la_code,
        first(end_date order by return_year desc, end_date desc nulls last) as end_date
    from returns
    where start_date >= date '1930-01-01'
    group by person_id, start_date
),

ended as (
    select
        settled.person_id, settled.la_code, settled.start_date,
        settled.end_date is null
        and settled.return_year < last_returns.last_return_year as is_end_imputed,
        if(
            is_end_imputed,
            greatest(make_date(settled.return_year, 4, 1), settled.start_date + 1),
            settled.end_date
        ) as end_date
    from settled
    inner join last_returns on settled.la_code = last_returns.la_code
)

select person_id, la_code, start_date, end_date, is_end_imputed
from ended
-- A plan that ends on the day it starts was never in force overnight: it leaves no interval.
where end_date is null or end_date > start_date
