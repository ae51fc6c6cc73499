-- Grain: one row per person and child protection plan, told by its start date.
-- The latest return decides how a plan ended. One that is gone from the next return of its LA
-- without an end is ended on the day that return begins.
with settled as (
    select
        person_id, start_date,
        -- Of rows of one return the one that ended last: the first field that differs decides.
        max(struct_pack(
            return_year := coalesce(return_year, 0),
            end_day := coalesce(end_date, date '0001-01-01'),
            la_code := la_code,
            abuse_category := coalesce(abuse_category, ''),
            end_date := end_date
        )) as latest
    from plan_rows
    where verdict = 'kept'
    group by person_id, start_date
),

ended as (
    select
        settled.person_id,
        settled.latest.la_code,
        settled.start_date,
        nullif(settled.latest.abuse_category, '') as abuse_category,
        settled.latest.end_date is null
        and la_returns.next_return_year is not null as is_end_imputed,
        if(
            is_end_imputed,
            greatest(make_date(la_returns.next_return_year - 1, 4, 1), settled.start_date + 1),
            settled.latest.end_date
        ) as end_date
    from settled
    left join la_returns
        on
            settled.latest.la_code = la_returns.la_code
            and settled.latest.return_year = la_returns.return_year
)

select person_id, la_code, start_date, end_date, abuse_category, is_end_imputed
from ended
-- A plan that ends on the day it starts was never in force overnight: it leaves no interval.
where end_date is null or end_date > start_date
