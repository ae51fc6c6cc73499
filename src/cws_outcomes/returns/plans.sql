-- Grain: one row per authority, child and start of a child protection plan.
-- The latest return decides how a plan ended. One that is gone from a later return of its authority
-- without an end was ended on the 1 April after the return in which it was last seen.
with last_returns as (
    select la_code, max(return_year) as last_return_year
    from returns
    where collection = 'cin'
    group by la_code
),

ranked as (
    select
        *,
        row_number() over (
            partition by la_code, child_id, start_date
            order by
                return_year desc, end_date desc nulls last, first_abuse_code nulls last,
                last_abuse_code nulls last, previous_plans desc nulls last, file_no, row_no
        ) as choice,
        min(return_year) over (partition by la_code, child_id, start_date) as first_return_year
    from plans_read
    where rejection is null
)

select
    la_code, child_id, start_date,
    if(
        end_date is null and return_year < last_return_year, make_date(return_year, 4, 1), end_date
    ) as end_date,
    ranked.end_date is null and return_year < last_return_year as is_end_imputed,
    first_abuse_code, last_abuse_code, previous_plans,
    first_return_year, return_year as last_return_year
from ranked
inner join last_returns using (la_code)
where choice = 1
